//! `list`: what the register has.

use serde_json::{Value, json};
use wattkey_pki::Certificate;
use wattkey_protocol::binding::HolderKind;

use crate::args::List;
use crate::desk::{Desk, now};
use crate::output::Output;
use crate::register::{Ca, IssuedKey, Standing};
use crate::text::Language;

pub(crate) fn run(desk: &Desk, list: &List, output: &Output) {
    if list.servers {
        servers(desk, output);
    } else {
        keys(desk, output);
    }
}

fn keys(desk: &Desk, output: &Output) {
    let language = output.language;
    let header = [
        language.h_serial(),
        language.h_kind(),
        language.h_holder(),
        language.h_organisation(),
        language.h_state(),
        language.h_until(),
    ];
    let keys: Vec<_> = desk
        .register
        .keys()
        .map(|key| (key, desk.register.standing(key)))
        .collect();
    let rows = keys
        .iter()
        .map(|(key, standing)| {
            vec![
                key.serial.clone(),
                kind(key.holder.kind, language),
                key.holder.name.clone(),
                key.organisation.clone(),
                state(desk, key, *standing, language),
                day(&key.authentication),
            ]
        })
        .collect();
    let document = keys
        .iter()
        .map(|(key, standing)| key_document(desk, key, *standing))
        .collect();
    output.table(&header, rows, &Value::Array(document));
}

fn servers(desk: &Desk, output: &Output) {
    let language = output.language;
    let header = [
        language.h_name(),
        language.h_role(),
        language.h_state(),
        language.h_until(),
        language.h_thumbprint(),
    ];
    let certificates = desk.register.certificates(Ca::Service);
    let rows = certificates
        .iter()
        .map(|(certificate, revocation)| {
            vec![
                certificate.common_name().to_owned(),
                role(certificate).to_owned(),
                match revocation {
                    Some(_) => language.state_revoked(),
                    None => language.state_good(),
                },
                day(certificate),
                certificate.thumbprint().to_string(),
            ]
        })
        .collect();
    let document = certificates
        .iter()
        .map(|(certificate, revocation)| {
            json!({
                "name": certificate.common_name(),
                "role": role(certificate),
                "dns_names": certificate.dns_names(),
                "thumbprint": certificate.thumbprint(),
                "not_after": certificate.not_after().to_string(),
                "expired": certificate.not_after() < now(),
                "revoked": revocation.is_some(),
            })
        })
        .collect();
    output.table(&header, rows, &Value::Array(document));
}

pub(super) fn key_document(desk: &Desk, key: &IssuedKey, standing: Standing) -> Value {
    let (state, sequence) = match standing {
        Standing::Pending => ("pending", None),
        Standing::Bound(sequence) => ("bound", Some(sequence)),
        Standing::Unbound(sequence) => ("unbound", Some(sequence)),
        Standing::Revoked => ("revoked", None),
    };
    json!({
        "serial": key.serial,
        "holder": key.holder,
        "organisation": key.organisation,
        "state": state,
        "sequence": sequence,
        "revoked": is_revoked(desk, key),
        "issued": key.at.to_string(),
        "not_after": key.authentication.not_after().to_string(),
        "authentication": key.authentication.thumbprint(),
        "signature": key.signature.thumbprint(),
    })
}

pub(super) fn kind(kind: HolderKind, language: Language) -> String {
    match kind {
        HolderKind::User => language.kind_user(),
        HolderKind::Manager => language.kind_manager(),
    }
}

pub(super) fn state(
    desk: &Desk,
    key: &IssuedKey,
    standing: Standing,
    language: Language,
) -> String {
    match standing {
        Standing::Pending => language.state_pending(),
        // The platform could not be told when it was reported lost.
        Standing::Bound(_) if is_revoked(desk, key) => language.state_half_lost(),
        Standing::Bound(_) => language.state_bound(),
        Standing::Unbound(_) => language.state_unbound(),
        Standing::Revoked => language.state_revoked(),
    }
}

fn is_revoked(desk: &Desk, key: &IssuedKey) -> bool {
    desk.register
        .revocation(key.authentication.thumbprint())
        .is_some()
}

fn role(certificate: &Certificate) -> &'static str {
    certificate.roles().first().map_or("", |role| role.name())
}

pub(super) fn day(certificate: &Certificate) -> String {
    let not_after = certificate.not_after().to_string();
    not_after.chars().take(10).collect()
}
