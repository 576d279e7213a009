//! A payment that is looked at: what it pays, what it waits for, its file for the bank; and its cancellation.

use slint::ComponentHandle as _;
use slint::platform::Key as Press;
use wattkey_client::fault::Fault;
use wattkey_client::journal::Key;
use wattkey_desktop::model::signing::{Came, Kind, ToSign};
use wattkey_desktop::model::{Effect, Event, Loaded, Page, Wanted, history};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_domain::{CreditorReference, Decision, OrderState};
use wattkey_pki::Digest;
use wattkey_protocol::api::{Awaiting, AwaitingWhat, DecisionView, OrderView, SourceView};
use wattkey_protocol::decision::{DecisionDocument, Draft};
use wattkey_protocol::order::{Order, render};
use wattkey_protocol::problem::{Problem, ProblemType};

use super::harness::{PIN, Stage, fine, me, opened, order};
use super::keyboard::tab_to;
use super::walk::payment;

const ORDER: &str = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";
/// How long a payment's button is called.
const CANCEL: [(Language, &str); 2] = [
    (Language::En, "Cancel order …"),
    (Language::Zh, "撤销支付指令……"),
];

fn says(stage: &Stage, words: &str) -> bool {
    stage.said().iter().any(|said| said.contains(words))
}

/// The page of payments with these.
fn with(language: Language, orders: Vec<OrderView>, unresolved: bool) -> Stage {
    let stage = Stage::new(language, Theme::Light);
    stage.plug_in(fine());
    stage.open();
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1400.0));
    stage.happened(Event::Go(Page::History));
    let unknown = orders.iter().filter(|_| unresolved).map(|one| one.order);
    let unknown = unknown.collect();
    stage.happened(Event::Loaded(Loaded::Orders(orders, unknown)));
    stage.wanted();
    stage
}

/// What a screen reader says of the only row.
fn row(stage: &Stage) -> String {
    let mut said = stage.said().into_iter();
    let row = said.find(|said| said.contains("B-2026-09-1001, "));
    row.unwrap_or_else(|| panic!("no row: {:#?}", stage.said()))
}

/// The order with the cancellation of it, as they are signed.
fn to_sign() -> Event {
    let order: Order = serde_json::from_value(order()).unwrap();
    let mut lines = render(&order);
    let decision = DecisionDocument {
        order: order.order,
        order_digest: Digest::of(b"order"),
        audience: order.audience.clone(),
        user: me().user,
        decision: Decision::Cancel,
        created: order.created,
        expires: order.expires,
    };
    lines.extend(Draft::new(&decision).unwrap().lines());
    Event::ToSign(Box::new(ToSign {
        total: Some((order.total, order.currency)),
        digest: Some(Digest::of(b"order")),
        order: Some(order.order),
        ..ToSign::new(Kind::Cancellation, lines, fine())
    }))
}

/// An own transfer that is awaited.
fn transfer() -> OrderView {
    let mut order = payment("accepted");
    order.source = SourceView::Transfer {
        creditor_reference: CreditorReference::for_order(&order.order).as_str().into(),
    };
    order.awaiting = Some(Awaiting {
        what: AwaitingWhat::Transfer,
        until: Some("2027-01-21T08:00:00Z".parse().unwrap()),
    });
    order
}

#[test]
fn an_order_is_cancelled_by_keyboard_alone() {
    for ((language, cancel), words) in CANCEL.into_iter().zip([
        [
            "Back",
            "Cancel this order",
            "I have read it and sign exactly this",
            "The order is cancelled; nothing is paid by it.",
            "Cancelled",
            "Done",
        ],
        [
            "返回",
            "撤销此支付指令",
            "我已核对，同意就以上内容签名",
            "支付指令已撤销，不会据此付款。",
            "已撤销",
            "完成",
        ],
    ]) {
        let [back, heading, agree, outcome, cancelled, done] = words;
        let stage = with(language, vec![payment("awaiting-approval")], false);
        tab_to(&stage, &row(&stage));
        stage.key(Press::Return);
        assert_eq!(stage.focused(), back);
        tab_to(&stage, &format!("{cancel} {ORDER}"));
        stage.key(' ');
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Review(order, Decision::Cancel)] if order.to_string() == ORDER),
            "{wanted:?}"
        );
        stage.happened(to_sign());
        assert!(stage.find(heading).is_some(), "{:#?}", stage.said());
        tab_to(&stage, agree);
        stage.key(' ');
        stage.type_text(PIN);
        stage.key(Press::Return);
        assert!(matches!(stage.wanted().as_slice(), [Effect::Sign(_)]));
        let at = "2026-11-22T08:00:01Z".parse().unwrap();
        let document = Key::Decision(Digest::of(b"decision"));
        stage.happened(Event::Came(Came::Signed(at, document)));
        stage.happened(Event::Came(Came::Accepted(None)));
        let wanted = stage.wanted();
        let reads = |effect: &Effect| matches!(effect, Effect::Load(Wanted::Orders));
        assert!(wanted.iter().any(reads), "{wanted:?}");
        assert!(says(&stage, outcome), "{:#?}", stage.said());
        assert_eq!(stage.focused(), done);
        stage.key(' ');
        // Back where it began, it stands as cancelled and cannot be cancelled again.
        let orders = vec![payment("cancelled")];
        stage.happened(Event::Loaded(Loaded::Orders(orders, Vec::new())));
        assert!(
            says(&stage, ORDER) && says(&stage, cancelled),
            "{:#?}",
            stage.said()
        );
        assert!(!says(&stage, cancel), "{:#?}", stage.said());
        stage.press(back);
        assert!(row(&stage).contains(cancelled), "{}", row(&stage));
    }
}

#[test]
fn what_went_to_the_bank_meanwhile_is_said_not_to_be_cancelled() {
    let stage = with(Language::En, vec![payment("accepted")], false);
    stage.press(&row(&stage));
    stage.press(&format!("{} {ORDER}", CANCEL[0].1));
    stage.happened(to_sign());
    stage.press("I have read it and sign exactly this");
    stage.ui().invoke_focus_pin();
    stage.type_text(PIN);
    stage.key(Press::Return);
    let at = "2026-11-22T08:00:01Z".parse().unwrap();
    let document = Key::Decision(Digest::of(b"decision"));
    stage.happened(Event::Came(Came::Signed(at, document)));
    let sent = Fault::from(Box::new(Problem::new(ProblemType::AlreadySent)));
    stage.happened(Event::Came(Came::Refused(sent)));
    assert!(
        says(&stage, "the bank has the order already"),
        "{:#?}",
        stage.said()
    );
}

#[test]
fn only_what_may_be_cancelled_offers_it_and_only_to_who_may() {
    for (language, cancel) in CANCEL {
        let offered = |order: OrderView, unresolved| {
            let stage = with(language, vec![order], unresolved);
            stage.press(&row(&stage));
            assert!(says(&stage, ORDER), "{:#?}", stage.said());
            says(&stage, cancel)
        };
        for state in OrderState::ALL {
            let may = matches!(state, OrderState::AwaitingApproval | OrderState::Accepted);
            assert_eq!(offered(payment(state.as_str()), false), may, "{state:?}");
        }
        // What became of it is not known yet.
        assert!(!offered(payment("accepted"), true));
        // Somebody else's: who may approve cancels it, who prepares does not.
        for (rights, may) in [(["view", "approve"], true), (["view", "prepare"], false)] {
            let stage = Stage::new(language, Theme::Light);
            stage.plug_in(fine());
            let mut opened = opened();
            opened.me.rights = rights.map(String::from).to_vec();
            stage.happened(Event::Opened(Box::new(opened)));
            stage.happened(Event::Go(Page::History));
            let mut others = payment("accepted");
            others.user.id = "5e1f0000-0000-4000-8000-000000000102".parse().unwrap();
            let shown = history::Input::Open(others.order);
            stage.happened(Event::Loaded(Loaded::Orders(vec![others], Vec::new())));
            stage.happened(Event::History(shown));
            assert_eq!(says(&stage, cancel), may, "{rights:?}");
        }
    }
}

#[test]
fn a_payment_says_what_it_pays_what_it_waits_for_and_how_it_came_there() {
    for (language, bill, waits, reference, decided, accepted, back) in [
        (
            Language::En,
            "B-2026-09-1001, Principal ¥ 12,920,423.89, Late-payment penalty ¥ 982,890.49, Amount ¥ 13,903,314.38",
            "Awaits your transfer until: 2027-01-21 ",
            "Your reference: furnace 1",
            "Approved: 2026-11-20 ",
            "Accepted: 2026-11-20 ",
            "Back",
        ),
        (
            Language::Zh,
            "B-2026-09-1001, 电费本金 ¥ 12,920,423.89, 违约金 ¥ 982,890.49, 金额 ¥ 13,903,314.38",
            "等待转账，截至: 2027-01-21 ",
            "附言: furnace 1",
            "批准: 2026-11-20 ",
            "已受理: 2026-11-20 ",
            "返回",
        ),
    ] {
        let mut order = transfer();
        order.decisions = vec![DecisionView {
            user: me().user,
            decision: Decision::Approve,
            at: "2026-11-20T08:00:00Z".parse().unwrap(),
        }];
        let stage = with(language, vec![order], false);
        stage.press(&row(&stage));
        for said in [bill, waits, reference, decided, accepted, ORDER, "Li Na"] {
            assert!(says(&stage, said), "{said}: {:#?}", stage.said());
        }
        stage.picture(match language {
            Language::En => "payment-transfer-en-light",
            Language::Zh => "payment-transfer-zh-light",
        });
        stage.press(back);
        assert!(row(&stage).contains("¥ 13,903,314.38"));
    }
}

#[test]
fn the_transfer_for_the_own_bank_is_kept_while_it_is_awaited() {
    for (language, save) in [
        (Language::En, "Save the transfer (pain.001)"),
        (Language::Zh, "保存转账文件（pain.001）"),
    ] {
        let stage = with(language, vec![transfer()], false);
        stage.press(&row(&stage));
        // To whom, how much, with which reference.
        let reference = CreditorReference::for_order(&transfer().order).printed();
        assert!(says(&stage, &reference), "{:#?}", stage.said());
        stage.press(save);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::SaveTransfer(order)] if order.to_string() == ORDER),
            "{wanted:?}"
        );
        stage.happened(Event::Saved(format!("transfer-{ORDER}.xml")));
        assert!(says(&stage, &format!("transfer-{ORDER}.xml")));
        // Its money came: there is nothing left to transfer.
        let mut settled = transfer();
        (settled.state, settled.awaiting) = (OrderState::Settled, None);
        stage.happened(Event::Loaded(Loaded::Orders(vec![settled], Vec::new())));
        assert!(says(&stage, ORDER) && stage.find(save).is_none());
    }
}
