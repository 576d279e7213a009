//! `card init`.

use serde_json::json;
use wattkey_token::{Module, provision};

use crate::args::CardInit;
use crate::confirm::confirm;
use crate::desk::Desk;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::pins;

pub(crate) fn init(desk: &Desk, init: &CardInit, output: &Output) -> Result<(), Failure> {
    let (token, language) = (&init.token, output.language);
    let module = Module::load(&desk.config.module)?;
    if module.tokens()?.iter().any(|info| info.label == *token) {
        return Err(Failure::because(
            Kind::Exists,
            format!("a token {token} is there already"),
        ));
    }
    confirm(output, init.confirm.yes, &[language.will_init_card(token)])?;
    let so_pin = pins::ask_new(output, init.so_pin_fd, &language.so_pin_of_card(token))?;
    let pin = pins::ask_new(output, init.card_pin_fd, &language.new_pin_of_card(token))?;
    let serial = provision::init_token(&module, token, &so_pin, &pin)?;
    output.done(
        &language.card_made(token, &serial),
        &json!({"token": token, "serial": serial}),
    );
    Ok(())
}
