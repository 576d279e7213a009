//! Which certificates a USB key has.

use serde::{Deserialize, Serialize};
use wattkey_pki::Certificate;

/// Thumbprints of a USB key's certificates, nothing where there is no readable one: with its serial number they tell it
/// from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thumbprints {
    authentication: Option<[u8; 32]>,
    signature: Option<[u8; 32]>,
}

impl Thumbprints {
    pub(crate) fn of(
        authentication: Option<&Certificate>,
        signature: Option<&Certificate>,
    ) -> Self {
        let thumbprint = |certificate: &Certificate| *certificate.thumbprint().as_bytes();
        Self {
            authentication: authentication.map(thumbprint),
            signature: signature.map(thumbprint),
        }
    }
}
