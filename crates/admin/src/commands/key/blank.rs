//! `key issue` on a token that takes any key under its PIN, such as SoftHSM's.

use std::sync::Arc;

use wattkey_protocol::binding::Holder;
use wattkey_token::{Module, Pin, provision};

use super::{certificates, enter, plugged_in, refuse_bound};
use crate::args::KeyIssue;
use crate::authority::Authority;
use crate::confirm::confirm;
use crate::desk::Desk;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::pins;
use crate::register::Ca;

pub(super) fn issue(
    desk: &mut Desk,
    module: &Arc<Module>,
    arguments: &KeyIssue,
    holder: Holder,
    output: &Output,
) -> Result<(), Failure> {
    check(desk, arguments)?;
    confirm(output, arguments.confirm.yes, &preview(arguments, output))?;
    let ca = Authority::open(desk, Ca::Users, &arguments.ca_pins, output)?;
    let (serial, pin) = token(module, arguments, output)?;
    if arguments.replace {
        provision::erase_keys(module, &serial, &pin)?;
    }
    let keys = provision::issue_key_pairs(module, &serial, &pin)?;
    let key = certificates(desk, &ca, &arguments.holder, holder, &serial, &keys)?;
    provision::write_certificates(module, &serial, &pin, &key.authentication, &key.signature)?;
    enter(desk, &key, output)
}

fn check(desk: &Desk, arguments: &KeyIssue) -> Result<(), Failure> {
    let of_cards = arguments.pin_letter.is_some()
        || arguments.puk_fd.is_some()
        || arguments.present_pin_fd.is_some()
        || arguments.present_puk_fd.is_some();
    if of_cards {
        return Err(Failure::because(
            Kind::NoToken,
            "these options are for a PIV card, and the module shows none",
        ));
    }
    match &arguments.key {
        Some(serial) => refuse_bound(desk, serial),
        None if arguments.replace => Err(Failure::because(
            Kind::Usage,
            "--replace: name the token with --key SERIAL",
        )),
        None => Ok(()),
    }
}

fn preview(arguments: &KeyIssue, output: &Output) -> Vec<String> {
    let language = output.language;
    let mut lines = vec![arguments.holder.preview(output)];
    match &arguments.key {
        None => lines.push(language.will_init_key()),
        Some(serial) if arguments.replace => lines.push(language.will_erase_key(serial)),
        Some(_) => {}
    }
    lines
}

/// The token in hand: the one that was named, or a blank one, initialised.
fn token(
    module: &Arc<Module>,
    arguments: &KeyIssue,
    output: &Output,
) -> Result<(String, Pin), Failure> {
    let language = output.language;
    if let Some(serial) = &arguments.key {
        pins::warn(output, plugged_in(module, serial)?.info().pin)?;
        let pin = pins::ask(arguments.pin_fd, &language.pin_of_key(serial))?;
        return Ok((serial.clone(), pin));
    }
    let so_pin = pins::ask_new(output, arguments.so_pin_fd, &language.so_pin_of_key())?;
    let pin = pins::ask_new(output, arguments.pin_fd, &language.new_pin_of_key())?;
    let serial = provision::init_token(module, &arguments.token_label, &so_pin, &pin)?;
    Ok((serial, pin))
}
