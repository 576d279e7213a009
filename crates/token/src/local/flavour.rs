//! What is known of vendors' libraries beyond the standard. Told by what a library says of itself, never by trying a
//! PIN.

use cryptoki::context::Pkcs11;

/// Whose library a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// OpenSC: uses PIV cards, and cannot issue them. Takes a PUK as the old PIN of `C_SetPIN` in a session without
    /// login, when its configuration allows it.
    OpenSc,
    /// Yubico's: issues PIV cards. The security officer's PIN is the management key in hexadecimal, and an old PIN that
    /// begins with `puk:` changes the PUK. `C_InitPIN` is not there, `C_InitToken` erases the card.
    Yubico,
    /// By the book, as SoftHSM: the security officer unblocks with `C_InitPIN`.
    Standard,
}

impl Flavour {
    pub(crate) fn of(module: &Pkcs11) -> Self {
        let info = module.get_library_info();
        let manufacturer = info.as_ref().map_or("", |info| info.manufacturer_id());
        if manufacturer.starts_with("OpenSC") {
            Self::OpenSc
        } else if manufacturer.starts_with("Yubico") {
            Self::Yubico
        } else {
            Self::Standard
        }
    }
}
