//! Carries out effects: the one task that holds the unlocked key, one thing after the other, and a
//! thread that follows which keys come and go.
//!
//! Nothing here decides: what is to be done comes from the [model](crate::model), what came of it goes
//! back as an event.

mod files;
mod keys;
mod loading;
mod session;
mod signing;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use wattkey_client::config::Config;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::lock::{Locked, SessionLock};

use crate::model::{Effect, Event};
use session::Session;

/// Where events go: to the one thread that draws.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// The worker, as the window has it.
pub struct Worker {
    effects: mpsc::UnboundedSender<Effect>,
    /// So that locking need not wait for what is under way.
    lock: Arc<Mutex<Option<SessionLock>>>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

impl Worker {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(
        config: Config,
        settings: std::path::PathBuf,
        tell: Tell,
    ) -> Result<Worker, Fault> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Fault::new("runtime", Exit::Fault).cause(&error))?;
        let (effects, next) = mpsc::unbounded_channel();
        let lock = Arc::new(Mutex::new(None));
        keys::follow(&config, &tell);
        let task = Task {
            config,
            settings,
            tell,
            lock: Arc::clone(&lock),
            session: None,
        };
        std::thread::Builder::new()
            .name("worker".into())
            .spawn(move || runtime.block_on(task.run(next)))
            .map_err(|error| Fault::new("runtime", Exit::Fault).cause(&error))?;
        Ok(Worker { effects, lock })
    }

    /// Has something done.
    pub fn send(&self, effect: Effect) {
        if matches!(effect, Effect::Lock)
            && let Some(lock) = self
                .lock
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
        {
            lock.lock(Locked::ByUser);
        }
        // Without its task nothing can be done; the window closes then.
        let _ = self.effects.send(effect);
    }
}

struct Task {
    config: Config,
    settings: std::path::PathBuf,
    tell: Tell,
    lock: Arc<Mutex<Option<SessionLock>>>,
    session: Option<Session>,
}

impl Task {
    async fn run(mut self, mut next: mpsc::UnboundedReceiver<Effect>) {
        while let Some(effect) = next.recv().await {
            self.carry_out(effect).await;
        }
    }

    fn tell(&self, event: Event) {
        (self.tell)(event);
    }

    async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::LookForKeys => keys::look(&self.config, &self.tell),
            Effect::Unlock { serial, pin } => self.unlock(&serial, pin).await,
            Effect::ChangePin { serial, old, new } => {
                keys::change(&self.config, &self.tell, &serial, &old, &new)
            }
            Effect::Unblock { serial, puk, new } => {
                keys::unblock(&self.config, &self.tell, &serial, &puk, &new)
            }
            Effect::Lock => self.session = None,
            Effect::KeepSettings(settings) => {
                if let Err(error) = settings.write(&self.settings) {
                    let fault = Fault::new("file-write", Exit::Fault)
                        .with("file", wattkey_client::show::path(&self.settings))
                        .cause(&error);
                    self.tell(Event::NotSaved(fault));
                }
            }
            Effect::Test => {
                let tested = match &mut self.session {
                    Some(session) => session.test().await,
                    None => session::test(&self.config).await,
                };
                self.tell(Event::Tested(tested));
            }
            Effect::SaveBills(rows) => self.tell(files::bills(&rows)),
            Effect::SavePayments(rows) => self.tell(files::payments(&rows)),
            effect => {
                let Some(session) = &mut self.session else {
                    return;
                };
                if session.client.locked().is_some() {
                    return;
                }
                session.carry_out(effect, &self.tell).await;
            }
        }
    }

    async fn unlock(&mut self, serial: &str, pin: wattkey_token::Pin) {
        self.session = None;
        match Session::open(&self.config, serial, pin).await {
            Ok((session, opened)) => {
                let lock = session.client.session_lock();
                *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock.clone());
                let tell = Arc::clone(&self.tell);
                tokio::spawn(async move {
                    match lock.until_locked().await {
                        Locked::ByUser => {}
                        why => tell(Event::Locked(why)),
                    }
                });
                self.session = Some(session);
                self.tell(Event::Opened(Box::new(opened)));
            }
            Err(fault) => self.tell(Event::Unlock(crate::model::unlock::Input::Failed(fault))),
        }
    }
}
