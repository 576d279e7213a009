//! The bank's HTTP (PROTOCOL 14): `POST /messages` and `GET /messages`. For tests and demonstrations,
//! `GET /faults` and `PUT /faults` with a JSON list of names ([`crate::faults`]), and `POST /entries`
//! with an entry that somebody asks for ([`crate::entry`]).

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{
    Json, Router,
    body::{Body, Bytes},
};
use http_body_util::{Full, Limited};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use wattkey_failpoint::failpoint;

use crate::entry::{self, Asked, AskedError};
use crate::faults::{Fault, Faults};
use crate::folder::{self, Folders};
use crate::message::{self, Received};
use crate::store::{Kept, Outgoing, Store};
use crate::worker::{self, Behaviour, Step};

/// The largest message that is taken, in bytes.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// Pause between two looks into the folders.
const LOOK: Duration = Duration::from_millis(50);

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
    behaviour: Arc<Mutex<Behaviour>>,
}

/// Serves until `shutdown`, with the bank at work beside it. What has begun is finished.
///
/// # Errors
/// When the listener or the database fails.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    behaviour: Behaviour,
    folders: Option<Folders>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let bank = Bank {
        store: Arc::new(Mutex::new(store)),
        work: Arc::new(Notify::new()),
        behaviour: Arc::new(Mutex::new(behaviour)),
    };
    let mut working = tokio::spawn(work(bank.clone(), folders));
    let router = Router::new()
        .route("/messages", post(take).get(give))
        .route("/faults", get(faults).put(set_faults))
        .route("/entries", post(ask))
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

async fn work(bank: Bank, folders: Option<Folders>) -> anyhow::Result<()> {
    loop {
        let (behaviour, folders) = (bank.behaviour(), folders.clone());
        let by_folder = folders.is_some();
        let step = bank
            .blocking(move |store| {
                let mut step =
                    worker::step(store, &behaviour, &crate::clock::now(&behaviour.zone))?;
                if let Some(folders) = folders {
                    if folder::pick_up(store, &folders.pick_up)? {
                        step = Step::Done;
                    }
                    folder::drop_off(store, &folders.drop_off)?;
                }
                Ok(step)
            })
            .await?;
        let wait = match step {
            Step::Done => continue,
            // Nobody says when a file comes.
            Step::Idle(wait) if by_folder => Some(wait.map_or(LOOK, |wait| wait.min(LOOK))),
            Step::Idle(wait) => wait,
        };
        match wait {
            None => bank.work.notified().await,
            Some(wait) => {
                let _ = tokio::time::timeout(wait, bank.work.notified()).await;
            }
        }
    }
}

impl Bank {
    fn behaviour(&self) -> Behaviour {
        let behaviour = self.behaviour.lock();
        behaviour.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn blocking<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Store) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            operation(&mut store)
        });
        done.await?
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
        .blocking(move |store| Ok(store.keep(&received, &body)?))
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
            let lost = bank.behaviour().faults.contains(&Fault::LostAnswer);
            if lost && kept == Kept::New {
                // A body that fails when it is read: the connection breaks off.
                let broken = Limited::new(Full::new(Bytes::from_static(b"{}")), 1);
                return (StatusCode::ACCEPTED, Body::new(broken)).into_response();
            }
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
        .blocking(move |store| Ok(store.outgoing(page.after, limit)?))
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

async fn faults(State(bank): State<Bank>) -> Json<Faults> {
    Json(bank.behaviour().faults)
}

/// What was held back because of a fault that is taken back goes out at once.
async fn set_faults(State(bank): State<Bank>, Json(faults): Json<Faults>) -> Json<Faults> {
    tracing::info!(?faults, "faults on request");
    {
        let behaviour = bank.behaviour.lock();
        behaviour.unwrap_or_else(PoisonError::into_inner).faults = faults.clone();
    }
    bank.work.notify_one();
    Json(faults)
}

/// Books an entry that somebody asks for.
async fn ask(State(bank): State<Bank>, Json(asked): Json<Asked>) -> Response {
    let Behaviour { faults, zone, .. } = bank.behaviour();
    let booked = bank
        .blocking(move |store| {
            let now = crate::clock::now(&zone);
            Ok(entry::book(store, &faults, &asked, &now))
        })
        .await;
    match booked {
        Ok(Ok(reference)) => {
            // Over folders the worker drops it off.
            bank.work.notify_one();
            let answer = serde_json::json!({ "reference": reference });
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        Ok(Err(AskedError::Malformed(what))) => (StatusCode::BAD_REQUEST, what).into_response(),
        Ok(Err(AskedError::Store(error))) => fault(&error.into()),
        Err(error) => fault(&error),
    }
}

fn fault(error: &anyhow::Error) -> Response {
    tracing::error!(%error, "the database fails");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
