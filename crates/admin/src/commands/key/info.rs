//! `key info`: what is on the USB keys that are plugged in.

use serde_json::{Value, json};
use wattkey_pki::{Certificate, ChainError, Role, TrustAnchor};
use wattkey_token::{Module, PinState, UsbKey};

use crate::args::KeyInfo;
use crate::commands::list::{day, key_document, kind, state};
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::{Ca, IssuedKey};
use crate::text::Language;

pub(super) fn run(desk: &Desk, arguments: &KeyInfo, output: &Output) -> Result<(), Failure> {
    let module = Module::load(arguments.module.as_deref().unwrap_or(&desk.config.module))?;
    let mut keys = module.usb_keys()?;
    if let Some(serial) = &arguments.serial {
        keys.retain(|key| key.info().serial == *serial);
        if keys.is_empty() {
            return Err(Failure::because(
                Kind::NoToken,
                format!("no USB key {serial}"),
            ));
        }
    }
    let issuer = desk.register.authority(Ca::Users).ok();
    let issuer = issuer.and_then(|(certificate, _)| TrustAnchor::new(certificate).ok());
    let found: Vec<Found<'_>> = keys
        .iter()
        .map(|key| Found::new(desk, key, issuer.as_ref()))
        .collect();
    let text: Vec<_> = found
        .iter()
        .map(|found| found.text(desk, output.language))
        .collect();
    let text = match text.is_empty() {
        true => output.language.no_key(),
        false => text.join("\n\n"),
    };
    let document = found.iter().map(|found| found.document(desk)).collect();
    output.done(&text, &Value::Array(document));
    Ok(())
}

/// A USB key, and what the register has of it.
struct Found<'a> {
    key: &'a UsbKey,
    certificates: Vec<Seen<'a>>,
    issued: Option<IssuedKey>,
    interrupted: bool,
}

/// A certificate on it.
struct Seen<'a> {
    id: &'static str,
    certificate: &'a Certificate,
    verdict: Verdict,
}

/// What the desk thinks of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Expired,
    Revoked,
    /// Somebody else issued it.
    Foreign,
    /// It names another USB key, or another use.
    Misplaced,
}

impl<'a> Found<'a> {
    fn new(desk: &Desk, key: &'a UsbKey, issuer: Option<&TrustAnchor>) -> Self {
        let serial = &key.info().serial;
        let places = [
            ("01", key.authentication_certificate()),
            ("02", key.signature_certificate()),
        ];
        let certificates = places
            .into_iter()
            .filter_map(|(id, certificate)| {
                let certificate = certificate?;
                let verdict = verdict(desk, serial, id, certificate, issuer);
                Some(Seen {
                    id,
                    certificate,
                    verdict,
                })
            })
            .collect();
        Self {
            key,
            certificates,
            issued: desk.register.key(serial).ok(),
            interrupted: desk.register.is_interrupted(serial),
        }
    }

    fn text(&self, desk: &Desk, language: Language) -> String {
        let info = self.key.info();
        let mut lines = vec![
            language.info_key(&info.serial, &info.reader),
            format!("  {}", language.info_token(&info.label, &info.model)),
            format!("  {}", language.info_pin(&pin_text(info.pin, language))),
        ];
        for seen in &self.certificates {
            let certificate = seen.certificate;
            lines.push(format!(
                "  {}",
                language.info_certificate(
                    seen.id,
                    role(certificate),
                    certificate.common_name(),
                    &day(certificate),
                    &verdict_text(seen.verdict, language),
                )
            ));
        }
        if self.certificates.is_empty() {
            lines.push(format!("  {}", language.info_no_certificate()));
        }
        lines.push(format!("  {}", self.register_text(desk, language)));
        lines.join("\n")
    }

    fn register_text(&self, desk: &Desk, language: Language) -> String {
        if self.interrupted {
            return language.info_interrupted();
        }
        match &self.issued {
            None => language.info_unknown(),
            Some(issued) => {
                let standing = desk.register.standing(issued);
                language.info_issued(
                    &kind(issued.holder.kind, language),
                    &issued.holder.name,
                    &issued.organisation,
                    &state(desk, issued, standing, language),
                )
            }
        }
    }

    fn document(&self, desk: &Desk) -> Value {
        let info = self.key.info();
        let certificates: Vec<_> = self.certificates.iter().map(Seen::document).collect();
        let register = self
            .issued
            .as_ref()
            .map(|issued| key_document(desk, issued, desk.register.standing(issued)));
        json!({
            "serial": info.serial,
            "reader": info.reader,
            "label": info.label,
            "manufacturer": info.manufacturer,
            "model": info.model,
            "pin": info.pin.name(),
            "pin_pad": info.pin.protected_path,
            "certificates": certificates,
            "register": register,
            "interrupted": self.interrupted,
        })
    }
}

impl Seen<'_> {
    fn document(&self) -> Value {
        let certificate = self.certificate;
        json!({
            "id": self.id,
            "role": role(certificate),
            "name": certificate.common_name(),
            "organisation": certificate.organisation(),
            "key_serial": certificate.key_serial(),
            "not_before": certificate.not_before().to_string(),
            "not_after": certificate.not_after().to_string(),
            "thumbprint": certificate.thumbprint(),
            "verdict": self.verdict.name(),
        })
    }
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Foreign => "foreign",
            Self::Misplaced => "misplaced",
        }
    }
}

fn verdict(
    desk: &Desk,
    serial: &str,
    id: &str,
    certificate: &Certificate,
    issuer: Option<&TrustAnchor>,
) -> Verdict {
    let roles = match id {
        "01" => [Role::UserAuthentication, Role::ManagerAuthentication],
        _ => [Role::UserSignature, Role::ManagerSignature],
    };
    let Some(issuer) = issuer else {
        return Verdict::Foreign;
    };
    let role = roles.into_iter().find(|role| certificate.has_role(*role));
    let chain = issuer.verify(certificate, role.unwrap_or(roles[0]), now());
    if desk.register.revocation(certificate.thumbprint()).is_some() {
        return Verdict::Revoked;
    }
    match chain {
        Ok(()) if certificate.key_serial() == Some(serial) => Verdict::Good,
        Ok(()) | Err(ChainError::WrongRole { .. }) => Verdict::Misplaced,
        Err(ChainError::Expired { .. } | ChainError::NotYetValid) => Verdict::Expired,
        Err(ChainError::Revoked) => Verdict::Revoked,
        Err(_) => Verdict::Foreign,
    }
}

fn role(certificate: &Certificate) -> &'static str {
    certificate.roles().first().map_or("-", |role| role.name())
}

fn pin_text(pin: PinState, language: Language) -> String {
    match pin.name() {
        "locked" => language.pin_locked(),
        "not-set" => language.pin_not_set(),
        "last-try" => language.pin_last_try(),
        "low" => language.pin_tries_spent(),
        "to-be-changed" => language.pin_to_be_changed(),
        _ => language.pin_good(),
    }
}

fn verdict_text(verdict: Verdict, language: Language) -> String {
    match verdict {
        Verdict::Good => language.state_good(),
        Verdict::Expired => language.verdict_expired(),
        Verdict::Revoked => language.state_revoked(),
        Verdict::Foreign => language.verdict_foreign(),
        Verdict::Misplaced => language.verdict_misplaced(),
    }
}
