//! Carries out effects: the one task that holds the unlocked key, one thing after the other, and a
//! thread that follows which keys come and go.
//!
//! Nothing here decides: what is to be done comes from the [model](crate::model), what came of it goes
//! back as an event.

mod dialogs;
mod files;
mod keys;
mod loading;
mod months;
mod order_file;
mod personal;
mod session;
mod setup;
mod signing;
mod unknown;
mod usage;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use wattkey_client::config::Config;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::lock::{Locked, SessionLock};
use wattkey_client::tables;

use crate::model::{Effect, Event};
pub use dialogs::Dialogs;
use session::Session;

/// Where events go: to the one thread that draws.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// Does what the first start needs, on a thread of its own: a module or an address may take its time.
pub(crate) fn first_start(wanted: crate::model::setup::Wanted, tell: &Tell) {
    let tell = Arc::clone(tell);
    // Without a thread nothing comes of it; the step can be asked for again.
    let _ = std::thread::Builder::new()
        .name("first start".into())
        .spawn(move || tell(setup::carry_out(wanted)));
}

/// The worker, as the window has it.
pub struct Worker {
    effects: mpsc::UnboundedSender<Effect>,
    /// So that locking need not wait for what is under way.
    lock: Arc<Mutex<Option<SessionLock>>>,
    /// So that stopping need not wait for it either.
    stop: Arc<AtomicBool>,
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
        dialogs: Dialogs,
    ) -> Result<Worker, Fault> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Fault::new("runtime", Exit::Fault).cause(&error))?;
        let (effects, next) = mpsc::unbounded_channel();
        let lock = Arc::new(Mutex::new(None));
        let stop = Arc::new(AtomicBool::new(false));
        keys::follow(&config, &tell);
        let task = Task {
            config,
            settings,
            tell,
            dialogs,
            lock: Arc::clone(&lock),
            stop: Arc::clone(&stop),
            session: None,
        };
        std::thread::Builder::new()
            .name("worker".into())
            .spawn(move || runtime.block_on(task.run(next)))
            .map_err(|error| Fault::new("runtime", Exit::Fault).cause(&error))?;
        Ok(Worker {
            effects,
            lock,
            stop,
        })
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
        match effect {
            Effect::Stop | Effect::Lock => self.stop.store(true, Ordering::Relaxed),
            Effect::ImportOrders(_) | Effect::BuildOrders(_) | Effect::Sign(_) => {
                self.stop.store(false, Ordering::Relaxed);
            }
            _ => {}
        }
        // Without its task nothing can be done; the window closes then.
        let _ = self.effects.send(effect);
    }
}

struct Task {
    config: Config,
    settings: std::path::PathBuf,
    tell: Tell,
    dialogs: Dialogs,
    lock: Arc<Mutex<Option<SessionLock>>>,
    stop: Arc<AtomicBool>,
    session: Option<Session>,
}

impl Task {
    async fn run(mut self, mut next: mpsc::UnboundedReceiver<Effect>) {
        use tokio::sync::mpsc::error::TryRecvError;
        loop {
            // What somebody waits for comes before what is summed meanwhile.
            let effect = match next.try_recv() {
                Ok(effect) => Some(effect),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => {
                    if self.meanwhile().await {
                        continue;
                    }
                    next.recv().await
                }
            };
            let Some(effect) = effect else { return };
            self.carry_out(effect).await;
        }
    }

    /// A piece of what nobody waits for; whether there was any.
    async fn meanwhile(&mut self) -> bool {
        let session = self.session.as_mut();
        let Some(session) = session.filter(|session| session.client.locked().is_none()) else {
            return false;
        };
        let event = session.next_months().await;
        let any = event.is_some();
        event.into_iter().for_each(|event| self.tell(event));
        any
    }

    fn tell(&self, event: Event) {
        (self.tell)(event);
    }

    fn session_lock(&self) -> Option<SessionLock> {
        let session = self.session.as_ref();
        session.map(|session| session.client.session_lock())
    }

    /// A new file, kept where the user says.
    fn save(&self, made: Result<files::New, Fault>) {
        self.dialogs.save(made, self.session_lock());
    }

    async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::LookForKeys => keys::look(&self.config, &self.tell),
            Effect::Unlock { serial, pin } => self.unlock(&serial, pin).await,
            Effect::ChangePin { serial, old, new } => {
                keys::change(&self.config, &self.tell, &serial, &old, &new);
            }
            Effect::Unblock { serial, puk, new } => {
                keys::unblock(&self.config, &self.tell, &serial, &puk, &new);
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
            Effect::FindOrderFiles => self.tell(order_file::find()),
            Effect::SaveBills(rows) => {
                self.save(Ok(files::table("wattkey-bills", &tables::bills(&rows))));
            }
            Effect::SavePayments(rows) => {
                self.save(Ok(files::table(
                    "wattkey-payments",
                    &tables::payments(&rows),
                )));
            }
            Effect::SaveTable(stem, table) => self.save(Ok(files::table(&stem, &table))),
            Effect::SavePicture(stem, picture) => self.save(files::picture(&stem, &picture)),
            Effect::Choose(what, written) => self.dialogs.open(what, &written, self.session_lock()),
            Effect::VerifyReceipt(file) => {
                let file = order_file::path_of(&wattkey_client::show::path(&file));
                self.tell(Event::Verified(files::verify(&self.config, &file)));
            }
            effect => {
                let Some(session) = &mut self.session else {
                    return;
                };
                if session.client.locked().is_some() {
                    return;
                }
                if let Some(made) = session.file(&effect).await {
                    return self.save(made);
                }
                session.carry_out(effect, &self.tell).await;
            }
        }
    }

    async fn unlock(&mut self, serial: &str, pin: wattkey_token::Pin) {
        self.session = None;
        let stop = Arc::clone(&self.stop);
        match Session::open(&self.config, serial, pin, stop, &self.tell).await {
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
