//! Where everything is, below one folder that can be deleted.

use std::{
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Result, bail};

/// The file that says that a folder is the demonstration's own.
const MARK: &str = "wattkey-demo";

/// The first of the ports that servers get, and how many there are. The system takes those of outgoing
/// connections from 32,768 on: a server that is started again finds its own free.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// The folder of one world.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

/// A SoftHSM2 token directory: what "plugged in" means in this world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// Tokens of both CAs.
    Authorities,
    /// The security server's encryption card.
    Card,
    /// The platform's receipt key.
    PlatformCard,
    /// A person's USB key.
    UsbKey(&'a str),
}

impl Layout {
    /// The world below that folder.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes an empty or new folder as the demonstration's own, and holds it.
    ///
    /// # Errors
    /// When something is in the folder.
    pub fn claim(&self) -> Result<()> {
        fs::create_dir_all(&self.root)?;
        if self.path(MARK).exists() {
            bail!(
                "{} is not complete; --fresh starts over",
                self.root.display()
            );
        }
        if self.root.read_dir()?.next().is_some() {
            bail!(
                "{} has files that are not the demonstration's; name another folder",
                self.root.display()
            );
        }
        fs::write(
            self.path(MARK),
            "This folder belongs to ./demo; --fresh deletes it.\n",
        )?;
        self.hold()
    }

    /// Holds the folder for this process until it ends: two demonstrations do not share one.
    ///
    /// # Errors
    /// When another demonstration runs in it.
    pub fn hold(&self) -> Result<()> {
        let mark = fs::File::open(self.path(MARK))?;
        if rustix::fs::flock(&mark, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!(
                "another demonstration runs in {}; stop it first",
                self.root.display()
            );
        }
        // The lock lives as long as the process.
        std::mem::forget(mark);
        Ok(())
    }

    /// Deletes the folder, if it is the demonstration's own and none runs in it.
    ///
    /// # Errors
    /// When it is somebody else's, in use, or cannot be deleted.
    pub fn delete(&self) -> Result<()> {
        if !self.root.exists() || self.root.read_dir()?.next().is_none() {
            return Ok(());
        }
        if !self.path(MARK).exists() {
            bail!(
                "{} is not a folder of the demonstration; nothing was deleted",
                self.root.display()
            );
        }
        self.hold()?;
        Ok(fs::remove_dir_all(&self.root)?)
    }

    /// A path below it.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The SoftHSM2 configuration of a token directory; it is made when it is not there.
    ///
    /// # Errors
    /// When folder or file cannot be written.
    pub fn token_configuration(&self, token: Token<'_>) -> io::Result<PathBuf> {
        let folder = match token {
            Token::Authorities => self.path("tokens/authorities"),
            Token::Card => self.path("tokens/card"),
            Token::PlatformCard => self.path("tokens/platform"),
            Token::UsbKey(name) => self.path("usb-keys").join(name),
        };
        let configuration = folder.join("softhsm2.conf");
        if !configuration.exists() {
            let store = folder.join("store");
            fs::create_dir_all(&store)?;
            let text = format!(
                "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n",
                store.display()
            );
            fs::write(&configuration, text)?;
        }
        Ok(configuration)
    }
}

/// A loopback port that is free now.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> io::Result<u16> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Processes that run side by side have neighbouring numbers, and begin far from each other.
    let begin = std::process::id().wrapping_mul(97);
    let mut last = io::ErrorKind::AddrInUse.into();
    for _ in 0..PORTS {
        let step = begin.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = FIRST_PORT + u16::try_from(step % u32::from(PORTS)).unwrap_or_default();
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(last)
}
