//! The unlocked payment software: one USB key, one service, requests sealed and signed.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wattkey_pki::{Role, SignError, Trust};
use wattkey_protocol::fields::{byte_sequence, string};
use wattkey_protocol::names::{
    FIELD_CERTIFICATE, FIELD_IDEMPOTENCY_KEY, FIELD_REQUEST, FIELD_SESSION,
    FIELD_SIGNATURE_CERTIFICATE, MEDIA_JOSE,
};
use wattkey_protocol::order::{Draft, SignedOrder};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::{request, time};
use wattkey_seal::message::{Request, Response};
use wattkey_token::{Pin, UnlockedKey};
use wattkey_transport::{ClientTls, Group, Identity, TlsError, client_tls};

use crate::config::Config;
use crate::connection::{Clock, Link, ServiceError};
use crate::session::Session;

/// A PC whose clock is further off is told so (`PROTOCOL.md` section 4 corrects it all the same).
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Attempts for one request: the first, one with fresh keys or clock, one on a new connection.
const MAX_ATTEMPTS: usize = 3;

/// The payment software with an unlocked USB key. Dropping it locks the key and ends the session.
#[derive(Debug)]
pub struct Client {
    config: Config,
    service_ca: Arc<Trust>,
    key: UnlockedKey,
    tls: Arc<ClientTls>,
    link: Option<Link>,
    session: Option<Session>,
    clock: Clock,
}

/// What is sent inside a capsule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inner<'a> {
    /// Reads; may be repeated.
    Get {
        /// Path with query.
        path: &'a str,
    },
    /// Sends a signed order.
    Order(&'a SignedOrder),
}

/// What the service answered, a success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Makes a client of an unlocked key; connects when the first request is made.
    ///
    /// # Errors
    /// When certificate and private key of the USB key do not belong together.
    pub fn new(
        config: Config,
        service_ca: Arc<Trust>,
        key: UnlockedKey,
        clock: Clock,
    ) -> Result<Client, TlsError> {
        let identity = Identity {
            chain: vec![key.authentication_certificate().clone()],
            signer: key.authentication_signer(),
        };
        let tls = client_tls(&identity, Arc::clone(&service_ca), Role::Gateway)?;
        Ok(Client {
            config,
            service_ca,
            key,
            tls,
            link: None,
            session: None,
            clock,
        })
    }

    /// Connects unless a usable connection is there.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn connect(&mut self) -> Result<&Link, ServiceError> {
        self.link().await.map(|link| &*link)
    }

    /// The service's time, as far as it is known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = (self.clock)();
        self.link.as_ref().map_or(now, |link| link.corrected(now))
    }

    /// By how much this PC's clock is off, when it is more than [`CLOCK_TOLERANCE`].
    #[must_use]
    pub fn clock_warning(&self) -> Option<SignedDuration> {
        let offset = self.link.as_ref()?.offset();
        (offset.abs() > CLOCK_TOLERANCE).then_some(offset)
    }

    /// The configuration it was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The USB key.
    #[must_use]
    pub fn key(&self) -> &UnlockedKey {
        &self.key
    }

    /// Signs an order with the signature key. The PIN is used for this one signature and gone.
    ///
    /// # Errors
    /// When the USB key does not sign; the source of the error is a [`wattkey_token::TokenError`].
    pub fn sign(&self, draft: Draft, pin: Pin) -> Result<SignedOrder, SignError> {
        let certificate = self.key.signature_certificate().thumbprint();
        draft.sign(&self.key.signature_signer(pin), certificate)
    }

    /// Sends a request in a capsule of its own; the answer is a success.
    ///
    /// What surely was not looked at is sealed anew and sent again: unknown capsule key, clock out
    /// of the window, a kept connection that had been closed. Reading is repeated after a lost
    /// answer as well, an order never: its outcome is asked for by its id.
    pub(crate) async fn exchange(&mut self, inner: Inner<'_>) -> Result<Answer, ServiceError> {
        let mut attempt = 1;
        loop {
            let result = self.attempt(inner).await;
            let Err(error) = result else { return result };
            if attempt == MAX_ATTEMPTS {
                return Err(error);
            }
            attempt += 1;
            match (error.problem(), &error) {
                (Some(ProblemType::OhttpKey | ProblemType::Date), _) => self.refresh().await?,
                (_, ServiceError::NotSent(_)) => self.link = None,
                (_, ServiceError::Lost(_)) if matches!(inner, Inner::Get { .. }) => {
                    self.link = None;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(&mut self, inner: Inner<'_>) -> Result<Answer, ServiceError> {
        let clock = self.clock;
        let group = self.link().await?.group();
        if matches!(inner, Inner::Order(_)) && group != Group::X25519MlKem768 {
            return Err(ServiceError::ClassicalGroup);
        }
        self.renew_session()?;
        let (Some(link), Some(session)) = (&mut self.link, &self.session) else {
            unreachable!("both were made just now")
        };
        let now = link.corrected(clock());
        let request = inner_request(&self.config, &self.key, session, inner, now)?;
        let answer = link.exchange(&request).await?;
        success(answer)
    }

    async fn link(&mut self) -> Result<&mut Link, ServiceError> {
        let now = (self.clock)();
        if !self.link.as_ref().is_some_and(|link| link.is_usable(now)) {
            self.link = None;
            let tls = Arc::clone(&self.tls);
            self.link = Some(Link::open(&self.config, tls, &self.service_ca, self.clock).await?);
        }
        Ok(self.link.as_mut().expect("it was made just now"))
    }

    async fn refresh(&mut self) -> Result<(), ServiceError> {
        let (clock, service_ca) = (self.clock, Arc::clone(&self.service_ca));
        self.session = None;
        match &mut self.link {
            Some(link) if link.is_usable(clock()) => link.refresh(&service_ca, clock).await,
            _ => self.link().await.map(|_| ()),
        }
    }

    fn renew_session(&mut self) -> Result<(), ServiceError> {
        let now = self.now();
        if self
            .session
            .as_ref()
            .is_some_and(|session| session.is_fresh(now))
        {
            return Ok(());
        }
        let signer = self.key.authentication_signer();
        let certificate = self.key.authentication_certificate().thumbprint();
        let session = Session::begin(&*signer, certificate, &self.config.audience, now)
            .map_err(|error| ServiceError::Signer(Arc::new(error)))?;
        self.session = Some(session);
        Ok(())
    }
}

/// The inner request with all fields of `PROTOCOL.md` sections 5 to 8.
fn inner_request(
    config: &Config,
    key: &UnlockedKey,
    session: &Session,
    inner: Inner<'_>,
    now: Timestamp,
) -> Result<Request, ServiceError> {
    let date = time::format_http(now)
        .ok_or_else(|| ServiceError::Seal("the clock shows no year that HTTP can write".into()))?;
    let certificate = key.authentication_certificate().thumbprint();
    let mut fields = vec![
        ("date", date),
        (FIELD_CERTIFICATE, certificate.to_string()),
        (FIELD_REQUEST, Uuid::new_v4().to_string()),
        (FIELD_SESSION, session.statement().to_owned()),
    ];
    let (method, path, body) = match inner {
        Inner::Get { path } => ("GET", path, ""),
        Inner::Order(order) => {
            let signature = key.signature_certificate();
            fields.push((
                FIELD_IDEMPOTENCY_KEY,
                string(&order.order().order.to_string()),
            ));
            fields.push(("content-type", MEDIA_JOSE.to_owned()));
            fields.push((FIELD_SIGNATURE_CERTIFICATE, byte_sequence(signature.der())));
            ("POST", "/v1/orders", order.as_str())
        }
    };
    let mut request = Request {
        method: method.to_owned(),
        scheme: "https".to_owned(),
        authority: config.authority.clone(),
        path: path.to_owned(),
        fields: fields
            .into_iter()
            .map(|(n, v)| (n.to_owned(), v.into_bytes()))
            .collect(),
        body: body.as_bytes().to_vec(),
    };
    let signature = request::sign(
        session.key(),
        &request::RequestParts {
            method: &request.method,
            authority: &request.authority,
            path_and_query: &request.path,
            fields: &request.fields,
            body: &request.body,
        },
        now,
    )
    .map_err(|error| ServiceError::Signer(Arc::new(error)))?;
    request.fields.extend(
        signature
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes())),
    );
    Ok(request)
}

fn success(answer: Response) -> Result<Answer, ServiceError> {
    if (200..300).contains(&answer.status) {
        return Ok(Answer {
            status: answer.status,
            body: answer.body,
        });
    }
    Err(match Problem::parse(&answer.body) {
        Some(problem) => ServiceError::Problem(Box::new(problem)),
        None => ServiceError::Answer(format!("status {} without a problem", answer.status)),
    })
}
