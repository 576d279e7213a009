//! Where PINs come from: one line of a descriptor, or a terminal without echo.

use wattkey_token::{Pin, PinState};
use zeroize::Zeroizing;

use crate::exit::{Failure, Kind, one_line};
use crate::output::{Output, note};

/// Refuses descriptors that nobody gave, before a file or socket of our own gets their number.
pub(crate) fn check(descriptors: &[u32]) -> Result<(), Failure> {
    for fd in descriptors {
        Pin::check_fd(*fd).map_err(|error| {
            let why = one_line(&error);
            Failure::because(Kind::NoPin, format!("descriptor {fd}: {why}"))
        })?;
    }
    Ok(())
}

/// A PIN that exists.
pub(crate) fn ask(fd: Option<u32>, prompt: &str) -> Result<Pin, Failure> {
    match fd {
        Some(fd) => Ok(Pin::from_fd(fd)?),
        None => typed(prompt).map(Pin::new),
    }
}

/// A PIN that is being set: typed twice.
pub(crate) fn ask_new(output: &Output, fd: Option<u32>, prompt: &str) -> Result<Pin, Failure> {
    if let Some(fd) = fd {
        return Ok(Pin::from_fd(fd)?);
    }
    let first = Zeroizing::new(typed(prompt)?);
    let second = Zeroizing::new(typed(&output.language.again(prompt))?);
    if *first != *second {
        return Err(Failure::because(Kind::NoPin, "the two PINs differ"));
    }
    Ok(Pin::new(first.to_string()))
}

/// The PIN of a USB key, typed here or, where the key has a pad, there.
pub(crate) fn ask_for_key(
    output: &Output,
    state: PinState,
    fd: Option<u32>,
    prompt: &str,
) -> Result<Pin, Failure> {
    if state.protected_path && fd.is_none() {
        note(&output.language.on_the_pad(prompt));
        return Ok(Pin::on_device());
    }
    ask(fd, prompt)
}

/// A locked token is not asked for anything.
pub(crate) fn refuse_locked(state: PinState) -> Result<(), Failure> {
    match state.locked {
        true => Err(Failure::because(Kind::PinLocked, "")),
        false => Ok(()),
    }
}

/// What a person must know before typing a PIN.
pub(crate) fn warn(output: &Output, state: PinState) -> Result<(), Failure> {
    refuse_locked(state)?;
    if state.final_try {
        note(&output.language.final_try());
    } else if state.count_low {
        note(&output.language.count_low());
    }
    Ok(())
}

fn typed(prompt: &str) -> Result<String, Failure> {
    let pin =
        rpassword::prompt_password(prompt).map_err(|error| Failure::new(Kind::NoPin, &error))?;
    if pin.is_empty() {
        return Err(Failure::because(Kind::NoPin, "the PIN is empty"));
    }
    Ok(pin)
}
