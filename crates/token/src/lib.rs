//! USB keys and encryption cards through PKCS#11.
//!
//! Two kinds of token, one standard (PKCS#11 v3.1, as far as v2.40 modules know it):
//!
//! - A **USB key** belongs to a person. [`UsbKey`] is locked: its certificates can be read, its keys cannot be used.
//!   [`UsbKey::unlock`] takes the PIN and yields an [`UnlockedKey`], whose authentication key signs freely and whose
//!   signature key (`CKA_ALWAYS_AUTHENTICATE`) wants the PIN again for every signature.
//! - A **card** belongs to a server. [`Card`] stays logged in, spreads its work over a bounded pool of sessions and
//!   serves many threads: signatures ([`wattkey_pki::Signer`]) and the ECDH that opens capsules
//!   ([`CapsuleKeys`], a [`wattkey_seal::Decapsulator`]).
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use wattkey_token::{Module, Pin};
//!
//! wattkey_token::harden_process()?;
//! let module = Module::load("/usr/lib/softhsm/libsofthsm2.so".as_ref())?;
//! let key = module.usb_keys()?.pop().ok_or("no USB key")?;
//! let key = key.unlock(&Pin::from_fd(0)?)?;
//! let login = key.authentication_signer().sign(b"a session statement")?;
//! let order = key.sign_with_signature_key(&Pin::from_fd(0)?, b"an order")?;
//! # Ok(())
//! # }
//! ```
//!
//! All keys are P-256. Messages are hashed here and signed with `CKM_ECDSA`, because not every module hashes.
//!
//! PINs are shown to the token and to nothing else: no PIN is kept after its use, sent a second time, or logged.
//! [`TokenError::WrongPin`] means that the token said so; whatever fails on this side of the token has another name.
//!
//! Calls block, for as long as the device takes: keep them off an async reactor. What this crate does not do: it
//! does not watch for removal and insertion, and it runs the vendor's module inside this process, so a module that
//! hangs or crashes takes the process along.

mod capsule;
mod card;
mod context_login;
mod error;
mod foreign;
mod info;
pub mod key_id;
mod login;
mod module;
mod object;
mod pin;
mod process;
pub mod provision;
mod unlocked;
mod usb_key;

pub use capsule::CapsuleKeys;
pub use card::{Card, KeyUse};
pub use error::TokenError;
pub use info::{PinState, TokenInfo};
pub use module::Module;
pub use pin::{Pin, PinError};
pub use process::harden_process;
pub use unlocked::{SignatureSigner, UnlockedKey};
pub use usb_key::{UnlockError, UsbKey};
