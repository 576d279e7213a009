use std::collections::BTreeMap;

use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::{Text, warning};
use wattkey_desktop_ui::{AppWindow, Figure, MonthBars, Overview as Page, Tone, WarningRow};
use wattkey_domain::Currency;
use wattkey_protocol::api::Account;
use wattkey_protocol::notice::NoticeView;
use wattkey_protocol::usage::ReadingSum;
use wattkey_protocol::warnings::{Action, Severity, Warning, What};

use super::{count, model, said};
use crate::model::Open;
use crate::model::overview::{FIRST_NOTICES, Leads, Overview, leads};

/// Watt-hours of a megawatt-hour.
const MWH: i64 = 1_000_000;
/// Marks on the scale, without its zero.
const MARKS: i64 = 5;
/// Most warnings that the first page has.
const MOST: usize = 6;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    let overview = &open.overview;
    page.set_loading(overview.accounts.is_none() && overview.fault.is_none());
    page.set_failed(said(overview.fault.as_ref().or(open.fault.as_ref()), text));
    page.set_figures(model(figures(overview, text)));
    page.set_alarm(alarm(overview, text));
    let warnings = overview.warnings.iter().flatten().take(MOST).enumerate();
    page.set_warnings(model(
        warnings
            .map(|(index, one)| warning_row(index, one, text))
            .collect(),
    ));
    let notices = overview.shown_notices().enumerate();
    page.set_notices(model(
        notices
            .map(|(index, one)| notice_row(index, one, text))
            .collect(),
    ));
    let unread = overview.unread().count();
    page.set_more_notices(match (unread > FIRST_NOTICES, overview.all_notices) {
        (false, _) => SharedString::new(),
        (true, true) => text.get("window-fewer-notices").into(),
        (true, false) => {
            let values = [("count", unread.into())];
            text.with("window-all-notices", &values).into()
        }
    });
    page.set_all_notices(overview.all_notices);
    months(sums(overview), &page);
    let summing = overview
        .months
        .as_ref()
        .filter(|months| months.done < months.of);
    page.set_progress(summing.map_or_else(SharedString::new, |months| {
        let values = [("done", months.done.into()), ("of", months.of.into())];
        text.with("window-summing", &values).into()
    }));
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_figures(model(Vec::new()));
    page.set_warnings(model(Vec::new()));
    page.set_notices(model(Vec::new()));
    page.set_more_notices(SharedString::new());
    page.set_months(model(Vec::new()));
    page.set_progress(SharedString::new());
    page.set_alarm(SharedString::new());
    page.set_failed(SharedString::new());
}

/// The currency of most accounts.
fn currency(overview: &Overview) -> Option<Currency> {
    overview
        .accounts
        .iter()
        .flatten()
        .next()
        .map(|account| account.currency)
}

fn figures(overview: &Overview, text: &Text) -> Vec<Figure> {
    let Some((accounts, currency)) = overview.accounts.as_ref().zip(currency(overview)) else {
        return Vec::new();
    };
    let of = accounts
        .iter()
        .filter(|account| account.currency == currency);
    let sum = |each: fn(&Account) -> i64| {
        let amounts = of.clone().map(each);
        amounts.fold(0_i64, i64::saturating_add)
    };
    let [open, overdue] = [sum(|one| one.open), sum(|one| one.overdue)];
    let late = of.clone().filter(|account| account.overdue > 0).count();
    let collected = match sum(|one| one.in_collection) {
        0 => String::new(),
        sum => {
            let values = [("sum", show::money(sum, currency).into())];
            text.with("window-being-collected", &values)
        }
    };
    let deposits = overview
        .deposits
        .iter()
        .flatten()
        .filter(|deposit| deposit.currency == currency);
    let deposit = deposits.fold(0_i64, |sum, deposit| sum.saturating_add(deposit.balance));
    let figure = |id: &str, value: String, note: String, tone| Figure {
        label: text.get(id).into(),
        value: value.into(),
        note: note.into(),
        more: SharedString::new(),
        tone,
    };
    let next = overview.arrears.as_ref().and_then(|arrears| {
        arrears
            .bills
            .iter()
            .filter(|bill| bill.days == 0)
            .map(|bill| bill.due)
            .min()
    });
    let next = next.map(|day| text.with("window-pay-by", &[("day", day.to_string().into())]));
    let late_note = match late {
        0 => text.get("window-nothing-overdue"),
        late => text.with("window-accounts-overdue", &[("count", late.into())]),
    };
    let late_tone = if late == 0 { Tone::Good } else { Tone::Bad };
    vec![
        Figure {
            more: collected.into(),
            ..figure(
                "window-open-now",
                show::money(open, currency),
                next.unwrap_or_default(),
                Tone::Warn,
            )
        },
        figure(
            "window-overdue",
            show::money(overdue, currency),
            late_note,
            late_tone,
        ),
        figure(
            "window-deposit",
            show::money(deposit, currency),
            lasts(overview, text),
            Tone::Neutral,
        ),
        usage(overview, text),
    ]
}

fn lasts(overview: &Overview, text: &Text) -> String {
    let days = overview
        .warnings
        .iter()
        .flatten()
        .filter_map(|warning| match &warning.what {
            What::DepositLasts(lasts) => lasts.expected.days,
            _ => None,
        });
    let days = days.min();
    days.map(|days| text.with("window-lasts-days", &[("days", days.into())]))
        .unwrap_or_default()
}

fn sums(overview: &Overview) -> &[ReadingSum] {
    let months = overview.months.as_ref();
    months.map_or(&[], |months| &months.sums)
}

/// This month's energy, and how it stands to the month a year ago.
fn usage(overview: &Overview, text: &Text) -> Figure {
    let months = sums(overview);
    let energy = |sum: &ReadingSum| sum.energy.active_import.unwrap_or(0);
    // The last month that is over: a month that runs cannot be compared.
    let whole = months.iter().rev().nth(1);
    let before = whole.and_then(|whole| {
        let date = whole.date?;
        let year_ago = jiff::civil::Date::new(date.year() - 1, date.month(), 1).ok()?;
        months.iter().find(|month| month.date == Some(year_ago))
    });
    let percent = whole.zip(before).and_then(|(now, before)| {
        let (now, before) = (i128::from(energy(now)), i128::from(energy(before)));
        let tenths = (now - before).checked_mul(1000)?.checked_div(before)?;
        i64::try_from(tenths).ok()
    });
    let note = percent.map(|tenths| {
        let sign = if tenths < 0 { "−" } else { "+" };
        let (whole, tenth) = (tenths.abs() / 10, tenths.abs() % 10);
        text.with(
            "window-against-last-year",
            &[("percent", format!("{sign}{whole}.{tenth}").into())],
        )
    });
    Figure {
        label: match whole.and_then(|month| month.date) {
            Some(date) => text
                .with(
                    "window-usage-of",
                    &[("month", date.strftime("%Y-%m").to_string().into())],
                )
                .into(),
            None => text.get("window-usage").into(),
        },
        value: whole
            .map_or_else(
                || "–".to_owned(),
                |month| format!("{} MWh", mwh(energy(month))),
            )
            .into(),
        note: note.unwrap_or_default().into(),
        more: SharedString::new(),
        tone: match percent {
            Some(tenths) if tenths > 0 => Tone::Warn,
            Some(_) => Tone::Good,
            None => Tone::Neutral,
        },
    }
}

/// Whole megawatt-hours, in groups of three.
fn mwh(wh: i64) -> String {
    show::grouped(&(wh / MWH).to_string())
}

fn alarm(overview: &Overview, text: &Text) -> SharedString {
    let totals = overview.arrears.iter().flat_map(|arrears| &arrears.totals);
    let late = overview
        .arrears
        .iter()
        .flat_map(|arrears| &arrears.bills)
        .filter(|bill| bill.days > 0);
    let Some((total, first)) = totals
        .into_iter()
        .next()
        .zip(late.clone().map(|bill| bill.due).min())
    else {
        return SharedString::new();
    };
    let open = late.clone().filter(|bill| bill.currency == total.currency);
    let open = open.fold(0_i64, |sum, bill| sum.saturating_add(bill.open));
    let values = [
        ("open", show::money(open, total.currency).into()),
        ("bills", late.count().into()),
        ("since", first.to_string().into()),
        ("penalty", show::money(total.penalty, total.currency).into()),
    ];
    text.with("window-arrears", &values).into()
}

fn warning_row(index: usize, one: &Warning, text: &Text) -> WarningRow {
    let kind = match &one.what {
        What::DepositLasts(_) => "window-warning-deposit",
        What::ExpectedBill(_) => "window-warning-bill",
        What::Demand(_) => "window-warning-demand",
        What::PowerFactor(_) => "window-warning-factor",
        What::Overdue(_) => "window-warning-overdue",
        What::Unknown(_) => "window-warning-unknown",
    };
    let action = match leads(one) {
        Leads::PayBill(_) => text.get("window-pay-this"),
        Leads::Nowhere => String::new(),
    };
    let todo = match one.action {
        Action::Nothing => String::new(),
        action => text.get(&format!("action-{}", show::code(&action))),
    };
    WarningRow {
        title: format!("{} · {}", text.get(kind), one.account).into(),
        text: super::safe(&warning::of(text, &one.what)),
        reckoned: todo.into(),
        tone: match one.severity {
            Severity::Urgent => Tone::Bad,
            Severity::Attention => Tone::Warn,
            Severity::Info => Tone::Info,
        },
        action: action.into(),
        index: count(index),
    }
}

fn notice_row(index: usize, notice: &NoticeView, text: &Text) -> WarningRow {
    let minute = super::history::minute;
    let kind = text.get(&format!("notice-kind-{}", show::code(&notice.kind)));
    let values = [
        ("bills", notice.bills.into()),
        ("total", show::money(notice.total, notice.currency).into()),
        ("served", minute(notice.served).into()),
    ];
    let cut_off = notice.cut_off.map(|at| {
        let time = ("time", minute(at).into());
        match notice.dropped {
            None => text.with("window-cut-off-at", &[time]),
            Some(dropped) => {
                let values = [time, ("dropped", minute(dropped).into())];
                text.with("window-cut-off-called-off", &values)
            }
        }
    });
    WarningRow {
        title: format!("{kind} · {}", notice.account).into(),
        text: text.with("window-notice-text", &values).into(),
        reckoned: cut_off.unwrap_or_default().into(),
        tone: match (notice.cut_off, notice.dropped) {
            (Some(_), None) => Tone::Bad,
            (Some(_), Some(_)) => Tone::Info,
            (None, _) => Tone::Warn,
        },
        action: text.get("window-acknowledge").into(),
        index: count(index),
    }
}

/// Twelve months, this year beside the last.
fn months(sums: &[ReadingSum], page: &Page<'_>) {
    let mut energy: BTreeMap<(i16, i8), i64> = BTreeMap::new();
    for sum in sums {
        if let Some(date) = sum.date {
            *energy.entry((date.year(), date.month())).or_default() +=
                sum.energy.active_import.unwrap_or(0);
        }
    }
    let Some(year) = energy.keys().map(|(year, _)| *year).max() else {
        page.set_months(model(Vec::new()));
        return;
    };
    let top = energy.values().copied().max().unwrap_or(0).max(1);
    let step = nice(top / MWH / MARKS + 1);
    let highest = step * MARKS * MWH;
    let thousandths = |wh: i64| i32::try_from(wh.saturating_mul(1000) / highest).unwrap_or(1000);
    let bars = (1..=12).map(|month| {
        let of = |year| energy.get(&(year, month)).copied();
        let (now, before) = (of(year), of(year - 1));
        let words = |wh: Option<i64>| wh.map_or_else(|| "–".to_owned(), mwh);
        MonthBars {
            label: format!("{month:02}").into(),
            now: words(now).into(),
            before: words(before).into(),
            now_height: thousandths(now.unwrap_or(0)),
            before_height: thousandths(before.unwrap_or(0)),
        }
    });
    page.set_months(model(bars.collect()));
    let marks = (0..=MARKS)
        .rev()
        .map(|mark| SharedString::from(mwh(mark * step * MWH)));
    page.set_scale(model(marks.collect()));
    page.set_unit("MWh".into());
}

/// The next number that reads well: 1, 2 or 5 with zeros.
pub(super) fn nice(least: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for first in [1, 2, 5] {
            if first * power >= least {
                return first * power;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_read_well() {
        assert_eq!([1, 2, 3, 7, 11, 99].map(nice), [1, 2, 5, 10, 20, 100]);
        assert_eq!(mwh(1_234_567_000_000), "1,234,567");
    }
}
