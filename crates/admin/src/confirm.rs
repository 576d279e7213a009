//! A preview of what will happen, and a person's yes.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::exit::{Failure, Kind};
use crate::output::{Output, note};

/// Shows `lines` and asks, unless `yes` was given.
pub(crate) fn confirm(output: &Output, yes: bool, lines: &[String]) -> Result<(), Failure> {
    for line in lines {
        note(line);
    }
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::because(
            Kind::NotConfirmed,
            "stdin is not a terminal",
        ));
    }
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{}", output.language.ask_confirm());
    let _ = stderr.flush();
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::new(Kind::NotConfirmed, &error))?;
    match answer.trim() {
        "y" | "Y" | "yes" | "是" => Ok(()),
        _ => Err(Failure::because(Kind::NotConfirmed, "")),
    }
}
