//! The operations and their answers. Certificates, points and signatures travel as their bytes; whoever takes them
//! out of an answer checks them.

use serde::{Deserialize, Serialize};

use super::Secret;
use super::secret::pin;
use crate::provision::Credentials;
use crate::thumbprints::Thumbprints;
use crate::{Event, KeyUse, Pin, TokenError, TokenInfo};

/// What the child is asked to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Operation {
    /// The tokens that are there.
    Tokens,
    /// The token with this serial number.
    Token { serial: String },
    /// The USB keys that are there, with their certificates.
    UsbKeys,
    /// Shows the PIN to a USB key, if it has these certificates.
    Unlock {
        serial: String,
        certificates: Thumbprints,
        #[serde(with = "pin")]
        pin: Pin,
    },
    /// Gives a USB key another PIN.
    ChangePin {
        serial: String,
        #[serde(with = "pin")]
        old: Pin,
        #[serde(with = "pin")]
        new: Pin,
    },
    /// Gives a locked USB key a new PIN.
    Unblock {
        serial: String,
        #[serde(with = "pin")]
        puk: Pin,
        #[serde(with = "pin")]
        new: Pin,
    },
    /// Uses an unlocked USB key.
    Key { key: u64, operation: KeyOperation },
    /// Logs in to a card.
    OpenCard {
        token: TokenName,
        #[serde(with = "pin")]
        pin: Pin,
    },
    /// Uses a card.
    Card { card: u64, operation: CardOperation },
    /// Makes a token ready.
    Provision(Provision),
    /// Starts to watch for tokens that come and go.
    Watch,
    /// Waits for the next event.
    NextEvent { watch: u64, wait_ms: u32 },
    /// Ends a watch.
    Unwatch { watch: u64 },
}

/// Which token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TokenName {
    /// The one with this label.
    Label(String),
    /// The one with this serial number.
    Serial(String),
}

/// What is done with an unlocked USB key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum KeyOperation {
    /// Signs with the authentication key.
    Sign { digest: [u8; 32] },
    /// Signs with the signature key.
    SignWithPin {
        /// Of the token, for whoever reads its state afterwards.
        serial: String,
        #[serde(with = "pin")]
        pin: Pin,
        digest: [u8; 32],
    },
    /// Tells whether it is still unlocked.
    Check,
    /// Locks it.
    Lock,
}

/// What is done with a card.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum CardOperation {
    /// Signs.
    Sign { id: Vec<u8>, digest: [u8; 32] },
    /// ECDH.
    Derive { id: Vec<u8>, peer: Vec<u8> },
    /// Reads a public key.
    PublicKey { id: Vec<u8> },
    /// Reads a certificate.
    Certificate { id: Vec<u8> },
    /// Lists the private keys.
    KeyIds,
    /// Makes a key pair.
    Generate {
        id: Vec<u8>,
        key_use: KeyUse,
        label: String,
    },
    /// Destroys a key pair.
    Destroy { id: Vec<u8> },
    /// Writes a certificate.
    WriteCertificate {
        id: Vec<u8>,
        label: String,
        certificate: Vec<u8>,
    },
    /// Writes a key pair that was made elsewhere.
    Import {
        id: Vec<u8>,
        key_use: KeyUse,
        label: String,
        scalar: Secret,
        public_key: Vec<u8>,
    },
    /// Logs out.
    Close,
}

/// How a token is made ready.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Provision {
    /// Initialises the first token that waits for it.
    InitToken {
        label: String,
        #[serde(with = "pin")]
        security_officer_pin: Pin,
        #[serde(with = "pin")]
        pin: Pin,
    },
    /// Gives the first token that waits for it its secrets and its keys.
    IssueBlank { label: String, secrets: Secrets },
    /// Gives a PIV card its secrets and its keys.
    IssueCard {
        serial: String,
        current: Secrets,
        secrets: Secrets,
    },
    /// Makes the two keys of a USB key.
    IssueKeyPairs {
        serial: String,
        #[serde(with = "pin")]
        pin: Pin,
    },
    /// Writes their certificates.
    WriteCertificates {
        serial: String,
        #[serde(with = "pin")]
        pin: Pin,
        authentication: Vec<u8>,
        signature: Vec<u8>,
    },
    /// Destroys both.
    EraseKeys {
        serial: String,
        #[serde(with = "pin")]
        pin: Pin,
    },
}

/// PIN, PUK and security officer's PIN.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Secrets {
    #[serde(with = "pin")]
    pin: Pin,
    #[serde(with = "pin")]
    puk: Pin,
    #[serde(with = "pin")]
    security_officer_pin: Pin,
}

impl From<&Credentials> for Secrets {
    fn from(credentials: &Credentials) -> Self {
        Self {
            pin: credentials.pin.copy(),
            puk: credentials.puk.copy(),
            security_officer_pin: credentials.security_officer_pin.copy(),
        }
    }
}

impl From<Secrets> for Credentials {
    fn from(secrets: Secrets) -> Self {
        Self {
            pin: secrets.pin,
            puk: secrets.puk,
            security_officer_pin: secrets.security_officer_pin,
        }
    }
}

/// What came of an operation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Nothing more to say.
    Done,
    /// Of `Tokens`.
    Tokens(Vec<TokenInfo>),
    /// Of `Token`.
    Token(TokenInfo),
    /// Of `UsbKeys`.
    UsbKeys(Vec<Key>),
    /// Of `Unlock`.
    Unlocked { key: u64, token: Key },
    /// Of `OpenCard`.
    Card { card: u64, info: TokenInfo },
    /// `r‖s`.
    Signature(Vec<u8>),
    /// Of `Derive`.
    Secret(Secret),
    /// An uncompressed point.
    PublicKey(Vec<u8>),
    /// DER, if there is one.
    Certificate(Option<Vec<u8>>),
    /// Of `KeyIds`.
    KeyIds(Vec<Vec<u8>>),
    /// Of `IssueKeyPairs`.
    KeyPairs {
        authentication: Vec<u8>,
        signature: Vec<u8>,
    },
    /// Of `IssueBlank` and `IssueCard`.
    Issued {
        info: TokenInfo,
        authentication: Vec<u8>,
        signature: Vec<u8>,
    },
    /// Of `InitToken`.
    Serial(String),
    /// Of `Watch`.
    Watch(u64),
    /// Of `NextEvent`.
    Event(Option<Event>),
    /// Of `OpenCard`: why it failed before the PIN was shown.
    NotShown(TokenError),
}

/// A USB key: what it says of itself, and its certificates in DER.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) info: TokenInfo,
    pub(crate) authentication: Option<Vec<u8>>,
    pub(crate) signature: Option<Vec<u8>>,
}
