//! What is read of papers and PDFs: the files inside a PDF, and the code on a receipt.

use wattkey_document::attachment;
use wattkey_protocol::receipt::ReceiptCode;

use crate::Outcome;

/// More than any seed carries, so that the bound is met by mutations only.
const MOST: usize = 4 * 1024;

/// The files inside a PDF.
pub(crate) fn pdf_attachment(bytes: &[u8]) -> Outcome {
    match attachment::files(bytes, MOST) {
        Ok(files) if !files.is_empty() => {
            assert!(files.iter().all(|file| file.len() <= MOST));
            Outcome::Read
        }
        _ => Outcome::Refused,
    }
}

/// The code on a receipt: one spelling.
pub(crate) fn receipt_code(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    let code = text.parse::<ReceiptCode>();
    if let Ok(code) = &code {
        assert_eq!(code.to_string(), text);
    }
    Outcome::of(&code)
}
