//! A PKCS#11 module that fails on request. It stands in front of a real one, to which all calls go that no fault
//! catches. For tests only: nothing that ships may depend on it.
//!
//! Tests hold a [`Faults`], hand its [`environment`](Faults::environment) to the process that loads [`library`], and
//! write rules, one a line, at any time:
//!
//! | rule | what happens |
//! | --- | --- |
//! | `FUNCTION hang` | the call never returns |
//! | `FUNCTION hang-after` | the same after the real module has done its work |
//! | `FUNCTION seize` | the call never returns, and nor does any later one in that process |
//! | `FUNCTION slow MS` | the call waits first |
//! | `FUNCTION crash abort`, `segv` or `exit` | the process ends |
//! | `FUNCTION crash-after …` | the same after the real module has done its work |
//! | `FUNCTION fail CKR` | that return value, in hexadecimal or decimal; the real module is not asked |
//! | `FUNCTION nonsense KIND` | an answer that the standard does not allow: see [`Nonsense`] |
//! | `gone` | no slot has a token; its sessions end |
//! | `serial TEXT` | tokens say that this is their serial number |
//! | `flags NAME…` | tokens say so of the PIN: see [`Flag`] |
//! | `pin-pad PIN [NEW]` | PINs are typed on the token: this one, and this new one |
//! | `events` | `C_WaitForSlotEvent` works, though the real module may not know it |
//!
//! `FUNCTION` is `C_Sign` and so on, or `*`. `after N` between function and fault lets the first N calls pass that
//! come since the rules were written, in each process; `once` catches one call, in whatever process. The first rule
//! that catches a call holds.
//!
//! Every call leaves a line in a log ([`Faults::calls`]). Of a PIN it holds a salted hash, so that a test can tell
//! how often which one was shown.
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! # let folder = tempfile::tempdir()?;
//! let faults = wattkey_faulty_module::Faults::new(folder.path())?;
//! faults.set("C_Sign after 2 once hang\nflags final-try")?;
//! faults.clear()?;
//! assert_eq!(faults.count("C_Sign"), 0);
//! # Ok(())
//! # }
//! ```

mod control;
mod faults;
mod foreign;
mod log;
mod rules;

pub use control::{Faults, library};
pub use log::Call;
pub use rules::{Flag, Nonsense};
