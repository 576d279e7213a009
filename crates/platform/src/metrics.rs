//! What the platform counts, and what its requests need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use wattkey_operators::{Condition, Counted, Counts, Gauge, Metrics, Ready, Requests};

use crate::answer::chain;
use crate::app::App;

/// The platform's counters.
#[derive(Clone, Debug)]
pub struct PlatformMetrics {
    all: Metrics,
    gateways: Requests,
    managers: Requests,
    /// Messages of the bank, by their sort.
    pub(crate) bank_messages: Counts,
    /// Reports of the bank that were handed to the books.
    pub(crate) bank_reports: Counted,
    /// What of the bank's messages a person must look at.
    pub(crate) bank_listed: Counted,
    /// Messages that were handed to the bank.
    pub(crate) bank_sent: Counted,
    /// When the bank was last reached, in seconds since 1970.
    pub(crate) bank_reached: Gauge,
    /// Whether the checkpoints of the database do not go on from the one that is kept.
    pub(crate) checkpoints_refused: Arc<AtomicBool>,
}

impl Default for PlatformMetrics {
    fn default() -> Self {
        let all = Metrics::new("wattkey_platform", env!("CARGO_PKG_VERSION"));
        Self {
            gateways: all.requests("gateways"),
            managers: all.requests("managers"),
            bank_messages: all.counts("bank_messages", "Messages of the bank"),
            bank_reports: all.counted("bank_reports", "Reports of the bank for the books"),
            bank_listed: all.counted("bank_listed", "Remarks of the bank for a person"),
            bank_sent: all.counted("bank_sent", "Messages handed to the bank"),
            bank_reached: all.gauge(
                "bank_reached_timestamp_seconds",
                "When the bank was last reached",
            ),
            checkpoints_refused: Arc::default(),
            all,
        }
    }
}

impl PlatformMetrics {
    /// For the operators' listener.
    #[must_use]
    pub fn all(&self) -> Metrics {
        self.all.clone()
    }
}

/// Counts what gateways ask.
pub async fn gateways(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    counted(&app.metrics.gateways, request, next).await
}

/// Counts what managers ask.
pub async fn managers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    counted(&app.metrics.managers, request, next).await
}

async fn counted(requests: &Requests, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    let start = Instant::now();
    let response = next.run(request).await;
    requests.answered(route, response.status().as_u16(), start.elapsed());
    response
}

/// What a request needs: the database, a binding log and checkpoints that are whole, and somebody
/// who is paid.
pub fn ready(app: Arc<App>) -> Ready {
    Arc::new(move || {
        let app = Arc::clone(&app);
        Box::pin(async move {
            let database = app.store.bank_cursor().await;
            let bindings = app.bindings().await.map(drop);
            let payee = app.service().await.map(drop);
            let refused = app.metrics.checkpoints_refused.load(Ordering::Relaxed);
            let checkpoints = if refused {
                Err("they do not go on from the one that is kept".into())
            } else {
                Ok(())
            };
            let condition = |name, met| Condition { name, met };
            vec![
                condition("database", database.map(drop).map_err(|e| chain(&e))),
                condition(
                    "binding-log",
                    bindings.map_err(|_| "it cannot be read".into()),
                ),
                condition("checkpoints", checkpoints),
                condition("payee", payee.map_err(|_| "none is imported".into())),
            ]
        })
    })
}
