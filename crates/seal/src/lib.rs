//! Oblivious HTTP ([RFC 9458](https://www.rfc-editor.org/rfc/rfc9458)) with the private key behind a
//! trait, so that opening a request takes an operation of a card and not a key in memory.
//!
//! A **key configuration** (§3) says which public key to seal to. The client seals a request into a
//! **capsule** (§4.3: key id, algorithms, HPKE's encapsulated key, ciphertext) and keeps a
//! [`PendingResponse`]; the gateway opens the capsule and gets the message and a [`Responder`], which
//! seals the one answer (§4.4). Of HPKE (RFC 9180) there is DHKEM(P-256, HKDF-SHA256), HKDF-SHA256
//! and AES-256-GCM or AES-128-GCM, base mode.
//!
//! The gateway's half of the key agreement is [`Decapsulator::ecdh`]: the x coordinate of one P-256
//! multiplication, which is all that a PKCS#11 token offers. `ExtractAndExpand` (RFC 9180 §4.1), the
//! key schedule and the AEAD run here. [`SoftwareKey`] does the multiplication in memory.
//!
//! ```
//! use wattkey_seal::{Aead, KeyConfiguration, SoftwareKey, open_request, seal_request};
//! use wattkey_seal::message::{Request, Response};
//!
//! // The gateway's key and what it says of it (application/ohttp-keys).
//! let key = SoftwareKey::generate(7)?;
//! let configs = vec![KeyConfiguration {
//!     key_id: 7,
//!     public_key: *key.public_key(),
//!     aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
//! }];
//! let published = KeyConfiguration::encode_list(&configs)?;
//!
//! // The client seals a request, padded to a size class.
//! let config = KeyConfiguration::decode_list(&published)?.remove(0);
//! let request = Request {
//!     method: "GET".into(),
//!     scheme: "https".into(),
//!     authority: "pay.example".into(),
//!     path: "/v1/bills?state=open".into(),
//!     fields: vec![("accept".into(), b"application/json".to_vec())],
//!     body: Vec::new(),
//! };
//! let (capsule, pending) = seal_request(&config, &request.encode_padded()?)?;
//!
//! // The gateway opens it once, and answers.
//! let opened = open_request(&key, &configs, &capsule)?;
//! assert_eq!(Request::decode(&opened.message)?, request);
//! let answer = Response { status: 200, fields: Vec::new(), body: b"[]".to_vec() };
//! let sealed = opened.responder.seal(&answer.encode_padded()?)?;
//!
//! assert_eq!(Response::decode(&pending.open(&sealed)?)?, answer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There are no sockets and no clock here: bytes and times come in, bytes and decisions go out. What
//! is left to the caller: fetching and authenticating key configurations, the order of checks on an
//! opened request, keeping [`Opened::replay_id`] on disk ([`ReplayWindow`] decides, in memory).
//! Not here: other KEMs, chunked messages, relays.

mod config;
mod decapsulator;
mod kem;
pub mod message;
mod recipient;
mod replay;
mod request;
mod response;
mod software;

pub use config::{Aead, ConfigError, EncodedPoint, KeyConfiguration, MAX_KEY_LIST};
pub use decapsulator::{DecapsulateError, Decapsulator};
pub use message::{MAX_CAPSULE, SIZE_CLASSES};
pub use recipient::Recipient;
pub use replay::{Replay, ReplayWindow};
pub use request::{OpenError, Opened, SealError, open_request, seal_request};
pub use response::{PendingResponse, Responder};
pub use software::SoftwareKey;
