//! `report-lost`: a USB key that must not work any more.
//!
//! Two things stop it: the unbinding step, which the platform heeds at once,
//! and the CRL, which every server reads. When the platform cannot be told,
//! the certificates are revoked all the same.

use serde_json::json;
use wattkey_protocol::binding::Step;

use super::bind::sign_as_manager;
use super::{ca, fetch_log, remember};
use crate::args::ReportLost;
use crate::authority::Authority;
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::output::{Output, note};
use crate::register::{Ca, IssuedKey, Record, Standing};
use crate::usb_key::{ManagerKey, Signs, unlock_manager};

pub(crate) fn run(desk: &mut Desk, lost: &ReportLost, output: &Output) -> Result<(), Failure> {
    let key = desk.register.key(&lost.serial)?;
    let serial = key.serial.clone();
    let preview = output
        .language
        .will_unbind(&serial, &key.holder.name, lost.reason.name());
    confirm(output, lost.confirm.yes, &[preview])?;
    let authority = Authority::open(desk, Ca::Users, &lost.ca_pins, output)?;
    let module = desk.config.module.clone();
    let manager = unlock_manager(&module, &lost.manager, Signs::Yes, output)?;
    let unbound = unbind(desk, &key, manager, lost);
    if let Err(failure) = &unbound
        && !is_elsewhere(failure)
    {
        return unbound.map(|_| ());
    }
    let certificates = [&key.authentication, &key.signature];
    let written = authority.revoke(desk, &certificates, lost.reason)?;
    let (crl_line, crl) = ca::describe(desk, Ca::Users, &written, output);
    let sequence = unbound.inspect_err(|_| note(&output.language.unbind_failed(&serial)))?;
    let line = match sequence {
        Some(sequence) => output.language.unbound(&serial, &sequence.to_string()),
        None => output.language.only_revoked(&serial),
    };
    output.done(
        &format!("{line}\n{crl_line}"),
        &json!({"serial": serial, "sequence": sequence, "crl": crl}),
    );
    Ok(())
}

/// The trouble is the platform's or the network's, not this desk's.
fn is_elsewhere(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        Kind::Unreachable
            | Kind::NotGenuine
            | Kind::Refused
            | Kind::StepRefused
            | Kind::OutcomeUnknown
            | Kind::LogInvalid
    )
}

/// The step that unbound the key: now, or before. None when it was never
/// bound.
fn unbind(
    desk: &mut Desk,
    key: &IssuedKey,
    manager: ManagerKey,
    lost: &ReportLost,
) -> Result<Option<u64>, Failure> {
    let address = lost.manager.managers_address.as_deref();
    let (mut platform, log) = fetch_log(desk, address, &manager.key)?;
    let authentication = key.authentication.thumbprint();
    if log.bound(authentication).is_none() {
        let step = log.unbound(authentication);
        if let Some(sequence) = step {
            record(desk, key, sequence)?;
        }
        return Ok(step);
    }
    let place = log.next(now());
    let step = Step::unbind(
        place,
        &desk.config.audience,
        &key.serial,
        authentication,
        lost.reason.into(),
    );
    let signed = sign_as_manager(manager, &step)?;
    platform.post(&signed)?;
    record(desk, key, place.sequence)?;
    remember(desk, (place.sequence, signed.digest()))?;
    Ok(Some(place.sequence))
}

fn record(desk: &mut Desk, key: &IssuedKey, sequence: u64) -> Result<(), Failure> {
    if desk.register.standing(key) == Standing::Unbound(sequence) {
        return Ok(());
    }
    desk.register.append(Record::Unbound {
        at: now(),
        serial: key.serial.clone(),
        authentication: key.authentication.thumbprint(),
        sequence,
    })
}
