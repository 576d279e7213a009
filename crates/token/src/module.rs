//! A PKCS#11 module, in a process that is started anew when it hung or crashed.

mod supervisor;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::child::Child;
use crate::wire::{Answer, Operation};
use crate::{Events, HostOptions, TokenError, TokenInfo, UsbKey};
use supervisor::Supervisor;

/// Modules of this process that somebody uses. A module has one state per process, and each key must be looked for
/// in one place only.
static LOADED: Mutex<Vec<Weak<Module>>> = Mutex::new(Vec::new());

/// A vendor's PKCS#11 library, which runs in a process of its own.
///
/// The process lives as long as this value and whatever was made with it: keys, cards, events.
pub struct Module {
    path: PathBuf,
    options: HostOptions,
    supervisor: Supervisor,
}

impl Module {
    /// Loads a module from its file, in a process made of this very program: `main` has to begin with
    /// [`serve_if_asked`](crate::host::serve_if_asked). The same file yields the same module.
    ///
    /// # Errors
    ///
    /// [`TokenError::ModuleFile`] when there is no such file, [`TokenError::ModuleLoad`] when it is not a module or
    /// does not start, [`TokenError::HostStart`] when the process cannot be started, [`TokenError::Hung`] and
    /// [`TokenError::Crashed`].
    pub fn load(path: &Path) -> Result<Arc<Self>, TokenError> {
        Self::load_with(path, &HostOptions::default())
    }

    /// Loads a module from its file. The same file with the same options yields the same module.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn load_with(path: &Path, options: &HostOptions) -> Result<Arc<Self>, TokenError> {
        let path = path
            .canonicalize()
            .map_err(|source| TokenError::ModuleFile {
                path: path.to_owned(),
                source,
            })?;
        let module = {
            let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.retain(|module| module.strong_count() > 0);
            let found = loaded
                .iter()
                .filter_map(Weak::upgrade)
                .find(|module| module.path == path && module.options == *options);
            found.unwrap_or_else(|| {
                let module = Arc::new(Self {
                    path,
                    options: options.clone(),
                    supervisor: Supervisor::default(),
                });
                loaded.push(Arc::downgrade(&module));
                module
            })
        };
        module.child()?;
        Ok(module)
    }

    /// The module's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Initialised tokens that are there now.
    ///
    /// # Errors
    ///
    /// The module failed; a token that is pulled out meanwhile is left out.
    pub fn tokens(&self) -> Result<Vec<TokenInfo>, TokenError> {
        match self.call(|| Operation::Tokens)? {
            (Answer::Tokens(tokens), _) => Ok(tokens),
            (_, child) => Err(unexpected(&child)),
        }
    }

    /// USB keys that are there now, locked. Their certificates are read; no PIN is needed for that.
    ///
    /// Every initialised token counts, also one without certificates.
    ///
    /// # Errors
    ///
    /// The module failed.
    pub fn usb_keys(self: &Arc<Self>) -> Result<Vec<UsbKey>, TokenError> {
        match self.call(|| Operation::UsbKeys)? {
            (Answer::UsbKeys(keys), child) => keys
                .into_iter()
                .map(|key| UsbKey::new(self, key).map_err(|_| unexpected(&child)))
                .collect(),
            (_, child) => Err(unexpected(&child)),
        }
    }

    /// Watches for tokens that come and go, from now on.
    ///
    /// # Errors
    ///
    /// The module failed.
    pub fn events(self: &Arc<Self>) -> Result<Events, TokenError> {
        Events::new(self)
    }

    /// What the token with this serial number says now.
    pub(crate) fn token(&self, serial: &str) -> Result<TokenInfo, TokenError> {
        let operation = || Operation::Token {
            serial: serial.to_owned(),
        };
        match self.call(operation)? {
            (Answer::Token(info), _) => Ok(info),
            (_, child) => Err(unexpected(&child)),
        }
    }

    /// An answer of nothing but success.
    pub(crate) fn done(&self, operation: impl Fn() -> Operation) -> Result<(), TokenError> {
        match self.call(operation)? {
            (Answer::Done, _) => Ok(()),
            (_, child) => Err(unexpected(&child)),
        }
    }
}

/// An answer to another question: the child is not in its right mind.
pub(crate) fn unexpected(child: &Child) -> TokenError {
    child.kill();
    crate::child::nonsense()
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
