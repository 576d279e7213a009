//! CAs in memory and what they issue.

use std::sync::Arc;

use jiff::SignedDuration;
use wattkey_pki::issue::{self, Revoked, Subject};
use wattkey_pki::{Certificate, MemorySigner, PublicKey, Role, Signer, Trust, TrustAnchor};
use wattkey_transport::{Identity, clock};

pub(crate) const GATEWAY_NAME: &str = "pay.example";
pub(crate) const PLATFORM_NAME: &str = "platform.internal";

pub(crate) struct Ca {
    pub(crate) certificate: Certificate,
    signer: Arc<MemorySigner>,
    pub(crate) key_pem: String,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let (signer, pem) = MemorySigner::generate_pkcs8_pem();
        let now = clock::now();
        let certificate = issue::self_signed_ca(name, "Example Power", &signer, now, 100).unwrap();
        Self {
            certificate,
            signer: Arc::new(signer),
            key_pem: pem.to_string(),
        }
    }

    /// The same CA in another process.
    pub(crate) fn from_pem(certificate: &str, key: &str) -> Self {
        Self {
            certificate: Certificate::from_pem(certificate).unwrap(),
            signer: Arc::new(MemorySigner::from_pkcs8_pem(key).unwrap()),
            key_pem: key.to_owned(),
        }
    }

    pub(crate) fn certify(&self, key: &PublicKey, role: Role, serial: Option<&str>) -> Certificate {
        let dns_names = match role {
            Role::Gateway => vec![GATEWAY_NAME.to_owned()],
            Role::Platform => vec![PLATFORM_NAME.to_owned()],
            _ => Vec::new(),
        };
        let subject = Subject {
            common_name: "Li Na".to_owned(),
            organisation: "Example Steel".to_owned(),
            key_serial: serial.map(str::to_owned),
            dns_names,
        };
        let now = clock::now();
        issue::certificate(
            &self.certificate,
            &*self.signer,
            role,
            &subject,
            key,
            now,
            30,
        )
        .unwrap()
    }

    pub(crate) fn identity(&self, role: Role, serial: Option<&str>) -> Identity {
        let signer = Arc::new(MemorySigner::generate());
        let certificate = self.certify(signer.public_key(), role, serial);
        Identity {
            chain: vec![certificate],
            signer,
        }
    }

    pub(crate) fn trust(&self) -> Arc<Trust> {
        Trust::fixed(self.anchor())
    }

    pub(crate) fn anchor(&self) -> TrustAnchor {
        TrustAnchor::new(self.certificate.clone()).unwrap()
    }

    pub(crate) fn crl(&self, number: u64, revoked: &[&Certificate]) -> Vec<u8> {
        let now = clock::now();
        let revoked: Vec<_> = revoked
            .iter()
            .map(|certificate| Revoked {
                serial_number: certificate.serial_number().to_vec(),
                at: now,
            })
            .collect();
        let next_update = now + SignedDuration::from_hours(24);
        issue::crl(
            &self.certificate,
            &*self.signer,
            &revoked,
            number,
            now,
            next_update,
        )
        .unwrap()
    }
}

/// A user's USB key, in memory: both keys with their certificates.
pub(crate) struct User {
    pub(crate) authentication: Identity,
    pub(crate) signature: Identity,
}

impl User {
    pub(crate) fn new(users: &Ca, serial: &str) -> Self {
        Self {
            authentication: users.identity(Role::UserAuthentication, Some(serial)),
            signature: users.identity(Role::UserSignature, Some(serial)),
        }
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.authentication.chain[0]
    }
}
