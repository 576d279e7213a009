//! The code on a receipt: a QR code (ISO/IEC 18004) as a figure.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::PdfError;
use crate::measure::Milli;
use crate::page::{Flow, Mark, Role};

/// White modules around the code, as the standard wants them.
const QUIET: i32 = 4;

/// Draws a code with its quiet zone into a square, and gives the square's size.
pub(crate) fn code(
    flow: &mut Flow,
    (left, top): (Milli, Milli),
    most: Milli,
    (words, says): (&str, String),
) -> Result<Milli, PdfError> {
    let code = QrCode::encode_text(words, QrCodeEcc::Medium)
        .map_err(|_| PdfError("the receipt's code is too long".to_owned()))?;
    let size = code.size();
    let rows = (0..size)
        .map(|y| (0..size).map(|x| code.get_module(x, y)).collect())
        .collect();
    let module = most / (size + 2 * QUIET);
    let node = flow.node(Role::Figure { says }, None);
    flow.draw(Mark::Code {
        at: (left + QUIET * module, top + QUIET * module),
        module,
        rows,
        node,
    });
    Ok(module * (size + 2 * QUIET))
}
