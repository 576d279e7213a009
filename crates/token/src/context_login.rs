//! Signatures with a key that wants the PIN for each of them (`CKA_ALWAYS_AUTHENTICATE`, PKCS#11 v3.1 §5.6.8).
//!
//! SoftHSM signs with `CKM_ECDSA` in one part only and takes the login between `C_SignInit` and `C_Sign`. PIV cards
//! behind OpenSC were seen to work with `C_SignUpdate` and `C_SignFinal` instead; a module that needs that gets its
//! second sequence here.

use cryptoki::slot::Slot;
use wattkey_pki::{Digest, Signature};

use crate::{Module, Pin, TokenError, TokenInfo, login, object};

/// Signs once. The user must be logged in.
///
/// The signature has a session of its own, which ends with it: whatever a failure leaves behind ends too.
pub(crate) fn sign(
    module: &Module,
    slot: Slot,
    info: &TokenInfo,
    id: &[u8],
    pin: &Pin,
    message: &[u8],
) -> Result<Signature, TokenError> {
    login::check_length(info, pin)?;
    let session = module.read_session(slot)?;
    let key = object::private_key(&session, id)?;
    let raw = module
        .functions()
        .sign_with_login(&session, key, pin.secret(), Digest::of(message).as_bytes())
        .map_err(|error| login::refusal(module, slot, info, "sign", error))?;
    object::signature(&raw)
}
