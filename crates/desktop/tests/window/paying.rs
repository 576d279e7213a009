//! From the chosen bills to what became of them.

use serde_json::{Value, json};
use slint::ComponentHandle as _;
use slint::platform::Key;
use wattkey_desktop::model::signing::{Came, Kind, ToSign};
use wattkey_desktop::model::{Effect, Event, Page};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_domain::CreditorReference;
use wattkey_protocol::order::{Order, render};

use super::harness::{PIN, Stage, document, fine, order};

pub(crate) fn shown(order: &Value) -> ToSign {
    let order: Order = serde_json::from_value(order.clone()).unwrap();
    ToSign {
        total: Some((order.total, order.currency)),
        order: Some(order.order),
        ..ToSign::new(Kind::Payment, render(&order), fine())
    }
}

pub(crate) fn reviewing(language: Language, theme: Theme) -> Stage {
    let stage = Stage::new(language, theme);
    stage.plug_in(fine());
    stage.open();
    stage.happened(Event::PayDue);
    stage.wanted();
    // All of it in sight: what is scrolled away is not found.
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1200.0));
    stage.happened(Event::ToSign(Box::new(shown(&order()))));
    stage
}

#[test]
fn what_is_overdue_is_chosen_reviewed_and_signed_once() {
    let stage = reviewing(Language::En, Theme::Light);
    assert!(stage.find("Total ¥ 13,903,314.38").is_some());
    // Nothing is signed before it is agreed to, whatever is pressed.
    stage.press("Sign");
    stage.key(Key::Return);
    assert!(
        !stage
            .wanted()
            .iter()
            .any(|effect| matches!(effect, Effect::Sign(_)))
    );
}

#[test]
fn who_pays_by_transfer_is_told_what_to_transfer() {
    let reference = CreditorReference::for_order(&shown(&order()).order.unwrap());
    for (language, awaits, step) in [
        (
            Language::En,
            "Awaits your transfer until",
            "Your transfer has arrived …",
        ),
        (Language::Zh, "等待转账，截至", "您的转账已到账 …"),
    ] {
        let stage = reviewing(language, Theme::Light);
        let order = order();
        let view = json!({
            "order": order["order"], "digest": wattkey_pki::Digest::of(b"order"), "user": order["user"],
            "state": "accepted", "total": order["total"], "currency": "CNY", "reference": "",
            "source": {"kind": "transfer", "creditor_reference": reference.as_str()},
            "bills": [], "deposit": null, "refund": null, "execute": null, "history": [],
            "awaiting": {"what": "transfer", "until": "2027-01-21T08:00:00Z"},
        });
        let at = "2026-11-22T08:00:01Z".parse().unwrap();
        stage.happened(Event::Came(Came::Signed(at, document())));
        let view = serde_json::from_value(view).unwrap();
        stage.happened(Event::Came(Came::Accepted(Some(Box::new(view)))));
        let said = stage.said();
        let told = said.iter().find(|said| said.contains(&reference.printed()));
        let told = told.unwrap_or_else(|| panic!("no reference: {said:#?}"));
        let payee = &order["payee"];
        for wanted in [
            "¥ 13,903,314.38",
            payee["name"].as_str().unwrap(),
            payee["account"].as_str().unwrap(),
            awaits,
        ] {
            assert!(told.contains(wanted), "{wanted} is not in {told}");
        }
        assert!(stage.find(step).is_some(), "{said:#?}");
    }
}

#[test]
fn a_double_click_signs_once() {
    let stage = reviewing(Language::En, Theme::Light);
    stage.press("I have read it and agree to pay ¥ 13,903,314.38");
    stage.ui().invoke_focus_pin();
    stage.type_text(PIN);
    stage.press("Sign");
    stage.press("Please wait …");
    stage.key(Key::Return);
    let signs = stage
        .wanted()
        .into_iter()
        .filter(|effect| matches!(effect, Effect::Sign(_)))
        .count();
    assert_eq!(signs, 1);
    // Until its outcome is known nobody leaves the page.
    stage.happened(Event::Go(Page::Bills));
    stage.happened(Event::Came(Came::Signed(
        "2026-11-22T08:00:01Z".parse().unwrap(),
        document(),
    )));
    stage.happened(Event::Leave);
    assert!(
        stage.find("Signed ✓ ").is_some()
            || stage.said().iter().any(|said| said.starts_with("Signed ✓"))
    );
}

/// Each signed member of an order, changed by itself, is another page to read.
#[test]
fn whatever_is_signed_otherwise_is_shown_otherwise() {
    let drawn = |order: &Value| {
        let stage = reviewing(Language::En, Theme::Light);
        stage.happened(Event::ToSign(Box::new(shown(order))));
        stage.said()
    };
    let good = order();
    let before = drawn(&good);
    let changes: Vec<(&str, Value)> = vec![
        ("/order", json!("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c12")),
        ("/audience", json!("https://other.example")),
        ("/payee/name", json!("Other Power")),
        ("/payee/account", json!("DE02120300000000202051")),
        (
            "/customer/id",
            json!("5e1f0000-0000-4000-8000-000000000002"),
        ),
        ("/customer/name", json!("Another")),
        ("/user/id", json!("5e1f0000-0000-4000-8000-000000000102")),
        ("/user/name", json!("Wang Fang")),
        ("/bills/0/bill", json!("B-2026-08-1001")),
        ("/bills/0/account", json!("C-1002")),
        ("/bills/0/period", json!("2026-08")),
        (
            "/bills/0/document",
            json!(wattkey_pki::Digest::of(b"other")),
        ),
        ("/bills/0/principal", json!(1_292_042_390)),
        ("/bills/0/penalty", json!(98_289_050)),
        ("/bills/0/quote_until", json!("2026-11-22T16:00:01Z")),
        ("/total", json!(1_390_331_439)),
        ("/currency", json!("EUR")),
        ("/source/mandate", json!("M-1002")),
        ("/source/debtor_account", json!("GB33BUKB20201555555556")),
        ("/execute", json!("2026-12-01")),
        ("/reference", json!("furnace 2")),
        ("/created", json!("2026-11-22T08:00:01Z")),
        ("/expires", json!("2026-11-22T08:15:01Z")),
    ];
    for (member, value) in changes {
        let mut changed = good.clone();
        *changed.pointer_mut(member).unwrap() = value;
        assert_ne!(drawn(&changed), before, "{member}");
    }
}
