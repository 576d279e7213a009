//! Each reason to refuse a certificate has its own name.

use crate::common::{Authority, DAY, now};
use jiff::{SignedDuration, Timestamp};
use wattkey_pki::issue::{self, Revoked};
use wattkey_pki::{
    AnchorError, Certificate, CertificateError, ChainError, CrlError, MAX_CERTIFICATE,
    MemorySigner, Role, Signer, TrustAnchor,
};

fn crl(ca: &Authority, revoked: &[&Certificate], at: Timestamp) -> Vec<u8> {
    let revoked: Vec<_> = revoked
        .iter()
        .map(|certificate| Revoked {
            serial_number: certificate.serial_number().to_vec(),
            at,
        })
        .collect();
    issue::crl(&ca.certificate, &ca.signer, &revoked, 1, at, at + DAY * 7).unwrap()
}

#[test]
fn every_role_is_accepted_for_itself_alone() {
    let ca = Authority::named("Users CA");
    for role in Role::all() {
        let certificate = ca.issue_any(role);
        assert_eq!(certificate.roles(), [role]);
        for wanted in Role::all() {
            let expected = if wanted == role {
                Ok(())
            } else {
                Err(ChainError::WrongRole { wanted })
            };
            assert_eq!(ca.anchor().verify(&certificate, wanted, now()), expected);
        }
    }
}

#[test]
fn certificate_says_what_was_put_in() {
    let ca = Authority::named("Users CA");
    let key = MemorySigner::generate();
    let certificate = ca.issue(Role::UserSignature, &key, 30);
    assert_eq!(certificate.common_name(), "李娜 Li Na");
    assert_eq!(certificate.organisation(), Some("Example Steel"));
    assert_eq!(certificate.key_serial(), Some("5f00c0ffee"));
    assert_eq!(certificate.public_key(), key.public_key());
    assert_eq!(
        certificate.not_before(),
        now() - SignedDuration::from_secs(60)
    );
    assert_eq!(certificate.not_after(), now() + DAY * 30);
    assert_eq!(certificate.serial_number().len(), 16);
    assert!(!certificate.is_authority());
    assert!(certificate.dns_names().is_empty());
    let server = ca.issue_any(Role::Gateway);
    assert_eq!(server.dns_names(), ["pay.example"]);
    assert_eq!(server.key_serial(), None);
    assert_ne!(server.serial_number(), certificate.serial_number());
}

#[test]
fn times_are_checked_to_the_second() {
    let ca = Authority::named("Users CA");
    let certificate = ca.issue_any(Role::UserAuthentication);
    let verify = |at| {
        ca.anchor()
            .verify(&certificate, Role::UserAuthentication, at)
    };
    let second = SignedDuration::from_secs(1);
    let (first, last) = (certificate.not_before(), certificate.not_after());
    assert_eq!(verify(first), Ok(()));
    assert_eq!(verify(last), Ok(()));
    assert_eq!(
        verify(last + second),
        Err(ChainError::Expired { not_after: last })
    );
    // Before the certificate the CA was not there either: a later one shows it.
    let later = issue::certificate(
        &ca.certificate,
        &ca.signer,
        Role::Gateway,
        &crate::common::subject(Role::Gateway),
        MemorySigner::generate().public_key(),
        now() + DAY,
        1,
    )
    .unwrap();
    assert_eq!(
        ca.anchor().verify(&later, Role::Gateway, now()),
        Err(ChainError::NotYetValid)
    );
}

#[test]
fn an_authority_past_its_end_vouches_for_nobody() {
    let ca = Authority::named("Users CA");
    let certificate = ca.issue(Role::Gateway, &MemorySigner::generate(), 20 * 365);
    let at = ca.certificate.not_after() + DAY;
    assert!(at < certificate.not_after());
    assert!(matches!(
        ca.anchor().verify(&certificate, Role::Gateway, at),
        Err(ChainError::Invalid(_))
    ));
}

#[test]
fn foreign_comes_before_every_other_reason() {
    let ca = Authority::named("Users CA");
    let other = Authority::named("Other CA");
    let namesake = Authority::named("Users CA");
    for foreign in [&other, &namesake] {
        let certificate = foreign.issue_any(Role::UserAuthentication);
        let verify = |role, at| ca.anchor().verify(&certificate, role, at);
        let late = certificate.not_after() + DAY;
        assert_eq!(
            verify(Role::UserAuthentication, now()),
            Err(ChainError::Foreign)
        );
        assert_eq!(
            verify(Role::UserAuthentication, late),
            Err(ChainError::Foreign)
        );
        assert_eq!(verify(Role::Gateway, now()), Err(ChainError::Foreign));
    }
}

#[test]
fn the_authority_itself_is_no_end_entity() {
    let ca = Authority::named("Users CA");
    assert!(matches!(
        ca.anchor().verify(&ca.certificate, Role::Gateway, now()),
        Err(ChainError::Invalid(_) | ChainError::WrongRole { .. })
    ));
}

#[test]
fn revoked_is_said_even_by_an_old_crl() {
    let ca = Authority::named("Users CA");
    let (good, bad) = (
        ca.issue_any(Role::UserSignature),
        ca.issue_any(Role::UserSignature),
    );
    let anchor = ca.anchor().with_crl(&crl(&ca, &[&bad], now())).unwrap();
    let verify = |certificate, at| anchor.verify(certificate, Role::UserSignature, at);
    assert_eq!(verify(&good, now()), Ok(()));
    assert_eq!(verify(&bad, now()), Err(ChainError::Revoked));
    let late = now() + DAY * 7;
    assert_eq!(verify(&good, late), Err(ChainError::CrlExpired));
    assert_eq!(verify(&bad, late), Err(ChainError::Revoked));
    let just = late - SignedDuration::from_secs(1);
    assert_eq!(verify(&good, just), Ok(()));
}

#[test]
fn crls_of_others_are_refused() {
    let ca = Authority::named("Users CA");
    let other = Authority::named("Other CA");
    let namesake = Authority::named("Users CA");
    let with = |bytes: &[u8]| ca.anchor().with_crl(bytes).map(|_| ());
    assert_eq!(with(&crl(&other, &[], now())), Err(CrlError::Issuer));
    assert!(matches!(
        with(&crl(&namesake, &[], now())),
        Err(CrlError::Signature(_))
    ));
    let good = crl(&ca, &[], now());
    assert_eq!(with(&good), Ok(()));
    assert_eq!(with(issue::crl_pem(&good).as_bytes()), Ok(()));
    assert!(matches!(with(b""), Err(CrlError::Malformed(_))));
    assert_eq!(with(b"-----BEGIN X509 CRL-----\n"), Err(CrlError::Pem));
    let mut trailing = good.clone();
    trailing.push(0);
    assert!(with(&trailing).is_err());
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(with(&changed).is_err(), "octet {at}");
    }
}

#[test]
fn crl_number_and_entries_are_read() {
    let ca = Authority::named("Users CA");
    let certificates: Vec<_> = (0..100).map(|_| ca.issue_any(Role::Gateway)).collect();
    let anchor = ca
        .anchor()
        .with_crl(&crl(&ca, &certificates.iter().collect::<Vec<_>>(), now()))
        .unwrap();
    let crl = anchor.crl().unwrap();
    assert_eq!(crl.len(), 100);
    assert_eq!(crl.number(), [1]);
    assert_eq!(crl.next_update(), now() + DAY * 7);
    assert!(
        certificates
            .iter()
            .all(|c| crl.is_revoked(c.serial_number()))
    );
}

#[test]
fn only_an_authority_is_an_anchor() {
    let ca = Authority::named("Users CA");
    let leaf = ca.issue_any(Role::Gateway);
    assert_eq!(
        TrustAnchor::new(leaf.clone()).unwrap_err(),
        AnchorError::NotAuthority
    );
    // A leaf cannot issue either, nor another key in the CA's name.
    let signer = MemorySigner::generate();
    let subject = crate::common::subject(Role::Gateway);
    let issue = |certificate, signer: &dyn Signer| {
        let key = MemorySigner::generate();
        issue::certificate(
            certificate,
            signer,
            Role::Gateway,
            &subject,
            key.public_key(),
            now(),
            1,
        )
    };
    assert!(matches!(
        issue(&leaf, &signer),
        Err(issue::IssueError::NotAuthority)
    ));
    assert!(matches!(
        issue(&ca.certificate, &signer),
        Err(issue::IssueError::AnotherKey)
    ));
}

#[test]
fn changed_certificates_are_refused() {
    let ca = Authority::named("Users CA");
    let good = ca.issue_any(Role::UserSignature);
    for at in 0..good.der().len() {
        let mut changed = good.der().to_vec();
        changed[at] ^= 1;
        let accepted = Certificate::from_der(&changed)
            .ok()
            .is_some_and(|c| ca.anchor().verify(&c, Role::UserSignature, now()).is_ok());
        assert!(!accepted, "octet {at}");
    }
}

#[test]
fn what_is_not_one_certificate_is_refused() {
    let ca = Authority::named("Users CA");
    let pem = ca.certificate.pem();
    assert_eq!(Certificate::from_pem(&pem), Ok(ca.certificate.clone()));
    assert_eq!(
        Certificate::from_pem(&format!("{pem}{pem}")),
        Err(CertificateError::Pem)
    );
    assert_eq!(
        Certificate::from_pem("").unwrap_err(),
        CertificateError::Pem
    );
    let mut trailing = ca.certificate.der().to_vec();
    trailing.push(0);
    assert!(matches!(
        Certificate::from_der(&trailing),
        Err(CertificateError::Malformed(_))
    ));
    let huge = vec![0x30; MAX_CERTIFICATE + 1];
    assert_eq!(
        Certificate::from_der(&huge),
        Err(CertificateError::TooLarge(MAX_CERTIFICATE + 1))
    );
    assert!(Certificate::from_der(&[]).is_err());
}

#[test]
fn keys_on_other_curves_are_refused() {
    let key = foreign_p384();
    assert!(matches!(
        Certificate::from_pem(&key),
        Err(CertificateError::Key(_))
    ));
}

/// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384`.
fn foreign_p384() -> String {
    let output = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-nodes",
            "-keyout",
            "/dev/null",
        ])
        .args([
            "-pkeyopt",
            "ec_paramgen_curve:P-384",
            "-subj",
            "/CN=Foreign",
        ])
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}
