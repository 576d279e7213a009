//! A new PIN: typed twice, and good enough before the key sees anything.

use wattkey_token::{Pin, PinRules, TokenInfo};

use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::pin::unreadable;
use crate::cli::terminal::Terminal;
use crate::cli::token_fault::broken_rule;

/// So many times a person may think of a new PIN.
const MAX_ATTEMPTS: usize = 3;

/// The new PIN; `secret` is the old one, or the PUK, which it must not be.
pub(super) fn ask(
    output: &Output,
    fd: Option<u32>,
    info: &TokenInfo,
    secret: &Pin,
) -> Result<Pin, Fault> {
    let rules = PinRules::of(info);
    if let Some(fd) = fd {
        let new = Pin::from_fd(fd)?;
        rules
            .check(&new, &[secret])
            .map_err(|rule| broken_rule(&rule))?;
        return Ok(new);
    }
    let mut terminal = Terminal::needed()?;
    let (text, mut attempt) = (output.text(), 1);
    let limits = [
        ("least", rules.shortest().into()),
        ("most", rules.longest().into()),
    ];
    output.say("new-pin-rules", &limits);
    loop {
        let fault = match typed_twice(&mut terminal, output)? {
            Some(new) => match rules.check(&new, &[secret]) {
                Ok(()) => return Ok(new),
                Err(rule) => broken_rule(&rule),
            },
            None => Fault::new("new-pin-differs", Exit::NewPin),
        };
        if attempt == MAX_ATTEMPTS {
            return Err(fault);
        }
        attempt += 1;
        let (why, _) = fault.words(output.text());
        let again = text.with("new-pin-again", &[("why", why.into())]);
        terminal
            .show(&format!("{again}\n"))
            .map_err(|error| unreadable(&error))?;
    }
}

/// The same twice, or nothing.
fn typed_twice(terminal: &mut Terminal, output: &Output) -> Result<Option<Pin>, Fault> {
    let mut typed = |prompt: &str| {
        let prompt = output.text().get(prompt);
        terminal
            .ask_pin(&format!("{prompt} "))
            .map_err(|error| unreadable(&error))
    };
    let one = typed("new-pin-prompt")?;
    let two = typed("new-pin-prompt-again")?;
    Ok(one.is_same_as(&two).then_some(one))
}
