//! pcscd: one a machine, ours as long as we hold the lock.

use std::fs::{self, File, TryLockError};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::command::{end, run, within};
use crate::reader::READER;

/// `virtual-usb-key/try` takes the same lock.
const LOCK: &str = "wattkey-pcscd.lock";
/// What runs, in the same folder: the process and its start, so that a later process of the same number is spared.
const RUNNING: &str = "wattkey-pcscd.running";
/// How long others may hold the lock: each of their tests ends within a minute, and several may wait.
const LOCK_PATIENCE: Duration = Duration::from_secs(300);
const START: Duration = Duration::from_secs(10);
const STOP: Duration = Duration::from_secs(5);
/// First ports that are tried; each reader needs the next one too.
const PORTS: [u16; 6] = [35_963, 35_965, 35_967, 35_969, 35_971, 35_973];
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// The right to run the machine's pcscd. Others wait until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(
    #[expect(dead_code, reason = "the lock lasts as long as the file is open")] File,
);

impl Lock {
    pub(crate) fn take() -> anyhow::Result<Self> {
        let lock = Self::open(LOCK_PATIENCE)?;
        let lock = lock.context("another test holds pcscd for more than 300 s")?;
        end_recorded()?;
        Ok(lock)
    }

    fn open(patience: Duration) -> anyhow::Result<Option<Self>> {
        let path = std::env::temp_dir().join(LOCK);
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let taken = within(patience, || match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error.into()),
        })?;
        Ok(taken.then_some(Self(file)))
    }
}

/// Ends a pcscd that a killed test left running. Does nothing while another test is at work.
///
/// # Errors
/// The process cannot be ended.
pub fn end_leftovers() -> anyhow::Result<()> {
    match Lock::open(Duration::ZERO)? {
        Some(_lock) => end_recorded(),
        None => Ok(()),
    }
}

/// A running pcscd with one reader of two slots.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    pub(crate) port: u16,
}

impl Daemon {
    /// Starts pcscd with its readers' folder and log below `folder`.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        ensure!(
            !is_any_running()?,
            "a pcscd runs already, and there can be one; stop it first (where systemd started it: \
             systemctl stop pcscd.socket pcscd.service)"
        );
        let port = free_ports().context("no two free ports for the reader")?;
        let readers = folder.join("readers");
        fs::create_dir_all(&readers)?;
        // One entry makes two slots, on two ports; a second entry would hang pcscd.
        let entry = format!(
            "FRIENDLYNAME \"{READER}\"\nDEVICENAME /dev/null:0x{port:X}\n\
             LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID 0x{port:X}\n"
        );
        fs::write(readers.join("vpcd"), entry)?;
        let log = folder.join("pcscd.log");
        let output = File::create(&log)?;
        let child = privileged("pcscd")
            .arg("--foreground")
            .arg("--config")
            .arg(&readers)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("pcscd does not start; ./test installs what is needed")?;
        let mut daemon = Self { child, port };
        record(daemon.child.id())?;
        let started = within(START, || {
            let status = daemon.child.try_wait()?;
            ensure!(status.is_none(), "pcscd ended; its log:\n{}", text(&log));
            Ok(listens(port) && listens(port + 1) && Path::new(SOCKET).exists())
        })?;
        ensure!(
            started,
            "pcscd does not start in time; its log:\n{}",
            text(&log)
        );
        Ok(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Nobody is there to tell of a failure; the record stays for the next test then.
        if terminate(self.child.id()).is_ok() && matches!(end(&mut self.child, STOP), Ok(Some(_))) {
            let _ = fs::remove_file(record_path());
        } else {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A command with the rights of root, which pcscd's folder in `/run` takes.
fn privileged(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg("-n").arg(program);
    command
}

fn terminate(process: u32) -> anyhow::Result<()> {
    let finished = run(privileged("kill").arg(process.to_string()), STOP)?;
    ensure!(finished.status.success(), "{}", finished.output);
    Ok(())
}

fn record_path() -> PathBuf {
    std::env::temp_dir().join(RUNNING)
}

fn record(process: u32) -> anyhow::Result<()> {
    let start = start_of(process).context("pcscd ended at once")?;
    Ok(fs::write(record_path(), format!("{process} {start}\n"))?)
}

/// Ends the recorded process, if it still is the one that was recorded.
fn end_recorded() -> anyhow::Result<()> {
    let Ok(record) = fs::read_to_string(record_path()) else {
        return Ok(());
    };
    let running = record.trim().split_once(' ').and_then(|(process, start)| {
        let process = process.parse().ok()?;
        (start_of(process)? == start).then_some(process)
    });
    if let Some(process) = running {
        terminate(process).context("cannot end the pcscd of a killed test")?;
        let gone = within(STOP, || Ok(start_of(process).is_none()))?;
        ensure!(gone, "the pcscd {process} of a killed test does not end");
    }
    Ok(fs::remove_file(record_path())?)
}

/// When the process started, in ticks since the machine did (proc(5), field 22 of `stat`); nothing when it has ended.
fn start_of(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    // A zombie has ended, though nobody has waited for it yet.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

fn is_any_running() -> anyhow::Result<bool> {
    for entry in fs::read_dir("/proc")? {
        let process = entry?.path();
        let named = fs::read_to_string(process.join("comm")).is_ok_and(|name| name == "pcscd\n");
        let id = process
            .file_name()
            .and_then(|name| name.to_str()?.parse().ok());
        if named && id.and_then(start_of).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn free_ports() -> Option<u16> {
    let free = |port| TcpListener::bind(("0.0.0.0", port)).is_ok();
    let mut ports = PORTS.into_iter();
    ports.find(|port| !listens(*port) && !listens(*port + 1) && free(*port) && free(*port + 1))
}

/// Whether somebody listens (proc_net_tcp(5)). Connecting would plug something in.
fn listens(port: u16) -> bool {
    let sought = format!(":{port:04X} 00000000:0000 0A");
    fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table.contains(&sought))
}

pub(crate) fn text(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_else(|error| error.to_string())
}

/// Whether pcscd sees a key in a slot. It does not say while it starts.
pub(crate) fn sees_key(reader: &str) -> anyhow::Result<Option<bool>> {
    let mut list = Command::new("opensc-tool");
    let list = run(list.arg("--list-readers"), Duration::from_secs(5))?;
    let line = list.output.lines().find(|line| line.contains(reader));
    Ok(match line.and_then(|line| line.split_whitespace().nth(1)) {
        Some("Yes") => Some(true),
        Some("No") => Some(false),
        _ => None,
    })
}
