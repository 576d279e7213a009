//! Makes the gateway's card: a SoftHSM2 token with its three keys and certificates.
//!
//! SoftHSM reads its configuration from the environment once per process, so this runs in a
//! process of its own: this program again, with the one test below.

use std::path::Path;
use std::process::Command;

use wattkey_pki::Role;
use wattkey_token::local::{Card, Module, provision};
use wattkey_token::{KeyUse, Pin, key_id};

use crate::authorities::Ca;

pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const PIN: &str = "123456";
pub(crate) const LABEL: &str = "gateway";
const FOLDER: &str = "WATTKEY_TEST_CARD_FOLDER";

/// Makes the card in `folder`; its certificates are `service`'s.
pub(crate) fn make(folder: &Path, service: &Ca) {
    std::fs::create_dir(folder.join("tokens")).unwrap();
    let configuration = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        folder.join("tokens").display()
    );
    std::fs::write(folder.join("softhsm2.conf"), configuration).unwrap();
    std::fs::write(folder.join("card-ca.pem"), service.certificate.pem()).unwrap();
    std::fs::write(folder.join("card-ca.key"), &service.key_pem).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["card::a_card_is_made", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    // A name that matches no test runs none and would succeed.
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{error}"
    );
}

#[test]
fn a_card_is_made() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        let folder = tempfile::tempdir().unwrap();
        return make(folder.path(), &Ca::new("service CA"));
    };
    let folder = Path::new(&folder);
    let read = |name| std::fs::read_to_string(folder.join(name)).unwrap();
    let service = Ca::from_pem(&read("card-ca.pem"), &read("card-ca.key"));

    let module = Module::load(Path::new(MODULE)).unwrap();
    let pin = Pin::new(PIN.to_owned());
    provision::init_token(&module, LABEL, &Pin::new("12345678".to_owned()), &pin).unwrap();
    let card = Card::open(&module, LABEL, &pin).unwrap();
    for (id, role) in [
        (key_id::TLS, Role::Gateway),
        (key_id::KEY_CONFIGURATION, Role::KeyConfiguration),
        (key_id::RECEIPT, Role::GatewayReceipt),
    ] {
        let key = card.generate(id, KeyUse::Sign, role.name()).unwrap();
        let certificate = service.certify(&key, role, None);
        card.write_certificate(id, role.name(), &certificate)
            .unwrap();
    }
}
