//! What is wrong with receipts and with the files that hold them.

use wattkey_protocol::receipt::ReceiptError;

use super::{Exit, Fault, Value};
use crate::receipt::ReceiptFileError;
use crate::show;

impl From<ReceiptFileError> for Fault {
    fn from(error: ReceiptFileError) -> Fault {
        match &error {
            ReceiptFileError::Read { file, source } => Fault::new("file-read", Exit::Fault)
                .with("file", show::path(file))
                .cause(source),
            ReceiptFileError::Write { file, source } => Fault::new("file-write", Exit::Fault)
                .with("file", show::path(file))
                .cause(source),
            ReceiptFileError::Exists { file } => exists(file),
            ReceiptFileError::Anchor { file, reason } => Fault::new("anchor", Exit::Usage)
                .with("file", show::path(file))
                .with("reason", reason.as_str()),
            ReceiptFileError::Pdf { file, source } => {
                Fault::new("receipt-pdf", Exit::ReceiptInvalid)
                    .with("file", show::path(file))
                    .cause(source)
            }
            ReceiptFileError::NotInPdf { file, found } => {
                Fault::new("receipt-not-in-pdf", Exit::ReceiptInvalid)
                    .with("file", show::path(file))
                    .with("found", found.to_string())
            }
            ReceiptFileError::Verify(error) => unverified(error),
            ReceiptFileError::OtherOrder(order) => {
                Fault::new("receipt-other-order", Exit::ReceiptInvalid)
                    .with("order", order.to_string())
            }
        }
    }
}

/// Why a receipt does not verify.
fn unverified(error: &ReceiptError) -> Fault {
    let (id, signer) = match error {
        ReceiptError::Malformed(_) => ("why-receipt-malformed", ""),
        ReceiptError::Signatures(_) => ("why-receipt-signatures", ""),
        ReceiptError::Certificate { signer, .. } => ("why-receipt-certificate", *signer),
        ReceiptError::Signature(signer) => ("why-receipt-signature", *signer),
    };
    Fault::new("receipt-invalid", Exit::ReceiptInvalid)
        .with("signer", signer)
        .with("cause", Value::Message(id.to_owned()))
}

/// A file that is there is not written over unasked.
#[must_use]
pub fn exists(file: &std::path::Path) -> Fault {
    Fault::new("file-exists", Exit::Usage).with("file", show::path(file))
}
