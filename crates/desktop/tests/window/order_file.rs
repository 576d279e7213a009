//! A file of orders: previewed, reviewed as a whole, signed with one PIN.

use serde_json::json;
use slint::ComponentHandle as _;
use slint::platform::Key;
use wattkey_client::fault::{Exit, Fault, Value};
use wattkey_client::lock::Locked;
use wattkey_client::order_file;
use wattkey_desktop::model::order_file::{At, Input, Previewed, Row};
use wattkey_desktop::model::signing::{Came, Kind, ToSign};
use wattkey_desktop::model::{Effect, Event, Loaded, Page};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_domain::{OrderId, OrderState};
use wattkey_pki::Digest;
use wattkey_protocol::order::{Order, render};

use super::harness::{PIN, Stage, fine, opened, order};

const ORDERS: [&str; 2] = [
    "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11",
    "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c12",
];

fn id(place: usize) -> OrderId {
    ORDERS[place].parse().unwrap()
}

pub(crate) fn previewed() -> Previewed {
    let bill = |line: u32, bill: &str, account: &str, penalty: i64| {
        json!({"line": line, "bill": bill, "account": account, "document": Digest::of(b"bill"),
            "principal": 1_292_042_389, "penalty": penalty})
    };
    let preview = json!({
        "made": "2026-11-22T08:00:00Z", "customer": "5e1f0000-0000-4000-8000-000000000001",
        "user": "5e1f0000-0000-4000-8000-000000000101", "currency": "CNY",
        "orders": [
            {"order": ORDERS[0], "currency": "CNY", "source": "mandate:M-1001", "execute": null, "reference": "PO 4711",
                "bills": [bill(2, "B-2026-09-1001", "C-1001", 98_289_049), bill(4, "B-2026-10-1002", "C-1002", 0)]},
            {"order": ORDERS[1], "currency": "CNY", "source": "transfer", "execute": null, "reference": "",
                "bills": [bill(3, "B-2026-10-1003", "C-1003", 0)]},
        ],
    });
    Previewed {
        batch: "3b9c358f36f0".parse().unwrap(),
        name: "november.csv".into(),
        imported: "2026-11-22T08:00:00Z".parse().unwrap(),
        again: false,
        lines: 4,
        preview: Some(serde_json::from_value(preview).unwrap()),
        problems: Vec::new(),
        done: vec![(5, id(1))],
    }
}

/// The page with a path that was written and read.
pub(crate) fn stage(language: Language, theme: Theme) -> Stage {
    let stage = Stage::new(language, theme);
    stage.plug_in(fine());
    stage.open();
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 2800.0));
    stage.happened(Event::Go(Page::Pay));
    stage.happened(Event::OrderFile(Input::Open(true)));
    stage.happened(Event::OrderFile(Input::Found(vec![
        "/media/li/Documents/november.csv".into(),
    ])));
    stage.wanted();
    stage
}

fn rows() -> Vec<Row> {
    let row = |place: usize, total: i64, reference: &str| Row {
        order: id(place),
        total,
        currency: "CNY".parse().unwrap(),
        reference: reference.into(),
        at: At::NotSigned,
    };
    vec![row(0, 2_682_373_827, "PO 4711"), row(1, 1_292_042_389, "")]
}

pub(crate) fn reviewing(stage: &Stage) {
    let mut second = order();
    second["order"] = json!(ORDERS[1]);
    second["reference"] = json!("second");
    let orders: Vec<Order> = [order(), second]
        .into_iter()
        .map(|order| serde_json::from_value(order).unwrap())
        .collect();
    stage.happened(Event::OrderFile(Input::Ready(rows())));
    stage.happened(Event::ToSign(Box::new(ToSign {
        total: Some((3_974_416_216, "CNY".parse().unwrap())),
        digest: Some(Digest::of(b"preview")),
        ..ToSign::new(
            Kind::OrderFile,
            orders.iter().flat_map(render).collect(),
            fine(),
        )
    })));
}

fn says(stage: &Stage, what: &str) -> bool {
    stage.said().iter().any(|said| said.contains(what))
}

#[test]
fn a_file_is_previewed_reviewed_as_a_whole_and_signed_with_one_pin() {
    for (language, path, preview, review, agree, one, all) in [
        (
            Language::En,
            "File",
            "Preview",
            "Review",
            "I have read it and agree to pay ¥ 39,744,162.16",
            "Order 1 of 2",
            "All 2 orders are taken in",
        ),
        (
            Language::Zh,
            "文件",
            "预览",
            "核对",
            "我已核对，同意支付 ¥ 39,744,162.16",
            "支付指令 1/2",
            "全部 2 笔支付指令已受理",
        ),
    ] {
        let stage = stage(language, Theme::Light);
        stage.write(path, "/media/li/Documents/november.csv");
        stage.press(preview);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::ImportOrders(file)] if file == "/media/li/Documents/november.csv"),
            "{wanted:?}"
        );
        stage.happened(Event::OrderFile(Input::Progress(1, 4)));
        assert!(says(&stage, "2") && stage.find(review).is_some());
        stage.happened(Event::OrderFile(Input::Previewed(Box::new(previewed()))));
        // Sums, lines, and what was ordered before.
        for said in ["¥ 39,744,162.16", "B-2026-10-1003", "PO 4711", "5"] {
            assert!(says(&stage, said), "{said}");
        }
        stage.press(review);
        assert!(matches!(
            stage.wanted().as_slice(),
            [Effect::BuildOrders(_)]
        ));
        reviewing(&stage);
        assert!(says(&stage, one) && says(&stage, "furnace 1") && says(&stage, "second"));
        stage.press(agree);
        stage.type_text(PIN);
        assert!(stage.said().iter().all(|said| !said.contains(PIN)));
        stage.key(Key::Return);
        stage.key(Key::Return);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Sign(_)]),
            "once: {wanted:?}"
        );
        assert!(!format!("{wanted:?}").contains(PIN));
        for place in 0..2 {
            stage.happened(Event::OrderFile(Input::Moved(id(place), At::Signing)));
            stage.happened(Event::OrderFile(Input::Moved(
                id(place),
                At::Known(OrderState::Accepted),
            )));
        }
        stage.happened(Event::Came(Came::Accepted(None)));
        assert!(says(&stage, all), "{all}");
    }
}

#[test]
fn what_is_not_right_is_named_by_line_and_cannot_go_on() {
    for (language, review, said) in [
        (Language::En, "Review", "\"1,5\" is not an amount"),
        (Language::Zh, "核对", "1,5"),
    ] {
        let stage = stage(language, Theme::Light);
        let problems = order_file::read(b"bill,amount,reference\nB-1,\"1,5\",PO 1\nB-2,,\nB-2,,\n")
            .unwrap_err();
        let lines: Vec<_> = problems.iter().filter_map(|problem| problem.line).collect();
        stage.happened(Event::OrderFile(Input::Previewed(Box::new(Previewed {
            preview: None,
            problems,
            done: Vec::new(),
            ..previewed()
        }))));
        assert!(lines.contains(&2) && says(&stage, said), "{said}");
        stage.press(review);
        assert!(stage.wanted().is_empty());
    }
}

#[test]
fn stopping_leaves_the_rest_unsigned_and_each_outcome_is_told() {
    let stage = stage(Language::En, Theme::Light);
    reviewing(&stage);
    stage.happened(Event::Signing(
        wattkey_desktop::model::signing::Input::Agree(true),
    ));
    stage.type_text(PIN);
    stage.key(Key::Return);
    stage.wanted();
    stage.happened(Event::OrderFile(Input::Moved(id(0), At::Sent)));
    stage.press("Stop");
    assert!(matches!(stage.wanted().as_slice(), [Effect::Stop]));
    assert!(stage.find("Stop").is_none(), "once");
    // Nobody leaves before it is over.
    stage.happened(Event::Go(Page::Bills));
    assert!(says(&stage, "Order 1 of 2"));
    stage.happened(Event::OrderFile(Input::Moved(
        id(0),
        At::Known(OrderState::Accepted),
    )));
    let fault = Fault::new("window-file-stopped", Exit::NotConfirmed)
        .with("signed", "1")
        .with("of", "2");
    stage.happened(Event::Came(Came::Refused(fault)));
    assert!(says(&stage, "You stopped: 1 of 2 orders were signed"));
    assert!(says(&stage, "not signed"));
}

#[test]
fn an_unknown_outcome_is_said_and_found_out() {
    let stage = stage(Language::En, Theme::Light);
    reviewing(&stage);
    stage.happened(Event::Signing(
        wattkey_desktop::model::signing::Input::Agree(true),
    ));
    stage.type_text(PIN);
    stage.key(Key::Return);
    stage.happened(Event::OrderFile(Input::Moved(id(0), At::Unknown)));
    let fault = Fault::new("window-ask-later", Exit::UnknownOutcome)
        .with("from", "2026-11-22T08:30:00Z")
        .with("meaning", Value::Message("window-unknown-file".into()));
    stage.happened(Event::Came(Came::Unknown(fault)));
    assert!(says(&stage, "do not pay the bills otherwise"));
    stage.happened(Event::Loaded(Loaded::Orders(Vec::new(), vec![id(0)])));
    assert!(says(&stage, "Not known"));
    stage.happened(Event::Loaded(Loaded::Orders(Vec::new(), Vec::new())));
    assert!(says(&stage, "0 of 2 orders are taken in"));
}

#[test]
fn a_path_comes_back_with_its_key_and_is_nowhere_while_it_is_away() {
    let stage = stage(Language::En, Theme::Light);
    stage.write("File", "/media/li/secret-orders.csv");
    stage.happened(Event::OrderFile(Input::Previewed(Box::new(previewed()))));
    stage.happened(Event::Locked(Locked::KeyPulled));
    for secret in ["secret-orders", "B-2026-10-1003", "PO 4711", "39,744,162"] {
        assert!(
            stage.said().iter().all(|said| !said.contains(secret)),
            "{secret}"
        );
        assert!(!stage.holds(secret), "{secret}");
    }
    stage.happened(Event::Opened(Box::new(opened())));
    stage.happened(Event::Go(Page::Pay));
    assert_eq!(
        stage.value("File").as_deref(),
        Some("/media/li/secret-orders.csv")
    );
}

#[test]
fn thousands_of_lines_are_reviewed_without_delay() {
    let stage = stage(Language::En, Theme::Light);
    let order: Order = serde_json::from_value(order()).unwrap();
    stage.happened(Event::OrderFile(Input::Ready(rows())));
    let begun = std::time::Instant::now();
    stage.happened(Event::ToSign(Box::new(ToSign {
        total: Some((1, "CNY".parse().unwrap())),
        ..ToSign::new(
            Kind::OrderFile,
            (0..400).flat_map(|_| render(&order)).collect(),
            fine(),
        )
    })));
    stage.picture("order-file-long-en-light");
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert!(says(&stage, "All orders of the file"));
}
