//! From transfers to what a statement says.

use std::collections::HashMap;

use jiff::civil::Date;
use uuid::Uuid;
use wattkey_domain::ledger::LedgerAccount as Account;
use wattkey_domain::{BillId, OrderId};

use super::load::{Loaded, Transfer};
use super::{
    StatementCursor, StatementEntry, StatementKind as Kind, StatementLedger as Ledger,
    StatementQuery, StatementWay as Way, Sums, minor,
};
use crate::StoreError;

/// Something that moves balances; an entry of the statement, unless an order only took hold of a
/// bill or let go of it.
#[derive(Debug)]
pub(super) struct Movement {
    pub(super) place: StatementCursor,
    pub(super) change: Sums,
    draft: Option<Draft>,
}

/// An entry without what the sums say.
#[derive(Debug)]
struct Draft {
    posted: jiff::Timestamp,
    kind: Kind,
    ledger: Ledger,
    way: Option<Way>,
    bill: Option<BillId>,
    of_bill: Option<(wattkey_domain::BillingMonth, Date)>,
    order: Option<OrderId>,
    reference: Option<String>,
    channel: Option<String>,
    number: Option<String>,
    reason: Option<String>,
}

/// What one transfer does.
struct Told<'t> {
    ledger: Ledger,
    kind: Kind,
    way: Option<Way>,
    bill: Option<&'t BillId>,
    change: Sums,
}

/// Parts of one bill or credit note, which are several transfers and one entry.
type Parts = HashMap<(Uuid, u64, String, Kind, Ledger), usize>;

struct Reader<'a> {
    loaded: &'a Loaded,
    query: &'a StatementQuery,
    movements: Vec<Movement>,
    parts: Parts,
}

/// All movements of the account, in no order.
pub(super) fn of_account(
    mut loaded: Loaded,
    query: &StatementQuery,
) -> Result<Vec<Movement>, StoreError> {
    let mut transfers = std::mem::take(&mut loaded.transfers);
    transfers.sort_by_key(|one| (one.at, one.process, one.sequence, one.position));
    let mut reader = Reader {
        loaded: &loaded,
        query,
        movements: Vec::new(),
        parts: Parts::new(),
    };
    for transfer in &transfers {
        reader.read(transfer)?;
    }
    let mut movements = reader.movements;
    let mut documents = Documents::default();
    for movement in &mut movements {
        documents.name(&loaded, movement);
    }
    Ok(movements)
}

impl Movement {
    /// The line, if it is one, with the balance of its ledger.
    pub(super) fn entry(self, balances: &Sums) -> Result<Option<StatementEntry>, StoreError> {
        let Some(draft) = self.draft else {
            return Ok(None);
        };
        let owed = |sums: &Sums| sums.open + sums.held;
        let (change, balance) = match draft.ledger {
            Ledger::Bills => (owed(&self.change), owed(balances)),
            Ledger::Deposit => (self.change.deposit, balances.deposit),
        };
        Ok(Some(StatementEntry {
            place: self.place,
            posted: draft.posted,
            ledger: draft.ledger,
            kind: draft.kind,
            way: draft.way,
            bill: draft.bill,
            of_bill: draft.of_bill,
            order: draft.order,
            reference: draft.reference,
            channel: draft.channel,
            number: draft.number,
            reason: draft.reason,
            change: minor(change)?,
            balance: minor(balance)?,
        }))
    }
}

impl Reader<'_> {
    fn read(&mut self, transfer: &Transfer) -> Result<(), StoreError> {
        let mut number = 0;
        let minor = i128::from(transfer.minor);
        match (&transfer.debit, &transfer.credit) {
            (Account::Receivable(bill), Account::InTransit(_)) if self.ours(bill) => {
                self.held(transfer, -minor);
            }
            (Account::InTransit(_), Account::Receivable(bill)) if self.ours(bill) => {
                self.held(transfer, minor);
            }
            (Account::Receivable(bill), other) if self.ours(bill) => {
                let kind = match other {
                    Account::Penalty => Kind::Penalty,
                    Account::Bank => Kind::Return,
                    Account::Revenue | Account::TaxPayable | Account::LeviesPayable => Kind::Bill,
                    _ => return Err(strange(transfer)),
                };
                let way = (kind == Kind::Return).then(|| self.way(transfer)).flatten();
                self.tell(transfer, &mut number, &owed(kind, way, bill, minor));
            }
            (other, Account::Receivable(bill)) if self.ours(bill) => {
                let (kind, way) = match other {
                    Account::Penalty => (Kind::PenaltyTakenBack, None),
                    Account::Revenue | Account::TaxPayable | Account::LeviesPayable => {
                        (Kind::CreditNote, None)
                    }
                    Account::OtherChannels => (Kind::PaidElsewhere, Some(Way::Elsewhere)),
                    Account::Deposit(_) => (Kind::Payment, Some(Way::Standing)),
                    Account::Bank => (Kind::Payment, Some(Way::Transfer)),
                    Account::Unmatched => (Kind::Payment, Some(Way::Placed)),
                    _ => return Err(strange(transfer)),
                };
                self.tell(transfer, &mut number, &owed(kind, way, bill, -minor));
            }
            (Account::Bank | Account::Deposit(_), Account::InTransit(order)) => {
                self.collected(transfer, *order, &mut number);
            }
            _ => {}
        }
        self.deposit(transfer, &mut number)
    }

    /// An order has what it held of our bills.
    fn collected(&mut self, transfer: &Transfer, order: OrderId, number: &mut u32) {
        let Some(order) = self.loaded.orders.get(&order) else {
            return;
        };
        for (bill, total) in &order.bills {
            let change = Sums {
                held: -i128::from(*total),
                ..Sums::default()
            };
            let told = Told {
                ledger: Ledger::Bills,
                kind: Kind::Payment,
                way: Some(order.way),
                bill: Some(bill),
                change,
            };
            self.tell(transfer, number, &told);
        }
    }

    fn deposit(&mut self, transfer: &Transfer, number: &mut u32) -> Result<(), StoreError> {
        let minor = i128::from(transfer.minor);
        let ours = |account| account == &self.query.account;
        let (sign, kind, way, bill) = match (&transfer.debit, &transfer.credit) {
            (Account::Deposit(account), other) if ours(account) => match other {
                Account::InTransit(_) => (-1, Kind::DepositOut, self.way(transfer), None),
                Account::Receivable(bill) => {
                    (-1, Kind::DepositOut, Some(Way::Standing), Some(bill))
                }
                Account::RefundsPayable => (-1, Kind::Refund, None, None),
                Account::Bank => (-1, Kind::Return, self.way(transfer), None),
                _ => return Err(strange(transfer)),
            },
            (other, Account::Deposit(account)) if ours(account) => match other {
                Account::OpeningBalances => (1, Kind::OpeningBalance, None, None),
                Account::OtherChannels => (1, Kind::PaidElsewhere, Some(Way::Elsewhere), None),
                Account::Revenue | Account::TaxPayable | Account::LeviesPayable => {
                    (1, Kind::CreditNote, None, None)
                }
                Account::Bank => (1, Kind::DepositIn, self.way(transfer), None),
                Account::Unmatched => (1, Kind::DepositIn, Some(Way::Placed), None),
                Account::RefundsPayable => (1, Kind::RefundBack, None, None),
                _ => return Err(strange(transfer)),
            },
            _ => return Ok(()),
        };
        // Of a surplus the subject is the bill.
        let of_subject: Option<BillId> = match kind {
            Kind::PaidElsewhere | Kind::CreditNote => transfer.subject.parse().ok(),
            _ => None,
        };
        let told = Told {
            ledger: Ledger::Deposit,
            kind,
            way,
            bill: bill.or(of_subject.as_ref()),
            change: Sums {
                deposit: minor * sign,
                ..Sums::default()
            },
        };
        self.tell(transfer, number, &told);
        Ok(())
    }

    /// An order takes hold of what is open, or lets it go: still owed.
    fn held(&mut self, transfer: &Transfer, held: i128) {
        let change = Sums {
            open: -held,
            held,
            ..Sums::default()
        };
        let place = self.place(transfer, 0);
        self.movements.push(Movement {
            place,
            change,
            draft: None,
        });
    }

    fn tell(&mut self, transfer: &Transfer, number: &mut u32, told: &Told<'_>) {
        let part = matches!(told.kind, Kind::Bill | Kind::CreditNote).then(|| {
            let (process, sequence) = (transfer.process, transfer.sequence);
            let subject = transfer.subject.clone();
            (process, sequence, subject, told.kind, told.ledger)
        });
        if let Some(part) = part {
            let next = self.movements.len();
            let place = *self.parts.entry(part).or_insert(next);
            if let Some(before) = self.movements.get_mut(place) {
                before.change.open += told.change.open;
                before.change.deposit += told.change.deposit;
                return;
            }
        }
        let order = self.order(transfer);
        let known = order.and_then(|order| self.loaded.orders.get(&order));
        // What the entry moves is told to the last; what else it is about only as far as it is seen.
        let known = known.filter(|order| order.seen);
        let reference = known.map(|order| order.reference.clone());
        let bill = told.bill.filter(|bill| !self.loaded.hidden.contains(bill));
        let of_bill = told.bill.and_then(|bill| self.loaded.bills.get(bill));
        let draft = Draft {
            posted: transfer.at,
            kind: told.kind,
            ledger: told.ledger,
            way: told.way,
            bill: bill.cloned(),
            of_bill: of_bill.map(|bill| (bill.period, bill.due)),
            order: order.filter(|_| known.is_some()),
            reference: reference.filter(|text| !text.is_empty()),
            channel: None,
            number: None,
            reason: None,
        };
        let mut place = self.place(transfer, *number);
        let says = match told.kind {
            Kind::Bill => of_bill.map(|bill| bill.issued),
            Kind::OpeningBalance => self.loaded.as_of,
            _ => None,
        };
        place.day = says.map_or(place.day, |day| day.min(place.day));
        *number += 1;
        self.movements.push(Movement {
            place,
            change: told.change,
            draft: Some(draft),
        });
    }

    fn place(&self, transfer: &Transfer, number: u32) -> StatementCursor {
        let posted = self.query.time_zone.to_datetime(transfer.at).date();
        let (process, sequence) = (transfer.process, transfer.sequence);
        let order = self.order(transfer);
        let credit = order.and_then(|order| self.loaded.credits.get(&(process, sequence, order)));
        let receipt = || self.loaded.receipts.get(&transfer.subject);
        let value = credit.or_else(receipt).copied();
        StatementCursor {
            day: value.map_or(posted, |value| value.min(posted)),
            at: transfer.at.as_second(),
            process,
            sequence,
            position: transfer.position,
            number,
        }
    }

    fn order(&self, transfer: &Transfer) -> Option<OrderId> {
        let order = transfer.subject.parse().ok()?;
        self.loaded.orders.contains_key(&order).then_some(order)
    }

    fn way(&self, transfer: &Transfer) -> Option<Way> {
        let order = self.order(transfer)?;
        self.loaded.orders.get(&order).map(|order| order.way)
    }

    fn ours(&self, bill: &BillId) -> bool {
        self.loaded.bills.contains_key(bill)
    }
}

fn owed(kind: Kind, way: Option<Way>, bill: &BillId, minor: i128) -> Told<'_> {
    Told {
        ledger: Ledger::Bills,
        kind,
        way,
        bill: Some(bill),
        change: Sums {
            open: minor,
            ..Sums::default()
        },
    }
}

fn strange(transfer: &Transfer) -> StoreError {
    let Transfer {
        subject,
        debit,
        credit,
        ..
    } = transfer;
    StoreError::Corrupt(format!("a transfer of {subject} from {credit} to {debit}"))
}

/// Payments and credit notes that an entry was found for: each once in each ledger. Nothing ties
/// their rows to transfers but bill and amount; of two alike it does not matter which is which.
#[derive(Debug, Default)]
struct Documents {
    found: std::collections::HashSet<(Ledger, String)>,
}

impl Documents {
    /// Gives an entry the document that it is of, and its day. Several credit notes of one bill in
    /// one link are one entry, without a number.
    fn name(&mut self, loaded: &Loaded, movement: &mut Movement) {
        let Some(draft) = &mut movement.draft else {
            return;
        };
        let Some(bill) = &draft.bill else {
            return;
        };
        let (place, amount) = match draft.ledger {
            Ledger::Bills => (0, movement.change.open),
            Ledger::Deposit => (1, movement.change.deposit),
        };
        let is = |parts: &[i64; 2]| i128::from(parts[place]) == amount.abs();
        let day = match draft.kind {
            Kind::PaidElsewhere => {
                let mut payments = loaded.payments.get(bill).into_iter().flatten();
                let payment = payments.find(|payment| {
                    let key = format!("{}/{}", payment.channel, payment.reference);
                    is(&payment.parts) && self.found.insert((draft.ledger, key))
                });
                payment.map(|payment| {
                    draft.channel = Some(payment.channel.clone());
                    draft.number = Some(payment.reference.clone());
                    payment.paid
                })
            }
            Kind::CreditNote => {
                let mut notes = loaded.notes.get(bill).into_iter().flatten();
                let note = notes.find(|note| {
                    is(&note.parts) && self.found.insert((draft.ledger, note.id.clone()))
                });
                note.map(|note| {
                    draft.number = Some(note.id.clone());
                    draft.reason = Some(note.reason.clone());
                    note.issued
                })
            }
            _ => None,
        };
        if let Some(day) = day {
            movement.place.day = day.min(movement.place.day);
        }
    }
}
