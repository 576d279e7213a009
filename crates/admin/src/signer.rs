//! The CA's key. Its token lives in a module process of its own, with the environment of the
//! `[ca]` section.

use std::sync::Arc;

use wattkey_pki::Signer;
use wattkey_token::{Card, HostOptions, KeyUse, Module, provision};

use crate::args::CaPins;
use crate::config::CaConfig;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::{pins, usb_key};

/// `CKA_ID` of a CA's key; its token holds no other.
const KEY_ID: &[u8] = &[0x01];
const KEY_LABEL: &str = "ca";

/// Logs in to the CA's token.
pub(crate) fn open(
    config: &CaConfig,
    token: &str,
    ca_pins: &CaPins,
    output: &Output,
) -> Result<Arc<dyn Signer>, Failure> {
    let module = module(config)?;
    pins::warn(output, usb_key::token_named(&module, token)?)?;
    let pin = pins::ask(ca_pins.ca_pin_fd, &output.language.pin_of_ca(token))?;
    Ok(Card::open(&module, token, &pin)?.signer(KEY_ID)?)
}

/// A new token with a new key; a token of that label is never touched.
pub(crate) fn create(
    config: &CaConfig,
    token: &str,
    ca_pins: &CaPins,
    output: &Output,
) -> Result<Arc<dyn Signer>, Failure> {
    let module = module(config)?;
    if module.tokens()?.iter().any(|info| info.label == token) {
        return Err(Failure::because(
            Kind::Exists,
            format!("a token {token} is there already"),
        ));
    }
    let language = output.language;
    let so_pin = pins::ask_new(output, ca_pins.ca_so_pin_fd, &language.so_pin_of_ca(token))?;
    let pin = pins::ask_new(output, ca_pins.ca_pin_fd, &language.new_pin_of_ca(token))?;
    provision::init_token(&module, token, &so_pin, &pin)?;
    let card = Card::open(&module, token, &pin)?;
    card.generate(KEY_ID, KeyUse::Sign, KEY_LABEL)?;
    Ok(card.signer(KEY_ID)?)
}

fn module(config: &CaConfig) -> Result<Arc<Module>, Failure> {
    let options = HostOptions {
        environment: config
            .environment
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        ..HostOptions::default()
    };
    Ok(Module::load_with(&config.module, &options)?)
}
