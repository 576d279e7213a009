//! By keyboard alone: what has the focus is seen, in sight, and leads everywhere.

use slint::ComponentHandle as _;
use slint::platform::Key;
use wattkey_desktop::model::signing::{self, Came};
use wattkey_desktop::model::{Effect, Event, Loaded, Page, unlock};
use wattkey_desktop::model::{history, personal};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_protocol::api::OrderView;

use super::harness::{PIN, Stage, bills, document, fine, order};
use super::paying::shown;

/// Most stops of a page.
const MOST: usize = 200;

/// Tabs until a screen reader says this.
pub(crate) fn tab_to(stage: &Stage, label: &str) {
    let mut seen = Vec::new();
    for _ in 0..MOST {
        let focused = stage.focused();
        if focused == label {
            return;
        }
        seen.push(focused);
        stage.tab();
    }
    panic!("{label} is never reached: {seen:#?}");
}

/// A payment order that the bank has booked.
fn settled() -> OrderView {
    let order = order();
    serde_json::from_value(serde_json::json!({
        "order": order["order"], "digest": wattkey_pki::Digest::of(b"order"), "user": order["user"],
        "state": "settled", "total": order["total"], "currency": "CNY", "reference": "furnace 1",
        "source": {"kind": "mandate", "mandate": "M-1001"}, "bills": [], "deposit": null, "refund": null, "execute": null,
        "awaiting": null, "history": [],
    }))
    .unwrap()
}

#[test]
fn a_keyboard_is_enough_from_unlocking_to_the_receipt() {
    for (language, words) in [
        (
            Language::En,
            [
                "PIN of the USB key",
                "Pay",
                "All that is overdue",
                "Your reference",
                "Review",
                "Back",
                "I have read it and agree to pay ¥ 13,903,314.38",
                "PIN, to sign",
                "Save the receipt",
                "Done",
            ],
        ),
        (
            Language::Zh,
            [
                "USB Key 的 PIN",
                "缴费",
                "全部逾期账单",
                "贵方备注",
                "核对",
                "返回",
                "我已核对，同意支付 ¥ 13,903,314.38",
                "签名用 PIN",
                "保存回执",
                "完成",
            ],
        ),
    ] {
        let [
            pin,
            pay,
            due,
            reference,
            review,
            back,
            agree,
            sign,
            receipt,
            done,
        ] = words;
        let stage = Stage::new(language, Theme::Light);
        stage.plug_in(fine());
        assert_eq!(stage.focused(), pin);
        stage.type_text(PIN);
        stage.key(Key::Return);
        assert!(matches!(stage.wanted().as_slice(), [Effect::Unlock { .. }]));
        stage.happened(Event::Unlock(unlock::Input::PinRight));
        stage.open();

        tab_to(&stage, pay);
        stage.key(' ');
        tab_to(&stage, due);
        stage.key(' ');
        tab_to(&stage, reference);
        stage.type_text("furnace 1");
        tab_to(&stage, review);
        stage.wanted();
        stage.key(' ');
        let wanted = stage.wanted();
        let [Effect::Prepare(request)] = wanted.as_slice() else {
            panic!("{wanted:?}")
        };
        assert_eq!(request.reference, "furnace 1");

        // The focus is never on paying when the page comes.
        stage.happened(Event::ToSign(Box::new(shown(&order()))));
        assert_eq!(stage.focused(), back);
        stage.key(Key::Return);
        assert!(stage.find(review).is_some(), "back in the form");
        stage.wanted();
        stage.happened(Event::ToSign(Box::new(shown(&order()))));
        stage.key(Key::Backtab);
        assert_eq!(stage.focused(), agree);
        stage.key(' ');
        assert_eq!(stage.focused(), sign);
        stage.type_text(PIN);
        stage.key(Key::Return);
        assert!(matches!(stage.wanted().as_slice(), [Effect::Sign(_)]));
        let at = "2026-11-22T08:00:01Z".parse().unwrap();
        stage.happened(Event::Came(Came::Signed(at, document())));
        stage.happened(Event::Came(Came::Accepted(Some(Box::new(settled())))));
        assert_eq!(stage.focused(), done);
        stage.wanted();
        stage.key(Key::Backtab);
        assert_eq!(stage.focused(), receipt);
        stage.key(' ');
        assert!(matches!(
            stage.wanted().as_slice(),
            [Effect::SaveReceipt(_)]
        ));
    }
}

/// Goes once around a page: each stop has a name, is drawn otherwise than without the focus, and lies
/// inside the window.
fn walk(stage: &Stage, page: &str) {
    let size = stage.ui().window().size();
    let first = stage.focused();
    for stop in 0..MOST {
        stage.tab();
        let focused = stage.focused();
        assert!(!focused.is_empty(), "{page}: stop {stop} has no name");
        let place = stage.focused_place();
        let [left, top, right, bottom] = place;
        let (width, height) = (size.width.cast_signed(), size.height.cast_signed());
        let inside = left >= 0 && top >= 0 && right <= width && bottom <= height;
        assert!(inside, "{page}: {focused} is out of sight at {place:?}");
        // Compared with the same page of which nothing has the focus: one after another, what is not
        // seen would be covered by what was seen before it.
        assert_ne!(
            stage.drawn(),
            stage.drawn_without_focus(),
            "{page}: nobody sees that {focused} has the focus"
        );
        if focused == first && stop > 0 {
            return;
        }
    }
    panic!("{page}: the way around has no end");
}

#[test]
fn what_has_the_focus_is_seen_and_in_sight() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage.plug_in(fine());
    super::personal::open(&stage);
    stage.happened(Event::Loaded(Loaded::Bills(bills())));
    stage.happened(Event::Go(Page::Personal));
    for _ in 0..8 {
        stage.happened(Event::Personal(personal::Input::AddContact));
    }
    for (tab, name) in crate::personal::TABS.iter().enumerate() {
        stage.happened(Event::Personal(personal::Input::Tab(tab)));
        stage.tab();
        walk(&stage, name);
    }
    stage.happened(Event::PayDue);
    for (page, name) in [(Page::Pay, "pay"), (Page::Settings, "settings")] {
        stage.happened(Event::Go(page));
        stage.tab();
        walk(&stage, name);
    }
}

#[test]
fn each_stop_of_the_lists_and_of_what_is_signed_is_seen() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage.plug_in(fine());
    walk(&stage, "unlock");
    stage.open();
    stage.happened(Event::Loaded(Loaded::Bills(bills()[..3].to_vec())));
    stage.happened(Event::Loaded(Loaded::Orders(vec![settled()], Vec::new())));
    for (page, name) in [
        (Page::Overview, "overview"),
        (Page::Bills, "bills"),
        (Page::Approvals, "approvals"),
        (Page::History, "history"),
    ] {
        stage.happened(Event::Go(page));
        stage.tab();
        walk(&stage, name);
    }
    let waiting = super::walk::payment("awaiting-approval");
    let opened = history::Input::Open(waiting.order);
    stage.happened(Event::Loaded(Loaded::Orders(vec![waiting], Vec::new())));
    stage.happened(Event::Go(Page::History));
    stage.happened(Event::History(opened));
    walk(&stage, "payment");
    stage.happened(Event::Go(Page::Usage));
    super::information::with_usage(&stage);
    stage.tab();
    walk(&stage, "usage");
    stage.happened(Event::ToSign(Box::new(shown(&order()))));
    stage.happened(Event::Signing(signing::Input::Agree(true)));
    walk(&stage, "review");
}

#[test]
fn the_first_start_needs_no_mouse() {
    let stage = super::setup::stage(Language::Zh, Theme::Light);
    tab_to(&stage, "查找 USB Key");
    stage.key(' ');
    assert!(matches!(stage.wanted().as_slice(), [Effect::Setup(_)]));
    super::setup::to_service(&stage);
    assert_eq!(stage.focused(), "供电公司提供的配置文件");
    stage.type_text("/media/usb/config.toml");
    stage.key(Key::Return);
    assert!(matches!(stage.wanted().as_slice(), [Effect::Setup(_)]));
    super::setup::to_try(&stage);
    stage.wanted();
    tab_to(&stage, "完成设置");
    stage.key(' ');
    assert!(matches!(stage.wanted().as_slice(), [Effect::Setup(_)]));
}

#[test]
fn an_order_file_needs_no_mouse() {
    let stage = super::order_file::stage(Language::En, Theme::Light);
    assert_eq!(stage.focused(), "File");
    stage.type_text("/media/li/Documents/november.csv");
    stage.key(Key::Return);
    assert!(matches!(
        stage.wanted().as_slice(),
        [Effect::ImportOrders(_)]
    ));
    stage.happened(Event::OrderFile(
        wattkey_desktop::model::order_file::Input::Previewed(Box::new(
            super::order_file::previewed(),
        )),
    ));
    tab_to(&stage, "Review");
    stage.key(' ');
    assert!(matches!(
        stage.wanted().as_slice(),
        [Effect::BuildOrders(_)]
    ));
    super::order_file::reviewing(&stage);
    assert_eq!(stage.focused(), "Back");
    stage.key(Key::Backtab);
    stage.key(' ');
    assert_eq!(stage.focused(), "PIN, to sign");
}

#[test]
fn a_long_list_is_gone_through_by_keyboard() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage.plug_in(fine());
    stage.open();
    stage.happened(Event::Go(Page::Bills));
    let last = "B-2026-10-1050, C-1050, 2026-10, ";
    let mut seen = 0;
    for _ in 0..MOST * 2 {
        stage.tab();
        let focused = stage.focused();
        if focused.starts_with("B-2026-10-10") {
            seen += 1;
        }
        if focused.starts_with(last) {
            let [_, top, _, bottom] = stage.focused_place();
            assert!(top > 0 && bottom <= 880, "{top} to {bottom}");
            break;
        }
    }
    assert!(seen >= 50, "{seen} rows of the 50 newest were reached");
}
