//! The interface as a tool sees it that we did not write: schemathesis, with the committed
//! description, through a proxy that has a user's USB key.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use common::{
    Stage,
    metered::{TAX_INVOICE, import_metered},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use wattkey_domain::{CreditorReference, OrderId};
use wattkey_e2e::{layout::Token, provision::today, world::USER_PIN};

/// The description that the platform's tests keep current.
const DESCRIPTION: &str = include_str!("../../platform/openapi.json");

/// Requests that the tool cannot bring to a success here, each with the reason.
const NOT_REACHED: &[(&str, &str)] = &[(
    "POST /v1/changes/{change}/decisions",
    "another user with the right to administer decides; the proxy is one user",
)];

/// Checks of the tool that say nothing here.
const EXCLUDED: &str = concat!(
    // The security server has a list of requests and answers 404 to everything else, methods as well.
    "unsupported_method,",
    // Session, certificate and idempotency key are the proxy's: there is nothing to leave away.
    "ignored_auth,missing_required_header,",
    // Nothing is deleted by this interface.
    "use_after_free,",
    // What a cursor is, and that a day is after another one, no schema says.
    "positive_data_acceptance"
);

/// The proxy, as an HTTP server.
struct Proxy {
    address: String,
}

impl Proxy {
    fn ask(&self, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: proxy\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12])
            .unwrap()
            .parse()
            .unwrap();
        (
            status,
            serde_json::from_slice(&answer[end + 4..]).unwrap_or(Value::Null),
        )
    }

    fn get(&self, target: &str) -> Value {
        let (status, answer) = self.ask("GET", target, None);
        assert_eq!(status, 200, "{target}: {answer}");
        answer
    }

    /// The first entry of a list.
    fn first(&self, target: &str) -> Value {
        self.get(target)["items"][0].clone()
    }
}

#[test]
fn a_tool_that_knows_the_description_finds_no_failure() {
    let python = PathBuf::from(std::env::var("WATTKEY_TEST_PYTHON").expect("run ./test"));
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let paid = cashier.settle(&Stage::overdue_bill());
    let metered = import_metered(&stage).differs;

    let program = stage
        .world
        .program("wattkey-api-proxy", Some(Token::UsbKey(&cashier.usb_key)))
        .unwrap();
    let config = stage.world.layout().path("pcs/cashier/wattkey.toml");
    let log = stage.world.layout().path("api-proxy.log");
    let server = program
        .args(["--config".into(), config.into_os_string()])
        .args(["--pin-fd", "0"])
        .input_line(USER_PIN)
        .serve(&log)
        .unwrap();
    let proxy = Proxy {
        address: server.listening().to_owned(),
    };

    let description = with_examples(&proxy, &paid, &metered);
    let file = stage.world.layout().path("openapi.json");
    fs::write(&file, description.to_string()).unwrap();
    let run = Command::new(python.with_file_name("schemathesis"))
        .args([
            "run",
            "--no-color",
            "--url",
            &format!("http://{}", proxy.address),
        ])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            "8",
            "--seed",
            "20261122",
        ])
        .args([
            "--generation-database",
            "none",
            "--suppress-health-check",
            "all",
        ])
        .args(["--exclude-checks", EXCLUDED, "--request-timeout", "20"])
        .arg(&file)
        .current_dir(stage.world.layout().root())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{printed}{}\nthe proxy:\n{}",
        String::from_utf8_lossy(&run.stderr),
        fs::read_to_string(&log).unwrap_or_default()
    );
    println!(
        "{}",
        printed
            .lines()
            .rev()
            .take(25)
            .collect::<Vec<_>>()
            .join("\n")
    );

    let seen = proxy.get("/seen");
    let mut missing = operations(&description);
    for row in seen.as_array().unwrap() {
        if (200..300).contains(&row["status"].as_u64().unwrap()) {
            let (method, path) = (
                row["method"].as_str().unwrap(),
                row["path"].as_str().unwrap(),
            );
            missing.retain(|operation| !fits(operation, method, path));
        }
    }
    let known: BTreeSet<String> = NOT_REACHED
        .iter()
        .map(|(operation, _)| (*operation).to_owned())
        .collect();
    assert_eq!(missing, known, "operations without a success");
    server.stop().unwrap();
    running.stop().unwrap();
    stage.world.verify_books().unwrap();
}

/// `GET /v1/bills/{bill}` of every operation.
fn operations(description: &Value) -> BTreeSet<String> {
    let mut operations = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    operations
}

fn fits(operation: &str, method: &str, path: &str) -> bool {
    let (wanted, template) = operation.split_once(' ').unwrap();
    let (template, path): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    wanted == method
        && template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(t, p)| t.starts_with('{') || t == p)
}

/// The description with things that there are, so that the tool gets beyond 404; documents are JSON,
/// which the proxy signs.
fn with_examples(proxy: &Proxy, paid: &str, metered: &str) -> Value {
    let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let bill = proxy.first("/v1/bills?state=open");
    let point = proxy.first("/v1/metering-points");
    let by_transfer = push_order(proxy, &bill);
    let change = document(proxy, "/v1/changes", &bill).unwrap();
    let (status, answer) = proxy.ask("POST", "/v1/changes", Some(&change));
    assert_eq!(status, 201, "{answer}");
    let day = point["first"]
        .as_str()
        .unwrap()
        .parse::<Timestamp>()
        .unwrap();
    let day = day.in_tz("Asia/Shanghai").unwrap().date();
    let metered = json!(metered);
    let named = json!({
        "account": bill["account"],
        "bill": bill["bill"],
        "order": paid,
        "point": point["point"],
        "tariff": point["tariff"],
        "schedule": point["schedule"],
        "notice": proxy.first("/v1/notices")["notice"],
        "change": change["change"],
        "number": TAX_INVOICE,
        "from": day.to_string(),
        "to": day.tomorrow().unwrap().to_string(),
        "step": "day",
    });
    let paths = description["paths"].as_object_mut().unwrap();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().unwrap() {
            let document = (method == "post")
                .then(|| document(proxy, path, &bill))
                .flatten();
            for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
                let mut example = &named[parameter["name"].as_str().unwrap()];
                if path.ends_with("/transfer") {
                    example = &by_transfer;
                } else if path.ends_with("/metered") {
                    example = &metered;
                } else if let (true, Some(document)) = (path.ends_with("/decisions"), &document) {
                    example = &document["order"];
                }
                if !example.is_null()
                    && (parameter["in"] == "path" || parameter["required"] == true)
                {
                    parameter["example"] = example.clone();
                }
            }
            if method == "post" {
                let headers = operation["parameters"].as_array_mut().unwrap();
                headers.retain(|parameter| parameter["in"] != "header");
                let mut content = json!({"schema": {"type": "object"}});
                if let Some(document) = document {
                    content["example"] = document;
                }
                operation["requestBody"]["content"] = json!({"application/json": content});
            }
        }
    }
    description
}

/// An order that the customer pays itself, so that nothing of it is on its way: its id.
fn push_order(proxy: &Proxy, bill: &Value) -> Value {
    let order = order(proxy, bill);
    let (status, answer) = proxy.ask("POST", "/v1/orders", Some(&order));
    assert_eq!(status, 201, "{answer}");
    order["order"].clone()
}

fn order(proxy: &Proxy, bill: &Value) -> Value {
    let id = OrderId::from_uuid(Uuid::new_v4());
    let detail = proxy.get(&format!("/v1/bills/{}", bill["bill"].as_str().unwrap()));
    let quote = &detail["quote"];
    let (principal, penalty) = (
        quote["principal"].as_i64().unwrap(),
        quote["penalty"].as_i64().unwrap(),
    );
    json!({
        "order": id, "payee": null, "customer": null,
        "bills": [{"bill": bill["bill"], "account": bill["account"], "period": bill["period"],
            "document": detail["document"], "principal": principal, "penalty": penalty,
            "quote_until": quote["until"]}],
        "deposit": null, "refund": null, "total": principal + penalty, "currency": bill["currency"],
        "source": {"kind": "transfer", "creditor_reference": CreditorReference::for_order(&id).as_str()},
        "execute": null, "reference": "",
    })
}

/// What somebody might sign there.
fn document(proxy: &Proxy, path: &str, bill: &Value) -> Option<Value> {
    let id = Uuid::new_v4().to_string();
    match path {
        "/v1/orders" => Some(order(proxy, bill)),
        "/v1/orders/{order}/decisions" => {
            // Another bill than that of the order whose transfer is asked for.
            let order = push_order(proxy, &proxy.get("/v1/bills?state=open")["items"][1]);
            let view = proxy.get(&format!("/v1/orders/{}", order.as_str().unwrap()));
            Some(json!({"order": order, "order_digest": view["digest"], "decision": "cancel"}))
        }
        "/v1/standing-instructions" => Some(json!({
            "instruction": id, "customer": null,
            "terms": {"deposit": bill["account"], "accounts": [bill["account"]], "most": 100, "keep": 0,
                "currency": bill["currency"], "from": today().to_string(), "until": null},
        })),
        "/v1/disputes" => {
            let detail = proxy.get(&format!("/v1/bills/{}", bill["bill"].as_str().unwrap()));
            Some(json!({
                "dispute": id, "customer": null,
                "terms": {"bill": bill["bill"], "document": detail["document"], "line": null, "amount": 100,
                    "currency": bill["currency"], "reason": "quantity", "text": "the meter was read late"},
            }))
        }
        "/v1/changes" => Some(json!({
            "change": id, "customer": null, "replaces": 0,
            "what": {"kind": "notice-address", "account": bill["account"], "post": "1 Works Road", "email": null},
        })),
        "/v1/notices/{notice}/acknowledgements" => {
            let notice = proxy.first("/v1/notices");
            Some(
                json!({"notice": notice["notice"], "notice_digest": notice["digest"], "customer": null}),
            )
        }
        _ => None,
    }
}
