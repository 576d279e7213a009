//! A PKCS#11 module, loaded once per process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::session::Session;
use cryptoki::slot::Slot;

use crate::error::Trying;
use crate::foreign::Functions;
use crate::{PinState, TokenError, TokenInfo, UsbKey};

/// SoftHSM now and then fails to read a token while another process starts on the same directory.
const READ_TRIES: u32 = 5;
const READ_PAUSE: Duration = Duration::from_millis(20);

/// Modules of this process. PKCS#11 has one state per process and module, whoever loads it; a module is therefore
/// loaded once and never finalised, which would end the sessions of others.
static LOADED: Mutex<Vec<Arc<Module>>> = Mutex::new(Vec::new());

/// A vendor's PKCS#11 library.
pub struct Module {
    path: PathBuf,
    cryptoki: Pkcs11,
    functions: Functions,
}

impl Module {
    /// Loads a module from its file. The same file yields the same module.
    ///
    /// This runs the library's code inside this process.
    ///
    /// # Errors
    ///
    /// [`TokenError::ModuleFile`] when there is no such file, [`TokenError::ModuleLoad`] when it is not a module or
    /// does not start.
    pub fn load(path: &Path) -> Result<Arc<Self>, TokenError> {
        let path = path
            .canonicalize()
            .map_err(|source| TokenError::ModuleFile {
                path: path.to_owned(),
                source,
            })?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = loaded.iter().find(|module| module.path == path) {
            return Ok(Arc::clone(module));
        }
        let module = Arc::new(Self::start(path)?);
        loaded.push(Arc::clone(&module));
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
        let slots = self.slots()?;
        Ok(slots.into_iter().map(|(_, info)| info).collect())
    }

    /// USB keys that are there now, locked. Their certificates are read; no PIN is needed for that.
    ///
    /// Every initialised token counts, also one without certificates.
    ///
    /// # Errors
    ///
    /// The module failed.
    pub fn usb_keys(self: &Arc<Self>) -> Result<Vec<UsbKey>, TokenError> {
        let mut keys = Vec::new();
        for (slot, info) in self.slots()? {
            match UsbKey::open(self, slot, info) {
                Err(TokenError::Removed) => {}
                key => keys.push(key?),
            }
        }
        Ok(keys)
    }

    /// Slots with an initialised token.
    pub(crate) fn slots(&self) -> Result<Vec<(Slot, TokenInfo)>, TokenError> {
        let mut tokens = Vec::new();
        for slot in self.slots_with_token()? {
            match self.read_token(slot) {
                Ok(info) if info.token_initialized() => tokens.push((slot, (&info).into())),
                Ok(_) | Err(TokenError::Removed) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tokens)
    }

    /// First slot whose token waits for its initialisation.
    pub(crate) fn uninitialised_slot(&self) -> Result<Slot, TokenError> {
        for slot in self.slots_with_token()? {
            match self.read_token(slot) {
                Ok(info) if !info.token_initialized() => return Ok(slot),
                Ok(_) | Err(TokenError::Removed) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TokenError::NoToken)
    }

    /// The slot of the one token with this label.
    pub(crate) fn slot_by_label(&self, label: &str) -> Result<(Slot, TokenInfo), TokenError> {
        let mut found = self
            .slots()?
            .into_iter()
            .filter(|(_, info)| info.label == label);
        let first = found.next().ok_or_else(|| TokenError::TokenMissing {
            name: label.to_owned(),
        })?;
        match found.next() {
            None => Ok(first),
            Some(_) => Err(TokenError::TokenAmbiguous {
                name: label.to_owned(),
            }),
        }
    }

    /// The slot of the token with this serial number.
    pub(crate) fn slot_by_serial(&self, serial: &str) -> Result<(Slot, TokenInfo), TokenError> {
        let mut slots = self.slots()?.into_iter();
        slots
            .find(|(_, info)| info.serial == serial)
            .ok_or_else(|| TokenError::TokenMissing {
                name: serial.to_owned(),
            })
    }

    /// What the token in this slot says now.
    pub(crate) fn token(&self, slot: Slot) -> Result<TokenInfo, TokenError> {
        Ok((&self.read_token(slot)?).into())
    }

    /// State of the PIN of the token in this slot, now.
    pub(crate) fn pin_state(&self, slot: Slot) -> Result<PinState, TokenError> {
        Ok((&self.read_token(slot)?).into())
    }

    /// Opens a session that can read and use keys.
    pub(crate) fn read_session(&self, slot: Slot) -> Result<Session, TokenError> {
        self.cryptoki.open_ro_session(slot).trying("open a session")
    }

    /// Opens a session that can also write.
    pub(crate) fn write_session(&self, slot: Slot) -> Result<Session, TokenError> {
        self.cryptoki
            .open_rw_session(slot)
            .trying("open a session for writing")
    }

    pub(crate) fn cryptoki(&self) -> &Pkcs11 {
        &self.cryptoki
    }

    pub(crate) fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Most sessions that the token allows; nothing when it does not say.
    pub(crate) fn session_limit(&self, slot: Slot) -> Result<Option<u64>, TokenError> {
        Ok(self.read_token(slot)?.max_session_count().into())
    }

    fn start(path: PathBuf) -> Result<Self, TokenError> {
        let start = |path: &Path| {
            let cryptoki = Pkcs11::new(path)?;
            let functions = Functions::load(path)?;
            match cryptoki.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
                Ok(()) | Err(ModuleError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
                Err(error) => return Err(error),
            }
            Ok((cryptoki, functions))
        };
        match start(&path) {
            Ok((cryptoki, functions)) => Ok(Self {
                path,
                cryptoki,
                functions,
            }),
            Err(source) => Err(TokenError::ModuleLoad { path, source }),
        }
    }

    fn slots_with_token(&self) -> Result<Vec<Slot>, TokenError> {
        self.cryptoki
            .get_slots_with_token()
            .trying("list the slots")
    }

    fn read_token(&self, slot: Slot) -> Result<cryptoki::slot::TokenInfo, TokenError> {
        let mut tries = 1;
        loop {
            match self.cryptoki.get_token_info(slot) {
                Err(ModuleError::Pkcs11(RvError::GeneralError, _)) if tries < READ_TRIES => {
                    tries += 1;
                    std::thread::sleep(READ_PAUSE);
                }
                answer => return answer.trying("read the token's information"),
            }
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
