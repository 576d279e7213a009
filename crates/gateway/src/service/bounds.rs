//! Bounds on what goes on at the same time, for all clients together and for each of them: one
//! client that is slow on purpose must not keep the others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use wattkey_pki::Digest;

/// Requests in memory at the same time; each has up to a capsule and its content.
const MAX_REQUESTS: usize = 256;
/// Requests of one certificate among them; its others wait for these.
const MAX_REQUESTS_OF_CLIENT: usize = 16;
/// Operations of the card at the same time.
const MAX_CARD_OPERATIONS: usize = 16;

/// Bounds on what goes on at the same time.
#[derive(Debug)]
pub struct Bounds {
    requests: Arc<Semaphore>,
    /// By the thumbprint of the client's certificate; gone when the client has no request.
    clients: Mutex<HashMap<Digest, Weak<Semaphore>>>,
    card: Semaphore,
}

/// The place of one request, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _of_client: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            requests: Arc::new(Semaphore::new(MAX_REQUESTS)),
            clients: Mutex::default(),
            card: Semaphore::new(MAX_CARD_OPERATIONS),
        }
    }
}

impl Bounds {
    /// Waits for a place. A client with too many requests waits for its own, not for others'.
    pub(super) async fn place(&self, client: Digest) -> Place {
        let own = self.of_client(client);
        Place {
            _of_client: permit(own).await,
            _of_all: permit(Arc::clone(&self.requests)).await,
        }
    }

    /// Waits until the card may be used.
    pub(super) async fn card(&self) -> SemaphorePermit<'_> {
        let permit = self.card.acquire().await;
        permit.expect("the semaphore is never closed")
    }

    fn of_client(&self, client: Digest) -> Arc<Semaphore> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|_, bound| bound.strong_count() > 0);
        if let Some(bound) = clients.get(&client).and_then(Weak::upgrade) {
            return bound;
        }
        let bound = Arc::new(Semaphore::new(MAX_REQUESTS_OF_CLIENT));
        clients.insert(client, Arc::downgrade(&bound));
        bound
    }
}

async fn permit(bound: Arc<Semaphore>) -> OwnedSemaphorePermit {
    let permit = bound.acquire_owned().await;
    permit.expect("the semaphore is never closed")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_client_with_too_many_requests_waits_for_its_own() {
        let bounds = Bounds::default();
        let (greedy, other) = (Digest::of(b"greedy"), Digest::of(b"other"));
        let mut held = Vec::new();
        for _ in 0..MAX_REQUESTS_OF_CLIENT {
            held.push(bounds.place(greedy).await);
        }
        assert!(timeout(SOON, bounds.place(greedy)).await.is_err());
        let _place = timeout(SOON, bounds.place(other)).await.unwrap();
        held.pop();
        let _again = timeout(SOON, bounds.place(greedy)).await.unwrap();
    }

    #[tokio::test]
    async fn clients_without_requests_are_forgotten() {
        let bounds = Bounds::default();
        for n in 0..100_u8 {
            drop(bounds.place(Digest::of(&[n])).await);
        }
        let _last = bounds.place(Digest::of(b"last")).await;
        assert_eq!(bounds.clients.lock().unwrap().len(), 1);
    }
}
