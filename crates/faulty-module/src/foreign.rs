//! The one place with `unsafe`: the functions that a program sees, and the ones of the real module behind them.
#![expect(
    unsafe_code,
    reason = "a PKCS#11 module is a C interface on both of its sides"
)]
#![expect(non_snake_case, reason = "the standard's names")]

mod forward;
mod special;

use std::sync::OnceLock;

use cryptoki_sys::*;

use crate::control::IN_FRONT_OF;
use crate::faults::{self, Missing, Plan};
use crate::log::Note;
use crate::rules::Fault;
use forward::*;
use special::*;

const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// The real module's functions.
///
/// # Panics
/// There is no real module: the test would prove nothing, so the process ends.
fn real() -> &'static CK_FUNCTION_LIST {
    static REAL: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
    REAL.get_or_init(|| {
        let path = std::env::var_os(IN_FRONT_OF).unwrap_or_else(|| SOFTHSM.into());
        // SAFETY: loading runs the initialisers of a module that the test trusts.
        let library = unsafe { Pkcs11::new(&path) }.expect("the real module can be loaded");
        // It stays loaded: the list below points into it.
        let library = Box::leak(Box::new(library));
        let mut list = std::ptr::null_mut();
        // SAFETY: the symbol has this signature in every version of PKCS#11; `list` is a valid place for its answer.
        let answer = unsafe { library.C_GetFunctionList(&raw mut list) };
        assert!(answer == CKR_OK && !list.is_null(), "no list of functions");
        // SAFETY: the real module answered CKR_OK, so `list` points to its list, which is never changed.
        unsafe { *list }
    })
}

/// Notes a call, lets its fault happen, and else asks the real module.
fn guarded(function: &str, note: &Note<'_>, call: impl FnOnce(&Plan) -> CK_RV) -> CK_RV {
    let mut plan = faults::plan(function, note);
    if faults::is_seized() {
        faults::hang();
    }
    if plan.just_gone {
        close_all_sessions();
    }
    match plan.fault {
        Some(Fault::Hang) => faults::hang(),
        Some(Fault::Seize) => {
            faults::seize();
            faults::hang()
        }
        Some(Fault::Slow { ms }) => {
            faults::wait(ms);
            // A token may go while a call is under way.
            plan.rules = faults::rules();
        }
        Some(Fault::Crash(how)) => faults::crash(how, write_to_nowhere),
        Some(Fault::Fail { value }) => return value,
        Some(Fault::HangAfter | Fault::CrashAfter(_) | Fault::Nonsense(_)) | None => {}
    }
    let answer = match plan.missing(function) {
        Some(Missing::Token) => CKR_TOKEN_NOT_PRESENT,
        Some(Missing::Device) => CKR_DEVICE_REMOVED,
        None => call(&plan),
    };
    match plan.fault {
        Some(Fault::HangAfter) => faults::hang(),
        Some(Fault::CrashAfter(how)) => faults::crash(how, write_to_nowhere),
        _ => answer,
    }
}

/// A token that is pulled out takes its sessions along.
fn close_all_sessions() {
    let (Some(list), Some(close)) = (real().C_GetSlotList, real().C_CloseAllSessions) else {
        return;
    };
    let mut slots = [0; 16];
    let mut count = 16;
    // SAFETY: the real module writes at most `count` slots, and then their number to `count`.
    let answer = unsafe { list(CK_TRUE, slots.as_mut_ptr(), &raw mut count) };
    if answer != CKR_OK {
        return;
    }
    for slot in slots.iter().take(usize::try_from(count).unwrap_or(0)) {
        // SAFETY: a slot that does not exist is refused.
        unsafe { close(*slot) };
    }
}

fn write_to_nowhere() {
    // SAFETY: none, on purpose: no page is mapped there, and the process ends.
    unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(0) };
}

macro_rules! list {
    ($($name:ident,)*) => {
        CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            $($name: Some($name),)*
        }
    };
}

static LIST: CK_FUNCTION_LIST = list! {
    C_Initialize,
    C_Finalize,
    C_GetInfo,
    C_GetFunctionList,
    C_GetSlotList,
    C_GetSlotInfo,
    C_GetTokenInfo,
    C_GetMechanismList,
    C_GetMechanismInfo,
    C_InitToken,
    C_InitPIN,
    C_SetPIN,
    C_OpenSession,
    C_CloseSession,
    C_CloseAllSessions,
    C_GetSessionInfo,
    C_GetOperationState,
    C_SetOperationState,
    C_Login,
    C_Logout,
    C_CreateObject,
    C_CopyObject,
    C_DestroyObject,
    C_GetObjectSize,
    C_GetAttributeValue,
    C_SetAttributeValue,
    C_FindObjectsInit,
    C_FindObjects,
    C_FindObjectsFinal,
    C_EncryptInit,
    C_Encrypt,
    C_EncryptUpdate,
    C_EncryptFinal,
    C_DecryptInit,
    C_Decrypt,
    C_DecryptUpdate,
    C_DecryptFinal,
    C_DigestInit,
    C_Digest,
    C_DigestUpdate,
    C_DigestKey,
    C_DigestFinal,
    C_SignInit,
    C_Sign,
    C_SignUpdate,
    C_SignFinal,
    C_SignRecoverInit,
    C_SignRecover,
    C_VerifyInit,
    C_Verify,
    C_VerifyUpdate,
    C_VerifyFinal,
    C_VerifyRecoverInit,
    C_VerifyRecover,
    C_DigestEncryptUpdate,
    C_DecryptDigestUpdate,
    C_SignEncryptUpdate,
    C_DecryptVerifyUpdate,
    C_GenerateKey,
    C_GenerateKeyPair,
    C_WrapKey,
    C_UnwrapKey,
    C_DeriveKey,
    C_SeedRandom,
    C_GenerateRandom,
    C_GetFunctionStatus,
    C_CancelFunction,
    C_WaitForSlotEvent,
};
