//! What the handshake agrees on, seen by our client and by plain rustls.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, NamedGroup, RootCertStore, StreamOwned,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use wattkey_pki::{MemorySigner, Role};
use wattkey_transport::{Group, Limits, clock};

use crate::support::{MAX_ANSWER, SERVER_NAME, Server, World, connect, get, start};

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_each_other_over_the_hybrid_group() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    assert_eq!(connection.group(), Group::X25519MlKem768);
    assert_eq!(connection.peer_certificate().dns_names(), [SERVER_NAME]);
    for _ in 0..2 {
        let answer = connection.send(get("/"), MAX_ANSWER).await.unwrap();
        assert_eq!(answer.body().as_ref(), b"Li Na X25519MLKEM768");
        assert!(connection.is_usable());
    }
}

#[tokio::test]
async fn one_thread_is_enough() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let mut connection = connect(&server, &world.client_tls()).await.unwrap();
    assert!(connection.send(get("/"), MAX_ANSWER).await.is_ok());
}

/// A client that is not ours: plain rustls with a key in memory and its own chain check.
struct Plain {
    config: ClientConfig,
}

impl Plain {
    fn new(world: &World, groups: Vec<&'static dyn SupportedKxGroup>) -> Self {
        let (signer, pem) = MemorySigner::generate_pkcs8_pem();
        let certificate = world
            .issuing
            .certify(&signer, Role::UserAuthentication, clock::now());
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        let config = Self::builder(world, groups)
            .with_client_auth_cert(vec![CertificateDer::from(certificate.der().to_vec())], key)
            .unwrap();
        Self { config }
    }

    fn builder(
        world: &World,
        kx_groups: Vec<&'static dyn SupportedKxGroup>,
    ) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
        let provider = CryptoProvider {
            kx_groups,
            ..aws_lc_rs::default_provider()
        };
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(
                world.service.certificate.der().to_vec(),
            ))
            .unwrap();
        ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
    }

    /// One request; the answer's last line, how the handshake went, and over which group.
    fn ask(&self, server: &Server) -> std::io::Result<(String, HandshakeKind, NamedGroup)> {
        let name = ServerName::try_from(SERVER_NAME).unwrap();
        let tls = ClientConnection::new(Arc::new(self.config.clone()), name).unwrap();
        let mut stream = StreamOwned::new(tls, TcpStream::connect(server.address)?);
        stream.write_all(b"GET / HTTP/1.1\r\nhost: pay.example\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let last = answer.lines().last().unwrap_or_default().to_owned();
        let group = stream.conn.negotiated_key_exchange_group().unwrap().name();
        Ok((last, stream.conn.handshake_kind().unwrap(), group))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_rustls_gets_the_hybrid_group() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let plain = Plain::new(&world, vec![kx_group::X25519MLKEM768, kx_group::X25519]);
    let (seen, _, group) = tokio::task::block_in_place(|| plain.ask(&server)).unwrap();
    assert_eq!(
        (seen.as_str(), group),
        ("Li Na X25519MLKEM768", NamedGroup::X25519MLKEM768)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn classical_client_is_seen_as_such() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    // The second has to be asked for another key share first.
    for groups in [
        vec![kx_group::X25519],
        vec![kx_group::SECP256R1, kx_group::X25519],
    ] {
        let plain = Plain::new(&world, groups);
        let (seen, _, group) = tokio::task::block_in_place(|| plain.ask(&server)).unwrap();
        assert_eq!((seen.as_str(), group), ("Li Na X25519", NamedGroup::X25519));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_groups_are_refused() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let plain = Plain::new(&world, vec![kx_group::SECP256R1]);
    let error = tokio::task::block_in_place(|| plain.ask(&server)).unwrap_err();
    assert!(error.to_string().contains("HandshakeFailure"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_certificate_is_refused() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let config = Plain::builder(&world, vec![kx_group::X25519]).with_no_client_auth();
    let error = tokio::task::block_in_place(|| Plain { config }.ask(&server)).unwrap_err();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
}

#[derive(Debug, Default)]
struct Tickets {
    count: AtomicUsize,
    kept: Mutex<Option<Tls13ClientSessionValue>>,
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.count.fetch_add(1, Ordering::SeqCst);
        *self.kept.lock().unwrap() = Some(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.kept.lock().unwrap().take()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ticket_is_ever_issued() {
    let world = World::new();
    let server = start(world.server_tls(), Limits::default()).await;
    let tickets = Arc::new(Tickets::default());
    let mut plain = Plain::new(&world, vec![kx_group::X25519]);
    plain.config.resumption = Resumption::store(tickets.clone());
    plain.config.enable_early_data = true;
    for _ in 0..2 {
        let (_, kind, _) = tokio::task::block_in_place(|| plain.ask(&server)).unwrap();
        assert_eq!(kind, HandshakeKind::Full);
    }
    assert_eq!(tickets.count.load(Ordering::SeqCst), 0);
}
