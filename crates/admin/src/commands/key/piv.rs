//! `key issue` on a PIV card.
//!
//! The card's management key makes keys and writes certificates. The card gets the holder's PUK and
//! PIN first, and then its keys. The register keeps that this was begun: what broke off can be
//! repeated, and a card is entered only once all of it is done.

use std::sync::Arc;

use wattkey_protocol::binding::Holder;
use wattkey_token::provision::{Credentials, Target};
use wattkey_token::{Module, Pin, PinRules, UsbKey, provision};

use super::letter::Letter;
use super::{certificates, enter, refuse_bound};
use crate::args::KeyIssue;
use crate::authority::Authority;
use crate::commands::list::day;
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::pins;
use crate::register::{Ca, Record, Register};

/// The PIV card in hand, if the module shows one.
pub(super) fn card(module: &Arc<Module>, serial: Option<&str>) -> Result<Option<UsbKey>, Failure> {
    let mut cards = module.usb_keys()?;
    cards.retain(|card| card.info().is_piv());
    if let Some(serial) = serial {
        cards.retain(|card| card.info().serial == serial);
    }
    match (cards.pop(), cards.is_empty()) {
        (card, true) => Ok(card),
        (_, false) => Err(Failure::because(Kind::SeveralTokens, "")),
    }
}

pub(super) fn issue(
    desk: &mut Desk,
    module: &Arc<Module>,
    card: &UsbKey,
    arguments: &KeyIssue,
    holder: Holder,
    output: &Output,
) -> Result<(), Failure> {
    let serial = &card.info().serial;
    let repeated = desk.register.is_interrupted(serial);
    refuse_bound(desk, serial)?;
    let there = contents(card, output);
    refuse_keys(&there, arguments, repeated)?;
    refuse_unknown_secrets(arguments, past(&desk.register, serial, &there))?;
    pins::refuse_locked(card.pin_state()?)?;
    let letter = arguments.pin_letter.clone().map(Letter::new).transpose()?;
    let preview = preview(card, arguments, repeated, there, output);
    confirm(output, arguments.confirm.yes, &preview)?;
    let ca = Authority::open(desk, Ca::Users, &arguments.ca_pins, output)?;
    let secrets = Secrets::read(card, arguments, letter.as_ref(), output)?;

    // Needs the management key: a wrong one is found before anything has been changed.
    provision::erase_keys(module, serial, &secrets.present.security_officer_pin)?;
    desk.register.append(Record::Issuing {
        at: now(),
        serial: serial.clone(),
    })?;
    if let Some(letter) = &letter {
        letter.write(serial, &arguments.holder, output.language)?;
    }
    let target = Target::Card {
        serial,
        current: &secrets.present,
    };
    let issued = provision::issue(module, &target, &secrets.new)?;
    let key = certificates(desk, &ca, &arguments.holder, holder, serial, &issued.keys)?;
    let management_key = &secrets.new.security_officer_pin;
    let (authentication, signature) = (&key.authentication, &key.signature);
    provision::write_certificates(module, serial, management_key, authentication, signature)?;
    enter(desk, &key, output)
}

/// What is on the card is destroyed only where the person wants that, or where an interrupted
/// issue put it there.
fn refuse_keys(there: &[String], arguments: &KeyIssue, repeated: bool) -> Result<(), Failure> {
    if there.is_empty() || arguments.replace || repeated {
        return Ok(());
    }
    Err(Failure::because(
        Kind::Exists,
        format!("{}\n--replace destroys what is there", there.join("\n")),
    ))
}

/// Why a card's PIN and PUK are not the factory's, as far as this desk can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    Blank,
    Interrupted,
    Issued,
    Filled,
}

fn past(register: &Register, serial: &str, there: &[String]) -> Past {
    match (register.is_interrupted(serial), register.key(serial)) {
        (true, _) => Past::Interrupted,
        (false, Ok(_)) => Past::Issued,
        (false, Err(_)) if !there.is_empty() => Past::Filled,
        (false, Err(_)) => Past::Blank,
    }
}

/// The factory's PIN and PUK are tried on a blank card that this desk has never seen; on any other
/// they would cost a try each, after its keys are gone.
fn refuse_unknown_secrets(arguments: &KeyIssue, past: Past) -> Result<(), Failure> {
    let both = arguments.present_pin_fd.is_some() && arguments.present_puk_fd.is_some();
    if both || arguments.used {
        return Ok(());
    }
    let why = match past {
        Past::Blank => return Ok(()),
        Past::Interrupted => "an issue of this card was interrupted and may have set them",
        Past::Issued => "this desk has issued the card before",
        Past::Filled => "somebody has put certificates on the card",
    };
    Err(Failure::because(
        Kind::Usage,
        format!(
            "the card's PIN and PUK are needed, {why}: repeat this with --used and give those \
             that it has now (a card that was reset has 123456 and 12345678)"
        ),
    ))
}

/// What the card has in the two places, for a person.
fn contents(card: &UsbKey, output: &Output) -> Vec<String> {
    let language = output.language;
    let places = [
        ("01", card.authentication_certificate()),
        ("02", card.signature_certificate()),
    ];
    let named = places.into_iter().filter_map(|(id, certificate)| {
        let certificate = certificate?;
        Some(language.card_has(id, certificate.common_name(), &day(certificate)))
    });
    named.collect()
}

fn preview(
    card: &UsbKey,
    arguments: &KeyIssue,
    repeated: bool,
    there: Vec<String>,
    output: &Output,
) -> Vec<String> {
    let (language, info) = (output.language, card.info());
    let mut lines = vec![
        arguments.holder.preview(output),
        language.will_issue_card(&info.serial, &info.reader),
    ];
    if repeated {
        lines.push(language.will_repeat());
    }
    if !there.is_empty() {
        lines.extend(there);
        lines.push(language.will_erase_key(&info.serial));
    }
    lines
}

/// All that is typed: read before the card is touched.
struct Secrets {
    present: Credentials,
    new: Credentials,
}

impl Secrets {
    fn read(
        card: &UsbKey,
        arguments: &KeyIssue,
        letter: Option<&Letter>,
        output: &Output,
    ) -> Result<Self, Failure> {
        let (language, serial) = (output.language, &card.info().serial);
        let management_key = pins::ask(arguments.so_pin_fd, &language.management_key(serial))?;
        let new_management_key = match arguments.new_so_pin_fd {
            Some(fd) => Pin::from_fd(fd)?,
            None => management_key.copy(),
        };
        let factory = Credentials::of_new_piv_card();
        let present = |fd: Option<u32>, prompt: &str, factory: Pin| match fd {
            None if !arguments.used => Ok(factory),
            fd => pins::ask(fd, prompt),
        };
        let (pin, puk) = (arguments.present_pin_fd, arguments.present_puk_fd);
        let present = Credentials {
            pin: present(pin, &language.present_pin(serial), factory.pin)?,
            puk: present(puk, &language.present_puk(serial), factory.puk)?,
            security_officer_pin: management_key,
        };
        let (pin, puk) = match letter {
            Some(letter) => (letter.pin(), letter.puk()),
            None => (
                pins::ask_new(output, arguments.pin_fd, &language.new_pin_of_key())?,
                pins::ask_new(output, arguments.puk_fd, &language.new_puk_of_key())?,
            ),
        };
        let rules = PinRules::of(card.info());
        rules.check(&pin, &[&puk])?;
        rules.check(&puk, &[&pin])?;
        let new = Credentials {
            pin,
            puk,
            security_officer_pin: new_management_key,
        };
        Ok(Self { present, new })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use wattkey_pki::{MemorySigner, issue};

    use super::{Past, Record, Register, now, past, refuse_unknown_secrets};
    use crate::args::{Arguments, Command, KeyCommand, KeyIssue};
    use crate::exit::Kind;
    use crate::register::IssuedKey;

    fn arguments(more: &str) -> Box<KeyIssue> {
        let line = "wattkey-admin key issue --kind manager --name n --organisation o --replace \
                    --holder-id 00000000-0000-4000-8000-000000000003";
        let line = line.split_whitespace().chain(more.split_whitespace());
        match Arguments::parse_from(line).command {
            Command::Key(KeyCommand::Issue(issue)) => issue,
            other => panic!("{other:?}"),
        }
    }

    /// A key of that serial number; its certificates do not matter here.
    fn key(serial: &str) -> IssuedKey {
        let signer = MemorySigner::generate();
        let any = issue::self_signed_ca("n", "o", &signer, now(), 1).unwrap();
        IssuedKey {
            at: now(),
            serial: serial.to_owned(),
            holder: arguments("").holder.holder().unwrap(),
            organisation: "o".to_owned(),
            authentication: any.clone(),
            signature: any,
        }
    }

    #[test]
    fn only_a_blank_card_that_nobody_knows_is_taken_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        Register::create(folder.path()).unwrap();
        let mut register = Register::open(folder.path()).unwrap();
        let there = ["a certificate".to_owned()];
        assert_eq!(past(&register, "1", &[]), Past::Blank);
        assert_eq!(past(&register, "1", &there), Past::Filled);
        let issuing = |serial: &str| Record::Issuing {
            at: now(),
            serial: serial.to_owned(),
        };
        register.append(issuing("1")).unwrap();
        assert_eq!(past(&register, "1", &[]), Past::Interrupted);
        assert_eq!(past(&register, "2", &[]), Past::Blank);
        register.append(Record::Key(key("1"))).unwrap();
        assert_eq!(past(&register, "1", &[]), Past::Issued);
        assert_eq!(past(&register, "1", &there), Past::Issued);
        register.append(issuing("1")).unwrap();
        assert_eq!(past(&register, "1", &there), Past::Interrupted);
    }

    #[test]
    fn the_factorys_secrets_are_for_blank_cards_only() {
        for past in [Past::Interrupted, Past::Issued, Past::Filled] {
            for more in ["", "--present-pin-fd 3", "--present-puk-fd 3"] {
                let refused = refuse_unknown_secrets(&arguments(more), past).unwrap_err();
                assert_eq!(refused.kind, Kind::Usage);
                assert!(refused.detail.contains("--used"), "{}", refused.detail);
            }
            for more in ["--used", "--present-pin-fd 3 --present-puk-fd 3"] {
                refuse_unknown_secrets(&arguments(more), past).unwrap();
            }
        }
        refuse_unknown_secrets(&arguments(""), Past::Blank).unwrap();
    }
}
