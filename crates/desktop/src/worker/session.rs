//! An open session: the client, who it is, the journal, and what is about to be signed.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use wattkey_client::client::Client;
use wattkey_client::config::Config;
use wattkey_client::fault::token::{self, When};
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::journal::Journal;
use wattkey_client::keys::{self, Identity};
use wattkey_client::receipt;
use wattkey_pki::{Trust, TrustAnchor};
use wattkey_protocol::api::Me;
use wattkey_token::Pin;
use wattkey_transport::clock;

use super::Tell;
use super::months::Summing;
use super::signing::{Asked, Pending};
use crate::model::unlock::Input;
use crate::model::{Effect, Event, Opened};

/// An open session. Dropping it locks the key.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) me: Me,
    pub(super) journal: Journal,
    pub(super) issuing_ca: TrustAnchor,
    /// What is shown, to be signed.
    pub(super) pending: Option<Pending>,
    /// What led to it, so that it can be prepared again after a PIN that was wrong.
    pub(super) asked: Option<Asked>,
    /// What is summed while nothing else is done.
    pub(super) summing: Option<Summing>,
    /// The user wants no more of what takes long.
    pub(super) stop: Arc<AtomicBool>,
}

/// How long the connection test waits.
const TEST_LIMIT: Duration = Duration::from_secs(5);

impl Session {
    /// Unlocks a key and asks the service who its holder is. The PIN is used once.
    pub(super) async fn open(
        config: &Config,
        serial: &str,
        pin: Pin,
        stop: Arc<AtomicBool>,
        tell: &Tell,
    ) -> Result<(Session, Opened), Fault> {
        // Read before the PIN is used: a wrong configuration costs nobody a try.
        let service_ca = Trust::fixed(receipt::anchor(&config.service_ca)?);
        let issuing_ca = receipt::anchor(&config.issuing_ca)?;
        let journal = Journal::open(&config.journal)?;
        let (module, key) = super::keys::chosen(config, serial)?;
        keys::check(&key, &issuing_ca, clock::now())?;
        let unlocked = key.unlock(&pin).map_err(|refused| {
            token::of_key(&refused.error, When::Unlocking, &config.module, serial)
        })?;
        drop(pin);
        // The key has said so; what follows is the way to the service.
        tell(Event::Unlock(Input::PinRight));
        let identity = Identity::of_unlocked(&unlocked);
        let mut client = Client::new(
            config.clone(),
            Arc::clone(&service_ca),
            unlocked,
            clock::now,
        )
        .map_err(|error| Fault::new("key-refuses", Exit::UnusableKey).cause(&error))?;
        client
            .watch(&module)
            .map_err(|error| token::of(&error, When::Connecting))?;
        let me = client.me().await?;
        let opened = Opened {
            identity,
            serial: serial.to_owned(),
            me: me.clone(),
            clock_off: client.clock_warning().map(|offset| offset.as_secs()),
        };
        let session = Session {
            client,
            me,
            journal,
            issuing_ca,
            pending: None,
            asked: None,
            summing: None,
            stop,
        };
        Ok((session, opened))
    }

    pub(super) async fn carry_out(&mut self, effect: Effect, tell: &Tell) {
        match effect {
            Effect::Load(wanted) => {
                let event = match self.load(&wanted).await {
                    Ok(loaded) => Event::Loaded(loaded),
                    Err(fault) => Event::Failed(wanted, fault),
                };
                tell(event);
            }
            Effect::Prepare(request) => tell(self.prepare(Asked::Payment(request)).await),
            Effect::Review(order, decision) => {
                tell(self.prepare(Asked::Decision(order, decision)).await);
            }
            Effect::Notice(notice) => tell(self.prepare(Asked::Acknowledgement(notice)).await),
            Effect::Change(what, seen) => tell(self.prepare(Asked::Change(what, seen)).await),
            Effect::DecideChange(change, decision) => {
                tell(self.prepare(Asked::ChangeDecision(change, decision)).await);
            }
            Effect::ImportOrders(path) => self.import_orders(&path, tell).await,
            Effect::BuildOrders(batch) => self.build_orders(batch, tell).await,
            Effect::Forget => {
                self.pending = None;
                self.asked = None;
            }
            Effect::Sign(pin) => self.sign(pin, tell).await,
            Effect::Resolve(document) => self.resolve(document, tell).await,
            Effect::ResolveAll => self.resolve_all(tell).await,
            Effect::Dispute(wanted) => tell(self.prepare(Asked::Dispute(wanted)).await),
            Effect::Withdraw(dispute) => tell(self.prepare(Asked::Withdrawal(dispute)).await),
            _ => {}
        }
    }
}

/// Tries to reach the service without a session: whether somebody listens there. The message that
/// says what was found.
pub(super) async fn test(config: &Config) -> Result<&'static str, Fault> {
    receipt::anchor(&config.service_ca)?;
    let unreachable = |error: &dyn std::error::Error| {
        Fault::new("server-unreachable", Exit::Unreachable).cause(error)
    };
    let reaching = tokio::net::TcpStream::connect(&config.server);
    match tokio::time::timeout(TEST_LIMIT, reaching).await {
        Ok(Ok(_)) => Ok("window-test-reached"),
        Ok(Err(error)) => Err(unreachable(&error)),
        Err(late) => Err(unreachable(&late)),
    }
}

impl Session {
    /// The same over the session: whether it is the service, and knows this key.
    pub(super) async fn test(&mut self) -> Result<&'static str, Fault> {
        self.client.me().await?;
        Ok("window-test-genuine")
    }
}
