//! What the code on a printed receipt says (`PROTOCOL.md` section 11): which service, which order,
//! and the digest of the receipt's payload. With it paper is laid beside the signed receipt.

use std::fmt;
use std::str::FromStr;

use wattkey_domain::OrderId;
use wattkey_pki::Digest;

use super::{Receipt, ReceiptError, document, parse};

/// The first word.
const PREFIX: &str = "WATTKEY-RECEIPT-1";
/// Longest code that is read.
pub const MAX_CODE: usize = 512;

/// The code of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptCode {
    /// The payment service.
    pub audience: String,
    /// The order.
    pub order: OrderId,
    /// Digest of the receipt's payload.
    pub digest: Digest,
}

/// The text is not the code of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not the code of a receipt: `{PREFIX} AUDIENCE ORDER DIGEST`, a space between each"
)]
pub struct CodeError;

impl ReceiptCode {
    /// The code of a signed receipt; its signatures are not looked at.
    ///
    /// # Errors
    /// When it is not a receipt.
    pub fn of(text: &[u8]) -> Result<Self, ReceiptError> {
        let jws = parse(text)?;
        let receipt: Receipt = document(&jws)?;
        Ok(Self {
            audience: receipt.audience,
            order: receipt.order,
            digest: Digest::of(jws.payload_unverified()),
        })
    }
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            audience,
            order,
            digest,
        } = self;
        write!(f, "{PREFIX} {audience} {order} {digest}")
    }
}

impl FromStr for ReceiptCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() > MAX_CODE {
            return Err(CodeError);
        }
        let words: Vec<&str> = text.split(' ').collect();
        let [PREFIX, audience, order, digest] = words[..] else {
            return Err(CodeError);
        };
        let read = Self {
            audience: audience.to_owned(),
            order: order.parse().map_err(|_| CodeError)?,
            digest: digest.parse().map_err(|_| CodeError)?,
        };
        // One code has one spelling.
        if read.audience.is_empty() || read.to_string() != text {
            return Err(CodeError);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "WATTKEY-RECEIPT-1 https://pay.example 7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11 \
                        t3JsexqRFaeb_PXwFAYxLhMO0WmyfF9fcjE3ByLJXr4";

    #[test]
    fn a_code_is_read_as_it_is_written() {
        let code: ReceiptCode = CODE.parse().unwrap();
        assert_eq!(code.audience, "https://pay.example");
        assert_eq!(code.to_string(), CODE);
    }

    #[test]
    fn another_spelling_is_refused() {
        for (from, to) in [
            ("-1 ", "-2 "),
            (" https", "  https"),
            ("7d3f", "7D3F"),
            ("Xr4", "Xr5"),
            ("Xr4", "Xr4 "),
            ("https://pay.example", ""),
        ] {
            assert!(CODE.contains(from));
            let other = CODE.replacen(from, to, 1);
            assert_eq!(other.parse::<ReceiptCode>(), Err(CodeError), "{other}");
        }
        let long = CODE.replace("pay", &"p".repeat(MAX_CODE));
        assert_eq!(long.parse::<ReceiptCode>(), Err(CodeError));
    }
}
