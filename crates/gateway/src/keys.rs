//! The capsule key, and what the gateway says of it (PROTOCOL.md, section 4).
//!
//! The key is made on the card at each start and destroyed at the end; what an earlier run left
//! behind is destroyed first. All of this works on lists, so that rotation can hold the key
//! before beside the present one.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use wattkey_pki::{Certificate, Role, SignError, Signer, Trust};
use wattkey_protocol::keys::{self as signed, KeysAnswer};
use wattkey_seal::{Aead, ConfigError, KeyConfiguration, OpenError, Opened};
use wattkey_token::{CapsuleKeys, Card, KeyUse, TokenError, key_id};

/// How long a signed configuration is good for: clients fetch one with each connection.
const LIFETIME_S: i64 = 12 * 3600;
/// In this order (PROTOCOL.md, section 4).
const AEADS: [Aead; 2] = [Aead::Aes256Gcm, Aead::Aes128Gcm];
/// Label of capsule keys on the card.
const LABEL: &str = "wattkey capsule";

/// The capsule keys of this run.
#[derive(Debug)]
pub struct Keys {
    card: Arc<Card>,
    capsule_keys: CapsuleKeys,
    configurations: Vec<KeyConfiguration>,
    encoded: Vec<u8>,
    instance: String,
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    service: Arc<Trust>,
    /// The last answer and the second it was made in: it names that second, so it is good for no
    /// other one.
    answer: Mutex<Option<(i64, Arc<KeysAnswer>)>>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The card failed.
    #[error("the encryption card failed to {what}")]
    Card {
        /// What was asked of it.
        what: &'static str,
        /// What it says.
        source: TokenError,
    },
    /// The key configuration cannot be written.
    #[error("the key configuration cannot be written")]
    Configuration(#[from] ConfigError),
}

/// Why a configuration was not signed.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Our certificate for key configurations is not good.
    #[error("the certificate of the key configuration key is not good")]
    Certificate(#[from] wattkey_pki::ChainError),
    /// The card did not sign.
    #[error("the key configuration key does not sign")]
    Sign(#[from] SignError),
}

impl Keys {
    /// Destroys leftovers and makes a capsule key with the id `key_id`.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn create(
        card: &Arc<Card>,
        key_id: u8,
        instance: &str,
        signer: Arc<dyn Signer>,
        certificate: Certificate,
        service: Arc<Trust>,
    ) -> Result<Self, KeysError> {
        destroy_leftovers(card)?;
        let public_key = card
            .generate(&key_id::capsule(key_id), KeyUse::Derive, LABEL)
            .map_err(failed("make a capsule key"))?;
        let configurations = vec![KeyConfiguration {
            key_id,
            public_key: *public_key.as_uncompressed(),
            aeads: AEADS.to_vec(),
        }];
        Ok(Self {
            card: Arc::clone(card),
            capsule_keys: CapsuleKeys::new(Arc::clone(card), vec![key_id]),
            encoded: KeyConfiguration::encode_list(&configurations)?,
            configurations,
            instance: instance.to_owned(),
            signer,
            certificate,
            service,
            answer: Mutex::default(),
        })
    }

    /// Opens a capsule. Blocks for as long as the card takes.
    ///
    /// # Errors
    /// [`OpenError`]; only an unknown key id may look different from outside.
    pub fn open(&self, capsule: &[u8]) -> Result<Opened, OpenError> {
        wattkey_seal::open_request(&self.capsule_keys, &self.configurations, capsule)
    }

    /// The signed configuration as of `now`: signed at most once a second, because its `Date` is
    /// what clients set their clocks by. Blocks for as long as the card takes.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn answer(&self, now: Timestamp) -> Result<Arc<KeysAnswer>, AnswerError> {
        let second = now.as_second();
        // Held while the card signs, so that those who ask together are answered together.
        let mut kept = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, answer)) = &*kept
            && *made == second
        {
            return Ok(Arc::clone(answer));
        }
        self.service
            .verify(&self.certificate, Role::KeyConfiguration, now)?;
        let body = self.encoded.clone();
        let answer = signed::sign(
            &*self.signer,
            &self.certificate,
            &self.instance,
            body,
            now,
            LIFETIME_S,
        )?;
        let answer = Arc::new(answer);
        *kept = Some((second, Arc::clone(&answer)));
        Ok(answer)
    }

    /// Destroys the keys of this run on the card.
    ///
    /// # Errors
    /// [`KeysError`]; the next start destroys what is left.
    pub fn destroy(&self) -> Result<(), KeysError> {
        destroy_leftovers(&self.card)
    }
}

fn destroy_leftovers(card: &Card) -> Result<(), KeysError> {
    let ids = card.key_ids().map_err(failed("list its keys"))?;
    for id in ids {
        if key_id::capsule_key_id(&id).is_some() {
            card.destroy(&id).map_err(failed("destroy a capsule key"))?;
        }
    }
    Ok(())
}

fn failed(what: &'static str) -> impl FnOnce(TokenError) -> KeysError {
    move |source| KeysError::Card { what, source }
}
