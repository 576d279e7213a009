//! Spans as a collector of OpenTelemetry's sees them.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tracing::Instrument as _;
use wattkey_operators::traces::{self, Collector, QUEUE, TRACED};
use wattkey_operators::{Listen, Log};

#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Taken {
    fn spans(&self) -> Vec<Span> {
        let taken = self.0.lock().unwrap();
        let resources = taken.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    fn named(&self, name: &str) -> Span {
        let mut spans = self.spans().into_iter();
        let found = spans.find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {:#?}", self.spans()))
    }
}

async fn take(State(taken): State<Taken>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    taken.0.lock().unwrap().push(request);
    StatusCode::OK
}

/// A collector on a thread of its own.
fn collector() -> (Collector, Taken) {
    let taken = Taken::default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v1/traces", post(take))
        .with_state(taken.clone());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    (named(&address.to_string()), taken)
}

fn named(address: &str) -> Collector {
    Collector::try_from(format!("http://{address}")).unwrap()
}

fn attributes(span: &Span) -> Vec<(String, String)> {
    let texts = span.attributes.iter().map(|attribute| {
        use opentelemetry_proto::tonic::common::v1::any_value::Value;
        let value = attribute.value.clone().unwrap().value.unwrap();
        let text = match value {
            Value::StringValue(text) => text,
            Value::IntValue(number) => number.to_string(),
            other => panic!("{other:?}"),
        };
        (attribute.key.clone(), text)
    });
    texts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_the_spans_and_nothing_else() {
    let (collector, taken) = collector();
    let log = Log::start("wattkey-test", "1.2.3", Some(collector)).unwrap();
    let outer = tracing::info_span!(target: TRACED, "outer", request = "r-1", status = tracing::field::Empty);
    let written = async {
        tracing::info!(secret = "a line of the log", "said");
        let other = tracing::info_span!("other", secret = "a span of the log");
        let parent = async {
            let inner = tracing::info_span!(target: TRACED, "inner", otel.kind = "client");
            async { traces::traceparent().unwrap() }
                .instrument(inner)
                .await
        };
        let parent = parent.instrument(other).await;
        tracing::Span::current().record("status", 200);
        parent
    };
    let parent = written.instrument(outer).await;
    let there = tracing::info_span!(target: TRACED, "there");
    traces::continues(&there, &parent);
    there.in_scope(|| {});
    drop(there);
    // What waits leaves at the end.
    tokio::task::spawn_blocking(move || drop(log))
        .await
        .unwrap();

    let (outer, inner) = (taken.named("outer"), taken.named("inner"));
    let there = taken.named("there");
    assert_eq!(taken.spans().len(), 3);
    assert_eq!(outer.parent_span_id, Vec::<u8>::new());
    assert_eq!(inner.parent_span_id, outer.span_id);
    assert_eq!(inner.kind, 3, "a client's");
    assert_eq!(there.parent_span_id, inner.span_id);
    assert!(
        [&inner, &there]
            .iter()
            .all(|span| span.trace_id == outer.trace_id)
    );
    let wanted = [("request", "r-1"), ("status", "200")];
    let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(attributes(&outer), wanted);
    assert_eq!(attributes(&inner), []);
    assert!(taken.spans().iter().all(|span| span.events.is_empty()));
    let everything = format!("{:?}", taken.0.lock().unwrap());
    assert!(!everything.contains("of the log"), "{everything}");
    assert!(everything.contains("wattkey-test") && everything.contains("1.2.3"));
}

/// Neither one that refuses connections nor one that never answers holds anybody up.
#[test]
fn a_collector_that_is_away_costs_a_bounded_queue() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let log = Log::start("wattkey-test", "0", Some(named(&address))).unwrap();
    let begun = Instant::now();
    for number in 0..4 * QUEUE {
        tracing::info_span!(target: TRACED, "span", number).in_scope(|| {});
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    drop(log);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(12), "{took:?}");
}

#[test]
fn the_configuration_names_it() {
    let listen: Listen = serde_json::from_str(r#"{"traces":"http://127.0.0.1:4318"}"#).unwrap();
    assert_eq!(listen.traces, Some(named("127.0.0.1:4318")));
    let none: Listen = serde_json::from_str("{}").unwrap();
    assert_eq!(none.traces, None);
    let elsewhere = r#"{"traces":"http://192.0.2.1:4318"}"#;
    let error = serde_json::from_str::<Listen>(elsewhere).unwrap_err();
    assert!(error.to_string().contains("on this host"), "{error}");
}
