//! The certificate of the user, as the gateway reports it in `Client-Cert` (RFC 9440 §2.2).
//!
//! The platform believes the gateway no further than that: the certificate says who is said to
//! ask; that this user really asks is shown by the session statement and the request signature.

use wattkey_pki::Certificate;
use wattkey_protocol::fields::{self, Fields};
use wattkey_protocol::names::FIELD_CLIENT_CERT;

/// Longest certificate that is read, in bytes of DER; ours have about 600.
const MAX_CERTIFICATE: usize = 8 * 1024;
/// Field of RFC 9440 §2.3 that this protocol does not use.
const FIELD_CLIENT_CERT_CHAIN: &str = "client-cert-chain";

/// Why no certificate could be read.
#[derive(Debug, thiserror::Error)]
pub enum ClientCertError {
    /// A chain, or a spelling that some software reads as one of the two fields.
    #[error("the field {0} is not part of this protocol")]
    Forbidden(String),
    /// Missing, repeated, or not visible ASCII.
    #[error("the field client-cert cannot be used")]
    Field(#[from] fields::FieldError),
    /// Not a byte sequence, or too long.
    #[error("the field client-cert is not a byte sequence of at most {MAX_CERTIFICATE} bytes")]
    Bytes,
    /// Not a certificate of this protocol.
    #[error("the field client-cert holds no certificate of this protocol")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads the one `Client-Cert` of a request.
///
/// # Errors
/// See [`ClientCertError`].
pub fn read(fields: &Fields) -> Result<Certificate, ClientCertError> {
    for (name, _) in fields {
        let plain = name.to_ascii_lowercase().replace('_', "-");
        let other_spelling =
            plain == FIELD_CLIENT_CERT && !name.eq_ignore_ascii_case(FIELD_CLIENT_CERT);
        if plain == FIELD_CLIENT_CERT_CHAIN || other_spelling {
            return Err(ClientCertError::Forbidden(name.clone()));
        }
    }
    let text = fields::only(fields, FIELD_CLIENT_CERT)?;
    let der = fields::parse_byte_sequence(text)
        .filter(|der| der.len() <= MAX_CERTIFICATE)
        .ok_or(ClientCertError::Bytes)?;
    Certificate::from_der(&der).map_err(|e| ClientCertError::Certificate(Box::new(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(fields: &[(&str, &str)]) -> Result<Certificate, ClientCertError> {
        let fields: Fields = fields
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()))
            .collect();
        read(&fields)
    }

    #[test]
    fn exactly_one_is_wanted() {
        assert!(matches!(with(&[]), Err(ClientCertError::Field(_))));
        let twice = with(&[("client-cert", ":AA==:"), ("client-cert", ":AA==:")]);
        assert!(matches!(twice, Err(ClientCertError::Field(_))));
    }

    #[test]
    fn chains_and_other_spellings_are_refused() {
        for name in [
            "client-cert-chain",
            "Client_Cert",
            "client_cert_chain",
            "CLIENT-CERT_CHAIN",
        ] {
            let result = with(&[("client-cert", ":AA==:"), (name, ":AA==:")]);
            assert!(
                matches!(result, Err(ClientCertError::Forbidden(_))),
                "{name}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_are_refused() {
        for value in ["", "AA==", ":AA", ":*:"] {
            assert!(
                matches!(with(&[("client-cert", value)]), Err(ClientCertError::Bytes)),
                "{value}"
            );
        }
        let long = format!(":{}:", "AAAA".repeat(MAX_CERTIFICATE / 3 + 1));
        assert!(matches!(
            with(&[("client-cert", &long)]),
            Err(ClientCertError::Bytes)
        ));
        assert!(matches!(
            with(&[("client-cert", ":AAAA:")]),
            Err(ClientCertError::Certificate(_))
        ));
    }
}
