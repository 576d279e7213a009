//! Filling a world, with `wattkey-admin` and `wattkey-platform import` as an issuing desk would.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use jiff::{civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::{
    layout::Token,
    process::{Output, Program},
    sample::{self, CUSTOMERS},
    world::{
        AUDIENCE, AUTHORITY, CARD_PIN, INSTANCE, MODULE, PLATFORM_NAME, SO_PIN, USER_PIN, World,
    },
};

const POWER_COMPANY: &str = "Wattkey Sample Power";
/// The manager's USB key.
pub const MANAGER_KEY: &str = "manager";
/// Names of the customers' USB keys; a number follows, one higher with each replacement.
pub const KEY_NAMES: [&str; 3] = ["dongshan", "riverside", "beichen"];

/// The folder with the programs of this workspace: the one that holds this program, or for a test
/// the one above it.
///
/// # Errors
/// When they were not built.
pub fn programs() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own
        .ancestors()
        .skip(1)
        .find(|folder| folder.join("wattkey-gateway").exists())
        .context("the programs are not built: cargo build --bins")?;
    Ok(folder.to_owned())
}

/// A key role of a server: role, name, card, and the file for its certificate.
struct ServerKey {
    role: &'static str,
    name: &'static str,
    token: Token<'static>,
    label: &'static str,
}

const CARD_KEYS: [ServerKey; 4] = [
    ServerKey {
        role: "gateway",
        name: INSTANCE,
        token: Token::Card,
        label: "gateway-card",
    },
    ServerKey {
        role: "key-configuration",
        name: INSTANCE,
        token: Token::Card,
        label: "gateway-card",
    },
    ServerKey {
        role: "gateway-receipt",
        name: INSTANCE,
        token: Token::Card,
        label: "gateway-card",
    },
    ServerKey {
        role: "platform-receipt",
        name: "platform",
        token: Token::PlatformCard,
        label: "platform-card",
    },
];

impl World {
    /// Makes everything: CAs, cards, certificates, configurations, sample data, USB keys, bindings.
    ///
    /// # Errors
    /// What the program that failed said.
    pub fn provision(&mut self, seed: u64) -> Result<()> {
        let records = sample::records(seed, today());
        self.provision_with(&records, |_| Ok(()))?;
        self.complete()
    }

    /// The same with other records, and with `more` while the platform runs. [`Self::complete`] is
    /// still to come.
    ///
    /// # Errors
    /// What the program that failed said.
    pub fn provision_with(
        &mut self,
        records: &str,
        more: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        fs::create_dir_all(self.layout().root())?;
        self.make_desk()?;
        self.make_servers()?;
        self.make_marketing()?;
        self.write_configurations()?;
        self.import(records)?;
        let platform = self.start_platform()?;
        self.issue(
            MANAGER_KEY,
            &["--kind", "manager"],
            &sample::manager().0.to_string(),
            sample::manager().1,
            POWER_COMPANY,
        )
        .and_then(|serial| self.bind_first(&serial))?;
        for customer in 0..CUSTOMERS.len() {
            self.issue_next_key(customer)?;
        }
        more(self)?;
        platform.stop()
    }

    /// All is there: later runs find this world.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn complete(&self) -> Result<()> {
        self.save()
    }

    /// `wattkey-admin` of the desk with that token plugged in.
    ///
    /// # Errors
    /// When the token directory cannot be made.
    pub fn admin(&self, token: Token<'_>) -> Result<Program> {
        let program = self.program("wattkey-admin", Some(token))?;
        Ok(program.args([
            "--json".into(),
            "--config".into(),
            self.layout().path("desk/admin.toml").into_os_string(),
        ]))
    }

    /// Makes the issuing desk with both CAs.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn make_desk(&self) -> Result<()> {
        let authorities = self.layout().token_configuration(Token::Authorities)?;
        self.program("wattkey-admin", None)?
            .args(["--json", "init"])
            .args([self.layout().path("desk").into_os_string()])
            .args([
                "--audience",
                AUDIENCE,
                "--managers-server-name",
                PLATFORM_NAME,
                "--module",
                MODULE,
            ])
            .args([
                "--managers-address".to_owned(),
                format!("127.0.0.1:{}", self.ports().managers),
            ])
            .args([
                "--ca-env".to_owned(),
                format!("SOFTHSM2_CONF={}", authorities.display()),
            ])
            .succeed()?;
        for (ca, name) in [
            ("users", "Wattkey Sample Issuing CA"),
            ("service", "Wattkey Sample Service CA"),
        ] {
            self.admin(Token::Authorities)?
                .args([
                    "ca",
                    "create",
                    "--yes",
                    "--ca",
                    ca,
                    "--token",
                    &format!("{ca}-ca"),
                    "--name",
                    name,
                ])
                .args([
                    "--organisation",
                    POWER_COMPANY,
                    "--ca-so-pin-fd",
                    "0",
                    "--ca-pin-fd",
                    "0",
                ])
                .input_line(SO_PIN)
                .input_line(CARD_PIN)
                .succeed()?;
        }
        Ok(())
    }

    fn make_servers(&self) -> Result<()> {
        for (token, label) in [
            (Token::Card, "gateway-card"),
            (Token::PlatformCard, "platform-card"),
        ] {
            self.admin(token)?
                .args([
                    "card",
                    "init",
                    "--yes",
                    "--token",
                    label,
                    "--so-pin-fd",
                    "0",
                    "--card-pin-fd",
                    "0",
                ])
                .input_line(SO_PIN)
                .input_line(CARD_PIN)
                .succeed()?;
        }
        let servers = self.layout().path("desk/servers");
        fs::create_dir_all(&servers)?;
        for key in CARD_KEYS {
            self.admin(key.token)?
                .args([
                    "server", "issue", "--yes", "--role", key.role, "--name", key.name, "--token",
                    key.label,
                ])
                .args([
                    "--organisation",
                    POWER_COMPANY,
                    "--ca-pin-fd",
                    "0",
                    "--card-pin-fd",
                    "0",
                ])
                .args([
                    "--out".into(),
                    servers.join(format!("{}.pem", key.role)).into_os_string(),
                ])
                .args(if key.role == "gateway" {
                    vec!["--dns-name", AUTHORITY]
                } else {
                    vec![]
                })
                .input_line(CARD_PIN)
                .input_line(CARD_PIN)
                .succeed()?;
        }
        let folder = self.layout().path("platform");
        fs::create_dir_all(&folder)?;
        self.admin(Token::PlatformCard)?
            .args([
                "server",
                "issue",
                "--yes",
                "--role",
                "platform",
                "--name",
                PLATFORM_NAME,
            ])
            .args([
                "--dns-name",
                PLATFORM_NAME,
                "--organisation",
                POWER_COMPANY,
                "--ca-pin-fd",
                "0",
            ])
            .args(["--key-file".into(), folder.join("tls.key").into_os_string()])
            .args(["--out".into(), folder.join("tls.pem").into_os_string()])
            .input_line(CARD_PIN)
            .succeed()?;
        Ok(())
    }

    /// Imports records of the marketing system.
    ///
    /// # Errors
    /// What the platform says of them.
    pub fn import(&self, records: &str) -> Result<Output> {
        let file = self.layout().path("platform/import.ndjson");
        fs::write(&file, records)?;
        self.program("wattkey-platform", None)?
            .args([
                "import".into(),
                "--config".into(),
                self.platform_configuration().into_os_string(),
            ])
            .args([file])
            .succeed()
    }

    /// Issues the next USB key of a customer's user and binds it. The platform must be running.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn issue_next_key(&mut self, customer: usize) -> Result<String> {
        let who = &CUSTOMERS[customer];
        let name = self.next_key_name(customer);
        let serial = self.issue(
            &name,
            &["--kind", "user", "--customer", who.id],
            who.user.0,
            who.user.1,
            who.name,
        )?;
        self.bind(&serial)?;
        self.set_usb_key(customer, Some((name, serial.clone())))?;
        Ok(serial)
    }

    /// Issues a USB key into the token directory of that name; gives its serial number.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn issue(
        &self,
        usb_key: &str,
        kind: &[&str],
        holder: &str,
        name: &str,
        organisation: &str,
    ) -> Result<String> {
        let output = self
            .admin(Token::UsbKey(usb_key))?
            .args([
                "key",
                "issue",
                "--yes",
                "--holder-id",
                holder,
                "--name",
                name,
                "--organisation",
                organisation,
            ])
            .args(kind.iter().copied())
            .args(["--ca-pin-fd", "0", "--so-pin-fd", "0", "--pin-fd", "0"])
            .input_line(CARD_PIN)
            .input_line(SO_PIN)
            .input_line(USER_PIN)
            .succeed()?;
        let issued: Value = serde_json::from_str(&output.stdout)?;
        let serial = issued["serial"]
            .as_str()
            .with_context(|| format!("no serial in {issued}"))?;
        Ok(serial.to_owned())
    }

    fn bind_first(&self, serial: &str) -> Result<()> {
        self.admin(Token::UsbKey(MANAGER_KEY))?
            .args([
                "bind",
                serial,
                "--first",
                "--yes",
                "--ca-pin-fd",
                "0",
                "--pin-fd",
                "0",
            ])
            .input_line(CARD_PIN)
            .input_line(USER_PIN)
            .succeed()?;
        Ok(())
    }

    /// The manager binds a USB key.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn bind(&self, serial: &str) -> Result<()> {
        self.admin(Token::UsbKey(MANAGER_KEY))?
            .args([
                "bind",
                serial,
                "--yes",
                "--pin-fd",
                "0",
                "--sign-pin-fd",
                "0",
            ])
            .input_line(USER_PIN)
            .input_line(USER_PIN)
            .succeed()?;
        Ok(())
    }

    /// The manager unbinds and revokes the USB key that a customer's user has now.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn report_lost(&mut self, customer: usize) -> Result<String> {
        let serial = self
            .usb_key_serial(customer)
            .context("the customer has a USB key")?
            .to_owned();
        self.admin(Token::UsbKey(MANAGER_KEY))?
            .args([
                "report-lost",
                &serial,
                "--yes",
                "--ca-pin-fd",
                "0",
                "--pin-fd",
                "0",
                "--sign-pin-fd",
                "0",
            ])
            .input_line(CARD_PIN)
            .input_line(USER_PIN)
            .input_line(USER_PIN)
            .succeed()?;
        self.set_usb_key(customer, None)?;
        Ok(serial)
    }

    /// Checks the books and the binding log, as an auditor would; gives what was counted.
    ///
    /// # Errors
    /// When anything is off.
    pub fn verify_books(&self) -> Result<Value> {
        let output = self
            .program("wattkey-platform", Some(Token::PlatformCard))?
            .args([
                "verify".into(),
                "--json".into(),
                "--config".into(),
                self.platform_configuration().into_os_string(),
            ])
            .run()?;
        ensure!(
            output.status.success(),
            "the books do not verify: {}{}",
            output.stdout,
            output.stderr
        );
        Ok(serde_json::from_str(&output.stdout)?)
    }
}

/// Today in the time zone of the sample's power company.
#[must_use]
pub fn today() -> Date {
    let zone = TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC);
    wattkey_transport::clock::now().to_zoned(zone).date()
}
