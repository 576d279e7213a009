//! `ca create`, `revoke`, `crl`.

use serde_json::{Value, json};
use wattkey_pki::issue::Subject;

use crate::args::{CaCreate, CaPins, Crl, Revoke};
use crate::authority::{Authority, WrittenCrl};
use crate::confirm::confirm;
use crate::desk::Desk;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::Ca;

pub(crate) fn create(desk: &mut Desk, create: &CaCreate, output: &Output) -> Result<(), Failure> {
    let ca = create.ca;
    if desk.register.authority(ca).is_ok() {
        let file = desk.ca_file(ca);
        return Err(Failure::because(Kind::Exists, file.display().to_string()));
    }
    let preview = output
        .language
        .will_create_ca(ca.name(), &create.name, &create.token);
    confirm(output, create.confirm.yes, &[preview])?;
    let subject = Subject {
        common_name: create.name.clone(),
        organisation: create.organisation.clone(),
        key_serial: None,
        dns_names: Vec::new(),
    };
    let pins = CaPins {
        ca_pin_fd: create.pin_fd,
        ca_so_pin_fd: create.so_pin_fd,
    };
    let (token, days) = (&create.token, create.days);
    let authority = Authority::create(desk, ca, token, &subject, days, &pins, output)?;
    authority.write_crl(desk)?;
    let file = desk.ca_file(ca).display().to_string();
    output.done(
        &output.language.ca_made(&file),
        &json!({
            "ca": ca.name(),
            "certificate": file,
            "crl": desk.crl_file(ca).display().to_string(),
            "thumbprint": authority.certificate().thumbprint(),
        }),
    );
    Ok(())
}

pub(crate) fn crl(desk: &mut Desk, crl: &Crl, output: &Output) -> Result<(), Failure> {
    let wanted = match crl.ca {
        Some(ca) => vec![ca],
        None => vec![Ca::Users, Ca::Service],
    };
    let mut documents = Vec::new();
    let mut lines = Vec::new();
    for ca in wanted {
        let authority = Authority::open(desk, ca, &crl.ca_pins, output)?;
        let written = authority.write_crl(desk)?;
        let (line, document) = describe(desk, ca, &written, output);
        lines.push(line);
        documents.push(document);
    }
    output.done(&lines.join("\n"), &Value::Array(documents));
    Ok(())
}

pub(crate) fn revoke(desk: &mut Desk, revoke: &Revoke, output: &Output) -> Result<(), Failure> {
    let (ca, certificate) = desk
        .register
        .certificate(revoke.thumbprint)
        .map(|(ca, certificate)| (ca, certificate.clone()))
        .ok_or_else(|| Failure::because(Kind::NotFound, revoke.thumbprint.to_string()))?;
    let name = certificate.common_name().to_owned();
    let role = certificate.roles().first().map_or("", |role| role.name());
    confirm(
        output,
        revoke.confirm.yes,
        &[output.language.will_revoke(&name, role)],
    )?;
    let authority = Authority::open(desk, ca, &revoke.ca_pins, output)?;
    let written = authority.revoke(desk, &[&certificate], revoke.reason)?;
    let (line, crl) = describe(desk, ca, &written, output);
    output.done(
        &format!("{}\n{line}", output.language.revoked(&name)),
        &json!({"thumbprint": revoke.thumbprint, "crl": crl}),
    );
    Ok(())
}

/// A CRL that was written, for a person and as JSON.
pub(crate) fn describe(
    desk: &Desk,
    ca: Ca,
    written: &WrittenCrl,
    output: &Output,
) -> (String, Value) {
    let file = desk.crl_file(ca).display().to_string();
    let until = written.next_update.to_string();
    let number = written.number;
    (
        output
            .language
            .crl_written(&file, &number.to_string(), &until),
        json!({"ca": ca.name(), "file": file, "number": number, "next_update": until}),
    )
}
