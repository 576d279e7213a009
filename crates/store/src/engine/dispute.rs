//! Disputes of bills, and acknowledgements of notices.

use wattkey_domain::{DisputePeriod, Right};

use super::wanted::Bindings;
use super::working::{Dispute, DisputeEnd};
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{
    AcknowledgeNotice, AcknowledgementTaken, DisputeTaken, JournalPosition, OpenDispute,
    WithdrawDispute,
};

/// Most disputes of one bill, one after the other: each is looked at whenever its penalty is
/// reckoned.
const MAX_DISPUTES: usize = 50;

impl Decide for OpenDispute {
    type Pending = DisputeTaken;
    type Answer = DisputeTaken;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.disputes.push(self.dispute);
        wanted.bills.push(self.bill.clone());
        wanted.access.push(self.user);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<DisputeTaken, StoreError> {
        if let Some(known) = working.disputes.get(&self.dispute) {
            return Ok(same(known.digest, self.digest));
        }
        if working.bindings.sequence != self.bindings {
            return Ok(DisputeTaken::BindingsMoved);
        }
        if let Some(refusal) = self.refusal(working) {
            return Ok(refusal);
        }
        self.check()?;
        let from = self.quoting.today(self.now);
        let position = working.linked();
        working.rows.dispute(self, from, position);
        if let Some(bill) = working.bills.get_mut(&self.bill) {
            bill.disputes.push(DisputePeriod {
                from,
                until: None,
                amount: self.amount,
            });
        }
        let new = Dispute {
            customer: self.customer,
            bill: self.bill.clone(),
            digest: self.digest,
            at: self.now.as_second(),
            from,
            ended: None,
        };
        working.disputes.insert(self.dispute, new);
        Ok(DisputeTaken::Kept)
    }

    fn finish(taken: DisputeTaken, _: Option<&JournalPosition>) -> DisputeTaken {
        taken
    }
}

impl OpenDispute {
    fn refusal(&self, working: &Working) -> Option<DisputeTaken> {
        let bill = working.bills.get(&self.bill);
        let Some(bill) = bill.filter(|bill| bill.customer == self.customer) else {
            return Some(DisputeTaken::UnknownBill);
        };
        if let Some(missing) = working.missing_right(self.user, Right::Prepare, [&bill.account]) {
            return Some(if missing.hidden {
                DisputeTaken::UnknownBill
            } else {
                DisputeTaken::Right
            });
        }
        if bill.digest != self.document {
            return Some(DisputeTaken::DocumentMismatch);
        }
        let currency = bill.currency;
        if currency != self.amount.currency() {
            return Some(DisputeTaken::BillCurrency { currency });
        }
        if bill.is_disputed() {
            return Some(DisputeTaken::Open);
        }
        if bill.answered.contains(&(self.line, self.reason)) {
            return Some(DisputeTaken::AnsweredBefore);
        }
        if bill.disputes.len() >= MAX_DISPUTES {
            return Some(DisputeTaken::TooMany);
        }
        let open = bill.open;
        (self.amount.minor() > open).then_some(DisputeTaken::Amount { open })
    }

    /// What only a fault of the platform can get wrong; the database would refuse the whole batch.
    fn check(&self) -> Result<(), StoreError> {
        let fits = !self.amount.is_zero()
            && self.line.is_none_or(|line| line > 0)
            && !self.jws.contains('\0')
            && !self.words.contains('\0');
        if fits {
            return Ok(());
        }
        let what = format!("dispute {}: its terms", self.dispute);
        Err(StoreError::Refused(what))
    }
}

impl Decide for WithdrawDispute {
    type Pending = DisputeTaken;
    type Answer = DisputeTaken;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.disputes.push(self.dispute);
        wanted.access.push(self.user);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<DisputeTaken, StoreError> {
        let known = working.disputes.get(&self.dispute);
        let Some(known) = known.filter(|known| known.customer == self.customer) else {
            return Ok(DisputeTaken::Unknown);
        };
        let bill = working.bills.get(&known.bill);
        // To who may not look at the account it is as if there were none.
        let bill = bill.filter(|bill| working.may(self.user, Right::View, &bill.account));
        let Some(bill) = bill else {
            return Ok(DisputeTaken::Unknown);
        };
        match known.ended {
            Some(DisputeEnd::Withdrawn(digest)) => return Ok(same(digest, self.digest)),
            Some(DisputeEnd::Answered) => return Ok(DisputeTaken::Answered),
            None => {}
        }
        if working.bindings.sequence != self.bindings {
            return Ok(DisputeTaken::BindingsMoved);
        }
        if !working.may(self.user, Right::Prepare, &bill.account) {
            return Ok(DisputeTaken::Right);
        }
        if self.jws.contains('\0') {
            let what = format!("the withdrawal of dispute {}: a NUL", self.dispute);
            return Err(StoreError::Refused(what));
        }
        // A call that waited longer than another one has the earlier time.
        let at = self.now.as_second().max(known.at);
        let until = self.quoting.today(self.now).max(known.from);
        let bill = known.bill.clone();
        let position = working.linked();
        working.rows.withdrawal(self, until, at, position);
        let periods = working.bills.get_mut(&bill).into_iter();
        let open = periods.flat_map(|bill| &mut bill.disputes);
        for period in open.filter(|period| period.until.is_none()) {
            period.until = Some(until);
        }
        if let Some(known) = working.disputes.get_mut(&self.dispute) {
            known.ended = Some(DisputeEnd::Withdrawn(self.digest));
        }
        Ok(DisputeTaken::Kept)
    }

    fn finish(taken: DisputeTaken, _: Option<&JournalPosition>) -> DisputeTaken {
        taken
    }
}

fn same(digest: [u8; 32], wanted: [u8; 32]) -> DisputeTaken {
    if digest == wanted {
        DisputeTaken::Exists
    } else {
        DisputeTaken::ExistsWithDifferentPayload { digest }
    }
}

impl Decide for AcknowledgeNotice {
    type Pending = AcknowledgementTaken;
    type Answer = AcknowledgementTaken;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.notices.push(self.notice);
        wanted.access.push(self.user);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<AcknowledgementTaken, StoreError> {
        let notice = working.notices.get(&self.notice);
        let Some(notice) = notice.filter(|notice| notice.customer == self.customer) else {
            return Ok(AcknowledgementTaken::Unknown);
        };
        if notice.read_by.contains(&self.user) {
            return Ok(AcknowledgementTaken::Exists);
        }
        if notice.digest != self.notice_digest {
            return Ok(AcknowledgementTaken::DocumentMismatch);
        }
        if working.bindings.sequence != self.bindings {
            return Ok(AcknowledgementTaken::BindingsMoved);
        }
        if !working.may(self.user, Right::View, &notice.account) {
            return Ok(AcknowledgementTaken::Right);
        }
        if self.jws.contains('\0') {
            let what = format!("the acknowledgement of notice {}: a NUL", self.notice);
            return Err(StoreError::Refused(what));
        }
        let at = self.now.as_second().max(notice.served);
        let position = working.linked();
        working.rows.acknowledgement(self, at, position);
        if let Some(notice) = working.notices.get_mut(&self.notice) {
            notice.read_by.push(self.user);
        }
        Ok(AcknowledgementTaken::Kept)
    }

    fn finish(taken: AcknowledgementTaken, _: Option<&JournalPosition>) -> AcknowledgementTaken {
        taken
    }
}
