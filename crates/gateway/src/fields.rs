//! Which fields pass, and which may not even be there.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderName, HeaderValue};
use wattkey_protocol::names::{
    FIELD_CERTIFICATE, FIELD_CLIENT_CERT, FIELD_IDEMPOTENCY_KEY, FIELD_REQUEST, FIELD_SESSION,
    FIELD_SIGNATURE_CERTIFICATE,
};

/// Fields of an inner request that reach the platform. All others end here, among them those
/// with a meaning for one hop only (RFC 9110 §7.6.1) and those that frame a message.
const FORWARDED: [&str; 11] = [
    "accept",
    "content-type",
    "content-digest",
    "date",
    "if-none-match",
    "signature",
    "signature-input",
    FIELD_IDEMPOTENCY_KEY,
    FIELD_REQUEST,
    FIELD_SESSION,
    FIELD_SIGNATURE_CERTIFICATE,
];

/// Fields of the platform's answer that reach the client.
const RETURNED: [&str; 6] = [
    "content-type",
    "content-digest",
    "etag",
    "location",
    "retry-after",
    // Of a signed order that its approver reads.
    FIELD_SIGNATURE_CERTIFICATE,
];

/// Fields that say who the client is: the gateway's to write (RFC 9440 §2).
const RESERVED: [&str; 2] = [FIELD_CLIENT_CERT, "client-cert-chain"];

/// Whether only the gateway may write a field of this name. An underscore counts as a hyphen:
/// servers behind may not tell them apart.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    RESERVED.contains(&name.as_str())
}

/// The name of a field that is there twice: two readers could take different ones, and this
/// protocol repeats none, whether it passes or not. A certificate named twice is no single one,
/// which its own check says.
#[must_use]
pub fn repeated(fields: &[(String, Vec<u8>)]) -> Option<&str> {
    let mut names = BTreeSet::new();
    fields
        .iter()
        .map(|(name, _)| name.as_str())
        .find(|name| !names.insert(*name) && *name != FIELD_CERTIFICATE)
}

/// The fields of an inner request for the platform.
///
/// # Errors
/// The name of a field that is there twice or cannot be sent: this protocol repeats none.
pub fn forwarded(fields: &[(String, Vec<u8>)]) -> Result<HeaderMap, &'static str> {
    let mut map = HeaderMap::with_capacity(FORWARDED.len());
    for name in FORWARDED {
        let mut values = fields
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value);
        let Some(value) = values.next() else { continue };
        let value = HeaderValue::from_bytes(value).map_err(|_| name)?;
        if values.next().is_some() {
            return Err(name);
        }
        map.insert(HeaderName::from_static(name), value);
    }
    Ok(map)
}

/// The fields of the platform's answer for the client.
#[must_use]
pub fn returned(answer: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    RETURNED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), answer.get(*name)?.as_bytes().to_vec())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_are_reserved() {
        for name in [
            "client-cert",
            "Client-Cert",
            "client_cert",
            "CLIENT_CERT-chain",
            "client-cert-chain",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("client-certificate"));
    }

    #[test]
    fn what_is_there_twice_is_found_whether_it_passes_or_not() {
        let field = |name: &str| (name.to_owned(), b"x".to_vec());
        assert_eq!(repeated(&[field("accept"), field("cookie")]), None);
        for name in ["accept", "cookie", "host"] {
            let fields = [field(name), field("x"), field(name)];
            assert_eq!(repeated(&fields), Some(name));
        }
    }

    #[test]
    fn only_what_is_named_passes_and_only_once() {
        let field = |name: &str| (name.to_owned(), b"x".to_vec());
        let sent = [
            field("accept"),
            field("x-forwarded-for"),
            field("connection"),
            field("transfer-encoding"),
            field("host"),
            field("cookie"),
        ];
        let map = forwarded(&sent).unwrap();
        assert_eq!(map.len(), 1);
        assert!(map.contains_key("accept"));
        let twice = [field("wattkey-session"), field("wattkey-session")];
        assert_eq!(forwarded(&twice), Err("wattkey-session"));
        assert_eq!(
            forwarded(&[("date".into(), b"a\r\nb".to_vec())]),
            Err("date")
        );
    }
}
