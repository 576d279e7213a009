//! `statement`: what a contract account owed and paid between two days, with balances.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_client::client::Client;
use wattkey_domain::AccountId;
use wattkey_protocol::statement::{Balances, Entry, Ledger, Statement};

use super::{id, not_found, online, pdf};
use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

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
        let table = table(&statement, &all);
        context
            .output
            .page(&statement, &table, |_| human(context.output, &statement))
    })
}

/// The statement of the days that are wanted: of this month up to today when none are.
pub(crate) async fn fetch(
    client: &mut Client,
    account: &AccountId,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Statement, Fault> {
    let to = match to {
        Some(to) => to,
        None => today(client).await?,
    };
    let from = from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(Fault::new("usage-days", Exit::Usage)
            .with("from", from.to_string())
            .with("to", to.to_string()));
    }
    let statement = client.statement(account, from, to).await?;
    statement.ok_or_else(|| not_found(account))
}

/// The service's day.
pub(crate) async fn today(client: &mut Client) -> Result<Date, Fault> {
    let me = client.me().await?;
    let zone = TimeZone::get(&me.time_zone).unwrap_or(TimeZone::UTC);
    Ok(zone.to_datetime(client.now()).date())
}

/// So many days before this one; the first day of the calendar when there are none.
pub(crate) fn days_before(day: Date, days: i32) -> Date {
    day.saturating_sub(days.days())
}

fn table(statement: &Statement, entries: &[&Entry]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-day"),
        Column::for_programs("ledger"),
        Column::left("column-entry"),
        Column::for_programs("way"),
        Column::left("column-bill"),
        Column::for_programs("period"),
        Column::for_programs("due"),
        Column::for_programs("order"),
        Column::left("column-reference"),
        Column::for_programs("channel"),
        Column::for_programs("number"),
        Column::for_programs("reason"),
        Column::for_programs("currency"),
        Column::right("column-debit"),
        Column::right("column-credit"),
        Column::right("column-balance"),
    ]);
    let money = |minor| Cell::Money(minor, statement.currency);
    let moved = |minor: i64| {
        if minor == 0 {
            Cell::Empty
        } else {
            money(minor)
        }
    };
    for entry in entries {
        table.row([
            Cell::text(entry.day),
            Cell::Text(show::code(&entry.ledger)),
            Cell::Word("entry", show::code(&entry.kind)),
            Cell::of(entry.way, |way| Cell::Text(show::code(&way))),
            Cell::of(entry.bill.as_ref(), Cell::text),
            Cell::of(entry.period, Cell::text),
            Cell::of(entry.due, Cell::text),
            Cell::of(entry.order, Cell::text),
            Cell::of(entry.reference.as_ref(), Cell::text),
            Cell::of(entry.channel.as_ref(), Cell::text),
            Cell::of(entry.number.as_ref(), Cell::text),
            Cell::of(entry.reason.as_ref(), Cell::text),
            Cell::text(statement.currency),
            moved(entry.debit),
            moved(entry.credit),
            money(entry.balance),
        ]);
    }
    table
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
        let drawn = table(statement, entries).drawn(text);
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
