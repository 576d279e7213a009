//! Disputes of the model's bills.

use std::sync::Arc;

use jiff::civil::Date;
use wattkey_domain::DisputeId;
use wattkey_store::{DisputeTaken, OpenDispute, WithdrawDispute};

use super::plan::BILLS;
use super::{Run, document_digest};
use crate::disputes::{id, opened, signed, withdrawn};
use crate::world::{bill_id, cny};

impl Run {
    /// The last dispute of a bill, or that which would follow it.
    fn dispute_id(&self, bill: usize, next: usize) -> DisputeId {
        let count = self.books.bills[&bill].disputes.len() + next;
        id(1_000 * super::number(bill) + count as u128)
    }

    /// Whether any dispute of a bill was answered, withdrawn before or not.
    fn was_answered(&self, bill: usize) -> bool {
        (1..=self.books.bills[&bill].disputes.len()).any(|place| {
            let dispute = id(1_000 * super::number(bill) + place as u128);
            self.books.imported.contains(&format!("answer {dispute}"))
        })
    }

    pub(super) async fn dispute(&mut self, bill: usize, half: bool) {
        let open = self.books.bills[&bill].open;
        let amount = if half { open / 2 } else { open }.max(1);
        let today = self.today();
        let new = OpenDispute {
            bill: bill_id(BILLS[bill].id),
            document: document_digest(bill),
            amount: cny(amount),
            quoting: Arc::clone(&self.world.quoting),
            now: self.now,
            ..opened(&self.world, self.dispute_id(bill, 1))
        };
        let taken = self.world.store.open_dispute(signed(new)).await.unwrap();
        let answered = self.was_answered(bill);
        let kept = self.books.bills.get_mut(&bill).unwrap();
        if kept.is_disputed() {
            assert_eq!(taken, DisputeTaken::Open);
        } else if answered {
            // For the same reason, which is all that the model's disputes have.
            assert_eq!(taken, DisputeTaken::AnsweredBefore);
        } else if amount > open {
            assert_eq!(taken, DisputeTaken::Amount { open });
        } else {
            assert_eq!(taken, DisputeTaken::Kept);
            kept.disputes.push((today, None, amount));
        }
    }

    pub(super) async fn withdraw(&mut self, bill: usize) {
        if self.books.bills[&bill].disputes.is_empty() {
            return;
        }
        let today = self.today();
        let gone = WithdrawDispute {
            now: self.now,
            ..withdrawn(&self.world, self.dispute_id(bill, 0))
        };
        let taken = self.world.store.withdraw_dispute(gone).await.unwrap();
        let kept = self.books.bills.get_mut(&bill).unwrap();
        if kept.is_disputed() {
            assert_eq!(taken, DisputeTaken::Kept);
            kept.disputes.last_mut().unwrap().1 = Some(today);
        } else {
            // Withdrawn by the very same document, or answered.
            let ended = [DisputeTaken::Exists, DisputeTaken::Answered];
            assert!(ended.contains(&taken), "{taken:?}");
        }
    }

    pub(super) async fn answer(&mut self, bill: usize, ago: i32) {
        if self.books.bills[&bill].disputes.is_empty() {
            return;
        }
        let dispute = self.dispute_id(bill, 0);
        let answered: Date = self.today() - jiff::Span::new().days(ago);
        let line = serde_json::json!({"type": "dispute-answer", "dispute": dispute,
            "outcome": "partly", "text": "Some of it.", "answered": answered.to_string()});
        // Whatever it says, it is answered once.
        if self.books.imported.contains(&format!("answer {dispute}")) {
            return;
        }
        if !self
            .record(format!("answer {dispute}"), line.to_string())
            .await
        {
            return;
        }
        let kept = self.books.bills.get_mut(&bill).unwrap();
        let last = kept.disputes.last_mut().unwrap();
        if last.1.is_none() {
            last.1 = Some(answered.max(last.0));
        }
    }
}
