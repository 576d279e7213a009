//! Which USB keys are bound, derived from the steps and nothing else (PROTOCOL.md, section 12).
//!
//! [`State::apply`] is the whole rule book: a pure function from a state and the bytes of one step
//! to the next state. Whoever can write to the database can present other bytes, but no bytes that
//! this function takes and that no manager has signed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use wattkey_domain::UserId;
use wattkey_pki::{AnchorError, Certificate, ChainError, Digest, Role, TrustAnchor};
use wattkey_protocol::binding::{Bind, Holder, HolderKind, SignedStep, Step, StepError, Unbind};

/// What every step is measured against.
#[derive(Debug, Clone)]
pub struct Rules {
    audience: String,
    issuing_ca: TrustAnchor,
}

/// Number and digest of the last step; number 0 and the digest of nothing before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the last step.
    pub sequence: u64,
    /// SHA-256 of its compact JWS.
    pub digest: Digest,
}

/// A USB key that is bound to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The person.
    pub holder: Holder,
    /// Serial number of the USB key.
    pub serial: String,
    /// Certificate of the authentication key.
    pub authentication: Certificate,
    /// Certificate of the signature key.
    pub signature: Certificate,
    /// When it was bound.
    pub bound: Timestamp,
}

/// The bindings after some step.
#[derive(Debug, Clone)]
pub struct State {
    head: Head,
    last_at: Option<Timestamp>,
    /// By thumbprint of the authentication certificate.
    bindings: BTreeMap<Digest, Arc<Binding>>,
    /// Thumbprint of the signature certificate to that of the authentication certificate.
    signatures: BTreeMap<Digest, Digest>,
    /// Thumbprints of all steps so far: what was unbound never comes back.
    seen: BTreeSet<Digest>,
    /// Every binding there ever was, by thumbprint of the signature certificate: what was signed
    /// with a key stays readable when it is unbound.
    once: BTreeMap<Digest, Arc<Binding>>,
}

/// Why a step does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The bytes are no step.
    #[error("the bytes are not a step")]
    Unreadable(#[source] StepError),
    /// A number is left out or comes twice.
    #[error("the step has number {found}, the next one is {wanted}")]
    Sequence {
        /// The number that would follow.
        wanted: u64,
        /// The number that came.
        found: u64,
    },
    /// It names another step as the one before.
    #[error("the step does not follow the last one")]
    Previous,
    /// It was made for another payment service.
    #[error("the step is for another payment service")]
    Audience,
    /// It is older than the step before.
    #[error("the step is older than the one before it")]
    Time,
    /// The signer is neither a bound manager nor the issuing CA, or the signature does not verify.
    #[error("no manager who is bound signed the step")]
    Signer,
    /// The issuing CA may do nothing but bind a manager while none is bound.
    #[error("the issuing CA may only bind a manager, and only while no manager is bound")]
    Authority,
    /// A certificate is not good.
    #[error("the {which} certificate is not good")]
    Certificate {
        /// `authentication`, `signature`, or `signer's`.
        which: &'static str,
        /// Why.
        #[source]
        source: ChainError,
    },
    /// Step and certificates name different USB keys.
    #[error("the {which} certificate is for another USB key")]
    Serial {
        /// `authentication` or `signature`.
        which: &'static str,
    },
    /// A certificate was in an earlier step, or is both certificates of this one.
    #[error("the {which} certificate was in an earlier step")]
    SeenBefore {
        /// `authentication` or `signature`.
        which: &'static str,
    },
    /// What is to be unbound is not bound.
    #[error("no USB key is bound with this certificate and serial number")]
    NotBound,
}

impl Rules {
    /// Rules of one payment service and its issuing CA.
    ///
    /// # Errors
    /// When the certificate is not that of a CA.
    pub fn new(audience: &str, issuing_ca: Certificate) -> Result<Self, AnchorError> {
        // Without the revocation list: a step that was good stays good, or the log could not be
        // read again after the first revocation.
        let issuing_ca = TrustAnchor::new(issuing_ca)?;
        Ok(Self {
            audience: audience.to_owned(),
            issuing_ca,
        })
    }
}

impl Head {
    /// The head of a log without steps.
    #[must_use]
    pub fn none() -> Self {
        Self {
            sequence: 0,
            digest: Digest::of(b""),
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            head: Head::none(),
            last_at: None,
            bindings: BTreeMap::new(),
            signatures: BTreeMap::new(),
            seen: BTreeSet::new(),
            once: BTreeMap::new(),
        }
    }
}

impl State {
    /// Number and digest of the last step.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The binding of an authentication certificate.
    #[must_use]
    pub fn binding(&self, authentication: &Certificate) -> Option<&Arc<Binding>> {
        self.bindings.get(&authentication.thumbprint())
    }

    /// Whether a step bound this certificate, however long ago; what was unbound never comes back.
    #[must_use]
    pub fn was_bound(&self, certificate: &Certificate) -> bool {
        self.seen.contains(&certificate.thumbprint())
    }

    /// The manager whose signature certificate has this thumbprint.
    #[must_use]
    pub fn manager_by_signature(&self, signature: Digest) -> Option<&Arc<Binding>> {
        let binding = self.bindings.get(self.signatures.get(&signature)?)?;
        (binding.holder.kind == HolderKind::Manager).then_some(binding)
    }

    /// The binding, perhaps of long ago, whose signature certificate has this thumbprint.
    #[must_use]
    pub fn once_bound(&self, signature: Digest) -> Option<&Arc<Binding>> {
        self.once.get(&signature)
    }

    /// All bindings, in no particular order.
    pub fn bindings(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.bindings.values()
    }

    /// The bindings of one person.
    pub fn bindings_of(&self, holder: UserId) -> impl Iterator<Item = &Arc<Binding>> {
        self.bindings()
            .filter(move |binding| binding.holder.id == holder)
    }

    /// Whether any manager is bound.
    #[must_use]
    pub fn has_manager(&self) -> bool {
        self.bindings()
            .any(|binding| binding.holder.kind == HolderKind::Manager)
    }

    /// The state after one more step.
    ///
    /// # Errors
    /// [`Refused`], when the step does not follow by the rules.
    pub fn apply(mut self, rules: &Rules, step: &str) -> Result<Self, Refused> {
        let signed = SignedStep::parse(step).map_err(Refused::Unreadable)?;
        self.check_place(rules, signed.step())?;
        self.check_signer(rules, &signed)?;
        match signed.step() {
            Step::Bind(step) => self.bind(rules, step)?,
            Step::Unbind(step) => self.unbind(step)?,
        }
        let place = signed.step().place();
        self.head = Head {
            sequence: place.sequence,
            digest: signed.digest(),
        };
        self.last_at = Some(place.at);
        Ok(self)
    }

    fn check_place(&self, rules: &Rules, step: &Step) -> Result<(), Refused> {
        let place = step.place();
        let wanted = self.head.sequence.saturating_add(1);
        if place.sequence != wanted {
            return Err(Refused::Sequence {
                wanted,
                found: place.sequence,
            });
        }
        if place.previous != self.head.digest {
            return Err(Refused::Previous);
        }
        if step.audience() != rules.audience {
            return Err(Refused::Audience);
        }
        if self.last_at.is_some_and(|last| place.at < last) {
            return Err(Refused::Time);
        }
        Ok(())
    }

    fn check_signer(&self, rules: &Rules, signed: &SignedStep) -> Result<(), Refused> {
        let authority = rules.issuing_ca.certificate();
        if signed.certificate() == authority.thumbprint() {
            if !signed.signed_by(authority.thumbprint(), authority.public_key()) {
                return Err(Refused::Signer);
            }
            let binds_manager = matches!(signed.step(), Step::Bind(step) if step.holder.kind == HolderKind::Manager);
            return if binds_manager && !self.has_manager() {
                Ok(())
            } else {
                Err(Refused::Authority)
            };
        }
        let manager = self
            .manager_by_signature(signed.certificate())
            .ok_or(Refused::Signer)?;
        if !signed.signed_by(
            manager.signature.thumbprint(),
            manager.signature.public_key(),
        ) {
            return Err(Refused::Signer);
        }
        rules
            .issuing_ca
            .verify(
                &manager.signature,
                Role::ManagerSignature,
                signed.step().place().at,
            )
            .map_err(|source| Refused::Certificate {
                which: "signer's",
                source,
            })
    }

    fn bind(&mut self, rules: &Rules, step: &Bind) -> Result<(), Refused> {
        let (authentication_role, signature_role) = match step.holder.kind {
            HolderKind::User => (Role::UserAuthentication, Role::UserSignature),
            HolderKind::Manager => (Role::ManagerAuthentication, Role::ManagerSignature),
        };
        let key = &step.key;
        let both = [
            ("authentication", &key.authentication, authentication_role),
            ("signature", &key.signature, signature_role),
        ];
        for (which, certificate, role) in both {
            rules
                .issuing_ca
                .verify(certificate, role, step.at)
                .map_err(|source| Refused::Certificate { which, source })?;
            if certificate.key_serial() != Some(key.serial.as_str()) {
                return Err(Refused::Serial { which });
            }
            if !self.seen.insert(certificate.thumbprint()) {
                return Err(Refused::SeenBefore { which });
            }
        }
        let thumbprint = key.authentication.thumbprint();
        self.signatures
            .insert(key.signature.thumbprint(), thumbprint);
        let binding = Arc::new(Binding {
            holder: step.holder.clone(),
            serial: key.serial.clone(),
            authentication: key.authentication.clone(),
            signature: key.signature.clone(),
            bound: step.at,
        });
        self.once
            .insert(key.signature.thumbprint(), Arc::clone(&binding));
        self.bindings.insert(thumbprint, binding);
        Ok(())
    }

    fn unbind(&mut self, step: &Unbind) -> Result<(), Refused> {
        let bound = self
            .bindings
            .get(&step.authentication)
            .ok_or(Refused::NotBound)?;
        if bound.serial != step.serial {
            return Err(Refused::NotBound);
        }
        let signature = bound.signature.thumbprint();
        self.bindings.remove(&step.authentication);
        self.signatures.remove(&signature);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
