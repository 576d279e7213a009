//! One request, from the connection to its answer.

mod bounds;
mod entry;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;
use tracing::field::Empty;
use tracing::{Instrument as _, info_span};
use wattkey_failpoint::failpoint;
use wattkey_operators::Requests;
use wattkey_operators::traces::TRACED;
use wattkey_pki::{ChainError, Role, Trust};
use wattkey_protocol::names::{GATEWAY_PATH, MEDIA_CAPSULE_REQUEST};
use wattkey_protocol::problem::ProblemType;
use wattkey_seal::message::{self, MAX_CAPSULE};
use wattkey_seal::{OpenError, Opened};
use wattkey_transport::{Peer, clock};

pub use self::bounds::Bounds;
use self::entry::Entry;
use crate::answer::{Plain, inner_problem, plain_problem, sealed};
use crate::fields;
use crate::keys::Keys;
use crate::orders::{self, Expectation};
use crate::platform::Platform;
use crate::policy::{self, Admitted, Context};
use crate::receipts::Receipts;
use crate::refusal::Refusal;
use crate::replay::ReplayStore;
use crate::routes::{Duty, SignedKind};

/// For reading a capsule.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// Everything that requests need.
#[derive(Debug)]
pub struct Gateway {
    /// The payment service, an `https` origin.
    pub audience: String,
    /// Its host.
    pub authority: String,
    /// Whose USB keys may connect.
    pub users: Arc<Trust>,
    /// The capsule keys.
    pub keys: Arc<Keys>,
    /// Which capsules were opened.
    pub replay: ReplayStore,
    /// Where requests go.
    pub platform: Platform,
    /// Who counter-signs receipts.
    pub receipts: Arc<Receipts>,
    /// Bounds on what goes on at the same time.
    pub bounds: Bounds,
    /// What operators see of requests.
    pub requests: Requests,
}

impl Gateway {
    /// Answers one request; never fails, and leaves one line in the log.
    ///
    /// The work is a task of its own: a client that hangs up neither stops a request half way nor
    /// keeps it out of the log.
    pub async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Plain {
        let fault = || plain_problem(&Refusal::new(ProblemType::Internal).problem);
        let Some(peer) = request.extensions().get::<Peer>().cloned() else {
            tracing::error!("a request without a peer");
            return fault();
        };
        let place = self.bounds.place(peer.certificate.thumbprint()).await;
        let span = info_span!(
            target: TRACED, "gateway request",
            otel.kind = "server", request = Empty, route = Empty, status = Empty, reason = Empty,
        );
        let work = async move {
            let _place = place;
            self.work(request, peer).await
        };
        let work = tokio::spawn(work.instrument(span));
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request was broken off");
            fault()
        })
    }

    async fn work(&self, request: Request<Incoming>, peer: Peer) -> Plain {
        let start = Instant::now();
        let mut entry = Entry::new(&peer);
        note_dropped(request.headers(), &peer);
        let answer = match (request.method(), request.uri().path()) {
            (&Method::GET, GATEWAY_PATH) => self.key_configuration(&peer, &mut entry).await,
            (&Method::POST, GATEWAY_PATH) => self.capsule(request, &peer, &mut entry).await,
            _ => entry.refused_plainly(&Refusal::new(ProblemType::Route)),
        };
        entry.log();
        self.requests
            .answered(entry.route, entry.status, start.elapsed());
        answer
    }

    async fn key_configuration(&self, peer: &Peer, entry: &mut Entry) -> Plain {
        entry.route = "keys";
        let now = clock::now();
        if let Err(refusal) = self.check_certificate(peer) {
            return closing(entry.refused_plainly(&refusal));
        }
        let keys = Arc::clone(&self.keys);
        let signed = self.on_card(move || keys.answer(now)).await;
        match signed {
            Some(Ok(answer)) => {
                entry.done(200);
                with_fields(&answer.fields, answer.body.clone())
            }
            Some(Err(error)) => {
                tracing::error!(%error, "no key configuration");
                let refusal = Refusal::because(ProblemType::Unavailable, "key-configuration");
                entry.refused_plainly(&refusal)
            }
            None => entry.refused_plainly(&Refusal::new(ProblemType::Internal)),
        }
    }

    async fn capsule(&self, request: Request<Incoming>, peer: &Peer, entry: &mut Entry) -> Plain {
        entry.route = "capsule";
        let opening = info_span!(target: TRACED, "open capsule");
        let opened = match self.open(request).instrument(opening).await {
            Ok(opened) => opened,
            Err(refusal) => return entry.refused_plainly(&refusal),
        };
        let Opened {
            message,
            replay_id,
            responder,
        } = opened;
        let answer = match self.answer(&message, replay_id, peer, entry).await {
            Ok(answer) => {
                entry.done(answer.status);
                answer
            }
            Err(refusal) => {
                entry.refused(&refusal);
                inner_problem(&refusal.problem)
            }
        };
        // The evidence log's line belongs here: what was opened, for whom, and what came of it.
        let (answer, status) = sealed(responder, &answer);
        entry.status = status;
        answer
    }

    /// Whatever is wrong takes the same path to the same answer: what cannot be a capsule is
    /// opened as an empty one.
    async fn open(&self, request: Request<Incoming>) -> Result<Opened, Refusal> {
        let (capsule, fault) = match read(request).await {
            Ok(capsule) => (capsule, None),
            Err(fault) => (Bytes::new(), Some(fault)),
        };
        let keys = Arc::clone(&self.keys);
        let opened = self.on_card(move || keys.open(&capsule)).await;
        match opened {
            Some(Ok(opened)) => Ok(opened),
            Some(Err(OpenError::UnknownKey)) => Err(Refusal::new(ProblemType::OhttpKey)),
            Some(Err(OpenError::Unopenable)) => Err(Refusal::because(
                ProblemType::Capsule,
                fault.unwrap_or("capsule"),
            )),
            Some(Err(OpenError::Device(error))) => {
                tracing::error!(%error, "the encryption card does not open capsules");
                Err(Refusal::because(ProblemType::Capsule, "card"))
            }
            None => Err(Refusal::because(ProblemType::Capsule, "fault")),
        }
    }

    /// Everything between an opened request and its answer.
    async fn answer(
        &self,
        message: &[u8],
        replay_id: [u8; 32],
        peer: &Peer,
        entry: &mut Entry,
    ) -> Result<message::Response, Refusal> {
        self.check_certificate(peer)?;
        let request =
            message::Request::decode(message).map_err(|error| policy::malformed(&error))?;
        entry.request = policy::request_id(&request);
        let now = clock::now();
        let context = Context {
            authority: &self.authority,
            certificate: peer.certificate.thumbprint(),
            group: peer.group,
            now,
        };
        let admitted = info_span!(target: TRACED, "policy").in_scope(|| {
            let admitted = policy::admit(request, &context, |keep_until| {
                self.replay.reserve(replay_id, keep_until, now.as_second())
            })?;
            entry.route = admitted.route.name;
            if let Duty::Order(kind) = admitted.route.duty {
                self.check_signed(kind, &admitted, peer)?;
                failpoint!("gateway.before-replay-record");
            }
            Ok::<_, Refusal>(admitted)
        })?;
        let recording = info_span!(target: TRACED, "remember capsule");
        self.record(replay_id, &admitted)
            .instrument(recording)
            .await?;
        self.forward(admitted, peer).await
    }

    fn check_certificate(&self, peer: &Peer) -> Result<(), Refusal> {
        let checked = self
            .users
            .verify(&peer.certificate, Role::UserAuthentication, clock::now());
        checked.map_err(|error| {
            if matches!(error, ChainError::CrlExpired | ChainError::Invalid(_)) {
                tracing::error!(%error, "all users are refused");
            }
            Refusal::from(&error)
        })
    }

    fn check_signed(
        &self,
        kind: SignedKind,
        admitted: &Admitted,
        peer: &Peer,
    ) -> Result<(), Refusal> {
        let expected = Expectation {
            connection: &peer.certificate,
            users: &self.users,
            audience: &self.audience,
            now: clock::now(),
        };
        let subject = orders::verify(kind, admitted, &expected)?;
        tracing::debug!(order = %subject, "the signature is good");
        Ok(())
    }

    /// From here on this capsule cannot be forwarded a second time, whatever happens.
    async fn record(&self, replay_id: [u8; 32], admitted: &Admitted) -> Result<(), Refusal> {
        let now = clock::now().as_second();
        self.replay
            .record(replay_id, admitted.keep_until, now)
            .await
            .map_err(|_| Refusal::because(ProblemType::Unavailable, "replay-store"))?;
        if admitted.route.duty.is_order() {
            failpoint!("gateway.after-replay-record");
        }
        Ok(())
    }

    async fn forward(&self, admitted: Admitted, peer: &Peer) -> Result<message::Response, Refusal> {
        let duty = admitted.route.duty;
        let target = admitted.target.clone();
        let forwarding = info_span!(target: TRACED, "forward", otel.kind = "client");
        let answer = self
            .platform
            .forward(admitted, &peer.certificate)
            .instrument(forwarding)
            .await?;
        match duty {
            Duty::Pass => Ok(answer),
            Duty::Order(_) => {
                failpoint!("gateway.after-forward");
                Ok(answer)
            }
            Duty::Receipt => {
                let receipts = Arc::clone(&self.receipts);
                let signed = self
                    .on_card(move || receipts.countersign(answer, &target))
                    .await;
                signed.unwrap_or_else(|| Err(Refusal::new(ProblemType::Internal)))
            }
        }
    }

    /// Runs what the card has to do on a thread that may block; `None` when it panicked.
    async fn on_card<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _permit = self.bounds.card().await;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

/// Nothing of an outer header goes anywhere; a client that writes one of these is worth a line.
fn note_dropped(header: &HeaderMap, peer: &Peer) {
    for name in header
        .keys()
        .filter(|name| fields::is_reserved(name.as_str()))
    {
        tracing::warn!(cert = %peer.certificate.thumbprint(), field = %name, reason = "outer-forbidden-field", "field dropped");
    }
}

/// The content of a request that can be a capsule, or why it cannot, for the log.
async fn read(request: Request<Incoming>) -> Result<Bytes, &'static str> {
    let media = request.headers().get(CONTENT_TYPE);
    if media.is_none_or(|media| media != MEDIA_CAPSULE_REQUEST) {
        return Err("content-type");
    }
    let body = Limited::new(request.into_body(), MAX_CAPSULE).collect();
    match timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err("capsule-too-large-or-cut"),
        Err(_) => Err("capsule-too-slow"),
    }
}

fn with_fields(fields: &[(String, String)], body: Vec<u8>) -> Plain {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// A certificate that ended while its connection was open gets no more answers on it.
fn closing(mut answer: Plain) -> Plain {
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}
