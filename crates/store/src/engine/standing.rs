//! Standing instructions, and the bills that deposits pay under them.

use std::sync::Arc;

use jiff::Timestamp;
use wattkey_domain::ledger::{self, OrderBill};
use wattkey_domain::{AccountId, BillId, InstructionId, Money, Quoting, Right};

use super::accept::linked;
use super::wanted::Bindings;
use super::working::Instruction;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::outcome::{
    Applied, EndInstruction, InstructionOutcome, JournalPosition, StandingInstruction,
};

/// Bills that deposits may pay: whether they do is looked at once more.
#[derive(Debug)]
pub(crate) struct ApplyDeposits {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) quoting: Arc<Quoting>,
    pub(crate) now: Timestamp,
}

/// A bill that an instruction may pay.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) instruction: InstructionId,
    pub(crate) bill: BillId,
    pub(crate) deposit: AccountId,
}

impl Decide for StandingInstruction {
    type Pending = InstructionOutcome;
    type Answer = InstructionOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.instructions.push(self.instruction);
        wanted.deposits.push(self.terms.deposit.clone());
        wanted.accounts.extend(self.terms.accounts.iter().cloned());
        wanted.access.push(self.user);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<InstructionOutcome, StoreError> {
        if let Some(known) = working.instructions.get(&self.instruction) {
            return Ok(same(known.digest, self.digest));
        }
        if working.bindings.sequence != self.bindings {
            return Ok(InstructionOutcome::BindingsMoved);
        }
        let terms = &self.terms;
        let mut accounts = std::iter::once(&terms.deposit).chain(&terms.accounts);
        let is_theirs = |account: &AccountId| working.accounts.get(account) == Some(&self.customer);
        if let Some(account) = accounts.find(|account| !is_theirs(account)) {
            let account = account.clone();
            return Ok(InstructionOutcome::UnknownAccount { account });
        }
        let accounts = std::iter::once(&terms.deposit).chain(&terms.accounts);
        if let Some(missing) = working.missing_right(self.user, Right::Approve, accounts) {
            return Ok(InstructionOutcome::NoRight(missing));
        }
        let kept = working.deposits.get(&terms.deposit);
        let kept = kept.and_then(|deposit| deposit.currency);
        if let Some(currency) = kept.filter(|currency| *currency != terms.currency) {
            return Ok(InstructionOutcome::AccountCurrency { currency });
        }
        self.check()?;
        working.touch();
        working.rows.instruction(self);
        let new = Instruction {
            customer: self.customer,
            digest: self.digest,
            terms: terms.clone(),
            at: self.now.as_second(),
            paid: None,
            ended: None,
        };
        working.instructions.insert(self.instruction, new);
        Ok(InstructionOutcome::Kept)
    }

    fn finish(outcome: InstructionOutcome, _: Option<&JournalPosition>) -> InstructionOutcome {
        outcome
    }
}

impl StandingInstruction {
    /// What only a fault of the platform can get wrong; the database would refuse the whole batch.
    fn check(&self) -> Result<(), StoreError> {
        let terms = &self.terms;
        let amounts = terms.most.iter().chain([&terms.keep]);
        let mut accounts: Vec<_> = terms.accounts.iter().collect();
        accounts.sort_unstable();
        accounts.dedup();
        let fits = amounts
            .clone()
            .all(|amount| amount.currency() == terms.currency)
            && !terms.most.is_some_and(|most| most.is_zero())
            && accounts.len() == terms.accounts.len()
            && !accounts.is_empty()
            && !self.jws.contains('\0');
        if fits {
            return Ok(());
        }
        let what = format!("standing instruction {}: its terms", self.instruction);
        Err(StoreError::Refused(what))
    }
}

impl Decide for EndInstruction {
    type Pending = InstructionOutcome;
    type Answer = InstructionOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.instructions.push(self.instruction);
        wanted.access.push(self.user);
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<InstructionOutcome, StoreError> {
        let known = working.instructions.get(&self.instruction);
        let Some(known) = known.filter(|known| known.customer == self.customer) else {
            return Ok(InstructionOutcome::Unknown);
        };
        if let Some(ended) = known.ended {
            return Ok(same(ended, self.digest));
        }
        if working.bindings.sequence != self.bindings {
            return Ok(InstructionOutcome::BindingsMoved);
        }
        let deposit = [&known.terms.deposit];
        if let Some(missing) = working.missing_right(self.user, Right::Approve, deposit) {
            return Ok(InstructionOutcome::NoRight(missing));
        }
        if self.jws.contains('\0') {
            let what = format!(
                "the end of standing instruction {}: a NUL",
                self.instruction
            );
            return Err(StoreError::Refused(what));
        }
        // A call that waited longer than another one has the earlier time.
        let now = self.now.as_second();
        let at = known.paid.map_or(now, |paid| paid.max(now));
        working.touch();
        working.rows.instruction_end(self, at);
        if let Some(known) = working.instructions.get_mut(&self.instruction) {
            known.ended = Some(self.digest);
        }
        Ok(InstructionOutcome::Kept)
    }

    fn finish(outcome: InstructionOutcome, _: Option<&JournalPosition>) -> InstructionOutcome {
        outcome
    }
}

fn same(digest: [u8; 32], wanted: [u8; 32]) -> InstructionOutcome {
    if digest == wanted {
        InstructionOutcome::Exists
    } else {
        InstructionOutcome::ExistsWithDifferentPayload { digest }
    }
}

impl Decide for ApplyDeposits {
    type Pending = Vec<Applied>;
    type Answer = Vec<Applied>;

    fn wants(&self, wanted: &mut Wanted) {
        for candidate in &self.candidates {
            wanted.instructions.push(candidate.instruction);
            wanted.bills.push(candidate.bill.clone());
            wanted.deposits.push(candidate.deposit.clone());
        }
    }

    fn decide(&self, working: &mut Working) -> Result<Vec<Applied>, StoreError> {
        let mut applied = Vec::new();
        for candidate in &self.candidates {
            let Some(pays) = self.payable(working, candidate) else {
                continue;
            };
            let postings = ledger::deposit_applied(&pays, &candidate.deposit, self.now);
            let Ok(postings) = postings else {
                continue;
            };
            if working.post(&postings)?.is_err() {
                continue;
            }
            let one = Applied {
                instruction: candidate.instruction,
                bill: pays.bill,
                deposit: candidate.deposit.clone(),
                principal: pays.principal,
                penalty: pays.penalty,
                journal: working.position(),
            };
            let today = self.quoting.today(self.now);
            working.rows.application(&one, today, self.now);
            if let Some(instruction) = working.instructions.get_mut(&one.instruction) {
                let now = self.now.as_second();
                instruction.paid = Some(instruction.paid.map_or(now, |paid| paid.max(now)));
            }
            applied.push(one);
        }
        Ok(applied)
    }

    fn finish(mut applied: Vec<Applied>, committed: Option<&JournalPosition>) -> Vec<Applied> {
        for one in &mut applied {
            one.journal = linked(one.journal, committed);
        }
        applied
    }
}

impl ApplyDeposits {
    /// The whole of what is open of the bill with the penalty of today, when the instruction lets
    /// the deposit pay it.
    fn payable(&self, working: &Working, candidate: &Candidate) -> Option<OrderBill> {
        let instruction = working.instructions.get(&candidate.instruction)?;
        let bill = working.bills.get(&candidate.bill)?;
        let deposit = working.deposits.get(&candidate.deposit)?;
        let terms = &instruction.terms;
        let today = self.quoting.today(self.now);
        let in_force = instruction.ended.is_none()
            // The schedule looked at its clock before this came.
            && instruction.at <= self.now.as_second()
            && terms.from <= today
            && terms.until.is_none_or(|until| today <= until);
        let fits = terms.deposit == candidate.deposit
            && terms.accounts.contains(&bill.account)
            && bill.customer == instruction.customer
            && bill.currency == terms.currency
            && deposit.currency == Some(terms.currency);
        if !in_force || !fits || bill.open <= 0 || today < bill.due || bill.is_disputed() {
            return None;
        }
        let principal = Money::new(bill.open, bill.currency).ok()?;
        let rules = &self.quoting.rules;
        let penalty = rules
            .penalty(principal, &bill.debt(today).ok()?, today)
            .ok()?;
        let takes = principal.checked_add(penalty).ok()?.minor();
        let at_most = terms.most.is_none_or(|most| takes <= most.minor());
        let leaves = deposit.balance.checked_sub(takes)?;
        (at_most && leaves >= terms.keep.minor()).then(|| OrderBill {
            bill: candidate.bill.clone(),
            principal,
            penalty,
        })
    }
}
