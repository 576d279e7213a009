//! Where PINs come from: one line of a descriptor, or a terminal without echo.

use wattkey_token::{Pin, PinState};
use zeroize::Zeroizing;

use crate::exit::{Failure, Kind};
use crate::output::{Output, note};

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

/// What a person must know before typing a PIN.
pub(crate) fn warn(output: &Output, state: PinState) -> Result<(), Failure> {
    if state.locked {
        return Err(Failure::because(Kind::PinLocked, ""));
    }
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
