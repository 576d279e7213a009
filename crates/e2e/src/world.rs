//! One world: its folder, its ports, and the programs that run in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{
    interrupt,
    layout::{Layout, Token, free_port},
    process::{Program, Server},
    provision::KEY_NAMES,
    sample::CUSTOMERS,
};

/// The payment service of every world.
pub const AUDIENCE: &str = "https://pay.wattkey.example";
/// Its host, the DNS name in certificates of security servers.
pub const AUTHORITY: &str = "pay.wattkey.example";
/// DNS name in the platform's certificate.
pub const PLATFORM_NAME: &str = "platform.wattkey.example";
/// Name of the one security server.
pub const INSTANCE: &str = "gateway-1";
/// Debian's SoftHSM2.
pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// The program with the window.
pub const WINDOW: &str = "wattkey-desktop";

/// PIN of every USB key of a world: these are samples, and the demonstration prints it.
pub const USER_PIN: &str = "246810";
/// PIN of the tokens that servers and CAs use.
pub const CARD_PIN: &str = "13579024";
/// Security officer's PIN of every token.
pub const SO_PIN: &str = "97531864";

/// How often it is looked whether what is waited for is there.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Ports on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The security server.
    pub gateway: u16,
    /// The platform, for security servers.
    pub platform: u16,
    /// The platform, for managers.
    pub managers: u16,
    /// The bank stand-in.
    pub bank: u16,
}

impl Ports {
    /// Four ports that are free now.
    ///
    /// # Errors
    /// When the system has none.
    pub fn free() -> std::io::Result<Self> {
        let (gateway, platform) = (free_port()?, free_port()?);
        Ok(Self {
            gateway,
            platform,
            managers: free_port()?,
            bank: free_port()?,
        })
    }
}

/// What a world remembers between runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    ports: Ports,
    keys: Vec<Keys>,
}

/// The USB keys that a customer's user has had.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Keys {
    issued: u32,
    /// Name of the token directory and serial number.
    current: Option<(String, String)>,
}

/// A folder with a whole system in it.
#[derive(Debug, Clone)]
pub struct World {
    layout: Layout,
    programs: PathBuf,
    ports: Ports,
    keys: Vec<Keys>,
    failpoint: Option<(String, PathBuf)>,
    clock_offset_s: i64,
    postgres: Option<Postgres>,
}

/// A database server in the place of the platform's file.
#[derive(Debug, Clone)]
struct Postgres {
    url: String,
    password: String,
}

/// The servers of a world. Fields are dropped in order: the security server stops first.
#[derive(Debug)]
pub struct Running {
    /// The security server.
    pub gateway: Option<Server>,
    /// The payment platform.
    pub platform: Option<Server>,
    /// The bank stand-in.
    pub bank: Option<Server>,
}

fn key_name(customer: usize, number: u32) -> String {
    format!("{}-{number}", KEY_NAMES[customer])
}

impl Running {
    /// Waits until the person presses Enter, input ends, or the process is asked to end.
    ///
    /// # Errors
    /// When a server ends by itself.
    pub fn wait_for_person(&mut self) -> Result<()> {
        let (pressed, waiting) = mpsc::channel();
        thread::spawn(move || {
            // Enter, the end of the input, and an input that cannot be read come to the same.
            let _ = std::io::stdin().read_line(&mut String::new());
            // Whoever waits may have gone on already.
            let _ = pressed.send(());
        });
        self.wait_until(|| Ok(waiting.try_recv().is_ok()))
    }

    /// Waits until that is so, or the process is asked to end.
    ///
    /// # Errors
    /// When a server ends by itself, or it cannot be told whether it is so.
    pub fn wait_until(&mut self, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
        while !interrupt::asked() && !is_so()? {
            for server in [&mut self.gateway, &mut self.platform, &mut self.bank]
                .into_iter()
                .flatten()
            {
                if let Some(status) = server.ended()? {
                    bail!("a server ended by itself with {status}; the logs say why");
                }
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Asks all to stop and wants each to end well.
    ///
    /// # Errors
    /// Names the one that does not.
    pub fn stop(self) -> Result<()> {
        [self.gateway, self.platform, self.bank]
            .into_iter()
            .flatten()
            .try_for_each(Server::stop)
    }
}

impl World {
    /// A world below that folder with those ports; [`World::provision`] fills it.
    #[must_use]
    pub fn new(folder: &Path, programs: &Path, ports: Ports) -> Self {
        Self {
            layout: Layout::new(folder),
            programs: programs.to_owned(),
            ports,
            keys: vec![Keys::default(); CUSTOMERS.len()],
            failpoint: None,
            clock_offset_s: 0,
            postgres: None,
        }
    }

    /// The same world, not yet provisioned, with its books on a PostgreSQL server; no password in
    /// the url.
    #[must_use]
    pub fn with_postgres(self, url: &str, password: &str) -> Self {
        let (url, password) = (url.to_owned(), password.to_owned());
        Self {
            postgres: Some(Postgres { url, password }),
            ..self
        }
    }

    /// The world that was provisioned in that folder, if there is one.
    ///
    /// # Errors
    /// When its record cannot be read.
    pub fn existing(folder: &Path, programs: &Path) -> Result<Option<Self>> {
        let file = Layout::new(folder).path("world.json");
        if !file.exists() {
            return Ok(None);
        }
        let record: Record = serde_json::from_slice(&fs::read(&file)?)
            .with_context(|| format!("{} is damaged; --fresh starts over", file.display()))?;
        Ok(Some(Self {
            keys: record.keys,
            ..Self::new(folder, programs, record.ports)
        }))
    }

    /// Writes what the world remembers: [`World::existing`] finds it from now on.
    pub(crate) fn save(&self) -> Result<()> {
        let record = Record {
            ports: self.ports,
            keys: self.keys.clone(),
        };
        fs::write(self.layout.path("world.json"), serde_json::to_vec(&record)?)?;
        Ok(())
    }

    /// The same world on other ports; configuration files are written again.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn with_ports(mut self, ports: Ports) -> Result<Self> {
        self.ports = ports;
        self.write_configurations()?;
        let pcs = self.layout.path("pcs");
        for pc in pcs.read_dir().into_iter().flatten() {
            // Written anew, with the new port, when the PC is used next. Not every PC is, each time.
            let file = pc?.path().join("wattkey.toml");
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
        let desk = self.layout.path("desk/admin.toml");
        let text = fs::read_to_string(&desk)?;
        let line = format!("managers_address = \"127.0.0.1:{}\"", ports.managers);
        let changed = |l: &str| {
            if l.starts_with("managers_address") {
                line.clone()
            } else {
                l.to_owned()
            }
        };
        fs::write(
            &desk,
            text.lines().map(changed).collect::<Vec<_>>().join("\n") + "\n",
        )?;
        self.save()?;
        Ok(self)
    }

    /// The token directory of the USB key that a customer's user has now, or had last.
    #[must_use]
    pub fn usb_key(&self, customer: usize) -> String {
        let keys = &self.keys[customer];
        keys.current
            .as_ref()
            .map_or_else(|| key_name(customer, keys.issued), |(name, _)| name.clone())
    }

    /// Serial number of the USB key that a customer's user has now.
    #[must_use]
    pub fn usb_key_serial(&self, customer: usize) -> Option<&str> {
        self.keys[customer]
            .current
            .as_ref()
            .map(|(_, serial)| serial.as_str())
    }

    /// Customers whose user has no USB key, because it was reported lost.
    #[must_use]
    pub fn customers_without_key(&self) -> Vec<usize> {
        (0..self.keys.len())
            .filter(|c| self.keys[*c].current.is_none())
            .collect()
    }

    pub(crate) fn next_key_name(&self, customer: usize) -> String {
        key_name(customer, self.keys[customer].issued + 1)
    }

    pub(crate) fn set_usb_key(
        &mut self,
        customer: usize,
        key: Option<(String, String)>,
    ) -> Result<()> {
        let keys = &mut self.keys[customer];
        keys.issued += u32::from(key.is_some());
        keys.current = key;
        // While it is being provisioned it is not complete and not to be found.
        if self.layout.path("world.json").exists() {
            self.save()
        } else {
            Ok(())
        }
    }

    /// The folder with the programs.
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Where everything is.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Its ports.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// The same world; the programs started from it die at that failpoint and note it in `hits`.
    #[must_use]
    pub fn with_failpoint(&self, name: &str, hits: &Path) -> Self {
        Self {
            failpoint: Some((name.to_owned(), hits.to_owned())),
            ..self.clone()
        }
    }

    /// The same world with the clocks of the programs started from it set forward or back; only
    /// programs built with failpoints heed it.
    #[must_use]
    pub fn with_clock_offset(&self, clock_offset_s: i64) -> Self {
        Self {
            clock_offset_s,
            ..self.clone()
        }
    }

    /// A program of this workspace, with the token directory that it sees.
    ///
    /// # Errors
    /// When the token directory cannot be made.
    pub fn program(&self, name: &str, token: Option<Token<'_>>) -> Result<Program> {
        let mut program = Program::new(&self.programs.join(name)).env("LANG", "en_US.UTF-8");
        if let Some(token) = token {
            program = program.env("SOFTHSM2_CONF", self.layout.token_configuration(token)?);
        }
        if let Some((name, hits)) = &self.failpoint {
            program = program
                .env("WATTKEY_FAILPOINT", name)
                .env("WATTKEY_FAILPOINT_HITS", hits);
        }
        if self.clock_offset_s != 0 {
            program = program.env("WATTKEY_CLOCK_OFFSET_S", self.clock_offset_s.to_string());
        }
        Ok(program)
    }

    /// `wattkey` with that USB key plugged in, on a PC whose settings and journal are `pc`'s.
    ///
    /// # Errors
    /// When the settings cannot be written.
    pub fn wattkey(&self, usb_key: &str, pc: &str) -> Result<Program> {
        let configuration = self.client_configuration(pc)?;
        let program = self.program("wattkey", Some(Token::UsbKey(usb_key)))?;
        Ok(program.args(["--config".into(), configuration.into_os_string()]))
    }

    /// The window with that USB key plugged in, on that PC; the caller says on which display.
    ///
    /// # Errors
    /// When the settings cannot be written.
    pub fn window(&self, usb_key: &str, pc: &str) -> Result<Program> {
        let configuration = self.client_configuration(pc)?;
        let program = self.program(WINDOW, Some(Token::UsbKey(usb_key)))?;
        Ok(program.args(["--config".into(), configuration.into_os_string()]))
    }

    /// The settings of the payment software on a PC; they are written when they are not there.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn client_configuration(&self, pc: &str) -> Result<PathBuf> {
        let folder = self.layout.path("pcs").join(pc);
        let file = folder.join("wattkey.toml");
        if !file.exists() {
            fs::create_dir_all(&folder)?;
            fs::write(
                &file,
                format!(
                    "audience = \"{AUDIENCE}\"\nserver = \"127.0.0.1:{}\"\nmodule = \"{MODULE}\"\nservice_ca = \"../../desk/service-ca.pem\"\nissuing_ca = \"../../desk/users-ca.pem\"\njournal = \"journal\"\n",
                    self.ports.gateway
                ),
            )?;
        }
        Ok(file)
    }

    /// Starts bank stand-in, platform and security server.
    ///
    /// # Errors
    /// When one does not come up; those that did are stopped.
    pub fn start(&self) -> Result<Running> {
        let bank = Some(self.start_bank()?);
        let platform = Some(self.start_platform()?);
        let gateway = Some(self.start_gateway()?);
        Ok(Running {
            gateway,
            platform,
            bank,
        })
    }

    /// Starts the bank stand-in.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_bank(&self) -> Result<Server> {
        self.program("wattkey-banksim", None)?
            .args(["run", "--listen"])
            .args([format!("127.0.0.1:{}", self.ports.bank)])
            .args([
                "--database".into(),
                self.layout.path("bank/bank.db").into_os_string(),
            ])
            .serve(&self.layout.path("logs/bank.log"))
    }

    /// Starts the payment platform.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_platform(&self) -> Result<Server> {
        self.program("wattkey-platform", Some(Token::PlatformCard))?
            .args(["run", "--card-pin-fd", "0", "--config"])
            .args([self.platform_configuration()])
            .input_line(CARD_PIN)
            .serve(&self.layout.path("logs/platform.log"))
    }

    /// Starts the security server.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_gateway(&self) -> Result<Server> {
        self.program("wattkey-gateway", Some(Token::Card))?
            .args(["run", "--card-pin-fd", "0", "--config"])
            .args([self.gateway_configuration()])
            .input_line(CARD_PIN)
            .serve(&self.layout.path("logs/gateway.log"))
    }

    /// The platform's configuration file.
    #[must_use]
    pub fn platform_configuration(&self) -> PathBuf {
        self.layout.path("platform/platform.toml")
    }

    /// The security server's configuration file.
    #[must_use]
    pub fn gateway_configuration(&self) -> PathBuf {
        self.layout.path("gateway/gateway.toml")
    }

    /// Writes the configuration files of the servers.
    pub(crate) fn write_configurations(&self) -> Result<()> {
        for folder in ["platform/state", "gateway/state", "bank", "logs"] {
            fs::create_dir_all(self.layout.path(folder))?;
        }
        let trust = "[trust]\nusers_ca = \"../desk/users-ca.pem\"\nusers_crl = \"../desk/users-ca.crl\"\nservice_ca = \"../desk/service-ca.pem\"\nservice_crl = \"../desk/service-ca.crl\"\n";
        let Ports {
            gateway,
            platform,
            managers,
            bank,
        } = self.ports;
        fs::write(
            self.gateway_configuration(),
            format!(
                "audience = \"{AUDIENCE}\"\ninstance = \"{INSTANCE}\"\nlisten = \"127.0.0.1:{gateway}\"\nstate = \"state\"\n\n[card]\nmodule = \"{MODULE}\"\ntoken = \"gateway-card\"\n\n{trust}\n[platform]\naddress = \"127.0.0.1:{platform}\"\nserver_name = \"{PLATFORM_NAME}\"\n"
            ),
        )?;
        let (file, server) = match &self.postgres {
            None => ("database = \"platform.db\"\n", String::new()),
            Some(Postgres { url, password }) => {
                let file = self.layout.path("platform/database-password");
                fs::write(&file, password)?;
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
                let table = format!(
                    "\n[database]\nurl = \"{url}\"\npassword_file = \"database-password\"\n"
                );
                ("", table)
            }
        };
        // A world that was made before there was a marketing system has none.
        let files = if self.marketing_certificate().exists() {
            "\n[import.sources.marketing]\ncertificate = \"../marketing/certificate.pem\"\n"
        } else {
            ""
        };
        fs::write(
            self.platform_configuration(),
            format!(
                "audience = \"{AUDIENCE}\"\n{file}state = \"state\"\n\n[listen]\ngateways = \"127.0.0.1:{platform}\"\nmanagers = \"127.0.0.1:{managers}\"\n\n[tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n\n[card]\nmodule = \"{MODULE}\"\ntoken = \"platform-card\"\n\n{trust}\n[bank]\nurl = \"http://127.0.0.1:{bank}\"\npoll_ms = 100\n{files}{server}"
            ),
        )?;
        Ok(())
    }
}
