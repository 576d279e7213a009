//! What the platform counts, and what its requests need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::AsHeaderName;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};
use uuid::Uuid;
use wattkey_operators::traces::{FIELD_TRACEPARENT, TRACED, continues};
use wattkey_operators::{Condition, Counted, Counts, Gauge, Metrics, Ready, Requests};

use wattkey_protocol::names::FIELD_REQUEST;

use crate::answer::chain;
use crate::app::App;

/// The platform's counters.
#[derive(Clone, Debug)]
pub struct PlatformMetrics {
    all: Metrics,
    gateways: Requests,
    managers: Requests,
    /// Orders that were taken in, by where their money comes from.
    pub(crate) orders: Counts,
    /// Decisions on orders.
    pub(crate) decisions: Counts,
    /// Orders that nobody decided on, or paid, in time.
    pub(crate) lapsed: Counted,
    /// Bills that were paid from deposits under standing instructions.
    pub(crate) applied: Counted,
    /// Credits and fees on the bank account: `matched`, `unmatched`, `fee`.
    pub(crate) bank_entries: Counts,
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
            orders: all.counts("orders", "Orders that were taken in"),
            decisions: all.counts("decisions", "Decisions on orders"),
            lapsed: all.counted("orders_lapsed", "Orders that lapsed"),
            applied: all.counted(
                "deposits_applied",
                "Bills paid from deposits by instruction",
            ),
            bank_entries: all.counts("bank_entries", "Credits and fees on the bank account"),
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
    let span = span(&request);
    // The connection is a security server's, which writes it itself and forwards no other.
    if let Some(parent) = field(&request, FIELD_TRACEPARENT) {
        continues(&span, parent);
    }
    let counted = counted(&app.metrics.gateways, request, next);
    counted.instrument(span).await
}

/// Counts what managers ask.
pub async fn managers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let span = span(&request);
    let counted = counted(&app.metrics.managers, request, next);
    counted.instrument(span).await
}

async fn counted(requests: &Requests, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    let start = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    requests.answered(route, status, start.elapsed());
    let span = Span::current();
    span.record("route", route);
    span.record("status", status);
    response
}

/// For the collector of traces: which request it is, and nothing of what is in it.
fn span(request: &Request) -> Span {
    let id = field(request, FIELD_REQUEST).and_then(|text| Uuid::try_parse(text).ok());
    info_span!(
        target: TRACED, "platform request",
        otel.kind = "server",
        request = id.map(tracing::field::display),
        method = request.method().as_str(),
        route = Empty,
        status = Empty,
    )
}

fn field(request: &Request, name: impl AsHeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
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
