//! Keys that come and go, and their PINs.

use std::sync::Arc;
use std::time::Duration;

use wattkey_client::config::Config;
use wattkey_client::fault::Fault;
use wattkey_client::fault::token::{self, When};
use wattkey_client::{keys, receipt};
use wattkey_token::{Module, Pin, TokenError, UsbKey};
use wattkey_transport::clock;

use super::Tell;
use crate::model::Event;
use crate::model::unlock::Input;

/// How long one wait for an event lasts.
const WAIT: Duration = Duration::from_millis(250);
/// Pause before the module is asked again after a failure.
const PAUSE: Duration = Duration::from_millis(800);

/// Tells which keys are plugged in whenever that changes, on a thread of its own.
pub(super) fn follow(config: &Config, tell: &Tell) {
    let (config, tell) = (config.clone(), Arc::clone(tell));
    // The window shows what can be had without it.
    let _ = std::thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            loop {
                look(&config, &tell);
                let listening = keys::module(&config.module)
                    .ok()
                    .and_then(|module| module.events().ok());
                if let Some(mut events) = listening {
                    // Between the first look and the first event something may have changed.
                    look(&config, &tell);
                    loop {
                        match events.next(WAIT) {
                            Ok(None) => {}
                            Ok(Some(_)) => look(&config, &tell),
                            Err(_) => break,
                        }
                    }
                }
                std::thread::sleep(PAUSE);
            }
        });
}

/// Tells which keys are plugged in.
pub(super) fn look(config: &Config, tell: &Tell) {
    let event = match found(config) {
        Ok(keys) => Input::Keys(keys),
        Err(fault) => Input::NoKeys(fault),
    };
    tell(Event::Unlock(event));
}

fn found(config: &Config) -> Result<Vec<keys::KeySummary>, Fault> {
    let issuing_ca = receipt::anchor(&config.issuing_ca)?;
    let module = keys::module(&config.module)?;
    let plugged_in = keys::plugged_in(&module)?;
    let now = clock::now();
    Ok(plugged_in
        .iter()
        .map(|key| keys::summary(key, &issuing_ca, now))
        .collect())
}

/// The key of this serial number.
pub(super) fn chosen(config: &Config, serial: &str) -> Result<(Arc<Module>, UsbKey), Fault> {
    let module = keys::module(&config.module)?;
    let key = keys::choose(keys::plugged_in(&module)?, Some(serial))?;
    Ok((module, key))
}

pub(super) fn change(config: &Config, tell: &Tell, serial: &str, old: &Pin, new: &Pin) {
    let set = |key: UsbKey| key.change_pin(old, new);
    tell(Event::Unlock(new_pin(config, serial, When::Changing, set)));
}

pub(super) fn unblock(config: &Config, tell: &Tell, serial: &str, puk: &Pin, new: &Pin) {
    let set = |key: UsbKey| key.unblock(puk, new);
    tell(Event::Unlock(new_pin(
        config,
        serial,
        When::Unblocking,
        set,
    )));
}

fn new_pin(
    config: &Config,
    serial: &str,
    when: When,
    set: impl FnOnce(UsbKey) -> Result<(), TokenError>,
) -> Input {
    let set = chosen(config, serial)
        .and_then(|(_, key)| set(key).map_err(|error| token::of_new_pin(&error, when)));
    match set {
        Ok(()) => Input::Changed,
        Err(fault) => Input::Failed(fault),
    }
}
