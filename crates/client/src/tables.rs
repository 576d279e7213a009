//! The tables that the command line and the window share: what people see in them, and what programs
//! get as CSV.

pub mod usage;

use wattkey_protocol::api::{BillSummary, OrderView, SourceView};
use wattkey_protocol::statement::{Entry, Statement};

use crate::requests::state_name;
use crate::show;
use crate::table::{Cell, Column, Table};

/// Bills.
#[must_use]
pub fn bills(bills: &[BillSummary]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-bill"),
        Column::left("column-account"),
        Column::left("column-period"),
        Column::for_programs("issued"),
        Column::left("column-due"),
        Column::for_programs("currency"),
        Column::right("column-total"),
        Column::right("column-open"),
        Column::right("column-in-collection"),
        Column::left("column-state"),
        // People see them where there is something to see.
        if bills.iter().any(|bill| bill.disputed > 0) {
            Column::right("column-disputed")
        } else {
            Column::for_programs("disputed")
        },
        if bills.iter().any(|bill| bill.transfer.is_some()) {
            Column::left("column-transfer")
        } else {
            Column::for_programs("transfer")
        },
    ]);
    for bill in bills {
        let disputed = (bill.disputed > 0).then_some(bill.disputed);
        table.row([
            Cell::text(&bill.bill),
            Cell::text(&bill.account),
            Cell::text(bill.period),
            Cell::text(bill.issued),
            Cell::text(bill.due),
            Cell::text(bill.currency),
            Cell::Money(bill.total, bill.currency),
            Cell::Money(bill.open, bill.currency),
            Cell::Money(bill.in_collection, bill.currency),
            Cell::Word("bill-state", state_name(bill.state).to_owned()),
            Cell::of(disputed, |minor| Cell::Money(minor, bill.currency)),
            Cell::of(bill.transfer, Cell::text),
        ]);
    }
    table
}

/// Entries of a statement.
#[must_use]
pub fn statement(statement: &Statement, entries: &[&Entry]) -> Table {
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

/// Payments.
#[must_use]
pub fn payments(payments: &[OrderView]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-order"),
        Column::left("column-created"),
        Column::left("column-user"),
        Column::left("column-reference"),
        Column::for_programs("source"),
        Column::for_programs("paid_from"),
        Column::for_programs("execute"),
        Column::right("column-bills"),
        Column::for_programs("currency"),
        Column::right("column-total"),
        Column::left("column-state"),
        Column::for_programs("state_since"),
    ]);
    for payment in payments {
        table.row([
            Cell::text(payment.order),
            Cell::of(payment.history.first(), |event| Cell::Time(event.at)),
            Cell::text(&payment.user.name),
            Cell::text(&payment.reference),
            Cell::text(payment.source.kind().as_str()),
            paid_from(&payment.source),
            Cell::of(payment.execute, Cell::text),
            Cell::number(payment.bills.len()),
            Cell::text(payment.currency),
            Cell::Money(payment.total, payment.currency),
            Cell::Word("state", payment.state.as_str().to_owned()),
            Cell::of(payment.history.last(), |event| Cell::Time(event.at)),
        ]);
    }
    table
}

/// The mandate, the reference of the transfer, or the account of the deposit.
fn paid_from(source: &SourceView) -> Cell {
    match source {
        SourceView::Mandate { mandate } => Cell::text(mandate),
        SourceView::Transfer { creditor_reference } => Cell::text(creditor_reference),
        SourceView::Deposit { account } => Cell::text(account),
    }
}
