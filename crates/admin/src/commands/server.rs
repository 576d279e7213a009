//! `server issue`: a server's key and its certificate.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use wattkey_pki::issue::Subject;
use wattkey_pki::{Certificate, MemorySigner, PublicKey, Role, Signer as _};
use wattkey_protocol::names::authority;
use wattkey_token::{Card, KeyUse, Module, TokenError, key_id};

use crate::args::{ServerIssue, ServerRole};
use crate::authority::Authority;
use crate::confirm::confirm;
use crate::desk::{Desk, create_secret_file, replace_file};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::Ca;
use crate::{pins, usb_key};

/// Where the private half is.
enum Place {
    Card { card: Arc<Card>, id: &'static [u8] },
    File,
}

pub(crate) fn issue(desk: &mut Desk, issue: &ServerIssue, output: &Output) -> Result<(), Failure> {
    let (role, id) = role_and_id(issue.role);
    check(issue, role)?;
    let place = issue.token.clone().unwrap_or_else(|| {
        let file = issue.key_file.as_deref().unwrap_or(Path::new(""));
        file.display().to_string()
    });
    let preview = output
        .language
        .will_issue_server(role.name(), &issue.name, &place);
    confirm(output, issue.confirm.yes, &[preview])?;
    let ca = Authority::open(desk, Ca::Service, &issue.ca_pins, output)?;
    let (key, place) = match (&issue.key_file, &issue.token) {
        (Some(file), _) => (key_in_file(file)?, Place::File),
        (None, Some(token)) => {
            let card = open_card(desk, token, issue, output)?;
            let key = key_on_card(&card, id, role, issue.renew)?;
            (key, Place::Card { card, id })
        }
        (None, None) => return Err(Failure::because(Kind::Usage, "--token or --key-file")),
    };
    let subject = subject(desk, issue, role);
    let certificate = ca.issue(desk, role, &subject, &key, issue.days)?;
    store(&certificate, &place, role, issue.out.as_deref())?;
    let until = certificate.not_after().to_string();
    output.done(
        &output
            .language
            .server_issued(&issue.name, role.name(), &until),
        &json!({
            "role": role.name(),
            "name": issue.name,
            "thumbprint": certificate.thumbprint(),
            "dns_names": certificate.dns_names(),
            "not_after": until,
        }),
    );
    Ok(())
}

fn role_and_id(role: ServerRole) -> (Role, &'static [u8]) {
    match role {
        ServerRole::Gateway => (Role::Gateway, key_id::TLS),
        ServerRole::Platform => (Role::Platform, key_id::TLS),
        ServerRole::KeyConfiguration => (Role::KeyConfiguration, key_id::KEY_CONFIGURATION),
        ServerRole::GatewayReceipt => (Role::GatewayReceipt, key_id::RECEIPT),
        ServerRole::PlatformReceipt => (Role::PlatformReceipt, key_id::RECEIPT),
    }
}

/// The platform's TLS key, and no other, is in a file (`PROTOCOL.md` section
/// 2).
fn check(issue: &ServerIssue, role: Role) -> Result<(), Failure> {
    let wrong = |why: &str| Err(Failure::because(Kind::Usage, why));
    match (role, &issue.key_file) {
        (Role::Platform, None) => wrong("the platform's TLS key is in a file: --key-file"),
        (Role::Platform, Some(_)) if issue.out.is_none() => {
            wrong("the platform reads its certificate from a file: --out")
        }
        (Role::Platform, Some(_)) if issue.dns_name.is_empty() => {
            wrong("the platform's certificate needs its name: --dns-name")
        }
        (Role::Platform, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => wrong("this key is made on a card: --token"),
    }
}

fn key_in_file(file: &Path) -> Result<PublicKey, Failure> {
    let (signer, pem) = MemorySigner::generate_pkcs8_pem();
    create_secret_file(file, pem.as_bytes())?;
    Ok(signer.public_key().clone())
}

fn open_card(
    desk: &Desk,
    token: &str,
    issue: &ServerIssue,
    output: &Output,
) -> Result<Arc<Card>, Failure> {
    let module = Module::load(&desk.config.module)?;
    pins::warn(output, usb_key::token_named(&module, token)?)?;
    let pin = pins::ask(issue.card_pin_fd, &output.language.pin_of_card(token))?;
    Ok(Card::open(&module, token, &pin)?)
}

fn key_on_card(card: &Arc<Card>, id: &[u8], role: Role, renew: bool) -> Result<PublicKey, Failure> {
    if renew {
        return Ok(card.public_key(id)?);
    }
    card.generate(id, KeyUse::Sign, role.name())
        .map_err(|error| match error {
            TokenError::KeyExists { .. } => Failure::because(
                Kind::Exists,
                format!("{error}; --renew certifies the key that is there"),
            ),
            other => other.into(),
        })
}

fn subject(desk: &Desk, issue: &ServerIssue, role: Role) -> Subject {
    let mut dns_names = issue.dns_name.clone();
    // Clients look for the audience's host, whatever address they dial.
    if role == Role::Gateway
        && let Some(host) = authority(&desk.config.audience)
        && !dns_names.iter().any(|name| name == host)
    {
        dns_names.insert(0, host.to_owned());
    }
    Subject {
        common_name: issue.name.clone(),
        organisation: issue.organisation.clone(),
        key_serial: None,
        dns_names,
    }
}

fn store(
    certificate: &Certificate,
    place: &Place,
    role: Role,
    out: Option<&Path>,
) -> Result<(), Failure> {
    if let Place::Card { card, id } = place {
        card.write_certificate(id, role.name(), certificate)?;
    }
    match out {
        Some(file) => replace_file(file, certificate.pem().as_bytes()),
        None => Ok(()),
    }
}
