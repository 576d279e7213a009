//! A step of the binding log (`PROTOCOL.md` section 12).
//!
//! This module reads and writes one step. Which steps may follow which, and who may sign them, is
//! the platform's to judge, from the log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wattkey_domain::{CustomerId, UserId};
use wattkey_pki::{Certificate, Digest, PublicKey, SignError, Signer, jws};

use crate::{
    json::{DocumentError, check_text, read},
    names::MAX_JWS,
    time,
};

/// `typ` of a step.
pub const TYPE: &str = "wattkey-binding+jws";
/// Longest serial number of a USB key (`CK_TOKEN_INFO.serialNumber` is 16; vendors' own differ).
pub const MAX_SERIAL: usize = 64;

/// One step. On the wire `action` says which of the two it is; each has members of its own, so
/// each is a type of its own and an unknown member is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A USB key is bound to its holder.
    Bind(Bind),
    /// A USB key is unbound for good.
    Unbind(Unbind),
}

/// A USB key is bound to its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// Number of the step, from 1.
    pub sequence: u64,
    /// Digest of the step before.
    pub previous: Digest,
    /// The payment service.
    pub audience: String,
    action: BindAction,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// To whom.
    pub holder: Holder,
    /// The USB key with its certificates.
    pub key: BoundKey,
}

/// A USB key is unbound for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unbind {
    /// Number of the step, from 1.
    pub sequence: u64,
    /// Digest of the step before.
    pub previous: Digest,
    /// The payment service.
    pub audience: String,
    action: UnbindAction,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// Serial number of the USB key.
    pub serial: String,
    /// Thumbprint of its authentication certificate.
    pub authentication: Digest,
    /// Why.
    pub reason: UnbindReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum BindAction {
    #[serde(rename = "bind")]
    Bind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum UnbindAction {
    #[serde(rename = "unbind")]
    Unbind,
}

/// Why a USB key is unbound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnbindReason {
    /// Lost or stolen.
    Lost,
    /// Another key took its place.
    Replaced,
    /// The holder left.
    Left,
    /// Somebody else may have used it.
    Compromised,
}

/// Whom a USB key belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// User or manager.
    pub kind: HolderKind,
    /// The person.
    pub id: UserId,
    /// The customer of a user; absent for a manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The person's name.
    pub name: String,
}

/// What a holder may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HolderKind {
    /// Acts for a customer.
    User,
    /// Works at the issuing desk.
    Manager,
}

/// A USB key with its two certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundKey {
    /// Serial number of the USB key.
    pub serial: String,
    /// Authentication certificate.
    #[serde(with = "certificate")]
    pub authentication: Certificate,
    /// Signature certificate.
    #[serde(with = "certificate")]
    pub signature: Certificate,
}

/// A step as it is kept and travels: a compact JWS whose signer is not verified yet.
#[derive(Debug, Clone)]
pub struct SignedStep {
    jws: jws::Compact,
    step: Step,
}

/// Why bytes are not a step of the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Not a compact JWS of this type.
    #[error("the step is not a JWS of this protocol: {0}")]
    Jws(String),
    /// The document breaks section 12.
    #[error("the step is malformed: {0}")]
    Document(#[from] DocumentError),
}

/// What every step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the step, from 1.
    pub sequence: u64,
    /// Digest of the step before.
    pub previous: Digest,
    /// When.
    pub at: Timestamp,
}

impl Place {
    /// Place of the first step at a time.
    #[must_use]
    pub fn first(at: Timestamp) -> Self {
        Self {
            sequence: 1,
            previous: Digest::of(b""),
            at,
        }
    }
}

impl Step {
    /// A step that binds a key.
    #[must_use]
    pub fn bind(place: Place, audience: &str, holder: Holder, key: BoundKey) -> Self {
        let Place {
            sequence,
            previous,
            at,
        } = place;
        let audience = audience.to_owned();
        Self::Bind(Bind {
            sequence,
            previous,
            audience,
            action: BindAction::Bind,
            at,
            holder,
            key,
        })
    }

    /// A step that unbinds a key.
    #[must_use]
    pub fn unbind(
        place: Place,
        audience: &str,
        serial: &str,
        authentication: Digest,
        reason: UnbindReason,
    ) -> Self {
        let Place {
            sequence,
            previous,
            at,
        } = place;
        let (audience, serial) = (audience.to_owned(), serial.to_owned());
        let action = UnbindAction::Unbind;
        Self::Unbind(Unbind {
            sequence,
            previous,
            audience,
            action,
            at,
            serial,
            authentication,
            reason,
        })
    }

    /// Where in the log it belongs.
    #[must_use]
    pub fn place(&self) -> Place {
        let (sequence, previous, at) = match self {
            Self::Bind(s) => (s.sequence, s.previous, s.at),
            Self::Unbind(s) => (s.sequence, s.previous, s.at),
        };
        Place {
            sequence,
            previous,
            at,
        }
    }

    /// The payment service that it is for.
    #[must_use]
    pub fn audience(&self) -> &str {
        match self {
            Self::Bind(s) => &s.audience,
            Self::Unbind(s) => &s.audience,
        }
    }

    /// Signs with the key of `certificate` (a manager's signature key, or the issuing CA's).
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, signer: &dyn Signer, certificate: Digest) -> Result<SignedStep, SignError> {
        let bytes = match self {
            Self::Bind(step) => serde_json::to_vec(step),
            Self::Unbind(step) => serde_json::to_vec(step),
        }
        .expect("a step is JSON");
        let text = jws::sign_compact(signer, TYPE, certificate, &bytes)?;
        Ok(SignedStep::parse(&text).expect("what was just signed is a step"))
    }

    fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        #[derive(Deserialize)]
        struct Which {
            action: String,
        }
        let step = match read::<Which>(bytes)?.action.as_str() {
            "bind" => Self::Bind(read(bytes)?),
            "unbind" => Self::Unbind(read(bytes)?),
            _ => return Err(DocumentError::new("the action is not bind or unbind")),
        };
        step.check()?;
        Ok(step)
    }

    fn check(&self) -> Result<(), DocumentError> {
        match self {
            Self::Bind(step) => {
                check_text("holder.name", &step.holder.name, 140)?;
                check_text("key.serial", &step.key.serial, MAX_SERIAL)?;
                let user = step.holder.kind == HolderKind::User;
                if user == step.holder.customer.is_some() {
                    return Ok(());
                }
                Err(DocumentError::new(
                    "a user has a customer, a manager has none",
                ))
            }
            Self::Unbind(step) => check_text("serial", &step.serial, MAX_SERIAL),
        }
    }
}

impl SignedStep {
    /// Reads the compact JWS and checks the document in it.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn parse(text: &str) -> Result<Self, StepError> {
        let jws =
            jws::Compact::parse(text, TYPE, MAX_JWS).map_err(|e| StepError::Jws(e.to_string()))?;
        let step = Step::parse(jws.payload_unverified())?;
        Ok(Self { jws, step })
    }

    /// The document; say nothing of its signer before [`SignedStep::signed_by`].
    #[must_use]
    pub fn step(&self) -> &Step {
        &self.step
    }

    /// Thumbprint of the certificate that the signer names.
    #[must_use]
    pub fn certificate(&self) -> Digest {
        self.jws.certificate()
    }

    /// The compact JWS.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.jws.as_str()
    }

    /// Digest of the whole compact JWS, which the next step names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.jws.as_str().as_bytes())
    }

    /// Whether the key of that certificate signed.
    #[must_use]
    pub fn signed_by(&self, certificate: Digest, key: &PublicKey) -> bool {
        self.certificate() == certificate && self.jws.verify(key).is_ok()
    }
}

mod certificate {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
    use wattkey_pki::Certificate;

    pub(super) fn serialize<S: Serializer>(c: &Certificate, to: S) -> Result<S::Ok, S::Error> {
        Base64UrlUnpadded::encode_string(c.der()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Certificate, D::Error> {
        let text = String::deserialize(from)?;
        let der = Base64UrlUnpadded::decode_vec(&text)
            .map_err(|_| D::Error::custom("a certificate is not base64url"))?;
        Certificate::from_der(&der).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use wattkey_pki::MemorySigner;

    use super::*;

    fn unbind() -> Step {
        let place = Place::first("2026-11-22T08:00:00Z".parse().unwrap());
        Step::unbind(
            place,
            "https://pay.example",
            "1234",
            Digest::of(b"c"),
            UnbindReason::Lost,
        )
    }

    #[test]
    fn a_step_is_read_as_it_was_signed() {
        let key = MemorySigner::generate();
        let signed = unbind().sign(&key, Digest::of(b"m")).unwrap();
        let read = SignedStep::parse(signed.as_str()).unwrap();
        assert_eq!(read.step(), &unbind());
        assert!(read.signed_by(Digest::of(b"m"), key.public_key()));
        assert!(
            !read.signed_by(Digest::of(b"x"), key.public_key()),
            "another certificate"
        );
        assert!(!read.signed_by(Digest::of(b"m"), MemorySigner::generate().public_key()));
    }

    #[test]
    fn members_of_the_other_action_are_refused() {
        let Step::Unbind(step) = unbind() else {
            panic!("an unbind step")
        };
        let good = serde_json::to_string(&step).unwrap();
        assert_eq!(Step::parse(good.as_bytes()), Ok(unbind()));
        for (from, to) in [
            (r#""serial""#, r#""holder":{},"serial""#),
            (r#""reason":"lost""#, r#""reason":"lost","reason":"left""#),
            (r#""unbind""#, r#""bind""#),
            (r#""unbind""#, r#""rebind""#),
            (r#""serial":"1234""#, r#""serial":"""#),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(Step::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
