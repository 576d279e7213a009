//! What a token says of itself.

use cryptoki::slot;
use serde::{Deserialize, Serialize};

/// A token's names, and the state of its PIN at the time of reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    /// Name given when the token was initialised.
    pub label: String,
    /// Serial number, unique per manufacturer. That of a PIV card is the second half of its GUID in hexadecimal, as
    /// OpenSC shows it, whatever module reads it.
    pub serial: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// The reader that holds it: the description of its slot.
    pub reader: String,
    /// State of the user's PIN.
    pub pin: PinState,
    /// Shortest and longest PIN in bytes; nothing when the token does not say.
    pub pin_length: Option<(usize, usize)>,
}

/// State of the user's PIN (PKCS#11 v3.1 §3.3, flags of `CK_TOKEN_INFO`).
///
/// Modules differ in what they tell: OpenSC never sets `count_low`, SoftHSM never locks.
// Each flag is a flag of the standard, and they are independent of each other.
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the standard's flags, one by one"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinState {
    /// A PIN has been set.
    pub initialised: bool,
    /// A wrong PIN was shown since the last right one.
    pub count_low: bool,
    /// The next wrong PIN locks.
    pub final_try: bool,
    /// No PIN is taken any more.
    pub locked: bool,
    /// The PIN is the initial one, or has expired, and must be changed.
    pub to_be_changed: bool,
    /// The PIN is typed on the reader or the token itself.
    pub protected_path: bool,
}

impl PinState {
    /// Name of the worst that is to be said of it; stable, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self { locked: true, .. } => "locked",
            Self {
                initialised: false, ..
            } => "not-set",
            Self {
                final_try: true, ..
            } => "last-try",
            Self {
                count_low: true, ..
            } => "low",
            Self {
                to_be_changed: true,
                ..
            } => "to-be-changed",
            _ => "ok",
        }
    }
}

/// Lengths of a PIV card's PIN (SP 800-73-5 part 1 §4.3.5): OpenSC tells another least, Yubico's module the length of
/// the management key as the most.
const PIV_PIN_LENGTH: (usize, usize) = (6, 8);
/// How OpenSC and Yubico's module name the manufacturer of a PIV card.
const PIV_MANUFACTURERS: [&str; 2] = ["piv_II", "Yubico"];

impl TokenInfo {
    /// Whether this is a PIV card (NIST SP 800-73), as far as its module tells.
    #[must_use]
    pub fn is_piv(&self) -> bool {
        is_piv(&self.manufacturer)
    }

    /// What the token in this reader says.
    pub(crate) fn new(info: &slot::TokenInfo, reader: &str) -> Self {
        let (shortest, longest) = if is_piv(info.manufacturer_id()) {
            PIV_PIN_LENGTH
        } else {
            (info.min_pin_length(), info.max_pin_length())
        };
        Self {
            label: info.label().to_owned(),
            serial: info.serial_number().to_owned(),
            manufacturer: info.manufacturer_id().to_owned(),
            model: info.model().to_owned(),
            reader: reader.trim().to_owned(),
            pin: PinState::from(info),
            pin_length: (longest > 0 && shortest <= longest).then_some((shortest, longest)),
        }
    }
}

fn is_piv(manufacturer: &str) -> bool {
    PIV_MANUFACTURERS
        .iter()
        .any(|name| manufacturer.starts_with(name))
}

impl From<&slot::TokenInfo> for PinState {
    fn from(info: &slot::TokenInfo) -> Self {
        Self {
            initialised: info.user_pin_initialized(),
            count_low: info.user_pin_count_low(),
            final_try: info.user_pin_final_try(),
            locked: info.user_pin_locked(),
            to_be_changed: info.user_pin_to_be_changed(),
            protected_path: info.protected_authentication_path(),
        }
    }
}
