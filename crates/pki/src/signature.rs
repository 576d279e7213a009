use std::fmt;

/// An ECDSA signature on P-256 with SHA-256: `r‖s`, 32 octets each.
///
/// JWS and RFC 9421 carry it raw (RFC 7518 §3.4), X.509 and TLS as DER
/// (RFC 3279 §2.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// The bytes are not a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A raw signature has 64 octets.
    #[error("a signature on P-256 has 64 octets, these are {0}")]
    Length(usize),
    /// Not `SEQUENCE { INTEGER, INTEGER }` in DER, or too large for P-256.
    #[error("not the DER form of a signature on P-256")]
    Der,
}

/// The signature is not this key's over this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not this key's over these bytes")]
pub struct BadSignature;

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const SCALAR: usize = 32;

impl Signature {
    /// From `r‖s`, exactly 64 octets.
    pub fn from_raw(bytes: &[u8]) -> Result<Self, SignatureError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| SignatureError::Length(bytes.len()))
    }

    /// `r‖s`.
    #[must_use]
    pub const fn raw(&self) -> &[u8; 64] {
        &self.0
    }

    /// From DER. Refuses what DER does not allow: superfluous zeros, negative
    /// numbers, bytes after the end.
    pub fn from_der(der: &[u8]) -> Result<Self, SignatureError> {
        let [SEQUENCE, length, integers @ ..] = der else {
            return Err(SignatureError::Der);
        };
        // Two 33-octet integers and their headers stay below 128 octets, so
        // the length is always one octet.
        if usize::from(*length) != integers.len() {
            return Err(SignatureError::Der);
        }
        let (r, rest) = read_integer(integers)?;
        let (s, rest) = read_integer(rest)?;
        if !rest.is_empty() {
            return Err(SignatureError::Der);
        }
        let mut raw = [0; 64];
        raw[..SCALAR].copy_from_slice(&r);
        raw[SCALAR..].copy_from_slice(&s);
        Ok(Self(raw))
    }

    /// As DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let mut integers = Vec::with_capacity(72);
        write_integer(&mut integers, &self.0[..SCALAR]);
        write_integer(&mut integers, &self.0[SCALAR..]);
        let mut der = vec![SEQUENCE, one_octet(integers.len())];
        der.append(&mut integers);
        der
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", crate::b64u::encode(&self.0))
    }
}

fn one_octet(length: usize) -> u8 {
    u8::try_from(length).expect("two integers of at most 33 octets each")
}

fn write_integer(out: &mut Vec<u8>, scalar: &[u8]) {
    let zeros = scalar.iter().take_while(|octet| **octet == 0).count();
    // Zero itself keeps one octet.
    let digits = &scalar[zeros.min(SCALAR - 1)..];
    let sign = digits[0] & 0x80 != 0;
    out.extend([INTEGER, one_octet(digits.len() + usize::from(sign))]);
    if sign {
        out.push(0);
    }
    out.extend(digits);
}

fn read_integer(bytes: &[u8]) -> Result<([u8; SCALAR], &[u8]), SignatureError> {
    let [INTEGER, length, rest @ ..] = bytes else {
        return Err(SignatureError::Der);
    };
    let (content, rest) = rest
        .split_at_checked(usize::from(*length))
        .ok_or(SignatureError::Der)?;
    let digits = match content {
        [] => return Err(SignatureError::Der),
        [first, ..] if first & 0x80 != 0 => return Err(SignatureError::Der),
        [0] => &content[1..],
        [0, second, ..] if second & 0x80 == 0 => return Err(SignatureError::Der),
        [0, digits @ ..] => digits,
        digits => digits,
    };
    let start = SCALAR
        .checked_sub(digits.len())
        .ok_or(SignatureError::Der)?;
    let mut scalar = [0; SCALAR];
    scalar[start..].copy_from_slice(digits);
    Ok((scalar, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Scalars with every number of leading zeros, and the sign bit both ways.
    fn scalar() -> impl Strategy<Value = [u8; SCALAR]> {
        (any::<[u8; SCALAR]>(), 0..=SCALAR).prop_map(|(mut scalar, zeros)| {
            scalar[..zeros].fill(0);
            scalar
        })
    }

    proptest! {
        #[test]
        fn raw_and_der_say_the_same(r in scalar(), s in scalar()) {
            let signature = Signature::from_raw(&[r, s].concat()).unwrap();
            let der = signature.to_der();
            prop_assert_eq!(Signature::from_der(&der), Ok(signature));
        }

        #[test]
        fn der_is_read_in_one_way_only(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(signature) = Signature::from_der(&bytes) {
                prop_assert_eq!(signature.to_der(), bytes);
            }
        }

        #[test]
        fn changed_der_is_refused_or_says_something_else(
            r in scalar(), s in scalar(), at in any::<prop::sample::Index>(), flip in 1u8..
        ) {
            let signature = Signature::from_raw(&[r, s].concat()).unwrap();
            let mut der = signature.to_der();
            let at = at.index(der.len());
            der[at] ^= flip;
            prop_assert_ne!(Signature::from_der(&der), Ok(signature));
        }
    }

    #[test]
    fn lax_der_is_refused() {
        let one = [0x02, 0x01, 0x01];
        let with = |r: &[u8]| {
            let mut der = vec![0x30, one_octet(r.len() + one.len())];
            der.extend(r);
            der.extend(one);
            Signature::from_der(&der)
        };
        assert!(with(&one).is_ok());
        assert_eq!(with(&[0x02, 0x02, 0x00, 0x01]), Err(SignatureError::Der));
        assert_eq!(with(&[0x02, 0x01, 0x81]), Err(SignatureError::Der));
        assert_eq!(with(&[0x02, 0x00]), Err(SignatureError::Der));
        let mut long = vec![0x02, 33, 0x01];
        long.extend([0; 32]);
        assert_eq!(with(&long), Err(SignatureError::Der));
        let mut trailing = Signature([1; 64]).to_der();
        trailing.push(0);
        assert_eq!(Signature::from_der(&trailing), Err(SignatureError::Der));
    }
}
