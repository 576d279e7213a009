//! What PostgreSQL's answers mean for the caller (PostgreSQL's documentation, appendix A).

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity};

use crate::database::DatabaseError;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Statement,
    Commit,
}

/// The server did not answer in time.
pub(super) fn silent(after: After) -> DatabaseError {
    let why = "the server does not answer".into();
    match after {
        After::Statement => DatabaseError::Disconnected(why),
        After::Commit => DatabaseError::CommitUnknown(why),
    }
}

pub(super) fn classified(error: Error, after: After) -> DatabaseError {
    let Some(answer) = error.as_db_error() else {
        return without_answer(error, after);
    };
    let fatal = matches!(
        answer.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    );
    let code = answer.code().clone();
    match (after, code.code()) {
        // Refused at the commit: it did not happen.
        (_, "40001" | "40P01") => DatabaseError::Conflict(error.into()),
        (After::Commit, code) if code.starts_with("23") => refused(code, error),
        (After::Commit, _) => DatabaseError::CommitUnknown(error.into()),
        (After::Statement, code) => statement(code, fatal, error),
    }
}

/// The connection itself failed, or what was sent could not be written in the server's format.
fn without_answer(error: Error, after: After) -> DatabaseError {
    let ours = error.source().is_some_and(|source| {
        source.downcast_ref::<std::io::Error>().is_none() && !error.is_closed()
    });
    match after {
        After::Commit => DatabaseError::CommitUnknown(error.into()),
        After::Statement if ours => DatabaseError::Other(error.into()),
        After::Statement => DatabaseError::Disconnected(error.into()),
    }
}

fn statement(code: &str, fatal: bool, error: Error) -> DatabaseError {
    match code {
        // Of the connection, the server's shutdown or start, a full server, and a primary that is
        // one no more.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "53300" | "25006" => {
            DatabaseError::Disconnected(error.into())
        }
        // A wrong name or password stays wrong.
        code if code.starts_with("28") || code == "3D000" => DatabaseError::Other(error.into()),
        code if fatal || code.starts_with("08") => DatabaseError::Disconnected(error.into()),
        "55P03" => DatabaseError::Busy(error.into()),
        "57014" => DatabaseError::Timeout(error.into()),
        "53100" | "53200" => DatabaseError::Full(error.into()),
        code if code.starts_with("23") => refused(code, error),
        // Two that make the same table at once.
        "42P07" | "42710" => DatabaseError::Duplicate(error.into()),
        _ => DatabaseError::Other(error.into()),
    }
}

fn refused(code: &str, error: Error) -> DatabaseError {
    if code == "23505" {
        DatabaseError::Duplicate(error.into())
    } else {
        DatabaseError::Refused(error.into())
    }
}

/// A warning, in one line.
pub(super) fn words(notice: &DbError) -> String {
    format!("{} ({})", notice.message(), notice.code().code())
}

pub(super) fn is_warning(notice: &DbError) -> bool {
    // `NOTICE`, `INFO` and the like say nothing about what was done.
    !matches!(
        notice.parsed_severity(),
        Some(Severity::Notice | Severity::Debug | Severity::Info | Severity::Log)
    )
}
