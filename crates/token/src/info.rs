//! What a token says of itself.

use cryptoki::slot;

/// A token's names, and the state of its PIN at the time of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Name given when the token was initialised.
    pub label: String,
    /// Serial number, unique per manufacturer.
    pub serial: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Model.
    pub model: String,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

impl From<&slot::TokenInfo> for TokenInfo {
    fn from(info: &slot::TokenInfo) -> Self {
        let (shortest, longest) = (info.min_pin_length(), info.max_pin_length());
        Self {
            label: info.label().to_owned(),
            serial: info.serial_number().to_owned(),
            manufacturer: info.manufacturer_id().to_owned(),
            model: info.model().to_owned(),
            pin: PinState::from(info),
            pin_length: (longest > 0 && shortest <= longest).then_some((shortest, longest)),
        }
    }
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
