//! `ETag` on every answer to `GET`, and 304 to who has it already (RFC 9110, sections 8.8.3 and 13.1.2).
//!
//! The tag is the digest of the bytes, so that it is strong and the same on every platform.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use wattkey_pki::Digest;

use crate::answer::Refusal;

/// The longest answer that gets a tag: more than a capsule holds.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Tags the answer, or leaves its body away.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    let asked = (*request.method() == Method::GET).then(|| request.headers().clone());
    let response = next.run(request).await;
    match asked {
        Some(fields) if response.status() == StatusCode::OK => tagged(&fields, response).await,
        _ => response,
    }
}

async fn tagged(asked: &HeaderMap, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = match to_bytes(body, MAX_ANSWER).await {
        Ok(bytes) => bytes,
        Err(error) => return Refusal::fault("an answer is too long", &error).into_response(),
    };
    let tag = format!("\"{}\"", Digest::of(&bytes));
    let value = HeaderValue::from_str(&tag).expect("base64url in quotes is visible ASCII");
    parts.headers.insert(header::ETAG, value);
    if !names(asked, &tag) {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// Whether `If-None-Match` names the tag: the weak comparison, as RFC 9110 has it there.
fn names(asked: &HeaderMap, tag: &str) -> bool {
    let fields = asked.get_all(header::IF_NONE_MATCH).into_iter();
    fields
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &'static str) -> HeaderMap {
        let mut fields = HeaderMap::new();
        fields.insert(header::IF_NONE_MATCH, HeaderValue::from_static(text));
        fields
    }

    #[test]
    fn a_list_of_tags_is_looked_through() {
        assert!(names(&asked("\"a\", W/\"b\""), "\"b\""));
        assert!(names(&asked("*"), "\"b\""));
        assert!(!names(&asked("\"a\", b"), "\"b\""));
        assert!(!names(&HeaderMap::new(), "\"b\""));
    }

    #[tokio::test]
    async fn who_has_the_answer_gets_no_body() {
        let first = tagged(&HeaderMap::new(), "bills".into_response()).await;
        let tag = first.headers()[header::ETAG].clone();
        assert_eq!(first.status(), StatusCode::OK);
        let mut fields = HeaderMap::new();
        fields.insert(header::IF_NONE_MATCH, tag.clone());
        let again = tagged(&fields, "bills".into_response()).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::ETAG], tag);
        assert!(to_bytes(again.into_body(), 10).await.unwrap().is_empty());
        let other = tagged(&fields, "other bills".into_response()).await;
        assert_eq!(other.status(), StatusCode::OK);
    }
}
