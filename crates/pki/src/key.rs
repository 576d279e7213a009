use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::{Deserialize, Serialize};

use crate::{BadSignature, Digest, Signature, b64u};

/// A public key: a point on P-256.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 65]);

/// What was given is not a public key on P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 65 octets that begin with 04 (SEC 1 §2.3.3).
    #[error("not an uncompressed point")]
    Encoding,
    /// The coordinates are not on P-256.
    #[error("the point is not on P-256")]
    Point,
    /// A SubjectPublicKeyInfo of another algorithm, or malformed.
    #[error("not a public key on P-256")]
    Algorithm,
    /// A JWK of another type, or malformed.
    #[error("not a JWK of kty EC, crv P-256")]
    Jwk,
}

/// A public key as JWK (RFC 7517, RFC 7518 §6.2). No other member is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// x coordinate, 32 octets in base64url.
    pub x: String,
    /// y coordinate, 32 octets in base64url.
    pub y: String,
}

const UNCOMPRESSED: u8 = 0x04;

/// DER of a SubjectPublicKeyInfo up to the point: id-ecPublicKey, prime256v1,
/// BIT STRING of 65 octets (RFC 5480 §2).
const SPKI_HEADER: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl PublicKey {
    /// From an uncompressed point, which must lie on the curve.
    pub fn from_uncompressed(point: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; 65] = point.try_into().map_err(|_| KeyError::Encoding)?;
        if point[0] != UNCOMPRESSED {
            return Err(KeyError::Encoding);
        }
        let algorithm: &'static dyn VerificationAlgorithm = &ECDSA_P256_SHA256_FIXED;
        ParsedPublicKey::new(algorithm, point).map_err(|_| KeyError::Point)?;
        Ok(Self(point))
    }

    /// 04 ‖ x ‖ y.
    #[must_use]
    pub const fn as_uncompressed(&self) -> &[u8; 65] {
        &self.0
    }

    /// From the DER of a SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let point = der.strip_prefix(&SPKI_HEADER).ok_or(KeyError::Algorithm)?;
        Self::from_uncompressed(point)
    }

    /// The DER of its SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        [SPKI_HEADER.as_slice(), &self.0].concat()
    }

    /// Is `signature` this key's over `message` (with SHA-256)?
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.0.as_slice())
            .verify(message, signature.raw())
            .map_err(|_| BadSignature)
    }

    /// As JWK.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: b64u::encode(&self.0[1..33]),
            y: b64u::encode(&self.0[33..]),
        }
    }

    /// From a JWK.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(KeyError::Jwk);
        }
        let coordinate = |text: &str| -> Result<Vec<u8>, KeyError> {
            b64u::decode(text)
                .filter(|octets| octets.len() == 32)
                .ok_or(KeyError::Jwk)
        };
        let (x, y) = (coordinate(&jwk.x)?, coordinate(&jwk.y)?);
        Self::from_uncompressed(&[&[UNCOMPRESSED], x.as_slice(), &y].concat())
    }

    /// RFC 7638: the digest of the JWK's required members in their order.
    #[must_use]
    pub fn jwk_thumbprint(&self) -> Digest {
        let Jwk { kty, crv, x, y } = self.jwk();
        Digest::of(format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#).as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.jwk_thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemorySigner, Signer};

    #[test]
    fn every_form_leads_back_to_the_key() {
        let key = MemorySigner::generate().public_key().clone();
        assert_eq!(PublicKey::from_spki(&key.spki()), Ok(key.clone()));
        assert_eq!(PublicKey::from_jwk(&key.jwk()), Ok(key.clone()));
        assert_eq!(PublicKey::from_uncompressed(key.as_uncompressed()), Ok(key));
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let mut point = *MemorySigner::generate().public_key().as_uncompressed();
        point[64] ^= 1;
        assert_eq!(PublicKey::from_uncompressed(&point), Err(KeyError::Point));
        point[64] ^= 1;
        point[0] = 0x06;
        assert_eq!(
            PublicKey::from_uncompressed(&point),
            Err(KeyError::Encoding)
        );
        assert_eq!(
            PublicKey::from_uncompressed(&point[..33]),
            Err(KeyError::Encoding)
        );
        let mut zero = [0; 65];
        zero[0] = UNCOMPRESSED;
        assert_eq!(PublicKey::from_uncompressed(&zero), Err(KeyError::Point));
    }

    #[test]
    fn other_jwks_are_refused() {
        let jwk = MemorySigner::generate().public_key().jwk();
        let other = |change: fn(&mut Jwk)| {
            let mut jwk = jwk.clone();
            change(&mut jwk);
            PublicKey::from_jwk(&jwk)
        };
        assert_eq!(other(|jwk| jwk.kty = "RSA".into()), Err(KeyError::Jwk));
        assert_eq!(other(|jwk| jwk.crv = "P-384".into()), Err(KeyError::Jwk));
        assert_eq!(other(|jwk| jwk.x.push_str("AA")), Err(KeyError::Jwk));
        assert_eq!(other(|jwk| jwk.y.clear()), Err(KeyError::Jwk));
        let json = serde_json::to_string(&jwk).unwrap();
        let private = json.replace('}', r#","d":"AA"}"#);
        assert!(serde_json::from_str::<Jwk>(&private).is_err());
    }

    /// The key of RFC 7515 appendix A.3; thumbprint computed with another
    /// implementation (Python, hashlib).
    #[test]
    fn thumbprint_is_the_standards() {
        let jwk = Jwk {
            kty: "EC".into(),
            crv: "P-256".into(),
            x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".into(),
            y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".into(),
        };
        let key = PublicKey::from_jwk(&jwk).unwrap();
        assert_eq!(
            key.jwk_thumbprint().to_string(),
            "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
        );
    }
}
