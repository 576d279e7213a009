//! The PIN: said in which state it is, asked for once, never kept.

use std::io;
use std::path::Path;

use wattkey_client::keys::KeyName;
use wattkey_token::{Pin, PinState, UnlockedKey, UsbKey};

use super::args::{Args, Common};
use super::fault::{Exit, Fault};
use super::output::Output;
use super::terminal::Terminal;
use super::text::Text;
use super::token_fault::{self, When};

/// The state in words, with where the PIN is typed if not here.
pub(crate) fn state_words(text: &Text, state: PinState) -> String {
    let words = text.get(&format!("why-pin-{}", state.name()));
    if state.protected_path {
        text.with("pin-on-pad", &[("pin", words.into())])
    } else {
        words
    }
}

/// Refuses descriptors that nobody gave, before a file or socket of our own gets their number.
pub(crate) fn check_descriptors(args: &Args) -> Result<(), Fault> {
    let others = args.command.secret_descriptors();
    for fd in others.into_iter().chain([args.common.pin_fd]).flatten() {
        Pin::check_fd(fd)?;
    }
    Ok(())
}

/// The PIN that unlocks `key`.
pub(crate) fn first(output: &Output, common: &Common, key: &UsbKey) -> Result<Pin, Fault> {
    let state = state_of(key)?;
    let name = KeyName::of(key).to_string();
    let prompt = output.text().with("pin-prompt", &[("key", name.into())]);
    ready(output, common, state, Changing::Elsewhere)?;
    ask(output, common.pin_fd, state, &key.info().reader, &prompt)
}

/// The PIN for one signature: the key asks again, so the user is asked again.
pub(crate) fn for_signature(
    output: &Output,
    common: &Common,
    fd: Option<u32>,
    module: &Path,
    key: &UnlockedKey,
) -> Result<Pin, Fault> {
    let state = key
        .pin_state()
        .map_err(|error| token_fault::of_key(&error, When::Signing, module, &key.info().serial))?;
    let prompt = output.text().get("pin-prompt-sign");
    ready(output, common, state, Changing::Elsewhere)?;
    ask(output, fd, state, &key.info().reader, &prompt)
}

/// State of the PIN now.
pub(crate) fn state_of(key: &UsbKey) -> Result<PinState, Fault> {
    key.pin_state()
        .map_err(|error| token_fault::of(&error, When::Reading))
}

/// Whether the PIN is about to be changed; a PIN that must be changed is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changing {
    Now,
    Elsewhere,
}

/// Stops where no PIN can be right, says how it stands, and has the last try agreed to.
pub(crate) fn ready(
    output: &Output,
    common: &Common,
    state: PinState,
    changing: Changing,
) -> Result<(), Fault> {
    match state.name() {
        "locked" => return Err(Fault::new("pin-locked", Exit::PinLocked)),
        "not-set" => return Err(Fault::new("pin-not-set", Exit::UnusableKey)),
        _ if state.to_be_changed && changing == Changing::Elsewhere => {
            return Err(Fault::new("pin-to-be-changed", Exit::PinToBeChanged));
        }
        "last-try" if !common.last_try => agree_to_last_try(output)?,
        "last-try" => output.say("pin-last-try", &[]),
        "low" => output.say("pin-low", &[]),
        _ => {}
    }
    Ok(())
}

/// The PIN: typed on the key itself where it is made so, else from the descriptor or the terminal.
pub(crate) fn ask(
    output: &Output,
    fd: Option<u32>,
    state: PinState,
    reader: &str,
    prompt: &str,
) -> Result<Pin, Fault> {
    if state.protected_path {
        return on_device(output, &[fd], reader);
    }
    match fd {
        Some(fd) => Ok(Pin::from_fd(fd)?),
        None => typed(prompt),
    }
}

/// What stands for a PIN that is typed on the key or its reader; nothing may come from elsewhere.
pub(crate) fn on_device(
    output: &Output,
    descriptors: &[Option<u32>],
    reader: &str,
) -> Result<Pin, Fault> {
    if descriptors.iter().any(Option::is_some) {
        return Err(Fault::new("pin-pad-only", Exit::PinPad));
    }
    output.say("pin-on-device", &[("reader", reader.to_owned().into())]);
    Ok(Pin::on_device())
}

fn typed(prompt: &str) -> Result<Pin, Fault> {
    Terminal::needed()?
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

pub(crate) fn unreadable(error: &io::Error) -> Fault {
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
            assert_eq!(state.name(), name);
        }
    }
}
