//! Chinese characters in the window in English: names of customers, of languages. Its font, Inter, has
//! none, and a PC need not have a Chinese font at all; the one that is part of the window has them.

use i_slint_common::sharedfontique::fontique::{FallbackKey, Script};
use i_slint_core::window::WindowInner;

/// The family of the embedded font, as it calls itself (assets/fonts).
const CHINESE: &str = "Noto Sans CJK SC";

/// The scripts that it has: Han, and Bopomofo (ISO 15924).
const SCRIPTS: [[u8; 4]; 2] = [*b"Hani", *b"Bopo"];

/// Takes what the chosen font lacks from the embedded Chinese one, before any font of the system. For
/// all windows of the process, once the first of them has registered its fonts.
pub fn fall_back(window: &slint::Window) {
    let context = WindowInner::from_pub(window).context().clone();
    let mut fonts = context.font_context().borrow_mut();
    let collection = &mut fonts.collection;
    if let Some(family) = collection.family_id(CHINESE) {
        for script in SCRIPTS {
            let key = FallbackKey::new(Script::from_bytes(script), None);
            collection.set_fallbacks(key, std::iter::once(family));
        }
    }
}
