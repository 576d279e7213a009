//! What should be known before something is signed, and what a bill says of itself.

use wattkey_client::payment::Caution;
use wattkey_client::words::Lang;
use wattkey_desktop::model::signing::{Kind, ToSign};
use wattkey_desktop::model::{Event, Loaded, Page, bills};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_desktop::window::words;
use wattkey_protocol::order::{Order, render};

use super::harness::{Stage, fine, order, whole};
use super::{information, paying, samples};

const LANGUAGES: [(Language, Lang); 2] = [(Language::En, Lang::En), (Language::Zh, Lang::Zh)];

/// One of each kind.
fn each() -> Vec<Caution> {
    let bill = || "B-2026-09-1001".parse().unwrap();
    let all = vec![
        Caution::AwaitsTransfer {
            bill: bill(),
            order: "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c99".parse().unwrap(),
        },
        Caution::Disputed {
            bill: bill(),
            minor: 11_155_200,
            currency: "CNY".parse().unwrap(),
        },
        Caution::BilledTwice {
            account: "C-1001".parse().unwrap(),
            period: "2026-09".parse().unwrap(),
        },
    ];
    // A new kind has to come to this list.
    for one in &all {
        match one {
            Caution::AwaitsTransfer { .. }
            | Caution::Disputed { .. }
            | Caution::BilledTwice { .. } => {}
        }
    }
    all
}

fn to_sign(kind: Kind, orders: usize, cautions: Vec<Caution>) -> Event {
    let order: Order = serde_json::from_value(order()).unwrap();
    Event::ToSign(Box::new(ToSign {
        cautions,
        total: Some((order.total, order.currency)),
        order: Some(order.order),
        ..ToSign::new(
            kind,
            (0..orders).flat_map(|_| render(&order)).collect(),
            fine(),
        )
    }))
}

/// What a screen reader says of a caution.
fn label(language: Language, lang: Lang, kind: Kind, caution: &Caution) -> String {
    let text = words(lang);
    let mut said = text.caution(caution);
    if kind == Kind::Payment && matches!(caution, Caution::Disputed { .. }) {
        said += text.between_sentences();
        said += &text.get("window-caution-disputed-how");
    }
    let begins = match language {
        Language::En => "Caution:",
        Language::Zh => "注意：",
    };
    format!("{begins} {said}")
}

#[test]
fn each_caution_is_drawn_above_what_is_signed() {
    for (language, lang) in LANGUAGES {
        let stage = paying::reviewing(language, Theme::Light);
        let heading = words(lang).get("window-before-you-sign");
        for kind in [Kind::Payment, Kind::Approval, Kind::OrderFile] {
            // As many orders as are drawn at once, and more.
            for orders in [1, 20] {
                stage.happened(to_sign(kind, orders, Vec::new()));
                assert!(stage.find(&heading).is_none(), "there is none");
                let without = stage.drawn();
                for caution in each() {
                    let label = label(language, lang, kind, &caution);
                    stage.happened(to_sign(kind, orders, vec![caution]));
                    let said = stage.find(&label);
                    assert!(said.is_some(), "{label}: {:#?}", stage.said());
                    let said = said.unwrap();
                    let [top, high] = [said.absolute_position().y, said.size().height].map(whole);
                    assert!(top > 0 && top + high < 400, "{label} is at {top}");
                    assert!(stage.find(&heading).is_some());
                    assert_ne!(stage.drawn(), without, "{label}");
                }
            }
        }
        stage.happened(to_sign(Kind::Payment, 1, each()));
        for caution in each() {
            let label = label(language, lang, Kind::Payment, &caution);
            assert!(stage.find(&label).is_some(), "{label}");
        }
        stage.picture(&format!(
            "cautions-{}",
            match lang {
                Lang::En => "en-light",
                Lang::Zh => "zh-light",
            }
        ));
    }
}

#[test]
fn a_file_with_many_cautions_leaves_room_for_its_orders() {
    let stage = paying::reviewing(Language::En, Theme::Light);
    let many = (0..40).flat_map(|_| each()).collect();
    stage.happened(to_sign(Kind::OrderFile, 40, many));
    stage.picture("cautions-many-en-light");
    let list = stage.find("Bill: B-2026-09-1001");
    assert!(list.is_some(), "{:#?}", stage.said());
}

#[test]
fn a_bill_says_what_is_disputed_and_that_a_transfer_is_on_its_way() {
    for (language, disputed, transfer, of_bill, order) in [
        (
            Language::En,
            "In dispute ¥ 111,552.00",
            "Awaits your transfer",
            "In dispute: ¥ 111,552.00",
            "Ordered by transfer, not arrived: 7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c99",
        ),
        (
            Language::Zh,
            "争议中 ¥ 111,552.00",
            "等待转账",
            "争议中: ¥ 111,552.00",
            "已下达转账指令，款项未到: 7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c99",
        ),
    ] {
        let (stage, _) = information::with_bill(language, Theme::Light);
        assert!(stage.find(of_bill).is_none() && stage.find(order).is_none());
        let mut loaded = samples::bill();
        let summary = &mut loaded.detail.summary;
        summary.disputed = 11_155_200;
        summary.transfer = Some("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c99".parse().unwrap());
        let list = vec![summary.clone()];
        stage.happened(Event::Loaded(Loaded::Bill(Box::new(loaded))));
        for label in [of_bill, order] {
            assert!(stage.find(label).is_some(), "{label}: {:#?}", stage.said());
        }
        stage.happened(Event::Bills(bills::Input::Close));
        stage.happened(Event::Go(Page::Bills));
        let row = |stage: &Stage| {
            let mut said = stage.said().into_iter();
            said.find(|said| said.starts_with("B-2026-08-02, "))
                .unwrap()
        };
        assert!(!row(&stage).contains(disputed), "{}", row(&stage));
        let without = stage.drawn();
        stage.happened(Event::Loaded(Loaded::Bills(list)));
        let row = row(&stage);
        let end = format!(", {disputed}, {transfer}");
        assert!(row.ends_with(&end), "{row}");
        assert_ne!(stage.drawn(), without, "it is drawn, too");
        stage.picture(match language {
            Language::En => "bills-marked-en-light",
            Language::Zh => "bills-marked-zh-light",
        });
    }
}
