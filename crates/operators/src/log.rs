//! The log of a server: lines on standard error and, where a collector is named, traces.

use std::io::IsTerminal as _;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Metadata;
use tracing_subscriber::filter::{FilterExt as _, FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::traces::{Collector, TRACED, TracesError, provider};

/// What sets the level of the lines.
const LEVEL: &str = "WATTKEY_LOG";
/// How long the end of a server waits for its last spans to leave.
const LAST_SPANS: Duration = Duration::from_secs(2);

/// The log while a server runs; what is left of the traces leaves when it is dropped.
#[derive(Debug)]
#[must_use = "the traces end with it"]
pub struct Log {
    traces: Option<SdkTracerProvider>,
}

impl Log {
    /// Lines only, for commands that end by themselves. Once in a process.
    pub fn lines() {
        start(None);
    }

    /// Lines, and traces when there is a collector. Once in a process. `server` is the name that
    /// the collector shows, such as `wattkey-platform`.
    ///
    /// # Errors
    /// [`TracesError`]: an environment variable of OpenTelemetry's that cannot be understood.
    pub fn start(
        server: &'static str,
        version: &'static str,
        collector: Option<Collector>,
    ) -> Result<Self, TracesError> {
        let traces = collector
            .map(|collector| provider(server, version, collector))
            .transpose()?;
        start(traces.as_ref());
        Ok(Self { traces })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(traces) = &self.traces {
            // A collector that is away has been told of already.
            let _ = traces.shutdown_with_timeout(LAST_SPANS);
        }
    }
}

fn start(traces: Option<&SdkTracerProvider>) {
    let level = EnvFilter::try_from_env(LEVEL).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(level.and(untraced()));
    let traces = traces.map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("wattkey"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            .with_filter(traced())
    });
    tracing_subscriber::registry()
        .with(lines)
        .with(traces)
        .init();
}

/// Spans for the collector are not in the lines: what the lines say of a request is its own.
fn untraced() -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    let lines: fn(&Metadata<'_>) -> bool = |metadata| metadata.target() != TRACED;
    filter_fn(lines).with_max_level_hint(LevelFilter::TRACE)
}

/// Lines are not in the traces: a span says how long something took, and nothing else leaves.
fn traced() -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    let spans: fn(&Metadata<'_>) -> bool =
        |metadata| metadata.is_span() && metadata.target() == TRACED;
    filter_fn(spans).with_max_level_hint(LevelFilter::INFO)
}
