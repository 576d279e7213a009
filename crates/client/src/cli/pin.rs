//! The PIN: said in which state it is, asked for once, never kept.

use std::io;

use wattkey_token::{Pin, PinState, UnlockedKey, UsbKey};

use super::args::{Args, Command, Common};
use super::fault::{Exit, Fault};
use super::output::Output;
use super::terminal::Terminal;

/// Name of a PIN's state, also in `--json`.
pub(crate) fn state_name(state: PinState) -> &'static str {
    match state {
        PinState { locked: true, .. } => "locked",
        PinState {
            initialised: false, ..
        } => "not-set",
        PinState {
            final_try: true, ..
        } => "last-try",
        PinState {
            count_low: true, ..
        } => "low",
        PinState {
            to_be_changed: true,
            ..
        } => "to-be-changed",
        _ => "ok",
    }
}

/// Refuses descriptors that nobody gave, before a file or socket of our own gets their number.
pub(crate) fn check_descriptors(args: &Args) -> Result<(), Fault> {
    let sign = match &args.command {
        Command::Pay(pay) => pay.sign_pin_fd,
        _ => None,
    };
    for fd in [args.common.pin_fd, sign].into_iter().flatten() {
        Pin::check_fd(fd)?;
    }
    Ok(())
}

/// The PIN that unlocks `key`.
pub(crate) fn first(output: &Output, common: &Common, key: &UsbKey) -> Result<Pin, Fault> {
    let state = key.pin_state().map_err(|error| Fault::from(&error))?;
    let prompt = output.text().with(
        "pin-prompt",
        &[("serial", key.info().serial.as_str().into())],
    );
    ask(output, common, common.pin_fd, state, &prompt)
}

/// The PIN for one signature: the key asks again, so the user is asked again.
pub(crate) fn for_signature(
    output: &Output,
    common: &Common,
    fd: Option<u32>,
    key: &UnlockedKey,
) -> Result<Pin, Fault> {
    let state = key.pin_state().map_err(|error| Fault::from(&error))?;
    ask(
        output,
        common,
        fd,
        state,
        &output.text().get("pin-prompt-sign"),
    )
}

fn ask(
    output: &Output,
    common: &Common,
    fd: Option<u32>,
    state: PinState,
    prompt: &str,
) -> Result<Pin, Fault> {
    match state_name(state) {
        "locked" => return Err(Fault::new("pin-locked", Exit::PinLocked)),
        "not-set" => return Err(Fault::new("pin-not-set", Exit::UnusableKey)),
        "last-try" if !common.last_try => agree_to_last_try(output)?,
        "last-try" => output.say("pin-last-try", &[]),
        "low" => output.say("pin-low", &[]),
        "to-be-changed" => output.say("pin-to-be-changed", &[]),
        _ => {}
    }
    match fd {
        Some(fd) => Ok(Pin::from_fd(fd)?),
        None => typed(prompt),
    }
}

fn typed(prompt: &str) -> Result<Pin, Fault> {
    let mut terminal = Terminal::open().ok_or_else(|| Fault::new("no-pin", Exit::NoPin))?;
    terminal
        .ask_pin(&format!("{prompt} "))
        .map_err(|error| unreadable(&error))
}

/// One wrong PIN more locks the key: nobody gets there by a script or by habit.
fn agree_to_last_try(output: &Output) -> Result<(), Fault> {
    let refused = || Fault::new("pin-last-try", Exit::NoPin);
    let mut terminal = Terminal::open().ok_or_else(refused)?;
    let text = output.text();
    let question = format!(
        "{}\n{} ",
        text.get("pin-last-try"),
        text.get("pin-last-try-agree")
    );
    let answer = terminal
        .ask(&question)
        .map_err(|error| unreadable(&error))?;
    if answer == text.get("yes") || answer == "yes" {
        Ok(())
    } else {
        Err(refused())
    }
}

fn unreadable(error: &io::Error) -> Fault {
    Fault::new("pin-unreadable", Exit::NoPin).cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_a_pin_is_said() {
        let ok = PinState {
            initialised: true,
            ..PinState::default()
        };
        let table = [
            (ok, "ok"),
            (
                PinState {
                    initialised: false,
                    ..ok
                },
                "not-set",
            ),
            (
                PinState {
                    count_low: true,
                    ..ok
                },
                "low",
            ),
            (
                PinState {
                    count_low: true,
                    final_try: true,
                    ..ok
                },
                "last-try",
            ),
            (
                PinState {
                    count_low: true,
                    final_try: true,
                    locked: true,
                    ..ok
                },
                "locked",
            ),
            (
                PinState {
                    to_be_changed: true,
                    ..ok
                },
                "to-be-changed",
            ),
        ];
        for (state, name) in table {
            assert_eq!(state_name(state), name);
        }
    }
}
