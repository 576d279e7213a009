//! The first page: many notices, and one whose cut-off was called off.

use serde_json::json;
use slint::ComponentHandle as _;
use wattkey_desktop::model::{Effect, Event, Loaded, Page, overview};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_protocol::notice::NoticeView;

use super::harness::{Stage, fine, whole};
use super::samples;

fn notice(number: u32) -> NoticeView {
    serde_json::from_value(json!({
        "notice": format!("7d2e1f50-3b4c-4d5e-8f60-0000000000{number:02}"),
        "digest": wattkey_pki::Digest::of(b"notice"), "account": format!("C-{}", 1001 + number),
        "kind": "cut-off", "bills": 2, "total": 1_293_276_956, "currency": "CNY",
        "served": "2026-11-20T08:00:00Z", "cut_off": "2026-11-27T02:00:00Z", "acknowledged": [],
    }))
    .unwrap()
}

fn stage(language: Language, notices: Vec<NoticeView>) -> Stage {
    let stage = Stage::new(language, Theme::Light);
    stage.plug_in(fine());
    stage.open();
    stage.happened(Event::Loaded(Loaded::Notices(notices)));
    // Arrears are above them.
    let arrears = json!({"today": "2026-11-22", "rules": {}, "more": false,
        "totals": [{"currency": "CNY", "open": 1_293_276_956, "penalty": 98_289_049, "disputed": 0,
            "ages": []}],
        "bills": [{"bill": "B-2026-09-1001", "account": "C-1001", "period": "2026-09",
            "due": "2026-10-16", "currency": "CNY", "open": 1_293_276_956, "age": "31-60",
            "days": 37, "penalty": 98_289_049, "disputed": null, "preview": []}]});
    stage.happened(Event::Loaded(Loaded::Arrears(Box::new(
        serde_json::from_value(arrears).unwrap(),
    ))));
    let year = wattkey_desktop::model::usage::Asked {
        point: "P-1".parse().unwrap(),
        view: wattkey_desktop::model::usage::View::Year,
        from: jiff::civil::date(2026, 1, 1),
    };
    let months = overview::Months {
        sums: samples::consumption(&year).sums.items,
        done: 50,
        of: 50,
    };
    stage.happened(Event::Loaded(Loaded::Months(months)));
    stage
}

#[test]
fn many_notices_leave_the_chart_in_sight_and_are_all_there_when_asked_for() {
    for (language, read, all, fewer, chart) in [
        (
            Language::En,
            "Read and acknowledge: ",
            "Show all 50",
            "Show the first only",
            "Consumption by month (MWh)",
        ),
        (
            Language::Zh,
            "阅读并签收: ",
            "显示全部 50 份",
            "只显示前几份",
            "各月用电量 (MWh)",
        ),
    ] {
        let stage = stage(language, (0..50).map(notice).collect());
        let count = |stage: &Stage| {
            let said = stage.said();
            said.iter().filter(|said| said.starts_with(read)).count()
        };
        assert_eq!(count(&stage), 2);
        let bars = stage.find(chart).unwrap();
        let [top, high] = [bars.absolute_position().y, bars.size().height].map(whole);
        assert!(top + high <= 850, "the chart ends at {}", top + high);
        stage.picture(match language {
            Language::En => "overview-notices-en-light",
            Language::Zh => "overview-notices-zh-light",
        });
        let size = slint::LogicalSize::new(1280.0, 6000.0);
        stage.ui().window().set_size(size);
        stage.press(all);
        assert_eq!(count(&stage), 50);
        stage.wanted();
        // Each button belongs to its own notice.
        let last = stage
            .said()
            .into_iter()
            .rfind(|said| said.starts_with(read));
        stage.press(&last.unwrap());
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Notice(one)] if *one == notice(49).notice),
            "{wanted:?}"
        );
        stage.press(fewer);
        assert_eq!(count(&stage), 2);
    }
}

#[test]
fn few_notices_need_no_button() {
    let stage = stage(Language::En, (0..2).map(notice).collect());
    let said = stage.said();
    assert!(
        !said.iter().any(|said| said.starts_with("Show all")),
        "{said:#?}"
    );
    stage.happened(Event::Go(Page::Overview));
}

#[test]
fn a_cut_off_that_was_called_off_is_said_to_be() {
    for (language, planned, called_off) in [
        (
            Language::En,
            "Supply is going to be cut at ",
            "was called off, ",
        ),
        (Language::Zh, "将于 ", " 取消"),
    ] {
        let mut one = notice(1);
        let said = |one: NoticeView| {
            let stage = stage(language, vec![one]);
            let mut said = stage.said().into_iter();
            said.find(|said| said.contains("C-1002") && said.contains("12,932,769.56"))
                .unwrap()
        };
        let before = said(one.clone());
        assert!(before.contains(planned), "{before}");
        assert!(!before.contains(called_off), "{before}");
        one.dropped = Some("2026-11-21T08:00:00Z".parse().unwrap());
        let after = said(one);
        assert!(after.contains(called_off), "{after}");
        assert!(!after.contains(planned), "{after}");
    }
}

#[test]
fn what_is_being_collected_stands_beside_what_is_open() {
    for (language, open, collected) in [
        (Language::En, "Open: ¥ 7.00", "¥ 12,345.67 being collected"),
        (Language::Zh, "应缴: ¥ 7.00", "另有 ¥ 12,345.67 扣款中"),
    ] {
        let stage = stage(language, Vec::new());
        let accounts = |each: [i64; 2]| {
            let accounts = each.map(|amount| {
                json!({"account": "C-1001", "name": "Arc furnace 1", "address": "1 Furnace Road",
                    "currency": "CNY", "open": 350, "overdue": 0, "in_collection": amount})
            });
            stage.happened(Event::Loaded(Loaded::Accounts(
                serde_json::from_value(json!(accounts)).unwrap(),
            )));
            let mut said = stage.said().into_iter();
            said.find(|said| said.starts_with(open)).unwrap()
        };
        assert!(!accounts([0, 0]).contains(collected));
        assert!(accounts([1_000_000, 234_567]).ends_with(collected));
        stage.picture(match language {
            Language::En => "overview-collected-en-light",
            Language::Zh => "overview-collected-zh-light",
        });
    }
}
