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
//! # fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error>> {
//! use wattkey_token::{Module, Pin};
//!
//! if let Some(code) = wattkey_token::host::serve_if_asked() {
//!     return Ok(code);
//! }
//! wattkey_token::harden_process()?;
//! let module = Module::load("/usr/lib/softhsm/libsofthsm2.so".as_ref())?;
//! let key = module.usb_keys()?.pop().ok_or("no USB key")?;
//! let key = key.unlock(&Pin::from_fd(0)?)?;
//! let login = key.authentication_signer().sign(b"a session statement")?;
//! let order = key.sign_with_signature_key(&Pin::from_fd(0)?, b"an order")?;
//! # Ok(std::process::ExitCode::SUCCESS)
//! # }
//! ```
//!
//! All keys are P-256. Messages are hashed here and signed with `CKM_ECDSA`, because not every module hashes.
//!
//! # The module's process
//!
//! A vendor's module may hang or crash, so it runs in a child process: this very program again, which is why `main`
//! begins with [`host::serve_if_asked`]. Each call has a deadline ([`Deadlines`]). Past it the child is killed, all
//! calls under way fail with [`TokenError::Hung`] or [`TokenError::Crashed`], USB keys are locked, and the next call
//! starts another child. What happens inside the child is in [`local`].
//!
//! # PINs
//!
//! PINs are shown to the token and to nothing else, and are not logged. A call that only uses a PIN shows it once. Those
//! that set or change one ([`UsbKey::change_pin`], [`provision`]) may show it again, but only after the token took it.
//! None is kept after its use, or sent again by itself. The one exception is a server's [`Card`], which keeps its PIN,
//! logs in again by itself, and says when.
//! [`TokenError::WrongPin`] means that the token said so; whatever fails on this side of the token has another name.
//! After a call that showed a PIN was lost with its child, the error has the state of the PIN as it was read again.
//!
//! Calls block, for as long as the device takes: keep them off an async reactor. [`Module::events`] tells which
//! tokens come and go.

mod capsule;
mod card;
mod child;
mod error;
mod event;
mod events;
pub mod host;
mod info;
pub mod key_id;
mod key_use;
pub mod local;
mod module;
mod options;
mod pin;
mod pin_rules;
mod process;
pub mod provision;
mod thumbprints;
mod unlocked;
mod usb_key;
#[doc(hidden)]
pub mod wire;

pub use capsule::CapsuleKeys;
pub use card::Card;
pub use error::{Cause, TokenError};
pub use event::Event;
pub use events::Events;
pub use info::{PinState, TokenInfo};
pub use key_use::KeyUse;
pub use module::Module;
pub use options::{Deadlines, HostOptions};
pub use pin::{Pin, PinError};
pub use pin_rules::{BrokenRule, PinRules};
pub use process::harden_process;
pub use unlocked::{LoginCheck, SignatureSigner, UnlockedKey};
pub use usb_key::{UnlockError, UsbKey};
