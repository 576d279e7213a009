//! The bank's HTTP (PROTOCOL 14): `POST /messages` and `GET /messages`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router, body::Bytes};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use wattkey_failpoint::failpoint;

use crate::message::{self, Received};
use crate::store::{Kept, Outgoing, Store};
use crate::worker::{self, Behaviour, Step};

/// The largest message that is taken, in bytes.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// How many messages an answer has when the question does not say.
const DEFAULT_PAGE: usize = 100;

/// Reads an address to listen on; it must be a loopback address.
///
/// # Errors
/// What to write instead.
pub fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "write an address with a port, such as 127.0.0.1:0".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the stand-in speaks without protection: only a loopback address, 127.0.0.1 or [::1], is taken".into())
    }
}

#[derive(Clone)]
struct Bank {
    store: Arc<Mutex<Store>>,
    /// Wakes the worker when something came in.
    work: Arc<Notify>,
}

/// Serves until `shutdown`, with the bank at work beside it. What has begun is finished.
///
/// # Errors
/// When the listener or the database fails.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    behaviour: Behaviour,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let bank = Bank {
        store: Arc::new(Mutex::new(store)),
        work: Arc::new(Notify::new()),
    };
    let mut working = tokio::spawn(work(bank.clone(), behaviour));
    let router = Router::new()
        .route("/messages", post(take).get(give))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(bank);
    let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown);
    tokio::select! {
        served = serving => served?,
        worked = &mut working => worked??,
    }
    // A step that is under way holds the database's lock and ends with its transaction.
    working.abort();
    Ok(())
}

async fn work(bank: Bank, behaviour: Behaviour) -> anyhow::Result<()> {
    loop {
        let step = bank
            .blocking(move |store| worker::step(store, behaviour, crate::clock::now()))
            .await?;
        match step {
            Step::Done => {}
            Step::Idle(None) => bank.work.notified().await,
            Step::Idle(Some(wait)) => {
                let _ = tokio::time::timeout(wait, bank.work.notified()).await;
            }
        }
    }
}

impl Bank {
    async fn blocking<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            operation(&mut store)
        });
        Ok(done.await??)
    }
}

async fn take(State(bank): State<Bank>, body: Bytes) -> Response {
    let received = match message::receive(&body) {
        Ok(received) => received,
        Err(refused) => {
            tracing::warn!(%refused, "no message");
            return (StatusCode::BAD_REQUEST, refused.to_string()).into_response();
        }
    };
    let message_id = match &received {
        Received::Sound(message) => Some(message.id.clone()),
        Received::Broken {
            message_id, text, ..
        } => {
            tracing::warn!(message_id, text, "broken message");
            message_id.clone()
        }
    };
    failpoint!("banksim.before-keep");
    let kept = bank
        .blocking(move |store| store.keep(&received, &body))
        .await;
    failpoint!("banksim.after-keep");
    match kept {
        Ok(Kept::Conflict) => {
            tracing::warn!(message_id, "another message of this id was taken before");
            (
                StatusCode::CONFLICT,
                "another message of this MsgId was taken before",
            )
                .into_response()
        }
        Ok(kept) => {
            tracing::info!(message_id, ?kept, "message");
            bank.work.notify_one();
            let answer = serde_json::json!({ "message": message_id });
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
        Err(error) => fault(&error),
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    after: i64,
    limit: Option<usize>,
}

#[derive(serde::Serialize)]
struct Messages {
    messages: Vec<Outgoing>,
}

async fn give(State(bank): State<Bank>, Query(page): Query<Page>) -> Response {
    let limit = page.limit.unwrap_or(DEFAULT_PAGE);
    let found = bank
        .blocking(move |store| store.outgoing(page.after, limit))
        .await;
    match found {
        Ok(messages) => {
            if !messages.is_empty() {
                failpoint!("banksim.before-messages");
            }
            Json(Messages { messages }).into_response()
        }
        Err(error) => fault(&error),
    }
}

fn fault(error: &anyhow::Error) -> Response {
    tracing::error!(%error, "the database fails");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
