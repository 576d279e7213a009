//! DHKEM(P-256, HKDF-SHA256), RFC 9180 §4.1, for a recipient whose `DH` was done elsewhere.

use hpke::hybrid_array::typenum::{U32, U97};
use hpke::kdf::{HkdfSha256, Kdf as _};
use hpke::kem::{DhP256HkdfSha256, SharedSecret};
use hpke::rand_core::CryptoRng;
use hpke::{Deserializable, HpkeError, Kem, Serializable};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// `DHKEM(P-256, HKDF-SHA256)`, RFC 9180 §7.1.
pub(crate) const KEM_ID: u16 = <DhP256HkdfSha256 as Kem>::KEM_ID;

/// `suite_id` of the KEM: "KEM" and its id in two bytes (RFC 9180 §4.1).
const SUITE_ID: [u8; 5] = [b'K', b'E', b'M', 0x00, 0x10];

/// The recipient's public key; decoding it checks that it is on the curve.
pub(crate) type PublicKey = <DhP256HkdfSha256 as Kem>::PublicKey;

/// `enc`: the sender's ephemeral public key; decoding it checks that it is on the curve.
pub(crate) type EncappedKey = <DhP256HkdfSha256 as Kem>::EncappedKey;

/// The same KEM as the sender's, so that the key schedule is the same; it only decapsulates.
pub(crate) struct RemoteKem;

/// Stands for the private key where `hpke` wants one: the result of its one use, and its public half.
#[derive(Clone)]
pub(crate) struct Derived {
    pub(crate) x: Zeroizing<[u8; 32]>,
    pub(crate) recipient: PublicKey,
}

impl ConstantTimeEq for Derived {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.x.as_slice().ct_eq(other.x.as_slice())
            & self.recipient.to_bytes().ct_eq(&other.recipient.to_bytes())
    }
}

impl Serializable for Derived {
    type OutputSize = U97;

    fn write_exact(&self, buf: &mut [u8]) {
        buf[..32].copy_from_slice(self.x.as_slice());
        self.recipient.write_exact(&mut buf[32..]);
    }
}

impl Deserializable for Derived {
    fn from_bytes(encoded: &[u8]) -> Result<Self, HpkeError> {
        let (x, recipient) = encoded
            .split_first_chunk::<32>()
            .ok_or(HpkeError::IncorrectInputLength(97, encoded.len()))?;
        Ok(Self {
            x: Zeroizing::new(*x),
            recipient: PublicKey::from_bytes(recipient)?,
        })
    }
}

impl Kem for RemoteKem {
    type PublicKey = PublicKey;
    type PrivateKey = Derived;
    type EncappedKey = EncappedKey;
    type NSecret = U32;

    const KEM_ID: u16 = KEM_ID;

    fn sk_to_pk(sk: &Derived) -> PublicKey {
        sk.recipient.clone()
    }

    fn derive_keypair(_ikm: &[u8]) -> (Derived, PublicKey) {
        unreachable!("private to this crate, which makes no keys with it")
    }

    fn decap(
        derived: &Derived,
        sender: Option<&PublicKey>,
        enc: &EncappedKey,
    ) -> Result<SharedSecret<Self>, HpkeError> {
        // Authenticated modes need a second DH with the same private key.
        if sender.is_some() {
            return Err(HpkeError::DecapError);
        }
        let kem_context = [
            enc.to_bytes().as_slice(),
            derived.recipient.to_bytes().as_slice(),
        ]
        .concat();
        let mut secret = SharedSecret::<Self>::default();
        HkdfSha256::extract_and_expand(
            derived.x.as_slice(),
            &SUITE_ID,
            &kem_context,
            &mut secret.0,
        )?;
        Ok(secret)
    }

    fn encap_with_rng(
        _recipient: &PublicKey,
        _sender: Option<(&Derived, &PublicKey)>,
        _csprng: &mut impl CryptoRng,
    ) -> Result<(SharedSecret<Self>, EncappedKey), HpkeError> {
        Err(HpkeError::EncapError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suite_id_names_the_kem() {
        assert_eq!(SUITE_ID[3..], KEM_ID.to_be_bytes());
    }

    #[test]
    fn derived_survives_its_serial_form() {
        let (_, recipient) = DhP256HkdfSha256::derive_keypair(&[7; 32]);
        let derived = Derived {
            x: Zeroizing::new([5; 32]),
            recipient,
        };
        let bytes = derived.to_bytes();
        let back = Derived::from_bytes(&bytes).unwrap();
        assert!(bool::from(derived.ct_eq(&back)));
        let other = Derived {
            x: Zeroizing::new([6; 32]),
            ..back
        };
        assert!(!bool::from(derived.ct_eq(&other)));
        assert!(Derived::from_bytes(&bytes[..96]).is_err());
    }
}
