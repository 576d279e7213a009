//! The bank's folders, off the reactor: every look at them blocks on the disk.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use wattkey_bank::exchange::{Arrived, Delivery, Exchange, ExchangeError, Folders};

/// The folders, opened when they are first needed and again after a failure.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    folders: Folders,
    held: Arc<Mutex<Option<Exchange>>>,
}

impl Folder {
    pub(super) fn new(folders: Folders) -> Self {
        Self {
            folders,
            held: Arc::default(),
        }
    }

    pub(super) async fn deliver(
        &self,
        name: String,
        bytes: Vec<u8>,
    ) -> Result<Delivery, ExchangeError> {
        self.with(move |exchange| exchange.deliver(&name, &bytes))
            .await
    }

    pub(super) async fn next(&self, last: u64) -> Result<Option<Arrived>, ExchangeError> {
        self.with(move |exchange| exchange.next(last, Instant::now()))
            .await
    }

    pub(super) async fn done(&self, arrived: Arrived) -> Result<(), ExchangeError> {
        self.with(move |exchange| exchange.done(&arrived)).await
    }

    pub(super) async fn renumber(&self, arrived: Arrived, last: u64) -> Result<(), ExchangeError> {
        self.with(move |exchange| exchange.renumber(&arrived, last))
            .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Exchange) -> Result<T, ExchangeError> + Send + 'static,
    ) -> Result<T, ExchangeError> {
        let (folders, held) = (self.folders.clone(), Arc::clone(&self.held));
        tokio::task::spawn_blocking(move || {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            let exchange = match held.take() {
                Some(exchange) => exchange,
                None => Exchange::open(&folders)?,
            };
            work(held.insert(exchange))
        })
        .await
        .expect("the work does not panic and is not aborted")
    }
}
