//! A CA in memory, and a moment that is not now.

use jiff::{SignedDuration, Timestamp};
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, Role, Signer, TrustAnchor};

pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

pub(crate) struct Authority {
    pub(crate) signer: MemorySigner,
    pub(crate) certificate: Certificate,
}

impl Authority {
    pub(crate) fn named(common_name: &str) -> Self {
        let signer = MemorySigner::generate();
        let certificate =
            issue::self_signed_ca(common_name, "Example Power", &signer, now(), 15 * 365).unwrap();
        Self {
            signer,
            certificate,
        }
    }

    pub(crate) fn anchor(&self) -> TrustAnchor {
        TrustAnchor::new(self.certificate.clone()).unwrap()
    }

    pub(crate) fn issue(&self, role: Role, key: &MemorySigner, lifetime_days: u16) -> Certificate {
        issue::certificate(
            &self.certificate,
            &self.signer,
            role,
            &subject(role),
            key.public_key(),
            now(),
            lifetime_days,
        )
        .unwrap()
    }

    pub(crate) fn issue_any(&self, role: Role) -> Certificate {
        self.issue(role, &MemorySigner::generate(), 30)
    }
}

pub(crate) fn subject(role: Role) -> Subject {
    let server = matches!(role, Role::Gateway | Role::Platform);
    Subject {
        common_name: "李娜 Li Na".into(),
        organisation: "Example Steel".into(),
        key_serial: (!server).then(|| "5f00c0ffee".into()),
        dns_names: if server {
            vec!["pay.example".into()]
        } else {
            Vec::new()
        },
    }
}
