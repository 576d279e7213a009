//! Answers: problems of RFC 9457 and JSON, and what of an error goes into the log instead.

use std::error::Error;
use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use wattkey_protocol::names::MEDIA_PROBLEM;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::StoreError;

/// A problem on its way out.
#[derive(Debug)]
pub struct Refusal(Box<Problem>);

/// What a handler gives.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// A problem with what happened, in English.
    #[must_use]
    pub fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        Problem::new(kind).detail(detail).into()
    }

    /// A fault of ours: the log gets the error with all its causes, the peer gets nothing of it.
    #[must_use]
    pub fn fault(what: &'static str, error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "{what}");
        Problem::new(ProblemType::Internal).into()
    }

    /// The problem.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = self.0;
        let name = problem.kind().map_or("unknown", ProblemType::name);
        tracing::info!(problem = name, detail = problem.detail, "refused");
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let media = [(
            header::CONTENT_TYPE,
            HeaderValue::from_static(MEDIA_PROBLEM),
        )];
        (status, media, problem.to_json()).into_response()
    }
}

/// An error and its causes on one line.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // Writing to a string does not fail.
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// `GET` or `POST` of something that is not in section 8.
pub async fn no_route() -> Refusal {
    Problem::new(ProblemType::Route).into()
}

/// The database failed, or another process (an import) holds its lock for too long.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` takes"
)]
pub fn store_fault(error: StoreError) -> Refusal {
    if error.is_busy() {
        tracing::warn!(error = chain(&error), "the database is busy");
        return Refusal::new(ProblemType::Unavailable, "the database is busy");
    }
    Refusal::fault("the database failed", &error)
}

/// Nothing of that name, or somebody else's: the two look alike.
#[must_use]
pub fn not_found(what: &'static str) -> Refusal {
    Refusal::new(ProblemType::NotFound, what)
}
