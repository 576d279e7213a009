//! Tokens in SoftHSM, with the faulty module in front of them, in a child process of this test's.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use wattkey_faulty_module::Faults;
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{MemorySigner, PublicKey, Role, SignError, Signer};
use wattkey_token::provision::KeyPairs;
use wattkey_token::{
    Card, Deadlines, HostOptions, KeyUse, Module, Pin, TokenError, UnlockedKey, UsbKey, provision,
};

pub(crate) const PIN: &str = "482915";
pub(crate) const CARD_PIN: &str = "739150";
pub(crate) const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// `CKA_ID`s of the card's keys.
pub(crate) const SIGN: &[u8] = &[0x20, 1];
pub(crate) const DERIVE: &[u8] = &[0x20, 2];

/// What a call may take here beyond its deadline: two busy cores, and the end of the child.
pub(crate) const SLACK: Duration = Duration::from_millis(1_200);
/// How soon all works again after the module does.
pub(crate) const RECOVERY: Duration = Duration::from_secs(2);

pub(crate) const SECURITY_OFFICER_PIN: &str = "12345678";

/// A USB key and a card, and the faults of their module.
pub(crate) struct Setup {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) faults: Faults,
    pub(crate) serial: String,
}

impl Setup {
    /// Both tokens are made through SoftHSM itself: the log of calls is empty.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tokens")).unwrap();
        let lines = format!(
            "directories.tokendir = {}\nlog.level = ERROR\n",
            folder.path().join("tokens").display()
        );
        fs::write(folder.path().join("softhsm2.conf"), lines).unwrap();
        let mut setup = Self {
            faults: Faults::new(folder.path()).unwrap(),
            folder,
            serial: String::new(),
        };
        let module = setup.softhsm();
        setup.serial = issue_usb_key(&module);
        issue_card(&module);
        setup
    }

    /// SoftHSM without faults, in a child process of its own.
    pub(crate) fn softhsm(&self) -> Arc<Module> {
        let options = HostOptions {
            deadlines: Deadlines::default(),
            ..self.options()
        };
        Module::load_with(Path::new(SOFTHSM), &options).unwrap()
    }

    /// The same tokens, behind the faulty module.
    pub(crate) fn module(&self) -> Arc<Module> {
        self.load().unwrap()
    }

    pub(crate) fn load(&self) -> Result<Arc<Module>, TokenError> {
        Module::load_with(&wattkey_faulty_module::library(), &self.options())
    }

    pub(crate) fn options(&self) -> HostOptions {
        let mut environment = self.faults.environment();
        let configuration = self.folder.path().join("softhsm2.conf");
        environment.push((OsString::from("SOFTHSM2_CONF"), configuration.into()));
        HostOptions {
            program: Some(host()),
            environment,
            deadlines: deadlines(),
        }
    }

    pub(crate) fn usb_key(&self) -> UsbKey {
        self.usb_key_of(&self.module()).unwrap()
    }

    /// The USB key among the tokens.
    pub(crate) fn usb_key_of(&self, module: &Arc<Module>) -> Result<UsbKey, TokenError> {
        let keys = module.usb_keys()?;
        let mut keys = keys.into_iter();
        keys.find(|key| key.info().serial == self.serial)
            .ok_or_else(|| TokenError::TokenMissing {
                name: self.serial.clone(),
            })
    }

    pub(crate) fn unlocked(&self) -> UnlockedKey {
        self.usb_key().unlock(&pin()).unwrap()
    }

    pub(crate) fn card(&self) -> Arc<Card> {
        Card::open(&self.module(), "card", &card_pin()).unwrap()
    }

    /// Everything works, soon: the tokens are found, the key is unlocked and signs.
    #[track_caller]
    pub(crate) fn assert_recovers(&self) {
        let start = Instant::now();
        let works = || -> Result<(), TokenError> {
            let key = self.usb_key_of(&self.load()?)?;
            let key = key.unlock(&pin()).map_err(|failed| failed.error)?;
            sign(&*key.authentication_signer()).map(drop)
        };
        let mut last = works();
        while last.is_err() && start.elapsed() < RECOVERY {
            std::thread::sleep(Duration::from_millis(20));
            last = works();
        }
        assert!(last.is_ok(), "after {:?}: {last:?}", start.elapsed());
        assert!(start.elapsed() < RECOVERY + SLACK, "{:?}", start.elapsed());
    }

    /// Processes that called the module so far, in the order of their first call.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let mut processes = Vec::new();
        for call in self.faults.calls() {
            if !processes.contains(&call.process) {
                processes.push(call.process);
            }
        }
        processes
    }
}

/// Short enough to wait for, long enough for work that does not hang on two busy cores.
pub(crate) fn deadlines() -> Deadlines {
    let short = Duration::from_millis(800);
    Deadlines {
        load: short * 2,
        list: short,
        read: short,
        login: short,
        sign: short,
        derive: short,
        generate: short,
        pin_pad: short * 2,
        lock: short,
        reread: short,
    }
}

/// A program that serves modules as all of ours do.
pub(crate) fn host() -> PathBuf {
    env!("CARGO_BIN_EXE_wattkey-module-host").into()
}

pub(crate) fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}

pub(crate) fn card_pin() -> Pin {
    Pin::new(CARD_PIN.to_owned())
}

/// A signature that fits its key, or the token's error.
pub(crate) fn sign(signer: &dyn Signer) -> Result<(), TokenError> {
    let signature = signer.sign(b"a message").map_err(token_error)?;
    signer
        .public_key()
        .verify(b"a message", &signature)
        .unwrap();
    Ok(())
}

/// The token's error within a signer's.
pub(crate) fn token_error(error: SignError) -> TokenError {
    *error.0.downcast().unwrap()
}

/// A point to derive with.
pub(crate) fn peer() -> [u8; 65] {
    *MemorySigner::generate().public_key().as_uncompressed()
}

/// Runs something that must end in time, and says how long it took.
#[track_caller]
pub(crate) fn within<T>(limit: Duration, what: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let answer = what();
    let time = start.elapsed();
    assert!(time < limit, "{time:?} instead of {limit:?}");
    answer
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(limit: Duration, what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A program of the system.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(OsStr::new(program)).exists())
}

fn issue_usb_key(module: &Arc<Module>) -> String {
    let officer = Pin::new(SECURITY_OFFICER_PIN.to_owned());
    let serial = provision::init_token(module, "user", &officer, &pin()).unwrap();
    let keys = provision::issue_key_pairs(module, &serial, &pin()).unwrap();
    certify(module, &serial, &keys);
    serial
}

/// Gives a USB key certificates of another authority than before.
pub(crate) fn certify(module: &Arc<Module>, serial: &str, keys: &KeyPairs) {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let ca_key = MemorySigner::generate();
    let ca = issue::self_signed_ca("Issuing CA", "Example Power", &ca_key, now, 5_000).unwrap();
    let subject = Subject {
        common_name: "Li Na".to_owned(),
        organisation: "Example Steel".to_owned(),
        key_serial: Some(serial.to_owned()),
        dns_names: Vec::new(),
    };
    let certificate = |role: Role, key: &PublicKey| {
        issue::certificate(&ca, &ca_key, role, &subject, key, now, 1_000).unwrap()
    };
    let authentication = certificate(Role::UserAuthentication, &keys.authentication);
    let signature = certificate(Role::UserSignature, &keys.signature);
    provision::write_certificates(module, serial, &pin(), &authentication, &signature).unwrap();
}

fn issue_card(module: &Arc<Module>) {
    let officer = Pin::new(SECURITY_OFFICER_PIN.to_owned());
    provision::init_token(module, "card", &officer, &card_pin()).unwrap();
    let card = Card::open(module, "card", &card_pin()).unwrap();
    card.generate(SIGN, KeyUse::Sign, "sign").unwrap();
    card.generate(DERIVE, KeyUse::Derive, "derive").unwrap();
}
