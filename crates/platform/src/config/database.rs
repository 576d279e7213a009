//! `database = "file"`, or a `[database]` table for a server.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use wattkey_store::{Location, PostgresSettings, SettingsError};

use super::ConfigError;

/// Where the books are.
#[derive(Debug, Clone)]
pub enum Database {
    /// In a file of this host (SQLite).
    File(PathBuf),
    /// In a PostgreSQL server.
    Server(Box<Server>),
}

/// A PostgreSQL server. No password is in the configuration file.
#[derive(Debug, Clone)]
pub struct Server {
    settings: PostgresSettings,
    password_file: Option<PathBuf>,
    ca: Option<PathBuf>,
}

/// The files of a server's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseFileError {
    /// One cannot be read, or the connection would be in clear.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Others than the owner may read the password.
    #[error("{} can be read by others: chmod 600", path.display())]
    Mode {
        /// The password file.
        path: PathBuf,
    },
}

impl Database {
    /// Where it is, with what the files say that the configuration names.
    ///
    /// # Errors
    /// See [`DatabaseFileError`].
    pub fn location(&self) -> Result<Location, DatabaseFileError> {
        match self {
            Self::File(path) => Ok(Location::Sqlite(path.clone())),
            Self::Server(server) => server.location(),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => server.settings.fmt(f),
        }
    }
}

impl Server {
    fn location(&self) -> Result<Location, DatabaseFileError> {
        let mut settings = self.settings.clone();
        if let Some(path) = &self.password_file {
            check_mode(path)?;
            settings = settings.password_file(path)?;
        }
        if let Some(path) = &self.ca {
            settings = settings.authority_file(path)?;
        }
        settings.check()?;
        Ok(Location::Postgres(settings))
    }
}

fn check_mode(path: &Path) -> Result<(), DatabaseFileError> {
    let metadata = std::fs::metadata(path).map_err(|source| SettingsError::File {
        path: path.to_owned(),
        source: source.into(),
    })?;
    if metadata.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    let path = path.to_owned();
    Err(DatabaseFileError::Mode { path })
}

/// As the file has it.
#[derive(Debug)]
pub(super) enum RawDatabase {
    File(PathBuf),
    Server(RawServer),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawServer {
    url: String,
    password_file: Option<PathBuf>,
    ca: Option<PathBuf>,
}

/// Without the address, which may have a password in it.
impl fmt::Debug for RawServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawServer").finish_non_exhaustive()
    }
}

impl RawDatabase {
    pub(super) fn check(self, folder: &Path) -> Result<Database, ConfigError> {
        let server = match self {
            Self::File(path) => return Ok(Database::File(folder.join(path))),
            Self::Server(server) => server,
        };
        let wrong = |wrong: &str| ConfigError::Value {
            key: "database.url",
            wrong: wrong.to_owned(),
        };
        // What is wrong with it may be its password: it is not said.
        let settings = PostgresSettings::parse(&server.url).map_err(|_| {
            wrong("must be an address, as in postgresql://wattkey@db.example:5432/wattkey")
        })?;
        if settings.has_password() {
            return Err(wrong("must have no password: write it into password_file"));
        }
        Ok(Database::Server(Box::new(Server {
            settings,
            password_file: server.password_file.map(|path| folder.join(path)),
            ca: server.ca.map(|path| folder.join(path)),
        })))
    }
}

impl<'de> Deserialize<'de> for RawDatabase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FileOrServer;

        impl<'de> Visitor<'de> for FileOrServer {
            type Value = RawDatabase;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the path of a file, or a table with the url of a server")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<RawDatabase, E> {
                Ok(RawDatabase::File(path.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawDatabase, A::Error> {
                RawServer::deserialize(MapAccessDeserializer::new(map)).map(RawDatabase::Server)
            }
        }

        deserializer.deserialize_any(FileOrServer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        database: RawDatabase,
    }

    fn read(text: &str) -> Result<Database, ConfigError> {
        let file: File = toml::from_str(text).unwrap();
        file.database.check(Path::new("/etc/wattkey"))
    }

    #[test]
    fn a_file() {
        let database = read("database = \"books.db\"").unwrap();
        assert!(
            matches!(&database, Database::File(path) if path == Path::new("/etc/wattkey/books.db"))
        );
    }

    #[test]
    fn a_server() {
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "geheim\n").unwrap();
        let text = format!(
            "[database]\nurl = \"postgresql://wattkey@127.0.0.1:5433/books\"\npassword_file = {password:?}"
        );
        let database = read(&text).unwrap();
        assert_eq!(database.to_string(), "postgres://127.0.0.1:5433/books");
        let set = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&password, mode).unwrap();
        };
        set(0o644);
        let error = database.location().unwrap_err();
        assert!(matches!(error, DatabaseFileError::Mode { .. }), "{error}");
        set(0o600);
        let location = database.location().unwrap();
        assert!(!format!("{database:?}{location:?}{location}").contains("geheim"));
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        for url in [
            "postgresql://wattkey:geheim@127.0.0.1/books",
            "postgresql://wattkey:geheim@127.0.0.1:port/books",
        ] {
            let error = read(&format!("[database]\nurl = \"{url}\"")).unwrap_err();
            let text = crate::answer::chain(&error);
            assert!(!text.contains("geheim"), "{text}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_reached_by_tls_only() {
        let database = read("[database]\nurl = \"postgresql://wattkey@192.0.2.1/books\"").unwrap();
        let error = database.location().unwrap_err();
        assert!(error.to_string().contains("encrypted"), "{error}");
    }
}
