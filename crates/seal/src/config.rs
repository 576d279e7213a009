//! Key configurations: RFC 9458 §3.1 (one) and §3.2 (`application/ohttp-keys`, a list).

use crate::kem::{KEM_ID, PublicKey};
use hpke::Deserializable as _;

/// An uncompressed point of P-256: `04 ‖ x ‖ y` (SEC 1 §2.3.3), as RFC 9180 §7.1.1 serialises it.
pub type EncodedPoint = [u8; 65];

/// The longest list of key configurations that is read, in bytes: over two hundred configurations.
pub const MAX_KEY_LIST: usize = 16 * 1024;

/// HKDF-SHA256, RFC 9180 §7.2.
pub(crate) const KDF_ID: u16 = 0x0001;

/// An AEAD of RFC 9180 §7.3; the KDF beside it is HKDF-SHA256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aead {
    /// 0x0001
    Aes128Gcm,
    /// 0x0002
    Aes256Gcm,
}

impl Aead {
    /// The registered number.
    pub const fn id(self) -> u16 {
        match self {
            Self::Aes128Gcm => 0x0001,
            Self::Aes256Gcm => 0x0002,
        }
    }

    pub(crate) const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0001 => Some(Self::Aes128Gcm),
            0x0002 => Some(Self::Aes256Gcm),
            _ => None,
        }
    }

    /// `Nk`: bytes of a key.
    pub(crate) const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm => 32,
        }
    }
}

/// A public key to seal to, with its id and the algorithms that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConfiguration {
    /// Names the key in a capsule's first byte.
    pub key_id: u8,
    /// The gateway's public key.
    pub public_key: EncodedPoint,
    /// Symmetric algorithms in order of preference; a client takes the first.
    pub aeads: Vec<Aead>,
}

/// Why a key configuration could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The bytes end within a configuration.
    #[error("key configuration ends early")]
    Truncated,
    /// Bytes are left after the end of a configuration.
    #[error("key configuration has {0} bytes too many")]
    Trailing(usize),
    /// The KEM is another one than DHKEM(P-256, HKDF-SHA256).
    #[error("key configuration is for KEM {0:#06x}, not 0x0010")]
    Kem(u16),
    /// The public key is no point of P-256.
    #[error("public key of the key configuration is not a point of P-256")]
    Point,
    /// The list of symmetric algorithms is empty or not a whole number of pairs.
    #[error("symmetric algorithms of the key configuration take {0} bytes, not four each")]
    Algorithms(usize),
    /// None of the symmetric algorithms is known here.
    #[error("key configuration offers neither AES-256-GCM nor AES-128-GCM with HKDF-SHA256")]
    NoAlgorithm,
    /// The list is longer than [`MAX_KEY_LIST`], or a configuration is longer than its length field
    /// can say.
    #[error("{0} bytes of key configuration are too many")]
    TooLong(usize),
}

impl KeyConfiguration {
    /// RFC 9458 §3.1.
    pub fn encode(&self) -> Result<Vec<u8>, ConfigError> {
        let algorithms = self.aeads.len() * 4;
        if algorithms == 0 {
            return Err(ConfigError::NoAlgorithm);
        }
        let mut out = Vec::with_capacity(1 + 2 + 65 + 2 + algorithms);
        out.push(self.key_id);
        out.extend(KEM_ID.to_be_bytes());
        out.extend(self.public_key);
        out.extend(length(algorithms)?);
        for aead in &self.aeads {
            out.extend(KDF_ID.to_be_bytes());
            out.extend(aead.id().to_be_bytes());
        }
        Ok(out)
    }

    /// RFC 9458 §3.1; symmetric algorithms that are not known here are left out.
    pub fn decode(bytes: &[u8]) -> Result<Self, ConfigError> {
        let mut rest = bytes;
        let [key_id] = take::<1>(&mut rest)?;
        let kem = u16::from_be_bytes(take(&mut rest)?);
        // Another KEM has keys of another length: nothing behind it can be read.
        if kem != KEM_ID {
            return Err(ConfigError::Kem(kem));
        }
        let public_key = take::<65>(&mut rest)?;
        PublicKey::from_bytes(&public_key).map_err(|_| ConfigError::Point)?;
        let length = usize::from(u16::from_be_bytes(take(&mut rest)?));
        let (pairs, after) = rest
            .split_at_checked(length)
            .ok_or(ConfigError::Truncated)?;
        if !after.is_empty() {
            return Err(ConfigError::Trailing(after.len()));
        }
        Ok(Self {
            key_id,
            public_key,
            aeads: algorithms(pairs)?,
        })
    }

    /// `application/ohttp-keys`, RFC 9458 §3.2: each configuration after its length in two bytes.
    pub fn encode_list(configs: &[Self]) -> Result<Vec<u8>, ConfigError> {
        let mut out = Vec::new();
        for config in configs {
            let config = config.encode()?;
            out.extend(length(config.len())?);
            out.extend(config);
        }
        if out.len() > MAX_KEY_LIST {
            return Err(ConfigError::TooLong(out.len()));
        }
        Ok(out)
    }

    /// `application/ohttp-keys`, RFC 9458 §3.2. Configurations for another KEM or without a known
    /// algorithm are left out, so the list may come back empty; malformed ones are an error.
    pub fn decode_list(bytes: &[u8]) -> Result<Vec<Self>, ConfigError> {
        if bytes.len() > MAX_KEY_LIST {
            return Err(ConfigError::TooLong(bytes.len()));
        }
        let mut configs = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = usize::from(u16::from_be_bytes(take(&mut rest)?));
            let (config, after) = rest
                .split_at_checked(length)
                .ok_or(ConfigError::Truncated)?;
            rest = after;
            match Self::decode(config) {
                Ok(config) => configs.push(config),
                Err(ConfigError::Kem(_) | ConfigError::NoAlgorithm) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(configs)
    }
}

fn algorithms(pairs: &[u8]) -> Result<Vec<Aead>, ConfigError> {
    let (quads, odd) = pairs.as_chunks::<4>();
    if quads.is_empty() || !odd.is_empty() {
        return Err(ConfigError::Algorithms(pairs.len()));
    }
    let mut aeads = Vec::new();
    for &[k1, k2, a1, a2] in quads {
        let aead = Aead::from_id(u16::from_be_bytes([a1, a2]));
        if let (KDF_ID, Some(aead)) = (u16::from_be_bytes([k1, k2]), aead)
            && !aeads.contains(&aead)
        {
            aeads.push(aead);
        }
    }
    if aeads.is_empty() {
        return Err(ConfigError::NoAlgorithm);
    }
    Ok(aeads)
}

fn length(bytes: usize) -> Result<[u8; 2], ConfigError> {
    u16::try_from(bytes)
        .map(u16::to_be_bytes)
        .map_err(|_| ConfigError::TooLong(bytes))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], ConfigError> {
    let (head, tail) = rest
        .split_first_chunk::<N>()
        .ok_or(ConfigError::Truncated)?;
    *rest = tail;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SoftwareKey;

    fn config(key_id: u8, aeads: &[Aead]) -> KeyConfiguration {
        let key = SoftwareKey::generate(key_id).unwrap();
        KeyConfiguration {
            key_id,
            public_key: *key.public_key(),
            aeads: aeads.to_vec(),
        }
    }

    fn both() -> KeyConfiguration {
        config(9, &[Aead::Aes256Gcm, Aead::Aes128Gcm])
    }

    #[test]
    fn layout_is_the_rfcs() {
        let config = both();
        let bytes = config.encode().unwrap();
        assert_eq!(bytes.len(), 1 + 2 + 65 + 2 + 8);
        assert_eq!(bytes[..3], [9, 0x00, 0x10]);
        assert_eq!(bytes[3..68], config.public_key);
        assert_eq!(bytes[68..], [0, 8, 0, 1, 0, 2, 0, 1, 0, 1]);
        assert_eq!(KeyConfiguration::decode(&bytes), Ok(config));
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = both().encode().unwrap();
        for end in 0..bytes.len() {
            let error = KeyConfiguration::decode(&bytes[..end]).unwrap_err();
            assert_eq!(error, ConfigError::Truncated, "{end}");
        }
        let mut long = bytes;
        long.push(0);
        assert_eq!(
            KeyConfiguration::decode(&long),
            Err(ConfigError::Trailing(1))
        );
    }

    #[test]
    fn point_off_the_curve_is_refused() {
        let mut bytes = both().encode().unwrap();
        bytes[67] ^= 1;
        assert_eq!(KeyConfiguration::decode(&bytes), Err(ConfigError::Point));
    }

    #[test]
    fn unknown_algorithms_are_left_out() {
        let mut bytes = both().encode().unwrap();
        // ChaCha20-Poly1305 (0x0003) instead of AES-256-GCM.
        bytes[73] = 3;
        assert_eq!(
            KeyConfiguration::decode(&bytes).unwrap().aeads,
            [Aead::Aes128Gcm]
        );
        // HKDF-SHA512 (0x0003) before the other.
        bytes[75] = 3;
        assert_eq!(
            KeyConfiguration::decode(&bytes),
            Err(ConfigError::NoAlgorithm)
        );
        bytes.truncate(77);
        bytes[69] = 7;
        assert_eq!(
            KeyConfiguration::decode(&bytes),
            Err(ConfigError::Algorithms(7))
        );
    }

    #[test]
    fn list_keeps_what_can_be_used() {
        let (first, second) = (both(), config(10, &[Aead::Aes128Gcm]));
        let mut list = KeyConfiguration::encode_list(std::slice::from_ref(&first)).unwrap();
        // The X25519 configuration of RFC 9458 appendix A.
        let foreign = hex::decode(
            "002d01002031e1f05a740102115220e9af918f738674aec95f54db6e04eb705aae8e79815500080001000100010003",
        )
        .unwrap();
        list.extend(&foreign);
        list.extend(KeyConfiguration::encode_list(std::slice::from_ref(&second)).unwrap());
        assert_eq!(
            KeyConfiguration::decode_list(&list),
            Ok(vec![first, second])
        );
        assert_eq!(KeyConfiguration::decode_list(&foreign), Ok(vec![]));
        assert_eq!(
            KeyConfiguration::decode_list(&list[..list.len() - 1]),
            Err(ConfigError::Truncated)
        );
    }

    #[test]
    fn list_is_bounded() {
        let long = vec![0; MAX_KEY_LIST + 1];
        assert_eq!(
            KeyConfiguration::decode_list(&long),
            Err(ConfigError::TooLong(MAX_KEY_LIST + 1))
        );
        assert_eq!(config(1, &[]).encode(), Err(ConfigError::NoAlgorithm));
    }
}
