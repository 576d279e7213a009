use jiff::civil::date;
use serde_json::{Value, json};

use super::*;

const ZONE: &str = "Asia/Shanghai";

fn points() -> Vec<MeteringPoint> {
    let point = |id: &str, last: Value| {
        json!({"point": id, "account": "C-1001", "name": "Furnace", "address": "1 Works Road",
            "under": null, "tariff": "T-1", "schedule": "S-1", "capacity_kva": "4000",
            "contracted_kw": "3200.5", "prepaid": false, "first": null, "last": last})
    };
    let points = json!([
        point("P-1", Value::Null),
        point("P-2", json!("2026-10-31T16:00:00Z"))
    ]);
    serde_json::from_value(points).unwrap()
}

fn sums(asked: &Asked, items: &Value) -> Readings {
    serde_json::from_value(
        json!({"point": asked.point, "from": asked.from, "to": asked.to(),
        "step": asked.view.step().as_str(), "time_zone": ZONE, "resolution": 900,
        "schedule": "S-1",
        "total": {"from": "2026-09-30T16:00:00Z", "to": "2026-10-31T16:00:00Z", "energy": {}},
        "items": items}),
    )
    .unwrap()
}

fn asks(effects: &[Effect]) -> Vec<Asked> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Load(Wanted::Readings(asked)) => Some(asked.clone()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn the_newest_month_of_the_first_point_with_readings_comes_first() {
    let mut usage = Usage::default();
    let asked = asks(&usage.points_loaded(points(), ZONE));
    // The readings end with October, at midnight in Shanghai.
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].point.as_str(), "P-2");
    assert_eq!(
        (asked[0].view, asked[0].from, asked[0].to()),
        (View::Month, date(2026, 10, 1), date(2026, 11, 1))
    );
}

#[test]
fn one_zooms_in_to_the_quarter_hour_and_out_to_the_year() {
    let mut usage = Usage::default();
    let asked = asks(&usage.points_loaded(points(), ZONE)).remove(0);
    let items = json!([{"from": "2026-10-13T16:00:00Z", "to": "2026-10-14T16:00:00Z",
        "date": "2026-10-14", "energy": {"active-import": 1000}}]);
    usage.loaded(Shown {
        sums: sums(&asked, &items),
        raw: None,
        asked,
    });
    let slots = usage.slots();
    assert_eq!(slots.len(), 31, "each day has its place");
    assert!(slots[13].item.is_some() && slots[12].item.is_none());
    usage.hours = true;
    let day = asks(&usage.update(Input::ZoomIn(13), ZONE)).remove(0);
    assert_eq!((day.view, day.from), (View::Day, date(2026, 10, 14)));
    let hour = json!([{"from": "2026-10-13T16:00:00Z", "to": "2026-10-13T17:00:00Z",
        "date": "2026-10-14", "energy": {"active-import": 1000}}]);
    let quarter = json!([{"from": "2026-10-13T16:15:00Z", "to": "2026-10-13T16:30:00Z",
        "energy": {"active-import": 250}}]);
    usage.loaded(Shown {
        sums: sums(&day, &hour),
        raw: Some(sums(&day, &quarter)),
        asked: day,
    });
    assert_eq!(usage.slots().len(), 24);
    assert!(usage.update(Input::ZoomIn(0), ZONE).is_empty());
    let slots = usage.slots();
    assert_eq!(slots.len(), 96);
    assert!(slots[1].item.is_some() && slots[1].hour.is_some() && slots[4].hour.is_none());
    let _ = usage.update(Input::ZoomOut, ZONE);
    assert!(usage.hours);
    let month = asks(&usage.update(Input::ZoomOut, ZONE)).remove(0);
    assert_eq!((month.view, month.from), (View::Month, date(2026, 10, 1)));
    let year = asks(&usage.update(Input::ZoomOut, ZONE)).remove(0);
    assert_eq!((year.view, year.from), (View::Year, date(2026, 1, 1)));
    let before = asks(&usage.update(Input::Move(-1), ZONE)).remove(0);
    assert_eq!(before.from, date(2025, 1, 1));
}

#[test]
fn a_closer_view_begins_with_what_is_known_last_and_a_bar_with_its_own_day() {
    let day = |number: u8| {
        json!({"from": format!("2026-10-{number:02}T00:00:00Z"),
            "to": format!("2026-10-{:02}T00:00:00Z", number + 1),
            "date": format!("2026-10-{number:02}"), "energy": {"active-import": 1000}})
    };
    let month = || {
        let mut usage = Usage::default();
        let asked = asks(&usage.points_loaded(points(), ZONE)).remove(0);
        usage.loaded(Shown {
            sums: sums(&asked, &json!([day(1), day(20)])),
            raw: None,
            asked,
        });
        usage
    };
    let chosen = asks(&month().update(Input::View(View::Day), ZONE)).remove(0);
    assert_eq!(chosen.from, date(2026, 10, 20));
    let first = asks(&month().update(Input::ZoomIn(0), ZONE)).remove(0);
    assert_eq!(first.from, date(2026, 10, 1));
}

#[test]
fn what_comes_too_late_is_not_shown() {
    let mut usage = Usage::default();
    let asked = asks(&usage.points_loaded(points(), ZONE)).remove(0);
    let _ = usage.update(Input::Move(-1), ZONE);
    usage.loaded(Shown {
        sums: sums(&asked, &json!([])),
        raw: None,
        asked,
    });
    assert!(usage.there().is_none());
    assert!(usage.update(Input::SaveCsv, ZONE).is_empty());
}
