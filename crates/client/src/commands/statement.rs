//! `statement`: what a contract account owed and paid between two days, with balances.

use jiff::ToSpan as _;
use jiff::civil::Date;
use wattkey_client::documents::statement as fetch;
pub(crate) use wattkey_client::documents::today;
use wattkey_client::tables;
use wattkey_domain::AccountId;
use wattkey_protocol::statement::{Balances, Entry, Ledger, Statement};

use super::{id, online, pdf};
use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::pairs;

pub(crate) fn run(context: &Context<'_>, wanted: &args::Statement) -> Result<(), Fault> {
    let account: AccountId = id(&wanted.account)?;
    if let Some(file) = &wanted.pdf {
        let target = pdf::Target::of_statement(context, file, wanted)?;
        return online(context, async |client| {
            pdf::statement(context, client, (&account, wanted), target).await
        });
    }
    online(context, async |client| {
        let statement = fetch(client, &account, wanted.from, wanted.to).await?;
        let all: Vec<&Entry> = statement.items.iter().collect();
        let table = tables::statement(&statement, &all);
        context
            .output
            .page(&statement, &table, |_| human(context.output, &statement))
    })
}

/// So many days before this one; the first day of the calendar when there are none.
pub(crate) fn days_before(day: Date, days: i32) -> Date {
    day.saturating_sub(days.days())
}

/// Two tables: what the bills owe, and what the deposit holds when there is or was anything in it.
fn human(output: &Output, statement: &Statement) -> String {
    let text = output.text();
    let money = |minor| show::money(minor, statement.currency);
    let of = |ledger: Ledger| -> Vec<&Entry> {
        let items = statement.items.iter();
        items.filter(|entry| entry.ledger == ledger).collect()
    };
    let (bills, deposit) = (of(Ledger::Bills), of(Ledger::Deposit));
    let days = format!("{} – {}", statement.from, statement.to);
    let mut parts = vec![pairs([
        output.line(
            "label-account",
            format!("{}, {}", statement.account, statement.name),
        ),
        output.line("line-address", statement.address.clone()),
        output.line("line-days", days),
        output.line("line-as-of", show::time(statement.as_of)),
    ])];
    let mut ledger = |heading: &str, entries: &[&Entry], balance: fn(&Balances) -> i64| {
        let ends = pairs([
            output.line("line-opening", money(balance(&statement.opening))),
            output.line("line-closing", money(balance(&statement.closing))),
        ]);
        let drawn = tables::statement(statement, entries).drawn(text);
        parts.push(format!("{}\n\n{drawn}\n{ends}", text.get(heading)));
    };
    ledger("statement-bills", &bills, |balances| balances.owed);
    let ends = [statement.opening.deposit, statement.closing.deposit];
    if !deposit.is_empty() || ends != [0, 0] {
        ledger("statement-deposit", &deposit, |balances| balances.deposit);
    }
    if statement.closing.in_collection > 0 {
        parts.push(pairs([
            output.line("line-in-collection", money(statement.closing.in_collection)),
            output.line("line-open", money(statement.closing.open)),
        ]));
    }
    parts.join("\n")
}
