//! Traces: where the time of a request went, for a collector of OpenTelemetry's.
//!
//! A span is made with `tracing` and the target [`TRACED`]; nothing else leaves this host, neither
//! the lines of the log nor spans of other crates. Spans wait in a queue of [`QUEUE`]; what does
//! not fit is dropped, so that a collector that is away costs memory that is known beforehand, and
//! no request waits for it. Without a collector no span is made at all.
//!
//! The collector runs on this host and passes on what it is given: OTLP 1.x over HTTP with
//! protobuf, `POST /v1/traces`, on loopback.
//!
//! Across the hop from the security server to the platform a trace goes on by the field
//! [`FIELD_TRACEPARENT`] (W3C Trace Context). The security server writes it itself and forwards
//! none that came from outside.

mod exchange;

use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider,
};
use serde::Deserialize;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use self::exchange::Exchange;

/// The target of spans that leave this host.
pub const TRACED: &str = "wattkey_trace";
/// The field that joins the traces of two servers.
pub const FIELD_TRACEPARENT: &str = "traceparent";

/// Spans that wait for the collector; more are dropped.
pub const QUEUE: usize = 4_096;
/// Spans that leave together.
const TOGETHER: usize = 512;
/// How long spans wait for others.
const GATHER: Duration = Duration::from_secs(1);
/// Bytes of a `traceparent` of version 00: version, trace, span, flags and what divides them.
const TRACEPARENT_BYTES: usize = 55;

/// `[operators] traces`: a collector on this host, such as `http://127.0.0.1:4318`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Collector(SocketAddr);

/// Not the address of a collector on this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is `{0}`, must be a collector on this host, as in http://127.0.0.1:4318")]
pub struct CollectorError(String);

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent as the environment says (OTEL_…)")]
pub struct TracesError(#[from] ExporterBuildError);

impl TryFrom<String> for Collector {
    type Error = CollectorError;

    fn try_from(text: String) -> Result<Self, CollectorError> {
        let address = text.strip_prefix("http://");
        let address = address.and_then(|address| address.parse::<SocketAddr>().ok());
        match address {
            Some(address) if address.ip().is_loopback() && address.port() != 0 => Ok(Self(address)),
            _ => Err(CollectorError(text)),
        }
    }
}

pub(crate) fn provider(
    server: &'static str,
    version: &'static str,
    Collector(address): Collector,
) -> Result<SdkTracerProvider, TracesError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Exchange::new(address))
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("http://{address}/v1/traces"))
        .build()?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(TOGETHER)
        .with_scheduled_delay(GATHER)
        .build();
    let batches = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    let resource = Resource::builder_empty()
        .with_service_name(server)
        .with_attribute(KeyValue::new("service.version", version))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::AlwaysOn)
        .with_span_processor(batches)
        .build())
}

/// The value of [`FIELD_TRACEPARENT`] that continues the span of now; `None` without traces.
#[must_use]
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| {
        let (trace, parent) = (span.trace_id(), span.span_id());
        let flags = span.trace_flags().to_u8();
        format!("00-{trace}-{parent}-{flags:02x}")
    })
}

/// Lets a span that nobody has entered yet continue the trace of another server. What is not a
/// `traceparent` changes nothing.
pub fn continues(span: &Span, traceparent: &str) {
    if let Some(remote) = parsed(traceparent) {
        // Without traces there is nothing to continue.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
    }
}

/// W3C Trace Context §3.2, version 00: lower-case hexadecimal only, neither id all zeros.
fn parsed(text: &str) -> Option<SpanContext> {
    let strict = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    if text.len() != TRACEPARENT_BYTES || !text.bytes().all(strict) {
        return None;
    }
    let mut parts = text.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (parent, flags) = (parts.next()?, parts.next()?);
    if (version, trace.len(), parent.len(), flags.len()) != ("00", 32, 16, 2) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let trace = TraceId::from_hex(trace).ok()?;
    let parent = SpanId::from_hex(parent).ok()?;
    let remote = SpanContext::new(trace, parent, flags, true, TraceState::NONE);
    remote.is_valid().then_some(remote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_on_this_host() {
        let read = |text: &str| Collector::try_from(text.to_owned());
        assert!(read("http://127.0.0.1:4318").is_ok());
        assert!(read("http://[::1]:4318").is_ok());
        for text in [
            "https://127.0.0.1:4318",
            "http://10.0.0.1:4318",
            "http://collector:4318",
            "http://127.0.0.1",
            "http://127.0.0.1:0",
            "http://127.0.0.1:4318/",
            "127.0.0.1:4318",
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn a_traceparent_is_read_to_the_letter() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read = parsed(good).unwrap();
        assert_eq!(
            read.trace_id().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert!(read.is_remote() && read.is_sampled());
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        ] {
            assert!(parsed(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn without_traces_there_is_nothing_to_continue() {
        assert_eq!(traceparent(), None);
        continues(
            &Span::none(),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        );
    }
}
