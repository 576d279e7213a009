//! The listener.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::metrics::{CONTENT_TYPE, Metrics};
use crate::traces::Collector;

/// `[operators]` in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The listener's address; this host only, unless another one is written.
    #[serde(default = "this_host")]
    pub listen: SocketAddr,
    /// A collector of traces on this host; none leave without it.
    #[serde(default)]
    pub traces: Option<Collector>,
}

/// Where OpenTelemetry's exporters for Prometheus listen, on loopback.
fn this_host() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9464))
}

/// How long the conditions may take: one that does not answer is not met.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that requests need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its name: one word.
    pub name: &'static str,
    /// Whether it is met, or why not, in a line.
    pub met: Result<(), String>,
}

/// Looks at all conditions.
pub type Ready =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Condition>> + Send>> + Send + Sync>;

#[derive(Clone)]
struct Operators {
    metrics: Metrics,
    ready: Ready,
}

/// The three requests.
pub fn router(metrics: Metrics, ready: Ready) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readiness))
        .route("/metrics", get(text))
        .with_state(Operators { metrics, ready })
}

/// Answers until `stop`. Whoever holds a connection open holds nothing up.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        stop.await;
        // Nobody listens when the listener failed before.
        let _ = stopping.send(());
    });
    tokio::select! {
        served = serving => served,
        () = async {
            let _ = stopped.await;
            tokio::time::sleep(PATIENCE).await;
        } => Ok(()),
    }
}

async fn readiness(State(operators): State<Operators>) -> impl IntoResponse {
    let looked = tokio::time::timeout(PATIENCE, (operators.ready)()).await;
    let conditions = looked.unwrap_or_else(|_| {
        vec![Condition {
            name: "conditions",
            met: Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }]
    });
    let ready = conditions.iter().all(|condition| condition.met.is_ok());
    let mut text = String::new();
    for Condition { name, met } in &conditions {
        match met {
            Ok(()) => text += &format!("{name}: good\n"),
            Err(why) => {
                tracing::warn!(condition = name, why, "not ready");
                text += &format!("{name}: {why}\n");
            }
        }
    }
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, text)
}

async fn text(State(operators): State<Operators>) -> impl IntoResponse {
    let content_type = [(header::CONTENT_TYPE, CONTENT_TYPE)];
    (content_type, operators.metrics.text())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(ready: Ready, path: &str) -> (u16, String) {
        let router = router(Metrics::new("wattkey_test", "0"), ready);
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn conditions(list: Vec<Condition>) -> Ready {
        Arc::new(move || Box::pin(std::future::ready(list.clone())))
    }

    #[tokio::test]
    async fn a_server_is_ready_when_all_is_there() {
        let good = |name| Condition { name, met: Ok(()) };
        let bad = Condition {
            name: "platform",
            met: Err("it does not answer".to_owned()),
        };
        let ready = conditions(vec![good("database"), good("platform")]);
        let wanted = "database: good\nplatform: good\n";
        assert_eq!(ask(ready, "/readyz").await, (200, wanted.to_owned()));
        let ready = conditions(vec![good("database"), bad]);
        let wanted = "database: good\nplatform: it does not answer\n";
        assert_eq!(
            ask(ready.clone(), "/readyz").await,
            (503, wanted.to_owned())
        );
        assert_eq!(ask(ready.clone(), "/healthz").await.0, 200);
        assert!(ask(ready.clone(), "/metrics").await.1.ends_with("# EOF\n"));
        assert_eq!(ask(ready, "/").await.0, 404);
    }

    #[tokio::test]
    async fn a_condition_that_hangs_is_not_met() {
        let hangs: Ready = Arc::new(|| Box::pin(std::future::pending()));
        let (status, text) = ask(hangs, "/readyz").await;
        assert_eq!(status, 503);
        assert!(text.contains("no answer within 2 s"), "{text}");
    }
}
