//! `bind`: the step that makes a USB key work.

use serde_json::json;
use wattkey_pki::Digest;
use wattkey_protocol::binding::{BoundKey, HolderKind, SignedStep, Step};

use super::{fetch_log, remember};
use crate::args::Bind;
use crate::authority::Authority;
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind, kind_of};
use crate::output::Output;
use crate::register::{Ca, IssuedKey, Record, Standing};
use crate::usb_key::{ManagerKey, Signs, unlock_manager};

/// Who signs the step.
enum Hand {
    Manager(ManagerKey),
    /// For the first manager, whose own key only makes the connection.
    Authority(Authority, ManagerKey),
}

pub(crate) fn run(desk: &mut Desk, bind: &Bind, output: &Output) -> Result<(), Failure> {
    let key = desk.register.key(&bind.serial)?;
    refuse(desk, &key, bind.first)?;
    let hand = hand(desk, bind, output)?;
    let unlocked = match &hand {
        Hand::Manager(manager) | Hand::Authority(_, manager) => &manager.key,
    };
    let address = bind.manager.managers_address.as_deref();
    let (mut platform, log) = fetch_log(desk, address, unlocked)?;
    let authentication = key.authentication.thumbprint();
    if let Some(sequence) = log.bound(authentication) {
        return found_bound(desk, &key, sequence, output);
    }
    if log.has_manager() == bind.first {
        let why = match bind.first {
            true => "a manager is bound: without --first, a manager signs",
            false => "no manager is bound yet: bind one with --first",
        };
        return Err(Failure::because(Kind::Usage, why));
    }
    let place = log.next(now());
    confirm(
        output,
        bind.confirm.yes,
        &[preview(&key, place.sequence, output)],
    )?;
    let step = Step::bind(
        place,
        &desk.config.audience,
        key.holder.clone(),
        BoundKey {
            serial: key.serial.clone(),
            authentication: key.authentication.clone(),
            signature: key.signature.clone(),
        },
    );
    let signed = hand.sign(&step)?;
    platform.post(&signed)?;
    record(desk, &key, place.sequence)?;
    remember(desk, (place.sequence, signed.digest()))?;
    let (name, sequence) = (&key.holder.name, place.sequence);
    output.done(
        &output
            .language
            .bound(&key.serial, name, &sequence.to_string()),
        &json!({"serial": key.serial, "sequence": sequence, "step": signed.digest()}),
    );
    Ok(())
}

fn refuse(desk: &Desk, key: &IssuedKey, first: bool) -> Result<(), Failure> {
    let serial = &key.serial;
    if let Standing::Unbound(_) | Standing::Revoked = desk.register.standing(key) {
        return Err(Failure::because(
            Kind::Exists,
            format!(
                "USB key {serial} was unbound or revoked; what was never comes back: issue it anew"
            ),
        ));
    }
    if first && key.holder.kind != HolderKind::Manager {
        return Err(Failure::because(
            Kind::Usage,
            format!("--first binds a manager; USB key {serial} is a user's"),
        ));
    }
    Ok(())
}

fn hand(desk: &Desk, bind: &Bind, output: &Output) -> Result<Hand, Failure> {
    let module = &desk.config.module;
    if !bind.first {
        let manager = unlock_manager(module, &bind.manager, Signs::Yes, output)?;
        return Ok(Hand::Manager(manager));
    }
    let authority = Authority::open(desk, Ca::Users, &bind.ca_pins, output)?;
    let manager = unlock_manager(module, &bind.manager, Signs::No, output)?;
    Ok(Hand::Authority(authority, manager))
}

impl Hand {
    fn sign(self, step: &Step) -> Result<SignedStep, Failure> {
        match self {
            Self::Manager(manager) => sign_as_manager(manager, step),
            Self::Authority(authority, _) => sign(
                step,
                authority.signer(),
                authority.certificate().thumbprint(),
            ),
        }
    }
}

/// Signs a step with the manager's signature key, once.
pub(crate) fn sign_as_manager(manager: ManagerKey, step: &Step) -> Result<SignedStep, Failure> {
    let certificate = manager.key.signature_certificate().thumbprint();
    let pin = manager
        .sign_pin
        .ok_or_else(|| Failure::because(Kind::NoPin, ""))?;
    sign(step, &manager.key.signature_signer(pin), certificate)
}

fn sign(
    step: &Step,
    signer: &dyn wattkey_pki::Signer,
    certificate: Digest,
) -> Result<SignedStep, Failure> {
    step.sign(signer, certificate)
        .map_err(|error| Failure::new(kind_of(&error), &error))
}

fn preview(key: &IssuedKey, sequence: u64, output: &Output) -> String {
    let kind = match key.holder.kind {
        HolderKind::User => output.language.kind_user(),
        HolderKind::Manager => output.language.kind_manager(),
    };
    let name = format!("{} ({})", key.holder.name, key.organisation);
    output
        .language
        .will_bind(&key.serial, &kind, &name, &sequence.to_string())
}

/// The step got through before, its answer did not.
fn found_bound(
    desk: &mut Desk,
    key: &IssuedKey,
    sequence: u64,
    output: &Output,
) -> Result<(), Failure> {
    if desk.register.standing(key) != Standing::Bound(sequence) {
        record(desk, key, sequence)?;
    }
    output.done(
        &output
            .language
            .bound_before(&key.serial, &sequence.to_string()),
        &json!({"serial": key.serial, "sequence": sequence}),
    );
    Ok(())
}

fn record(desk: &mut Desk, key: &IssuedKey, sequence: u64) -> Result<(), Failure> {
    desk.register.append(Record::Bound {
        at: now(),
        serial: key.serial.clone(),
        authentication: key.authentication.thumbprint(),
        sequence,
    })
}
