use serde::{Deserialize, Serialize};

use super::{ALGORITHM, JwsError, check_algorithm_and_type, check_length};
use crate::{BadSignature, Digest, PublicKey, SignError, Signature, Signer, b64u};

/// A JWS in compact form (RFC 7515 §7.1) with exactly `alg`, `typ` and
/// `x5t#S256` in its header. Well formed, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compact {
    text: String,
    signed_length: usize,
    certificate: Digest,
    payload: Vec<u8>,
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    #[serde(rename = "x5t#S256")]
    certificate: Digest,
}

/// Signs `payload`; `certificate` is the thumbprint of the signer's
/// certificate.
pub fn sign_compact(
    signer: &dyn Signer,
    typ: &str,
    certificate: Digest,
    payload: &[u8],
) -> Result<String, SignError> {
    let header = Header {
        alg: ALGORITHM.to_owned(),
        typ: typ.to_owned(),
        certificate,
    };
    let header = serde_json::to_vec(&header).map_err(|error| SignError(Box::new(error)))?;
    let mut text = format!("{}.{}", b64u::encode(&header), b64u::encode(payload));
    let signature = signer.sign(text.as_bytes())?;
    text.push('.');
    text.push_str(&b64u::encode(signature.raw()));
    Ok(text)
}

impl Compact {
    /// Reads a document of type `typ` and of at most `max_len` bytes.
    pub fn parse(text: &str, typ: &str, max_len: usize) -> Result<Self, JwsError> {
        check_length(text.len(), max_len)?;
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Shape)?;
        let header = b64u::decode(header).ok_or(JwsError::Base64("header"))?;
        let header: Header = serde_json::from_slice(&header).map_err(JwsError::Header)?;
        check_algorithm_and_type(&header.alg, &header.typ, typ)?;
        let payload = b64u::decode(payload).ok_or(JwsError::Base64("payload"))?;
        let signature = b64u::decode(signature).ok_or(JwsError::Base64("signature"))?;
        Ok(Self {
            signed_length: signed.len(),
            certificate: header.certificate,
            payload,
            signature: Signature::from_raw(&signature).map_err(JwsError::Signature)?,
            text: text.to_owned(),
        })
    }

    /// `x5t#S256`: the thumbprint of the certificate that the signer names.
    #[must_use]
    pub fn certificate(&self) -> Digest {
        self.certificate
    }

    /// The payload before anybody verified it: to find out whose key to verify
    /// it with, and for nothing else.
    #[must_use]
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, when `key` signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<&[u8], BadSignature> {
        key.verify(&self.text.as_bytes()[..self.signed_length], &self.signature)?;
        Ok(&self.payload)
    }

    /// The whole document as it travels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Jwk, MemorySigner};

    const TYPE: &str = "test+jws";
    const LIMIT: usize = 4096;

    fn with_header(key: &MemorySigner, header: &str) -> String {
        let signed = format!(
            "{}.{}",
            b64u::encode(header.as_bytes()),
            b64u::encode(b"{}")
        );
        let signature = key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", b64u::encode(signature.raw()))
    }

    fn good_header() -> String {
        let digest = Digest::of(b"certificate");
        format!(r#"{{"alg":"ES256","typ":"{TYPE}","x5t#S256":"{digest}"}}"#)
    }

    #[test]
    fn what_was_signed_verifies_with_its_key_only() {
        let key = MemorySigner::generate();
        let digest = Digest::of(b"certificate");
        let text = sign_compact(&key, TYPE, digest, b"{\"a\":1}").unwrap();
        let compact = Compact::parse(&text, TYPE, LIMIT).unwrap();
        assert_eq!(compact.verify(key.public_key()), Ok(&b"{\"a\":1}"[..]));
        assert_eq!(compact.certificate(), digest);
        assert_eq!(compact.as_str(), text);
        let other = MemorySigner::generate();
        assert_eq!(compact.verify(other.public_key()), Err(BadSignature));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let key = MemorySigner::generate();
        let text = with_header(&key, &good_header());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let verified = Compact::parse(&changed, TYPE, LIMIT)
                .ok()
                .is_some_and(|compact| compact.verify(key.public_key()).is_ok());
            assert!(!verified, "character {at}");
        }
    }

    /// RFC 7515 appendix A.3, verified with the same parts that `parse` uses.
    /// Its header has neither `typ` nor certificate, so `parse` refuses it.
    #[test]
    fn example_of_the_standard_verifies() {
        let text = concat!(
            "eyJhbGciOiJFUzI1NiJ9",
            ".",
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
            "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            ".",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA",
            "pmWQxfKTUJqPP3-Kg6NU1Q"
        );
        let key = PublicKey::from_jwk(&Jwk {
            kty: "EC".into(),
            crv: "P-256".into(),
            x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".into(),
            y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".into(),
        })
        .unwrap();
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let compact = Compact {
            signed_length: signed.len(),
            certificate: Digest::of(b""),
            payload: b64u::decode(signed.split_once('.').unwrap().1).unwrap(),
            signature: Signature::from_raw(&b64u::decode(signature).unwrap()).unwrap(),
            text: text.to_owned(),
        };
        let payload = compact.verify(&key).unwrap();
        assert_eq!(
            payload,
            b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        );
        assert!(matches!(
            Compact::parse(text, TYPE, LIMIT),
            Err(JwsError::Header(_))
        ));
    }

    #[test]
    fn headers_with_anything_else_are_refused() {
        let key = MemorySigner::generate();
        let good = good_header();
        assert!(Compact::parse(&with_header(&key, &good), TYPE, LIMIT).is_ok());
        let more = [
            r#""crit":["b64"]"#,
            r#""jku":"https://evil.example/""#,
            r#""jwk":{"kty":"EC"}"#,
            r#""x5c":[]"#,
            r#""kid":"1""#,
            r#""alg":"ES256""#,
            r#""typ":"test+jws""#,
        ];
        for member in more {
            let header = good.replace('}', &format!(",{member}}}"));
            let result = Compact::parse(&with_header(&key, &header), TYPE, LIMIT);
            assert!(matches!(result, Err(JwsError::Header(_))), "{member}");
        }
        let digest = Digest::of(b"certificate");
        for header in [
            format!(r#"{{"typ":"{TYPE}","x5t#S256":"{digest}"}}"#),
            format!(r#"{{"alg":"ES256","x5t#S256":"{digest}"}}"#),
            format!(r#"{{"alg":"ES256","typ":"{TYPE}"}}"#),
            format!("{good}{good}"),
            "[]".to_owned(),
        ] {
            let result = Compact::parse(&with_header(&key, &header), TYPE, LIMIT);
            assert!(matches!(result, Err(JwsError::Header(_))), "{header}");
        }
    }

    #[test]
    fn other_algorithms_and_types_are_refused() {
        let key = MemorySigner::generate();
        let parse = |header: &str| Compact::parse(&with_header(&key, header), TYPE, LIMIT);
        let good = good_header();
        for alg in ["none", "HS256", "ES384", "es256"] {
            let header = good.replace("ES256", alg);
            assert!(matches!(parse(&header), Err(JwsError::Algorithm)), "{alg}");
        }
        let header = good.replace(TYPE, "order+jws");
        assert!(matches!(parse(&header), Err(JwsError::Type { .. })));
    }

    #[test]
    fn other_shapes_are_refused() {
        let key = MemorySigner::generate();
        let text = with_header(&key, &good_header());
        let parse = |text: &str| Compact::parse(text, TYPE, LIMIT);
        assert!(matches!(parse(""), Err(JwsError::Shape)));
        assert!(matches!(parse("a.b"), Err(JwsError::Shape)));
        assert!(parse(&format!("{text}.")).is_err());
        assert!(parse(&format!("{text}=")).is_err());
        assert!(parse(&format!("{text}\n")).is_err());
        let unsigned = &text[..=text.rfind('.').unwrap()];
        assert!(matches!(parse(unsigned), Err(JwsError::Signature(_))));
        assert!(matches!(
            Compact::parse(&text, TYPE, text.len() - 1),
            Err(JwsError::TooLong { .. })
        ));
        assert!(Compact::parse(&text, TYPE, text.len()).is_ok());
    }
}
