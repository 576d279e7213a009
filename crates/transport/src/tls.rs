//! What both sides offer in the handshake (PROTOCOL.md, section 3).

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::kx_group::{X25519, X25519MLKEM768};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::NoServerSessionStorage;
use rustls::sign::SingleCertAndKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, NamedGroup, ServerConfig};
use rustls_pki_types::UnixTime;
use wattkey_pki::{Certificate, Role, Trust};

use crate::clock;
use crate::error::TlsError;
use crate::fault::Faults;
use crate::identity::Identity;
use crate::verifier::Verifier;

/// The only application protocol (RFC 7301).
const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// The key agreement of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Classical and post-quantum together (draft-ietf-tls-ecdhe-mlkem). Orders need it.
    X25519MlKem768,
    /// Classical only, for tools.
    X25519,
}

impl Group {
    /// Name in the TLS registry, for logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X25519MlKem768 => "X25519MLKEM768",
            Self::X25519 => "X25519",
        }
    }

    pub(crate) fn negotiated(connection: &rustls::CommonState) -> Option<Self> {
        match connection.negotiated_key_exchange_group()?.name() {
            NamedGroup::X25519MLKEM768 => Some(Self::X25519MlKem768),
            NamedGroup::X25519 => Some(Self::X25519),
            _ => None,
        }
    }
}

/// The server's side of TLS: who we are and whom we let in.
#[derive(Debug)]
pub struct ServerTls(Side);

/// The client's side of TLS: who we are and which server we believe.
#[derive(Debug)]
pub struct ClientTls(Side);

#[derive(Debug)]
struct Side {
    identity: Identity,
    trust: Arc<Trust>,
    role: Role,
    provider: Arc<CryptoProvider>,
}

/// TLS for a server with `identity` that lets in clients that `clients` vouches for in `role`.
///
/// # Errors
/// When the certificate is missing or for another key than the signer's.
pub fn server_tls(
    identity: &Identity,
    clients: Arc<Trust>,
    role: Role,
) -> Result<Arc<ServerTls>, TlsError> {
    Side::new(identity, clients, role).map(|side| Arc::new(ServerTls(side)))
}

/// TLS for a client with `identity` that believes servers that `servers` vouches for in `role`.
///
/// # Errors
/// When the certificate is missing or for another key than the signer's.
pub fn client_tls(
    identity: &Identity,
    servers: Arc<Trust>,
    role: Role,
) -> Result<Arc<ClientTls>, TlsError> {
    Side::new(identity, servers, role).map(|side| Arc::new(ClientTls(side)))
}

impl Side {
    fn new(identity: &Identity, trust: Arc<Trust>, role: Role) -> Result<Self, TlsError> {
        identity.check()?;
        Ok(Self {
            identity: identity.clone(),
            trust,
            role,
            provider: Arc::new(provider()),
        })
    }

    fn verifier(&self, faults: &Faults) -> Arc<Verifier> {
        Arc::new(Verifier::new(
            Arc::clone(&self.trust),
            self.role,
            Arc::clone(&self.provider),
            faults.clone(),
        ))
    }

    fn certified_key(&self, faults: &Faults) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(self.identity.certified_key(faults)))
    }
}

impl ServerTls {
    /// The configuration of one connection; its faults go to `faults`.
    pub(crate) fn config(&self, faults: &Faults) -> Arc<ServerConfig> {
        let side = &self.0;
        let mut config =
            ServerConfig::builder_with_details(Arc::clone(&side.provider), Arc::new(Clock))
                .with_protocol_versions(&[&TLS13])
                .expect("the provider has cipher suites and groups for TLS 1.3")
                .with_client_cert_verifier(side.verifier(faults))
                .with_cert_resolver(side.certified_key(faults));
        config.alpn_protocols = vec![ALPN_HTTP_1_1.to_vec()];
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        Arc::new(config)
    }
}

impl ClientTls {
    /// Whether a server with this certificate would still be believed: a connection may outlive
    /// the certificate that opened it.
    pub(crate) fn believes(&self, server: &Certificate) -> bool {
        let checked = self.0.trust.verify(server, self.0.role, clock::now());
        if let Err(error) = &checked {
            tracing::warn!(%error, "the certificate of a kept connection is no longer good");
        }
        checked.is_ok()
    }

    /// The configuration of one connection; its faults go to `faults`.
    pub(crate) fn config(&self, faults: &Faults) -> Arc<ClientConfig> {
        let side = &self.0;
        let mut config =
            ClientConfig::builder_with_details(Arc::clone(&side.provider), Arc::new(Clock))
                .with_protocol_versions(&[&TLS13])
                .expect("the provider has cipher suites and groups for TLS 1.3")
                .dangerous()
                .with_custom_certificate_verifier(side.verifier(faults))
                .with_client_cert_resolver(side.certified_key(faults));
        config.alpn_protocols = vec![ALPN_HTTP_1_1.to_vec()];
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Arc::new(config)
    }
}

/// rustls over aws-lc-rs with our two groups, in our order.
fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![X25519MLKEM768, X25519],
        ..aws_lc_rs::default_provider()
    }
}

#[derive(Debug)]
struct Clock;

impl rustls::time_provider::TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(clock::now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}
