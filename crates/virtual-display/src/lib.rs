//! A display with a keyboard, a mouse and a screen reader, without hardware, for tests of windows.
//!
//! The parts are real ones: Xvfb, its extensions XTEST (keys and clicks) and DAMAGE (what is drawn, and when), a
//! session bus of its own with at-spi2-core, and libatspi, the library of the screen reader Orca. What is virtual is
//! the person in front of it.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use std::time::Duration;
//! use wattkey_virtual_display::{Desk, Key};
//!
//! let mut desk = Desk::start(1280, 880)?;
//! let program = std::process::Command::new("some-program").envs(desk.environment()).spawn()?;
//! desk.attend(program.id(), Duration::from_secs(20))?;
//! desk.go_to("Open")?;
//! desk.press(Key::Enter)?;
//! desk.wait_for("Opened", Duration::from_secs(5))?;
//! # Ok(())
//! # }
//! ```
//!
//! Everything has a time limit, and everything that was started ends with its value. Nothing here is shared with the
//! person at the machine: not the display, not the bus, not the settings.
//!
//! The Debian packages: `xvfb dbus at-spi2-core python3-gi gir1.2-atspi-2.0`.

mod changes;
mod child;
mod desk;
mod display;
mod input;
mod picture;
mod reader;
mod session;

pub use changes::Changes;
pub use desk::Desk;
pub use display::Display;
pub use input::{Button, Key};
pub use picture::Picture;
pub use reader::{Element, ScreenReader};
pub use session::Session;
