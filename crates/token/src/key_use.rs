//! What keys are for.

use serde::{Deserialize, Serialize};

/// What a key of a card may do. No key does both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUse {
    /// ECDSA signatures.
    Sign,
    /// ECDH.
    Derive,
}
