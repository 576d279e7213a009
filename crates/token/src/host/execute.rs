//! What each operation does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wattkey_pki::{Certificate, Digest, PublicKey, Signature};

use super::table::{Open, Table};
use crate::local::{Card, Module, UnlockedKey, UsbKey, provision};
use crate::provision::{Issued, Target};
use crate::wire::{
    Answer, CardOperation, Key, KeyOperation, Operation, Provision, Secret, TokenName,
};
use crate::{TokenError, TokenInfo};

pub(super) struct Executor {
    module: Option<Arc<Module>>,
    open: Table,
}

impl Executor {
    /// Without a module, every operation fails.
    pub(super) fn new(module: Option<Arc<Module>>) -> Self {
        Self {
            module,
            open: Table::default(),
        }
    }

    pub(super) fn execute(&self, operation: Operation) -> Result<Answer, TokenError> {
        let module = self
            .module
            .as_ref()
            .ok_or_else(|| TokenError::answer("there is no module"))?;
        match operation {
            Operation::Tokens => module.tokens().map(Answer::Tokens),
            Operation::Token { serial } => token(module, &serial).map(Answer::Token),
            Operation::UsbKeys => {
                let keys = module.usb_keys()?;
                Ok(Answer::UsbKeys(keys.iter().map(Key::from).collect()))
            }
            Operation::Unlock {
                serial,
                certificates,
                pin,
            } => {
                let key = module.usb_key(&serial)?;
                let key = Arc::new(key.unlock_if(&certificates, &pin)?);
                let token = Key::from(&*key);
                let key = self.open.add(Open::Key(key))?;
                Ok(Answer::Unlocked { key, token })
            }
            Operation::ChangePin { serial, old, new } => {
                done(module.usb_key(&serial)?.change_pin(&old, &new))
            }
            Operation::Unblock { serial, puk, new } => {
                done(module.usb_key(&serial)?.unblock(&puk, &new))
            }
            Operation::Key { key, operation } => self.key(key, operation),
            Operation::OpenCard { token, pin } => {
                let found = match &token {
                    TokenName::Label(label) => Card::find(module, label),
                    TokenName::Serial(serial) => Card::find_by_serial(module, serial),
                };
                let card = match found {
                    Ok(found) => found.log_in(&pin)?,
                    Err(error) => return Ok(Answer::NotShown(error)),
                };
                let info = card.info().clone();
                let card = self.open.add(Open::Card(card))?;
                Ok(Answer::Card { card, info })
            }
            Operation::Card { card, operation } => self.card(card, operation),
            Operation::Provision(operation) => make_ready(module, operation),
            Operation::Watch => {
                let watch = Arc::new(Mutex::new(module.events()?));
                self.open.add(Open::Watch(watch)).map(Answer::Watch)
            }
            Operation::NextEvent { watch, wait_ms } => {
                let watch = self.open.watch(watch)?;
                let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
                let wait = Duration::from_millis(wait_ms.into());
                watch.next(wait).map(Answer::Event)
            }
            Operation::Unwatch { watch } => {
                self.open.remove(watch);
                Ok(Answer::Done)
            }
        }
    }

    fn key(&self, number: u64, operation: KeyOperation) -> Result<Answer, TokenError> {
        match operation {
            KeyOperation::Sign { digest } => {
                let key = self.open.key(number)?;
                key.sign_digest(&Digest::from_bytes(digest)).map(signature)
            }
            KeyOperation::SignWithPin { pin, digest, .. } => {
                let key = self.open.key(number)?;
                key.sign_digest_with_signature_key(&pin, &Digest::from_bytes(digest))
                    .map(signature)
            }
            KeyOperation::Check => done(self.open.key(number)?.check()),
            KeyOperation::Lock => {
                if let Some(Open::Key(key)) = self.open.remove(number) {
                    key.end();
                }
                Ok(Answer::Done)
            }
        }
    }

    fn card(&self, number: u64, operation: CardOperation) -> Result<Answer, TokenError> {
        if let CardOperation::Close = operation {
            self.open.remove(number);
            return Ok(Answer::Done);
        }
        let card = self.open.card(number)?;
        match operation {
            CardOperation::Sign { id, digest } => card
                .sign_digest(&id, &Digest::from_bytes(digest))
                .map(signature),
            CardOperation::Derive { id, peer } => {
                let peer = peer.try_into().map_err(|_| TokenError::Point)?;
                card.ecdh(&id, &peer).map(Secret).map(Answer::Secret)
            }
            CardOperation::PublicKey { id } => card.public_key(&id).map(|key| public_key(&key)),
            CardOperation::Certificate { id } => {
                let certificate = card.certificate(&id)?;
                Ok(Answer::Certificate(certificate.as_ref().map(der)))
            }
            CardOperation::KeyIds => card.key_ids().map(Answer::KeyIds),
            CardOperation::Generate { id, key_use, label } => card
                .generate(&id, key_use, &label)
                .map(|key| public_key(&key)),
            CardOperation::Destroy { id } => done(card.destroy(&id)),
            CardOperation::WriteCertificate {
                id,
                label,
                certificate,
            } => done(card.write_certificate(&id, &label, &certificate_of(&certificate)?)),
            CardOperation::Import {
                id,
                key_use,
                label,
                scalar,
                public_key,
            } => {
                let public_key =
                    PublicKey::from_uncompressed(&public_key).map_err(|_| TokenError::Point)?;
                done(card.import_private_key(&id, key_use, &label, &scalar.0, &public_key))
            }
            CardOperation::Close => Ok(Answer::Done),
        }
    }
}

fn make_ready(module: &Arc<Module>, operation: Provision) -> Result<Answer, TokenError> {
    match operation {
        Provision::InitToken {
            label,
            security_officer_pin,
            pin,
        } => provision::init_token(module, &label, &security_officer_pin, &pin).map(Answer::Serial),
        Provision::IssueBlank { label, secrets } => {
            let target = Target::Blank { label: &label };
            provision::issue(module, &target, &secrets.into()).map(issued)
        }
        Provision::IssueCard {
            serial,
            current,
            secrets,
        } => {
            let target = Target::Card {
                serial: &serial,
                current: &current.into(),
            };
            provision::issue(module, &target, &secrets.into()).map(issued)
        }
        Provision::IssueKeyPairs { serial, pin } => {
            let pairs = provision::issue_key_pairs(module, &serial, &pin)?;
            Ok(Answer::KeyPairs {
                authentication: pairs.authentication.as_uncompressed().to_vec(),
                signature: pairs.signature.as_uncompressed().to_vec(),
            })
        }
        Provision::WriteCertificates {
            serial,
            pin,
            authentication,
            signature,
        } => done(provision::write_certificates(
            module,
            &serial,
            &pin,
            &certificate_of(&authentication)?,
            &certificate_of(&signature)?,
        )),
        Provision::EraseKeys { serial, pin } => done(provision::erase_keys(module, &serial, &pin)),
    }
}

fn token(module: &Arc<Module>, serial: &str) -> Result<TokenInfo, TokenError> {
    match module.slot_by_serial(serial) {
        Err(TokenError::TokenMissing { .. }) => Err(TokenError::Removed),
        found => found.map(|(_, info)| info),
    }
}

fn issued(issued: Issued) -> Answer {
    Answer::Issued {
        info: issued.info,
        authentication: issued.keys.authentication.as_uncompressed().to_vec(),
        signature: issued.keys.signature.as_uncompressed().to_vec(),
    }
}

fn done(end: Result<(), TokenError>) -> Result<Answer, TokenError> {
    end.map(|()| Answer::Done)
}

fn signature(signature: Signature) -> Answer {
    Answer::Signature(signature.raw().to_vec())
}

fn public_key(key: &PublicKey) -> Answer {
    Answer::PublicKey(key.as_uncompressed().to_vec())
}

fn der(certificate: &Certificate) -> Vec<u8> {
    certificate.der().to_vec()
}

fn certificate_of(der: &[u8]) -> Result<Certificate, TokenError> {
    Certificate::from_der(der).map_err(|_| TokenError::answer("a certificate is not X.509"))
}

impl From<&UsbKey> for Key {
    fn from(key: &UsbKey) -> Self {
        Self {
            info: key.info().clone(),
            authentication: key.authentication_certificate().map(der),
            signature: key.signature_certificate().map(der),
        }
    }
}

impl From<&UnlockedKey> for Key {
    fn from(key: &UnlockedKey) -> Self {
        Self {
            info: key.info().clone(),
            authentication: Some(der(key.authentication_certificate())),
            signature: Some(der(key.signature_certificate())),
        }
    }
}
