use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BackupError, proven};
use crate::VerifyReport;
use crate::database::{Location, PostgresSettings};
use crate::{StoreError, thread};

/// Dumps the database and proves that the books were whole and the dump can be read to its end.
pub(super) fn dump(
    settings: &PostgresSettings,
    books: &Location,
    to: &Path,
) -> Result<VerifyReport, BackupError> {
    let report = proven(books)?;
    // pg_dump writes into what is there; the books are nobody else's to read, not for a moment.
    // What a crash left is no copy.
    let _ = std::fs::remove_file(to);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(|source| BackupError::File {
            path: to.to_owned(),
            source,
        })?;
    let mut dump = program("pg_dump", settings);
    dump.args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(to);
    run("pg_dump", &mut dump)?;
    // Into nothing: every block is read and decompressed.
    let mut read = Command::new("pg_restore");
    read.args(["--file=/dev/null"]).arg(to);
    run("pg_restore", &mut read)?;
    Ok(report)
}

/// Restores a dump into an empty database, whole or not at all, and proves it.
pub(super) fn restore(
    file: &Path,
    settings: &PostgresSettings,
    books: &Location,
) -> Result<VerifyReport, BackupError> {
    is_empty(books)?;
    let mut restore = program("pg_restore", settings);
    restore
        .args([
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
        ])
        .args(["--dbname", settings.database()])
        .arg(file);
    run("pg_restore", &mut restore)?;
    proven(books)
}

fn is_empty(books: &Location) -> Result<(), BackupError> {
    let (location, (reply, answer)) = (books.clone(), std::sync::mpsc::channel());
    let thread = thread::start(
        "store-restore",
        move || location.open(),
        move |mut session| {
            let tables =
                "SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace";
            // Whoever started it waits for the answer.
            let _ = reply.send(session.exists(tables, &[]));
        },
    )?;
    let found = answer.recv().map_err(|_| StoreError::Closed)?;
    // Its panic was seen by the line before.
    let _ = thread.join();
    if found? {
        return Err(BackupError::Occupied(books.to_string()));
    }
    Ok(())
}

/// A program of PostgreSQL that finds the database by its environment.
fn program(name: &'static str, settings: &PostgresSettings) -> Command {
    let mut command = Command::new(name);
    command.envs(settings.environment());
    command
}

fn run(name: &'static str, command: &mut Command) -> Result<(), BackupError> {
    let failed = |why: String| BackupError::Program { program: name, why };
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(format!("{error} (Debian: postgresql-client)")))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(failed(words.lines().next().unwrap_or_default().to_owned()))
}
