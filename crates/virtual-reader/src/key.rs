//! A key in the reader.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::Slot;
use crate::command::within;
use crate::daemon::{sees_key, text};

const PROGRAM: &str = "wattkey-virtual-usb-key";
const PROGRAM_VARIABLE: &str = "WATTKEY_VIRTUAL_USB_KEY";
/// Where the program is built, below the target folder.
const BUILT: &str = "virtual-usb-key/debug";
/// pcscd looks every 0.4 s, and a key stays out for 0.7 s.
const LIMIT: Duration = Duration::from_secs(10);

/// A key that is plugged in. Its end pulls it out.
#[derive(Debug)]
pub struct PluggedKey {
    child: Child,
    reader: String,
    port: u16,
}

impl PluggedKey {
    pub(crate) fn start(slot: Slot, port: u16, memory: &Path, serial: u32) -> anyhow::Result<Self> {
        let program = program()?;
        let log = tempfile::NamedTempFile::new()?;
        let output = File::create(log.path())?;
        let child = Command::new(&program)
            .arg("--state")
            .arg(memory)
            .args(["--port", &(port + slot.offset()).to_string()])
            .args(["--serial", &serial.to_string()])
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let mut key = Self {
            child,
            reader: slot.reader(),
            port: port + slot.offset(),
        };
        let seen = within(LIMIT, || {
            let ended = key.child.try_wait()?;
            ensure!(ended.is_none(), "the key ended: {}", text(log.path()));
            Ok(sees_key(&key.reader)? == Some(true))
        })?;
        ensure!(seen, "pcscd does not see the key in {:?}", key.reader);
        Ok(key)
    }

    /// The reader's name, as modules show it.
    #[must_use]
    pub fn reader(&self) -> &str {
        &self.reader
    }

    /// Pulls the key out and waits until pcscd has seen it.
    ///
    /// # Errors
    /// pcscd does not see it in time.
    pub fn pull_out(mut self) -> anyhow::Result<()> {
        self.kill();
        let gone = within(LIMIT, || Ok(sees_key(&self.reader)? == Some(false)))?;
        ensure!(gone, "pcscd still sees the key in {:?}", self.reader);
        Ok(())
    }

    /// Stops the key where it is: commands reach it, and it answers none of them any more.
    ///
    /// # Errors
    /// The key has ended.
    pub fn hold(&self) -> anyhow::Result<()> {
        let process = Pid::from_child(&self.child);
        Ok(kill_process(process, Signal::STOP)?)
    }

    /// Whether a command lies before a key that is held (proc_net_tcp(5), the queues).
    ///
    /// # Errors
    /// The system does not tell.
    pub fn has_command_waiting(&self) -> anyhow::Result<bool> {
        let peer = format!(":{:04X}", self.port);
        Ok(fs::read_to_string("/proc/net/tcp")?.lines().any(|line| {
            let mut fields = line.split_whitespace().skip(2);
            let ours = fields
                .next()
                .is_some_and(|address| address.ends_with(&peer));
            let received = fields.nth(1).and_then(|queues| queues.split(':').nth(1));
            ours && received.is_some_and(|bytes| bytes.bytes().any(|digit| digit != b'0'))
        }))
    }

    /// Pulls the key out, whatever it is doing, and waits for nothing.
    pub fn yank(mut self) {
        self.kill();
    }

    fn kill(&mut self) {
        // It may have ended with its reader.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for PluggedKey {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The key's program: that of the environment, else what is built above the running test.
fn program() -> anyhow::Result<PathBuf> {
    if let Some(program) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(program.into());
    }
    let test = std::env::current_exe()?;
    test.ancestors()
        .map(|folder| folder.join(BUILT).join(PROGRAM))
        .find(|program| program.is_file())
        .with_context(|| format!("{PROGRAM} is not built; run cargo xtask programs"))
}
