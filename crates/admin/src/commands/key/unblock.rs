//! `key unblock`: a new PIN in place of a locked or forgotten one.

use serde_json::json;
use wattkey_token::{Module, PinRules};

use super::plugged_in;
use crate::args::KeyUnblock;
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::Failure;
use crate::output::Output;
use crate::pins;
use crate::register::Record;

pub(super) fn run(desk: &mut Desk, arguments: &KeyUnblock, output: &Output) -> Result<(), Failure> {
    let language = output.language;
    let serial = &arguments.serial;
    // Only keys of this desk: with another's nobody here knows who holds it.
    let issued = desk.register.key(serial)?;
    let module = Module::load(arguments.module.as_deref().unwrap_or(&desk.config.module))?;
    let key = plugged_in(&module, serial)?;
    let preview = [
        language.will_unblock(serial, &issued.holder.name),
        language.puk_warning(),
    ];
    confirm(output, arguments.confirm.yes, &preview)?;
    let puk = pins::ask(arguments.puk_fd, &language.puk_of_key(serial))?;
    let pin = pins::ask_new(output, arguments.pin_fd, &language.new_pin_of_key())?;
    PinRules::of(key.info()).check(&pin, &[&puk])?;
    key.unblock(&puk, &pin)?;
    desk.register.append(Record::Unblocked {
        at: now(),
        serial: serial.clone(),
    })?;
    output.done(
        &language.unblocked(serial, &issued.holder.name),
        &json!({"serial": serial, "holder": issued.holder}),
    );
    Ok(())
}
