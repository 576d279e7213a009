//! Starts everything, serves, and stops.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use wattkey_operators::Metrics;
use wattkey_pki::{Certificate, Role, Signer, Trust};
use wattkey_token::{Card, Module, Pin, key_id};
use wattkey_transport::{Identity, Limits, client_tls, clock, serve, server_tls};

use crate::config::Config;
use crate::keys::Keys;
use crate::operators::{self, ready};
use crate::platform::Platform;
use crate::receipts::Receipts;
use crate::replay::ReplayStore;
use crate::service::{Bounds, Gateway};
use crate::state::State;

/// Of the clients' connections. A person may read for a while between two requests.
const LIMITS: Limits = Limits {
    connections: 4096,
    connections_of_client: 32,
    handshakes: 16,
    handshake_timeout: Duration::from_secs(10),
    idle_timeout: Duration::from_secs(300),
    max_header_bytes: 16 * 1024,
    drain_timeout: Duration::from_secs(10),
};

/// The CAs that are believed.
#[derive(Debug)]
pub struct Trusts {
    /// The issuing CA, of users.
    pub users: Arc<Trust>,
    /// The service CA, of servers.
    pub service: Arc<Trust>,
}

/// Reads the CA certificates and revocation lists.
///
/// # Errors
/// What to tell the operator.
pub fn load_trust(config: &Config) -> anyhow::Result<Trusts> {
    let trust = &config.trust;
    Ok(Trusts {
        users: Trust::load(&trust.users_ca, Some(&trust.users_crl))?,
        service: Trust::load(&trust.service_ca, Some(&trust.service_crl))?,
    })
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// What to tell the operator.
pub fn run(config: &Config, card_pin: Pin) -> anyhow::Result<()> {
    let trusts = load_trust(config)?;
    let module = Module::load(&config.card.module)?;
    let card = Card::open(&module, &config.card.token, &card_pin)?;
    // The card stays open; the PIN does not stay with us.
    drop(card_pin);
    let state = State::open(&config.state)?;

    let (signer, certificate) = own_key(&card, key_id::TLS, Role::Gateway, &trusts.service)?;
    let identity = Identity {
        chain: vec![certificate],
        signer,
    };
    let clients = server_tls(
        &identity,
        Arc::clone(&trusts.users),
        Role::UserAuthentication,
    )?;
    let platform = client_tls(&identity, Arc::clone(&trusts.service), Role::Platform)?;
    let metrics = Metrics::new("wattkey_gateway", env!("CARGO_PKG_VERSION"));
    let gateway = Arc::new(Gateway {
        audience: config.audience.clone(),
        authority: config.authority().to_owned(),
        keys: Arc::new(keys(config, &card, &state, &trusts.service)?),
        replay: ReplayStore::open(&state.replay_file(), clock::now())?,
        platform: Platform::new(&config.platform, config.authority(), platform),
        receipts: Arc::new(receipts(config, &card, &trusts.service)?),
        users: trusts.users,
        bounds: Bounds::default(),
        requests: metrics.requests("clients"),
    });

    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(&config.listen)
            .await
            .with_context(|| format!("listen = {:?}: cannot listen there", config.listen))?;
        let shutdown = shutdown_signal()?;
        let operators = match config.operators {
            Some(operators) => {
                let router = wattkey_operators::router(metrics, ready(&gateway, config));
                Some(operators::start(operators, router).await?)
            }
            None => None,
        };
        announce(&listener, operators)?;
        let answering = Arc::clone(&gateway);
        let service = service_fn(move |request: Request<Incoming>| {
            let gateway = Arc::clone(&answering);
            async move { Ok::<_, Infallible>(gateway.handle(request).await) }
        });
        serve(listener, clients, LIMITS, service, shutdown).await;
        anyhow::Ok(())
    });
    gateway.keys.destroy()?;
    tracing::info!("stopped");
    served
}

/// A key of ours in the card with its certificate, which must be good for its role now.
fn own_key(
    card: &Arc<Card>,
    id: &[u8],
    role: Role,
    service: &Trust,
) -> anyhow::Result<(Arc<dyn Signer>, Certificate)> {
    let signer = card.signer(id)?;
    let certificate = card
        .certificate(id)?
        .with_context(|| format!("the card has no certificate of the {} key", role.name()))?;
    service
        .verify(&certificate, role, clock::now())
        .with_context(|| format!("the card's certificate of the {} key", role.name()))?;
    anyhow::ensure!(
        certificate.public_key() == signer.public_key(),
        "the card's certificate of the {} key is for another key",
        role.name()
    );
    Ok((signer, certificate))
}

fn keys(
    config: &Config,
    card: &Arc<Card>,
    state: &State,
    service: &Arc<Trust>,
) -> anyhow::Result<Keys> {
    let (signer, certificate) = own_key(
        card,
        key_id::KEY_CONFIGURATION,
        Role::KeyConfiguration,
        service,
    )?;
    let key_id = state.next_key_id()?;
    let keys = Keys::create(
        card,
        key_id,
        &config.instance,
        signer,
        certificate,
        Arc::clone(service),
    )?;
    tracing::info!(key_id, "capsule key made");
    Ok(keys)
}

fn receipts(config: &Config, card: &Arc<Card>, service: &Arc<Trust>) -> anyhow::Result<Receipts> {
    let (signer, certificate) = own_key(card, key_id::RECEIPT, Role::GatewayReceipt, service)?;
    let audience = config.audience.clone();
    Ok(Receipts::new(
        signer,
        certificate,
        Arc::clone(service),
        audience,
    ))
}

/// For whoever started us, and for programs that wait for it.
fn announce(listener: &TcpListener, operators: Option<SocketAddr>) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let operators = operators.map_or_else(String::new, |address| format!(" operators={address}"));
    let mut out = std::io::stdout();
    writeln!(out, "listening clients={address}{operators}")?;
    out.flush()?;
    Ok(())
}

fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate: Signal = signal(SignalKind::terminate())?;
    let mut interrupt: Signal = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
