//! Making certificates and CRLs, of the profiles of `PROTOCOL.md` section 2.
//!
//! The CA's key is a [`Signer`], so that it can live in a card. Object
//! identifiers below a UUID arc do not fit the 64 bits that rcgen gives an arc:
//! the extended key usage is written by hand.

use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension,
    DistinguishedName, DnType, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, RevokedCertParams, SanType, SerialNumber, SignatureAlgorithm, SigningKey,
    date_time_ymd,
};

use crate::{
    Certificate, CertificateError, Crl, CrlError, PublicKey, Role, SignError, Signer, pem,
};

/// Whom a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// `CN`: a person's or a server's name.
    pub common_name: String,
    /// `O`.
    pub organisation: String,
    /// `serialNumber`: the serial number of the USB key, of users and
    /// managers.
    pub key_serial: Option<String>,
    /// DNS names, of servers.
    pub dns_names: Vec<String>,
}

/// A certificate that a CRL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// [`Certificate::serial_number`].
    pub serial_number: Vec<u8>,
    /// When it was revoked.
    pub at: Timestamp,
}

/// Nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The CA's key did not sign.
    #[error("the CA's key did not sign")]
    Sign(#[source] SignError),
    /// The key is not the one that the CA's certificate names.
    #[error("the signing key is not that of the CA's certificate")]
    AnotherKey,
    /// The certificate that is to issue is not a CA's.
    #[error("the issuing certificate is not a CA's")]
    NotAuthority,
    /// A DNS name has characters that it cannot have.
    #[error("not a DNS name: {0}")]
    DnsName(String),
    /// A time is out of the range that X.509 can write.
    #[error("a time is out of range")]
    Time,
    /// rcgen refused.
    #[error("the certificate cannot be written")]
    Write(#[source] rcgen::Error),
    /// What was written cannot be read back: nothing of it is used.
    #[error("the certificate that was written cannot be read")]
    Certificate(#[source] CertificateError),
    /// What was written cannot be read back: nothing of it is used.
    #[error("the CRL that was written cannot be read")]
    Crl(#[source] CrlError),
}

/// `notBefore` lies so far back, for clocks that are a little behind.
const BACKDATE: Duration = Duration::from_secs(60);
const DAY_S: u64 = 86_400;
const SERIAL_LENGTH: usize = 16;

const EXTENDED_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];
/// id-kp-serverAuth and id-kp-clientAuth (RFC 5280 §4.2.1.12), content octets.
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// A CA's certificate, signed by its own key.
pub fn self_signed_ca(
    common_name: &str,
    organisation: &str,
    signer: &dyn Signer,
    now: Timestamp,
    lifetime_days: u16,
) -> Result<Certificate, IssueError> {
    let mut params = params(common_name, organisation, None, now, lifetime_days)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = TokenKey::new(signer);
    let result = params.self_signed(&key);
    read_back(&key, result)
}

/// A certificate that a key makes of itself, for no role of ours: a system beside ours that signs
/// is known by exactly this certificate.
pub fn self_signed(
    common_name: &str,
    organisation: &str,
    signer: &dyn Signer,
    now: Timestamp,
    lifetime_days: u16,
) -> Result<Certificate, IssueError> {
    let mut params = params(common_name, organisation, None, now, lifetime_days)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = TokenKey::new(signer);
    let result = params.self_signed(&key);
    read_back(&key, result)
}

/// A certificate of `key` for `role`.
pub fn certificate(
    ca: &Certificate,
    ca_signer: &dyn Signer,
    role: Role,
    subject: &Subject,
    key: &PublicKey,
    now: Timestamp,
    lifetime_days: u16,
) -> Result<Certificate, IssueError> {
    let mut params = params(
        &subject.common_name,
        &subject.organisation,
        subject.key_serial.as_deref(),
        now,
        lifetime_days,
    )?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = subject
        .dns_names
        .iter()
        .map(|name| dns_name(name))
        .collect::<Result<_, _>>()?;
    params.custom_extensions = vec![extended_key_usage(role)];
    let ca_key = TokenKey::new(ca_signer);
    let result = params.signed_by(&CertifiedKey(key), &issuer(ca, &ca_key)?);
    read_back(&ca_key, result)
}

/// A full CRL in DER. `number` must be higher than that of the one before.
pub fn crl(
    ca: &Certificate,
    ca_signer: &dyn Signer,
    revoked: &[Revoked],
    number: u64,
    now: Timestamp,
    next_update: Timestamp,
) -> Result<Vec<u8>, IssueError> {
    let revoked_certs = revoked
        .iter()
        .map(|revoked| {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&revoked.serial_number),
                revocation_time: date_time_ymd(1970, 1, 1) + since_1970(revoked.at)?,
                reason_code: None,
                invalidity_date: None,
            })
        })
        .collect::<Result<_, IssueError>>()?;
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(1970, 1, 1) + since_1970(now)?,
        next_update: date_time_ymd(1970, 1, 1) + since_1970(next_update)?,
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: key_identifier(ca)?,
    };
    let key = TokenKey::new(ca_signer);
    let list = params
        .signed_by(&issuer(ca, &key)?)
        .map_err(|error| key.explain(error))?;
    let der = list.der().to_vec();
    Crl::from_der(&der, ca).map_err(IssueError::Crl)?;
    Ok(der)
}

/// The CRL as PEM (`X509 CRL`, RFC 7468 §6).
#[must_use]
pub fn crl_pem(der: &[u8]) -> String {
    pem::encode("X509 CRL", der)
}

fn params(
    common_name: &str,
    organisation: &str,
    key_serial: Option<&str>,
    now: Timestamp,
    lifetime_days: u16,
) -> Result<CertificateParams, IssueError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, organisation);
    if let Some(serial) = key_serial {
        // id-at-serialNumber; rcgen has no name for it.
        name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), serial);
    }
    name.push(DnType::CommonName, common_name);
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.serial_number = Some(serial_number());
    let lifetime = Duration::from_secs(u64::from(lifetime_days) * DAY_S);
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(now)?.saturating_sub(BACKDATE);
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(now)? + lifetime;
    Ok(params)
}

/// 16 random octets; the two high bits make the number positive and of the
/// same length each time.
fn serial_number() -> SerialNumber {
    let mut octets = [0; SERIAL_LENGTH];
    aws_lc_rs::rand::fill(&mut octets)
        .expect("aws-lc ends the process itself when there are no random numbers");
    octets[0] = (octets[0] & 0x3f) | 0x40;
    SerialNumber::from_slice(&octets)
}

fn since_1970(at: Timestamp) -> Result<Duration, IssueError> {
    u64::try_from(at.as_second())
        .map(Duration::from_secs)
        .map_err(|_| IssueError::Time)
}

fn dns_name(name: &str) -> Result<SanType, IssueError> {
    Ia5String::try_from(name)
        .map(SanType::DnsName)
        .map_err(|_| IssueError::DnsName(name.to_owned()))
}

fn extended_key_usage(role: Role) -> CustomExtension {
    let standard: &[&[u8]] = match role {
        Role::UserAuthentication | Role::ManagerAuthentication => &[CLIENT_AUTH],
        Role::Gateway => &[SERVER_AUTH, CLIENT_AUTH],
        Role::Platform => &[SERVER_AUTH],
        Role::UserSignature
        | Role::ManagerSignature
        | Role::KeyConfiguration
        | Role::PlatformReceipt
        | Role::GatewayReceipt => &[],
    };
    let mut usages = Vec::new();
    for oid in standard.iter().copied().chain([role.oid_content()]) {
        push_der(&mut usages, 0x06, oid);
    }
    let mut sequence = Vec::new();
    push_der(&mut sequence, 0x30, &usages);
    CustomExtension::from_oid_content(&EXTENDED_KEY_USAGE, sequence)
}

fn push_der(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    let length = u8::try_from(content.len())
        .ok()
        .filter(|length| *length < 0x80)
        .expect("at most three object identifiers of at most 22 octets");
    out.extend([tag, length]);
    out.extend(content);
}

fn issuer<'k>(
    ca: &Certificate,
    key: &'k TokenKey<'_>,
) -> Result<Issuer<'static, &'k TokenKey<'k>>, IssueError> {
    if !ca.is_authority() {
        return Err(IssueError::NotAuthority);
    }
    if ca.public_key() != key.signer.public_key() {
        return Err(IssueError::AnotherKey);
    }
    Issuer::from_ca_cert_der(ca.as_pki_type(), key).map_err(IssueError::Write)
}

/// The subject key identifier that the CA's certificate has.
fn key_identifier(ca: &Certificate) -> Result<KeyIdMethod, IssueError> {
    use x509_parser::extensions::ParsedExtension;
    let (_, x509) = x509_parser::parse_x509_certificate(ca.der())
        .map_err(|error| IssueError::Certificate(CertificateError::Malformed(error.to_string())))?;
    let identifier =
        x509.iter_extensions()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                _ => None,
            });
    Ok(identifier.map_or(KeyIdMethod::Sha256, KeyIdMethod::PreSpecified))
}

fn read_back(
    key: &TokenKey<'_>,
    result: Result<rcgen::Certificate, rcgen::Error>,
) -> Result<Certificate, IssueError> {
    let certificate = result.map_err(|error| key.explain(error))?;
    Certificate::from_der(certificate.der()).map_err(IssueError::Certificate)
}

/// A [`Signer`] as rcgen wants it. rcgen's error for a remote key has no room
/// for the device's own, so that one waits here.
struct TokenKey<'s> {
    signer: &'s dyn Signer,
    error: RefCell<Option<SignError>>,
}

impl<'s> TokenKey<'s> {
    fn new(signer: &'s dyn Signer) -> Self {
        Self {
            signer,
            error: RefCell::new(None),
        }
    }

    fn explain(&self, error: rcgen::Error) -> IssueError {
        self.error
            .take()
            .map_or(IssueError::Write(error), IssueError::Sign)
    }
}

impl PublicKeyData for TokenKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.signer.public_key().as_uncompressed()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for TokenKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signer
            .sign(message)
            .map(|signature| signature.to_der())
            .map_err(|error| {
                self.error.replace(Some(error));
                rcgen::Error::RemoteKeyError
            })
    }
}

struct CertifiedKey<'k>(&'k PublicKey);

impl PublicKeyData for CertifiedKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.as_uncompressed()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}
