//! What the child process costs: each call through it beside the same call in this process, on SoftHSM, and on a
//! virtual USB key where there is one.

mod virtual_key;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, PublicKey, Role, Signer};
use wattkey_token::provision::{self, KeyPairs};
use wattkey_token::{HostOptions, KeyUse, Pin, TokenError, local};

use crate::figure::{Unit, rate, time};
use crate::report::Report;

const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "482915";
const SECURITY_OFFICER_PIN: &str = "12345678";
/// `CKA_ID`s of the card's keys.
const SIGN: &[u8] = &[0x20, 1];
const DERIVE: &[u8] = &[0x20, 2];
/// Calls of each round.
const CALLS: u32 = 200;
const STARTS: u32 = 5;
const THREADS: u32 = 4;
const IN_PROCESS: &str = "in process";

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let path = Path::new(SOFTHSM);
    // Beside each other on the same tokens: SoftHSM in the child, and SoftHSM here.
    let child = wattkey_token::Module::load(path)?;
    issue_usb_key(&child)?;
    let card = issue_card(&child)?;
    let here = local::Module::load(path)?;
    let local_card = local::Card::open(&here, "card", &pin())?;

    let key = child
        .usb_keys()?
        .into_iter()
        .find(|key| key.info().label == "user");
    let key = key.context("the USB key is there")?;
    let local_key = here
        .usb_keys()?
        .into_iter()
        .find(|key| key.info().label == "user");
    let local_key = local_key.context("the USB key is there")?;
    report.compare(
        "list of tokens",
        Unit::Microseconds,
        || time(CALLS, || Ok(child.tokens()?)),
        IN_PROCESS,
        || time(CALLS, || Ok(here.tokens()?)),
    )?;
    report.compare(
        "token information",
        Unit::Microseconds,
        || time(CALLS, || Ok(key.pin_state()?)),
        IN_PROCESS,
        || time(CALLS, || Ok(local_key.pin_state()?)),
    )?;

    let key = key.unlock(&pin())?;
    let local_key = local_key.unlock(&pin())?;
    signatures(
        report,
        "signature, authentication key",
        CALLS,
        &*key.authentication_signer(),
        &*local_key.authentication_signer(),
    )?;

    let peer = *MemorySigner::generate().public_key().as_uncompressed();
    report.compare(
        "ECDH on a card",
        Unit::Microseconds,
        || time(CALLS, || Ok(card.ecdh(DERIVE, &peer)?)),
        IN_PROCESS,
        || time(CALLS, || Ok(local_card.ecdh(DERIVE, &peer)?)),
    )?;

    let (signer, local_signer) = (card.signer(SIGN)?, local_card.signer(SIGN)?);
    signatures(report, "signature, card", CALLS, &*signer, &*local_signer)?;
    for threads in [1, THREADS] {
        report.compare(
            &format!("signatures, card, threads: {threads}"),
            Unit::PerSecond,
            || rate(threads, CALLS, || Ok(signer.sign(b"a message")?)),
            IN_PROCESS,
            || rate(threads, CALLS, || Ok(local_signer.sign(b"a message")?)),
        )?;
    }
    // Not the process above: other options are another process.
    let other = HostOptions {
        environment: vec![("WATTKEY_BENCH".into(), "start".into())],
        ..HostOptions::default()
    };
    report.alone(
        "start of a process with the module",
        Unit::Microseconds,
        || {
            time(STARTS, || {
                Ok(wattkey_token::Module::load_with(path, &other)?)
            })
        },
    )?;
    if let Err(error) = virtual_key::run(report) {
        report.note(format!("virtual USB key: not measured: {error:#}"));
    }
    report.note("token information: the child lists all tokens for it, to see which are there");
    report.note("target: a call through the child takes less than 300 µs more than in process");
    Ok(())
}

fn signatures(
    report: &mut Report,
    name: &str,
    calls: u32,
    ours: &dyn Signer,
    theirs: &dyn Signer,
) -> anyhow::Result<()> {
    report.compare(
        name,
        Unit::Microseconds,
        || time(calls, || Ok(ours.sign(b"a message")?)),
        IN_PROCESS,
        || time(calls, || Ok(theirs.sign(b"a message")?)),
    )
}

fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}

fn init(module: &Arc<wattkey_token::Module>, label: &str) -> Result<String, TokenError> {
    let officer = Pin::new(SECURITY_OFFICER_PIN.to_owned());
    provision::init_token(module, label, &officer, &pin())
}

fn issue_usb_key(module: &Arc<wattkey_token::Module>) -> anyhow::Result<()> {
    let serial = init(module, "user")?;
    let keys = provision::issue_key_pairs(module, &serial, &pin())?;
    let [authentication, signature] = certificates(&serial, &keys)?;
    provision::write_certificates(module, &serial, &pin(), &authentication, &signature)?;
    Ok(())
}

/// Certificates of a user's two keys.
fn certificates(serial: &str, keys: &KeyPairs) -> anyhow::Result<[Certificate; 2]> {
    let now = jiff::Timestamp::from_second(1_790_000_000)?;
    let ca_key = MemorySigner::generate();
    let ca = issue::self_signed_ca("Issuing CA", "Example Power", &ca_key, now, 5_000)?;
    let subject = Subject {
        common_name: "Li Na".to_owned(),
        organisation: "Example Steel".to_owned(),
        key_serial: Some(serial.to_owned()),
        dns_names: Vec::new(),
    };
    let certificate = |role: Role, key: &PublicKey| {
        issue::certificate(&ca, &ca_key, role, &subject, key, now, 1_000)
    };
    Ok([
        certificate(Role::UserAuthentication, &keys.authentication)?,
        certificate(Role::UserSignature, &keys.signature)?,
    ])
}

fn issue_card(module: &Arc<wattkey_token::Module>) -> anyhow::Result<Arc<wattkey_token::Card>> {
    init(module, "card")?;
    let card = wattkey_token::Card::open(module, "card", &pin())?;
    card.generate(SIGN, KeyUse::Sign, "sign")?;
    card.generate(DERIVE, KeyUse::Derive, "derive")?;
    Ok(card)
}
