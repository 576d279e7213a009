//! `key`: USB keys for people.

mod blank;
mod certify;
mod info;
mod letter;
mod piv;
mod unblock;

use std::sync::Arc;

use serde_json::json;
use wattkey_pki::issue::Subject;
use wattkey_pki::{PublicKey, Role};
use wattkey_protocol::binding::{Holder, HolderKind};
use wattkey_token::{Module, provision};

use crate::args::{self, HolderArguments, KeyCommand, KeyIssue};
use crate::authority::Authority;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::{IssuedKey, Record, Standing};

pub(crate) fn run(desk: &mut Desk, key: &KeyCommand, output: &Output) -> Result<(), Failure> {
    match key {
        KeyCommand::Issue(arguments) => issue(desk, arguments, output),
        KeyCommand::Certify(arguments) => certify::run(desk, arguments, output),
        KeyCommand::Unblock(arguments) => unblock::run(desk, arguments, output),
        KeyCommand::Info(arguments) => info::run(desk, arguments, output),
    }
}

/// A token's way depends on what it is, not on what the person says.
fn issue(desk: &mut Desk, arguments: &KeyIssue, output: &Output) -> Result<(), Failure> {
    let holder = arguments.holder.holder()?;
    let module = arguments.module.as_deref();
    let module = Module::load(module.unwrap_or(desk.config.issuing_module()))?;
    match piv::card(&module, arguments.key.as_deref())? {
        Some(card) => piv::issue(desk, &module, &card, arguments, holder, output),
        None => blank::issue(desk, &module, arguments, holder, output),
    }
}

impl HolderArguments {
    fn holder(&self) -> Result<Holder, Failure> {
        let (kind, customer) = match (self.kind, self.customer) {
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
            id: self.holder_id,
            customer,
            name: self.name.clone(),
        })
    }

    /// What is about to be issued, for a person.
    fn preview(&self, output: &Output) -> String {
        let language = output.language;
        let kind = match self.kind {
            args::Kind::User => language.kind_user(),
            args::Kind::Manager => language.kind_manager(),
        };
        let days = self.days.to_string();
        language.will_issue_key(&kind, &self.name, &self.organisation, &days)
    }
}

/// A bound key is taken out of the log before it is made anew.
fn refuse_bound(desk: &Desk, serial: &str) -> Result<(), Failure> {
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

/// Both certificates. The register has them when this returns, but not the key: it is entered once
/// it can be handed out.
fn certificates(
    desk: &mut Desk,
    ca: &Authority,
    arguments: &HolderArguments,
    holder: Holder,
    serial: &str,
    keys: &provision::KeyPairs,
) -> Result<IssuedKey, Failure> {
    let subject = Subject {
        common_name: arguments.name.clone(),
        organisation: arguments.organisation.clone(),
        key_serial: Some(serial.to_owned()),
        dns_names: Vec::new(),
    };
    let (authentication, signature) = match holder.kind {
        HolderKind::User => (Role::UserAuthentication, Role::UserSignature),
        HolderKind::Manager => (Role::ManagerAuthentication, Role::ManagerSignature),
    };
    let mut certificate =
        |role: Role, key: &PublicKey| ca.issue(desk, role, &subject, key, arguments.days);
    let authentication = certificate(authentication, &keys.authentication)?;
    let signature = certificate(signature, &keys.signature)?;
    Ok(IssuedKey {
        at: now(),
        serial: serial.to_owned(),
        holder,
        organisation: arguments.organisation.clone(),
        authentication,
        signature,
    })
}

/// Enters the key in the register and says so.
fn enter(desk: &mut Desk, key: &IssuedKey, output: &Output) -> Result<(), Failure> {
    desk.register.append(Record::Key(key.clone()))?;
    let serial = &key.serial;
    output.done(
        &output.language.key_issued(serial, &key.holder.name),
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

/// The USB key of that serial number.
fn plugged_in(module: &Arc<Module>, serial: &str) -> Result<wattkey_token::UsbKey, Failure> {
    module
        .usb_keys()?
        .into_iter()
        .find(|key| key.info().serial == serial)
        .ok_or_else(|| Failure::because(Kind::NoToken, format!("no USB key {serial}")))
}
