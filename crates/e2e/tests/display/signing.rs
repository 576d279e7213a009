//! What a person does to sign, whatever page led there.

use std::path::PathBuf;
use std::time::Duration;

use wattkey_e2e::world::USER_PIN;
use wattkey_virtual_display::{Element, Key};

use crate::seat::{PAGE, Seat, Words};

/// How long the bank may take, and a card that is slow.
pub(crate) const BOOKED: Duration = Duration::from_secs(60);

impl Seat {
    /// From the overview to the form of what is overdue.
    pub(crate) fn settle_arrears(&mut self, words: Words) {
        self.enter(words.of("window-settle-arrears"));
        self.desk.wait_for(words.of("window-review"), PAGE).unwrap();
    }

    /// Waits for what is to be signed and agrees to it; gives what that was.
    pub(crate) fn agree(&mut self, agreement: &str) -> String {
        let is_it =
            |element: &Element| element.role == "check box" && element.name.starts_with(agreement);
        let what = self.desk.wait_until("what is agreed to", PAGE, is_it);
        let what = what.unwrap().name;
        self.desk.go_to(&what).unwrap();
        self.desk.press(Key::Space).unwrap();
        what
    }

    /// Types the PIN, which is wanted next without another key, and has it used.
    pub(crate) fn sign(&mut self, words: Words) {
        self.wait_for_pin(words.of("window-pin-sign"));
        self.desk.type_text(USER_PIN).unwrap();
        self.desk.press(Key::Enter).unwrap();
    }

    /// Waits until something is said that has these words in it; gives all of it.
    pub(crate) fn told(&mut self, words: &str, limit: Duration) -> String {
        let has = |element: &Element| element.said().any(|said| said.contains(words));
        let element = self.desk.wait_until(words, limit, has).unwrap();
        let mut said = element.said();
        said.find(|said| said.contains(words)).unwrap().to_owned()
    }

    /// Where a file was kept, as the foot of the page says.
    pub(crate) fn kept(&mut self, words: Words) -> PathBuf {
        let before = words.with("window-saved", &[("file", "")]);
        self.told(&before, PAGE).replacen(&before, "", 1).into()
    }
}

/// An amount of money without what makes it easy to read.
pub(crate) fn plain(amount: &str) -> String {
    amount.replace([',', ' ', '\u{a0}'], "")
}
