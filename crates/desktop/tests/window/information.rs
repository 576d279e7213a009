//! Consumption, recomputation, disputes, statements, receipts: as somebody finds and uses them.

use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use slint::ComponentHandle as _;
use slint::platform::Key;
use wattkey_client::words::Lang;
use wattkey_desktop::model::signing::{Came, Kind, ToSign};
use wattkey_desktop::model::usage::{Asked, Picture, View};
use wattkey_desktop::model::{
    Effect, Event, Loaded, Page, Wanted, bills, dispute, history, overview, statement,
};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_domain::{BillId, DisputeReason};
use wattkey_protocol::dispute::{Dispute, Draft};

use super::harness::{Stage, fine, opened, whole};
use super::samples;

fn unlocked(language: Language, theme: Theme) -> Stage {
    let stage = Stage::new(language, theme);
    stage.plug_in(fine());
    stage.open();
    stage
}

/// Answers what the page asked for.
fn answer(stage: &Stage) -> Option<Asked> {
    let asked = stage.wanted().into_iter().find_map(|effect| match effect {
        Effect::Load(Wanted::Readings(asked)) => Some(asked),
        _ => None,
    })?;
    let shown = Box::new(samples::consumption(&asked));
    stage.happened(Event::Loaded(Loaded::Readings(shown)));
    Some(asked)
}

/// The newest month of the first metering point is there.
pub(crate) fn with_usage(stage: &Stage) {
    stage.happened(Event::Loaded(Loaded::Points(samples::points())));
    answer(stage);
}

pub(crate) fn with_bill(language: Language, theme: Theme) -> (Stage, BillId) {
    let stage = unlocked(language, theme);
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1400.0));
    let loaded = samples::bill();
    let bill = loaded.detail.summary.bill.clone();
    let list = vec![loaded.detail.summary.clone()];
    stage.happened(Event::Loaded(Loaded::Bills(list)));
    stage.happened(Event::Go(Page::Bills));
    stage.happened(Event::Bills(bills::Input::Open(0)));
    stage.happened(Event::Loaded(Loaded::Bill(Box::new(loaded))));
    let disputes = Loaded::Disputes(bill.clone(), samples::disputes());
    stage.happened(Event::Loaded(disputes));
    (stage, bill)
}

pub(crate) fn reckon(stage: &Stage) {
    let bill = samples::document().bill;
    let reckoned = Loaded::Reckoned(bill, Box::new(samples::reckoned()));
    stage.happened(Event::Loaded(reckoned));
}

fn says(stage: &Stage, words: &str) -> bool {
    stage.said().iter().any(|said| said.contains(words))
}

/// One of a few beside each other; other elements may be called so too.
fn press_tab(stage: &Stage, label: &str) {
    let mut named = ElementHandle::find_by_accessible_label(stage.ui(), label);
    let tab = named.find(|element| element.accessible_role() == Some(AccessibleRole::Tab));
    tab.unwrap().invoke_accessible_default_action();
}

fn sized(stage: &Stage, width: f32, height: f32) {
    let size = slint::LogicalSize::new(width, height);
    stage.ui().window().set_size(size);
}

#[test]
fn consumption_is_found_zoomed_into_and_kept() {
    for (language, page, day, load, before, csv) in [
        (
            Language::En,
            "Consumption",
            "Day",
            "Load (MW) · P-1001 · 2026-10-14",
            "Before",
            "Export CSV",
        ),
        (
            Language::Zh,
            "用电信息",
            "日",
            "负荷 (MW) · P-1001 · 2026-10-14",
            "上一段",
            "导出 CSV",
        ),
    ] {
        let stage = unlocked(language, Theme::Light);
        stage.press(page);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Load(Wanted::Points)]),
            "{wanted:?}"
        );
        stage.happened(Event::Loaded(Loaded::Points(samples::points())));
        let asked = answer(&stage).unwrap();
        assert_eq!(
            (asked.view, asked.from.to_string()),
            (View::Month, "2026-10-01".into())
        );
        // The value of each day, with its periods; the same in the table.
        assert!(
            says(&stage, "2026-10-14: 672,000 kWh"),
            "{:#?}",
            stage.said()
        );
        assert!(says(&stage, " 672,000"), "{:#?}", stage.said());
        // A bar leads to its day.
        let bar = stage
            .said()
            .into_iter()
            .find(|said| said.starts_with("2026-10-14: "));
        stage.press(&bar.unwrap());
        let asked = answer(&stage).unwrap();
        assert_eq!(
            (asked.view, asked.from.to_string()),
            (View::Day, "2026-10-14".into())
        );
        assert!(says(&stage, load), "{:#?}", stage.said());
        assert!(says(&stage, "2026-10-14 00:15: "));
        stage.press(before);
        assert_eq!(answer(&stage).unwrap().from.to_string(), "2026-10-13");
        assert!(stage.find(day).is_some());
        stage.press(csv);
        let wanted = stage.wanted();
        let [Effect::SaveTable(stem, table)] = wanted.as_slice() else {
            panic!("{wanted:?}");
        };
        assert_eq!(stem, "usage-P-1001-2026-10-13");
        assert_eq!(
            table.csv().iter().filter(|byte| **byte == b'\n').count(),
            97
        );
        stage.happened(Event::Saved("usage.csv".into()));
        assert!(says(&stage, "usage.csv"));
    }
}

#[test]
fn the_marked_value_follows_the_keys_and_the_pointer() {
    let stage = unlocked(Language::En, Theme::Light);
    stage.happened(Event::Go(Page::Usage));
    with_usage(&stage);
    // To the chart by keyboard alone.
    let marked = |stage: &Stage| {
        let said = stage.said();
        said.iter()
            .filter(|said| said.starts_with("2026-10-01: "))
            .count()
    };
    assert_eq!(marked(&stage), 1, "the bar itself");
    for _ in 0..60 {
        stage.tab();
        stage.key(Key::Home);
        if marked(&stage) == 2 {
            break;
        }
    }
    assert_eq!(marked(&stage), 2, "the bar and the words above it");
    stage.key(Key::RightArrow);
    assert_eq!(marked(&stage), 1);
    stage.key(Key::LeftArrow);
    assert_eq!(marked(&stage), 2);
    stage.key(Key::Return);
    assert_eq!(answer(&stage).unwrap().from.to_string(), "2026-10-01");
}

#[test]
fn maximum_demand_stands_against_the_contract() {
    for (language, demand, line) in [
        (Language::En, "Maximum demand", "Contract 46,000 kW"),
        (Language::Zh, "最大需量", "合同 46,000 kW"),
    ] {
        let stage = unlocked(language, Theme::Dark);
        stage.happened(Event::Go(Page::Usage));
        with_usage(&stage);
        assert!(stage.find(line).is_none(), "energy has no contract");
        press_tab(&stage, demand);
        assert!(stage.find(line).is_some(), "{:#?}", stage.said());
        assert!(says(&stage, "102.8"), "the figure says that it is exceeded");
    }
}

#[test]
fn the_chart_becomes_a_picture() {
    let stage = unlocked(Language::En, Theme::Light);
    stage.happened(Event::Go(Page::Usage));
    with_usage(&stage);
    stage.press("Export PNG");
    let wanted = stage.wanted();
    let [Effect::SavePicture(stem, picture)] = wanted.as_slice() else {
        panic!("no picture");
    };
    assert_eq!(stem, "usage-P-1001-2026-10");
    let Picture {
        width,
        height,
        rgba,
    } = picture;
    assert!(*width > 400 && *height > 300, "{width} × {height}");
    // The colours of four periods, and of the card.
    let colours: std::collections::BTreeSet<_> = rgba.chunks(4).map(<[u8]>::to_vec).collect();
    for colour in [
        [0xc8, 0x37, 0x2d],
        [0xe0, 0x8a, 0x1e],
        [0x0b, 0x62, 0xc4],
        [0x3f, 0xae, 0x9f],
    ] {
        assert!(colours.iter().any(|one| one[..3] == colour), "{colour:x?}");
    }
}

#[test]
fn a_bill_says_how_it_was_reckoned_and_what_differs() {
    for (language, how, differs, why) in [
        (
            Language::En,
            "How was this reckoned?",
            "Differs from meter readings and tariff: ¥ -111,552.00",
            "Differs: the bill has the quantity 47005 (¥ -111,552.00)",
        ),
        (
            Language::Zh,
            "这是怎么算的？",
            "与抄表数据和电价不一致：¥ -111,552.00",
            "不一致：账单数量为 47005（¥ -111,552.00）",
        ),
    ] {
        let (stage, bill) = with_bill(language, Theme::Light);
        stage.wanted();
        stage.press(how);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Load(Wanted::Reckoned(asked))] if *asked == bill)
        );
        reckon(&stage);
        assert!(stage.find(differs).is_some(), "{:#?}", stage.said());
        assert!(says(&stage, why));
        // As a document it carries the recomputation then.
        let save = stage
            .said()
            .into_iter()
            .find(|said| said.ends_with("English"));
        stage.press(&save.unwrap());
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::BillPdf(_, true, Lang::En)]),
            "{wanted:?}"
        );
    }
}

#[test]
fn a_line_is_queried_reviewed_and_signed() {
    for (language, query, words, review, agree, answered) in [
        (
            Language::En,
            "Query this bill",
            "In your words",
            "Review",
            "I have read it and sign exactly this",
            "Half of it is credited.",
        ),
        (
            Language::Zh,
            "对此账单提出争议",
            "说明",
            "核对",
            "我已核对，同意就以上内容签名",
            "Half of it is credited.",
        ),
    ] {
        let (stage, bill) = with_bill(language, Theme::Light);
        assert!(says(&stage, answered), "answers stand on the bill");
        stage.wanted();
        stage.press(query);
        let form = |input| stage.happened(Event::Bills(bills::Input::Dispute(input)));
        form(dispute::Input::Line(5));
        form(dispute::Input::Amount("111552.00".into()));
        form(dispute::Input::Text("The meter stood.".into()));
        assert_eq!(stage.value(words).as_deref(), Some("The meter stood."));
        stage.press(review);
        let mut wanted = stage.wanted();
        let Some(Effect::Dispute(wanted)) = wanted.pop() else {
            panic!("{wanted:?}");
        };
        assert_eq!((wanted.bill.clone(), wanted.line), (bill.clone(), Some(5)));
        assert_eq!(
            (wanted.amount, wanted.reason),
            (11_155_200, DisputeReason::Quantity)
        );
        // What is signed is shown as it will be signed, on the page of payments.
        let lines = signed(&wanted);
        let shown = ToSign::new(Kind::Dispute, lines, fine());
        stage.happened(Event::ToSign(Box::new(shown)));
        assert!(says(&stage, "¥ 111,552.00") && says(&stage, "The meter stood."));
        stage.press(agree);
        stage.ui().invoke_focus_pin();
        stage.type_text(super::harness::PIN);
        stage.key(Key::Return);
        let wanted = stage.wanted();
        assert!(matches!(wanted.as_slice(), [Effect::Sign(_)]), "{wanted:?}");
        stage.happened(Event::Came(Came::Accepted(None)));
        let wanted = stage.wanted();
        let again = |effect: &Effect| matches!(effect, Effect::Load(Wanted::Disputes(asked)) if *asked == bill);
        assert!(wanted.iter().any(again), "{wanted:?}");
        stage.happened(Event::Leave);
        assert!(stage.find(query).is_some(), "back on the bill");
    }
}

/// The lines of the document that would be signed.
pub(crate) fn signed(wanted: &dispute::Wanted) -> Vec<wattkey_protocol::lines::Line> {
    let me = opened().me;
    let document: Dispute = serde_json::from_value(serde_json::json!({
        "dispute": "6c1d0e4f-2a3b-4c5d-8e6f-708192a3b4c5", "audience": "https://pay.example",
        "customer": me.customer, "user": me.user,
        "terms": {"bill": wanted.bill, "document": wattkey_pki::Digest::of(b"bill"),
            "line": wanted.line, "amount": wanted.amount, "currency": wanted.currency,
            "reason": wanted.reason, "text": wanted.text},
        "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
    }))
    .unwrap();
    Draft::new(&document).unwrap().lines()
}

#[test]
fn an_open_query_is_taken_back() {
    let (stage, _) = with_bill(Language::En, Theme::Light);
    stage.wanted();
    stage.press("Take back: the whole bill: ¥ 111,552.00");
    let wanted = stage.wanted();
    assert!(
        matches!(wanted.as_slice(), [Effect::Withdraw(_)]),
        "{wanted:?}"
    );
}

#[test]
fn a_statement_is_shown_and_kept() {
    for (language, payments, tab, csv, pdf, balance) in [
        (
            Language::En,
            "Payments",
            "Statement of account",
            "Save the statement as CSV",
            "Save the statement as PDF, English",
            "Balance ¥ 12,932,769.56",
        ),
        (
            Language::Zh,
            "缴费记录",
            "对账单",
            "将对账单保存为 CSV",
            "将对账单保存为 PDF， 中文",
            "¥ 12,932,769.56",
        ),
    ] {
        let stage = unlocked(language, Theme::Light);
        stage.press(payments);
        stage.wanted();
        press_tab(&stage, tab);
        let wanted = stage.wanted();
        let [Effect::Load(Wanted::Statement(asked))] = wanted.as_slice() else {
            panic!("{wanted:?}");
        };
        assert_eq!((asked.account.as_str(), asked.days), ("C-1001", None));
        let statement = Loaded::Statement(Box::new(samples::statement()));
        stage.happened(Event::Loaded(statement));
        assert!(says(&stage, balance), "{:#?}", stage.said());
        stage.press(csv);
        stage.press(pdf);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::SaveTable(stem, _), Effect::StatementPdf(..)]
                if stem == "statement-C-1001-2026-08-01-2026-10-31"),
            "{wanted:?}"
        );
        stage.happened(Event::Statement(statement::Input::From("2026-11".into())));
        stage.happened(Event::Statement(statement::Input::Show));
        assert!(
            stage.wanted().is_empty(),
            "the months are the wrong way round"
        );
    }
}

#[test]
fn a_receipt_in_a_file_is_checked() {
    for (language, tab, file, verify) in [
        (
            Language::En,
            "Check a receipt",
            "File of the receipt (JSON or PDF)",
            "Check",
        ),
        (Language::Zh, "验证回执", "回执文件（JSON 或 PDF）", "验证"),
    ] {
        let stage = unlocked(language, Theme::Light);
        stage.happened(Event::Go(Page::History));
        stage.wanted();
        stage.press(tab);
        stage
            .find(file)
            .unwrap()
            .set_accessible_value("receipt.pdf");
        stage.press(verify);
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::VerifyReceipt(path)] if path.as_os_str() == "receipt.pdf"),
            "{wanted:?}"
        );
        let fault = wattkey_client::fault::Fault::new(
            "receipt-code-differs",
            wattkey_client::fault::Exit::ReceiptInvalid,
        )
        .with("order", "7d3f0b8e");
        stage.happened(Event::Verified(Err(fault)));
        assert!(says(&stage, "7d3f0b8e"));
    }
}

#[test]
fn a_kept_list_of_bills_is_told_on_the_page_of_bills() {
    let stage = unlocked(Language::En, Theme::Light);
    stage.press("Bills");
    stage.press("Export CSV");
    let wanted = stage.wanted();
    assert!(matches!(wanted.last(), Some(Effect::SaveBills(rows)) if rows.len() == 1800));
    let places = |stage: &Stage| {
        ["Export CSV", "Search bills", "Select all that can be paid"].map(|label| {
            let place = stage.find(label).unwrap().absolute_position();
            (whole(place.x), whole(place.y))
        })
    };
    let before = places(&stage);
    stage.happened(Event::Saved("wattkey-bills.csv".into()));
    assert!(stage.find("Kept in wattkey-bills.csv").is_some());
    assert_eq!(places(&stage), before, "nothing is moved by what is told");
    stage.press("Payments");
    assert!(stage.find("Kept in wattkey-bills.csv").is_none());
}

#[test]
fn a_payment_has_a_receipt_as_a_document() {
    let stage = unlocked(Language::Zh, Theme::Light);
    stage.happened(Event::Go(Page::History));
    let order: wattkey_protocol::api::OrderView = serde_json::from_value(serde_json::json!({
        "order": "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11", "digest": wattkey_pki::Digest::of(b"order"),
        "user": {"id": "5e1f0000-0000-4000-8000-000000000101", "name": "Li Na"},
        "bills": [], "deposit": null, "refund": null, "total": 700, "currency": "CNY",
        "source": {"kind": "mandate", "mandate": "M-1001"}, "reference": "furnace 1",
        "execute": null, "state": "settled", "history": [], "bank": null, "awaiting": null,
        "approve_until": null, "decisions": [], "message": null, "pay_by": null,
    }))
    .unwrap();
    stage.happened(Event::Loaded(Loaded::Orders(vec![order], Vec::new())));
    stage.wanted();
    stage.press("将回执保存为 PDF 7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11");
    let wanted = stage.wanted();
    assert!(
        matches!(wanted.as_slice(), [Effect::ReceiptPdf(_, Lang::Zh)]),
        "{wanted:?}"
    );
}

#[test]
fn months_are_summed_in_sight() {
    let stage = unlocked(Language::En, Theme::Light);
    let year = Asked {
        point: "P-1".parse().unwrap(),
        view: View::Year,
        from: jiff::civil::date(2026, 1, 1),
    };
    let sums = samples::consumption(&year).sums.items;
    let months = |done| {
        Loaded::Months(overview::Months {
            sums: sums.clone(),
            done,
            of: 50,
        })
    };
    stage.happened(Event::Loaded(months(12)));
    assert!(stage.find("12 of 50 metering points summed").is_some());
    stage.happened(Event::Loaded(months(50)));
    assert!(!says(&stage, "metering points summed"));
}

/// On a PC without any Chinese font: each name is another picture, also in the window in English.
#[test]
fn chinese_names_are_drawn_in_the_english_window() {
    let drawn = |name: &str| {
        let stage = Stage::new(Language::En, Theme::Light);
        stage.plug_in(fine());
        let mut opened = opened();
        opened.me.customer.name = name.into();
        stage.happened(Event::Opened(Box::new(opened)));
        stage.happened(Event::Go(Page::Settings));
        sized(&stage, 1280.0, 880.0);
        if name == "示例钢铁" {
            stage.picture("chinese-in-english");
        }
        let all = stage.ui().window().take_snapshot().unwrap();
        all.as_bytes().to_vec()
    };
    // As many characters, as wide: a blank or a box for each of them would make the same picture.
    let (one, other) = (drawn("示例钢铁"), drawn("东山钢厂"));
    assert!(one == drawn("示例钢铁"), "the same is drawn the same");
    assert!(one != other);
}

#[test]
fn history_remembers_nothing_of_another_page() {
    let stage = unlocked(Language::En, Theme::Light);
    stage.happened(Event::Go(Page::History));
    stage.happened(Event::Saved("receipt-1.json".into()));
    assert!(stage.find("Kept in receipt-1.json").is_some());
    stage.happened(Event::History(history::Input::Tab(history::Tab::Receipt)));
    assert!(stage.find("Kept in receipt-1.json").is_none());
    let file = stage.value("File of the receipt (JSON or PDF)");
    assert_eq!(
        file.as_deref(),
        Some("receipt-1.json"),
        "what was kept last is checked first"
    );
}

/// Without a legend the bars have as much room as with one.
#[test]
fn the_chart_fills_its_card_whatever_is_drawn() {
    let stage = unlocked(Language::En, Theme::Light);
    stage.happened(Event::Go(Page::Usage));
    with_usage(&stage);
    let height = |stage: &Stage| {
        let bar = stage
            .said()
            .into_iter()
            .find(|said| said.starts_with("2026-10-14: "));
        stage.find(&bar.unwrap()).unwrap().size().height
    };
    let with_periods = height(&stage);
    press_tab(&stage, "Maximum demand");
    assert_eq!(
        format!("{:.0}", height(&stage)),
        format!("{with_periods:.0}")
    );
    assert!(with_periods > 150.0);
}
