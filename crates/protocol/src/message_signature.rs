//! HTTP Message Signatures (RFC 9421), as far as this protocol goes: one label, a fixed list of
//! components, ECDSA P-256 with SHA-256.
//!
//! A verifier knows which components and parameters must be there. It reads the variable ones,
//! builds the only field value that would be right, and compares: what cannot be written by
//! [`sign`] is not read by [`verify`].

use sfv::{Dictionary, ListEntry, Parser};
use wattkey_pki::{PublicKey, SignError, Signature, Signer};

use crate::fields::{FieldError, byte_sequence, only, parse_byte_sequence};

const ALGORITHM: &str = "ecdsa-p256-sha256";
/// Longest `Signature-Input` that is read.
const MAX_INPUT: usize = 1024;

/// Variable parameters of a signature (RFC 9421 §2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    /// When it ends, in seconds since 1970.
    pub(crate) expires: Option<i64>,
    /// The key, as the two sides name it.
    pub(crate) key_id: String,
}

/// What a signature covers: component identifier and value (RFC 9421 §2).
pub(crate) type Components = Vec<(&'static str, String)>;

/// A kind of signature: its label and its tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) label: &'static str,
    pub(crate) tag: &'static str,
}

/// Why a message signature is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageSignatureError {
    /// A field that is needed is missing, repeated or malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// `Signature-Input` has not the agreed components and parameters.
    #[error("signature-input has not the agreed components and parameters")]
    Input,
    /// The signature was not made by this key over this message.
    #[error("the signature does not fit the message and the key")]
    Signature,
}

impl Kind {
    fn parameters_text(self, components: &Components, parameters: &Parameters) -> String {
        let names: Vec<String> = components
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let expires = parameters
            .expires
            .map(|e| format!(";expires={e}"))
            .unwrap_or_default();
        format!(
            "({});created={}{expires};keyid=\"{}\";alg=\"{ALGORITHM}\";tag=\"{}\"",
            names.join(" "),
            parameters.created,
            parameters.key_id,
            self.tag
        )
    }

    /// Signs; gives the fields `signature-input` and `signature`.
    pub(crate) fn sign(
        self,
        signer: &dyn Signer,
        components: &Components,
        parameters: &Parameters,
    ) -> Result<[(String, String); 2], SignError> {
        let text = self.parameters_text(components, parameters);
        let signature = signer.sign(base(components, &text).as_bytes())?;
        Ok([
            ("signature-input".into(), format!("{}={text}", self.label)),
            (
                "signature".into(),
                format!("{}={}", self.label, byte_sequence(signature.raw())),
            ),
        ])
    }

    /// Reads the parameters of a message, without trusting them yet.
    pub(crate) fn parameters(
        self,
        fields: &[(String, Vec<u8>)],
        components: &Components,
    ) -> Result<Parameters, MessageSignatureError> {
        let input = only(fields, "signature-input")?;
        if input.len() > MAX_INPUT {
            return Err(MessageSignatureError::Input);
        }
        let parameters = read_parameters(input, self.label).ok_or(MessageSignatureError::Input)?;
        let right = format!(
            "{}={}",
            self.label,
            self.parameters_text(components, &parameters)
        );
        if right == input {
            Ok(parameters)
        } else {
            Err(MessageSignatureError::Input)
        }
    }

    /// Verifies with the parameters that [`Kind::parameters`] gave.
    pub(crate) fn verify(
        self,
        key: &PublicKey,
        fields: &[(String, Vec<u8>)],
        components: &Components,
        parameters: &Parameters,
    ) -> Result<(), MessageSignatureError> {
        let value = only(fields, "signature")?;
        let bytes = value
            .strip_prefix(self.label)
            .and_then(|rest| rest.strip_prefix('='))
            .and_then(parse_byte_sequence)
            .ok_or(FieldError::Malformed("signature"))?;
        let signature =
            Signature::from_raw(&bytes).map_err(|_| FieldError::Malformed("signature"))?;
        let text = self.parameters_text(components, parameters);
        key.verify(base(components, &text).as_bytes(), &signature)
            .map_err(|_| MessageSignatureError::Signature)
    }
}

/// The signature base (RFC 9421 §2.5).
fn base(components: &Components, parameters_text: &str) -> String {
    let mut text = String::new();
    for (name, value) in components {
        text.push_str(&format!("\"{name}\": {}\n", value.trim()));
    }
    text.push_str(&format!("\"@signature-params\": {parameters_text}"));
    text
}

fn read_parameters(input: &str, label: &str) -> Option<Parameters> {
    let dictionary: Dictionary = Parser::new(input).parse().ok()?;
    let ListEntry::InnerList(list) = dictionary.get(label)? else {
        return None;
    };
    let integer = |name: &str| {
        list.params
            .get(name)
            .and_then(sfv::GenericBareItem::as_integer)
            .map(i64::from)
    };
    Some(Parameters {
        created: integer("created")?,
        expires: integer("expires"),
        key_id: list.params.get("keyid")?.as_string()?.as_str().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use wattkey_pki::MemorySigner;

    use super::*;

    const KIND: Kind = Kind {
        label: "sig",
        tag: "t",
    };

    fn components() -> Components {
        vec![
            ("@method", "GET".into()),
            ("content-digest", "sha-256=:AA==:".into()),
        ]
    }

    fn signed(parameters: &Parameters, signer: &MemorySigner) -> Vec<(String, Vec<u8>)> {
        let fields = KIND.sign(signer, &components(), parameters).unwrap();
        fields
            .into_iter()
            .map(|(n, v)| (n, v.into_bytes()))
            .collect()
    }

    #[test]
    fn the_base_has_the_form_of_rfc_9421() {
        let parameters = Parameters {
            created: 7,
            expires: None,
            key_id: "k".into(),
        };
        let text = KIND.parameters_text(&components(), &parameters);
        assert_eq!(
            base(&components(), &text),
            "\"@method\": GET\n\"content-digest\": sha-256=:AA==:\n\"@signature-params\": \
             (\"@method\" \"content-digest\");created=7;keyid=\"k\";alg=\"ecdsa-p256-sha256\";tag=\"t\""
        );
    }

    #[test]
    fn what_is_signed_verifies_and_a_change_does_not() {
        let signer = MemorySigner::generate();
        let parameters = Parameters {
            created: 7,
            expires: Some(9),
            key_id: "k".into(),
        };
        let fields = signed(&parameters, &signer);
        let read = KIND.parameters(&fields, &components()).unwrap();
        assert_eq!(read, parameters);
        assert_eq!(
            KIND.verify(signer.public_key(), &fields, &components(), &read),
            Ok(())
        );

        let mut other = components();
        other[0].1 = "PUT".into();
        let refused = Err(MessageSignatureError::Signature);
        assert_eq!(
            KIND.verify(signer.public_key(), &fields, &other, &read),
            refused
        );
        let stranger = MemorySigner::generate();
        assert_eq!(
            KIND.verify(stranger.public_key(), &fields, &components(), &read),
            refused
        );
    }

    #[test]
    fn other_components_or_spellings_are_refused() {
        let signer = MemorySigner::generate();
        let parameters = Parameters {
            created: 7,
            expires: None,
            key_id: "k".into(),
        };
        let mut fields = signed(&parameters, &signer);
        let fewer = vec![("@method", "GET".into())];
        assert_eq!(
            KIND.parameters(&fields, &fewer),
            Err(MessageSignatureError::Input)
        );
        fields[0].1.push(b' ');
        assert_eq!(
            KIND.parameters(&fields, &components()),
            Err(MessageSignatureError::Input)
        );
        fields[0].1 = b"sig=(\"@method\"".to_vec();
        assert_eq!(
            KIND.parameters(&fields, &components()),
            Err(MessageSignatureError::Input)
        );
    }
}
