//! Counters and times.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// The content type of the text format (OpenMetrics 1.0 §4.2).
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the times of requests, in seconds: an order waits for a flush or two.
const SECONDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// All that a server counts. Names begin with the server's.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
}

/// A family of counters that differ in one label.
#[derive(Clone, Debug)]
pub struct Counts(Family<Kind, Counter>);

/// A single counter.
#[derive(Clone, Debug)]
pub struct Counted(Counter);

/// Requests by route and status, with their times.
#[derive(Clone, Debug)]
pub struct Requests {
    total: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

impl Metrics {
    /// Nothing counted yet. `server` is the beginning of all names, such as `wattkey_platform`.
    #[must_use]
    pub fn new(server: &'static str, version: &'static str) -> Self {
        let mut registry = Registry::with_prefix(server);
        let build = Info::new([("version", version)]);
        registry.register("build", "The program that runs", build);
        Self {
            registry: Arc::new(Mutex::new(registry)),
        }
    }

    /// Requests of one listener.
    #[must_use]
    pub fn requests(&self, listener: &'static str) -> Requests {
        let requests = Requests {
            total: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
        };
        self.with(|registry| {
            let of = registry.sub_registry_with_prefix(listener);
            of.register("requests", "Requests answered", requests.total.clone());
            let help = "Time to the answer, in seconds";
            of.register("request_seconds", help, requests.seconds.clone());
        });
        requests
    }

    /// Counters that differ in their kind; `name` without `_total`.
    #[must_use]
    pub fn counts(&self, name: &'static str, help: &'static str) -> Counts {
        let family = Family::default();
        self.with(|registry| registry.register(name, help, family.clone()));
        Counts(family)
    }

    /// One counter; `name` without `_total`.
    #[must_use]
    pub fn counted(&self, name: &'static str, help: &'static str) -> Counted {
        let counter = Counter::default();
        self.with(|registry| registry.register(name, help, counter.clone()));
        Counted(counter)
    }

    /// Something that goes up and down.
    #[must_use]
    pub fn gauge(&self, name: &'static str, help: &'static str) -> Gauge {
        let gauge = Gauge::default();
        self.with(|registry| registry.register(name, help, gauge.clone()));
        gauge
    }

    /// All of it as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.with(|registry| text::encode(&mut text, registry))
            .expect("writing to memory does not fail");
        text
    }

    fn with<T>(&self, work: impl FnOnce(&mut Registry) -> T) -> T {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut registry)
    }
}

impl Counts {
    /// One more of this kind; kinds are names in the source, so that there are few.
    pub fn count(&self, kind: &'static str) {
        self.0.get_or_create(&Kind { kind }).inc();
    }
}

impl Counted {
    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.inc_by(more);
    }
}

impl Requests {
    /// One more answer. `route` is a pattern, such as `/v1/bills/{bill}`, never a path.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        let labels = Request {
            route: route.clone(),
            status,
        };
        self.total.get_or_create(&labels).inc();
        self.seconds
            .get_or_create(&Route { route })
            .observe(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_in_the_text() {
        let metrics = Metrics::new("wattkey_test", "1.2.3");
        let requests = metrics.requests("gateways");
        requests.answered("/v1/me", 200, Duration::from_millis(7));
        requests.answered("/v1/me", 200, Duration::from_millis(70));
        let messages = metrics.counts("bank_messages", "Messages of the bank");
        messages.count("camt.054");
        metrics.counted("posted", "Postings").add(3);
        metrics.gauge("waiting", "Messages that wait").set(2);
        let text = metrics.text();
        for line in [
            "wattkey_test_build_info{version=\"1.2.3\"} 1",
            "wattkey_test_gateways_requests_total{route=\"/v1/me\",status=\"200\"} 2",
            "wattkey_test_gateways_request_seconds_bucket{le=\"0.01\",route=\"/v1/me\"} 1",
            "wattkey_test_gateways_request_seconds_count{route=\"/v1/me\"} 2",
            "wattkey_test_bank_messages_total{kind=\"camt.054\"} 1",
            "wattkey_test_posted_total 3",
            "wattkey_test_waiting 2",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
