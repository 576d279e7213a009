//! The whole system, provisioned and started as its users would: with the shipped programs, their
//! command lines and their configuration files, and nothing else.
//!
//! [`World`] is one folder with everything in it: the tokens of both CAs, of the encryption card,
//! of the platform and of each USB key (one SoftHSM2 directory each), configurations, databases,
//! journals. [`World::provision`] makes it, [`World::start`] starts bank stand-in, platform and
//! security server, and dropping what it returns stops them. `wattkey-demo` shows it to a person;
//! the tests in `tests/` take it through faults.

pub mod files;
pub mod interrupt;
pub mod large;
pub mod layout;
pub mod process;
pub mod provision;
pub mod sample;
pub mod world;

pub use layout::Layout;
pub use process::{Output, Program, Server};
pub use world::{Running, World};
