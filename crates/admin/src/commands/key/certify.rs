//! `key certify`: certificates for key pairs that another program made on the card.

use std::io::Read as _;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use wattkey_pki::PublicKey;
use wattkey_token::provision::KeyPairs;

use super::{certificates, enter, refuse_bound};
use crate::args::KeyCertify;
use crate::authority::Authority;
use crate::confirm::confirm;
use crate::desk::{Desk, replace_file};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::Ca;

/// A longer file is not a public key.
const MAX_FILE: u64 = 16 * 1024;

pub(super) fn run(desk: &mut Desk, arguments: &KeyCertify, output: &Output) -> Result<(), Failure> {
    let holder = arguments.holder.holder()?;
    let serial = &arguments.serial;
    refuse_bound(desk, serial)?;
    let keys = KeyPairs {
        authentication: public_key(&arguments.authentication_key)?,
        signature: public_key(&arguments.signature_key)?,
    };
    if keys.authentication == keys.signature {
        return Err(Failure::because(
            Kind::Usage,
            "both files have the same key; a USB key has two",
        ));
    }
    let preview = [
        arguments.holder.preview(output),
        output.language.will_certify_key(serial),
    ];
    confirm(output, arguments.confirm.yes, &preview)?;
    let ca = Authority::open(desk, Ca::Users, &arguments.ca_pins, output)?;
    std::fs::create_dir_all(&arguments.out)
        .map_err(|error| Failure::file(&arguments.out, &error))?;
    let key = certificates(desk, &ca, &arguments.holder, holder, serial, &keys)?;
    for (name, certificate) in [
        ("authentication.pem", &key.authentication),
        ("signature.pem", &key.signature),
    ] {
        replace_file(&arguments.out.join(name), certificate.pem().as_bytes())?;
    }
    enter(desk, &key, output)
}

fn public_key(file: &Path) -> Result<PublicKey, Failure> {
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(MAX_FILE).read_to_string(&mut text))
        .map_err(|error| Failure::file(file, &error))?;
    parse(&text).ok_or_else(|| {
        let file = file.display();
        Failure::because(
            Kind::Usage,
            format!("{file}: a P-256 public key in PEM (BEGIN PUBLIC KEY) is expected"),
        )
    })
}

fn parse(text: &str) -> Option<PublicKey> {
    let (_, rest) = text.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let base64: String = body.split_ascii_whitespace().collect();
    PublicKey::from_spki(&Base64::decode_vec(&base64).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use wattkey_pki::{MemorySigner, Signer as _};

    use super::*;

    #[test]
    fn reads_what_openssl_writes() {
        let key = MemorySigner::generate().public_key().clone();
        let body = Base64::encode_string(&key.spki());
        let (first, second) = body.split_at(64);
        let pem =
            format!("-----BEGIN PUBLIC KEY-----\n{first}\r\n{second}\n-----END PUBLIC KEY-----\n");
        assert_eq!(parse(&pem), Some(key));
        assert_eq!(parse(&pem.replace("PUBLIC", "PRIVATE")), None);
        assert_eq!(parse(&pem.replace(first, "")), None);
        assert_eq!(parse(""), None);
    }
}
