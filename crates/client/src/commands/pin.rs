//! `pin change` and `pin unblock`: how the PIN stands, a new one that is good enough, how it stands then.

mod new_pin;

use serde::Serialize;
use wattkey_client::keys::{self, KeyName};
use wattkey_token::{Pin, PinState, UsbKey};

use crate::cli::args::{PinChange, PinUnblock};
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::pin::{self, Changing};
use crate::cli::terminal::Terminal;
use crate::cli::token_fault::{self, When};

#[derive(Serialize)]
struct Document {
    serial: String,
    holder: Option<String>,
    /// State of the PIN now, as in `keys`, or `unknown`.
    pin: &'static str,
}

pub(crate) fn change(context: &Context<'_>, wanted: &PinChange) -> Result<(), Fault> {
    let key = found(context)?;
    let (output, common) = (context.output, context.common);
    let state = shown(context, &key)?;
    let reader = key.info().reader.as_str();
    pin::ready(output, common, state, Changing::Now)?;
    let (old, new) = if state.protected_path {
        let old = pin::on_device(output, &[common.pin_fd, wanted.new_pin_fd], reader)?;
        (old, Pin::on_device())
    } else {
        let prompt = output.text().get("pin-prompt-old");
        let old = pin::ask(output, common.pin_fd, state, reader, &prompt)?;
        let new = new_pin::ask(output, wanted.new_pin_fd, key.info(), &old)?;
        (old, new)
    };
    key.change_pin(&old, &new)
        .map_err(|error| token_fault::of_new_pin(&error, When::Changing))?;
    done(context, &key, "pin-changed")
}

pub(crate) fn unblock(context: &Context<'_>, wanted: &PinUnblock) -> Result<(), Fault> {
    let key = found(context)?;
    let output = context.output;
    let state = shown(context, &key)?;
    let reader = key.info().reader.as_str();
    if !state.locked {
        output.say("pin-not-locked", &[]);
    }
    output.say("puk-tries", &[]);
    let (puk, new) = if state.protected_path {
        let puk = pin::on_device(output, &[wanted.puk_fd, wanted.new_pin_fd], reader)?;
        (puk, Pin::on_device())
    } else {
        let puk = puk(context, wanted)?;
        let new = new_pin::ask(output, wanted.new_pin_fd, key.info(), &puk)?;
        (puk, new)
    };
    key.unblock(&puk, &new)
        .map_err(|error| token_fault::of_new_pin(&error, When::Unblocking))?;
    done(context, &key, "pin-unblocked")
}

/// The USB key to change; its certificates do not matter for that.
fn found(context: &Context<'_>) -> Result<UsbKey, Fault> {
    let config = context.config()?;
    context.any_key(&keys::module(&config.module)?)
}

/// Says which key it is and how its PIN stands, before anything is typed.
fn shown(context: &Context<'_>, key: &UsbKey) -> Result<PinState, Fault> {
    let state = pin::state_of(key)?;
    say(context, "pin-now", key, state);
    Ok(state)
}

fn done(context: &Context<'_>, key: &UsbKey, what: &'static str) -> Result<(), Fault> {
    // The new PIN is set, whatever reading it again brings.
    let state = pin::state_of(key).ok();
    let name = KeyName::of(key);
    let document = Document {
        serial: name.serial,
        holder: name.holder,
        pin: state.map_or("unknown", PinState::name),
    };
    context.output.result(&document, || {
        let text = context.output.text();
        let unknown = || text.get("why-pin-unknown");
        let pin = state.map_or_else(unknown, |state| pin::state_words(text, state));
        text.with(what, &[("pin", pin.into())]) + "\n"
    })
}

fn say(context: &Context<'_>, id: &'static str, key: &UsbKey, state: PinState) {
    let pin = pin::state_words(context.output.text(), state);
    let key = KeyName::of(key).to_string();
    context
        .output
        .say(id, &[("key", key.into()), ("pin", pin.into())]);
}

fn puk(context: &Context<'_>, wanted: &PinUnblock) -> Result<Pin, Fault> {
    if let Some(fd) = wanted.puk_fd {
        return Ok(Pin::from_fd(fd)?);
    }
    let prompt = context.output.text().get("puk-prompt");
    Terminal::needed()?
        .ask_pin(&format!("{prompt} "))
        .map_err(|error| pin::unreadable(&error))
}
