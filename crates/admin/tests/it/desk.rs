//! A desk in a folder of its own, with a SoftHSM directory per token holder.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SO_PIN: &str = "87654321";
pub(crate) const CA_PIN: &str = "ca-1234";
pub(crate) const CARD_PIN: &str = "card-1111";
pub(crate) const MANAGER_PIN: &str = "manager-5555";
pub(crate) const USER_PIN: &str = "user-123456";
pub(crate) const CUSTOMER: &str = "00000000-0000-4000-8000-0000000000c1";

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The document on stdout of a command that did it.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.expect(0).stdout).unwrap()
    }
}

impl Desk {
    /// A desk with both CAs.
    pub(crate) fn new() -> Self {
        let desk = Self::empty();
        for ca in ["users", "service"] {
            let token = format!("{ca}-ca");
            let create = [
                "ca", "create", "--ca", ca, "--token", &token, "--name", &token,
            ];
            let more = ["--organisation", "Example Power", "--yes"];
            let pins = ["--ca-so-pin-fd", "0", "--ca-pin-fd", "0"];
            desk.run(
                "nobody",
                &[&create[..], &more, &pins].concat(),
                &[SO_PIN, CA_PIN],
            )
            .expect(0);
        }
        desk
    }

    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        let environment = format!("SOFTHSM2_CONF={}", desk.token_directory("ca").display());
        let init = ["init", desk.path("desk").to_str().unwrap()].map(str::to_owned);
        let options = [
            ["--audience", "https://pay.example"],
            ["--managers-address", "127.0.0.1:1"],
            ["--managers-server-name", "platform.example"],
            ["--ca-env", &environment],
        ];
        let line: Vec<_> = init
            .iter()
            .map(String::as_str)
            .chain(options.iter().flatten().copied())
            .collect();
        desk.run("nobody", &line, &[]).expect(0);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program with `holder`'s token in hand and `lines` on stdin.
    pub(crate) fn run(&self, holder: &str, arguments: &[&str], lines: &[&str]) -> Ended {
        // Whatever starts the tests, the program gets stdin, stdout and stderr and no more.
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec \"$0\" \"$@\" 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-",
            ])
            .arg(env!("CARGO_BIN_EXE_wattkey-admin"))
            .args(arguments)
            .args(["--json", "--lang", "en"])
            .env("WATTKEY_ADMIN_CONFIG", self.path("desk/admin.toml"))
            .env("SOFTHSM2_CONF", self.token_directory(holder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // A command that ends before it reads has closed the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Issues a USB key to somebody and gives its serial number.
    pub(crate) fn issue_key(&self, holder: &str, kind: &str, number: u8) -> String {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let (customer, pin) = match kind {
            "user" => (&["--customer", CUSTOMER][..], USER_PIN),
            _ => (&[][..], MANAGER_PIN),
        };
        let who = ["--kind", kind, "--holder-id", &id, "--name", holder];
        let line = [
            &["key", "issue", "--organisation", "Example", "--yes"][..],
            &["--ca-pin-fd", "0", "--so-pin-fd", "0", "--pin-fd", "0"],
            &who,
            customer,
        ]
        .concat();
        let document = self.run(holder, &line, &[CA_PIN, SO_PIN, pin]).json();
        document["serial"].as_str().unwrap().to_owned()
    }

    /// The platform's TLS key and certificate, in files.
    pub(crate) fn issue_platform(&self) {
        let (key, out) = (self.path("platform.key"), self.path("platform.pem"));
        let files = [
            "--key-file",
            key.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ];
        let line = [
            &[
                "server",
                "issue",
                "--role",
                "platform",
                "--name",
                "platform-1",
            ][..],
            &[
                "--organisation",
                "Example Power",
                "--ca-pin-fd",
                "0",
                "--yes",
            ],
            &["--dns-name", "platform.example"],
            &files,
        ]
        .concat();
        self.run("nobody", &line, &[CA_PIN]).expect(0);
    }

    /// SoftHSM's configuration of that token holder.
    fn token_directory(&self, holder: &str) -> PathBuf {
        let folder = self.path(&format!("tokens-{holder}"));
        let file = folder.join("softhsm2.conf");
        if !file.exists() {
            std::fs::create_dir_all(folder.join("tokens")).unwrap();
            let tokens = folder.join("tokens");
            let text = format!(
                "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
                tokens.display()
            );
            std::fs::write(&file, text).unwrap();
        }
        file
    }
}
