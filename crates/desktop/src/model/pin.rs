//! Characters of a PIN on their way from the keyboard to the USB key.

use wattkey_token::Pin;
use zeroize::Zeroizing;

/// Most bytes that are taken: more is no PIN.
const MOST: usize = 64;

/// What was typed so far. It is wiped when it goes, and nothing shows it.
pub struct PinEntry {
    typed: Zeroizing<String>,
}

impl Default for PinEntry {
    fn default() -> PinEntry {
        // All the room at once: a text that grows leaves its old bytes behind.
        PinEntry {
            typed: Zeroizing::new(String::with_capacity(MOST)),
        }
    }
}

impl std::fmt::Debug for PinEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinEntry")
    }
}

impl PinEntry {
    /// Takes a key's text. Control characters, and the private ones that stand for keys without
    /// text, are none.
    pub fn push(&mut self, text: &str) {
        let is_none = |c: char| c.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&c);
        if text.is_empty() || text.chars().any(is_none) || self.typed.len() + text.len() > MOST {
            return;
        }
        self.typed.push_str(text);
    }

    /// Takes the last character back.
    pub fn back(&mut self) {
        self.typed.pop();
    }

    /// How many characters there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.typed.chars().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// Whether both are the same.
    #[must_use]
    pub fn is_same_as(&self, other: &PinEntry) -> bool {
        *self.typed == *other.typed
    }

    /// The PIN; nothing is left here.
    #[must_use]
    pub fn take(&mut self) -> Pin {
        let typed = std::mem::take(self);
        Pin::new(typed.typed.as_str().to_owned())
    }

    /// Forgets what was typed.
    pub fn clear(&mut self) {
        *self = PinEntry::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_text_are_no_part_of_a_pin() {
        let mut pin = PinEntry::default();
        for key in ["1", "\u{f700}", "\u{8}", "\t", "2", ""] {
            pin.push(key);
        }
        assert_eq!(pin.count(), 2);
        pin.back();
        assert_eq!(pin.count(), 1);
    }

    #[test]
    fn it_is_gone_once_it_is_taken_and_never_shown() {
        let mut pin = PinEntry::default();
        pin.push("246810");
        assert!(!format!("{pin:?}").contains('2'));
        let taken = pin.take();
        assert!(!taken.is_on_device());
        assert!(pin.is_empty());
    }

    #[test]
    fn more_than_a_pin_is_not_taken() {
        let mut pin = PinEntry::default();
        for _ in 0..100 {
            pin.push("1");
        }
        assert_eq!(pin.count(), MOST);
    }
}
