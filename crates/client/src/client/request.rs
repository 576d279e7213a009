//! The request inside a capsule.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_protocol::fields::{byte_sequence, string};
use wattkey_protocol::names::{
    FIELD_CERTIFICATE, FIELD_IDEMPOTENCY_KEY, FIELD_REQUEST, FIELD_SESSION,
    FIELD_SIGNATURE_CERTIFICATE, MEDIA_JOSE,
};
use wattkey_protocol::{request, time};
use wattkey_seal::message::Request;
use wattkey_token::UnlockedKey;

use super::Inner;
use crate::config::Config;
use crate::connection::ServiceError;
use crate::session::Session;

/// The inner request with all fields of `PROTOCOL.md` sections 5 to 8.
pub(super) fn signed(
    config: &Config,
    key: &UnlockedKey,
    session: &Session,
    inner: Inner<'_>,
    now: Timestamp,
) -> Result<Request, ServiceError> {
    let date = time::format_http(now)
        .ok_or_else(|| ServiceError::Seal("the clock shows no year that HTTP can write".into()))?;
    let certificate = key.authentication_certificate().thumbprint();
    let mut fields = vec![
        ("date", date),
        (FIELD_CERTIFICATE, certificate.to_string()),
        (FIELD_REQUEST, Uuid::new_v4().to_string()),
        (FIELD_SESSION, session.statement().to_owned()),
    ];
    let (method, path, body) = match inner {
        Inner::Get { path } => ("GET", path, ""),
        Inner::Signed { path, id, jws } => {
            let signature = key.signature_certificate();
            fields.push((FIELD_IDEMPOTENCY_KEY, string(id)));
            fields.push(("content-type", MEDIA_JOSE.to_owned()));
            fields.push((FIELD_SIGNATURE_CERTIFICATE, byte_sequence(signature.der())));
            ("POST", path, jws)
        }
    };
    let mut request = Request {
        method: method.to_owned(),
        scheme: "https".to_owned(),
        authority: config.authority.clone(),
        path: path.to_owned(),
        fields: fields
            .into_iter()
            .map(|(n, v)| (n.to_owned(), v.into_bytes()))
            .collect(),
        body: body.as_bytes().to_vec(),
    };
    let signature = request::sign(
        session.key(),
        &request::RequestParts {
            method: &request.method,
            authority: &request.authority,
            path_and_query: &request.path,
            fields: &request.fields,
            body: &request.body,
        },
        now,
    )
    .map_err(|error| ServiceError::Signer(Arc::new(error)))?;
    request.fields.extend(
        signature
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes())),
    );
    Ok(request)
}
