//! The one place with `unsafe`: what `cryptoki` and `std` do not offer safely.
//!
//! - a signature with a login between `C_SignInit` and `C_Sign` (`CKA_ALWAYS_AUTHENTICATE`);
//! - changing a PIN that is typed on the token's own pad;
//! - reading a secret value into a buffer that is wiped (`cryptoki` leaves a copy behind);
//! - closing descriptors that nobody here opened;
//! - reading from a file descriptor that is only known by its number.
#![expect(
    unsafe_code,
    reason = "cryptoki keeps its function list to itself and std takes no bare descriptors"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;

use cryptoki::context::Function;
use cryptoki::error::{Error, Result, Rv};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki_sys as sys;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// A module's functions, beside those that `cryptoki` calls.
///
/// The library is loaded a second time, which yields the same library with the same state: sessions and objects of
/// `cryptoki`'s are valid here. It stays loaded as long as this value lives.
pub(crate) struct Functions {
    list: sys::CK_FUNCTION_LIST,
    // Keeps the code that `list` points to in memory.
    _library: sys::Pkcs11,
}

impl Functions {
    /// Loads the module, which must be the one that `cryptoki` has loaded.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        // SAFETY: loading runs the library's initialisers; cryptoki has done the same with this file before.
        let library = unsafe { sys::Pkcs11::new(path) }.map_err(Error::LibraryLoading)?;
        let Ok(function_list) = library.C_GetFunctionList.as_ref() else {
            return Err(Error::MissingSymbol("C_GetFunctionList"));
        };
        let mut list = std::ptr::null_mut();
        // SAFETY: the symbol has this signature in every version of PKCS#11; `list` is a valid place for its answer.
        Rv::from(unsafe { function_list(&raw mut list) }).into_result(Function::GetFunctionList)?;
        if list.is_null() {
            return Err(Error::NullFunctionPointer);
        }
        // SAFETY: the module answered CKR_OK, so `list` points to its function list, which is never changed.
        let list = unsafe { *list };
        Ok(Self {
            list,
            _library: library,
        })
    }

    /// C_SignInit, C_Login(CKU_CONTEXT_SPECIFIC), C_Sign with `CKM_ECDSA`: 64 bytes `r‖s`.
    ///
    /// When this fails the session may be left within the operation: close it.
    pub(crate) fn sign_with_login(
        &self,
        session: &Session,
        key: ObjectHandle,
        pin: Option<&SecretString>,
        digest: &[u8; 32],
    ) -> Result<[u8; 64]> {
        let init = self.list.C_SignInit.ok_or(Error::NullFunctionPointer)?;
        let login = self.list.C_Login.ok_or(Error::NullFunctionPointer)?;
        let sign = self.list.C_Sign.ok_or(Error::NullFunctionPointer)?;
        let mut mechanism = sys::CK_MECHANISM {
            mechanism: sys::CKM_ECDSA,
            pParameter: std::ptr::null_mut(),
            ulParameterLen: 0,
        };
        // SAFETY: the mechanism outlives the call and has no parameter; handles that are not valid are refused.
        Rv::from(unsafe { init(session.handle(), &raw mut mechanism, key.handle()) })
            .into_result(Function::SignInit)?;

        // No PIN at all makes the token ask for it on its own pad.
        let (pin, pin_length) = match pin {
            Some(pin) => {
                let pin = pin.expose_secret().as_bytes();
                (pin.as_ptr().cast_mut(), pin.len().try_into()?)
            }
            None => (std::ptr::null_mut(), 0),
        };
        // SAFETY: the module reads `pin_length` bytes of a PIN that outlives the call and writes none, though the C type
        // is not const; a null PIN stands for the token's own pad.
        Rv::from(unsafe { login(session.handle(), sys::CKU_CONTEXT_SPECIFIC, pin, pin_length) })
            .into_result(Function::Login)?;

        let mut signature = [0; 64];
        let mut length = signature.len().try_into()?;
        // SAFETY: the module reads 32 bytes, and writes at most `length` bytes and then their number to `length`.
        Rv::from(unsafe {
            sign(
                session.handle(),
                digest.as_ptr().cast_mut(),
                digest.len().try_into()?,
                signature.as_mut_ptr(),
                &raw mut length,
            )
        })
        .into_result(Function::Sign)?;
        if usize::try_from(length)? == signature.len() {
            Ok(signature)
        } else {
            Err(Error::InvalidValue)
        }
    }

    /// C_SetPIN where the token asks for both PINs on its own pad (PKCS#11 v3.1 §5.5.8).
    pub(crate) fn set_pin_on_device(&self, session: &Session) -> Result<()> {
        let set_pin = self.list.C_SetPIN.ok_or(Error::NullFunctionPointer)?;
        let none = std::ptr::null_mut();
        // SAFETY: null PINs of no length stand for the token's own pad; nothing is read through them.
        Rv::from(unsafe { set_pin(session.handle(), none, 0, none, 0) })
            .into_result(Function::SetPIN)
    }

    /// Reads a `CKA_VALUE` of exactly 32 bytes.
    pub(crate) fn read_value(
        &self,
        session: &Session,
        object: ObjectHandle,
    ) -> Result<Zeroizing<[u8; 32]>> {
        let read = self
            .list
            .C_GetAttributeValue
            .ok_or(Error::NullFunctionPointer)?;
        let mut value = Zeroizing::new([0_u8; 32]);
        let mut template = sys::CK_ATTRIBUTE {
            type_: sys::CKA_VALUE,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: value.len().try_into()?,
        };
        // SAFETY: one attribute, whose buffer is as long as it says and outlives the call.
        Rv::from(unsafe { read(session.handle(), object.handle(), &raw mut template, 1) })
            .into_result(Function::GetAttributeValue)?;
        if usize::try_from(template.ulValueLen)? == value.len() {
            Ok(value)
        } else {
            Err(Error::InvalidValue)
        }
    }
}

/// Closes the descriptors that came with the process, other than the standard ones and `kept`.
///
/// To be called at the start of a process, before it has opened anything of its own.
pub(crate) fn close_all_but(kept: &OwnedFd) -> io::Result<()> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse::<RawFd>().ok());
        open.extend(number.filter(|fd| *fd > 2 && *fd != kept.as_raw_fd()));
    }
    for fd in open {
        // The listing's own descriptor is closed by now, and must not be closed twice.
        if std::fs::symlink_metadata(format!("/proc/self/fd/{fd}")).is_ok() {
            // SAFETY: no value owns it, as the process has only started.
            unsafe { rustix::io::close(fd) };
        }
    }
    Ok(())
}

/// Reads one byte from a file descriptor of this process; nothing at its end.
///
/// Opening `/dev/fd/N` would do for pipes, but a file opened so starts at its beginning again.
#[cfg(unix)]
pub(crate) fn read_byte(fd: u32) -> io::Result<Option<u8>> {
    let fd = RawFd::try_from(fd).map_err(|_| io::Error::from(rustix::io::Errno::BADF))?;
    // SAFETY: RawFd is not -1, as it comes from an unsigned number. The borrow ends with this call, whose only use
    // of it is a read: of a descriptor that is not open it answers EBADF.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    let mut byte = [0];
    let length = rustix::io::retry_on_intr(|| rustix::io::read(fd, &mut byte))?;
    Ok((length == 1).then_some(byte[0]))
}
