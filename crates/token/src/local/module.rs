//! A PKCS#11 module, loaded once per process.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as ModuleError, RvError};
use cryptoki::slot::{self, Slot};

use crate::error::Trying;
use crate::local::flavour::Flavour;
use crate::local::foreign::Functions;
use crate::local::session::{OpenSession, Registry};
use crate::local::{Events, UsbKey, chuid, object};
use crate::{PinState, TokenError, TokenInfo};

/// SoftHSM now and then fails to read a token while another process starts on the same directory.
const READ_TRIES: u32 = 5;
const READ_PAUSE: Duration = Duration::from_millis(20);

const READ_TOKEN: &str = "read the token's information";

/// pcscd looks at a reader every 0.4 s.
const NOTICE_TIME: Duration = Duration::from_millis(600);
const NOTICE_PAUSE: Duration = Duration::from_millis(50);

/// Modules of this process. PKCS#11 has one state per process and module, whoever loads it; a module is therefore
/// loaded once and never finalised, which would end the sessions of others.
static LOADED: Mutex<Vec<Arc<Module>>> = Mutex::new(Vec::new());

/// A vendor's PKCS#11 library.
pub struct Module {
    path: PathBuf,
    cryptoki: Pkcs11,
    functions: Functions,
    flavour: Flavour,
    sessions: Arc<Registry>,
    /// Of PIV cards behind Yubico's module: the serial numbers that other modules show, by slot and Yubico's number.
    piv_serials: Mutex<HashMap<(u64, String), String>>,
    /// What those who watch saw last.
    seen: Mutex<Option<Seen>>,
}

/// The tokens in these slots, as somebody who watches saw them.
struct Seen {
    at: Instant,
    occupied: Vec<Slot>,
    tokens: Vec<TokenInfo>,
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

    /// As [`tokens`](Self::tokens), for those who watch, with what another of them has just seen in the same slots.
    ///
    /// OpenSC 0.23 keeps a mutex of a card that is pulled out while it answers, and says nothing of it: whoever asks that
    /// card once more waits for ever. After the time that a reader takes to notice, nobody asks it.
    pub(crate) fn tokens_in(&self, occupied: &[Slot]) -> Result<Vec<TokenInfo>, TokenError> {
        if self.flavour != Flavour::OpenSc {
            return self.tokens();
        }
        // Held while it is asked: who comes meanwhile gets the same answer.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_ref().filter(|seen| seen.occupied == occupied)
            && seen.at.elapsed() < NOTICE_TIME
        {
            return Ok(seen.tokens.clone());
        }
        let tokens = self.tokens()?;
        *seen = Some(Seen {
            at: Instant::now(),
            occupied: occupied.to_vec(),
            tokens: tokens.clone(),
        });
        Ok(tokens)
    }

    /// USB keys that are there now, locked. Their certificates are read; no PIN is needed for that.
    ///
    /// Every initialised token counts, also one without certificates. One that fails is left out when there are
    /// others.
    ///
    /// # Errors
    ///
    /// The module failed, or each token did: the first one's failure.
    pub fn usb_keys(self: &Arc<Self>) -> Result<Vec<UsbKey>, TokenError> {
        let mut keys = Vec::new();
        let mut failed = None;
        for slot in self.slots_with_token()? {
            match self.usb_key_in(slot) {
                Ok(key) => keys.extend(key),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) if keys.is_empty() => Err(error),
            _ => Ok(keys),
        }
    }

    fn usb_key_in(self: &Arc<Self>, slot: Slot) -> Result<Option<UsbKey>, TokenError> {
        let Some(info) = self.initialised(slot)? else {
            return Ok(None);
        };
        let serial = info.serial.clone();
        match UsbKey::open(self, slot, info) {
            // It is there: to leave it out would say that it was pulled out.
            Err(TokenError::Removed) if self.token(slot).is_ok_and(|now| now.serial == serial) => {
                Err(TokenError::answer("a session ends at once"))
            }
            Err(TokenError::Removed) => Ok(None),
            key => key.map(Some),
        }
    }

    /// The USB key with this serial number.
    ///
    /// # Errors
    ///
    /// [`TokenError::Removed`] when it is not there, and failures of the module.
    pub fn usb_key(self: &Arc<Self>, serial: &str) -> Result<UsbKey, TokenError> {
        match self.slot_by_serial(serial) {
            Err(TokenError::TokenMissing { .. }) => Err(TokenError::Removed),
            found => {
                let (slot, info) = found?;
                UsbKey::open(self, slot, info)
            }
        }
    }

    /// Watches for keys that come and go, from now on.
    ///
    /// # Errors
    ///
    /// The module failed.
    pub fn events(self: &Arc<Self>) -> Result<Events, TokenError> {
        Events::new(self)
    }

    /// Slots with an initialised token.
    pub(crate) fn slots(&self) -> Result<Vec<(Slot, TokenInfo)>, TokenError> {
        let mut tokens = Vec::new();
        for slot in self.slots_with_token()? {
            tokens.extend(self.initialised(slot)?.map(|info| (slot, info)));
        }
        Ok(tokens)
    }

    /// What the token in this slot says now, if it is initialised and still there.
    fn initialised(&self, slot: Slot) -> Result<Option<TokenInfo>, TokenError> {
        let Some(info) = self.recognised(slot)? else {
            return Ok(None);
        };
        let initialised = info.token_initialized();
        match initialised.then(|| self.named(slot, &info)).transpose() {
            Err(TokenError::Removed) => Ok(None),
            answer => answer,
        }
    }

    /// First slot whose token waits for its initialisation.
    pub(crate) fn uninitialised_slot(&self) -> Result<Slot, TokenError> {
        for slot in self.slots_with_token()? {
            let info = self.recognised(slot)?;
            if info.is_some_and(|info| !info.token_initialized()) {
                return Ok(slot);
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
        let mut failed = None;
        for slot in self.slots_with_token()? {
            match self.initialised(slot) {
                Ok(Some(info)) if info.serial == serial => return Ok((slot, info)),
                Ok(_) => {}
                // It may be the one that is looked for, or another one.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed.unwrap_or_else(|| TokenError::TokenMissing {
            name: serial.to_owned(),
        }))
    }

    /// What the token in this slot says now.
    pub(crate) fn token(&self, slot: Slot) -> Result<TokenInfo, TokenError> {
        self.named(slot, &self.read_token(slot)?)
    }

    /// State of the PIN of the token in this slot, now.
    pub(crate) fn pin_state(&self, slot: Slot) -> Result<PinState, TokenError> {
        Ok((&self.read_token(slot)?).into())
    }

    /// Opens a session that can read and use keys.
    pub(crate) fn read_session(&self, slot: Slot) -> Result<OpenSession, TokenError> {
        let session = self.cryptoki.open_ro_session(slot);
        Ok(self.sessions.hold(session.trying("open a session")?))
    }

    /// Opens a session that can also write.
    pub(crate) fn write_session(&self, slot: Slot) -> Result<OpenSession, TokenError> {
        let session = self.cryptoki.open_rw_session(slot);
        let session = session.trying("open a session for writing")?;
        Ok(self.sessions.hold(session))
    }

    /// What a failure with the token of this serial number means: modules answer with all kinds of errors while a token
    /// is being pulled out, and some of them before they know.
    pub(crate) fn explain(&self, slot: Slot, serial: &str, error: TokenError) -> TokenError {
        if error.may_be_removal() && self.is_pulled_out(slot, serial) {
            TokenError::Removed
        } else {
            error
        }
    }

    /// Whether a token of a reader goes away within the time that a reader takes to notice.
    fn is_pulled_out(&self, slot: Slot, serial: &str) -> bool {
        let info = self.cryptoki.get_slot_info(slot);
        if !info.is_ok_and(|info| info.removable_device()) {
            return false;
        }
        let deadline = Instant::now() + NOTICE_TIME;
        loop {
            // Listing makes OpenSC look; reading alone does not.
            let listed = self.slots_with_token();
            match self.token(slot) {
                Ok(info) if info.serial == serial => {}
                Ok(_) | Err(TokenError::Removed) => return true,
                Err(_) if listed.is_err() => return true,
                Err(_) => {}
            }
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(NOTICE_PAUSE);
        }
    }

    pub(crate) fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// Lets go of the cards before the process ends, where logging out does not lock them. The module is of no use
    /// afterwards.
    pub(crate) fn let_go(&self) {
        if self.flavour == Flavour::OpenSc {
            // What fails here has ended already, or hangs until the process is killed.
            let _ = self.cryptoki.clone().finalize();
        }
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
                flavour: Flavour::of(&cryptoki),
                cryptoki,
                functions,
                sessions: Arc::default(),
                piv_serials: Mutex::default(),
                seen: Mutex::default(),
            }),
            Err(error) => Err(TokenError::ModuleLoad {
                path,
                source: error.into(),
            }),
        }
    }

    pub(crate) fn slots_with_token(&self) -> Result<Vec<Slot>, TokenError> {
        self.cryptoki
            .get_slots_with_token()
            .trying("list the slots")
    }

    /// With the name of its reader.
    fn named(&self, slot: Slot, info: &slot::TokenInfo) -> Result<TokenInfo, TokenError> {
        let reader = self
            .cryptoki
            .get_slot_info(slot)
            .trying("read the reader's name")?;
        let mut info = TokenInfo::new(info, reader.slot_description());
        if self.flavour == Flavour::Yubico {
            info.serial = self.piv_serial(slot, info.serial)?;
        }
        Ok(info)
    }

    /// The serial number that other modules show for the card with this number of Yubico's, so that a card has one name
    /// when it is issued and when it is used. A card without the object keeps Yubico's number.
    fn piv_serial(&self, slot: Slot, number: String) -> Result<String, TokenError> {
        let known = || {
            self.piv_serials
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let name = (slot.id(), number);
        if let Some(serial) = known().get(&name) {
            return Ok(serial.clone());
        }
        let session = self.read_session(slot)?;
        let object = object::card_holder_identifier(&session)?;
        match object.as_deref().and_then(chuid::serial) {
            Some(serial) => {
                known().insert(name, serial.clone());
                Ok(serial)
            }
            None => Ok(name.1),
        }
    }

    /// What the token in this slot says; nothing when it is gone, or the card there is none that the module knows.
    fn recognised(&self, slot: Slot) -> Result<Option<slot::TokenInfo>, TokenError> {
        let answer = self.ask_token(slot);
        if let Err(ModuleError::Pkcs11(RvError::TokenNotRecognized, _)) = &answer {
            return Ok(None);
        }
        match answer.trying(READ_TOKEN) {
            Err(TokenError::Removed) => Ok(None),
            answer => answer.map(Some),
        }
    }

    fn read_token(&self, slot: Slot) -> Result<slot::TokenInfo, TokenError> {
        self.ask_token(slot).trying(READ_TOKEN)
    }

    fn ask_token(&self, slot: Slot) -> Result<slot::TokenInfo, ModuleError> {
        let mut tries = 1;
        loop {
            match self.cryptoki.get_token_info(slot) {
                Err(ModuleError::Pkcs11(RvError::GeneralError, _)) if tries < READ_TRIES => {
                    tries += 1;
                    std::thread::sleep(READ_PAUSE);
                }
                answer => return answer,
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
