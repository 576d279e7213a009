//! The binding log, verified without trusting the platform (`PROTOCOL.md`
//! section 12).
//!
//! The platform judges steps too. The desk does it again, with code of its
//! own, and also remembers the furthest head it has seen: a platform, or
//! whoever took its place, can neither change the log nor cut it short.

use std::collections::{BTreeMap, BTreeSet};

use wattkey_pki::{Certificate, ChainError, Digest, Role, TrustAnchor};
use wattkey_protocol::binding::{Bind, HolderKind, Place, SignedStep, Step, StepError, Unbind};

/// A log that verifies.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) steps: Vec<SignedStep>,
    /// Bound keys by the thumbprint of their authentication certificate.
    bound: BTreeMap<Digest, Bound>,
    seen: BTreeSet<Digest>,
}

#[derive(Debug)]
struct Bound {
    sequence: u64,
    serial: String,
    /// The signature certificate of a manager.
    manager: Option<Certificate>,
}

/// Why a log does not verify.
#[derive(Debug, thiserror::Error)]
#[error("step {sequence}")]
pub(crate) struct LogError {
    sequence: u64,
    source: Wrong,
}

/// What is wrong with a step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("it cannot be read")]
    Read(#[source] StepError),
    #[error("its number is {0}")]
    Sequence(u64),
    #[error("it does not follow the step before it")]
    Previous,
    #[error("it is for {0}")]
    Audience(String),
    #[error("it is older than the step before it")]
    Time,
    #[error("no manager who was bound then signed it, nor the issuing CA where it may")]
    Signer,
    #[error("its {0} certificate is not good")]
    Certificate(Role, #[source] ChainError),
    #[error("its certificates do not name the USB key")]
    Serial,
    #[error("one of its certificates was bound before")]
    Again,
    #[error("it unbinds what is not bound")]
    NotBound,
    #[error("it is not the one that this desk saw before")]
    Changed,
    #[error("it is missing; this desk saw it before")]
    Missing,
}

impl Log {
    /// Verifies `steps` from the first one on. `head` is the furthest that was
    /// seen before.
    pub(crate) fn verify(
        audience: &str,
        issuing_ca: &TrustAnchor,
        head: Option<(u64, Digest)>,
        steps: &[String],
    ) -> Result<Self, LogError> {
        let mut log = Self::default();
        for (sequence, text) in (1u64..).zip(steps) {
            let at = |source| LogError { sequence, source };
            let signed = SignedStep::parse(text).map_err(|error| at(Wrong::Read(error)))?;
            log.check(audience, issuing_ca, &signed).map_err(at)?;
            if head.is_some_and(|(n, digest)| n == sequence && digest != signed.digest()) {
                return Err(at(Wrong::Changed));
            }
            log.apply(signed);
        }
        match head {
            Some((sequence, _)) if sequence > log.head().0 => Err(LogError {
                sequence,
                source: Wrong::Missing,
            }),
            _ => Ok(log),
        }
    }

    /// Number and digest of the last step.
    pub(crate) fn head(&self) -> (u64, Digest) {
        let digest = self.steps.last().map(SignedStep::digest);
        (
            self.steps.len() as u64,
            digest.unwrap_or_else(|| Digest::of(b"")),
        )
    }

    /// Where the next step goes.
    pub(crate) fn next(&self, now: jiff::Timestamp) -> Place {
        let (sequence, previous) = self.head();
        let last = self.steps.last().map(|signed| signed.step().place().at);
        Place {
            sequence: sequence + 1,
            previous,
            // A clock that is behind the one of the desk next door.
            at: last.map_or(now, |last| last.max(now)),
        }
    }

    /// The step that bound the key of this authentication certificate.
    pub(crate) fn bound(&self, authentication: Digest) -> Option<u64> {
        self.bound.get(&authentication).map(|bound| bound.sequence)
    }

    /// The step that unbound it.
    pub(crate) fn unbound(&self, authentication: Digest) -> Option<u64> {
        self.steps.iter().find_map(|signed| match signed.step() {
            Step::Unbind(unbind) if unbind.authentication == authentication => {
                Some(unbind.sequence)
            }
            _ => None,
        })
    }

    /// The step that bound the manager with this signature certificate, who is bound.
    pub(crate) fn manager(&self, signature: Digest) -> Option<&Bind> {
        let mut bound = self.bound.values();
        let bound = bound.find(|bound| {
            let manager = bound.manager.as_ref();
            manager.is_some_and(|certificate| certificate.thumbprint() == signature)
        })?;
        let place = usize::try_from(bound.sequence).ok()?.checked_sub(1)?;
        match self.steps.get(place)?.step() {
            Step::Bind(bind) => Some(bind),
            Step::Unbind(_) => None,
        }
    }

    /// Is a manager bound? If not, the next step is the issuing CA's.
    pub(crate) fn has_manager(&self) -> bool {
        self.bound.values().any(|bound| bound.manager.is_some())
    }

    /// How many keys are bound.
    pub(crate) fn bound_count(&self) -> usize {
        self.bound.len()
    }

    fn check(
        &self,
        audience: &str,
        issuing_ca: &TrustAnchor,
        signed: &SignedStep,
    ) -> Result<(), Wrong> {
        let step = signed.step();
        let place = step.place();
        let next = self.next(place.at);
        if place.sequence != next.sequence {
            return Err(Wrong::Sequence(place.sequence));
        }
        if place.previous != next.previous {
            return Err(Wrong::Previous);
        }
        if place.at != next.at {
            return Err(Wrong::Time);
        }
        if step.audience() != audience {
            return Err(Wrong::Audience(step.audience().to_owned()));
        }
        self.check_signer(issuing_ca, signed)?;
        match step {
            Step::Bind(bind) => self.check_bind(issuing_ca, bind),
            Step::Unbind(unbind) => self.check_unbind(unbind),
        }
    }

    fn check_signer(&self, issuing_ca: &TrustAnchor, signed: &SignedStep) -> Result<(), Wrong> {
        if !self.has_manager() {
            let ca = issuing_ca.certificate();
            let binds_manager = matches!(signed.step(),
                Step::Bind(bind) if bind.holder.kind == HolderKind::Manager);
            let by_ca = signed.signed_by(ca.thumbprint(), ca.public_key());
            return if binds_manager && by_ca {
                Ok(())
            } else {
                Err(Wrong::Signer)
            };
        }
        self.bound
            .values()
            .filter_map(|bound| bound.manager.as_ref())
            .any(|manager| signed.signed_by(manager.thumbprint(), manager.public_key()))
            .then_some(())
            .ok_or(Wrong::Signer)
    }

    fn check_bind(&self, issuing_ca: &TrustAnchor, bind: &Bind) -> Result<(), Wrong> {
        let (authentication, signature) = match bind.holder.kind {
            HolderKind::User => (Role::UserAuthentication, Role::UserSignature),
            HolderKind::Manager => (Role::ManagerAuthentication, Role::ManagerSignature),
        };
        let certificates = [
            (authentication, &bind.key.authentication),
            (signature, &bind.key.signature),
        ];
        for (role, certificate) in certificates {
            issuing_ca
                .verify(certificate, role, bind.at)
                .map_err(|error| Wrong::Certificate(role, error))?;
            if certificate.key_serial() != Some(bind.key.serial.as_str()) {
                return Err(Wrong::Serial);
            }
            if self.seen.contains(&certificate.thumbprint()) {
                return Err(Wrong::Again);
            }
        }
        Ok(())
    }

    fn check_unbind(&self, unbind: &Unbind) -> Result<(), Wrong> {
        match self.bound.get(&unbind.authentication) {
            Some(bound) if bound.serial == unbind.serial => Ok(()),
            _ => Err(Wrong::NotBound),
        }
    }

    fn apply(&mut self, signed: SignedStep) {
        match signed.step() {
            Step::Bind(bind) => {
                let manager = bind.holder.kind == HolderKind::Manager;
                let (authentication, signature) = (&bind.key.authentication, &bind.key.signature);
                self.seen
                    .extend([authentication.thumbprint(), signature.thumbprint()]);
                self.bound.insert(
                    authentication.thumbprint(),
                    Bound {
                        sequence: bind.sequence,
                        serial: bind.key.serial.clone(),
                        manager: manager.then(|| signature.clone()),
                    },
                );
            }
            Step::Unbind(unbind) => {
                self.bound.remove(&unbind.authentication);
            }
        }
        self.steps.push(signed);
    }
}

#[cfg(test)]
mod tests;
