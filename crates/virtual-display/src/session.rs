//! A session bus of its own, on which at-spi2-core is started when somebody asks for it.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::Display;
use crate::child::{Kept, Lines};

const START: Duration = Duration::from_secs(10);

/// A session that ends with this value; what the bus started ends with the bus.
#[derive(Debug)]
pub struct Session {
    environment: Vec<(OsString, OsString)>,
    // The bus ends before its folder goes.
    _bus: Kept,
    _folder: TempDir,
}

impl Session {
    /// Starts one on a display.
    ///
    /// # Errors
    /// dbus-daemon is not installed, or does not start in time.
    pub fn start(display: &Display) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut environment: Vec<(OsString, OsString)> = vec![
            ("DISPLAY".into(), display.number().into()),
            ("XDG_RUNTIME_DIR".into(), folder.path().into()),
            (
                "XDG_CONFIG_HOME".into(),
                folder.path().join("config").into(),
            ),
            // Settings of the person at the machine are not asked for.
            ("GSETTINGS_BACKEND".into(), "memory".into()),
        ];
        let mut command = Command::new("dbus-daemon");
        command
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .arg(format!("--address=unix:dir={}", folder.path().display()))
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY")
            .envs(environment.clone())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut bus = Kept::spawn(&mut command)?;
        let said = Lines::of(bus.0.stdout.take().context("its output is piped")?);
        let address = said.next("the session bus", START)?;
        environment.push(("DBUS_SESSION_BUS_ADDRESS".into(), address.trim().into()));
        Ok(Self {
            environment,
            _bus: bus,
            _folder: folder,
        })
    }

    /// What programs of this session have in their environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        self.environment.clone()
    }
}
