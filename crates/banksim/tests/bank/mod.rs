//! The bank as a process.
#![allow(dead_code, reason = "each test uses some of it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) const SAMPLE: &str = include_str!("../../testdata/collection.xml");
/// How long anything may take before the test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Bank {
    process: Child,
    pub(crate) address: String,
}

impl Bank {
    pub(crate) fn start(database: &Path, more: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"))
            .args(["run", "--listen", "127.0.0.1:0", "--database"])
            .arg(database)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening http=")
            .unwrap()
            .to_owned();
        Self { process, address }
    }

    /// All that the bank answers.
    pub(crate) fn exchange(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn send(&self, request: &str) -> (u16, String) {
        let answer = self.exchange(request);
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }

    pub(crate) fn post(&self, body: &str) -> (u16, String) {
        self.send(&request(body))
    }

    pub(crate) fn messages(&self, query: &str) -> Vec<(i64, String, String)> {
        let (status, body) = self.send(&format!(
            "GET /messages{query} HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(status, 200, "{body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| {
                (
                    m["number"].as_i64().unwrap(),
                    text(&m["kind"]),
                    text(&m["body"]),
                )
            })
            .collect()
    }

    /// Polls until there are `count` messages.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<(i64, String, String)> {
        let start = Instant::now();
        loop {
            let messages = self.messages("?after=0");
            if messages.len() >= count {
                return messages;
            }
            assert!(
                start.elapsed() < DEADLINE,
                "{} of {count} messages",
                messages.len()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn wait_until(what: &str, done: impl Fn() -> bool) {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < DEADLINE, "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops it as an operator would; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed() < DEADLINE, "the bank stops at SIGTERM");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn list(database: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wattkey-banksim"))
        .args(["list", "--database"])
        .arg(database)
        .args(more)
        .output()
        .unwrap()
}

/// `EndToEndId`, state and reason of each collection.
pub(crate) fn held(database: &Path) -> Vec<(String, String, String)> {
    let output = list(database, &["--json"]);
    assert!(output.status.success(), "{output:?}");
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    all["collections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (
                text(&c["end_to_end_id"]),
                text(&c["state"]),
                text(&c["reason"]),
            )
        })
        .collect()
}

pub(crate) fn kinds(messages: &[(i64, String, String)]) -> Vec<(i64, &str)> {
    messages
        .iter()
        .map(|(number, kind, _)| (*number, kind.as_str()))
        .collect()
}

pub(crate) fn request(body: &str) -> String {
    format!(
        "POST /messages HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n\
         Content-Type: application/xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
