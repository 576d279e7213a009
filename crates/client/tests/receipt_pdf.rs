//! A receipt as PDF, verified by `wattkey receipt verify` without key and network, and laid beside
//! the code on its paper.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jiff::tz::TimeZone;
use wattkey_document::receipt::Receipt;
use wattkey_document::{Issuer, Language};
use wattkey_pki::{Certificate, TrustAnchor};
use wattkey_protocol::receipt::{self, ReceiptCode};

/// A receipt with both signatures, from the vectors of the protocol.
fn signed() -> &'static str {
    let page = include_str!("../../../PROTOCOL.md");
    let from = page.find("```vector receipt\n").unwrap();
    page[from..].lines().nth(1).unwrap()
}

/// The certificate of its service CA.
fn service_ca() -> Vec<u8> {
    let signed: serde_json::Value = serde_json::from_str(signed()).unwrap();
    let header = signed["signatures"][0]["protected"].as_str().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    BASE64_STANDARD
        .decode(header["x5c"][1].as_str().unwrap())
        .unwrap()
}

struct Files {
    folder: tempfile::TempDir,
    ca: PathBuf,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        let pem = BASE64_STANDARD.encode(service_ca());
        let lines: Vec<&str> = pem
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        );
        std::fs::write(&ca, pem).unwrap();
        Self { folder, ca }
    }

    fn pdf(&self, bytes: &[u8]) -> PathBuf {
        let file = self.folder.path().join("receipt.pdf");
        std::fs::write(&file, bytes).unwrap();
        file
    }

    fn verify(&self, file: &Path, more: &[&str]) -> (Option<i32>, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_wattkey"))
            .args(["receipt", "verify", "--lang", "en", "--service-ca"])
            .arg(&self.ca)
            .arg(file)
            .args(more)
            .env_clear()
            .output()
            .unwrap();
        let said = [stdout, stderr].concat();
        (status.code(), String::from_utf8(said).unwrap())
    }
}

fn made() -> Vec<u8> {
    let anchor = TrustAnchor::new(Certificate::from_der(&service_ca()).unwrap()).unwrap();
    let document = receipt::verify(signed().as_bytes(), &anchor).unwrap();
    let issuer = Issuer {
        name: "Example Power".into(),
        audience: "https://pay.example".into(),
        zone: TimeZone::UTC,
    };
    let shown = Receipt {
        issuer: &issuer,
        customer: "Example Steel",
        signed: signed().as_bytes(),
        document: &document,
    };
    shown.pdf(Language::En).unwrap().bytes
}

#[test]
fn a_receipt_is_verified_out_of_its_pdf() {
    let files = Files::new();
    let pdf = files.pdf(&made());
    let (code, said) = files.verify(&pdf, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("The receipt that the PDF carries is genuine")
            && said.contains("¥ 12,369.69"),
        "{said}"
    );
}

#[test]
fn paper_is_laid_beside_its_file() {
    let files = Files::new();
    let pdf = files.pdf(&made());
    let paper = ReceiptCode::of(signed().as_bytes()).unwrap();
    let (code, said) = files.verify(&pdf, &["--code", &paper.to_string()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("It is the receipt that the code on paper names."),
        "{said}"
    );

    let other = ReceiptCode {
        digest: wattkey_pki::Digest::of(b"another"),
        ..paper
    };
    let (code, said) = files.verify(&pdf, &["--code", &other.to_string()]);
    assert_eq!(code, Some(44), "{said}");
    assert!(
        said.contains("not the one that the code on paper names"),
        "{said}"
    );

    let (code, said) = files.verify(&pdf, &["--code", "hello"]);
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_pdf_without_a_receipt_or_with_two_is_refused() {
    let files = Files::new();
    for (bytes, found) in [
        (b"%PDF-1.7\n".to_vec(), "carries 0 receipts"),
        ([made(), made()].concat(), "carries 2 receipts"),
    ] {
        let (code, said) = files.verify(&files.pdf(&bytes), &[]);
        assert_eq!(code, Some(44), "{said}");
        assert!(said.contains(found), "{said}");
    }
}
