//! Signatures with a key that wants the PIN for each of them (`CKA_ALWAYS_AUTHENTICATE`, PKCS#11 v3.1 §5.6.8).
//!
//! The login goes between `C_SignInit` and `C_Sign`. SoftHSM, OpenSC 0.23 and Yubico's module 2.2 were all seen to take
//! it there, so there is one sequence, and no module needs a PIN to be tried to find out.
//!
//! A PIV card forgets the login before it when the PIN is wrong (SP 800-73-5 part 2 §3.2.1: the security status becomes
//! false), so [`TokenError::WrongPin`] locks such a key; SoftHSM's stays unlocked.

use cryptoki::slot::Slot;
use wattkey_pki::{Digest, Signature};

use crate::local::{Module, login, object};
use crate::{Pin, TokenError, TokenInfo};

/// Signs once. The user must be logged in.
///
/// The signature has a session of its own, which ends with it: whatever a failure leaves behind ends too.
pub(crate) fn sign(
    module: &Module,
    slot: Slot,
    info: &TokenInfo,
    id: &[u8],
    pin: &Pin,
    digest: &Digest,
) -> Result<Signature, TokenError> {
    login::check(info, pin)?;
    let session = module.read_session(slot)?;
    let key = object::private_key(&session, id)?;
    let raw = module
        .functions()
        .sign_with_login(&session, key, pin.secret(), digest.as_bytes())
        .map_err(|error| login::refusal(module, slot, info, "sign", error))?;
    object::signature(&raw)
}
