use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::certificate::without_leading_zeros;
use crate::{
    AnchorError, Certificate, CertificateError, ChainError, Crl, CrlError, MAX_CERTIFICATE,
    MAX_CRL, Role, TrustAnchor,
};

/// A CA and the file of its CRL, read again whenever the file changes.
///
/// Each check asks the file system whether the file is still the one that was
/// read. When it cannot be read, or is not the CA's, everything is refused:
/// a CRL that somebody removed must not bring revoked keys back.
#[derive(Debug)]
pub struct Trust {
    crl_path: Option<PathBuf>,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    anchor: TrustAnchor,
    stamp: Option<Stamp>,
}

/// What tells one version of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

/// CA certificate or CRL cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The CA file does not hold one certificate.
    #[error("{} does not hold one certificate", path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
    /// The certificate is not a CA's.
    #[error("{} does not hold a CA certificate", path.display())]
    Anchor {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: AnchorError,
    },
    /// The CRL is not this CA's.
    #[error("{} does not hold a CRL of this CA", path.display())]
    Crl {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: CrlError,
    },
    /// An older CRL was put in the place of a newer one: it might bring revoked keys back.
    #[error("{} is older than the CRL that was there before", path.display())]
    Older {
        /// Which file.
        path: PathBuf,
    },
}

impl Trust {
    /// Loads the CA's certificate (PEM) and its CRL (PEM or DER).
    pub fn load(ca_pem: &Path, crl: Option<&Path>) -> Result<Arc<Self>, TrustError> {
        let (bytes, _) = read(ca_pem, MAX_CERTIFICATE * 2)?;
        let certificate =
            Certificate::from_pem(&String::from_utf8_lossy(&bytes)).map_err(|source| {
                TrustError::Certificate {
                    path: ca_pem.to_owned(),
                    source,
                }
            })?;
        let anchor = TrustAnchor::new(certificate).map_err(|source| TrustError::Anchor {
            path: ca_pem.to_owned(),
            source,
        })?;
        let state = match crl {
            None => State {
                anchor,
                stamp: None,
            },
            Some(path) => State::with_crl_file(anchor, path)?,
        };
        Ok(Arc::new(Self {
            crl_path: crl.map(Path::to_owned),
            state: RwLock::new(state),
        }))
    }

    /// A CA whose CRL, if any, does not change.
    #[must_use]
    pub fn fixed(anchor: TrustAnchor) -> Arc<Self> {
        Arc::new(Self {
            crl_path: None,
            state: RwLock::new(State {
                anchor,
                stamp: None,
            }),
        })
    }

    /// [`TrustAnchor::verify`] with the CRL as it is now.
    pub fn verify(
        &self,
        certificate: &Certificate,
        role: Role,
        at: Timestamp,
    ) -> Result<(), ChainError> {
        self.anchor()
            .map_err(|error| ChainError::Invalid(one_line(&error)))?
            .verify(certificate, role, at)
    }

    /// The CA's certificate.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        self.read_state().anchor.certificate().clone()
    }

    /// The CA with its CRL as it is now.
    pub fn anchor(&self) -> Result<TrustAnchor, TrustError> {
        let Some(path) = &self.crl_path else {
            return Ok(self.read_state().anchor.clone());
        };
        let stamp = Stamp::of(&std::fs::metadata(path).map_err(read_error(path))?);
        {
            let state = self.read_state();
            if state.stamp == Some(stamp) {
                return Ok(state.anchor.clone());
            }
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = State::with_crl_file(state.anchor.clone(), path)?;
        Ok(state.anchor.clone())
    }

    fn read_state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        // A state is replaced whole, so that one who panicked left none half
        // written.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn with_crl_file(anchor: TrustAnchor, path: &Path) -> Result<Self, TrustError> {
        let (bytes, stamp) = read(path, MAX_CRL)?;
        let before = number(&anchor);
        let anchor = anchor.with_crl(&bytes).map_err(|source| TrustError::Crl {
            path: path.to_owned(),
            source,
        })?;
        if number(&anchor) < before {
            return Err(TrustError::Older {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            anchor,
            stamp: Some(stamp),
        })
    }
}

/// CRL number (RFC 5280 §5.2.3) in a form that compares: big endian without leading zeros.
fn number(anchor: &TrustAnchor) -> (usize, Vec<u8>) {
    let bytes = anchor.crl().map_or(&[][..], Crl::number);
    let bytes = without_leading_zeros(bytes);
    (bytes.len(), bytes.to_vec())
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// The bytes and the stamp of the very file that they are from; one byte over
/// the limit, so that too long is seen as such.
fn read(path: &Path, limit: usize) -> Result<(Vec<u8>, Stamp), TrustError> {
    let file = File::open(path).map_err(read_error(path))?;
    let stamp = Stamp::of(&file.metadata().map_err(read_error(path))?);
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(read_error(path))?;
    Ok((bytes, stamp))
}

fn read_error(path: &Path) -> impl FnOnce(io::Error) -> TrustError {
    move |source| TrustError::Read {
        path: path.to_owned(),
        source,
    }
}

fn one_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line.push_str(": ");
        line.push_str(&error.to_string());
        source = error.source();
    }
    line
}
