//! What operators ask of a server of ours, over plain HTTP on a listener of its own.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /healthz` | 200 while the process serves at all: restart it when this fails |
//! | `GET /readyz` | 200 when everything that a request needs is there, else 503; one line for each condition: send no requests while this fails |
//! | `GET /metrics` | counters and times in the OpenMetrics text format, as Prometheus reads it |
//!
//! Where a collector of OpenTelemetry's is named, a server also tells it where the time of each
//! request went ([`traces`]).
//!
//! The listener has no authentication and says nothing of customers: no order, no account, no name.
//! It belongs on loopback or on the operators' network, and the firewall's rules say who may ask.
//!
//! Sources: OpenMetrics 1.0; Prometheus' naming (base units, `_total`); OTLP 1.x; W3C Trace Context.

mod log;
mod metrics;
mod serve;
pub mod traces;

pub use log::Log;
pub use metrics::{Counted, Counts, Metrics, Requests};
pub use prometheus_client::metrics::gauge::Gauge;
pub use serve::{Condition, Listen, Ready, router, serve};
