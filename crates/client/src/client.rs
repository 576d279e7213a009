//! The unlocked payment software: one USB key, one service, requests sealed and signed.

mod request;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wattkey_pki::{Role, SignError, Trust};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::signed::{Document, Draft, Signed};
use wattkey_seal::message::Response;
use wattkey_token::{Module, Pin, TokenError, UnlockedKey, UsbKey};
use wattkey_transport::{ClientTls, Group, Identity, TlsError, client_tls};

use crate::config::Config;
use crate::connection::{Clock, Link, ServiceError};
use crate::keys::Identity as KeyIdentity;
use crate::lock::{Locked, SessionLock};
use crate::session::Session;
use crate::watch::Watch;

/// A PC whose clock is further off is told so (`PROTOCOL.md` section 4 corrects it all the same).
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// How long an order that is on its way may still be answered when the key is pulled out: the
/// answer says what became of the money, and needs no session.
const LAST_WORD: std::time::Duration = std::time::Duration::from_millis(600);

/// Attempts for one request: the first, one with fresh keys or clock, one on a new connection.
const MAX_ATTEMPTS: usize = 3;

/// The payment software with an unlocked USB key. Dropping it locks the key and ends the session;
/// so does pulling the key out, when it is [watched](Client::watch).
#[derive(Debug)]
pub struct Client {
    config: Config,
    service_ca: Arc<Trust>,
    key: UnlockedKey,
    tls: Arc<ClientTls>,
    link: Option<Link>,
    lock: SessionLock,
    watch: Option<Watch>,
    /// Where the key is to be followed.
    watched_in: Option<Arc<Module>>,
    clock: Clock,
}

/// Why the session was not taken up again.
#[derive(Debug, thiserror::Error)]
pub enum UnlockAgainError {
    /// It is another USB key than the one that was pulled out. No PIN was shown to it.
    #[error("this is another USB key, {serial}")]
    AnotherKey {
        /// Its serial number.
        serial: String,
    },
    /// The USB key was not unlocked.
    #[error("the USB key was not unlocked")]
    Token(#[source] TokenError),
    /// Certificate and private key of the USB key do not belong together.
    #[error("the USB key's certificate is for another key")]
    Key(#[source] TlsError),
}

/// What is sent inside a capsule.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inner<'a> {
    /// Reads; may be repeated.
    Get {
        /// Path with query.
        path: &'a str,
    },
    /// Sends what a user signed.
    Signed {
        /// Path.
        path: &'a str,
        /// Id of what it is about.
        id: &'a str,
        /// The compact JWS.
        jws: &'a str,
    },
}

/// What the service answered, a success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
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
        let tls = tls(&key, &service_ca)?;
        Ok(Client {
            config,
            service_ca,
            key,
            tls,
            link: None,
            lock: SessionLock::new(),
            watch: None,
            watched_in: None,
            clock,
        })
    }

    /// Has the USB key followed from now on: pulled out, it ends the session within a second.
    ///
    /// # Errors
    /// When its module cannot tell, or the key is gone already.
    pub fn watch(&mut self, module: &Arc<Module>) -> Result<(), TokenError> {
        self.watch = Some(Watch::start(module, &self.key, &self.lock)?);
        self.watched_in = Some(Arc::clone(module));
        Ok(())
    }

    /// Ends the session and forgets its key; nothing more is sent.
    pub fn lock(&mut self) {
        self.lock.lock(Locked::ByUser);
        self.link = None;
    }

    /// Why the session ended; nothing while it lasts.
    #[must_use]
    pub fn locked(&self) -> Option<Locked> {
        self.lock.locked()
    }

    /// The lock of the present session, to be waited for or locked from elsewhere. A session that
    /// is taken up again has another.
    #[must_use]
    pub fn session_lock(&self) -> SessionLock {
        self.lock.clone()
    }

    /// Goes on with the USB key that was pulled out and is back: the same serial number, the same
    /// certificates. A key that was [watched](Client::watch) is watched again. What was learnt of
    /// the service's clock is learnt again.
    ///
    /// # Errors
    /// [`UnlockAgainError`]; the session remains locked then, and the key too.
    pub fn unlock_again(&mut self, key: UsbKey, pin: &Pin) -> Result<(), UnlockAgainError> {
        let wanted = KeyIdentity::of_unlocked(&self.key);
        if KeyIdentity::of(&key).as_ref() != Some(&wanted) {
            return Err(UnlockAgainError::AnotherKey {
                serial: key.info().serial.clone(),
            });
        }
        // The end of the old login must not be the end of the new one.
        self.lock();
        self.watch = None;
        self.key.end();
        let key = key
            .unlock(pin)
            .map_err(|refused| UnlockAgainError::Token(refused.error))?;
        let tls = tls(&key, &self.service_ca).map_err(UnlockAgainError::Key)?;
        let lock = SessionLock::new();
        if let Some(module) = &self.watched_in {
            let watch = Watch::start(module, &key, &lock);
            self.watch = Some(watch.map_err(UnlockAgainError::Token)?);
        }
        self.tls = tls;
        self.key = key;
        self.lock = lock;
        Ok(())
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

    /// Signs a document with the signature key. The PIN is used for this one signature and gone.
    ///
    /// # Errors
    /// When the USB key does not sign; the source of the error is a [`wattkey_token::TokenError`].
    pub fn sign<D: Document>(&self, draft: Draft<D>, pin: Pin) -> Result<Signed<D>, SignError> {
        let gone = self.lock.locked().map(|why| match why {
            Locked::KeyPulled => TokenError::Removed,
            _ => TokenError::Locked,
        });
        if let Some(gone) = gone {
            return Err(SignError(gone.into()));
        }
        let certificate = self.key.signature_certificate().thumbprint();
        draft.sign(&self.key.signature_signer(pin), certificate)
    }

    /// Sends a request in a capsule of its own; the answer is a success.
    ///
    /// What surely was not looked at is sealed anew and sent again: unknown capsule key, clock out
    /// of the window, a kept connection that had been closed. Reading is repeated after a lost
    /// answer as well, what was signed never: its outcome is asked for.
    pub(crate) async fn exchange(&mut self, inner: Inner<'_>) -> Result<Answer, ServiceError> {
        let mut attempt = 1;
        loop {
            let result = self.attempt_unless_locked(inner).await;
            let Err(error) = result else { return result };
            self.lock_if_gone(&error);
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

    /// One attempt, cut off when the session is locked meanwhile.
    async fn attempt_unless_locked(&mut self, inner: Inner<'_>) -> Result<Answer, ServiceError> {
        let lock = self.lock.clone();
        let locked = |why, perhaps_sent| ServiceError::Locked { why, perhaps_sent };
        let cut = if let Some(why) = lock.locked() {
            locked(why, false)
        } else {
            let mut perhaps_sent = false;
            let answer = {
                let attempt = self.attempt(inner, &mut perhaps_sent);
                tokio::pin!(attempt);
                tokio::select! {
                    biased;
                    answer = &mut attempt => Some(answer),
                    _ = lock.until_locked() => match inner {
                        Inner::Signed { .. } => tokio::time::timeout(LAST_WORD, &mut attempt).await.ok(),
                        Inner::Get { .. } => None,
                    },
                }
            };
            match (answer, lock.locked()) {
                (Some(answer), None) => return answer,
                // It says what became of the money.
                (Some(answer @ (Ok(_) | Err(ServiceError::Problem(_)))), Some(_))
                    if matches!(inner, Inner::Signed { .. }) =>
                {
                    return answer;
                }
                // It says more than the lock does.
                (Some(answer @ Err(ServiceError::Signer(_))), Some(_)) => return answer,
                (_, why) => locked(why.unwrap_or(Locked::KeyPulled), perhaps_sent),
            }
        };
        self.link = None;
        Err(cut)
    }

    /// A key that did not sign because it is gone is not waited for by the watch.
    fn lock_if_gone(&self, error: &ServiceError) {
        let ServiceError::Signer(error) = error else {
            return;
        };
        match error.0.downcast_ref::<TokenError>() {
            Some(TokenError::Removed | TokenError::NoToken) => self.lock.lock(Locked::KeyPulled),
            Some(TokenError::Hung { .. } | TokenError::Crashed { .. } | TokenError::Locked) => {
                self.lock.lock(Locked::ModuleRestarted);
            }
            _ => {}
        }
    }

    async fn attempt(
        &mut self,
        inner: Inner<'_>,
        perhaps_sent: &mut bool,
    ) -> Result<Answer, ServiceError> {
        let clock = self.clock;
        let group = self.link().await?.group();
        if matches!(inner, Inner::Signed { .. }) && group != Group::X25519MlKem768 {
            return Err(ServiceError::ClassicalGroup);
        }
        self.renew_session()?;
        let link = self.link.as_mut().expect("it was made just now");
        let now = link.corrected(clock());
        let (config, key) = (&self.config, &self.key);
        let request = self
            .lock
            .with(|session| request::signed(config, key, session, inner, now))
            .ok_or_else(|| self.lock.ended())??;
        *perhaps_sent = true;
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
        self.lock.forget();
        match &mut self.link {
            Some(link) if link.is_usable(clock()) => link.refresh(&service_ca, clock).await,
            _ => self.link().await.map(|_| ()),
        }
    }

    fn renew_session(&mut self) -> Result<(), ServiceError> {
        let now = self.now();
        if self.lock.with(|session| session.is_fresh(now)) == Some(true) {
            return Ok(());
        }
        let signer = self.key.authentication_signer();
        let certificate = self.key.authentication_certificate().thumbprint();
        let session = Session::begin(&*signer, certificate, &self.config.audience, now)
            .map_err(|error| ServiceError::Signer(Arc::new(error)))?;
        self.lock.keep(session).map_err(|_| self.lock.ended())
    }
}

fn tls(key: &UnlockedKey, service_ca: &Arc<Trust>) -> Result<Arc<ClientTls>, TlsError> {
    let identity = Identity {
        chain: vec![key.authentication_certificate().clone()],
        signer: key.authentication_signer(),
    };
    client_tls(&identity, Arc::clone(service_ca), Role::Gateway)
}

fn success(answer: Response) -> Result<Answer, ServiceError> {
    if (200..300).contains(&answer.status) {
        return Ok(Answer {
            status: answer.status,
            fields: answer.fields,
            body: answer.body,
        });
    }
    Err(match Problem::parse(&answer.body) {
        Some(problem) => ServiceError::Problem(Box::new(problem)),
        None => ServiceError::Answer(format!("status {} without a problem", answer.status)),
    })
}
