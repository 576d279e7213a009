//! Keys and certificates for tests: two CAs in memory, and whatever they issue.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{CustomerId, UserId};
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, MemorySigner, Role, Signer, Trust, TrustAnchor};
use wattkey_protocol::binding::{
    BoundKey, Holder, HolderKind, Place, SignedStep, Step, UnbindReason,
};
use wattkey_protocol::file::SourceName;

use crate::binding_log::{Head, ReceiptKey, Rules};

/// The audience of all tests.
pub(crate) const AUDIENCE: &str = "https://pay.example";

/// When tests take place, unless they move the clock.
pub(crate) fn now() -> Timestamp {
    "2026-08-31T02:00:00Z".parse().unwrap()
}

/// A CA.
pub(crate) struct Authority {
    pub(crate) certificate: Certificate,
    pub(crate) signer: Arc<dyn Signer>,
}

/// Issuing CA and service CA.
pub(crate) struct Pki {
    /// When its certificates begin.
    pub(crate) now: Timestamp,
    pub(crate) users: Authority,
    pub(crate) services: Authority,
}

/// A USB key as the issuing desk hands it out.
#[derive(Clone)]
pub(crate) struct UsbKey {
    pub(crate) serial: String,
    pub(crate) authentication: Certificate,
    pub(crate) authentication_signer: Arc<dyn Signer>,
    pub(crate) signature: Certificate,
    pub(crate) signature_signer: Arc<dyn Signer>,
}

impl Authority {
    fn new(name: &str, at: Timestamp) -> Self {
        let signer = MemorySigner::generate();
        let certificate = issue::self_signed_ca(name, "Example Power", &signer, at, 5_000).unwrap();
        Self {
            certificate,
            signer: Arc::new(signer),
        }
    }

    /// A certificate with its key, valid from `at` for a year.
    pub(crate) fn issue(
        &self,
        role: Role,
        serial: Option<&str>,
        at: Timestamp,
    ) -> (Certificate, Arc<dyn Signer>) {
        let signer = MemorySigner::generate();
        let subject = Subject {
            common_name: "Somebody".to_owned(),
            organisation: "Example Power".to_owned(),
            key_serial: serial.map(str::to_owned),
            dns_names: vec!["pay.example".to_owned()],
        };
        let key = signer.public_key();
        let certificate = issue::certificate(
            &self.certificate,
            &*self.signer,
            role,
            &subject,
            key,
            at,
            365,
        )
        .unwrap();
        (certificate, Arc::new(signer))
    }

    pub(crate) fn anchor(&self) -> TrustAnchor {
        TrustAnchor::new(self.certificate.clone()).unwrap()
    }

    pub(crate) fn trust(&self) -> Arc<Trust> {
        Trust::fixed(self.anchor())
    }
}

impl Pki {
    pub(crate) fn new() -> Self {
        Self::at(now())
    }

    pub(crate) fn at(now: Timestamp) -> Self {
        Self {
            now,
            users: Authority::new("Issuing CA", now),
            services: Authority::new("Service CA", now),
        }
    }

    pub(crate) fn service(&self, role: Role) -> (Certificate, Arc<dyn Signer>) {
        self.services.issue(role, None, self.now)
    }

    pub(crate) fn receipt_key(&self) -> ReceiptKey {
        let (certificate, signer) = self.service(Role::PlatformReceipt);
        ReceiptKey {
            signer,
            certificate,
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules::new(AUDIENCE, self.users.certificate.clone()).unwrap()
    }

    pub(crate) fn key_with(&self, roles: [Role; 2], serials: [&str; 2]) -> UsbKey {
        let (authentication, authentication_signer) =
            self.users.issue(roles[0], Some(serials[0]), self.now);
        let (signature, signature_signer) = self.users.issue(roles[1], Some(serials[1]), self.now);
        let serial = serials[0].to_owned();
        UsbKey {
            serial,
            authentication,
            authentication_signer,
            signature,
            signature_signer,
        }
    }

    pub(crate) fn user_key(&self, serial: &str) -> UsbKey {
        self.key_with([Role::UserAuthentication, Role::UserSignature], [serial; 2])
    }

    pub(crate) fn manager_key(&self, serial: &str) -> UsbKey {
        self.key_with(
            [Role::ManagerAuthentication, Role::ManagerSignature],
            [serial; 2],
        )
    }
}

impl UsbKey {
    pub(crate) fn bound(&self) -> BoundKey {
        BoundKey {
            serial: self.serial.clone(),
            authentication: self.authentication.clone(),
            signature: self.signature.clone(),
        }
    }
}

/// The place after a head.
pub(crate) fn after(head: Head, at: Timestamp) -> Place {
    Place {
        sequence: head.sequence + 1,
        previous: head.digest,
        at,
    }
}

pub(crate) fn user(id: u128, customer: u128) -> Holder {
    Holder {
        kind: HolderKind::User,
        id: UserId::from_uuid(Uuid::from_u128(id)),
        customer: Some(CustomerId::from_uuid(Uuid::from_u128(customer))),
        name: "Li Na".to_owned(),
    }
}

pub(crate) fn manager(id: u128) -> Holder {
    Holder {
        kind: HolderKind::Manager,
        id: UserId::from_uuid(Uuid::from_u128(id)),
        customer: None,
        name: "Wang Wei".to_owned(),
    }
}

/// Steps of a log that is being written.
pub(crate) struct Writer {
    now: Timestamp,
    pub(crate) head: Head,
    pub(crate) steps: Vec<SignedStep>,
}

/// Signs a step with a key and the certificate that it names.
pub(crate) fn sign(step: &Step, certificate: &Certificate, signer: &Arc<dyn Signer>) -> SignedStep {
    step.sign(&**signer, certificate.thumbprint()).unwrap()
}

impl Writer {
    /// A log whose first step binds a manager.
    pub(crate) fn new(pki: &Pki, first: &UsbKey) -> Self {
        let step = Step::bind(Place::first(pki.now), AUDIENCE, manager(1), first.bound());
        let mut writer = Self {
            now: pki.now,
            head: Head::none(),
            steps: Vec::new(),
        };
        writer.push(sign(&step, &pki.users.certificate, &pki.users.signer));
        writer
    }

    pub(crate) fn push(&mut self, step: SignedStep) {
        self.head = Head {
            sequence: self.head.sequence + 1,
            digest: step.digest(),
        };
        self.steps.push(step);
    }

    pub(crate) fn bind(&mut self, by: &UsbKey, holder: Holder, key: &UsbKey) {
        let step = Step::bind(after(self.head, self.now), AUDIENCE, holder, key.bound());
        self.push(sign(&step, &by.signature, &by.signature_signer));
    }

    pub(crate) fn unbind(&mut self, by: &UsbKey, key: &UsbKey) {
        let thumbprint = key.authentication.thumbprint();
        let place = after(self.head, self.now);
        let step = Step::unbind(place, AUDIENCE, &key.serial, thumbprint, UnbindReason::Lost);
        self.push(sign(&step, &by.signature, &by.signature_signer));
    }
}

/// The marketing system: a key of its own, whose certificate the platform is configured with.
pub(crate) struct Marketing {
    pub(crate) certificate: Certificate,
    pub(crate) signer: Arc<dyn Signer>,
}

impl Marketing {
    pub(crate) fn new(pki: &Pki) -> Self {
        let own = Authority::new("Marketing system", pki.now);
        Self {
            certificate: own.certificate,
            signer: own.signer,
        }
    }

    pub(crate) fn sources(&self) -> BTreeMap<SourceName, Certificate> {
        let name = "marketing".parse().unwrap();
        BTreeMap::from([(name, self.certificate.clone())])
    }
}
