//! The accept loop of a server over mutual TLS.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use wattkey_pki::{Certificate, ChainError, Digest};

use crate::error::Alert;
use crate::fault::{Fault, Faults};
use crate::tls::{Group, ServerTls};

/// After a failed `accept` (no more file descriptors, mostly): time for others to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// After a failed handshake: how long, and how much, the peer's words are still read, so that
/// our alert is not lost in a reset.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 64 * 1024;

/// Who is at the other end: in the extensions of each request.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The client's certificate, verified in the handshake. Check it again on each request:
    /// a connection may outlive it.
    pub certificate: Certificate,
    /// The key agreement of the connection.
    pub group: Group,
    /// The client's address.
    pub address: SocketAddr,
}

/// Bounds of a server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at the same time; more wait in the system's queue.
    pub connections: usize,
    /// Connections of one certificate among them; more are closed after the handshake.
    pub connections_of_client: usize,
    /// Handshakes that may use the key at the same time.
    pub handshakes: usize,
    /// For the whole handshake.
    pub handshake_timeout: Duration,
    /// For a request's header, counted from the end of the answer before: so also how long a
    /// connection may be idle.
    pub idle_timeout: Duration,
    /// Of a request's header.
    pub max_header_bytes: usize,
    /// For requests under way when the server stops.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_of_client: 256,
            handshakes: 16,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            max_header_bytes: 32 * 1024,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Serves `service` on `listener` until `shutdown` is done, then lets the requests under way
/// finish. Each request has its [`Peer`] in its extensions.
///
/// A tower service (an axum router) goes in through `hyper_util::service::TowerToHyperService`.
pub async fn serve<S, B>(
    listener: TcpListener,
    tls: Arc<ServerTls>,
    limits: Limits,
    service: S,
    shutdown: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let connections = Arc::new(Semaphore::new(limits.connections));
    let handshakes = Arc::new(Semaphore::new(limits.handshakes));
    let clients = Arc::new(Clients::new(limits.connections_of_client));
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        while tasks.try_join_next().is_some() {}
        let (permit, stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (tls, handshakes) = (Arc::clone(&tls), Arc::clone(&handshakes));
        let (service, watcher) = (service.clone(), graceful.watcher());
        let clients = Arc::clone(&clients);
        tasks.spawn(async move {
            if let Some((stream, peer)) =
                handshake(stream, address, &tls, &handshakes, limits).await
                && let Some(_place) = clients.place(&peer)
            {
                requests(stream, peer, limits, service, watcher).await;
            }
            drop(permit);
        });
    }
    drop(listener);
    if timeout(limits.drain_timeout, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still under way when the server stopped");
    }
}

/// How many connections each certificate has: one that is stolen or misused must not keep all
/// others out.
#[derive(Debug)]
struct Clients {
    most: usize,
    bounds: Mutex<HashMap<Digest, Weak<Semaphore>>>,
}

impl Clients {
    fn new(most: usize) -> Self {
        Self {
            most,
            bounds: Mutex::default(),
        }
    }

    /// A place for one more connection of this client, if it has not too many.
    fn place(&self, peer: &Peer) -> Option<OwnedSemaphorePermit> {
        let place = self
            .bound(peer.certificate.thumbprint())
            .try_acquire_owned();
        if place.is_err() {
            tracing::warn!(
                peer = %peer.address,
                cert = %peer.certificate.thumbprint(),
                reason = "too-many-connections",
                "connection closed"
            );
        }
        place.ok()
    }

    fn bound(&self, client: Digest) -> Arc<Semaphore> {
        let mut bounds = self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        bounds.retain(|_, bound| bound.strong_count() > 0);
        if let Some(bound) = bounds.get(&client).and_then(Weak::upgrade) {
            return bound;
        }
        let bound = Arc::new(Semaphore::new(self.most));
        bounds.insert(client, Arc::downgrade(&bound));
        bound
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(tokio::sync::OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let permit = Arc::clone(connections)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    let (stream, address) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((permit, stream, address))
}

/// Nothing but a log line comes of a handshake that fails.
async fn handshake(
    stream: TcpStream,
    address: SocketAddr,
    tls: &ServerTls,
    handshakes: &Semaphore,
    limits: Limits,
) -> Option<(TlsStream<TcpStream>, Peer)> {
    let faults = Faults::default();
    let deadline = Instant::now() + limits.handshake_timeout;
    let outcome = timeout_at(deadline, negotiate(stream, tls, &faults, handshakes)).await;
    let stream = match outcome {
        Ok(Ok(stream)) => stream,
        Ok(Err(Failed { error, stream })) => {
            log_failure(address, &error, faults.take());
            if let Some(stream) = stream {
                linger(stream).await;
            }
            return None;
        }
        Err(_) => {
            tracing::info!(peer = %address, reason = "timed-out", "handshake failed");
            return None;
        }
    };
    let peer = peer(&stream, address);
    if peer.is_none() {
        tracing::error!(peer = %address, "a handshake without certificate or known group");
    }
    peer.map(|peer| (stream, peer))
}

struct Failed {
    error: io::Error,
    stream: Option<TcpStream>,
}

/// Waits for the client's first words, then signs on a thread that may block: a card takes its
/// time, and a peer that says nothing holds no such thread.
async fn negotiate(
    stream: TcpStream,
    tls: &ServerTls,
    faults: &Faults,
    handshakes: &Semaphore,
) -> Result<TlsStream<TcpStream>, Failed> {
    let lost = |error| Failed {
        error,
        stream: None,
    };
    let started = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream)
        .await
        .map_err(lost)?;
    let config = tls.config(faults);
    let signing = {
        let _permit = handshakes
            .acquire()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || started.into_stream(config)).await
    };
    let accepting = signing.map_err(|error| lost(io::Error::other(error)))?;
    accepting
        .into_fallible()
        .await
        .map_err(|(error, stream)| Failed {
            error,
            stream: Some(stream),
        })
}

fn peer(stream: &TlsStream<TcpStream>, address: SocketAddr) -> Option<Peer> {
    let (_, tls) = stream.get_ref();
    let der = tls.peer_certificates()?.first()?;
    Some(Peer {
        certificate: Certificate::from_der(der).ok()?,
        group: Group::negotiated(tls)?,
        address,
    })
}

fn log_failure(peer: SocketAddr, error: &io::Error, fault: Option<Fault>) {
    match fault {
        Some(Fault::Chain(error @ (ChainError::CrlExpired | ChainError::Invalid(_)))) => {
            // Perhaps not the peer's fault: whoever runs the server has to look.
            tracing::error!(%peer, reason = "certificate", %error, "handshake failed");
        }
        Some(Fault::Chain(error)) => {
            tracing::info!(%peer, reason = "certificate", %error, "handshake failed");
        }
        Some(Fault::Signer(error)) => {
            tracing::error!(%peer, reason = "signer", %error, cause = error.source().map(tracing::field::display), "handshake failed");
        }
        Some(Fault::Name { .. }) | None => match Alert::within(error) {
            Some(alert) => tracing::info!(%peer, reason = "alert", %alert, "handshake failed"),
            None => tracing::info!(%peer, reason = "tls", %error, "handshake failed"),
        },
    }
}

/// Closes our half and reads what the peer still says: a socket closed with unread bytes in it
/// sends a reset, which may overtake the alert that says why.
async fn linger(mut stream: TcpStream) {
    let reading = async {
        stream.shutdown().await?;
        let mut rest = stream.take(LINGER_BYTES);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    // Whatever comes of it, the connection is over.
    let _ = timeout(LINGER_TIMEOUT, reading).await;
}

async fn requests<S, B>(
    stream: TlsStream<TcpStream>,
    peer: Peer,
    limits: Limits,
    service: S,
    watcher: Watcher,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let address = peer.address;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_header_size(limits.max_header_bytes)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(peer = %address, %error, "connection ended");
    }
}
