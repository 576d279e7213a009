//! Where a contract test runs: a process of its own, with a module and tokens of its own.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use jiff::Timestamp;
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, PublicKey, Role};
use wattkey_token::Pin;

use super::token::{Module, UnlockedKey, UsbKey, load, provision};

/// The user's PIN of every token here.
pub(crate) const PIN: &str = "123456";
/// The security officer's PIN of every token here.
pub(crate) const SECURITY_OFFICER_PIN: &str = "12345678";

const MODULE: &str = "WATTKEY_TEST_PKCS11_MODULE";
const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// Set in the process of a test: the folder of its tokens.
const FOLDER: &str = "WATTKEY_TEST_FOLDER";
/// How long a test may take; modules are known to hang.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Runs a test in a process of its own: this program again, with this test only.
///
/// Setting the environment of the running process would be unsafe, and other tests may run in it.
pub(crate) fn run(test: &str, body: impl FnOnce(&Bench)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let module_path = std::env::var_os(MODULE).unwrap_or_else(|| SOFTHSM.into());
        return body(&Bench {
            folder: folder.into(),
            module_path: module_path.into(),
        });
    }
    let (_crate, test) = test.split_once("::").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let status = spawn(test, folder.path(), &output);
    let output = fs::read_to_string(output).unwrap();
    // A name that matches no test runs none and would succeed.
    assert!(
        status.success() && output.contains("1 passed"),
        "{test}: {status}\n{output}"
    );
}

fn spawn(test: &str, folder: &Path, output: &Path) -> ExitStatus {
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.join("softhsm2.conf");
    let lines = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(&configuration, lines).unwrap();

    let output = File::create(output).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env("SOFTHSM2_CONF", configuration)
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + TIME_LIMIT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            return child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The module under test, with no tokens at first.
pub(crate) struct Bench {
    folder: PathBuf,
    module_path: PathBuf,
}

impl Bench {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn module_path(&self) -> &Path {
        &self.module_path
    }

    pub(crate) fn module(&self) -> Arc<Module> {
        load(self.module_path()).unwrap()
    }

    /// Whether the module tells that a wrong PIN was shown; the standard leaves it free to.
    pub(crate) fn tells_count_low(&self) -> bool {
        self.module_path().file_name() == Some(OsStr::new("libsofthsm2.so"))
    }

    /// A token that is initialised and empty; its serial number.
    pub(crate) fn empty_token(&self, label: &str) -> String {
        provision::init_token(&self.module(), label, &security_officer_pin(), &pin()).unwrap()
    }

    /// A token with both keys and their certificates; its serial number.
    pub(crate) fn issued_token(&self, label: &str) -> String {
        let serial = self.empty_token(label);
        let keys = provision::issue_key_pairs(&self.module(), &serial, &pin()).unwrap();
        let [authentication, signature] =
            certificates(&serial, &keys.authentication, &keys.signature);
        provision::write_certificates(&self.module(), &serial, &pin(), &authentication, &signature)
            .unwrap();
        serial
    }

    /// The only USB key.
    pub(crate) fn usb_key(&self) -> UsbKey {
        let mut keys = self.module().usb_keys().unwrap();
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    }

    /// The only USB key, issued and unlocked.
    pub(crate) fn unlocked_key(&self) -> UnlockedKey {
        self.issued_token("user");
        self.usb_key().unlock(&pin()).unwrap()
    }

    /// A session beside those of the crate, in this process: where the module runs in it too, what others could do.
    pub(crate) fn session(&self, serial: &str) -> Session {
        let cryptoki = Pkcs11::new(self.module_path()).unwrap();
        let locking = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match cryptoki.initialize(locking) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => panic!("{error}"),
        }
        let slot = cryptoki
            .get_slots_with_initialized_token()
            .unwrap()
            .into_iter()
            .find(|slot| cryptoki.get_token_info(*slot).unwrap().serial_number() == serial)
            .unwrap();
        cryptoki.open_rw_session(slot).unwrap()
    }

    /// The same, with the user logged in.
    pub(crate) fn session_of_user(&self, serial: &str) -> Session {
        let session = self.session(serial);
        match session.login(UserType::User, Some(&PIN.into())) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => session,
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}

pub(crate) fn wrong_pin() -> Pin {
    Pin::new("654321".to_owned())
}

fn security_officer_pin() -> Pin {
    Pin::new(SECURITY_OFFICER_PIN.to_owned())
}

/// Certificates of a user's two keys.
pub(crate) fn certificates(
    serial: &str,
    authentication: &PublicKey,
    signature: &PublicKey,
) -> [Certificate; 2] {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let ca_key = MemorySigner::generate();
    let ca = issue::self_signed_ca("Issuing CA", "Example Power", &ca_key, now, 5_000).unwrap();
    let subject = Subject {
        common_name: "Li Na".to_owned(),
        organisation: "Example Steel".to_owned(),
        key_serial: Some(serial.to_owned()),
        dns_names: Vec::new(),
    };
    [
        (Role::UserAuthentication, authentication),
        (Role::UserSignature, signature),
    ]
    .map(|(role, key)| issue::certificate(&ca, &ca_key, role, &subject, key, now, 1_000).unwrap())
}
