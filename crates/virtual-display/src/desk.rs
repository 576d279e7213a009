//! A person in front of a window: keys, a mouse, and what a screen reader says.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use x11rb::protocol::xproto::Window;

use crate::{Button, Changes, Display, Element, Key, Picture, ScreenReader, Session};

/// How often Tab is pressed at most until something has the focus.
const MOST_TABS: usize = 250;
/// How long the focus may take to move.
const FOCUS: Duration = Duration::from_millis(300);
/// How long it must stay where it was wanted.
const SETTLED: Duration = Duration::from_millis(100);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A display, a session, a screen reader, and the window that is attended to.
#[derive(Debug)]
pub struct Desk {
    // Dropped in order: the reader, its session, the display.
    reader: ScreenReader,
    session: Session,
    display: Display,
    window: Option<(u32, Window)>,
}

impl Desk {
    /// Starts display, session and screen reader.
    ///
    /// # Errors
    /// Something of it is not installed, or does not start in time.
    pub fn start(width: u16, height: u16) -> anyhow::Result<Self> {
        let display = Display::start(width, height)?;
        let session = Session::start(&display)?;
        Ok(Self {
            reader: ScreenReader::start(&session)?,
            session,
            display,
            window: None,
        })
    }

    /// What a program has in its environment to open its window here, drawn without a graphics card.
    #[must_use]
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut environment = self.session.environment();
        environment.push(("SLINT_BACKEND".into(), "winit-software".into()));
        environment
    }

    /// The display.
    #[must_use]
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// Waits for a program's window and gives it the keyboard.
    ///
    /// # Errors
    /// There is none in time.
    pub fn attend(&mut self, process: u32, limit: Duration) -> anyhow::Result<()> {
        let window = self.display.wait_for_window(limit)?;
        self.display.focus(window)?;
        self.window = Some((process, window));
        Ok(())
    }

    /// Asks the window to close.
    ///
    /// # Errors
    /// There is none.
    pub fn close(&mut self) -> anyhow::Result<()> {
        let (_, window) = self.window.take().context("no window is attended to")?;
        self.display.close(window)
    }

    /// Changes of what the window shows, from now on.
    ///
    /// # Errors
    /// There is no window.
    pub fn changes(&self) -> anyhow::Result<Changes<'_>> {
        let (_, window) = self.window.context("no window is attended to")?;
        self.display.changes(window)
    }

    /// What the display shows.
    ///
    /// # Errors
    /// The display is gone.
    pub fn picture(&self) -> anyhow::Result<Picture> {
        self.display.picture()
    }

    /// Presses a key.
    ///
    /// # Errors
    /// The display is gone.
    pub fn press(&self, key: Key) -> anyhow::Result<()> {
        self.display.press(key)
    }

    /// Types.
    ///
    /// # Errors
    /// A character is on no key.
    pub fn type_text(&self, text: &str) -> anyhow::Result<()> {
        self.display.type_text(text)
    }

    /// Everything that the screen reader finds in the window.
    ///
    /// # Errors
    /// It does not answer.
    pub fn look(&mut self) -> anyhow::Result<Vec<Element>> {
        let (process, _) = self.window.context("no window is attended to")?;
        Ok(self.reader.look(process)?.unwrap_or_default())
    }

    /// The same without what lists and tables hold: far quicker on a page with long ones.
    ///
    /// # Errors
    /// It does not answer.
    pub fn look_briefly(&mut self) -> anyhow::Result<Vec<Element>> {
        let (process, _) = self.window.context("no window is attended to")?;
        Ok(self.reader.look_briefly(process)?.unwrap_or_default())
    }

    /// The elements of a role that stand below the first one of another role.
    ///
    /// # Errors
    /// The screen reader does not answer.
    pub fn below(&mut self, parent: &str, role: &str) -> anyhow::Result<Vec<Element>> {
        let seen = self.look()?;
        let Some(place) = seen.iter().position(|element| element.role == parent) else {
            return Ok(Vec::new());
        };
        let below = seen[place + 1..].iter();
        let below = below.take_while(|element| element.depth > seen[place].depth);
        Ok(below
            .filter(|element| element.role == role)
            .cloned()
            .collect())
    }

    /// Waits until an element is there; gives the first.
    ///
    /// # Errors
    /// None is in time; the error says what is there.
    pub fn wait_until(
        &mut self,
        what: &str,
        limit: Duration,
        fits: impl Fn(&Element) -> bool,
    ) -> anyhow::Result<Element> {
        let end = Instant::now() + limit;
        loop {
            let seen = self.look()?;
            if let Some(element) = seen.iter().find(|element| fits(element)) {
                return Ok(element.clone());
            }
            if Instant::now() >= end {
                bail!("{what}: not within {limit:?}; there are:\n{}", told(&seen));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Waits until something has exactly that name.
    ///
    /// # Errors
    /// Nothing has in time.
    pub fn wait_for(&mut self, name: &str, limit: Duration) -> anyhow::Result<Element> {
        self.wait_until(name, limit, |element| element.name == name)
    }

    /// Waits until nothing has that name any more.
    ///
    /// # Errors
    /// Something still has it.
    pub fn wait_until_gone(&mut self, name: &str, limit: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + limit;
        while self.look()?.iter().any(|element| element.name == name) {
            if Instant::now() >= end {
                bail!("{name:?} is still there after {limit:?}");
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Moves the focus by the keyboard alone until it is on the element of that name.
    ///
    /// # Errors
    /// It never gets there; the error says what had the focus on the way.
    pub fn go_to(&mut self, name: &str) -> anyhow::Result<Element> {
        self.go_until(name, |element| element.name == name)
    }

    /// The same for an element that fits.
    ///
    /// # Errors
    /// The focus never gets there.
    pub fn go_until(
        &mut self,
        what: &str,
        fits: impl Fn(&Element) -> bool,
    ) -> anyhow::Result<Element> {
        let mut way: Vec<String> = Vec::new();
        let mut now = self.focused()?;
        for _ in 0..MOST_TABS {
            if now.as_ref().is_some_and(&fits) {
                // A page that has just come may move the focus itself while a key is on its way.
                std::thread::sleep(SETTLED);
                now = self.focused()?;
                if let Some(element) = now.as_ref().filter(|element| fits(element)) {
                    return Ok(element.clone());
                }
                continue;
            }
            way.extend(now.as_ref().map(|element| element.name.clone()));
            self.press(Key::Tab)?;
            now = self.wait_for_other_focus(now.as_ref())?;
        }
        bail!(
            "the focus does not get to {what:?}; it was on: {}",
            way.join(" | ")
        )
    }

    /// What has the focus.
    ///
    /// # Errors
    /// The screen reader does not answer.
    pub fn focused(&mut self) -> anyhow::Result<Option<Element>> {
        let (process, _) = self.window.context("no window is attended to")?;
        self.reader.focused(process)
    }

    /// Clicks in the middle of an element.
    ///
    /// # Errors
    /// It has no place.
    pub fn click(&self, element: &Element) -> anyhow::Result<()> {
        let place = element.place.context("it has no place")?;
        let (x, y) = place.middle();
        self.display.point(x, y)?;
        self.display.click(Button::Left)
    }

    /// Gives what has the focus then; the same as before when nothing else gets it in time.
    fn wait_for_other_focus(
        &mut self,
        before: Option<&Element>,
    ) -> anyhow::Result<Option<Element>> {
        let known = |element: Option<&Element>| {
            element.map(|element| {
                let place = element.place.map(|place| (place.x, place.y));
                (element.name.clone(), element.role.clone(), place)
            })
        };
        let end = Instant::now() + FOCUS;
        loop {
            let now = self.focused()?;
            let moved = now.is_some() && known(now.as_ref()) != known(before);
            if moved || Instant::now() >= end {
                return Ok(now);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Elements in words, for a person who reads why a test failed.
fn told(elements: &[Element]) -> String {
    let lines = elements.iter().filter(|element| !element.name.is_empty());
    let lines = lines.map(|element| {
        let (role, name, text) = (&element.role, &element.name, &element.text);
        let focused = if element.is("focused") {
            " (focused)"
        } else {
            ""
        };
        format!("  {role} {name:?} {text:?}{focused}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
