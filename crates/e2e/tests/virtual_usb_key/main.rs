//! A real USB key in a real reader, as far as programs can tell: the PIV application of the Nitrokey
//! 3 firmware behind pcscd. It is issued through `libykcs11.so`, used through OpenSC, pulled and
//! plugged in again, with the servers and programs that ship.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
mod life;
mod pulled;
mod scene;
mod several;
