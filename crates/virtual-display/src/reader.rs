//! A screen reader: what it can say of a window.

use std::io::Write as _;
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use crate::Session;
use crate::child::{Kept, Lines};

const SCRIPT: &str = include_str!("screen_reader.py");
/// How long one look at a window may take.
const LOOK: Duration = Duration::from_secs(20);
/// Debian's own Python has libatspi; one of a virtual environment has not.
const PYTHON: &str = "/usr/bin/python3";

/// Something that a screen reader can name.
#[derive(Clone, Debug, Deserialize)]
pub struct Element {
    /// How deep below its program; 0 of what is asked for by its focus.
    pub depth: u32,
    /// What it is, in the words of AT-SPI: `button`, `page tab`.
    pub role: String,
    /// What it is called.
    pub name: String,
    /// What more is said of it.
    pub description: String,
    /// What stands in it.
    pub text: String,
    /// Values of what else is known of it: a hint, a place in a list.
    pub attributes: Vec<String>,
    /// Its states in the words of AT-SPI: `focused`, `enabled`, `checked`.
    pub states: Vec<String>,
    /// Where it is on the display.
    pub place: Option<Place>,
}

/// A rectangle in pixels, from the display's upper left.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Place {
    /// From the left.
    pub x: i32,
    /// From above.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

impl Element {
    /// Whether it has that state.
    #[must_use]
    pub fn is(&self, state: &str) -> bool {
        self.states.iter().any(|known| known == state)
    }

    /// All that is said of it.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let said = [&self.name, &self.description, &self.text].into_iter();
        said.chain(&self.attributes).map(String::as_str)
    }
}

impl Place {
    /// Its middle, where a person would click.
    #[must_use]
    pub fn middle(self) -> (i16, i16) {
        let middle = |from: i32, length: i32| i16::try_from(from + length / 2).unwrap_or(i16::MAX);
        (middle(self.x, self.width), middle(self.y, self.height))
    }
}

/// A screen reader that ends with this value.
#[derive(Debug)]
pub struct ScreenReader {
    input: ChildStdin,
    lines: Lines,
    _process: Kept,
}

impl ScreenReader {
    /// Starts it in a session. Programs that start later find it there.
    ///
    /// # Errors
    /// Python or libatspi is not installed.
    pub fn start(session: &Session) -> anyhow::Result<Self> {
        let mut command = Command::new(PYTHON);
        command
            .args(["-u", "-c", SCRIPT])
            .envs(session.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // libatspi of Debian 12 warns of messages that are newer than it, one by one.
            .stderr(Stdio::null());
        let mut process = Kept::spawn(&mut command)?;
        let mut reader = Self {
            input: process.0.stdin.take().context("its input is piped")?,
            lines: Lines::of(process.0.stdout.take().context("its output is piped")?),
            _process: process,
        };
        // It answers once it has told the bus that it listens; no program has the number 0.
        let listens = reader.look(0);
        listens.context("python3-gi and gir1.2-atspi-2.0 are needed; ./test installs them")?;
        Ok(reader)
    }

    /// The elements of a process's windows, from the top; nothing while it has told none.
    ///
    /// # Errors
    /// The screen reader does not answer in time.
    pub fn look(&mut self, process: u32) -> anyhow::Result<Option<Vec<Element>>> {
        self.ask(&process.to_string())
    }

    /// The same without what lists and tables hold, which takes far less time on a page with long ones.
    ///
    /// # Errors
    /// The screen reader does not answer in time.
    pub fn look_briefly(&mut self, process: u32) -> anyhow::Result<Option<Vec<Element>>> {
        self.ask(&format!("{process} briefly"))
    }

    /// What has the focus in a process's windows.
    ///
    /// # Errors
    /// The screen reader does not answer in time.
    pub fn focused(&mut self, process: u32) -> anyhow::Result<Option<Element>> {
        let focused = self.ask(&format!("{process} focused"))?;
        Ok(focused.and_then(|mut focused| focused.pop()))
    }

    fn ask(&mut self, question: &str) -> anyhow::Result<Option<Vec<Element>>> {
        writeln!(self.input, "{question}").context("the screen reader ended")?;
        let line = self.lines.next("the screen reader", LOOK)?;
        Ok(serde_json::from_str(&line)?)
    }
}
