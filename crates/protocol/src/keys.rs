//! The signed key configuration (`PROTOCOL.md` section 4): which capsule keys a gateway has now.

use jiff::Timestamp;
use wattkey_pki::{Certificate, ChainError, Role, SignError, Signer, Trust};

use crate::{
    fields::{
        FieldError, byte_sequence, content_digest, only, parse_byte_sequence, parse_string, string,
    },
    message_signature::{Components, Kind, MessageSignatureError, Parameters},
    names::{FIELD_INSTANCE, FIELD_KEY_CERTIFICATE, MEDIA_KEYS},
    time,
};

const KIND: Kind = Kind {
    label: "keys",
    tag: "wattkey-keys",
};
/// Longest life of a configuration.
pub const MAX_LIFETIME_S: i64 = 24 * 3600;
/// How far ahead of the client's corrected clock `created` may be.
pub const MAX_AHEAD_S: i64 = 300;
/// Longest list of configurations that is read.
pub const MAX_BODY: usize = 4096;

/// An answer to `GET` of the gateway resource.
#[derive(Debug, Clone)]
pub struct KeysAnswer {
    /// All fields of the answer.
    pub fields: Vec<(String, String)>,
    /// `application/ohttp-keys`.
    pub body: Vec<u8>,
}

/// A configuration that verified.
#[derive(Debug, Clone)]
pub struct VerifiedKeys {
    /// Name of the gateway.
    pub instance: String,
    /// When the configuration ends.
    pub expires: Timestamp,
    /// The gateway's clock when it answered.
    pub date: Timestamp,
}

/// Why a key configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A field is missing, repeated or malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The signature is not that of the protocol, or does not verify.
    #[error(transparent)]
    Signature(#[from] MessageSignatureError),
    /// The certificate is not good for key configurations.
    #[error("the certificate of the key configuration is not good for it")]
    Certificate(#[source] ChainError),
    /// The answer is not a key configuration.
    #[error("the answer is not a key configuration: {0}")]
    Answer(&'static str),
    /// `content-digest` is not that of the content.
    #[error("content-digest is not that of the content")]
    ContentDigest,
    /// It has ended, begins in the future, or claims too long a life.
    #[error("the key configuration is not valid now")]
    Time,
}

/// Signs a list of configurations for `lifetime_s` seconds from `now`.
///
/// # Errors
/// When the key does not sign.
///
/// # Panics
/// When `now` is a year that no HTTP date can write.
pub fn sign(
    signer: &dyn Signer,
    certificate: &Certificate,
    instance: &str,
    body: Vec<u8>,
    now: Timestamp,
    lifetime_s: i64,
) -> Result<KeysAnswer, SignError> {
    let date = time::format_http(now).expect("the clock shows a year below 10,000");
    let mut fields = vec![
        ("content-type".to_owned(), MEDIA_KEYS.to_owned()),
        ("date".to_owned(), date),
        (FIELD_INSTANCE.to_owned(), string(instance)),
        (
            FIELD_KEY_CERTIFICATE.to_owned(),
            byte_sequence(certificate.der()),
        ),
        ("content-digest".to_owned(), content_digest(&body)),
    ];
    let bytes: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.clone(), v.clone().into_bytes()))
        .collect();
    let components = components(&bytes).expect("the fields were just set");
    let parameters = Parameters {
        created: now.as_second(),
        expires: Some(now.as_second() + lifetime_s),
        key_id: certificate.thumbprint().to_string(),
    };
    fields.extend(KIND.sign(signer, &components, &parameters)?);
    Ok(KeysAnswer { fields, body })
}

/// Verifies an answer with status 200. `now` is the client's clock; the clock offset that the
/// answer's own `Date` shows is applied, as the connection is authenticated.
///
/// # Errors
/// [`KeysError`].
pub fn verify(
    fields: &[(String, Vec<u8>)],
    body: &[u8],
    service: &Trust,
    now: Timestamp,
) -> Result<VerifiedKeys, KeysError> {
    if body.len() > MAX_BODY {
        return Err(KeysError::Answer("too long"));
    }
    if only(fields, "content-type")? != MEDIA_KEYS {
        return Err(KeysError::Answer("of another media type"));
    }
    if only(fields, "content-digest")? != content_digest(body) {
        return Err(KeysError::ContentDigest);
    }
    let certificate = certificate(fields)?;
    service
        .verify(&certificate, Role::KeyConfiguration, now)
        .map_err(KeysError::Certificate)?;

    let components = components(fields)?;
    let parameters = KIND.parameters(fields, &components)?;
    if parameters.key_id != certificate.thumbprint().to_string() {
        return Err(MessageSignatureError::Signature.into());
    }
    KIND.verify(certificate.public_key(), fields, &components, &parameters)?;

    let date = time::parse_http(only(fields, "date")?).ok_or(FieldError::Malformed("date"))?;
    let expires = valid_until(&parameters, date)?;
    let instance = parse_string(only(fields, FIELD_INSTANCE)?)
        .ok_or(FieldError::Malformed(FIELD_INSTANCE))?
        .to_owned();
    Ok(VerifiedKeys {
        instance,
        expires,
        date,
    })
}

fn valid_until(parameters: &Parameters, now: Timestamp) -> Result<Timestamp, KeysError> {
    let (created, now) = (parameters.created, now.as_second());
    let expires = parameters.expires.ok_or(KeysError::Time)?;
    let lifetime = expires.checked_sub(created).ok_or(KeysError::Time)?;
    let good = (1..=MAX_LIFETIME_S).contains(&lifetime)
        && created <= now.saturating_add(MAX_AHEAD_S)
        && expires > now;
    if !good {
        return Err(KeysError::Time);
    }
    Timestamp::from_second(expires).map_err(|_| KeysError::Time)
}

fn certificate(fields: &[(String, Vec<u8>)]) -> Result<Certificate, FieldError> {
    let malformed = FieldError::Malformed(FIELD_KEY_CERTIFICATE);
    let der = parse_byte_sequence(only(fields, FIELD_KEY_CERTIFICATE)?).ok_or(malformed.clone())?;
    Certificate::from_der(&der).map_err(|_| malformed)
}

fn components(fields: &[(String, Vec<u8>)]) -> Result<Components, FieldError> {
    let mut list: Components = vec![("@status", "200".to_owned())];
    for name in ["content-type", "content-digest", "date", FIELD_INSTANCE] {
        list.push((name, only(fields, name)?.to_owned()));
    }
    Ok(list)
}
