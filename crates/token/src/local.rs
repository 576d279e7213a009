//! Tokens in this process: the vendor's module runs here, with all that it does when it hangs or crashes.
//!
//! The child process of [`host`](crate::host) is made of this; programs use what stands beside this module. Tests
//! that merely make tokens ready may use it directly.

mod card;
mod change_pin;
pub(crate) mod chuid;
mod context_login;
mod events;
mod flavour;
pub(crate) mod foreign;
mod login;
mod module;
mod object;
pub mod provision;
mod session;
mod unlocked;
mod usb_key;

pub use card::Card;
pub use events::Events;
pub use module::Module;
pub use unlocked::{SignatureSigner, UnlockedKey};
pub use usb_key::{UnlockError, UsbKey};
