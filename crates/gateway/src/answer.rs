//! Answers: plain ones before a capsule is open, sealed ones after.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use wattkey_protocol::names::{MEDIA_CAPSULE_RESPONSE, MEDIA_PROBLEM};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_seal::{Responder, message};

/// What goes back over the connection.
pub type Plain = Response<Full<Bytes>>;

/// A problem outside of any capsule.
#[must_use]
pub fn plain_problem(problem: &Problem) -> Plain {
    with_content(problem.status, MEDIA_PROBLEM, problem.to_json())
}

/// A problem for the inside of a capsule.
#[must_use]
pub fn inner_problem(problem: &Problem) -> message::Response {
    message::Response {
        status: problem.status,
        fields: vec![("content-type".to_owned(), MEDIA_PROBLEM.as_bytes().to_vec())],
        body: problem.to_json(),
    }
}

/// Pads and seals `answer`. One that does not fit, or that cannot be sealed, becomes a fault;
/// the status is that of what was sealed.
#[must_use]
pub fn sealed(responder: Responder, answer: &message::Response) -> (Plain, u16) {
    let (padded, status) = match answer.encode_padded() {
        Ok(padded) => (padded, answer.status),
        Err(error) => {
            tracing::error!(%error, "the answer cannot be written");
            let fault = inner_problem(&Problem::new(ProblemType::Internal));
            let padded = fault
                .encode_padded()
                .expect("a problem of our own is well formed");
            (padded, fault.status)
        }
    };
    match responder.seal(&padded) {
        Ok(capsule) => (with_content(200, MEDIA_CAPSULE_RESPONSE, capsule), status),
        Err(error) => {
            tracing::error!(%error, "the answer cannot be sealed");
            let fault = Problem::new(ProblemType::Internal);
            (plain_problem(&fault), fault.status)
        }
    }
}

fn with_content(status: u16, media: &'static str, content: Vec<u8>) -> Plain {
    let mut answer = Response::new(Full::new(Bytes::from(content)));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media));
    answer
}
