//! Objects on a token: finding, reading, making them, and using keys. All by `CKA_ID`.

use cryptoki::error::Error as ModuleError;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use wattkey_pki::{Certificate, PublicKey, Signature};
use zeroize::Zeroizing;

use crate::TokenError;
use crate::error::Trying;
use crate::local::Module;

/// Most objects of one kind that are looked at; more are not ours.
const MAX_OBJECTS: usize = 1_024;
/// DER of the object identifier of P-256 (RFC 5480 §2.1.1.1).
pub(crate) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The private key with this `CKA_ID`.
pub(crate) fn private_key(session: &Session, id: &[u8]) -> Result<ObjectHandle, TokenError> {
    find(session, ObjectClass::PRIVATE_KEY, id)?
        .first()
        .copied()
        .ok_or_else(|| TokenError::KeyMissing { id: id.to_vec() })
}

/// Objects of a class with this `CKA_ID`.
pub(crate) fn find(
    session: &Session,
    class: ObjectClass,
    id: &[u8],
) -> Result<Vec<ObjectHandle>, TokenError> {
    find_all(
        session,
        &[Attribute::Class(class), Attribute::Id(id.to_vec())],
    )
}

/// The `CKA_ID`s of the private keys.
pub(crate) fn key_ids(session: &Session) -> Result<Vec<Vec<u8>>, TokenError> {
    let keys = find_all(session, &[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
    keys.into_iter().map(|key| id_of(session, key)).collect()
}

/// The certificate with this `CKA_ID`, if there is one.
pub(crate) fn certificate(session: &Session, id: &[u8]) -> Result<Option<Certificate>, TokenError> {
    let Some(object) = find(session, ObjectClass::CERTIFICATE, id)?.pop() else {
        return Ok(None);
    };
    let der = bytes(session, object, AttributeType::Value)?;
    let certificate = Certificate::from_der(&der).map_err(|error| TokenError::Certificate {
        id: id.to_vec(),
        source: error.into(),
    })?;
    Ok(Some(certificate))
}

/// The name of the CHUID in Yubico's module and in OpenSC.
const CHUID: &[u8] = b"Card Holder Unique Identifier";

/// The card holder unique identifier of a PIV card, if it has one.
pub(crate) fn card_holder_identifier(session: &Session) -> Result<Option<Vec<u8>>, TokenError> {
    let template = [
        Attribute::Class(ObjectClass::DATA),
        Attribute::Label(CHUID.to_vec()),
    ];
    let object = find_all(session, &template)?.pop();
    object
        .map(|object| bytes(session, object, AttributeType::Value))
        .transpose()
}

/// The public key with this `CKA_ID`: of its public key object, or of its certificate.
pub(crate) fn public_key(session: &Session, id: &[u8]) -> Result<PublicKey, TokenError> {
    if let Some(object) = find(session, ObjectClass::PUBLIC_KEY, id)?.first() {
        return point(session, *object);
    }
    match certificate(session, id)? {
        Some(certificate) => Ok(certificate.public_key().clone()),
        None => Err(TokenError::KeyMissing { id: id.to_vec() }),
    }
}

/// The point of a public key object. `CKA_EC_POINT` is a DER octet string around the point (PKCS#11 v3.1 §6.3.3);
/// some modules leave the point bare.
pub(crate) fn point(session: &Session, object: ObjectHandle) -> Result<PublicKey, TokenError> {
    let value = bytes(session, object, AttributeType::EcPoint)?;
    let value = match value.as_slice() {
        [0x04, 0x41, point @ ..] if point.len() == 65 => point,
        point => point,
    };
    PublicKey::from_uncompressed(value).map_err(|_| TokenError::Point)
}

/// Whether the key has a boolean attribute set; an attribute that the token does not know is not.
pub(crate) fn flag(
    session: &Session,
    object: ObjectHandle,
    attribute: AttributeType,
) -> Result<bool, TokenError> {
    let attributes = session
        .get_attributes(object, &[attribute])
        .trying("read an attribute")?;
    Ok(matches!(
        attributes.first(),
        Some(
            Attribute::AlwaysAuthenticate(true)
                | Attribute::Sensitive(true)
                | Attribute::Extractable(true)
        )
    ))
}

/// Signs a SHA-256 digest with `CKM_ECDSA`.
pub(crate) fn sign(
    session: &Session,
    key: ObjectHandle,
    digest: &[u8; 32],
) -> Result<Signature, TokenError> {
    let raw = session
        .sign(&Mechanism::Ecdsa, key, digest)
        .trying("sign")?;
    signature(&raw)
}

/// The token's `r‖s` as a signature.
pub(crate) fn signature(raw: &[u8]) -> Result<Signature, TokenError> {
    Signature::from_raw(raw).map_err(|_| TokenError::answer("a signature is not 64 bytes"))
}

/// The x coordinate of the product of a private key and a point.
///
/// The caller has checked that `peer` is on the curve. The result is a session object for a moment, because
/// `CKM_ECDH1_DERIVE` yields objects.
pub(crate) fn ecdh(
    module: &Module,
    session: &Session,
    key: ObjectHandle,
    peer: &[u8; 65],
) -> Result<Zeroizing<[u8; 32]>, TokenError> {
    let mechanism = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), peer));
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Private(false),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
        Attribute::ValueLen(32.into()),
    ];
    let secret = session
        .derive_key(&mechanism, key, &template)
        .trying("derive")?;
    let value = module.functions().read_value(session, secret);
    let destroyed = session.destroy_object(secret);
    let value = value.trying("read the derived secret")?;
    destroyed.trying("destroy the derived secret")?;
    Ok(value)
}

/// Writes a certificate in place of the one that was there. The session must be one for writing, logged in.
pub(crate) fn write_certificate(
    session: &Session,
    id: &[u8],
    label: &str,
    certificate: &Certificate,
) -> Result<(), TokenError> {
    let malformed = |_| TokenError::answer("a certificate is not X.509");
    let (_, names) = x509_parser::parse_x509_certificate(certificate.der()).map_err(malformed)?;
    let old = find(session, ObjectClass::CERTIFICATE, id)?;
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Subject(names.subject().as_raw().to_vec()),
        Attribute::Issuer(names.issuer().as_raw().to_vec()),
        Attribute::Value(certificate.der().to_vec()),
    ];
    let new = session
        .create_object(&template)
        .trying("write a certificate")?;
    // The new one is there before the old one goes: a token pulled out in between has one more, not none. In a PIV
    // card, which has one place for each, the new one is in the old one's place and has its handle.
    let old: Vec<_> = old.into_iter().filter(|old| *old != new).collect();
    destroy(session, &old)
}

/// Destroys objects.
pub(crate) fn destroy(session: &Session, objects: &[ObjectHandle]) -> Result<(), TokenError> {
    objects
        .iter()
        .try_for_each(|object| session.destroy_object(*object))
        .trying("destroy an object")
}

/// All objects with this `CKA_ID`, of whatever class.
pub(crate) fn all_with_id(session: &Session, id: &[u8]) -> Result<Vec<ObjectHandle>, TokenError> {
    find_all(session, &[Attribute::Id(id.to_vec())])
}

fn find_all(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, TokenError> {
    let objects = session.iter_objects(template).trying("find objects")?;
    let objects: Result<Vec<_>, ModuleError> = objects.take(MAX_OBJECTS).collect();
    objects.trying("find objects")
}

fn id_of(session: &Session, object: ObjectHandle) -> Result<Vec<u8>, TokenError> {
    bytes(session, object, AttributeType::Id)
}

fn bytes(
    session: &Session,
    object: ObjectHandle,
    attribute: AttributeType,
) -> Result<Vec<u8>, TokenError> {
    let attributes = session
        .get_attributes(object, &[attribute])
        .trying("read an attribute")?;
    match attributes.into_iter().next() {
        Some(Attribute::Value(bytes) | Attribute::EcPoint(bytes) | Attribute::Id(bytes)) => {
            Ok(bytes)
        }
        _ => Err(TokenError::answer("an attribute is missing")),
    }
}
