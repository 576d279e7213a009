//! `keys --watch`: keys that come and go, live.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::{Bench, Issue, run};

const PATIENCE: Duration = Duration::from_secs(20);
/// Between the key and the line about it.
const SOON: Duration = Duration::from_secs(2);

#[test]
fn keys_are_followed_as_they_come_and_go() {
    run("watch::keys_are_followed_as_they_come_and_go", |bench| {
        let serial = bench.key(&Issue::default());
        let faults = bench.faults();
        let mut watched = Watched::start(bench, &["keys", "--watch", "--json", "--for", "30"]);
        let line = watched.json();
        assert_eq!(
            (&line["event"], &line["key"]["serial"]),
            (&"present".into(), &serial.as_str().into())
        );
        assert_eq!(line["key"]["holder"], "Li Na");

        faults.set("gone").unwrap();
        let pulled = Instant::now();
        let line = watched.json();
        assert_eq!(
            (&line["event"], &line["key"]["serial"]),
            (&"pulled-out".into(), &serial.as_str().into())
        );
        assert!(pulled.elapsed() < SOON, "{:?}", pulled.elapsed());

        faults.clear().unwrap();
        let line = watched.json();
        assert_eq!(
            (&line["event"], &line["key"]["pin"]),
            (&"plugged-in".into(), &"ok".into())
        );
        assert_eq!(line["key"]["organisation"], "Example Steel");
        watched.interrupt();
        assert_eq!(watched.code(), Some(0));
    });
}

#[test]
fn a_watch_ends_after_its_time() {
    run("watch::a_watch_ends_after_its_time", |bench| {
        let serial = bench.key(&Issue::default());
        let ran = bench.wattkey(&["keys", "--watch", "--for", "1"], "");
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        let line = format!("present:  {serial} (Li Na, Example Steel) in ");
        assert!(ran.stdout.contains(&line), "{ran:#?}");
        assert_eq!(ran.stdout.lines().count(), 1, "{ran:#?}");
    });
}

#[test]
fn a_reader_who_has_had_enough_ends_the_watch() {
    run(
        "watch::a_reader_who_has_had_enough_ends_the_watch",
        |bench| {
            bench.key(&Issue::default());
            let faults = bench.faults();
            let mut watched = Watched::start(bench, &["keys", "--watch", "--for", "60"]);
            watched.line();
            watched.hang_up();
            let deadline = Instant::now() + PATIENCE;
            while watched.child.try_wait().unwrap().is_none() {
                assert!(Instant::now() < deadline, "it goes on for nobody");
                faults.set("gone").unwrap();
                std::thread::sleep(Duration::from_millis(700));
                faults.clear().unwrap();
                std::thread::sleep(Duration::from_millis(700));
            }
            assert_eq!(watched.code(), Some(0));
        },
    );
}

/// A running `wattkey keys --watch`.
pub(crate) struct Watched {
    child: std::process::Child,
    lines: Option<mpsc::Receiver<String>>,
}

impl Watched {
    pub(crate) fn start(bench: &Bench, arguments: &[&str]) -> Watched {
        let mut child = bench
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (read, lines) = mpsc::sync_channel(0);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines() {
                if read.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Watched {
            child,
            lines: Some(lines),
        }
    }

    fn line(&self) -> String {
        let lines = self.lines.as_ref().unwrap();
        lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Reads no more: the pipe is closed at the next line.
    fn hang_up(&mut self) {
        self.lines = None;
    }

    pub(crate) fn interrupt(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }

    pub(crate) fn code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
