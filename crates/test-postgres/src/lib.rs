//! PostgreSQL for tests: Debian's, with fsync on, on a free port of this host.
//!
//! [`Database::new`] makes an empty database on a server that all tests of a run share, whatever
//! process they are in. The first one starts it; it stops some seconds after the last one is gone,
//! however that one went, and after [`shared::MAX_LIFE_S`] in any case. [`Server::start`] is a
//! server of the test's own, to be killed and started again. [`Proxy`] stands between a client and
//! a server and cuts connections where a test wants it.
//!
//! ```no_run
//! let database = wattkey_test_postgres::Database::new();
//! assert_eq!(database.sql("SELECT 6 * 7"), "42");
//! ```
//!
//! Everything here panics on what it does not expect: it is for tests.
#![expect(
    clippy::unwrap_used,
    reason = "for tests only: what fails ends the test"
)]

mod cluster;
mod proxy;
mod server;
pub mod shared;

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

pub use proxy::{Cut, Proxy};
pub use server::Server;

/// The user of the tests; it owns everything.
pub const USER: &str = "wattkey";

/// An empty database of its own on a server.
#[derive(Debug, Clone)]
pub struct Database {
    name: String,
    port: u16,
    password: String,
}

impl Database {
    /// On the shared server.
    #[must_use]
    pub fn new() -> Self {
        let (port, password) = shared::server();
        Self::on(port, password)
    }

    pub(crate) fn on(port: u16, password: String) -> Self {
        Self::made_by(port, password, "", "")
    }

    /// An empty database of its own on the same server, with its tables in that tablespace.
    #[must_use]
    pub fn in_tablespace(&self, tablespace: &str) -> Self {
        let place = format!("TABLESPACE {tablespace}");
        Self::made_by(self.port, self.password.clone(), "", &place)
    }

    /// The same data once more, in a database of its own. Nobody is connected to this one.
    #[must_use]
    pub fn copy(&self) -> Self {
        let template = format!("TEMPLATE {}", self.name);
        Self::made_by(self.port, self.password.clone(), "", &template)
    }

    /// `before` runs in the session that makes it, `how` ends the statement.
    pub(crate) fn made_by(port: u16, password: String, before: &str, how: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(
            "test_{}_{number}_{:08x}",
            std::process::id(),
            fastrand::u32(..)
        );
        let postgres = Self {
            name: "postgres".to_owned(),
            port,
            password: password.clone(),
        };
        let mut create = vec![format!("CREATE DATABASE {name} {how}")];
        if !before.is_empty() {
            create.insert(0, before.to_owned());
        }
        postgres.try_each(&create).unwrap();
        Self {
            name,
            port,
            password,
        }
    }

    /// As the platform is told of it.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// The user's password.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// As [`url`](Self::url), for a configuration that has the password elsewhere.
    #[must_use]
    pub fn url_without_password(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{}", self.port, self.name)
    }

    /// The same database through another port, such as a [`Proxy`]'s.
    #[must_use]
    pub fn url_through(&self, port: u16) -> String {
        let Self { name, password, .. } = self;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{name}")
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements with `psql`; what comes out, fields divided by `|`.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn sql(&self, statements: &str) -> String {
        self.try_sql(statements).unwrap()
    }

    /// Runs statements with `psql`.
    ///
    /// # Errors
    /// What `psql` said when one of them failed.
    pub fn try_sql(&self, statements: &str) -> Result<String, String> {
        self.try_each(&[statements.to_owned()])
    }

    /// Each in a transaction of its own, all in one session.
    fn try_each(&self, statements: &[String]) -> Result<String, String> {
        let mut command = self.command("psql");
        command
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1"]);
        for statement in statements {
            command.args(["--command", statement]);
        }
        let output = command.output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)
                .unwrap()
                .trim_end()
                .to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// A program of PostgreSQL, such as `pgbench`, that finds this database by itself.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(cluster::binary(program));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", USER)
            .env("PGPASSWORD", &self.password)
            .env("PGDATABASE", &self.name)
            .env("PGCONNECT_TIMEOUT", "10");
        command
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}
