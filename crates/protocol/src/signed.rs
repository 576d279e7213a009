//! Documents that a user signs with the USB key: orders, decisions, standing instructions.
//!
//! The steps have an order that is a security property, so each is a type: a [`Draft`] is bytes
//! that can be shown and signed; a [`Signed`] is a JWS whose document is well formed, but whose
//! signer is not known yet; [`Signed::verify`] says who signed it.

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use wattkey_domain::{CustomerId, UserId};
use wattkey_pki::{Certificate, Digest, PublicKey, SignError, Signer, jws};

use crate::{
    json::{DocumentError, check_text, read},
    lines::Line,
    names::MAX_JWS,
    order::Named,
};

/// Longest time between `created` and `expires`.
pub const MAX_LIFETIME_S: i64 = 900;
/// How far `created` may be from the platform's clock.
pub const CREATED_WINDOW_S: i64 = 300;
/// Longest name or bank account number in a document, in characters.
pub const MAX_NAME: usize = 140;

/// A kind of signed document.
pub trait Document: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned {
    /// `typ` of its JWS.
    const TYPE: &'static str;

    /// What the document says of itself: bounds, sums, times in their order.
    ///
    /// # Errors
    /// When it breaks its section of `PROTOCOL.md`.
    fn check(&self) -> Result<(), DocumentError>;

    /// What the user is shown: every member.
    fn lines(&self) -> Vec<Line>;

    /// The payment service.
    fn audience(&self) -> &str;

    /// Who signs.
    fn user(&self) -> &Named<UserId>;

    /// The customer, where the document names one.
    fn customer(&self) -> Option<&Named<CustomerId>>;

    /// Id of what it is about: `idempotency-key` of the request that brings it.
    fn id(&self) -> String;

    /// When it was made.
    fn created(&self) -> Timestamp;

    /// When it can no longer be taken.
    fn expires(&self) -> Timestamp;
}

/// What all kinds of signed documents say under the same names; `$id` is the member that is the id of
/// what it is about.
macro_rules! members {
    (@all $id:ident) => {
        fn audience(&self) -> &str {
            &self.audience
        }

        fn user(&self) -> &$crate::order::Named<wattkey_domain::UserId> {
            &self.user
        }

        fn id(&self) -> String {
            self.$id.to_string()
        }

        fn created(&self) -> jiff::Timestamp {
            self.created
        }

        fn expires(&self) -> jiff::Timestamp {
            self.expires
        }
    };
    ($id:ident) => {
        $crate::signed::members!(@all $id);

        fn customer(&self) -> Option<&$crate::order::Named<wattkey_domain::CustomerId>> {
            None
        }
    };
    ($id:ident, $customer:ident) => {
        $crate::signed::members!(@all $id);

        fn customer(&self) -> Option<&$crate::order::Named<wattkey_domain::CustomerId>> {
            Some(&self.$customer)
        }
    };
}

pub(crate) use members;

/// What a signature is over: a document of one type that knows what is well formed. All that users
/// sign ([`Document`]) is; so is what managers make of what the bank said ([`crate::resolution`]).
pub trait Payload: Serialize + DeserializeOwned {
    /// `typ` of its JWS.
    const TYPE: &'static str;

    /// What the types alone do not say.
    ///
    /// # Errors
    /// When it breaks its section of `PROTOCOL.md`.
    fn check(&self) -> Result<(), DocumentError>;
}

impl<D: Document> Payload for D {
    const TYPE: &'static str = <D as Document>::TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        Document::check(self)
    }
}

/// A document that is not signed yet: the exact bytes that will be, and what they say.
#[derive(Debug, Clone)]
pub struct Draft<D> {
    bytes: Vec<u8>,
    document: D,
}

impl<D: Document> Draft<D> {
    /// Checks the document and fixes its bytes.
    ///
    /// # Errors
    /// When the document breaks its section.
    pub fn new(document: &D) -> Result<Self, DocumentError> {
        let bytes = serde_json::to_vec(document).expect("a document is JSON");
        // Read back, so that what is shown comes from the bytes and not from what made them.
        let document = parse(&bytes)?;
        Ok(Self { bytes, document })
    }

    /// What the user is shown, from the bytes that will be signed.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.document.lines()
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &D {
        &self.document
    }

    /// Digest of the bytes that will be signed.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// Signs with the signature key of `certificate`.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(self, signer: &dyn Signer, certificate: Digest) -> Result<Signed<D>, SignError> {
        let text = jws::sign_compact(signer, <D as Payload>::TYPE, certificate, &self.bytes)?;
        Ok(Signed::parse(&text).expect("what was just signed is a document of its kind"))
    }
}

/// A signed document that is well formed and whose signer is not verified yet.
#[derive(Debug, Clone)]
pub struct Signed<D> {
    jws: jws::Compact,
    document: D,
}

/// Why a signed document is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// Not a compact JWS of this type.
    #[error("it is not a JWS of this protocol: {0}")]
    Jws(String),
    /// The document breaks its section.
    #[error("the document is malformed: {0}")]
    Document(#[from] DocumentError),
}

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignFailure {
    /// The document breaks its section.
    #[error("the document is malformed: {0}")]
    Document(#[from] DocumentError),
    /// The key did not sign.
    #[error("the document could not be signed")]
    Sign(#[from] SignError),
}

/// The signature is not by the key of the certificate that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was not signed by this certificate's key")]
pub struct SignatureError;

impl<D: Payload> Signed<D> {
    /// Signs with the signature key of `certificate` what nobody is shown from its bytes; what a user
    /// signs is a [`Draft`] first.
    ///
    /// # Errors
    /// When the key does not sign, or the document breaks its section.
    pub fn sign(
        document: &D,
        signer: &dyn Signer,
        certificate: Digest,
    ) -> Result<Self, SignFailure> {
        document.check()?;
        let bytes = serde_json::to_vec(document).expect("a document is JSON");
        let text = jws::sign_compact(signer, D::TYPE, certificate, &bytes)?;
        Ok(Self::parse(&text).expect("what was just signed is a document of its kind"))
    }

    /// Reads the compact JWS and checks the document in it.
    ///
    /// # Errors
    /// [`SignedError`].
    pub fn parse(text: &str) -> Result<Self, SignedError> {
        let jws = jws::Compact::parse(text, D::TYPE, MAX_JWS)
            .map_err(|error| SignedError::Jws(error.to_string()))?;
        let document = parse(jws.payload_unverified())?;
        Ok(Self { jws, document })
    }

    /// The document; say nothing of its signer before [`Signed::verify`].
    #[must_use]
    pub fn document(&self) -> &D {
        &self.document
    }

    /// Digest of the document: SHA-256 over the signed payload.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.jws.payload_unverified())
    }

    /// Thumbprint of the certificate that the signer names.
    #[must_use]
    pub fn certificate(&self) -> Digest {
        self.jws.certificate()
    }

    /// The compact JWS, as it travels and is kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.jws.as_str()
    }

    /// Proves that the key of `certificate` signed. The certificate itself (chain, role, binding)
    /// is the caller's to check.
    ///
    /// # Errors
    /// When another certificate is named or the signature does not verify.
    pub fn verify(&self, certificate: &Certificate) -> Result<&D, SignatureError> {
        if self.signed_by(certificate.thumbprint(), certificate.public_key()) {
            return Ok(&self.document);
        }
        Err(SignatureError)
    }

    /// Whether the key of that certificate signed.
    #[must_use]
    pub fn signed_by(&self, certificate: Digest, key: &PublicKey) -> bool {
        self.certificate() == certificate && self.jws.verify(key).is_ok()
    }
}

pub(crate) fn parse<D: Payload>(bytes: &[u8]) -> Result<D, DocumentError> {
    let document: D = read(bytes)?;
    document.check()?;
    Ok(document)
}

/// Checks what all kinds have: names, and that `expires` is soon after `created`.
pub(crate) fn check_common<D: Document>(document: &D) -> Result<(), DocumentError> {
    check_text("user.name", &document.user().name, MAX_NAME)?;
    check_text("audience", document.audience(), MAX_NAME)?;
    let lifetime = document.expires().duration_since(document.created());
    if lifetime <= SignedDuration::ZERO || lifetime.as_secs() > MAX_LIFETIME_S {
        return Err(DocumentError::new(format!(
            "expires is not within {MAX_LIFETIME_S} seconds after created"
        )));
    }
    Ok(())
}
