//! Who carries effects out: a [worker](crate::worker) once there is a configuration, and before that
//! what the first start needs.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use wattkey_client::config::Config;
use wattkey_client::fault::Fault;

use crate::model::{Effect, Event};
use crate::worker::{self, Dialogs, Tell, Worker};

/// Carries effects out.
pub(crate) struct Hands {
    worker: RefCell<Option<Worker>>,
    settings: PathBuf,
    tell: Tell,
    dialogs: Dialogs,
}

impl Hands {
    /// Without a configuration.
    pub(crate) fn new(settings: PathBuf, tell: Tell) -> Hands {
        Hands {
            worker: RefCell::new(None),
            settings,
            dialogs: Dialogs::new(Arc::clone(&tell)),
            tell,
        }
    }

    /// Takes a worker for this configuration.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub(crate) fn start(&self, config: Config) -> Result<(), Fault> {
        let tell = Arc::clone(&self.tell);
        let dialogs = self.dialogs.clone();
        let worker = Worker::start(config, self.settings.clone(), tell, dialogs)?;
        *self.worker.borrow_mut() = Some(worker);
        Ok(())
    }

    /// Has something done.
    pub(crate) fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Setup(wanted) => worker::first_start(*wanted, &self.tell),
            Effect::Start(config) => {
                if let Err(fault) = self.start(*config) {
                    (self.tell)(Event::NotStarted(fault));
                }
            }
            effect => match (&*self.worker.borrow(), effect) {
                (Some(worker), effect) => worker.send(effect),
                (None, Effect::Choose(what, written)) => self.dialogs.open(what, &written, None),
                (None, Effect::KeepSettings(settings)) => {
                    // What cannot be kept now is chosen again when there is a configuration.
                    let _ = settings.write(&self.settings);
                }
                (None, _) => {}
            },
        }
    }
}
