//! A small chart for the terminal: one bar a row, as long as what was drawn.

use jiff::tz::TimeZone;
use wattkey_client::tables::usage::kwh;
use wattkey_protocol::usage::{ReadingSum, Readings, Step};

/// Characters of the longest bar.
const WIDTH: i64 = 50;
/// Eighths of a character.
const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const FULL: char = '█';

pub(super) fn of(readings: &Readings) -> String {
    let drawn = |item: &ReadingSum| item.energy.active_import.unwrap_or(0).max(0);
    let most = readings.items.iter().map(drawn).max().unwrap_or(0);
    let rows = readings.items.iter().map(|item| {
        let label = match item.date {
            Some(date) if readings.step == Step::Day => date.to_string(),
            Some(date) if readings.step == Step::Month => date.strftime("%Y-%m").to_string(),
            _ => item
                .from
                .to_zoned(TimeZone::system())
                .strftime("%m-%d %H:%M")
                .to_string(),
        };
        let bar = bar(drawn(item), most);
        let energy = kwh(drawn(item));
        format!("{label}  {bar} {energy}\n")
    });
    rows.collect()
}

fn bar(value: i64, most: i64) -> String {
    if most == 0 {
        return String::new();
    }
    let eighths = i128::from(value) * i128::from(WIDTH * 8) / i128::from(most);
    let eighths = usize::try_from(eighths).unwrap_or(0);
    let mut bar: String = std::iter::repeat_n(FULL, eighths / 8).collect();
    if eighths % 8 > 0 {
        bar.push(PARTS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_what_they_show() {
        assert_eq!(bar(100, 100).chars().count(), 50);
        assert_eq!(bar(50, 100).chars().count(), 25);
        assert_eq!(bar(1, 100), "▌");
        assert_eq!(bar(0, 100), "");
        assert_eq!(bar(0, 0), "");
        assert_eq!(bar(i64::MAX, i64::MAX).chars().count(), 50);
        let item = |day: u8, wh: i64| {
            serde_json::json!({"from": format!("2026-08-{day:02}T00:00:00Z"),
                "to": format!("2026-08-{:02}T00:00:00Z", day + 1),
                "date": format!("2026-08-{day:02}"), "energy": {"active-import": wh}})
        };
        let readings: Readings = serde_json::from_value(serde_json::json!({"point": "P-1",
            "from": "2026-08-01", "to": "2026-08-03", "step": "day", "time_zone": "Asia/Shanghai",
            "resolution": 900, "schedule": null, "total": item(1, 3_000_500),
            "items": [item(1, 1_000_000), item(2, 2_000_500)]}))
        .unwrap();
        let chart = of(&readings);
        assert_eq!(chart.lines().count(), 2);
        assert!(chart.starts_with("2026-08-01  █"), "{chart}");
    }
}
