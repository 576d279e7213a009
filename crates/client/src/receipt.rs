//! Receipts: verified before they are kept, and offline at any time after.

use std::path::{Path, PathBuf};

use wattkey_document::attachment::{self, AttachmentError};
use wattkey_domain::OrderId;
use wattkey_pki::{Certificate, TrustAnchor};
use wattkey_protocol::receipt::{self, MAX_LEN, Receipt, ReceiptCode, ReceiptError};

use crate::output_file::{self, Existing};

/// Largest file with a CA certificate that is read.
const MAX_PEM_BYTES: u64 = 64 * 1024;

/// Why a receipt is not believed or not kept.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptFileError {
    /// A file cannot be read.
    #[error("{} cannot be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// There is a file already, and it stays.
    #[error("{} exists already", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// The CA file has no CA certificate.
    #[error("{} is not a CA certificate: {reason}", file.display())]
    Anchor {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A PDF cannot be looked into.
    #[error("{} cannot be looked into", file.display())]
    Pdf {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: AttachmentError,
    },
    /// A PDF carries not one receipt.
    #[error("{} carries {found} receipts, not one", file.display())]
    NotInPdf {
        /// The file.
        file: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// The receipt does not verify.
    #[error("the receipt does not verify")]
    Verify(#[source] ReceiptError),
    /// The receipt is good, but another order's.
    #[error("the receipt is for order {0}")]
    OtherOrder(OrderId),
}

/// Reads the certificate of a CA.
///
/// # Errors
/// [`ReceiptFileError::Read`], [`ReceiptFileError::Anchor`].
pub fn anchor(file: &Path) -> Result<TrustAnchor, ReceiptFileError> {
    let bytes = read(file, MAX_PEM_BYTES)?;
    let failed = |reason: String| ReceiptFileError::Anchor {
        file: file.to_owned(),
        reason,
    };
    let text = String::from_utf8(bytes).map_err(|_| failed("it is not PEM".into()))?;
    let certificate = Certificate::from_pem(&text).map_err(|error| failed(error.to_string()))?;
    TrustAnchor::new(certificate).map_err(|error| failed(error.to_string()))
}

/// Verifies a receipt with nothing but the service CA's certificate.
///
/// # Errors
/// [`ReceiptFileError::Verify`].
pub fn verify(text: &[u8], service_ca: &TrustAnchor) -> Result<Receipt, ReceiptFileError> {
    receipt::verify(text, service_ca).map_err(ReceiptFileError::Verify)
}

/// A receipt that verified.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What it says.
    pub receipt: Receipt,
    /// What the code of its paper says.
    pub code: ReceiptCode,
    /// Whether a PDF carried it. What the PDF's pages show was not looked at, and proves nothing.
    pub in_pdf: bool,
}

/// Verifies the receipt in a file, which is the receipt itself or a PDF that carries it; gives also
/// what the code of its paper says.
///
/// # Errors
/// [`ReceiptFileError::Read`], [`ReceiptFileError::Pdf`], [`ReceiptFileError::NotInPdf`],
/// [`ReceiptFileError::Verify`].
pub fn verify_file(
    file: &Path,
    service_ca: &TrustAnchor,
) -> Result<(Receipt, ReceiptCode), ReceiptFileError> {
    let verified = verify_in(file, service_ca)?;
    Ok((verified.receipt, verified.code))
}

/// The same, and whether it was a PDF.
///
/// # Errors
/// As [`verify_file`].
pub fn verify_in(file: &Path, service_ca: &TrustAnchor) -> Result<Verified, ReceiptFileError> {
    let bytes = read(file, attachment::MAX_PDF as u64)?;
    let in_pdf = attachment::is_pdf(&bytes);
    let text = if in_pdf {
        carried(file, &bytes)?
    } else {
        bytes
    };
    Ok(Verified {
        receipt: verify(&text, service_ca)?,
        code: ReceiptCode::of(&text).map_err(ReceiptFileError::Verify)?,
        in_pdf,
    })
}

/// The one receipt that a PDF carries. With several it would be open which one its pages show.
fn carried(file: &Path, pdf: &[u8]) -> Result<Vec<u8>, ReceiptFileError> {
    let mut files = attachment::files(pdf, MAX_LEN).map_err(|source| ReceiptFileError::Pdf {
        file: file.to_owned(),
        source,
    })?;
    files.retain(|text| ReceiptCode::of(text).is_ok());
    match <[Vec<u8>; 1]>::try_from(files) {
        Ok([text]) => Ok(text),
        Err(files) => Err(ReceiptFileError::NotInPdf {
            file: file.to_owned(),
            found: files.len(),
        }),
    }
}

/// Verifies the receipt of `order` and keeps it; a receipt that does not verify is not written.
///
/// # Errors
/// [`ReceiptFileError::Verify`], [`ReceiptFileError::OtherOrder`], [`ReceiptFileError::Exists`],
/// [`ReceiptFileError::Write`].
pub fn save(
    text: &[u8],
    order: OrderId,
    service_ca: &TrustAnchor,
    file: &Path,
    existing: Existing,
) -> Result<Receipt, ReceiptFileError> {
    let receipt = verify(text, service_ca)?;
    if receipt.order != order {
        return Err(ReceiptFileError::OtherOrder(receipt.order));
    }
    output_file::write(file, text, existing).map_err(|source| {
        let file = file.to_owned();
        match source.kind() {
            std::io::ErrorKind::AlreadyExists => ReceiptFileError::Exists { file },
            _ => ReceiptFileError::Write { file, source },
        }
    })?;
    Ok(receipt)
}

/// One byte more than `limit` is read, so that the reader after it sees what is too long.
fn read(file: &Path, limit: u64) -> Result<Vec<u8>, ReceiptFileError> {
    use std::io::Read as _;
    let failed = |source| ReceiptFileError::Read {
        file: file.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(limit + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    Ok(bytes)
}
