use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AttributeTypeAndValue, X509Version};

use crate::{Digest, KeyError, PublicKey, Role, pem};

/// A certificate is at most this many octets of DER.
pub const MAX_CERTIFICATE: usize = 8 * 1024;

/// An X.509 certificate of a key on P-256, read but not verified: whom it
/// chains to is [`TrustAnchor::verify`](crate::TrustAnchor::verify)'s
/// question. Cloning is cheap.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: CertificateDer<'static>,
    thumbprint: Digest,
    public_key: PublicKey,
    subject: Subject,
    issuer: Option<String>,
    serial_number: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    dns_names: Vec<String>,
    roles: Vec<Role>,
    authority: bool,
}

struct Subject {
    common_name: String,
    organisation: Option<String>,
    key_serial: Option<String>,
}

/// The bytes are not a certificate that this system can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More octets than [`MAX_CERTIFICATE`].
    #[error("the certificate has {0} octets, at most {MAX_CERTIFICATE} are read")]
    TooLarge(usize),
    /// Not exactly one `CERTIFICATE` block of PEM.
    #[error("not one PEM block of a certificate (BEGIN CERTIFICATE)")]
    Pem,
    /// Not the DER of an X.509 certificate of version 3.
    #[error("not an X.509 certificate: {0}")]
    Malformed(String),
    /// Its subject has no common name.
    #[error("the certificate's subject has no common name")]
    Nameless,
    /// Its key is not on P-256.
    #[error("the certificate's key cannot be used")]
    Key(#[source] KeyError),
}

impl Certificate {
    /// Reads DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(CertificateError::TooLarge(der.len()));
        }
        let (rest, x509) =
            X509Certificate::from_der(der).map_err(|error| malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed("bytes after its end"));
        }
        if x509.version() != X509Version::V3 {
            return Err(malformed("not of version 3"));
        }
        Ok(Self(Arc::new(Inner::read(der, &x509)?)))
    }

    /// Reads a text with exactly one `CERTIFICATE` block.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let mut blocks = CertificateDer::pem_slice_iter(text.as_bytes());
        match (blocks.next(), blocks.next()) {
            (Some(Ok(der)), None) => Self::from_der(&der),
            _ => Err(CertificateError::Pem),
        }
    }

    /// Its DER, as it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// As PEM (RFC 7468).
    #[must_use]
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", self.der())
    }

    /// SHA-256 of the DER, the `x5t#S256` of RFC 7515 §4.1.8.
    #[must_use]
    pub fn thumbprint(&self) -> Digest {
        self.0.thumbprint
    }

    /// The certified key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// `CN` of the subject.
    #[must_use]
    pub fn common_name(&self) -> &str {
        &self.0.subject.common_name
    }

    /// `O` of the subject.
    #[must_use]
    pub fn organisation(&self) -> Option<&str> {
        self.0.subject.organisation.as_deref()
    }

    /// `CN` of the issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer.as_deref()
    }

    /// `serialNumber` of the subject: the serial number of the USB key that
    /// holds the private key.
    #[must_use]
    pub fn key_serial(&self) -> Option<&str> {
        self.0.subject.key_serial.as_deref()
    }

    /// The certificate's own serial number, big endian without leading zeros.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.0.serial_number
    }

    /// Valid from, inclusive.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// Valid until, inclusive.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// DNS names of the subject alternative name extension.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.0.dns_names
    }

    /// Does its extended key usage name `role`?
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.0.roles.contains(&role)
    }

    /// The roles that its extended key usage names. Ours name exactly one.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        self.0.roles.clone()
    }

    /// A CA's certificate: basic constraints with `CA:TRUE`, key usage with
    /// `keyCertSign` and `cRLSign`.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.0.authority
    }

    pub(crate) fn as_pki_type(&self) -> &CertificateDer<'static> {
        &self.0.der
    }
}

impl Inner {
    fn read(der: &[u8], x509: &X509Certificate<'_>) -> Result<Self, CertificateError> {
        let public_key =
            PublicKey::from_spki(x509.public_key().raw).map_err(CertificateError::Key)?;
        let subject = x509.subject();
        Ok(Self {
            thumbprint: Digest::of(der),
            public_key,
            subject: Subject {
                common_name: text(subject.iter_common_name().next())?
                    .ok_or(CertificateError::Nameless)?,
                organisation: text(subject.iter_organization().next())?,
                key_serial: text(
                    subject
                        .iter_by_oid(&x509_parser::oid_registry::OID_X509_SERIALNUMBER)
                        .next(),
                )?,
            },
            issuer: text(x509.issuer().iter_common_name().next())?,
            serial_number: without_leading_zeros(x509.raw_serial()).to_vec(),
            not_before: time(x509.validity().not_before)?,
            not_after: time(x509.validity().not_after)?,
            dns_names: dns_names(x509)?,
            roles: roles(x509)?,
            authority: is_authority(x509)?,
            der: CertificateDer::from(der.to_vec()),
        })
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.thumbprint().hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("common_name", &self.common_name())
            .field("roles", &self.0.roles)
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}

pub(crate) fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    &number[zeros..]
}

/// X.509 times reach from 1950 to 9999; jiff's do too.
pub(crate) fn time(time: ASN1Time) -> Result<Timestamp, CertificateError> {
    Timestamp::from_second(time.timestamp()).map_err(|_| malformed("time out of range"))
}

fn malformed(what: impl Into<String>) -> CertificateError {
    CertificateError::Malformed(what.into())
}

fn text(attribute: Option<&AttributeTypeAndValue<'_>>) -> Result<Option<String>, CertificateError> {
    attribute
        .map(|attribute| attribute.as_str().map(str::to_owned))
        .transpose()
        .map_err(|_| malformed("a name that is not text"))
}

fn dns_names(x509: &X509Certificate<'_>) -> Result<Vec<String>, CertificateError> {
    let extension = x509
        .subject_alternative_name()
        .map_err(|error| malformed(error.to_string()))?;
    let names = extension.map_or(&[][..], |extension| &extension.value.general_names);
    Ok(names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect())
}

fn roles(x509: &X509Certificate<'_>) -> Result<Vec<Role>, CertificateError> {
    let extension = x509
        .extended_key_usage()
        .map_err(|error| malformed(error.to_string()))?;
    let usages = extension.map_or(&[][..], |extension| &extension.value.other);
    Ok(usages
        .iter()
        .filter_map(|oid| Role::from_oid_content(oid.as_bytes()))
        .collect())
}

fn is_authority(x509: &X509Certificate<'_>) -> Result<bool, CertificateError> {
    let constraints = x509
        .basic_constraints()
        .map_err(|error| malformed(error.to_string()))?;
    let usage = x509
        .key_usage()
        .map_err(|error| malformed(error.to_string()))?;
    Ok(constraints.is_some_and(|constraints| constraints.value.ca)
        && usage.is_some_and(|usage| usage.value.key_cert_sign() && usage.value.crl_sign()))
}
