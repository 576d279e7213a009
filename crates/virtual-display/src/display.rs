//! Xvfb, on a display number that it finds free itself.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ClientMessageEvent, ConnectionExt as _, EventMask, InputFocus, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

use crate::child::{Kept, Lines};

const START: Duration = Duration::from_secs(20);
/// Windows that are smaller are none that a person looks at.
const SMALL: u16 = 100;

/// A display that ends with this value.
#[derive(Debug)]
pub struct Display {
    pub(crate) connection: RustConnection,
    pub(crate) root: Window,
    number: String,
    size: (u16, u16),
    _server: Kept,
}

impl Display {
    /// Starts one of that size in pixels.
    ///
    /// # Errors
    /// Xvfb is not installed, or does not start in time.
    pub fn start(width: u16, height: u16) -> anyhow::Result<Self> {
        let mut command = Command::new("Xvfb");
        command
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .args(["-screen", "0", &format!("{width}x{height}x24")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Kept::spawn(&mut command)?;
        let said = Lines::of(server.0.stdout.take().context("its output is piped")?);
        let number = said.next("Xvfb's display", START)?;
        let number = format!(":{}", number.trim());
        let (connection, screen) = RustConnection::connect(Some(&number))
            .with_context(|| format!("cannot connect to display {number}"))?;
        let root = connection.setup().roots[screen].root;
        Ok(Self {
            connection,
            root,
            number,
            size: (width, height),
            _server: server,
        })
    }

    /// What `DISPLAY` is for its programs.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Width and height, in pixels.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Waits for the first window that a person would see.
    ///
    /// # Errors
    /// There is none in time.
    pub fn wait_for_window(&self, limit: Duration) -> anyhow::Result<Window> {
        let end = Instant::now() + limit;
        loop {
            let tree = self.connection.query_tree(self.root)?.reply()?;
            for window in tree.children {
                // It may be gone again.
                let Ok(attributes) = self.connection.get_window_attributes(window)?.reply() else {
                    continue;
                };
                let Ok(geometry) = self.connection.get_geometry(window)?.reply() else {
                    continue;
                };
                if attributes.map_state == MapState::VIEWABLE
                    && geometry.width > SMALL
                    && geometry.height > SMALL
                {
                    return Ok(window);
                }
            }
            if Instant::now() >= end {
                bail!("no window within {limit:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Gives a window the keyboard, as a window manager would.
    ///
    /// # Errors
    /// The window is gone.
    pub fn focus(&self, window: Window) -> anyhow::Result<()> {
        let focus = InputFocus::PARENT;
        self.connection
            .set_input_focus(focus, window, x11rb::CURRENT_TIME)?
            .check()?;
        Ok(())
    }

    /// Asks a window to close, as a window manager does when somebody clicks there.
    ///
    /// # Errors
    /// The window is gone.
    pub fn close(&self, window: Window) -> anyhow::Result<()> {
        let atom =
            |name: &[u8]| anyhow::Ok(self.connection.intern_atom(false, name)?.reply()?.atom);
        let (protocols, delete) = (atom(b"WM_PROTOCOLS")?, atom(b"WM_DELETE_WINDOW")?);
        let message = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
        let no_mask = EventMask::NO_EVENT;
        self.connection
            .send_event(false, window, no_mask, message)?
            .check()?;
        Ok(())
    }
}
