//! `warnings`: what is coming, why, and what to do; with `--explain` how it was reckoned.

mod explain;

use serde::Serialize;
use wattkey_client::words::warning;
use wattkey_domain::AccountId;
use wattkey_protocol::warnings::{Warning, What};

use super::{id, of_account, online};
use crate::cli::args;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

#[derive(Serialize)]
struct List {
    warnings: Vec<Warning>,
}

pub(crate) fn run(context: &Context<'_>, wanted: &args::Warnings) -> Result<(), Fault> {
    let account: Option<AccountId> = wanted.account.as_deref().map(id).transpose()?;
    online(context, async |client| {
        let mut warnings = of_account(client.warnings(account.as_ref()).await, account.as_ref())?;
        // What is most pressing first, as a person reads it.
        warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        let document = List { warnings };
        let output = context.output;
        output.page(&document, &table(output, &document.warnings), |drawn| {
            if document.warnings.is_empty() {
                return drawn;
            }
            let shown = document.warnings.iter();
            let shown: Vec<String> = shown
                .map(|warning| human(output, warning, wanted.explain))
                .collect();
            shown.join("\n")
        })
    })
}

fn human(output: &Output, warning: &Warning, explain: bool) -> String {
    let text = output.text();
    let severity = text.get(&format!("severity-{}", warning.severity.as_str()));
    let action = format!("action-{}", show::code(&warning.action));
    let said = warning::of(output.text(), &warning.what);
    let first = format!("{severity}  {}  {said}\n", warning.account);
    let values = [("action", text.get(&action).into())];
    let mut shown = show::safe(first.trim_end()) + "\n";
    shown += &format!("  {}\n", text.with("warning-do", &values));
    if explain {
        let values = [("day", warning.as_of.to_string().into())];
        shown += &format!("  {}\n", text.with("warning-as-of", &values));
        let rows = explain::of(output, &warning.what);
        for line in pairs(rows).lines() {
            shown += &format!("    {line}\n");
        }
    }
    shown
}

fn table(output: &Output, warnings: &[Warning]) -> Table {
    let mut table = Table::new(
        &[
            "severity", "account", "kind", "as_of", "action", "about", "currency", "amount", "day",
            "text",
        ]
        .map(Column::for_programs),
    );
    for warning in warnings {
        let facts = Facts::of(&warning.what);
        table.row([
            Cell::text(warning.severity.as_str()),
            Cell::text(&warning.account),
            Cell::Text(facts.kind.to_owned()),
            Cell::text(warning.as_of),
            Cell::Text(show::code(&warning.action)),
            Cell::of(facts.about, Cell::Text),
            Cell::of(facts.amount, |(_, currency)| Cell::text(currency)),
            Cell::of(facts.amount, |(minor, currency)| {
                Cell::Money(minor, currency)
            }),
            Cell::of(facts.day, Cell::text),
            Cell::Text(warning::of(output.text(), &warning.what)),
        ]);
    }
    table
}

/// What all kinds have, as far as each has it.
#[derive(Default)]
struct Facts {
    kind: &'static str,
    /// Bill, month, tariff or point.
    about: Option<String>,
    amount: Option<(i64, wattkey_domain::Currency)>,
    day: Option<jiff::civil::Date>,
}

impl Facts {
    fn of(what: &What) -> Facts {
        match what {
            What::DepositLasts(lasts) => Facts {
                kind: "deposit-lasts",
                amount: Some((lasts.left, lasts.currency)),
                day: lasts.expected.until,
                about: None,
            },
            What::ExpectedBill(bill) => Facts {
                kind: "expected-bill",
                about: Some(bill.month.to_string()),
                amount: Some((bill.expected, bill.currency)),
                day: None,
            },
            What::Demand(demand) => Facts {
                kind: "demand",
                about: Some(demand.tariff.to_string()),
                amount: demand.extra.map(|extra| (extra, demand.currency)),
                day: None,
            },
            What::PowerFactor(factor) => Facts {
                kind: "power-factor",
                about: Some(factor.tariff.to_string()),
                amount: factor.amount.map(|amount| (amount, factor.currency)),
                day: None,
            },
            What::Overdue(overdue) => Facts {
                kind: "overdue",
                about: Some(overdue.bill.to_string()),
                amount: Some((overdue.open, overdue.currency)),
                day: Some(overdue.due),
            },
            What::Unknown(unknown) => Facts {
                kind: "unknown",
                about: unknown.of.clone(),
                ..Facts::default()
            },
        }
    }
}
