//! Keys and clicks, through the extension XTEST: programs cannot tell them from a person's.

use anyhow::Context as _;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;

use crate::Display;

const SHIFT: u32 = 0xffe1;

/// A key that is no character (keysyms of X11, appendix A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next control.
    Tab,
    /// To the control before.
    BackTab,
    /// Return.
    Enter,
    /// Escape.
    Escape,
    /// The space bar.
    Space,
    /// Arrow down.
    Down,
    /// A page down.
    PageDown,
}

impl Key {
    fn symbol(self) -> (u32, bool) {
        match self {
            Self::Tab => (0xff09, false),
            Self::BackTab => (0xff09, true),
            Self::Enter => (0xff0d, false),
            Self::Escape => (0xff1b, false),
            Self::Space => (0x20, false),
            Self::Down => (0xff54, false),
            Self::PageDown => (0xff56, false),
        }
    }
}

/// A button of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The left one.
    Left,
    /// The wheel, one notch towards the person.
    WheelDown,
    /// The wheel, one notch away.
    WheelUp,
}

impl Display {
    /// Presses a key and lets it go.
    ///
    /// # Errors
    /// The display is gone.
    pub fn press(&self, key: Key) -> anyhow::Result<()> {
        let (symbol, shifted) = key.symbol();
        self.stroke(symbol, shifted)
    }

    /// Types characters that a keyboard with Latin letters has.
    ///
    /// # Errors
    /// A character is on none of its keys.
    pub fn type_text(&self, text: &str) -> anyhow::Result<()> {
        for character in text.chars() {
            // Keysyms of Latin 1 are the characters' own numbers.
            let shifted = character.is_ascii_uppercase();
            self.stroke(u32::from(character.to_ascii_lowercase()), shifted)?;
        }
        Ok(())
    }

    /// Moves the mouse there, in pixels from the upper left.
    ///
    /// # Errors
    /// The display is gone.
    pub fn point(&self, x: i16, y: i16) -> anyhow::Result<()> {
        self.connection
            .xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, self.root, x, y, 0)?
            .check()?;
        Ok(())
    }

    /// Presses a button where the mouse is, and lets it go.
    ///
    /// # Errors
    /// The display is gone.
    pub fn click(&self, button: Button) -> anyhow::Result<()> {
        let number = match button {
            Button::Left => 1,
            Button::WheelUp => 4,
            Button::WheelDown => 5,
        };
        self.fake(BUTTON_PRESS_EVENT, number)?;
        self.fake(BUTTON_RELEASE_EVENT, number)?;
        Ok(self.connection.flush()?)
    }

    fn stroke(&self, symbol: u32, shifted: bool) -> anyhow::Result<()> {
        let mut held = Vec::new();
        if shifted {
            held.push(self.code(SHIFT)?);
        }
        held.push(self.code(symbol)?);
        for code in &held {
            self.fake(KEY_PRESS_EVENT, *code)?;
        }
        for code in held.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code)?;
        }
        // Once the server has answered, it has taken in what came before.
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn fake(&self, event: u8, detail: u8) -> anyhow::Result<()> {
        self.connection
            .xtest_fake_input(event, detail, 0, x11rb::NONE, 0, 0, 0)?;
        Ok(())
    }

    /// The key that gives a symbol, alone or with Shift.
    fn code(&self, symbol: u32) -> anyhow::Result<u8> {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = self
            .connection
            .get_keyboard_mapping(first, last - first + 1)?
            .reply()?;
        let each = usize::from(mapping.keysyms_per_keycode).max(1);
        let mut keys = mapping.keysyms.chunks(each);
        let place = keys.position(|symbols| symbols.iter().take(2).any(|known| *known == symbol));
        let place = place.with_context(|| format!("no key gives {symbol:#x}"))?;
        Ok(first + u8::try_from(place)?)
    }
}
