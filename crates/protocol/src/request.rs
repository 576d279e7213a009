//! The signed request (`PROTOCOL.md` section 7): the session key signs each inner request.

use jiff::Timestamp;
use wattkey_pki::{PublicKey, SignError, Signer};

use crate::{
    fields::{FieldError, content_digest, only},
    message_signature::{Components, Kind, MessageSignatureError, Parameters},
    names::{FIELD_IDEMPOTENCY_KEY, FIELD_SESSION, REQUEST_WINDOW_S},
};

const KIND: Kind = Kind {
    label: "req",
    tag: "wattkey-request",
};

/// The parts of an inner request that a signature covers.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Host of the audience.
    pub authority: &'a str,
    /// Path with query, as in the request line.
    pub path_and_query: &'a str,
    /// The fields, names in lower case.
    pub fields: &'a [(String, Vec<u8>)],
    /// The content.
    pub body: &'a [u8],
}

/// Why a request's signature is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestSignatureError {
    /// The signature fields are not those of the protocol, or it does not verify.
    #[error(transparent)]
    Signature(#[from] MessageSignatureError),
    /// `content-digest` is not that of the content.
    #[error("content-digest is not that of the content")]
    ContentDigest,
    /// Another key than the session's is named.
    #[error("the signature names another key than the session's")]
    OtherKey,
    /// Made more than a minute ago or ahead.
    #[error("the request was signed at {created}, out of the window around {now}")]
    Window {
        /// When it was signed, in seconds since 1970.
        created: i64,
        /// The verifier's clock, in seconds since 1970.
        now: i64,
    },
}

impl From<FieldError> for RequestSignatureError {
    fn from(error: FieldError) -> Self {
        Self::Signature(error.into())
    }
}

/// Signs a request that already has its other fields (`wattkey-session` among them); gives the
/// fields `content-digest`, `signature-input` and `signature` to add.
///
/// # Errors
/// When the session key does not sign.
///
/// # Panics
/// When a field that the signature covers is missing: a caller's mistake.
pub fn sign(
    session: &dyn Signer,
    parts: &RequestParts<'_>,
    created: Timestamp,
) -> Result<Vec<(String, String)>, SignError> {
    let digest = content_digest(parts.body);
    let components =
        components(parts, &digest).expect("the caller has set the fields that are signed");
    let parameters = Parameters {
        created: created.as_second(),
        expires: None,
        key_id: session.public_key().jwk_thumbprint().to_string(),
    };
    let mut fields = vec![("content-digest".to_owned(), digest)];
    fields.extend(KIND.sign(session, &components, &parameters)?);
    Ok(fields)
}

/// Verifies a request with the key that its session statement named.
///
/// # Errors
/// [`RequestSignatureError`].
pub fn verify(
    parts: &RequestParts<'_>,
    session: &PublicKey,
    now: Timestamp,
) -> Result<(), RequestSignatureError> {
    let digest = only(parts.fields, "content-digest")?;
    if digest != content_digest(parts.body) {
        return Err(RequestSignatureError::ContentDigest);
    }
    let components = components(parts, digest)?;
    let parameters = KIND.parameters(parts.fields, &components)?;
    if parameters.key_id != session.jwk_thumbprint().to_string() || parameters.expires.is_some() {
        return Err(RequestSignatureError::OtherKey);
    }
    let (created, now) = (parameters.created, now.as_second());
    if created.abs_diff(now) > REQUEST_WINDOW_S.unsigned_abs() {
        return Err(RequestSignatureError::Window { created, now });
    }
    KIND.verify(session, parts.fields, &components, &parameters)?;
    Ok(())
}

fn components(parts: &RequestParts<'_>, digest: &str) -> Result<Components, FieldError> {
    let (path, query) = match parts.path_and_query.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (parts.path_and_query, "?".to_owned()),
    };
    let mut list: Components = vec![
        ("@method", parts.method.to_owned()),
        ("@authority", parts.authority.to_owned()),
        ("@path", path.to_owned()),
        ("@query", query),
        ("content-digest", digest.to_owned()),
    ];
    if !matches!(parts.method, "GET" | "HEAD" | "OPTIONS") {
        for name in [FIELD_IDEMPOTENCY_KEY, "content-type"] {
            list.push((name, only(parts.fields, name)?.to_owned()));
        }
    }
    list.push((FIELD_SESSION, only(parts.fields, FIELD_SESSION)?.to_owned()));
    Ok(list)
}

#[cfg(test)]
mod tests {
    use wattkey_pki::MemorySigner;

    use super::*;
    use crate::fields::Fields;

    const NOW: i64 = 1_700_000_000;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn parts<'a>(fields: &'a Fields, body: &'a [u8]) -> RequestParts<'a> {
        RequestParts {
            method: "POST",
            authority: "pay.example",
            path_and_query: "/v1/orders",
            fields,
            body,
        }
    }

    fn signed(session: &MemorySigner) -> Fields {
        let mut fields: Fields = vec![
            (FIELD_SESSION.into(), b"statement".to_vec()),
            (FIELD_IDEMPOTENCY_KEY.into(), b"\"id\"".to_vec()),
            ("content-type".into(), b"application/jose".to_vec()),
        ];
        let more = sign(session, &parts(&fields, b"body"), time(NOW)).unwrap();
        fields.extend(more.into_iter().map(|(n, v)| (n, v.into_bytes())));
        fields
    }

    #[test]
    fn each_covered_part_is_protected() {
        let session = MemorySigner::generate();
        let fields = signed(&session);
        let good = parts(&fields, b"body");
        let key = session.public_key();
        assert_eq!(verify(&good, key, time(NOW)), Ok(()));
        assert!(
            verify(
                &RequestParts {
                    method: "PUT",
                    ..good
                },
                key,
                time(NOW)
            )
            .is_err()
        );
        assert!(
            verify(
                &RequestParts {
                    authority: "x.example",
                    ..good
                },
                key,
                time(NOW)
            )
            .is_err()
        );
        assert!(
            verify(
                &RequestParts {
                    path_and_query: "/v1/orders?",
                    ..good
                },
                key,
                time(NOW)
            )
            .is_ok(),
            "an empty query is no query (RFC 9421 §2.2.7)"
        );
        assert!(
            verify(
                &RequestParts {
                    path_and_query: "/v1/orders?a",
                    ..good
                },
                key,
                time(NOW)
            )
            .is_err()
        );
        assert!(
            verify(
                &RequestParts {
                    path_and_query: "/v1/bills",
                    ..good
                },
                key,
                time(NOW)
            )
            .is_err()
        );
        assert_eq!(
            verify(&parts(&fields, b"other"), key, time(NOW)),
            Err(RequestSignatureError::ContentDigest)
        );
        for name in [FIELD_SESSION, FIELD_IDEMPOTENCY_KEY, "content-type"] {
            let mut changed = fields.clone();
            changed.iter_mut().find(|(n, _)| n == name).unwrap().1 = b"other".to_vec();
            assert!(
                verify(&parts(&changed, b"body"), key, time(NOW)).is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn the_window_is_a_minute_each_way() {
        let session = MemorySigner::generate();
        let fields = signed(&session);
        for (now, good) in [
            (NOW - 60, true),
            (NOW + 60, true),
            (NOW - 61, false),
            (NOW + 61, false),
        ] {
            assert_eq!(
                verify(&parts(&fields, b"body"), session.public_key(), time(now)).is_ok(),
                good,
                "{now}"
            );
        }
    }

    #[test]
    fn another_session_key_is_refused() {
        let fields = signed(&MemorySigner::generate());
        let other = MemorySigner::generate();
        assert_eq!(
            verify(&parts(&fields, b"body"), other.public_key(), time(NOW)),
            Err(RequestSignatureError::OtherKey)
        );
    }
}
