//! A CA for each side, identities of all kinds, and a server that says whom it sees.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use wattkey_pki::issue::{self, Revoked, Subject};
use wattkey_pki::{Certificate, MemorySigner, Role, Signer, Trust, TrustAnchor};
use wattkey_transport::{
    ClientTls, ConnectError, Connection, Identity, Limits, Peer, ServerTls, client_tls, clock,
    serve, server_tls,
};

pub(crate) const SERVER_NAME: &str = "pay.example";
pub(crate) const MAX_ANSWER: usize = 1024;

pub(crate) struct Ca {
    pub(crate) certificate: Certificate,
    signer: MemorySigner,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let signer = MemorySigner::generate();
        let long_ago = clock::now() - SignedDuration::from_hours(24 * 1000);
        let certificate =
            issue::self_signed_ca(name, "Example Power", &signer, long_ago, 5000).unwrap();
        Self {
            certificate,
            signer,
        }
    }

    pub(crate) fn certify(&self, key: &dyn Signer, role: Role, from: Timestamp) -> Certificate {
        let server = matches!(role, Role::Gateway | Role::Platform);
        let subject = Subject {
            common_name: "Li Na".into(),
            organisation: "Example Steel".into(),
            key_serial: (!server).then(|| "0001".into()),
            dns_names: if server {
                vec![SERVER_NAME.into()]
            } else {
                Vec::new()
            },
        };
        issue::certificate(
            &self.certificate,
            &self.signer,
            role,
            &subject,
            key.public_key(),
            from,
            100,
        )
        .unwrap()
    }

    pub(crate) fn identity(&self, role: Role) -> Identity {
        self.identity_from(role, clock::now())
    }

    pub(crate) fn expired(&self, role: Role) -> Identity {
        self.identity_from(role, clock::now() - SignedDuration::from_hours(24 * 200))
    }

    fn identity_from(&self, role: Role, from: Timestamp) -> Identity {
        let signer: Arc<dyn Signer> = Arc::new(MemorySigner::generate());
        Identity {
            chain: vec![self.certify(&*signer, role, from)],
            signer,
        }
    }

    pub(crate) fn trust(&self) -> Arc<Trust> {
        Trust::fixed(TrustAnchor::new(self.certificate.clone()).unwrap())
    }

    pub(crate) fn trust_but(&self, revoked: &Identity) -> Arc<Trust> {
        let now = clock::now();
        self.trust_with_crl(&[revoked], now, now + SignedDuration::from_hours(1))
    }

    pub(crate) fn trust_with_crl(
        &self,
        revoked: &[&Identity],
        at: Timestamp,
        next_update: Timestamp,
    ) -> Arc<Trust> {
        let anchor = TrustAnchor::new(self.certificate.clone()).unwrap();
        Trust::fixed(
            anchor
                .with_crl(&self.crl(revoked, at, next_update))
                .unwrap(),
        )
    }

    pub(crate) fn crl(
        &self,
        revoked: &[&Identity],
        at: Timestamp,
        next_update: Timestamp,
    ) -> Vec<u8> {
        let revoked: Vec<_> = revoked
            .iter()
            .map(|identity| Revoked {
                serial_number: identity.chain[0].serial_number().to_vec(),
                at,
            })
            .collect();
        issue::crl(
            &self.certificate,
            &self.signer,
            &revoked,
            1,
            at,
            next_update,
        )
        .unwrap()
    }
}

/// Both CAs, as the system has them.
pub(crate) struct World {
    pub(crate) service: Ca,
    pub(crate) issuing: Ca,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            service: Ca::new("service CA"),
            issuing: Ca::new("issuing CA"),
        }
    }

    pub(crate) fn server_tls(&self) -> Arc<ServerTls> {
        let identity = self.service.identity(Role::Gateway);
        server_tls(&identity, self.issuing.trust(), Role::UserAuthentication).unwrap()
    }

    pub(crate) fn client_tls(&self) -> Arc<ClientTls> {
        self.client_tls_as(&self.issuing.identity(Role::UserAuthentication))
    }

    pub(crate) fn client_tls_as(&self, identity: &Identity) -> Arc<ClientTls> {
        client_tls(identity, self.service.trust(), Role::Gateway).unwrap()
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) done: tokio::task::JoinHandle<()>,
    pub(crate) held: Held,
}

/// A request for `/held`: when it has arrived, and when it is answered.
#[derive(Clone, Default)]
pub(crate) struct Held {
    pub(crate) arrived: Arc<Notify>,
    pub(crate) release: Arc<Notify>,
}

/// A server that answers with the peer's name and group.
pub(crate) async fn start(tls: Arc<ServerTls>, limits: Limits) -> Server {
    start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), tls, limits)
}

pub(crate) fn start_on(listener: TcpListener, tls: Arc<ServerTls>, limits: Limits) -> Server {
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        stopped.await.ok();
    };
    let held = Held::default();
    let answering = held.clone();
    let service = service_fn(move |request| answer(request, answering.clone()));
    let done = tokio::spawn(serve(listener, tls, limits, service, shutdown));
    Server {
        address,
        stop,
        done,
        held,
    }
}

async fn answer(
    request: Request<Incoming>,
    held: Held,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/held" {
        held.arrived.notify_one();
        held.release.notified().await;
    }
    let peer: &Peer = request.extensions().get().unwrap();
    let text = format!("{} {}", peer.certificate.common_name(), peer.group.name());
    Ok(Response::new(Full::new(text.into())))
}

pub(crate) async fn connect(
    server: &Server,
    tls: &Arc<ClientTls>,
) -> Result<Connection, ConnectError> {
    connect_to(server.address, tls).await
}

pub(crate) async fn connect_to(
    address: SocketAddr,
    tls: &Arc<ClientTls>,
) -> Result<Connection, ConnectError> {
    Connection::open(&address.to_string(), SERVER_NAME, Arc::clone(tls)).await
}

pub(crate) fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).unwrap()
}
