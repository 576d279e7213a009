//! Which script the customer's own words are in: Latin letters alone are drawn with another font.

use crate::model::State;

/// Whether something of the customer's own is in Chinese: names, addresses, a reference. What bills and
/// warnings say is there in both languages.
pub(super) fn has_han(state: &State) -> bool {
    let keys = state.unlock.keys.iter().flatten();
    let mut on_keys = keys.flat_map(|key| [&key.holder, &key.organisation].into_iter().flatten());
    if on_keys.any(|name| is_han(name)) {
        return true;
    }
    let Some(open) = &state.open else {
        return false;
    };
    let me = &open.me;
    [&me.user.name, &me.customer.name, &me.payee.name]
        .into_iter()
        .any(|name| is_han(name))
        || any(&open.overview.accounts)
        || any(&open.pay.mandates)
        || any(&open.personal.profile)
        || is_han(&open.pay.reference)
}

/// Everything of it, as it is told to developers, has the same letters.
fn any(what: &impl std::fmt::Debug) -> bool {
    is_han(&format!("{what:?}"))
}

/// CJK Unified Ideographs with its first extension, and the punctuation that goes with them.
fn is_han(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_keeps_the_letters() {
        assert!(any(&Some("王芳")));
        assert!(!any(&Some("Li Na \"quoted\" é")));
    }
}
