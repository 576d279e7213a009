use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::Database;
use crate::cluster::{self, Parent};

/// A server of the test's own. It dies with the test.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: u16,
    options: Vec<String>,
    child: Option<Child>,
    /// Held while the folder is in use; what nobody holds is swept away by the next test.
    _lock: fs::File,
}

impl Server {
    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with settings such as `max_connections=5`.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        Self::start_with_files(options, &[])
    }

    /// Starts one with settings, and files such as `server.key` beside its data.
    #[must_use]
    pub fn start_with_files(options: &[&str], files: &[(&str, &[u8])]) -> Self {
        sweep();
        let name = format!("own-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let folder = cluster::home().join(name);
        fs::DirBuilder::new().mode(0o711).create(&folder).unwrap();
        let lock = fs::File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        cluster::make_data(&folder.join("data"));
        for (name, bytes) in files {
            cluster::put(&folder.join("data").join(name), bytes);
        }
        let mut server = Self {
            folder,
            port: cluster::free_port(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            child: None,
            _lock: lock,
        };
        server.restart();
        server
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// An empty database on it.
    #[must_use]
    pub fn database(&self) -> Database {
        Database::on(self.port, cluster::password())
    }

    /// An empty database on a server whose commits wait for a standby that is not there.
    #[must_use]
    pub fn database_without_standby(&self) -> Database {
        Database::made_by(
            self.port,
            cluster::password(),
            "SET synchronous_commit = local",
            "",
        )
    }

    /// Kills it in the middle of everything, as a power cut would, but for the caches of the disk.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
    }

    /// Stops it; open transactions are undone.
    pub fn stop(&mut self) {
        self.signal(Signal::INT);
    }

    fn signal(&mut self, signal: Signal) {
        if let Some(mut child) = self.child.take() {
            let _ = kill_process(Pid::from_child(&child), signal);
            child.wait().unwrap();
        }
    }

    /// Starts it again on the same port, with the same data.
    pub fn restart(&mut self) {
        self.stop();
        let options: Vec<_> = self.options.iter().map(String::as_str).collect();
        let child = cluster::serve(&self.data(), self.port, &Parent::Bound, &options);
        self.child = Some(child);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::QUIT);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Folders of tests that were killed.
fn sweep() {
    for entry in fs::read_dir(cluster::home()).unwrap().flatten() {
        let is_old = entry.file_name().to_string_lossy().starts_with("own-");
        let lock = fs::File::open(entry.path().join("lock"));
        if is_old && lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
