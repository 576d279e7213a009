//! One connection to a security server: mutual TLS, then its signed capsule keys and its clock.
//!
//! PROTOCOL.md sections 3 to 5. A configuration is used on the connection it came over and
//! forgotten with it. Each capsule is sealed anew; no capsule is sent twice.

use std::sync::Arc;

use http::{Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use wattkey_pki::{ChainError, SignError, Trust};
use wattkey_protocol::keys::{self, KeysError};
use wattkey_protocol::names::{
    GATEWAY_PATH, MEDIA_CAPSULE_REQUEST, MEDIA_CAPSULE_RESPONSE, MEDIA_KEYS,
};
use wattkey_protocol::problem::{self, Problem, ProblemType};
use wattkey_seal::{KeyConfiguration, MAX_CAPSULE, message, seal_request};
use wattkey_transport::{Alert, ClientTls, ConnectError, Connection, Group, SendError};

use crate::config::Config;
use crate::lock::Locked;

/// This PC's clock; the one place is [`wattkey_transport::clock::now`].
pub type Clock = fn() -> Timestamp;

/// The server's clock is followed so far. Whoever holds a captured server can set it, and have a
/// user sign what the platform would take at that time: the further this goes, the longer such a
/// signature could be kept and used when the user is gone. No PC is days off unnoticed.
const MAX_OFFSET: SignedDuration = SignedDuration::from_hours(48);

/// Why there was no answer of the service.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The server cannot be reached.
    #[error("the security server cannot be reached")]
    Unreachable(#[source] ConnectError),
    /// What answers is not the security server.
    #[error("this is not the security server of the power company")]
    NotGenuine(#[source] NotGenuine),
    /// The server refused the USB key's certificate in the handshake.
    #[error("the security server refused the USB key's certificate: {0}")]
    CertificateRefused(Alert),
    /// The USB key did not sign: pulled out, or its module failed.
    #[error("the USB key did not sign")]
    Signer(#[source] Arc<SignError>),
    /// The request was not sent.
    #[error("the request could not be sent")]
    NotSent(#[source] SendError),
    /// The request may have arrived, its answer did not.
    #[error("the answer was lost")]
    Lost(#[source] SendError),
    /// The service answered with a problem.
    #[error("the service answered: {}", .0.title)]
    Problem(Box<Problem>),
    /// The answer is not one of this protocol.
    #[error("the answer is not understood: {0}")]
    Answer(String),
    /// The request does not fit a capsule.
    #[error("the request cannot be sealed: {0}")]
    Seal(String),
    /// The server's clock and this PC's are too far apart for one to be corrected by the other.
    #[error("the server's clock is {} hours from this PC's", .0.as_hours())]
    ClockApart(SignedDuration),
    /// The session ended while the request was on its way: the USB key was pulled out, its login is
    /// gone, or the user locked.
    #[error("the session is locked: {}", why.as_str())]
    Locked {
        /// What ended it.
        why: Locked,
        /// Whether the request may have reached the service.
        perhaps_sent: bool,
    },
    /// Only the classical group could be agreed: orders do not travel so.
    #[error("the connection has no post-quantum key agreement")]
    ClassicalGroup,
}

/// Why the server is not believed.
#[derive(Debug, thiserror::Error)]
pub enum NotGenuine {
    /// Its TLS certificate.
    #[error("its certificate is refused")]
    Certificate(#[source] ChainError),
    /// Its TLS certificate is for another name.
    #[error("its certificate is for {presented:?}, not for {expected}")]
    Name {
        /// The name asked for.
        expected: String,
        /// Names in the certificate.
        presented: Vec<String>,
    },
    /// Its capsule keys.
    #[error("its capsule keys are refused")]
    Keys(#[source] KeysError),
    /// Its capsule keys are none that this program can use.
    #[error("its capsule keys cannot be used")]
    NoUsableKey,
}

/// A connection with what was learnt on it.
#[derive(Debug)]
pub struct Link {
    connection: Connection,
    keys: KeyConfiguration,
    keys_expire: Timestamp,
    offset: SignedDuration,
    instance: String,
}

impl Link {
    /// Connects, and fetches and verifies the capsule keys.
    ///
    /// # Errors
    /// [`ServiceError`]; no request has been made.
    pub async fn open(
        config: &Config,
        tls: Arc<ClientTls>,
        service_ca: &Trust,
        clock: Clock,
    ) -> Result<Link, ServiceError> {
        let mut connection = Connection::open(&config.server, &config.authority, tls)
            .await
            .map_err(connect_error)?;
        let learnt = fetch_keys(&mut connection, service_ca, clock).await?;
        Ok(Link {
            connection,
            keys: learnt.keys,
            keys_expire: learnt.expires,
            offset: learnt.offset,
            instance: learnt.instance,
        })
    }

    /// Fetches keys and clock again, on this connection.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn refresh(&mut self, service_ca: &Trust, clock: Clock) -> Result<(), ServiceError> {
        let learnt = fetch_keys(&mut self.connection, service_ca, clock).await?;
        self.keys = learnt.keys;
        self.keys_expire = learnt.expires;
        self.offset = learnt.offset;
        self.instance = learnt.instance;
        Ok(())
    }

    /// Seals a request, sends the capsule, opens the answer.
    ///
    /// # Errors
    /// [`ServiceError`]; [`ServiceError::Problem`] only for problems that came in plain, that is,
    /// before the capsule was opened.
    pub async fn exchange(
        &mut self,
        request: &message::Request,
    ) -> Result<message::Response, ServiceError> {
        let sealed = request
            .encode_padded()
            .map_err(|error| ServiceError::Seal(error.to_string()))?;
        let (capsule, pending) = seal_request(&self.keys, &sealed)
            .map_err(|error| ServiceError::Seal(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(GATEWAY_PATH)
            .header(header::CONTENT_TYPE, MEDIA_CAPSULE_REQUEST)
            .body(capsule.into())
            .expect("the parts of this request are constants");
        let answer = self
            .connection
            .send(request, MAX_CAPSULE)
            .await
            .map_err(send_error)?;
        if !has_media_type(&answer, MEDIA_CAPSULE_RESPONSE) {
            return Err(plain(&answer));
        }
        let opened = pending
            .open(answer.body())
            .map_err(|_| ServiceError::Answer("the sealed answer cannot be opened".into()))?;
        message::Response::decode(&opened).map_err(|error| ServiceError::Answer(error.to_string()))
    }

    /// Whether another request may be tried on it, `now` by this PC's clock.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.connection.is_usable() && self.corrected(now) < self.keys_expire
    }

    /// The service's time when this PC's clock shows `now`.
    #[must_use]
    pub fn corrected(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.offset).unwrap_or(now)
    }

    /// The service's clock minus this PC's.
    #[must_use]
    pub fn offset(&self) -> SignedDuration {
        self.offset
    }

    /// Name of the security server.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Key agreement of the connection.
    #[must_use]
    pub fn group(&self) -> Group {
        self.connection.group()
    }
}

struct Learnt {
    keys: KeyConfiguration,
    expires: Timestamp,
    offset: SignedDuration,
    instance: String,
}

async fn fetch_keys(
    connection: &mut Connection,
    service_ca: &Trust,
    clock: Clock,
) -> Result<Learnt, ServiceError> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(GATEWAY_PATH)
        .header(header::ACCEPT, MEDIA_KEYS)
        .body(Vec::new().into())
        .expect("the parts of this request are constants");
    let limit = keys::MAX_BODY.max(problem::MAX_LEN);
    let answer = connection.send(request, limit).await.map_err(send_error)?;
    if answer.status() != StatusCode::OK {
        return Err(plain(&answer));
    }
    let now = clock();
    let fields: Vec<(String, Vec<u8>)> = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let verified = keys::verify(&fields, answer.body(), service_ca, now)
        .map_err(|error| ServiceError::NotGenuine(NotGenuine::Keys(error)))?;
    let offset = verified.date.duration_since(now);
    if offset.abs() > MAX_OFFSET {
        return Err(ServiceError::ClockApart(offset));
    }
    let unusable = || ServiceError::NotGenuine(NotGenuine::NoUsableKey);
    let list = KeyConfiguration::decode_list(answer.body()).map_err(|_| unusable())?;
    let keys = list.into_iter().next().ok_or_else(unusable)?;
    Ok(Learnt {
        keys,
        expires: verified.expires,
        offset,
        instance: verified.instance,
    })
}

fn has_media_type(answer: &http::Response<bytes::Bytes>, media_type: &str) -> bool {
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == media_type)
}

/// An answer that came outside a capsule: a problem, or nothing that we know.
fn plain(answer: &http::Response<bytes::Bytes>) -> ServiceError {
    match Problem::parse(answer.body()) {
        Some(problem) => ServiceError::Problem(Box::new(problem)),
        None => ServiceError::Answer(format!("status {} without a problem", answer.status())),
    }
}

fn connect_error(error: ConnectError) -> ServiceError {
    match error {
        ConnectError::ServerCertificate(error) => {
            ServiceError::NotGenuine(NotGenuine::Certificate(error))
        }
        ConnectError::ServerName {
            expected,
            presented,
        } => ServiceError::NotGenuine(NotGenuine::Name {
            expected,
            presented,
        }),
        ConnectError::Signer(error) => ServiceError::Signer(error),
        ConnectError::RejectedByServer { alert } if alert.is_about_certificate() => {
            ServiceError::CertificateRefused(alert)
        }
        other => ServiceError::Unreachable(other),
    }
}

fn send_error(error: SendError) -> ServiceError {
    match error {
        SendError::RejectedByServer { alert } => ServiceError::CertificateRefused(alert),
        error if error.outcome_unknown() => ServiceError::Lost(error),
        error => ServiceError::NotSent(error),
    }
}

impl ServiceError {
    /// Type of the problem that was answered, if it is one of the protocol's.
    #[must_use]
    pub fn problem(&self) -> Option<ProblemType> {
        match self {
            ServiceError::Problem(problem) => problem.kind(),
            _ => None,
        }
    }

    /// Whether the USB key is what failed: pulled out, or its module or login gone.
    #[must_use]
    pub fn is_of_key(&self) -> bool {
        matches!(self, ServiceError::Signer(_) | ServiceError::Locked { .. })
    }

    /// Whether the request surely did not reach the service.
    #[must_use]
    pub fn surely_not_sent(&self) -> bool {
        matches!(
            self,
            ServiceError::Unreachable(_)
                | ServiceError::NotGenuine(_)
                | ServiceError::CertificateRefused(_)
                | ServiceError::Signer(_)
                | ServiceError::NotSent(_)
                | ServiceError::Locked {
                    perhaps_sent: false,
                    ..
                }
        )
    }
}
