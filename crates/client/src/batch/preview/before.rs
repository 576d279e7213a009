//! What was ordered before, by this file or another.

use std::collections::{HashMap, hash_map};

use wattkey_domain::{Currency, OrderId, OrderState};

use super::PreviewError;
use crate::batch::plan::PlannedOrder;
use crate::batch::{Batch, BatchId, Mark};
use crate::client::Client;
use crate::journal::{Entry, Journal, JournalError, Standing};
use crate::money;
use crate::order_file::{OrderLine, Target};

/// What was ordered by this file and by others.
#[derive(Default)]
pub(super) struct Before {
    /// By file and line.
    lines: HashMap<(BatchId, u32), Ordered>,
    /// By reference and what is paid, in whatever file.
    marks: HashMap<Mark, Ordered>,
}

/// What stands of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ordered {
    /// The order, of several the last one.
    order: OrderId,
    /// What the line said: none is all that was open.
    wanted: Option<String>,
    /// What is ordered, in the same sense: of a bill its principal, of an account with penalties.
    minor: i64,
    currency: Currency,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// All of it.
    Ordered(OrderId),
    /// The line before said another amount.
    OtherAmount(OrderId),
    /// The line before said the same, and less of it stands.
    Part(OrderId),
}

impl Ordered {
    /// How it stands with a line that says the same or something else.
    fn known(&self, line: &OrderLine) -> Known {
        let amount = |text: &Option<String>| {
            let text = text.as_ref()?;
            money::parse(text, self.currency).ok()
        };
        let (wanted, now) = (amount(&self.wanted), amount(&line.amount));
        if wanted != now {
            return Known::OtherAmount(self.order);
        }
        match now {
            Some(now) if now != self.minor => Known::Part(self.order),
            _ => Known::Ordered(self.order),
        }
    }
}

impl Before {
    pub(super) async fn learn(
        &mut self,
        client: &mut Client,
        journal: &Journal,
        batch: &Batch,
    ) -> Result<(), PreviewError> {
        for order in batch.orders() {
            if stands(client, journal, order).await? {
                self.add(batch, order);
            }
        }
        Ok(())
    }

    /// An order that stands.
    fn add(&mut self, batch: &Batch, order: &PlannedOrder) {
        for bills in order.bills.chunk_by(|one, other| one.line == other.line) {
            let Some(line) = bills.first().and_then(|bill| batch.line(bill.line)) else {
                continue;
            };
            let sums = bills.iter().map(|bill| match line.target {
                Target::Bill(_) => bill.principal,
                Target::Account(_) => bill.total(),
            });
            let new = Ordered {
                order: order.order,
                wanted: line.amount.clone(),
                minor: sums.fold(0, i64::saturating_add),
                currency: order.currency,
            };
            let key = (batch.id.clone(), line.number);
            if let Some(mark) = Mark::of(line) {
                add(self.marks.entry(mark), new.clone());
            }
            add(self.lines.entry(key), new);
        }
    }

    pub(super) fn of(&self, batch: &Batch, line: &OrderLine) -> Option<Known> {
        let key = (batch.id.clone(), line.number);
        let ordered = self.lines.get(&key);
        let ordered = ordered.or_else(|| self.marks.get(&Mark::of(line)?))?;
        Some(ordered.known(line))
    }
}

fn add<K>(entry: hash_map::Entry<'_, K, Ordered>, new: Ordered) {
    entry
        .and_modify(|known| {
            known.order = new.order;
            known.minor = known.minor.saturating_add(new.minor);
        })
        .or_insert(new);
}

/// Whether a planned order was signed and has not come to nothing since.
async fn stands(
    client: &mut Client,
    journal: &Journal,
    order: &PlannedOrder,
) -> Result<bool, PreviewError> {
    if signed_here(journal, order.order)?.is_none() {
        return Ok(false);
    }
    let state = client.order(order.order).await?.map(|view| view.state);
    Ok(!matches!(
        state,
        Some(
            OrderState::Rejected
                | OrderState::Returned
                | OrderState::Refused
                | OrderState::Cancelled
                | OrderState::Lapsed
        )
    ))
}

/// The order's entry, when it was signed and may have been taken.
pub(super) fn signed_here(
    journal: &Journal,
    order: OrderId,
) -> Result<Option<Entry>, JournalError> {
    let entry = journal.entry(order)?;
    Ok(entry.filter(|entry| {
        !matches!(
            entry.standing(),
            Standing::Refused { .. } | Standing::NeverAccepted
        )
    }))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use wattkey_pki::Digest;

    use super::*;
    use crate::batch::plan::PlannedBill;
    use crate::order_file;

    fn batch(file: &str) -> Batch {
        let digest = Digest::of(file.as_bytes());
        Batch {
            id: BatchId::of(digest),
            digest,
            name: "orders.csv".to_owned(),
            imported: Timestamp::UNIX_EPOCH,
            lines: order_file::read(file.as_bytes()).unwrap(),
            signed: Vec::new(),
            preview: None,
        }
    }

    fn id(number: u8) -> OrderId {
        format!("7d3f0000-0000-4000-8000-0000000000{number:02x}")
            .parse()
            .unwrap()
    }

    /// An order of a line's bills: principal and penalty of each.
    fn order(number: u8, line: u32, bills: &[(i64, i64)]) -> PlannedOrder {
        let bill = |(principal, penalty): &(i64, i64)| PlannedBill {
            line,
            bill: format!("B-{principal}").parse().unwrap(),
            account: "C-1".parse().unwrap(),
            document: Digest::of(b"bill"),
            principal: *principal,
            penalty: *penalty,
        };
        PlannedOrder {
            order: id(number),
            source: "transfer".parse().unwrap(),
            execute: None,
            reference: "PO 1".to_owned(),
            currency: Currency::CNY,
            bills: bills.iter().map(bill).collect(),
        }
    }

    #[test]
    fn a_line_is_ordered_when_all_of_it_stands() {
        let file = "account,amount,reference\nC-1,1000,PO 1\n";
        let first = batch(file);
        let line = first.lines[0].number;
        let mut before = Before::default();
        assert_eq!(before.of(&first, &first.lines[0]), None);
        before.add(&first, &order(1, line, &[(60_000, 100)]));
        assert_eq!(before.of(&first, &first.lines[0]), Some(Known::Part(id(1))));
        before.add(&first, &order(2, line, &[(39_000, 900)]));
        assert_eq!(
            before.of(&first, &first.lines[0]),
            Some(Known::Ordered(id(2)))
        );
        // The same in another file, however it is written.
        for (amount, known) in [
            ("1000", Known::Ordered(id(2))),
            ("1000.00", Known::Ordered(id(2))),
            ("01000.00", Known::Ordered(id(2))),
            ("1000.01", Known::OtherAmount(id(2))),
        ] {
            let other = batch(&file.replace("1000", amount));
            assert_eq!(before.of(&other, &other.lines[0]), Some(known), "{amount}");
        }
    }

    #[test]
    fn all_of_a_bill_is_another_amount_than_a_part() {
        let part = batch("bill,amount,reference\nB-1,5.00,PO 1\n");
        let whole = batch("bill,reference\nB-1,PO 1\n");
        let mut before = Before::default();
        before.add(&part, &order(1, part.lines[0].number, &[(500, 7)]));
        assert_eq!(
            before.of(&part, &part.lines[0]),
            Some(Known::Ordered(id(1)))
        );
        assert_eq!(
            before.of(&whole, &whole.lines[0]),
            Some(Known::OtherAmount(id(1)))
        );
    }
}
