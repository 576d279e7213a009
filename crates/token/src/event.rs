//! Keys that come and go.

use serde::{Deserialize, Serialize};

use crate::TokenInfo;

/// What happened to the tokens of a module. A token is known by its serial number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// A token was plugged in.
    PluggedIn(TokenInfo),
    /// A token was pulled out.
    PulledOut {
        /// Its serial number.
        serial: String,
        /// The reader that held it.
        reader: String,
    },
    /// The module hung or crashed and was started anew: all USB keys are locked.
    ModuleRestarted,
}
