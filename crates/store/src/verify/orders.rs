//! Each order: its signed payload, its states and what moved it there, its claims, and each of its
//! events posted once.

use uuid::Uuid;
use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{Funds, OrderMoney, Posting};
use wattkey_domain::{Decision, OrderCause, OrderId, OrderState, Transition};

use super::{Belonging, VerifyReport, bank, credits, journal, pages, resolutions, signed};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::read::orders::{OrderEvent, histories, read_bill, read_event, read_money};

/// What belongs to the orders of a page.
struct Belongings {
    bills: Belonging,
    history: Belonging,
    decisions: Belonging,
    receipts: Belonging,
    transfers: Belonging,
    movements: Belonging,
    credits: credits::Credits,
    messages: Belonging,
    /// Collections that were not sent, because the mandate had ended.
    refusals: Belonging,
    /// What managers resolved.
    resolved: Belonging,
}

/// Why collections were not sent: the order, the mandate, and whether it had ended on the day, when.
const REFUSALS: &str = "SELECT order_id, mandate, ended <= day, at FROM mandate_refusals
    WHERE order_id = ANY($1)";

impl Belongings {
    fn load(session: &mut dyn Session, ids: &Value) -> Result<Self, DatabaseError> {
        let history = histories("order_events.order_id = ANY($1)");
        let messages = "SELECT order_id, attempts FROM outbox WHERE order_id = ANY($1)";
        Ok(Self {
            bills: Belonging::load(session, signed::BILLS, ids)?,
            history: Belonging::load(session, &history, ids)?,
            decisions: Belonging::load(session, signed::DECISIONS, ids)?,
            receipts: Belonging::load(session, signed::RECEIPTS, ids)?,
            transfers: Belonging::load(session, journal::OF_SUBJECTS, ids)?,
            movements: Belonging::load(session, bank::MOVEMENTS, ids)?,
            credits: credits::Credits::load(session, ids)?,
            messages: Belonging::load(session, messages, ids)?,
            refusals: Belonging::load(session, REFUSALS, ids)?,
            resolved: Belonging::load(session, resolutions::MOVED, ids)?,
        })
    }
}

/// An order as its rows have it.
struct Order {
    id: OrderId,
    state: OrderState,
    money: OrderMoney,
    lapses: Option<i64>,
    history: Vec<OrderEvent>,
}

pub(super) fn check(
    session: &mut dyn Session,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    pages(session, signed::ORDER, "orders", |session, rows| {
        let ids = rows.iter().map(|row| row.text(0));
        let ids = Value::texts(ids.collect::<Result<Vec<_>, _>>()?);
        let belongings = Belongings::load(session, &ids)?;
        for row in rows {
            report.orders += 1;
            let place = format!("order {}", row.text(0)?);
            let checked = order(row, &belongings, &place, report);
            report.note(&place, checked)?;
        }
        Ok(())
    })?;
    strangers(session, report)
}

fn order(
    row: &Row,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let key = row.text(0)?;
    let rows = belongings.bills.of(key);
    signed::order(row, rows, place, report)?;
    let order = read(row, rows, belongings.history.of(key))?;
    let total = row.money(3, order.money.currency)?;
    if order.money.total() != Ok(total) {
        report.find(place, "its parts do not sum to its total");
    }
    states(&order, place, report);
    let holds = order.state.holds_claims() && order.money.claims();
    for bill in rows {
        if bill.flag(4)? != holds {
            report.find(place, "its claims are not those of its state");
            break;
        }
    }
    posted_once(&order, belongings, place, report)?;
    causes(row, &order, belongings, place, report)?;
    let receipts = belongings.receipts.of(key);
    signed::receipts(key, receipts, &order.history, place, report)?;
    let was_accepted = |event: &OrderEvent| event.state == OrderState::Accepted;
    let goes = order.money.goes_to_bank() && order.history.iter().any(was_accepted);
    let messages = belongings.messages.of(key).len();
    if messages != usize::from(goes) {
        report.find(
            place,
            format_args!("it has {messages} messages to the bank"),
        );
    }
    Ok(())
}

fn read(row: &Row, bills: &[Row], history: &[Row]) -> Result<Order, DatabaseError> {
    let (id, currency) = (row.parsed(0)?, row.parsed(2)?);
    let mut money = read_money(row, id, currency, signed::MONEY)?;
    let bills = bills.iter().map(|row| read_bill(row, 1, currency));
    money.bills = bills.collect::<Result<_, _>>()?;
    let history = history.iter().map(|row| read_event(row, 1));
    Ok(Order {
        id,
        state: row.parsed(1)?,
        money,
        lapses: row.optional(signed::LAPSES, Row::int)?,
        history: history.collect::<Result<_, _>>()?,
    })
}

fn states(order: &Order, place: &str, report: &mut VerifyReport) {
    let history = &order.history;
    let first = history.first().map(|event| event.state);
    if !matches!(
        first,
        Some(OrderState::AwaitingApproval | OrderState::Accepted)
    ) {
        report.find(place, "its history does not begin with its acceptance");
    }
    for pair in history.windows(2) {
        let to = Transition::To(pair[1].state);
        let leads = |cause: OrderCause| pair[0].state.next(cause) == Ok(to);
        if !OrderCause::ALL.into_iter().any(leads) {
            let (from, to) = (pair[0].state, pair[1].state);
            report.find(place, format_args!("it went from {from} to {to}"));
        }
    }
    if history.last().map(|event| event.state) != Some(order.state) {
        report.find(place, "its state is not the last of its history");
    }
}

/// Builds again what the order's history and its credits must have posted, batch by batch, and
/// compares.
fn posted_once(
    order: &Order,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let mut wanted: Vec<(Uuid, u64, Entry)> = Vec::new();
    let mut from = None;
    for event in &order.history {
        let Ok(postings) = order.money.entering(from, event.state, event.at) else {
            report.find(
                place,
                format_args!("{} cannot have been posted", event.state),
            );
            return Ok(());
        };
        from = Some(event.state);
        let (process, sequence) = (event.journal.process, event.journal.sequence);
        wanted.extend(entries(process, sequence, &postings));
    }
    let key = order.id.to_string();
    for credit in belongings.credits.of(&key, order.money.currency)? {
        let Ok(postings) = credit.postings(order.id) else {
            report.find(place, "one of its credits cannot have been posted");
            return Ok(());
        };
        wanted.extend(entries(credit.process, credit.sequence, &postings));
    }
    let found = belongings.transfers.of(&key).iter();
    let found = found.map(journal::subject_entry);
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    wanted.sort_unstable();
    found.sort_unstable();
    if found != wanted {
        report.find(
            place,
            "its postings are not those of its history, each once",
        );
    }
    Ok(())
}

pub(super) fn entries(
    process: Uuid,
    sequence: u64,
    postings: &[Posting],
) -> impl Iterator<Item = (Uuid, u64, Entry)> {
    postings.iter().flat_map(move |posting| {
        let entries = posting.transfers.iter().map(|one| Entry::new(posting, one));
        entries.map(move |entry| (process, sequence, entry))
    })
}

/// What must have moved an order from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mover {
    Person(Decision),
    Clock,
    OurBooks,
    Credit,
    Bank,
}

fn mover(money: &OrderMoney, from: OrderState, to: OrderState) -> Mover {
    use OrderState as S;
    match (from, to) {
        // A deposit that no longer covers it is found when it is approved.
        (S::AwaitingApproval, S::Accepted | S::Rejected) => Mover::Person(Decision::Approve),
        (_, S::Refused) => Mover::Person(Decision::Refuse),
        (_, S::Cancelled) => Mover::Person(Decision::Cancel),
        (_, S::Lapsed) => Mover::Clock,
        (_, S::Settled) if money.funds == Funds::Transfer => Mover::Credit,
        (_, S::Settled) if !money.goes_to_bank() => Mover::OurBooks,
        _ => Mover::Bank,
    }
}

/// Each state of an order but the first has what led to it: a decision that was signed, a report
/// of the bank, a credit, its own acceptance, or that its time was over.
fn causes(
    row: &Row,
    order: &Order,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<(), DatabaseError> {
    let key = order.id.to_string();
    let credits = belongings.credits.of(&key, order.money.currency)?;
    let mut decided = Vec::new();
    for pair in order.history.windows(2) {
        let (from, event) = (&pair[0], &pair[1]);
        let is_caused = match mover(&order.money, from.state, event.state) {
            // Looked at below, all of them together.
            Mover::Bank => true,
            Mover::Person(decision) => {
                decided.push((decision, event.at.as_second()));
                true
            }
            Mover::Clock => order.lapses.is_some_and(|end| end <= event.at.as_second()),
            Mover::OurBooks => from.journal == event.journal,
            Mover::Credit => credits.iter().any(|credit| {
                (credit.process, credit.sequence) == (event.journal.process, event.journal.sequence)
            }),
        };
        if !is_caused {
            report.find(place, format_args!("nothing made it {}", event.state));
        }
    }
    let mut ours = resolutions::moved_to(belongings.resolved.of(&key))?;
    ours.extend(refused(row, order, belongings, place, report)?);
    let movements = belongings.movements.of(&key);
    let history = (&order.history[..], &ours[..]);
    bank::movements(movements, &order.money, history, place, report)?;
    let rows = belongings.decisions.of(&key);
    signed::decisions(row, rows, &decided, place, report)
}

/// The state that an order came into because its mandate had ended before anything was sent.
fn refused(
    row: &Row,
    order: &Order,
    belongings: &Belongings,
    place: &str,
    report: &mut VerifyReport,
) -> Result<Option<OrderState>, DatabaseError> {
    let key = order.id.to_string();
    let Some(refusal) = belongings.refusals.of(&key).first() else {
        return Ok(None);
    };
    let mut pairs = order.history.windows(2);
    let at = refusal.int(3)?;
    let was_refused = pairs.any(|pair| {
        (pair[0].state, pair[1].state) == (OrderState::Accepted, OrderState::Rejected)
            && pair[1].at.as_second() == at
    });
    let messages = belongings.messages.of(&key).iter();
    let mut sent = false;
    for message in messages {
        sent |= message.int(1)? > 0;
    }
    let is_its = row.optional(8, Row::string)? == Some(refusal.string(1)?);
    if !(was_refused && is_its && refusal.flag(2)?) || sent {
        let problem = "it was not sent because of its mandate, and that cannot be";
        report.find(place, problem);
        return Ok(None);
    }
    Ok(Some(OrderState::Rejected))
}

/// What belongs to nothing that is there.
fn strangers(session: &mut dyn Session, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (sql, sort, problem) in [
        (
            "SELECT DISTINCT subject FROM transfers
             WHERE event <> 'bill'
             AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = transfers.subject)
             AND NOT EXISTS (SELECT 1 FROM bills WHERE bills.id = transfers.subject)
             AND NOT EXISTS (SELECT 1 FROM accounts
                             WHERE 'deposit:' || accounts.id = transfers.subject)
             AND NOT EXISTS (SELECT 1 FROM bank_events
                             WHERE 'bank:' || bank_events.reference = transfers.subject)",
            "subject",
            "there are postings of it, and it is nothing that is there",
        ),
        (
            "SELECT DISTINCT subject FROM transfers WHERE event = 'bill'
             AND NOT EXISTS (SELECT 1 FROM bills WHERE bills.id = subject
                 AND posted_process = process AND posted_sequence = sequence
                 AND position >= posted_position AND position < posted_position + 3)",
            "bill",
            "it is posted where it does not say so",
        ),
        (
            "SELECT reference FROM bank_events WHERE outcome IN ('moved', 'credited')
             AND return_id IS NULL AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = bank_events.order_id)",
            "bank",
            "it moved an order that is not there",
        ),
        (
            "SELECT bank_events.reference FROM bank_events JOIN orders ON orders.id = bank_events.order_id
             WHERE bank_events.outcome = 'moved' AND bank_events.amount IS NOT NULL
             AND (bank_events.amount <> orders.total OR bank_events.currency <> orders.currency)",
            "bank",
            "it moved an order of another amount",
        ),
        (
            "SELECT order_id || ' ' || state FROM receipts
             WHERE NOT EXISTS (SELECT 1 FROM order_events
                 WHERE order_events.order_id = receipts.order_id
                 AND order_events.state = receipts.state)",
            "receipt",
            "the order never came into this state",
        ),
    ] {
        session.for_each(sql, &[], &mut |row| {
            let name = row.text(0)?;
            report.find(format_args!("{sort} {name}"), problem);
            Ok(())
        })?;
    }
    Ok(())
}
