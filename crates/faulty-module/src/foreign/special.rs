//! Functions whose answers can be made nonsense, that see or take a PIN, or that a token that is gone answers.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cryptoki_sys::*;

use super::{LIST, guarded, real};
use crate::faults::{self, Plan};
use crate::log::{Note, Shown};
use crate::rules::{Fault, Flag, Nonsense};

/// More than anybody has.
const HUGE: CK_ULONG = 1 << 30;
/// A handle or slot that nobody gave out.
const UNKNOWN: CK_ULONG = 0xdead_beef;
const PRESENCE_PAUSE: Duration = Duration::from_millis(20);

/// The session that was opened last.
static LAST_SESSION: Mutex<CK_SESSION_HANDLE> = Mutex::new(0);

/// Asks the real module for a function that it must have.
macro_rules! ask {
    ($name:ident($($argument:expr),*)) => {
        match real().$name {
            // SAFETY: the caller's arguments go on as they came, but for what is said where it differs.
            Some(function) => unsafe { function($($argument),*) },
            None => CKR_FUNCTION_NOT_SUPPORTED,
        }
    };
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    guarded("C_GetFunctionList", &Note::default(), |plan| {
        let ours = match nonsense(plan) {
            Some(_) => std::ptr::null_mut(),
            None => (&raw const LIST).cast_mut(),
        };
        put(list, ours);
        CKR_OK
    })
}

pub(super) unsafe extern "C" fn C_GetSlotList(
    present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    guarded("C_GetSlotList", &Note::default(), |plan| {
        if plan.rules.gone && present == CK_TRUE {
            put(count, 0);
            return CKR_OK;
        }
        let answer = ask!(C_GetSlotList(present, slots, count));
        match nonsense(plan) {
            Some(Nonsense::HugeCount) => put(count, HUGE),
            Some(Nonsense::MoreThanAsked) if !slots.is_null() => change(count, |count| count + 100),
            Some(Nonsense::Garbage) if !slots.is_null() => put(slots, UNKNOWN),
            _ => {}
        }
        answer
    })
}

pub(super) unsafe extern "C" fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    guarded("C_GetSlotInfo", &Note::default(), |plan| {
        let answer = ask!(C_GetSlotInfo(slot, info));
        if plan.rules.gone && answer == CKR_OK {
            change(info, |mut info| {
                info.flags &= !CKF_TOKEN_PRESENT;
                info
            });
        }
        answer
    })
}

pub(super) unsafe extern "C" fn C_GetTokenInfo(
    slot: CK_SLOT_ID,
    info: *mut CK_TOKEN_INFO,
) -> CK_RV {
    guarded("C_GetTokenInfo", &Note::default(), |plan| {
        let answer = ask!(C_GetTokenInfo(slot, info));
        if answer == CKR_OK {
            change(info, |info| told(plan, info));
        }
        answer
    })
}

/// What the token says of itself under the rules.
fn told(plan: &Plan, mut info: CK_TOKEN_INFO) -> CK_TOKEN_INFO {
    let rules = &plan.rules;
    if let Some(serial) = &rules.serial {
        info.serialNumber = [b' '; 16];
        for (place, byte) in info.serialNumber.iter_mut().zip(serial.bytes()) {
            *place = byte;
        }
    }
    if rules.pin_pad.is_some() {
        info.flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    }
    for flag in &rules.flags {
        match flag {
            Flag::ToBeChanged => info.flags |= CKF_USER_PIN_TO_BE_CHANGED,
            Flag::CountLow => info.flags |= CKF_USER_PIN_COUNT_LOW,
            Flag::FinalTry => info.flags |= CKF_USER_PIN_FINAL_TRY,
            Flag::Locked => info.flags |= CKF_USER_PIN_LOCKED,
            Flag::ProtectedPath => info.flags |= CKF_PROTECTED_AUTHENTICATION_PATH,
            Flag::NotInitialised => info.flags &= !CKF_USER_PIN_INITIALIZED,
        }
    }
    if nonsense(plan).is_some() {
        info.label = [0xff; 32];
        info.manufacturerID = [0xc3; 32];
        info.model = [0; 16];
        info.serialNumber = [0x80; 16];
        info.ulMinPinLen = CK_ULONG::MAX;
        info.ulMaxPinLen = 1;
        info.ulMaxSessionCount = HUGE;
        info.utcTime = [0xff; 16];
        info.flags |= CKF_TOKEN_INITIALIZED;
    }
    info
}

pub(super) unsafe extern "C" fn C_InitToken(
    slot: CK_SLOT_ID,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
    label: *mut CK_UTF8CHAR,
) -> CK_RV {
    let pins = [shown(pin, length)];
    guarded("C_InitToken", &about(None, &pins), |_| {
        ask!(C_InitToken(slot, pin, length, label))
    })
}

pub(super) unsafe extern "C" fn C_InitPIN(
    session: CK_SESSION_HANDLE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    let pins = [shown(pin, length)];
    guarded("C_InitPIN", &about(None, &pins), |plan| {
        let pad = plan.rules.pin_pad.as_ref();
        match typed(pin, length, pad.map(|pad| pad.new_pin.as_deref())) {
            Ok((pin, length)) => ask!(C_InitPIN(session, pin, length)),
            Err(refused) => refused,
        }
    })
}

pub(super) unsafe extern "C" fn C_SetPIN(
    session: CK_SESSION_HANDLE,
    old: *mut CK_UTF8CHAR,
    old_length: CK_ULONG,
    new: *mut CK_UTF8CHAR,
    new_length: CK_ULONG,
) -> CK_RV {
    let pins = [shown(old, old_length), shown(new, new_length)];
    guarded("C_SetPIN", &about(None, &pins), |plan| {
        let pad = plan.rules.pin_pad.as_ref();
        let old = typed(old, old_length, pad.map(|pad| Some(pad.pin.as_str())));
        let new = typed(new, new_length, pad.map(|pad| pad.new_pin.as_deref()));
        match (old, new) {
            (Ok((old, old_length)), Ok((new, new_length))) => {
                ask!(C_SetPIN(session, old, old_length, new, new_length))
            }
            (Err(refused), _) | (_, Err(refused)) => refused,
        }
    })
}

pub(super) unsafe extern "C" fn C_Login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    let pins = [shown(pin, length)];
    guarded("C_Login", &about(Some(user), &pins), |plan| {
        let pad = plan.rules.pin_pad.as_ref();
        match typed(pin, length, pad.map(|pad| Some(pad.pin.as_str()))) {
            Ok((pin, length)) => ask!(C_Login(session, user, pin, length)),
            Err(refused) => refused,
        }
    })
}

pub(super) unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: *mut c_void,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    guarded("C_OpenSession", &Note::default(), |plan| {
        let mut last = LAST_SESSION.lock().unwrap_or_else(PoisonError::into_inner);
        match handle(plan) {
            Some(_) if nonsense(plan) == Some(Nonsense::SameHandle) => {
                put(session, *last);
                CKR_OK
            }
            Some(nobodys) => {
                put(session, nobodys);
                CKR_OK
            }
            None => {
                let answer = ask!(C_OpenSession(slot, flags, application, notify, session));
                if answer == CKR_OK {
                    change(session, |session| {
                        *last = session;
                        session
                    });
                }
                answer
            }
        }
    })
}

pub(super) unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    guarded("C_FindObjects", &Note::default(), |plan| {
        let answer = ask!(C_FindObjects(session, objects, most, count));
        match nonsense(plan) {
            Some(Nonsense::MoreThanAsked) => put(count, most + 100),
            Some(Nonsense::HugeCount) => put(count, CK_ULONG::MAX),
            Some(_) if most > 0 => {
                put(objects, handle(plan).unwrap_or(UNKNOWN));
                put(count, 1);
            }
            _ => {}
        }
        answer
    })
}

pub(super) unsafe extern "C" fn C_GetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    guarded("C_GetAttributeValue", &Note::default(), |plan| {
        let answer = ask!(C_GetAttributeValue(session, object, template, count));
        let Some(nonsense) = nonsense(plan) else {
            return answer;
        };
        if answer == CKR_OK && count > 0 {
            change(template, |attribute| spoilt(nonsense, attribute));
        }
        answer
    })
}

/// The first attribute of a template, made nonsense.
fn spoilt(nonsense: Nonsense, mut attribute: CK_ATTRIBUTE) -> CK_ATTRIBUTE {
    let length = attribute.ulValueLen;
    match nonsense {
        Nonsense::Short => attribute.ulValueLen = length.saturating_sub(1),
        Nonsense::Long => attribute.ulValueLen = length + 1,
        Nonsense::HugeCount | Nonsense::MoreThanAsked => attribute.ulValueLen = HUGE << 20,
        Nonsense::Garbage | Nonsense::ZeroHandle | Nonsense::SameHandle => {
            overwrite(attribute.pValue.cast(), length);
        }
    }
    attribute
}

pub(super) unsafe extern "C" fn C_CreateObject(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    object: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    guarded("C_CreateObject", &Note::default(), |plan| {
        let answer = ask!(C_CreateObject(session, template, count, object));
        if let Some(nobodys) = handle(plan) {
            put(object, nobodys);
        }
        answer
    })
}

pub(super) unsafe extern "C" fn C_Sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    guarded("C_Sign", &Note::default(), |plan| {
        let answer = ask!(C_Sign(session, data, data_length, signature, length));
        spoil_signature(plan, signature, length);
        answer
    })
}

pub(super) unsafe extern "C" fn C_SignFinal(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    guarded("C_SignFinal", &Note::default(), |plan| {
        let answer = ask!(C_SignFinal(session, signature, length));
        spoil_signature(plan, signature, length);
        answer
    })
}

/// The length of a buffer is told right, so that the call comes that fills it.
fn spoil_signature(plan: &Plan, signature: *mut CK_BYTE, length: *mut CK_ULONG) {
    match nonsense(plan) {
        Some(Nonsense::HugeCount) => put(length, HUGE << 20),
        Some(Nonsense::Short) if !signature.is_null() => change(length, |length| length - 1),
        // Also where the length is asked for: the caller's buffer is then as long as that.
        Some(Nonsense::MoreThanAsked) => change(length, |length| length + 1),
        Some(Nonsense::Long) if !signature.is_null() => change(length, |length| length + 1),
        Some(Nonsense::Garbage | Nonsense::ZeroHandle | Nonsense::SameHandle)
            if !signature.is_null() =>
        {
            overwrite(signature, 64);
        }
        _ => {}
    }
}

pub(super) unsafe extern "C" fn C_DeriveKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    base: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    guarded("C_DeriveKey", &Note::default(), |plan| {
        let answer = ask!(C_DeriveKey(session, mechanism, base, template, count, key));
        if let Some(nobodys) = handle(plan) {
            put(key, nobodys);
        }
        answer
    })
}

pub(super) unsafe extern "C" fn C_GenerateKeyPair(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    public_template: *mut CK_ATTRIBUTE,
    public_count: CK_ULONG,
    private_template: *mut CK_ATTRIBUTE,
    private_count: CK_ULONG,
    public: *mut CK_OBJECT_HANDLE,
    private: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    guarded("C_GenerateKeyPair", &Note::default(), |plan| {
        let answer = ask!(C_GenerateKeyPair(
            session,
            mechanism,
            public_template,
            public_count,
            private_template,
            private_count,
            public,
            private
        ));
        if let Some(nobodys) = handle(plan) {
            put(public, nobodys);
            put(private, nobodys);
        }
        answer
    })
}

pub(super) unsafe extern "C" fn C_WaitForSlotEvent(
    flags: CK_FLAGS,
    slot: *mut CK_SLOT_ID,
    reserved: *mut c_void,
) -> CK_RV {
    guarded("C_WaitForSlotEvent", &Note::default(), |plan| {
        if !plan.rules.events {
            return ask!(C_WaitForSlotEvent(flags, slot, reserved));
        }
        let mut present = !plan.rules.gone;
        while !faults::presence_changed(present) {
            if flags & CKF_DONT_BLOCK != 0 {
                return CKR_NO_EVENT;
            }
            std::thread::sleep(PRESENCE_PAUSE);
            present = !faults::rules().gone;
        }
        let mut slots = [0; 16];
        let mut count = 16;
        let answer = ask!(C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count));
        put(slot, slots[0]);
        answer
    })
}

fn nonsense(plan: &Plan) -> Option<Nonsense> {
    match plan.fault {
        Some(Fault::Nonsense(nonsense)) => Some(nonsense),
        _ => None,
    }
}

/// The handle that stands for none, or for one that nobody gave out.
fn handle(plan: &Plan) -> Option<CK_ULONG> {
    nonsense(plan).map(|nonsense| match nonsense {
        Nonsense::ZeroHandle => 0,
        _ => UNKNOWN,
    })
}

fn about<'a>(user: Option<CK_USER_TYPE>, pins: &'a [Shown<'a>]) -> Note<'a> {
    Note { user, pins }
}

/// A PIN as the caller shows it.
fn shown<'a>(pin: *const CK_UTF8CHAR, length: CK_ULONG) -> Shown<'a> {
    if pin.is_null() {
        return Shown::OnDevice;
    }
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: a caller's PIN is as long as it says, and the slice is gone before the caller's call returns.
    Shown::Typed(unsafe { std::slice::from_raw_parts(pin, length) })
}

/// The PIN that goes to the real module: the caller's, or the one that is typed on the token. Nothing in place of
/// the other.
fn typed(
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
    pad: Option<Option<&str>>,
) -> Result<(*mut CK_UTF8CHAR, CK_ULONG), CK_RV> {
    match pad {
        None => Ok((pin, length)),
        Some(Some(keys)) if pin.is_null() => {
            let length = CK_ULONG::try_from(keys.len()).map_err(|_| CKR_ARGUMENTS_BAD)?;
            // The real module only reads, though the C type is not const; the rules outlive the call.
            Ok((keys.as_ptr().cast_mut(), length))
        }
        // Nobody types.
        Some(None) if pin.is_null() => Err(CKR_FUNCTION_CANCELED),
        Some(_) => Err(CKR_ARGUMENTS_BAD),
    }
}

fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: the caller of a PKCS#11 function gives valid places, or null.
        unsafe { place.write(value) };
    }
}

fn change<T: Copy>(place: *mut T, change: impl FnOnce(T) -> T) {
    if !place.is_null() {
        // SAFETY: the caller of a PKCS#11 function gives valid places, or null; this one has been written.
        unsafe { place.write(change(place.read())) };
    }
}

fn overwrite(place: *mut u8, length: CK_ULONG) {
    if !place.is_null() && length != CK_UNAVAILABLE_INFORMATION {
        let length = usize::try_from(length).unwrap_or(0);
        // SAFETY: the real module has just written as many bytes there.
        unsafe { place.write_bytes(0xa5, length) };
    }
}
