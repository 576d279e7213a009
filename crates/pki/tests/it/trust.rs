//! The CRL file is read again when it changes, and nothing passes without it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::{Authority, DAY, now};
use tempfile::TempDir;
use wattkey_pki::issue::{self, Revoked};
use wattkey_pki::{Certificate, ChainError, Role, Trust, TrustError};

struct Desk {
    _folder: TempDir,
    ca: Authority,
    ca_file: PathBuf,
    crl_file: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self {
            ca: Authority::named("Users CA"),
            ca_file: folder.path().join("ca.pem"),
            crl_file: folder.path().join("ca.crl"),
            _folder: folder,
        };
        std::fs::write(&desk.ca_file, desk.ca.certificate.pem()).unwrap();
        desk.publish(&[]);
        desk
    }

    fn publish(&self, revoked: &[&Certificate]) {
        self.publish_numbered(1, revoked);
    }

    fn publish_numbered(&self, number: u64, revoked: &[&Certificate]) {
        let revoked: Vec<_> = revoked
            .iter()
            .map(|certificate| Revoked {
                serial_number: certificate.serial_number().to_vec(),
                at: now(),
            })
            .collect();
        let crl = issue::crl(
            &self.ca.certificate,
            &self.ca.signer,
            &revoked,
            number,
            now(),
            now() + DAY,
        )
        .unwrap();
        let new = self.crl_file.with_extension("new");
        std::fs::write(&new, issue::crl_pem(&crl)).unwrap();
        std::fs::rename(&new, &self.crl_file).unwrap();
    }

    fn trust(&self) -> Arc<Trust> {
        Trust::load(&self.ca_file, Some(&self.crl_file)).unwrap()
    }
}

#[test]
fn a_new_crl_counts_at_once() {
    let desk = Desk::new();
    let trust = desk.trust();
    let certificate = desk.ca.issue_any(Role::Gateway);
    let verify = || trust.verify(&certificate, Role::Gateway, now());
    assert_eq!(verify(), Ok(()));
    desk.publish(&[&certificate]);
    assert_eq!(verify(), Err(ChainError::Revoked));
    assert_eq!(verify(), Err(ChainError::Revoked));
    desk.publish(&[]);
    assert_eq!(verify(), Ok(()));
}

#[test]
fn without_a_readable_crl_everything_is_refused() {
    let desk = Desk::new();
    let trust = desk.trust();
    let certificate = desk.ca.issue_any(Role::Gateway);
    let verify = || trust.verify(&certificate, Role::Gateway, now());
    assert_eq!(verify(), Ok(()));
    std::fs::write(&desk.crl_file, "broken").unwrap();
    assert!(matches!(verify(), Err(ChainError::Invalid(_))));
    std::fs::remove_file(&desk.crl_file).unwrap();
    assert!(matches!(verify(), Err(ChainError::Invalid(why)) if why.contains("ca.crl")));
    desk.publish(&[]);
    assert_eq!(verify(), Ok(()));
    let other = Desk::new();
    std::fs::copy(&other.crl_file, &desk.crl_file).unwrap();
    assert!(matches!(verify(), Err(ChainError::Invalid(_))));
}

#[test]
fn an_older_crl_does_not_bring_a_revoked_certificate_back() {
    let desk = Desk::new();
    let certificate = desk.ca.issue_any(Role::Gateway);
    desk.publish_numbered(256, &[&certificate]);
    let trust = desk.trust();
    let verify = || trust.verify(&certificate, Role::Gateway, now());
    assert_eq!(verify(), Err(ChainError::Revoked));
    desk.publish_numbered(255, &[]);
    assert!(matches!(verify(), Err(ChainError::Invalid(why)) if why.contains("older")));
    desk.publish_numbered(257, &[&certificate]);
    assert_eq!(verify(), Err(ChainError::Revoked));
}

#[test]
fn loading_says_what_is_wrong() {
    let desk = Desk::new();
    let load = |ca: &PathBuf, crl: &PathBuf| Trust::load(ca, Some(crl)).unwrap_err();
    let missing = desk.ca_file.with_extension("missing");
    assert!(matches!(
        load(&missing, &desk.crl_file),
        TrustError::Read { .. }
    ));
    assert!(matches!(
        load(&desk.ca_file, &missing),
        TrustError::Read { .. }
    ));
    assert!(matches!(
        load(&desk.crl_file, &desk.crl_file),
        TrustError::Certificate { .. }
    ));
    assert!(matches!(
        load(&desk.ca_file, &desk.ca_file),
        TrustError::Crl { .. }
    ));
    let leaf = desk.ca_file.with_extension("leaf");
    std::fs::write(&leaf, desk.ca.issue_any(Role::Gateway).pem()).unwrap();
    assert!(matches!(
        load(&leaf, &desk.crl_file),
        TrustError::Anchor { .. }
    ));
}

#[test]
fn a_ca_without_crl_is_possible() {
    let desk = Desk::new();
    let certificate = desk.ca.issue_any(Role::Gateway);
    let loaded = Trust::load(&desk.ca_file, None).unwrap();
    let fixed = Trust::fixed(desk.ca.anchor());
    for trust in [loaded, fixed] {
        assert_eq!(trust.verify(&certificate, Role::Gateway, now()), Ok(()));
        assert_eq!(trust.certificate(), desk.ca.certificate);
    }
}
