//! Programs that run as long as a value lives.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long one may take to end when asked.
const STOP: Duration = Duration::from_secs(3);

/// Ended when it is dropped: asked first, then killed.
#[derive(Debug)]
pub(crate) struct Kept(pub(crate) Child);

impl Kept {
    pub(crate) fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let name = command.get_program().display().to_string();
        let child = command.spawn();
        Ok(Self(child.with_context(|| {
            format!("{name} does not start; ./test installs what is needed")
        })?))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(process) = i32::try_from(self.0.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            && matches!(self.0.try_wait(), Ok(None))
        {
            // It may have ended in between.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
        let end = Instant::now() + STOP;
        while matches!(self.0.try_wait(), Ok(None)) {
            if Instant::now() >= end {
                // Nobody is there to tell of a failure.
                let _ = self.0.kill();
                let _ = self.0.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Lines that a program prints, with a limit to waiting for each.
#[derive(Debug)]
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    pub(crate) fn of(output: ChildStdout) -> Self {
        let (say, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        Self(said)
    }

    pub(crate) fn next(&self, what: &str, limit: Duration) -> anyhow::Result<String> {
        match self.0.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(mpsc::RecvTimeoutError::Timeout) => bail!("{what}: nothing within {limit:?}"),
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("{what}: it ended"),
        }
    }
}
