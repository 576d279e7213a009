//! A gateway process with all that it needs.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::authorities::{Ca, PLATFORM_NAME};
use crate::card;
use crate::test_platform::TestPlatform;

pub(crate) const AUDIENCE: &str = "https://pay.example";
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) users: Ca,
    pub(crate) service: Ca,
    pub(crate) platform: TestPlatform,
    pub(crate) gateway: Gateway,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (users, service) = (Ca::new("issuing CA"), Ca::new("service CA"));
        let platform = TestPlatform::start(&service).await;
        prepare(
            folder.path(),
            &users,
            &service,
            &platform.address.to_string(),
        );
        let gateway = Gateway::start(folder.path());
        Self {
            folder,
            users,
            service,
            platform,
            gateway,
        }
    }

    /// Everything the gateway has written to its log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Waits for a line of the log with all of these words.
    pub(crate) fn logged(&self, words: &[&str]) -> String {
        let started = Instant::now();
        loop {
            let log = self.log();
            let line = log
                .lines()
                .find(|line| words.iter().all(|word| line.contains(word)));
            if let Some(line) = line {
                return line.to_owned();
            }
            assert!(
                started.elapsed() < TIME_LIMIT,
                "no line with {words:?} in\n{log}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn restart(&mut self) {
        self.gateway = Gateway::start(self.folder.path());
    }
}

/// Writes the configuration and what it names, and makes the card.
pub(crate) fn prepare(folder: &Path, users: &Ca, service: &Ca, platform: &str) {
    fs::write(folder.join("users.pem"), users.certificate.pem()).unwrap();
    fs::write(folder.join("users.crl"), users.crl(1, &[])).unwrap();
    fs::write(folder.join("service.pem"), service.certificate.pem()).unwrap();
    fs::write(folder.join("service.crl"), service.crl(1, &[])).unwrap();
    let (module, label) = (card::MODULE, card::LABEL);
    let text = format!(
        r#"
audience = "{AUDIENCE}"
instance = "gateway-1.pay.example"
listen = "127.0.0.1:0"
state = "state"
[card]
module = "{module}"
token = "{label}"
[trust]
users_ca = "users.pem"
users_crl = "users.crl"
service_ca = "service.pem"
service_crl = "service.crl"
[platform]
address = "{platform}"
server_name = "{PLATFORM_NAME}"
"#
    );
    fs::write(folder.join("gateway.toml"), text).unwrap();
    card::make(folder, service);
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattkey-gateway"));
    command.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
    command
}

pub(crate) struct Gateway {
    child: Child,
    pub(crate) address: String,
}

impl Gateway {
    pub(crate) fn start(folder: &Path) -> Self {
        let log: PathBuf = folder.join("log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command(folder)
            .args(["run", "--card-pin-fd", "0", "--config"])
            .arg(folder.join("gateway.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", card::PIN).unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().strip_prefix("listening clients=");
        let log = || fs::read_to_string(folder.join("log")).unwrap();
        let address = address
            .unwrap_or_else(|| panic!("{line:?}\n{}", log()))
            .to_owned();
        Self { child, address }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn terminate(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < TIME_LIMIT, "the gateway does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended in the test already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
