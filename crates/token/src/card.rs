//! An encryption card: a server's token, logged in as long as the server runs.

mod session;
mod signer;

use std::fmt;
use std::sync::Arc;

use wattkey_pki::{Certificate, Digest, PublicKey, Signature, Signer};
use zeroize::Zeroizing;

use crate::module::unexpected;
use crate::wire::{Answer, CardOperation, Secret};
use crate::{KeyUse, Module, Pin, TokenError, TokenInfo};
use session::{Again, Sessions};
use signer::CardSigner;

/// A card with its user logged in. Calls from many threads share a bounded pool of sessions.
///
/// The card logs in again by itself when it was pulled out and put back, and when the module was started anew: a
/// server works on without anybody at its keyboard. For that this value keeps the PIN, in memory that is wiped at its
/// end. It shows the PIN again only to the card that took it before, only while no wrong PIN was shown to that card
/// since, and never again once the card has refused it.
pub struct Card {
    info: TokenInfo,
    sessions: Sessions,
}

impl Card {
    /// Logs in to the one token with this label.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenMissing`], [`TokenError::TokenAmbiguous`], the PIN errors, and failures of the module.
    pub fn open(
        module: &Arc<Module>,
        token_label: &str,
        pin: &Pin,
    ) -> Result<Arc<Self>, TokenError> {
        let (info, sessions) = Sessions::open(module, token_label, pin)?;
        Ok(Arc::new(Self { info, sessions }))
    }

    /// What the card said of itself when it was opened.
    #[must_use]
    pub fn info(&self) -> &TokenInfo {
        &self.info
    }

    /// A signer with the key of this `CKA_ID`.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyMissing`] when there is no such key, and failures of the module.
    pub fn signer(self: &Arc<Self>, id: &[u8]) -> Result<Arc<dyn Signer>, TokenError> {
        let private = self.key_ids()?.iter().any(|known| known == id);
        if !private {
            return Err(TokenError::KeyMissing { id: id.to_vec() });
        }
        let public_key = self.public_key(id)?;
        Ok(Arc::new(CardSigner::new(Arc::clone(self), id, public_key)))
    }

    /// The public key of this `CKA_ID`.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyMissing`] when there is none, and failures of the module.
    pub fn public_key(&self, id: &[u8]) -> Result<PublicKey, TokenError> {
        let operation = || CardOperation::PublicKey { id: id.to_vec() };
        self.point(Again::Yes, operation)
    }

    /// The certificate of this `CKA_ID`, if there is one.
    ///
    /// # Errors
    ///
    /// [`TokenError::Certificate`] when it cannot be read, and failures of the module.
    pub fn certificate(&self, id: &[u8]) -> Result<Option<Certificate>, TokenError> {
        let operation = || CardOperation::Certificate { id: id.to_vec() };
        let (answer, child) = self.sessions.call(Again::Yes, operation)?;
        let Answer::Certificate(der) = answer else {
            return Err(unexpected(&child));
        };
        der.map(|der| Certificate::from_der(&der))
            .transpose()
            .map_err(|_| unexpected(&child))
    }

    /// The `CKA_ID`s of the card's private keys.
    ///
    /// # Errors
    ///
    /// Failures of the module.
    pub fn key_ids(&self) -> Result<Vec<Vec<u8>>, TokenError> {
        match self.sessions.call(Again::Yes, || CardOperation::KeyIds)? {
            (Answer::KeyIds(ids), _) => Ok(ids),
            (_, child) => Err(unexpected(&child)),
        }
    }

    /// The x coordinate of the product of a private key and `peer`, an uncompressed point (SEC 1 §2.3.3).
    ///
    /// # Errors
    ///
    /// [`TokenError::Point`] when `peer` is not on the curve (the card is not asked then),
    /// [`TokenError::KeyMissing`], and failures of the module.
    pub fn ecdh(&self, id: &[u8], peer: &[u8; 65]) -> Result<Zeroizing<[u8; 32]>, TokenError> {
        let operation = || CardOperation::Derive {
            id: id.to_vec(),
            peer: peer.to_vec(),
        };
        match self.sessions.call(Again::Yes, operation)? {
            (Answer::Secret(Secret(secret)), _) => Ok(secret),
            (_, child) => Err(unexpected(&child)),
        }
    }

    /// Makes a key pair on the card, whose private half cannot leave it.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyExists`] when the `CKA_ID` is taken, and failures of the module.
    pub fn generate(
        &self,
        id: &[u8],
        key_use: KeyUse,
        label: &str,
    ) -> Result<PublicKey, TokenError> {
        let operation = || CardOperation::Generate {
            id: id.to_vec(),
            key_use,
            label: label.to_owned(),
        };
        self.point(Again::No, operation)
    }

    /// Destroys the key pair of this `CKA_ID`, and its certificate if it has one.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyMissing`] when there is no such key, and failures of the module.
    pub fn destroy(&self, id: &[u8]) -> Result<(), TokenError> {
        self.done(|| CardOperation::Destroy { id: id.to_vec() })
    }

    /// Writes a certificate in place of the one of this `CKA_ID`.
    ///
    /// # Errors
    ///
    /// Failures of the module.
    pub fn write_certificate(
        &self,
        id: &[u8],
        label: &str,
        certificate: &Certificate,
    ) -> Result<(), TokenError> {
        self.done(|| CardOperation::WriteCertificate {
            id: id.to_vec(),
            label: label.to_owned(),
            certificate: certificate.der().to_vec(),
        })
    }

    /// Puts a private key on the card that was made elsewhere: for the test vectors of RFCs, which fix keys.
    ///
    /// A key in service is made by [`generate`](Self::generate), so that no copy of it ever existed.
    ///
    /// # Errors
    ///
    /// [`TokenError::KeyExists`] when the `CKA_ID` is taken, [`TokenError::Module`] when the card takes no keys.
    pub fn import_private_key(
        &self,
        id: &[u8],
        key_use: KeyUse,
        label: &str,
        scalar: &Zeroizing<[u8; 32]>,
        public_key: &PublicKey,
    ) -> Result<(), TokenError> {
        self.done(|| CardOperation::Import {
            id: id.to_vec(),
            key_use,
            label: label.to_owned(),
            scalar: Secret(scalar.clone()),
            public_key: public_key.as_uncompressed().to_vec(),
        })
    }

    fn sign(&self, id: &[u8], message: &[u8]) -> Result<Signature, TokenError> {
        let digest = Digest::of(message);
        let operation = || CardOperation::Sign {
            id: id.to_vec(),
            digest: *digest.as_bytes(),
        };
        let (answer, child) = self.sessions.call(Again::Yes, operation)?;
        match answer {
            Answer::Signature(raw) => Signature::from_raw(&raw).map_err(|_| unexpected(&child)),
            _ => Err(unexpected(&child)),
        }
    }

    fn point(
        &self,
        again: Again,
        operation: impl Fn() -> CardOperation,
    ) -> Result<PublicKey, TokenError> {
        let (answer, child) = self.sessions.call(again, operation)?;
        match answer {
            Answer::PublicKey(point) => {
                PublicKey::from_uncompressed(&point).map_err(|_| unexpected(&child))
            }
            _ => Err(unexpected(&child)),
        }
    }

    fn done(&self, operation: impl Fn() -> CardOperation) -> Result<(), TokenError> {
        match self.sessions.call(Again::No, operation)? {
            (Answer::Done, _) => Ok(()),
            (_, child) => Err(unexpected(&child)),
        }
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("label", &self.info.label)
            .finish_non_exhaustive()
    }
}
