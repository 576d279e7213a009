use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::{ALGORITHM, JwsError, check_algorithm_and_type, check_length};
use crate::{BadSignature, Certificate, Digest, PublicKey, SignError, Signature, Signer, b64u};

/// Signatures over one payload.
pub const MAX_SIGNATURES: usize = 4;
/// Certificates in one `x5c`.
pub const MAX_CHAIN: usize = 4;

/// A JWS in general JSON serialisation (RFC 7515 §7.2.1): several signatures
/// over one payload, each with exactly `alg`, `typ`, `x5t#S256` and `x5c` in
/// its protected header and no unprotected one. Well formed, not yet verified.
#[derive(Debug, Clone)]
pub struct General {
    typ: String,
    payload: Vec<u8>,
    signatures: Vec<Signed>,
}

#[derive(Debug, Clone)]
struct Signed {
    protected: String,
    chain: Vec<Certificate>,
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    payload: String,
    signatures: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    protected: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    #[serde(rename = "x5t#S256")]
    certificate: Digest,
    x5c: Vec<String>,
}

impl General {
    /// Signs `payload`. `chain` begins with the signer's own certificate.
    pub fn sign(
        signer: &dyn Signer,
        typ: &str,
        chain: &[Certificate],
        payload: &[u8],
    ) -> Result<Self, SignError> {
        let mut general = Self {
            typ: typ.to_owned(),
            payload: payload.to_vec(),
            signatures: Vec::new(),
        };
        general.countersign(signer, chain)?;
        Ok(general)
    }

    /// Adds another signature over the same payload.
    pub fn countersign(
        &mut self,
        signer: &dyn Signer,
        chain: &[Certificate],
    ) -> Result<(), SignError> {
        let fault = |error: JwsError| SignError(Box::new(error));
        check_count(self.signatures.len() + 1).map_err(fault)?;
        check_chain_length(chain.len()).map_err(fault)?;
        let header = Header {
            alg: ALGORITHM.to_owned(),
            typ: self.typ.clone(),
            certificate: chain[0].thumbprint(),
            x5c: chain
                .iter()
                .map(|certificate| Base64::encode_string(certificate.der()))
                .collect(),
        };
        let header = serde_json::to_vec(&header).map_err(|error| SignError(Box::new(error)))?;
        let protected = b64u::encode(&header);
        let signature = signer.sign(signing_input(&protected, &self.payload).as_bytes())?;
        self.signatures.push(Signed {
            protected,
            chain: chain.to_vec(),
            signature,
        });
        Ok(())
    }

    /// Reads a document of type `typ` and of at most `max_len` bytes.
    pub fn parse(bytes: &[u8], typ: &str, max_len: usize) -> Result<Self, JwsError> {
        check_length(bytes.len(), max_len)?;
        let document: Document = serde_json::from_slice(bytes).map_err(JwsError::Json)?;
        check_count(document.signatures.len())?;
        Ok(Self {
            typ: typ.to_owned(),
            payload: b64u::decode(&document.payload).ok_or(JwsError::Base64("payload"))?,
            signatures: document
                .signatures
                .into_iter()
                .map(|entry| Signed::read(entry, typ))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The document as it travels.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            payload: b64u::encode(&self.payload),
            signatures: self
                .signatures
                .iter()
                .map(|signed| Entry {
                    protected: signed.protected.clone(),
                    signature: b64u::encode(signed.signature.raw()),
                })
                .collect(),
        };
        serde_json::to_string(&document).expect("strings in structs always become JSON")
    }

    /// The payload before anybody verified it.
    #[must_use]
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// How many signatures there are, at least one.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// The certificates of signature `index` (from 0), the signer's own first;
    /// empty when there is no such signature. They came with the document and
    /// are not verified.
    #[must_use]
    pub fn chain(&self, index: usize) -> &[Certificate] {
        self.signatures
            .get(index)
            .map_or(&[], |signed| &signed.chain)
    }

    /// The payload, when `key` made signature `index`.
    pub fn verify(&self, index: usize, key: &PublicKey) -> Result<&[u8], BadSignature> {
        let signed = self.signatures.get(index).ok_or(BadSignature)?;
        let input = signing_input(&signed.protected, &self.payload);
        key.verify(input.as_bytes(), &signed.signature)?;
        Ok(&self.payload)
    }
}

impl Signed {
    fn read(entry: Entry, typ: &str) -> Result<Self, JwsError> {
        let header = b64u::decode(&entry.protected).ok_or(JwsError::Base64("header"))?;
        let header: Header = serde_json::from_slice(&header).map_err(JwsError::Header)?;
        check_algorithm_and_type(&header.alg, &header.typ, typ)?;
        check_chain_length(header.x5c.len())?;
        let chain = header
            .x5c
            .iter()
            .map(|text| {
                let der = Base64::decode_vec(text).map_err(|_| JwsError::Base64("x5c"))?;
                Certificate::from_der(&der).map_err(JwsError::Certificate)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if chain[0].thumbprint() != header.certificate {
            return Err(JwsError::Thumbprint);
        }
        let signature = b64u::decode(&entry.signature).ok_or(JwsError::Base64("signature"))?;
        Ok(Self {
            chain,
            signature: Signature::from_raw(&signature).map_err(JwsError::Signature)?,
            protected: entry.protected,
        })
    }
}

/// RFC 7515 §5.1 step 8. The payload is encoded again; since there is one way
/// only to write it, these are the bytes that were signed.
fn signing_input(protected: &str, payload: &[u8]) -> String {
    format!("{protected}.{}", b64u::encode(payload))
}

fn check_count(count: usize) -> Result<(), JwsError> {
    if (1..=MAX_SIGNATURES).contains(&count) {
        Ok(())
    } else {
        Err(JwsError::Count(count))
    }
}

fn check_chain_length(length: usize) -> Result<(), JwsError> {
    if (1..=MAX_CHAIN).contains(&length) {
        Ok(())
    } else {
        Err(JwsError::ChainLength(length))
    }
}
