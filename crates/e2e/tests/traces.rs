//! One payment as a collector of traces sees it: joined over both servers, and nothing of what was
//! paid.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use common::Stage;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;

/// All that a span may say.
const ATTRIBUTES: [&str; 10] = [
    "attempts", "bytes", "call", "method", "number", "order", "reason", "request", "route",
    "status",
];

#[derive(Debug, Clone)]
struct Seen {
    server: String,
    span: Span,
    attributes: BTreeMap<String, String>,
}

type Taken = Arc<Mutex<Vec<Seen>>>;

/// A collector as far as a test needs one: each request is taken and answered with 200.
fn collector() -> (u16, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Taken::default();
    let keep = Arc::clone(&taken);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let request = take(stream.unwrap());
            keep.lock().unwrap().extend(spans(request));
        }
    });
    (port, taken)
}

fn take(stream: TcpStream) -> ExportTraceServiceRequest {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.into_inner().write_all(answer.as_bytes()).unwrap();
    ExportTraceServiceRequest::decode(body.as_slice()).unwrap()
}

fn text(value: Option<opentelemetry_proto::tonic::common::v1::AnyValue>) -> String {
    match value.unwrap().value.unwrap() {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Seen> {
    let mut seen = Vec::new();
    for resource in request.resource_spans {
        let of = resource.resource.unwrap().attributes;
        let name = of.into_iter().find(|one| one.key == "service.name");
        let server = text(name.unwrap().value);
        for span in resource
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans)
        {
            let attributes = span.attributes.clone().into_iter();
            let attributes = attributes.map(|one| (one.key, text(one.value)));
            seen.push(Seen {
                server: server.clone(),
                attributes: attributes.collect(),
                span,
            });
        }
    }
    seen
}

fn traced(configuration: &Path, collector: u16) {
    let text = fs::read_to_string(configuration).unwrap();
    let more = format!(
        "\n[operators]\nlisten = \"127.0.0.1:0\"\ntraces = \"http://127.0.0.1:{collector}\"\n"
    );
    fs::write(configuration, text + &more).unwrap();
}

#[test]
fn a_payment_is_one_trace_over_both_servers() {
    let stage = Stage::new();
    let world = &stage.world;
    let (port, taken) = collector();
    traced(&world.platform_configuration(), port);
    traced(&world.gateway_configuration(), port);
    let running = world.start().unwrap();
    let bill = Stage::overdue_bill();
    stage.cashier().settle(&bill);
    // What waits leaves at the end.
    running.stop().unwrap();
    let seen = taken.lock().unwrap().clone();

    let is_order = |one: &&Seen| {
        one.span.name == "platform request"
            && one.attributes["method"] == "POST"
            && one.attributes["route"] == "/v1/orders"
    };
    let order = seen
        .iter()
        .find(is_order)
        .expect("the order at the platform");
    assert_eq!(order.server, "wattkey-platform");
    assert_eq!(order.attributes["status"], "201");
    let parent = |of: &Seen| {
        let mut all = seen.iter();
        let found = all.find(|one| one.span.span_id == of.span.parent_span_id);
        found
            .unwrap_or_else(|| panic!("the parent of {of:#?}"))
            .clone()
    };
    let forward = parent(order);
    assert_eq!(
        (&*forward.server, &*forward.span.name),
        ("wattkey-gateway", "forward")
    );
    let request = parent(&forward);
    assert_eq!(request.span.name, "gateway request");
    assert_eq!(request.span.parent_span_id, Vec::<u8>::new());
    assert_eq!(request.attributes["request"], order.attributes["request"]);
    let of_order: BTreeSet<_> = seen
        .iter()
        .filter(|one| one.span.trace_id == request.span.trace_id)
        .map(|one| {
            let call = one.attributes.get("call").map_or("", String::as_str);
            format!("{} {call}", one.span.name).trim_end().to_owned()
        })
        .collect();
    for name in [
        "open capsule",
        "policy",
        "remember capsule",
        "store read",
        "store write AcceptOrder",
    ] {
        assert!(of_order.contains(name), "{name} in {of_order:#?}");
    }
    for name in ["bank message out", "bank message in"] {
        assert!(seen.iter().any(|one| one.span.name == name), "{name}");
    }

    let known = BTreeSet::from(ATTRIBUTES);
    for one in &seen {
        assert!(one.span.events.is_empty(), "{one:#?}");
        for (name, value) in &one.attributes {
            assert!(known.contains(name.as_str()), "{name} in {one:#?}");
            assert!(value.len() <= 40 && !value.contains(&bill), "{one:#?}");
        }
    }
}
