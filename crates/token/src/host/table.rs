//! What the parent has open here, by number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::TokenError;
use crate::local::{Card, Events, UnlockedKey};

/// Most things that are open at a time.
const MAX_OPEN: usize = 256;

#[derive(Clone)]
pub(super) enum Open {
    Key(Arc<UnlockedKey>),
    Card(Arc<Card>),
    Watch(Arc<Mutex<Events>>),
}

#[derive(Default)]
pub(super) struct Table(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    last: u64,
    open: HashMap<u64, Open>,
}

impl Table {
    /// Takes something in and numbers it. No number is used twice.
    pub(super) fn add(&self, open: Open) -> Result<u64, TokenError> {
        self.with(|entries| {
            if entries.open.len() >= MAX_OPEN {
                return Err(TokenError::Busy);
            }
            entries.last += 1;
            entries.open.insert(entries.last, open);
            Ok(entries.last)
        })
    }

    pub(super) fn remove(&self, number: u64) -> Option<Open> {
        self.with(|entries| entries.open.remove(&number))
    }

    pub(super) fn key(&self, number: u64) -> Result<Arc<UnlockedKey>, TokenError> {
        match self.find(number) {
            Some(Open::Key(key)) => Ok(key),
            _ => Err(TokenError::Locked),
        }
    }

    pub(super) fn card(&self, number: u64) -> Result<Arc<Card>, TokenError> {
        match self.find(number) {
            Some(Open::Card(card)) => Ok(card),
            _ => Err(TokenError::Locked),
        }
    }

    pub(super) fn watch(&self, number: u64) -> Result<Arc<Mutex<Events>>, TokenError> {
        match self.find(number) {
            Some(Open::Watch(watch)) => Ok(watch),
            _ => Err(TokenError::answer("nobody watches")),
        }
    }

    fn find(&self, number: u64) -> Option<Open> {
        self.with(|entries| entries.open.get(&number).cloned())
    }

    fn with<T>(&self, use_: impl FnOnce(&mut Entries) -> T) -> T {
        use_(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
