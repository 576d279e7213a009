//! When something was drawn, through the extension DAMAGE.

use std::time::{Duration, Instant};

use anyhow::ensure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd as _;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::Window;

use crate::Display;

/// Pieces of one frame come in one go.
const SAME_FRAME: Duration = Duration::from_millis(2);

/// Changes of what a window shows, from now on.
#[derive(Debug)]
pub struct Changes<'d> {
    display: &'d Display,
    damage: u32,
}

impl Display {
    /// Watches what is drawn in a window.
    ///
    /// # Errors
    /// The window is gone.
    pub fn changes(&self, window: Window) -> anyhow::Result<Changes<'_>> {
        self.connection.damage_query_version(1, 1)?.reply()?;
        let damage = self.connection.generate_id()?;
        let level = ReportLevel::RAW_RECTANGLES;
        self.connection
            .damage_create(damage, window, level)?
            .check()?;
        Ok(Changes {
            display: self,
            damage,
        })
    }
}

impl Display {
    /// Watches what is drawn anywhere, also in windows that are still to come.
    ///
    /// # Errors
    /// The display is gone.
    pub fn all_changes(&self) -> anyhow::Result<Changes<'_>> {
        self.changes(self.root)
    }
}

impl Changes<'_> {
    /// When the next frame was drawn; nothing when there is none within the limit.
    ///
    /// # Errors
    /// The display is gone.
    pub fn next(&mut self, limit: Duration) -> anyhow::Result<Option<Instant>> {
        let Some(drawn) = self.piece(limit)? else {
            return Ok(None);
        };
        let mut last = drawn;
        while last.duration_since(drawn) < SAME_FRAME {
            match self.piece(SAME_FRAME)? {
                Some(more) => last = more,
                None => break,
            }
        }
        Ok(Some(drawn))
    }

    /// When the last frame was drawn before nothing was for so long; nothing when none was drawn at all.
    ///
    /// # Errors
    /// The display is gone, or it does not come to rest within the limit.
    pub fn until_quiet(
        &mut self,
        quiet: Duration,
        limit: Duration,
    ) -> anyhow::Result<Option<Instant>> {
        let end = Instant::now() + limit;
        let mut last = None;
        while let Some(drawn) = self.piece(quiet)? {
            ensure!(drawn < end, "it does not come to rest within {limit:?}");
            last = Some(drawn);
        }
        Ok(last)
    }

    fn piece(&mut self, limit: Duration) -> anyhow::Result<Option<Instant>> {
        let end = Instant::now() + limit;
        let connection = &self.display.connection;
        connection.flush()?;
        loop {
            match connection.poll_for_event()? {
                Some(Event::DamageNotify(event)) if event.damage == self.damage => {
                    return Ok(Some(Instant::now()));
                }
                Some(_) => continue,
                None => {}
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let mut socket = [PollFd::from_borrowed_fd(
                connection.stream().as_fd(),
                PollFlags::IN,
            )];
            poll(&mut socket, Some(&Timespec::try_from(left)?))?;
        }
    }
}

impl Drop for Changes<'_> {
    fn drop(&mut self) {
        // The display may be gone already.
        let _ = self.display.connection.damage_destroy(self.damage);
        let _ = self.display.connection.flush();
    }
}
