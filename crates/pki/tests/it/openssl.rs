//! openssl, which we did not write, reads what we issue.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Authority, DAY, now};
use tempfile::TempDir;
use wattkey_pki::issue::{self, Revoked};
use wattkey_pki::{MemorySigner, Role, Signer};

fn openssl(args: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn openssl_verifies_the_chain_and_the_crl() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::named("Users CA");
    let good = ca.issue_any(Role::UserAuthentication);
    let bad = ca.issue_any(Role::UserSignature);
    let crl = issue::crl(
        &ca.certificate,
        &ca.signer,
        &[Revoked {
            serial_number: bad.serial_number().to_vec(),
            at: now(),
        }],
        7,
        now(),
        now() + DAY * 7,
    )
    .unwrap();
    let ca_file = write(&folder, "ca.pem", &ca.certificate.pem());
    let crl_file = write(&folder, "ca.crl", &issue::crl_pem(&crl));
    let good_file = write(&folder, "good.pem", &good.pem());
    let bad_file = write(&folder, "bad.pem", &bad.pem());
    let at = now().as_second().to_string();
    let verify = |file: &Path, more: &[&str]| {
        let common = [
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            "-attime",
            &at,
            "-crl_check",
            "-CRLfile",
            text(&crl_file),
            "-CAfile",
            text(&ca_file),
        ];
        openssl(&[&common, more, &[text(file)]].concat())
    };
    let (ok, said) = verify(&good_file, &["-purpose", "sslclient"]);
    assert!(ok, "{said}");
    let (ok, said) = verify(&bad_file, &[]);
    assert!(!ok && said.contains("certificate revoked"), "{said}");
    let (ok, said) = openssl(&[
        "crl",
        "-in",
        text(&crl_file),
        "-noout",
        "-text",
        "-CAfile",
        text(&ca_file),
    ]);
    assert!(ok && said.contains("verify OK"), "{said}");
    let printed: String = said.split_whitespace().collect();
    assert!(printed.contains("X509v3CRLNumber:7"), "{said}");
    assert!(printed.contains("X509v3AuthorityKeyIdentifier"), "{said}");
}

#[test]
fn openssl_shows_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::named("Service CA");
    for role in Role::all() {
        let file = write(&folder, role.name(), &ca.issue_any(role).pem());
        let (ok, said) = openssl(&["x509", "-in", text(&file), "-noout", "-text"]);
        assert!(ok, "{said}");
        let shown: String = said.split_whitespace().collect();
        assert!(shown.contains("Version:3(0x2)"), "{said}");
        assert!(
            shown.contains("X509v3KeyUsage:criticalDigitalSignatureX509v3"),
            "{said}"
        );
        assert!(
            shown.contains("X509v3BasicConstraints:criticalCA:FALSE"),
            "{said}"
        );
        assert!(shown.contains("X509v3SubjectKeyIdentifier:"), "{said}");
        assert!(shown.contains("X509v3AuthorityKeyIdentifier:"), "{said}");
        // openssl prints arcs beyond 64 bits in dots as well.
        let usage = said
            .lines()
            .skip_while(|l| !l.contains("Extended Key Usage"));
        let usage: Vec<_> = usage.take(2).map(str::trim).collect();
        assert_eq!(usage[0], "X509v3 Extended Key Usage:");
        let mut expected = match role {
            Role::UserAuthentication | Role::ManagerAuthentication => {
                vec!["TLS Web Client Authentication"]
            }
            Role::Gateway => {
                vec![
                    "TLS Web Server Authentication",
                    "TLS Web Client Authentication",
                ]
            }
            Role::Platform => vec!["TLS Web Server Authentication"],
            _ => Vec::new(),
        };
        let oid = role.oid();
        expected.push(&oid);
        assert_eq!(usage[1], expected.join(", "), "{role}");
    }
    let file = write(&folder, "ca", &ca.certificate.pem());
    let (_, said) = openssl(&["x509", "-in", text(&file), "-noout", "-text"]);
    let shown: String = said.split_whitespace().collect();
    assert!(
        shown.contains("X509v3KeyUsage:criticalCertificateSign,CRLSign"),
        "{said}"
    );
    assert!(
        shown.contains("X509v3BasicConstraints:criticalCA:TRUE,pathlen:0"),
        "{said}"
    );
    assert!(shown.contains("X509v3SubjectKeyIdentifier:"), "{said}");
}

#[test]
fn openssl_verifies_signatures_and_reads_key_files() {
    let folder = tempfile::tempdir().unwrap();
    let (key, pem) = MemorySigner::generate_pkcs8_pem();
    let key_file = write(&folder, "key.pem", &pem);
    let message = write(&folder, "message", "message");
    let signature = folder.path().join("signature");
    std::fs::write(&signature, key.sign(b"message").unwrap().to_der()).unwrap();
    let verify = [
        "dgst",
        "-sha256",
        "-prverify",
        text(&key_file),
        "-signature",
    ];
    let (ok, said) = openssl(&[&verify[..], &[text(&signature), text(&message)]].concat());
    assert!(ok && said.contains("Verified OK"), "{said}");
}
