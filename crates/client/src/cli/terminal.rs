//! The terminal itself, for what must be typed by a person whatever stdin and stdout are.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};

use wattkey_token::Pin;

use super::fault::{Exit, Fault};

#[cfg(unix)]
const INPUT: &str = "/dev/tty";
#[cfg(windows)]
const INPUT: &str = "CONIN$";
#[cfg(unix)]
const OUTPUT: &str = "/dev/tty";
#[cfg(windows)]
const OUTPUT: &str = "CONOUT$";

/// Longest line that a person may type.
const MAX_LINE: usize = 256;

/// An open terminal.
pub(crate) struct Terminal {
    input: File,
    output: File,
}

impl Terminal {
    /// `None` when the program has no terminal.
    pub(crate) fn open() -> Option<Terminal> {
        let input = OpenOptions::new().read(true).open(INPUT).ok()?;
        let output = OpenOptions::new().write(true).open(OUTPUT).ok()?;
        Some(Terminal { input, output })
    }

    /// The terminal, where a PIN must be typed.
    pub(crate) fn needed() -> Result<Terminal, Fault> {
        Terminal::open().ok_or_else(|| Fault::new("no-pin", Exit::NoPin))
    }

    pub(crate) fn show(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }

    /// Asks for a line; without its end.
    pub(crate) fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.show(prompt)?;
        let mut line = Vec::new();
        let mut byte = [0];
        while self.input.read(&mut byte)? == 1 && byte[0] != b'\n' {
            if line.len() == MAX_LINE {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the line is too long",
                ));
            }
            line.push(byte[0]);
        }
        String::from_utf8(line)
            .map(|line| line.trim().to_owned())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the line is not text"))
    }

    /// Asks for a PIN without showing it.
    pub(crate) fn ask_pin(&mut self, prompt: &str) -> io::Result<Pin> {
        self.show(prompt)?;
        let config = rpassword::ConfigBuilder::new()
            .input_file_path(INPUT)
            .output_file_path(OUTPUT);
        rpassword::read_password_with_config(config.build()).map(Pin::new)
    }
}
