//! The `CKA_ID` of each key (PROTOCOL.md section 2).

/// Authentication key of a USB key (PIV slot 9A).
pub const AUTHENTICATION: &[u8] = &[0x01];
/// Signature key of a USB key (PIV slot 9C); wants the PIN for each signature.
pub const SIGNATURE: &[u8] = &[0x02];
/// TLS key of a gateway.
pub const TLS: &[u8] = &[0x11];
/// Key that signs a gateway's key configurations.
pub const KEY_CONFIGURATION: &[u8] = &[0x12];
/// Key that signs receipts, of a gateway or of the platform.
pub const RECEIPT: &[u8] = &[0x13];

/// Capsule key with the key identifier of its configuration (RFC 9458 §3.1).
#[must_use]
pub fn capsule(key_id: u8) -> [u8; 2] {
    [CAPSULE, key_id]
}

/// The key identifier, when `id` is that of a capsule key.
#[must_use]
pub fn capsule_key_id(id: &[u8]) -> Option<u8> {
    match id {
        [CAPSULE, key_id] => Some(*key_id),
        _ => None,
    }
}

const CAPSULE: u8 = 0x20;
