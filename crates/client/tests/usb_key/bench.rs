//! Where a test runs: a process of its own, with a SoftHSM and USB keys of its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use wattkey_faulty_module::Faults;
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, Role, Signer as _, Trust, TrustAnchor};
use wattkey_token::local::provision;
use wattkey_token::provision::KeyPairs;
use wattkey_token::{HostOptions, Module, Pin, local};
use wattkey_transport::{Identity, clock};

/// The user's PIN of every key here.
pub(crate) const PIN: &str = "123456";
pub(crate) const SECURITY_OFFICER_PIN: &str = "12345678";
pub(crate) const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// Set in the process of a test: the folder of its tokens.
const FOLDER: &str = "WATTKEY_TEST_FOLDER";
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Runs a test in a process of its own: this program again, with this test only.
///
/// SoftHSM finds its tokens through the environment, and setting that of a running process is unsafe.
pub(crate) fn run(test: &str, body: impl FnOnce(&Bench)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return body(&Bench::new(folder.into()));
    }
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

/// How a USB key is issued; the defaults are right.
pub(crate) struct Issue {
    pub(crate) by_us: bool,
    /// Roles of the certificates in 01 and 02.
    pub(crate) roles: [Role; 2],
    /// Begin of validity, from now.
    pub(crate) begin: SignedDuration,
    pub(crate) days: u16,
    /// Key serial number in the certificates; the token's own when `None`.
    pub(crate) serial: Option<&'static str>,
}

impl Default for Issue {
    fn default() -> Issue {
        Issue {
            by_us: true,
            roles: [Role::UserAuthentication, Role::UserSignature],
            begin: SignedDuration::ZERO,
            days: 30,
            serial: None,
        }
    }
}

/// A CA with its key in memory.
pub(crate) struct Ca {
    key: MemorySigner,
    pub(crate) certificate: Certificate,
}

impl Ca {
    pub(crate) fn new(begin: Timestamp) -> Ca {
        let key = MemorySigner::generate();
        let certificate =
            issue::self_signed_ca("Issuing CA", "Example Power", &key, begin, 5_000).unwrap();
        Ca { key, certificate }
    }

    /// A server's certificate with its key in memory.
    pub(crate) fn server(&self, role: Role, name: &str) -> Identity {
        let signer = MemorySigner::generate();
        let subject = Subject {
            common_name: "Gateway 1".into(),
            organisation: "Example Power".into(),
            key_serial: None,
            dns_names: vec![name.to_owned()],
        };
        let (ca, key) = (&self.certificate, signer.public_key());
        let now = clock::now();
        let certificate = issue::certificate(ca, &self.key, role, &subject, key, now, 30).unwrap();
        Identity {
            chain: vec![certificate],
            signer: Arc::new(signer),
        }
    }

    pub(crate) fn trust(&self) -> Arc<Trust> {
        Trust::fixed(TrustAnchor::new(self.certificate.clone()).unwrap())
    }
}

/// A configuration, its CAs, and USB keys as they are issued.
pub(crate) struct Bench {
    folder: PathBuf,
    ours: Ca,
    pub(crate) service: Ca,
}

impl Bench {
    pub(crate) fn new(folder: PathBuf) -> Bench {
        let begin = clock::now() - SignedDuration::from_hours(24 * 100);
        let (ours, service) = (Ca::new(begin), Ca::new(begin));
        fs::write(folder.join("issuing-ca.pem"), ours.certificate.pem()).unwrap();
        fs::write(folder.join("service-ca.pem"), service.certificate.pem()).unwrap();
        let bench = Bench {
            folder,
            ours,
            service,
        };
        bench.configure(SOFTHSM);
        bench
    }

    /// Another user's signature key, as we issued it.
    pub(crate) fn colleague(&self, by_us: bool) -> Identity {
        let ca = if by_us { &self.ours } else { &self.service };
        let signer = MemorySigner::generate();
        let subject = Subject {
            common_name: "Zhao Lei".into(),
            organisation: "Example Steel".into(),
            key_serial: Some("4b1d0c2e".into()),
            dns_names: Vec::new(),
        };
        let (role, key) = (Role::UserSignature, signer.public_key());
        let begin = clock::now() - SignedDuration::from_hours(1);
        let certificate =
            issue::certificate(&ca.certificate, &ca.key, role, &subject, key, begin, 30).unwrap();
        Identity {
            chain: vec![certificate],
            signer: Arc::new(signer),
        }
    }

    pub(crate) fn ours_trust(&self) -> Arc<Trust> {
        self.ours.trust()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn configure(&self, module: &str) {
        self.configure_server(module, "127.0.0.1:1");
    }

    /// The keys behind a module that fails on request, from here on.
    pub(crate) fn faults(&self) -> Faults {
        self.configure(&faulty());
        Faults::new(self.folder()).unwrap()
    }

    /// A module in a process of its own, as `wattkey` runs it.
    pub(crate) fn module(&self, path: &str) -> Arc<Module> {
        let options = HostOptions {
            program: Some(env!("CARGO_BIN_EXE_wattkey").into()),
            environment: self.fault_environment(),
            ..HostOptions::default()
        };
        Module::load_with(path.as_ref(), &options).unwrap()
    }

    fn fault_environment(&self) -> Vec<(OsString, OsString)> {
        // Where the rules are, if there are any: making them anew would forget them.
        let names = [
            ("WATTKEY_FAULTS", "faults"),
            ("WATTKEY_FAULTS_LOG", "calls"),
        ];
        names
            .map(|(name, file)| (name.into(), self.folder.join(file).into_os_string()))
            .into()
    }

    pub(crate) fn configure_server(&self, module: &str, server: &str) {
        let text = format!(
            "audience = \"https://pay.example\"\nserver = \"{server}\"\n\
             service_ca = \"service-ca.pem\"\nissuing_ca = \"issuing-ca.pem\"\n\
             module = \"{module}\"\njournal = \"journal\"\n"
        );
        fs::write(self.configuration(), text).unwrap();
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder.join("wattkey.toml")
    }

    /// A USB key; its serial number. The module is let go: `wattkey` finds it unused.
    pub(crate) fn key(&self, how: &Issue) -> String {
        let serial = blank_key();
        let module = local::Module::load(SOFTHSM.as_ref()).unwrap();
        let keys = provision::issue_key_pairs(&module, &serial, &pin(PIN)).unwrap();
        let [one, two] = self.certificates(how, &serial, &keys);
        provision::write_certificates(&module, &serial, &pin(PIN), &one, &two).unwrap();
        serial
    }

    /// Certificates of a USB key with this serial number.
    pub(crate) fn certificates(
        &self,
        how: &Issue,
        serial: &str,
        keys: &KeyPairs,
    ) -> [Certificate; 2] {
        let begin = clock::now() + how.begin;
        let theirs;
        let ca = if how.by_us {
            &self.ours
        } else {
            theirs = Ca::new(begin);
            &theirs
        };
        let subject = Subject {
            common_name: "Li Na".into(),
            organisation: "Example Steel".into(),
            key_serial: Some(how.serial.map_or_else(|| serial.to_owned(), str::to_owned)),
            dns_names: Vec::new(),
        };
        [
            (how.roles[0], &keys.authentication),
            (how.roles[1], &keys.signature),
        ]
        .map(|(role, key)| {
            let (ca, signer) = (&ca.certificate, &ca.key);
            issue::certificate(ca, signer, role, &subject, key, begin, how.days).unwrap()
        })
    }

    /// Runs `wattkey` in English with `input` as stdin.
    pub(crate) fn wattkey(&self, arguments: &[&str], input: &str) -> Ran {
        Ran::from(self.start(arguments, input).wait_with_output().unwrap())
    }

    /// The same, still running.
    pub(crate) fn start(&self, arguments: &[&str], input: &str) -> Child {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that stops early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wattkey"));
        command.args(arguments);
        self.environment(&mut command);
        command
    }

    pub(crate) fn environment(&self, command: &mut Command) {
        command
            .env("WATTKEY_CONFIG", self.configuration())
            .env("LC_ALL", "en_GB.UTF-8")
            .env("TZ", "UTC")
            .envs(self.fault_environment());
    }
}

/// A USB key without certificates; its serial number.
pub(crate) fn blank_key() -> String {
    let module = local::Module::load(SOFTHSM.as_ref()).unwrap();
    provision::init_token(&module, "Li Na", &pin(SECURITY_OFFICER_PIN), &pin(PIN)).unwrap()
}

/// The module that fails on request.
pub(crate) fn faulty() -> String {
    wattkey_faulty_module::library()
        .into_os_string()
        .into_string()
        .unwrap()
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned())
}

/// What a run of `wattkey` left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Exit code and, under `--json`, the code of the fault on the last line of stderr.
    #[track_caller]
    pub(crate) fn failed_in_json(&self, exit: i32, code: &str) {
        assert_eq!(self.code, Some(exit), "{self:#?}");
        let last = self.stderr.lines().last().unwrap_or_default();
        let fault: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(fault["error"]["code"], code, "{self:#?}");
    }

    /// Exit code and two lines on stderr, the first of which has `words`.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        let [.., error, next] = lines.as_slice() else {
            panic!("{self:#?}")
        };
        assert!(
            error.starts_with("Error: ") && error.contains(words),
            "{self:#?}"
        );
        assert!(next.starts_with("Next: "), "{self:#?}");
        assert!(
            !self.stderr.contains(['{', '}']),
            "a placeholder is left: {self:#?}"
        );
    }
}
