//! Dialogs of the system: one at a time, each on a thread of its own, so that nothing waits for it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::lock::SessionLock;

use super::files::{self, New};
use super::{Tell, order_file};
use crate::chooser::{self, Asked, Chosen};
use crate::model::Event;
use crate::model::chooser::{For, Picked};

/// Shows them. One that is asked for takes the place of the one that is shown.
#[derive(Clone)]
pub struct Dialogs {
    tell: Tell,
    /// Dropped, it ends the one that is shown.
    shown: Arc<Mutex<Option<oneshot::Sender<()>>>>,
}

impl std::fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dialogs")
    }
}

impl Dialogs {
    /// None is shown yet.
    #[must_use]
    pub fn new(tell: Tell) -> Dialogs {
        Dialogs {
            tell,
            shown: Arc::default(),
        }
    }

    /// Has a file chosen that is there, beginning where the written one is.
    pub(crate) fn open(&self, what: For, written: &str, lock: Option<SessionLock>) {
        let asked = Asked {
            folder: beside(written),
            save_as: None,
            endings: what.endings().iter().map(|end| (*end).into()).collect(),
        };
        self.ask(asked, lock, move |chosen| {
            let picked = match chosen {
                Chosen::File(file) => Picked::File(wattkey_client::show::path(&file)),
                Chosen::Nothing => Picked::Nothing,
                Chosen::NoChooser => Picked::NoChooser,
            };
            Some(Event::Picked(what, picked))
        });
    }

    /// Keeps a new file where the user says, or in the usual place where nobody can be asked.
    pub(super) fn save(&self, made: Result<New, Fault>, lock: Option<SessionLock>) {
        let new = match made {
            Ok(new) => new,
            Err(fault) => return (self.tell)(Event::NotSaved(fault)),
        };
        let asked = Asked {
            folder: files::folder(),
            save_as: Some(new.name()),
            endings: vec![new.extension.into()],
        };
        self.ask(asked, lock, move |chosen| match chosen {
            Chosen::File(file) => Some(new.replace(&file)),
            Chosen::Nothing => None,
            Chosen::NoChooser => Some(new.keep_in(&files::folder())),
        });
    }

    /// What was chosen comes to `then`, unless the session is locked before.
    fn ask(
        &self,
        asked: Asked,
        lock: Option<SessionLock>,
        then: impl FnOnce(Chosen) -> Option<Event> + Send + 'static,
    ) {
        let (shown, ended) = oneshot::channel();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        let tell = Arc::clone(&self.tell);
        let started = std::thread::Builder::new()
            .name("dialog".into())
            .spawn(move || {
                if let Some(event) = waited(&asked, lock, ended).and_then(then) {
                    tell(event);
                }
            });
        if let Err(error) = started {
            (self.tell)(Event::NotSaved(
                Fault::new("runtime", Exit::Fault).cause(&error),
            ));
        }
    }
}

/// What was chosen; none when nobody wants to know any more.
fn waited(
    asked: &Asked,
    lock: Option<SessionLock>,
    ended: oneshot::Receiver<()>,
) -> Option<Chosen> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let Ok(runtime) = builder.enable_all().build() else {
        return Some(Chosen::NoChooser);
    };
    let locked = async {
        match lock {
            Some(lock) => drop(lock.until_locked().await),
            None => std::future::pending().await,
        }
    };
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = locked => None,
            _ = ended => None,
            chosen = chooser::choose(asked) => Some(chosen),
        }
    })
}

/// The folder of a file that is written, when it is there; the usual one otherwise.
fn beside(written: &str) -> PathBuf {
    let path = order_file::path_of(written.trim());
    let folder = path.parent().filter(|folder| folder.is_dir());
    match folder {
        Some(folder) if folder.is_absolute() => folder.to_owned(),
        _ => files::folder(),
    }
}
