//! The head of the binding log, kept outside the database (PROTOCOL.md, section 12), and in the
//! same form the last checkpoint of the journal (section 13).
//!
//! Somebody who can write to the database could cut the last steps off, and with them the news
//! that a key was lost. The head in the state folder, signed with the receipt key, remembers them.
//! The receipt key's certificate lies beside it, under its thumbprint, so that the head can be
//! verified without the card and outlives the key's renewal.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wattkey_pki::jws::{self, JwsError};
use wattkey_pki::{
    BadSignature, Certificate, CertificateError, ChainError, Digest, Role, SignError, Signer,
    TrustAnchor,
};

use super::state::Head;

/// Longest head that is read.
const MAX_LEN: usize = 2048;

/// The file of a head.
#[derive(Debug, Clone)]
pub struct HeadFile {
    folder: PathBuf,
    service_ca: TrustAnchor,
    of: Of,
}

/// What a head is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    BindingLog,
    Checkpoints,
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Self::BindingLog => "binding-head.jws",
            Self::Checkpoints => "checkpoint.jws",
        }
    }

    /// `typ` of the JWS.
    fn kind(self) -> &'static str {
        match self {
            Self::BindingLog => "wattkey-binding-head+jws",
            Self::Checkpoints => "wattkey-checkpoint+jws",
        }
    }
}

/// The platform's receipt key with its certificate.
#[derive(Debug, Clone)]
pub struct ReceiptKey {
    /// The key, in the card.
    pub signer: Arc<dyn Signer>,
    /// Its certificate.
    pub certificate: Certificate,
}

/// A head that was kept, and the certificate of the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The head.
    pub head: Head,
    /// Thumbprint of the signer's certificate.
    pub signer: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    sequence: u64,
    digest: Digest,
}

/// Why the head cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// The file system refused.
    #[error("cannot use {}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the kept head is not a signed head")]
    Jws(#[from] JwsError),
    /// The certificate beside the head cannot be read.
    #[error("the certificate of the kept head cannot be read")]
    Certificate(#[from] CertificateError),
    /// The certificate is not that of a platform's receipt key.
    #[error("the certificate of the kept head is not good for it")]
    Chain(#[from] ChainError),
    /// The key of that certificate did not sign it.
    #[error("the kept head was not signed by the platform's receipt key")]
    Signature(#[from] BadSignature),
    /// The signed payload is not a head.
    #[error("the kept head has another payload")]
    Payload(#[source] serde_json::Error),
    /// The receipt key did not sign.
    #[error("the receipt key did not sign the head")]
    Sign(#[from] SignError),
}

impl HeadFile {
    /// The head in `folder`, signed by a platform of this service CA.
    #[must_use]
    pub fn new(folder: &Path, service_ca: TrustAnchor) -> Self {
        Self {
            folder: folder.to_owned(),
            service_ca,
            of: Of::BindingLog,
        }
    }

    /// The last checkpoint in `folder`, signed by a platform of this service CA.
    #[must_use]
    pub fn of_checkpoints(folder: &Path, service_ca: TrustAnchor) -> Self {
        Self {
            of: Of::Checkpoints,
            ..Self::new(folder, service_ca)
        }
    }

    /// Reads and verifies the head; `None` when none was ever written.
    ///
    /// # Errors
    /// See [`HeadError`]: a file that does not verify is not the same as no file.
    pub fn read(&self) -> Result<Option<Kept>, HeadError> {
        let path = self.folder.join(self.of.name());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(HeadError::File { path, source }),
        };
        self.verify(text.trim_end()).map(Some)
    }

    /// Verifies a signed head by the certificates that lie in the folder.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub fn verify(&self, text: &str) -> Result<Kept, HeadError> {
        let compact = jws::Compact::parse(text, self.of.kind(), MAX_LEN)?;
        let signer = compact.certificate();
        let certificate = self.certificate(signer)?;
        let payload = compact.verify(certificate.public_key())?;
        let payload: Payload = serde_json::from_slice(payload).map_err(HeadError::Payload)?;
        let head = Head {
            sequence: payload.sequence,
            digest: payload.digest,
        };
        Ok(Kept { head, signer })
    }

    /// Signs and replaces the head: after a crash there is the old one or the new one.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub fn write(&self, head: Head, key: &ReceiptKey) -> Result<(), HeadError> {
        let text = self.sign(head, key)?;
        self.keep(&text, key)
    }

    /// Signs a head.
    ///
    /// # Errors
    /// [`HeadError::Sign`].
    pub fn sign(&self, head: Head, key: &ReceiptKey) -> Result<String, HeadError> {
        let thumbprint = key.certificate.thumbprint();
        let payload = Payload {
            sequence: head.sequence,
            digest: head.digest,
        };
        let payload = serde_json::to_vec(&payload).expect("a number and a text are JSON");
        let kind = self.of.kind();
        Ok(jws::sign_compact(&*key.signer, kind, thumbprint, &payload)?)
    }

    /// Replaces the kept head by one that `key` signed, and keeps its certificate.
    ///
    /// # Errors
    /// [`HeadError::File`].
    pub fn keep(&self, text: &str, key: &ReceiptKey) -> Result<(), HeadError> {
        let certificate = self.certificate_path(key.certificate.thumbprint());
        if !certificate.exists() {
            self.replace(&certificate, key.certificate.pem().as_bytes())?;
        }
        self.replace(&self.folder.join(self.of.name()), text.as_bytes())
    }

    /// The certificate with that thumbprint, for a receipt key at whatever time.
    fn certificate(&self, thumbprint: Digest) -> Result<Certificate, HeadError> {
        let path = self.certificate_path(thumbprint);
        let pem = fs::read_to_string(&path).map_err(|source| HeadError::File { path, source })?;
        let certificate = Certificate::from_pem(&pem)?;
        if certificate.thumbprint() != thumbprint {
            return Err(BadSignature.into());
        }
        let issued = certificate.not_before();
        self.service_ca
            .verify(&certificate, Role::PlatformReceipt, issued)?;
        Ok(certificate)
    }

    fn certificate_path(&self, thumbprint: Digest) -> PathBuf {
        self.folder.join(format!("receipt-{thumbprint}.pem"))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), HeadError> {
        let new = self.folder.join(format!("{}.new", self.of.name()));
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| HeadError::File { path, source }
        };
        write_durably(&new, bytes).map_err(at(&new))?;
        fs::rename(&new, path).map_err(at(path))?;
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(at(&self.folder))
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Pki;

    #[test]
    fn a_head_is_read_back_and_a_foreign_or_changed_one_is_refused() {
        let pki = Pki::new();
        let folder = tempfile::tempdir().unwrap();
        let key = pki.receipt_key();
        let file = HeadFile::new(folder.path(), pki.services.anchor());
        assert_eq!(file.read().unwrap(), None);
        let head = Head {
            sequence: 7,
            digest: Digest::of(b"step 7"),
        };
        file.write(head, &key).unwrap();
        let kept = Kept {
            head,
            signer: key.certificate.thumbprint(),
        };
        assert_eq!(file.read().unwrap(), Some(kept));

        // Another key under this certificate.
        let stranger = ReceiptKey {
            signer: pki.receipt_key().signer,
            ..key
        };
        file.write(Head::none(), &stranger).unwrap();
        assert!(matches!(file.read(), Err(HeadError::Signature(_))));
        // Another service's platform, and another sort of server.
        file.write(Head::none(), &Pki::new().receipt_key()).unwrap();
        assert!(matches!(
            file.read(),
            Err(HeadError::Chain(ChainError::Foreign))
        ));
        let (certificate, signer) = pki.service(Role::GatewayReceipt);
        file.write(
            Head::none(),
            &ReceiptKey {
                signer,
                certificate,
            },
        )
        .unwrap();
        assert!(matches!(
            file.read(),
            Err(HeadError::Chain(ChainError::WrongRole { .. }))
        ));

        fs::write(folder.path().join(file.of.name()), "a.b.c").unwrap();
        assert!(matches!(file.read(), Err(HeadError::Jws(_))));
    }

    #[test]
    fn a_head_outlives_the_key_that_signed_it() {
        let pki = Pki::new();
        let folder = tempfile::tempdir().unwrap();
        let file = HeadFile::new(folder.path(), pki.services.anchor());
        let (old, new) = (pki.receipt_key(), pki.receipt_key());
        file.write(Head::none(), &old).unwrap();
        assert_eq!(
            file.read().unwrap().unwrap().signer,
            old.certificate.thumbprint()
        );
        file.write(Head::none(), &new).unwrap();
        assert_eq!(
            file.read().unwrap().unwrap().signer,
            new.certificate.thumbprint()
        );
    }
}
