//! A PIV card behind pcscd and OpenSC: what a card's own time makes of the difference.

use anyhow::Context as _;
use wattkey_token::provision::{self, Credentials, Target};
use wattkey_token::{Module, Pin, local};
use wattkey_virtual_reader::{Reader, Slot, opensc, ykcs11};

use super::{certificates, signatures};
use crate::report::Report;

/// Yubico's number of the card.
const NUMBER: u32 = 10_000_001;
const PIN: &str = "271828";
/// A card takes milliseconds for a signature.
const CALLS: u32 = 15;

pub(super) fn run(report: &mut Report) -> anyhow::Result<()> {
    let reader = Reader::start()?;
    let memory = reader.folder().join("key");
    let _plugged = reader.plug_in(Slot::First, &memory, NUMBER)?;
    issue()?;

    let key = Module::load(&opensc())?.usb_keys()?.pop();
    let key = key.context("OpenSC finds the key")?.unlock(&pin())?;
    let here = local::Module::load(&opensc())?.usb_keys()?.pop();
    let here = here.context("OpenSC finds the key")?.unlock(&pin())?;
    signatures(
        report,
        "signature, virtual USB key",
        CALLS,
        &*key.authentication_signer(),
        &*here.authentication_signer(),
    )
}

fn issue() -> anyhow::Result<()> {
    let module = Module::load(&ykcs11())?;
    let info = module.tokens()?.pop().context("libykcs11 finds the key")?;
    let credentials = Credentials {
        pin: pin(),
        puk: Pin::new("31415926".to_owned()),
        security_officer_pin: Pin::new(
            "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718".to_owned(),
        ),
    };
    let current = Credentials::of_new_piv_card();
    let target = Target::Card {
        serial: &info.serial,
        current: &current,
    };
    let issued = provision::issue(&module, &target, &credentials)?;
    let [authentication, signature] = certificates(&info.serial, &issued.keys)?;
    let writing = credentials.for_writing(&issued.info);
    provision::write_certificates(&module, &info.serial, writing, &authentication, &signature)?;
    Ok(())
}

fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}
