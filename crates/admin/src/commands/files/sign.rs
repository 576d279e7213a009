//! `file`: what the marketing system does with its own key. Needs no desk.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use wattkey_pki::{Certificate, MemorySigner, Signer, issue};
use wattkey_protocol::file::{
    Acknowledgement, EXPORT_SCHEMA, ExportHeader, FileSignature, IMPORT_SCHEMA, ImportHeader,
    MAX_HEADER,
};
use wattkey_token::{Card, Module};

use super::import::digest;
use super::{beside, read_text};
use crate::args::{Direction, FileCommand, FileKey, FileSign};
use crate::desk::{create_secret_file, now, replace_file};
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::pins;

pub(crate) fn run(command: &FileCommand, output: &Output) -> Result<(), Failure> {
    match command {
        FileCommand::Key(key) => make_key(key, output),
        FileCommand::Sign(sign) => self::sign(sign, output),
        FileCommand::Acknowledge(sign) => acknowledge(sign, output),
        FileCommand::Readings(readings) => super::readings::run(readings, output),
        FileCommand::Schema(schema) => {
            let text = match schema.of {
                Direction::Import => IMPORT_SCHEMA,
                Direction::Export => EXPORT_SCHEMA,
            };
            let document =
                serde_json::from_str(text).map_err(|error| Failure::new(Kind::Fault, &error))?;
            output.done(text.trim_end(), &document);
            Ok(())
        }
    }
}

fn make_key(key: &FileKey, output: &Output) -> Result<(), Failure> {
    let (signer, pem) = MemorySigner::generate_pkcs8_pem();
    let certificate = issue::self_signed(&key.name, &key.organisation, &signer, now(), key.days)
        .map_err(|error| Failure::new(Kind::Fault, &error))?;
    create_secret_file(&key.key_file, pem.as_bytes())?;
    replace_file(&key.out, certificate.pem().as_bytes())?;
    let until = certificate.not_after().to_string();
    let line = output
        .language
        .file_key_made(&key.out.display().to_string(), &until);
    let document = json!({
        "certificate": key.out,
        "thumbprint": certificate.thumbprint(),
        "not_after": until,
    });
    output.done(&line, &document);
    Ok(())
}

fn sign(sign: &FileSign, output: &Output) -> Result<(), Failure> {
    let header =
        ImportHeader::parse(&first_line(&sign.file)?).map_err(|error| wrong(&sign.file, &error))?;
    let document = FileSignature {
        source: header.source.to_string(),
        number: header.number,
        digest: digest(&sign.file)?,
        records: header.records,
    };
    let (key, certificate) = key(sign, output)?;
    let jws = document
        .sign(&*key, certificate.thumbprint())
        .map_err(|error| Failure::new(Kind::TokenUnusable, &error))?;
    write(sign, ".jws", &jws, &json!(document), output)
}

fn acknowledge(sign: &FileSign, output: &Output) -> Result<(), Failure> {
    let header =
        ExportHeader::parse(&first_line(&sign.file)?).map_err(|error| wrong(&sign.file, &error))?;
    let document = Acknowledgement {
        source: sign.source.clone(),
        number: header.number,
        digest: digest(&sign.file)?,
        records: header.records,
        totals: header.totals,
        taken: now(),
        journal: None,
    };
    let (key, certificate) = key(sign, output)?;
    let jws = document
        .sign(&*key, certificate.thumbprint())
        .map_err(|error| Failure::new(Kind::TokenUnusable, &error))?;
    write(sign, ".ack.jws", &jws, &json!(document), output)
}

fn write(
    sign: &FileSign,
    end: &str,
    jws: &str,
    document: &serde_json::Value,
    output: &Output,
) -> Result<(), Failure> {
    let to: PathBuf = sign.out.clone().unwrap_or_else(|| beside(&sign.file, end));
    replace_file(&to, jws.as_bytes())?;
    let line = output.language.file_signed(&to.display().to_string());
    output.done(&line, &json!({ "signed": document, "saved": to }));
    Ok(())
}

/// The key, and the certificate that names it.
fn key(sign: &FileSign, output: &Output) -> Result<(Arc<dyn Signer>, Certificate), Failure> {
    let certificate = Certificate::from_pem(&read_text(&sign.certificate)?)
        .map_err(|error| wrong(&sign.certificate, &error))?;
    let key: Arc<dyn Signer> = match (&sign.key_file, &sign.token) {
        (Some(file), _) => {
            let text = zeroize::Zeroizing::new(read_text(file)?);
            let key = MemorySigner::from_pkcs8_pem(&text).map_err(|error| wrong(file, &error))?;
            Arc::new(key)
        }
        (None, Some(token)) => {
            let id = hex(&sign.id)
                .ok_or_else(|| Failure::because(Kind::Usage, "--id is not hexadecimal"))?;
            let module = Module::load(&sign.module)?;
            pins::warn(output, crate::usb_key::token_named(&module, token)?)?;
            let pin = pins::ask(sign.card_pin_fd, &output.language.pin_of_card(token))?;
            Card::open(&module, token, &pin)?.signer(&id)?
        }
        (None, None) => return Err(Failure::because(Kind::Usage, "--key-file or --token")),
    };
    if key.public_key() != certificate.public_key() {
        let why = "the key is not that of the certificate";
        return Err(Failure::because(Kind::Usage, why));
    }
    Ok((key, certificate))
}

fn first_line(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut line = Vec::new();
    File::open(path)
        .and_then(|file| {
            let mut file = BufReader::new(file).take(MAX_HEADER as u64 + 1);
            file.read_until(b'\n', &mut line)
        })
        .map_err(|error| Failure::file(path, &error))?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(line)
}

fn wrong(path: &Path, error: &dyn std::error::Error) -> Failure {
    let why = crate::exit::one_line(error);
    Failure::because(Kind::FileRefused, format!("{}: {why}", path.display()))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}
