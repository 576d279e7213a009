//! Parameters from outside become checked types here, or a problem.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::HeaderMap;
use http::request::Parts;
use http::{Uri, header};
use hyper::body::Bytes;
use serde::de::DeserializeOwned;
use wattkey_protocol::names::MEDIA_JOSE;
use wattkey_protocol::problem::ProblemType;

use crate::answer::{Answer, Refusal};

/// Media type of JSON (RFC 8259).
const MEDIA_JSON: &str = "application/json";
/// Entries of a page when the request does not say.
const DEFAULT_PAGE: u32 = 50;

/// The identifier in the path. One that cannot be is of nothing that there is.
#[derive(Debug, Clone)]
pub struct Id<T>(pub T);

impl<T, S> FromRequestParts<S> for Id<T>
where
    T: FromStr + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let nothing = || Refusal::new(ProblemType::NotFound, "the path holds no identifier");
        let Path(text) = <Path<String> as FromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map_err(|_| nothing())?;
        text.parse().map(Id).map_err(|_| nothing())
    }
}

/// Several identifiers in the path, as a tuple.
#[derive(Debug, Clone)]
pub struct Ids<T>(pub T);

impl<T, S> FromRequestParts<S> for Ids<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let nothing = || Refusal::new(ProblemType::NotFound, "the path holds no identifiers");
        <Path<T> as FromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map(|Path(ids)| Self(ids))
            .map_err(|_| nothing())
    }
}

/// A JSON document in the body. Its type refuses unknown members.
#[derive(Debug, Clone)]
pub struct Document<T>(pub T);

impl<T, S> FromRequest<S> for Document<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        let malformed = |why: String| Refusal::new(ProblemType::Malformed, why);
        let media = request.headers().get(header::CONTENT_TYPE);
        if media.is_none_or(|media| media.as_bytes() != MEDIA_JSON.as_bytes()) {
            return Err(malformed(format!("content-type is not {MEDIA_JSON}")));
        }
        // Its length was bounded before.
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| malformed(error.to_string()))?;
        let document = serde_json::from_slice(&body);
        document
            .map(Self)
            .map_err(|error| malformed(error.to_string()))
    }
}

/// The parameters of a query; unknown ones are refused by the type.
///
/// # Errors
/// `malformed`.
pub fn query<T: DeserializeOwned>(uri: &Uri) -> Answer<T> {
    match Query::try_from_uri(uri) {
        Ok(Query(query)) => Ok(query),
        Err(error) => Err(Refusal::new(ProblemType::Malformed, error.to_string())),
    }
}

/// A parameter as the type that it stands for.
///
/// # Errors
/// `malformed`, with the parameter's name.
pub fn parameter<T: FromStr>(name: &str, text: Option<&str>) -> Answer<Option<T>> {
    let malformed = || Refusal::new(ProblemType::Malformed, format!("`{name}` cannot be read"));
    text.map(|text| text.parse().map_err(|_| malformed()))
        .transpose()
}

/// How many entries a page has.
///
/// # Errors
/// `malformed`, when it is not a number from 1.
pub fn limit(text: Option<&str>) -> Answer<u32> {
    limit_or(text, DEFAULT_PAGE)
}

/// How many entries a page has: `default` when the request does not say.
///
/// # Errors
/// `malformed`, when it is not a number from 1. What is more than a page can have is a whole page.
pub fn limit_or(text: Option<&str>, default: u32) -> Answer<u32> {
    let limit = parameter::<i64>("limit", text)?.unwrap_or(default.into());
    if limit < 1 {
        return Err(Refusal::new(
            ProblemType::Malformed,
            "`limit` is at least 1",
        ));
    }
    let most = wattkey_protocol::api::MAX_PAGE;
    Ok(u32::try_from(limit).map_or(most, |limit| limit.min(most)))
}

/// The compact JWS in a body.
///
/// # Errors
/// `malformed`, when the media type is another one or the body is not ASCII.
pub fn jose<'b>(headers: &HeaderMap, body: &'b [u8]) -> Answer<&'b str> {
    let media = headers
        .get(header::CONTENT_TYPE)
        .map(header::HeaderValue::as_bytes);
    if media != Some(MEDIA_JOSE.as_bytes()) {
        return Err(Refusal::new(
            ProblemType::Malformed,
            format!("content-type is not {MEDIA_JOSE}"),
        ));
    }
    std::str::from_utf8(body)
        .ok()
        .filter(|text| text.is_ascii())
        .ok_or_else(|| Refusal::new(ProblemType::Malformed, "the body is not a compact JWS"))
}
