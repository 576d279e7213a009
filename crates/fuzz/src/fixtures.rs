//! Keys and certificates for targets that sign or verify; made once per process.

use jiff::Timestamp;
use std::sync::{Arc, LazyLock};
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, Role, Signer as _, Trust, TrustAnchor};

/// The time of all documents, `2026-11-22T08:00:00Z`.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::constant(1_795_334_400, 0)
}

/// The payment service of all documents.
pub const AUDIENCE: &str = "https://pay.example";

/// A key with its certificate.
#[derive(Debug)]
pub struct Holder {
    /// The private half.
    pub key: MemorySigner,
    /// Issued by [`Keys::ca`].
    pub certificate: Certificate,
}

/// One of each, all under one CA.
#[derive(Debug)]
pub struct Keys {
    /// The CA.
    pub ca: Holder,
    /// A user's authentication key.
    pub authentication: Holder,
    /// A user's signature key.
    pub signature: Holder,
    /// The platform's receipt key.
    pub platform: Holder,
    /// The gateway's receipt key.
    pub gateway: Holder,
    /// The key that signs key configurations.
    pub configuration: Holder,
    /// A session's key.
    pub session: MemorySigner,
}

impl Keys {
    /// The CA as trust anchor.
    #[must_use]
    pub fn anchor(&self) -> TrustAnchor {
        TrustAnchor::new(self.ca.certificate.clone()).expect("a CA's certificate")
    }

    /// The CA as trust anchor that is shared.
    #[must_use]
    pub fn trust(&self) -> Arc<Trust> {
        Trust::fixed(self.anchor())
    }

    /// A holder's certificate and the CA's.
    #[must_use]
    pub fn chain(&self, holder: &Holder) -> Vec<Certificate> {
        vec![holder.certificate.clone(), self.ca.certificate.clone()]
    }
}

/// The keys of this process.
pub static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = MemorySigner::generate();
    let certificate =
        issue::self_signed_ca("Example CA", "Example Power", &key, now(), 5475).expect("issues");
    let ca = Holder { key, certificate };
    Keys {
        authentication: holder(&ca, Role::UserAuthentication),
        signature: holder(&ca, Role::UserSignature),
        platform: holder(&ca, Role::PlatformReceipt),
        gateway: holder(&ca, Role::GatewayReceipt),
        configuration: holder(&ca, Role::KeyConfiguration),
        session: MemorySigner::generate(),
        ca,
    }
});

fn holder(ca: &Holder, role: Role) -> Holder {
    let key = MemorySigner::generate();
    let subject = Subject {
        common_name: "Li Na".into(),
        organisation: "Example Steel".into(),
        key_serial: Some("4b1d0c2e".into()),
        dns_names: Vec::new(),
    };
    let public = key.public_key();
    let certificate =
        issue::certificate(&ca.certificate, &ca.key, role, &subject, public, now(), 365)
            .expect("issues");
    Holder { key, certificate }
}
