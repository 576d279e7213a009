//! A warning in one sentence.

use wattkey_protocol::warnings::{
    Demand, DepositLasts, ExpectedBill, Lasts, Overdue, PowerFactor, Unknown, What,
};

use super::{Arg, Text};
use crate::show;

/// What is coming, in one sentence.
#[must_use]
pub fn of(text: &Text, what: &What) -> String {
    match what {
        What::DepositLasts(lasts) => deposit(text, lasts),
        What::ExpectedBill(bill) => expected(text, bill),
        What::Demand(found) => demand(text, found),
        What::PowerFactor(found) => power_factor(text, found),
        What::Overdue(found) => overdue(text, found),
        What::Unknown(found) => unknown(text, found),
    }
}

fn say(text: &Text, id: &str, values: &[(&str, Arg<'_>)]) -> String {
    text.with(id, values)
}

fn deposit(text: &Text, lasts: &DepositLasts) -> String {
    let left = show::money(lasts.left, lasts.currency);
    let day = |lasts: Lasts| {
        lasts
            .until
            .map_or_else(|| text.get("warning-longer"), |day| day.to_string())
    };
    let deposit = show::money(lasts.deposit, lasts.currency);
    let mut values = vec![
        ("deposit", deposit.into()),
        ("left", left.into()),
        ("until", day(lasts.expected).into()),
        ("days", lasts.expected.days.unwrap_or(0).into()),
    ];
    match (lasts.earliest, lasts.latest) {
        (Some(earliest), Some(latest)) => {
            values.push(("earliest", day(earliest).into()));
            values.push(("latest", day(latest).into()));
            say(text, "warning-deposit-range", &values)
        }
        _ => say(text, "warning-deposit", &values),
    }
}

fn expected(text: &Text, bill: &ExpectedBill) -> String {
    let money = |minor| show::money(minor, bill.currency);
    let mut values = vec![
        ("month", bill.month.to_string().into()),
        ("expected", money(bill.expected).into()),
    ];
    match (bill.low, bill.high) {
        (Some(low), Some(high)) => {
            values.push(("low", money(low).into()));
            values.push(("high", money(high).into()));
            say(text, "warning-bill-range", &values)
        }
        _ => say(text, "warning-bill", &values),
    }
}

fn demand(text: &Text, demand: &Demand) -> String {
    let known =
        |value: Option<&String>| value.map_or_else(|| "?".to_owned(), |kw| show::grouped(kw));
    let high = demand.month_kw.as_ref().map(|[_, _, high]| high);
    let extra = demand.extra.unwrap_or(0);
    let values = [
        ("month", demand.month.to_string().into()),
        ("tariff", demand.tariff.to_string().into()),
        ("so-far", known(demand.so_far_kw.as_ref()).into()),
        ("high", known(high).into()),
        ("limit", show::grouped(&demand.limit_kw).into()),
        ("contracted", show::grouped(&demand.contracted_kw).into()),
        ("extra", show::money(extra, demand.currency).into()),
    ];
    let id = format!("warning-demand-{}", demand.state);
    said(text, &id, "warning-demand-near", &values)
}

fn power_factor(text: &Text, factor: &PowerFactor) -> String {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".to_owned());
    let amount = factor.amount.unwrap_or(0);
    let values = [
        ("month", factor.month.to_string().into()),
        ("tariff", factor.tariff.to_string().into()),
        ("target", factor.target.clone().into()),
        ("so-far", known(&factor.so_far).into()),
        ("expected", known(&factor.expected).into()),
        ("percent", known(&factor.percent).into()),
        ("amount", show::money(amount, factor.currency).into()),
    ];
    let id = format!("warning-power-factor-{}", factor.state);
    said(text, &id, "warning-power-factor-unknown", &values)
}

/// The words of a state; other words for one that this program does not know yet.
fn said(text: &Text, id: &str, other: &str, values: &[(&str, Arg<'_>)]) -> String {
    let found = text.find(id, values);
    found.unwrap_or_else(|| say(text, other, values))
}

fn overdue(text: &Text, overdue: &Overdue) -> String {
    let penalty = overdue.penalties.first().map_or(0, |on| on.penalty);
    let values = [
        ("bill", overdue.bill.to_string().into()),
        ("due", overdue.due.to_string().into()),
        ("days", overdue.days.into()),
        ("open", show::money(overdue.open, overdue.currency).into()),
        ("penalty", show::money(penalty, overdue.currency).into()),
    ];
    let id = if overdue.days == 0 {
        "warning-falls-due"
    } else {
        "warning-overdue"
    };
    say(text, id, &values)
}

fn unknown(text: &Text, unknown: &Unknown) -> String {
    let about = format!("unknown-{}", show::code(&unknown.about));
    let reason = format!("reason-{}", show::code(&unknown.reason));
    let of = unknown.of.clone().map(|of| format!(" ({of})"));
    let values = [
        ("about", text.get(&about).into()),
        ("reason", text.get(&reason).into()),
        ("of", of.unwrap_or_default().into()),
    ];
    say(text, "warning-unknown", &values)
}
