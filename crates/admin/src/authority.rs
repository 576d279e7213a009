//! A CA at work: issuing, revoking, CRLs. What it issues is in the register
//! before anybody else has it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wattkey_pki::issue::{self, IssueError, Revoked, Subject};
use wattkey_pki::{Certificate, PublicKey, Role, Signer};

use crate::args::CaPins;
use crate::desk::{Desk, now, replace_file};
use crate::exit::{Failure, kind_of};
use crate::output::Output;
use crate::register::{Ca, Reason, Record};
use crate::signer;

/// A CRL is good for so long (`PROTOCOL.md` section 2).
const CRL_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A CA with its key at hand.
pub(crate) struct Authority {
    ca: Ca,
    certificate: Certificate,
    signer: Arc<dyn Signer>,
}

/// A CRL that was written.
pub(crate) struct WrittenCrl {
    pub(crate) number: u64,
    pub(crate) next_update: Timestamp,
}

impl Authority {
    /// Opens the CA's token.
    pub(crate) fn open(
        desk: &Desk,
        ca: Ca,
        pins: &CaPins,
        output: &Output,
    ) -> Result<Self, Failure> {
        let (certificate, token) = desk.register.authority(ca)?;
        let signer = signer::open(&desk.config.ca, &token, pins, output)?;
        if signer.public_key() != certificate.public_key() {
            return Err(failure(&IssueError::AnotherKey));
        }
        Ok(Self {
            ca,
            certificate,
            signer,
        })
    }

    /// Makes the CA: token, key, certificate, register, files.
    pub(crate) fn create(
        desk: &mut Desk,
        ca: Ca,
        token: &str,
        subject: &Subject,
        days: u16,
        pins: &CaPins,
        output: &Output,
    ) -> Result<Self, Failure> {
        let signer = signer::create(&desk.config.ca, token, pins, output)?;
        let at = now();
        let certificate = issue::self_signed_ca(
            &subject.common_name,
            &subject.organisation,
            signer.as_ref(),
            at,
            days,
        )
        .map_err(|error| failure(&error))?;
        desk.register.append(Record::Authority {
            at,
            ca,
            token: token.to_owned(),
            certificate: certificate.clone(),
        })?;
        replace_file(&desk.ca_file(ca), certificate.pem().as_bytes())?;
        Ok(Self {
            ca,
            certificate,
            signer,
        })
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    /// Certifies `key` for `role`.
    pub(crate) fn issue(
        &self,
        desk: &mut Desk,
        role: Role,
        subject: &Subject,
        key: &PublicKey,
        days: u16,
    ) -> Result<Certificate, Failure> {
        let at = now();
        let certificate = issue::certificate(
            &self.certificate,
            self.signer.as_ref(),
            role,
            subject,
            key,
            at,
            days,
        )
        .map_err(|error| failure(&error))?;
        desk.register.append(Record::Certificate {
            at,
            ca: self.ca,
            certificate: certificate.clone(),
        })?;
        Ok(certificate)
    }

    /// Revokes certificates, those that are not revoked yet, and writes a CRL.
    pub(crate) fn revoke(
        &self,
        desk: &mut Desk,
        certificates: &[&Certificate],
        reason: Reason,
    ) -> Result<WrittenCrl, Failure> {
        for certificate in certificates {
            let thumbprint = certificate.thumbprint();
            if desk.register.revocation(thumbprint).is_none() {
                desk.register.append(Record::Revoked {
                    at: now(),
                    thumbprint,
                    reason,
                })?;
            }
        }
        self.write_crl(desk)
    }

    /// Writes the CRL of all that is revoked.
    pub(crate) fn write_crl(&self, desk: &mut Desk) -> Result<WrittenCrl, Failure> {
        let at = now();
        let revoked: Vec<_> = desk
            .register
            .certificates(self.ca)
            .into_iter()
            .filter_map(|(certificate, revocation)| match revocation {
                Some(Record::Revoked { at, .. }) => Some(Revoked {
                    serial_number: certificate.serial_number().to_vec(),
                    at: *at,
                }),
                _ => None,
            })
            .collect();
        let number = desk.register.crl_number(self.ca) + 1;
        let next_update = at + CRL_LIFETIME;
        let crl = issue::crl(
            &self.certificate,
            self.signer.as_ref(),
            &revoked,
            number,
            at,
            next_update,
        )
        .map_err(|error| failure(&error))?;
        desk.register.append(Record::Crl {
            at,
            ca: self.ca,
            number,
            next_update,
        })?;
        replace_file(&desk.crl_file(self.ca), issue::crl_pem(&crl).as_bytes())?;
        Ok(WrittenCrl {
            number,
            next_update,
        })
    }
}

fn failure(error: &IssueError) -> Failure {
    Failure::new(kind_of(error), error)
}
