//! `key issue`: a USB key for a person.

use std::sync::Arc;

use serde_json::json;
use wattkey_pki::issue::Subject;
use wattkey_pki::{PublicKey, Role};
use wattkey_protocol::binding::{Holder, HolderKind};
use wattkey_token::{Module, Pin, provision};

use crate::args::{self, KeyIssue};
use crate::authority::Authority;
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::{Ca, IssuedKey, Record, Standing};
use crate::{pins, text::Language};

pub(crate) fn issue(desk: &mut Desk, issue: &KeyIssue, output: &Output) -> Result<(), Failure> {
    let holder = holder(issue)?;
    refuse_bound(desk, issue)?;
    confirm(output, issue.confirm.yes, &preview(issue, output.language))?;
    let ca = Authority::open(desk, Ca::Users, &issue.ca_pins, output)?;
    let module = Module::load(&desk.config.module)?;
    let (serial, pin) = token(&module, issue, output)?;
    if issue.erase {
        provision::erase_keys(&module, &serial, &pin)?;
    }
    let keys = provision::issue_key_pairs(&module, &serial, &pin)?;
    let key = certify(desk, &ca, issue, holder, &serial, &keys)?;
    provision::write_certificates(&module, &serial, &pin, &key.authentication, &key.signature)?;
    output.done(
        &output.language.key_issued(&serial, &key.holder.name),
        &json!({
            "serial": serial,
            "holder": key.holder,
            "authentication": key.authentication.thumbprint(),
            "signature": key.signature.thumbprint(),
            "not_after": key.authentication.not_after().to_string(),
        }),
    );
    Ok(())
}

fn holder(issue: &KeyIssue) -> Result<Holder, Failure> {
    let (kind, customer) = match (issue.kind, issue.customer) {
        (args::Kind::User, Some(customer)) => (HolderKind::User, Some(customer)),
        (args::Kind::Manager, None) => (HolderKind::Manager, None),
        _ => {
            return Err(Failure::because(
                Kind::Usage,
                "a user has a --customer, a manager has none",
            ));
        }
    };
    Ok(Holder {
        kind,
        id: issue.holder_id,
        customer,
        name: issue.name.clone(),
    })
}

/// A bound key is taken out of the log before it is made anew.
fn refuse_bound(desk: &Desk, issue: &KeyIssue) -> Result<(), Failure> {
    let Some(serial) = &issue.key else {
        return Ok(());
    };
    match desk.register.key(serial) {
        Ok(key) if matches!(desk.register.standing(&key), Standing::Bound(_)) => {
            Err(Failure::because(
                Kind::Exists,
                format!(
                    "USB key {serial} is bound to {}; first: report-lost {serial} --reason replaced",
                    key.holder.name
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn preview(issue: &KeyIssue, language: Language) -> Vec<String> {
    let kind = match issue.kind {
        args::Kind::User => language.kind_user(),
        args::Kind::Manager => language.kind_manager(),
    };
    let days = issue.days.to_string();
    let mut lines = vec![language.will_issue_key(&kind, &issue.name, &issue.organisation, &days)];
    match &issue.key {
        None => lines.push(language.will_init_key()),
        Some(serial) if issue.erase => lines.push(language.will_erase_key(serial)),
        Some(_) => {}
    }
    lines
}

/// The token in hand: the one that was named, or a blank one, initialised.
fn token(
    module: &Arc<Module>,
    issue: &KeyIssue,
    output: &Output,
) -> Result<(String, Pin), Failure> {
    let language = output.language;
    if let Some(serial) = &issue.key {
        let info = module
            .tokens()?
            .into_iter()
            .find(|info| info.serial == *serial)
            .ok_or_else(|| Failure::because(Kind::NoToken, format!("no USB key {serial}")))?;
        pins::warn(output, info.pin)?;
        let pin = pins::ask(issue.pin_fd, &language.pin_of_key(serial))?;
        return Ok((serial.clone(), pin));
    }
    let so_pin = pins::ask_new(output, issue.so_pin_fd, &language.so_pin_of_key())?;
    let pin = pins::ask_new(output, issue.pin_fd, &language.new_pin_of_key())?;
    let serial = provision::init_token(module, &issue.token_label, &so_pin, &pin)?;
    Ok((serial, pin))
}

fn certify(
    desk: &mut Desk,
    ca: &Authority,
    issue: &KeyIssue,
    holder: Holder,
    serial: &str,
    keys: &provision::KeyPairs,
) -> Result<IssuedKey, Failure> {
    let subject = Subject {
        common_name: issue.name.clone(),
        organisation: issue.organisation.clone(),
        key_serial: Some(serial.to_owned()),
        dns_names: Vec::new(),
    };
    let (authentication, signature) = match holder.kind {
        HolderKind::User => (Role::UserAuthentication, Role::UserSignature),
        HolderKind::Manager => (Role::ManagerAuthentication, Role::ManagerSignature),
    };
    let mut certificate =
        |role: Role, key: &PublicKey| ca.issue(desk, role, &subject, key, issue.days);
    let authentication = certificate(authentication, &keys.authentication)?;
    let signature = certificate(signature, &keys.signature)?;
    let key = IssuedKey {
        at: now(),
        serial: serial.to_owned(),
        holder,
        organisation: issue.organisation.clone(),
        authentication,
        signature,
    };
    desk.register.append(Record::Key(key.clone()))?;
    Ok(key)
}
