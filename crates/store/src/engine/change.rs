//! Changes of customers' own data: done at once, or when another person approves them.

use jiff::{Timestamp, ToSpan as _};
use wattkey_domain::{
    AccountId, ChangeId, ChangeState, CustomerId, Decision, OwnData, Right, Rights, UserId,
};

use super::wanted::Bindings;
use super::{Decide, Wanted, Working};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session};
use crate::outcome::{ChangeOutcome, DecideChange, JournalPosition, ProposeChange};

/// How long a change waits for another person, in hours.
const WAITS_H: i64 = 14 * 24;
/// The most changes that lapse in one transaction.
const MAX_AT_ONCE: u32 = 100;

/// A change, as far as it decides anything.
#[derive(Debug, Clone)]
pub(crate) struct KeptChange {
    pub(crate) customer: CustomerId,
    pub(crate) user: UserId,
    pub(crate) digest: [u8; 32],
    pub(crate) subject: OwnData,
    pub(crate) rights: Option<Rights>,
    pub(crate) replaces: u64,
    /// In seconds since 1970.
    pub(crate) lapses: Option<i64>,
    pub(crate) state: ChangeState,
    pub(crate) decision: Option<(UserId, Decision)>,
}

/// The version of own data that holds, and the change that made it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) change: Option<ChangeId>,
    /// What was given, where it is about rights.
    pub(crate) rights: Option<Rights>,
    /// What the database has: 0 when it has no row.
    pub(in crate::engine) kept: u64,
}

/// Changes whose time is over by now: which of them it is, is looked at once more.
#[derive(Debug)]
pub(crate) struct LapseChanges {
    pub(crate) changes: Vec<ChangeId>,
    pub(crate) now: Timestamp,
}

/// Changes whose time is over: asked of a reader, so that a clock that ticks costs no commits.
pub(crate) fn due(session: &mut dyn Session, now: Timestamp) -> Result<Vec<ChangeId>, StoreError> {
    let rows = session.query(
        "SELECT id FROM changes WHERE lapses <= $1 AND lapses IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM change_ends WHERE change_id = id)
         ORDER BY lapses, id LIMIT $2",
        &[now.as_second().into(), MAX_AT_ONCE.into()],
    )?;
    let changes = rows.iter().map(|row: &Row| row.parsed(0));
    Ok(changes.collect::<Result<_, DatabaseError>>()?)
}

impl Decide for ProposeChange {
    type Pending = ChangeOutcome;
    type Answer = ChangeOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.changes.push(self.change);
        wanted.own_data.push((self.customer, self.subject.clone()));
        wanted.access.push(self.user);
        wanted.accounts.extend(self.subject.account().cloned());
        if let OwnData::Rights(user, _) = &self.subject {
            wanted.access.push(*user);
        }
        wanted.bindings(Bindings::Read);
    }

    fn decide(&self, working: &mut Working) -> Result<ChangeOutcome, StoreError> {
        if let Some(known) = working.changes_of_data.get(&self.change) {
            let own = known.customer == self.customer;
            return Ok(if own && known.digest == self.digest {
                ChangeOutcome::Exists
            } else {
                let digest = own.then_some(known.digest);
                ChangeOutcome::ExistsWithDifferentPayload { digest }
            });
        }
        if working.bindings.sequence != self.bindings {
            return Ok(ChangeOutcome::BindingsMoved);
        }
        if let Some(refusal) = self.refusal(working) {
            return Ok(refusal);
        }
        self.check()?;
        working.touch();
        let waits = matches!(self.subject, OwnData::Rights(..));
        let lapses = waits.then(|| (self.now + WAITS_H.hours()).as_second());
        working.rows.change(self, lapses);
        let kept = KeptChange {
            customer: self.customer,
            user: self.user,
            digest: self.digest,
            subject: self.subject.clone(),
            rights: self.rights,
            replaces: self.replaces,
            lapses,
            state: ChangeState::Waiting,
            decision: None,
        };
        working.changes_of_data.insert(self.change, kept);
        if waits {
            return Ok(ChangeOutcome::Taken(ChangeState::Waiting));
        }
        end(working, self.change, ChangeState::Done, self.now);
        Ok(ChangeOutcome::Taken(ChangeState::Done))
    }

    fn finish(outcome: ChangeOutcome, _: Option<&JournalPosition>) -> ChangeOutcome {
        outcome
    }
}

impl ProposeChange {
    /// Why it is not taken in. Nothing has changed.
    fn refusal(&self, working: &Working) -> Option<ChangeOutcome> {
        let account = self.subject.account();
        if let Some(account) = account
            && working.accounts.get(account) != Some(&self.customer)
        {
            let account = account.clone();
            return Some(ChangeOutcome::UnknownAccount { account });
        }
        if let Some(refusal) = self.right(working, account) {
            return Some(refusal);
        }
        if let OwnData::Rights(user, _) = &self.subject
            && working.customer_of(*user) != Some(self.customer)
        {
            return Some(ChangeOutcome::UnknownUser { user: *user });
        }
        if let OwnData::Rights(user, _) = &self.subject {
            let mut others = working.administrators.iter();
            if !others.any(|(customer, other)| {
                *customer == self.customer && *other != self.user && other != user
            }) {
                return Some(ChangeOutcome::NobodyApproves);
            }
        }
        changed(working, self.customer, &self.subject, self.replaces)
    }

    /// Rights are an administrator's to give. The rest is also changed by who approves orders, on the
    /// contract account that it is about.
    fn right(&self, working: &Working, account: Option<&AccountId>) -> Option<ChangeOutcome> {
        let of_customer = working.customer_of(self.user) == Some(self.customer);
        if of_customer && working.administers(self.user) {
            return None;
        }
        // To who may not look at an account it is as if there were none.
        if let Some(account) = account
            && !working.may(self.user, Right::View, account)
        {
            let account = account.clone();
            return Some(ChangeOutcome::UnknownAccount { account });
        }
        let missing = |right, account: Option<&AccountId>| {
            let account = account.cloned();
            Some(ChangeOutcome::NoRight { right, account })
        };
        if matches!(self.subject, OwnData::Rights(..)) {
            return missing(Right::Administer, None);
        }
        let may = of_customer
            && match account {
                Some(account) => working.may(self.user, Right::Approve, account),
                None => working.may_by_itself(self.user, Right::Approve),
            };
        if may {
            return None;
        }
        missing(Right::Approve, account)
    }

    /// What only a fault of the platform can get wrong; the database would refuse the whole batch.
    fn check(&self) -> Result<(), StoreError> {
        let of_rights = matches!(self.subject, OwnData::Rights(..));
        let beyond = !i64::try_from(self.replaces).is_ok_and(|replaces| replaces < i64::MAX);
        let has_nul = self.jws.contains('\0') || self.what.contains('\0');
        let more = self
            .rights
            .is_some_and(|rights| rights.has(Right::Administer));
        if has_nul || beyond || more || (self.rights.is_some() && !of_rights) {
            let what = format!("change {}: it cannot be kept", self.change);
            return Err(StoreError::Refused(what));
        }
        Ok(())
    }
}

/// Whether another change came in between.
fn changed(
    working: &Working,
    customer: CustomerId,
    subject: &OwnData,
    replaces: u64,
) -> Option<ChangeOutcome> {
    let holds = working.own_data.get(&(customer, subject.clone()));
    let version = holds.map_or(0, |version| version.number);
    (version != replaces).then_some(ChangeOutcome::Changed { version })
}

impl Decide for DecideChange {
    type Pending = ChangeOutcome;
    type Answer = ChangeOutcome;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.changes.push(self.change);
        wanted.access.push(self.user);
        // Alone: while rights change, nothing is ordered under them. Orders share this lock.
        wanted.bindings(match self.decision {
            Decision::Approve => Bindings::Append,
            Decision::Refuse | Decision::Cancel => Bindings::Read,
        });
    }

    fn decide(&self, working: &mut Working) -> Result<ChangeOutcome, StoreError> {
        let known = working.changes_of_data.get(&self.change);
        let Some(known) = known.filter(|known| known.customer == self.customer) else {
            return Ok(ChangeOutcome::Unknown);
        };
        if known.digest != self.change_digest {
            return Ok(ChangeOutcome::DifferentDigest);
        }
        if known.decision == Some((self.user, self.decision)) {
            return Ok(ChangeOutcome::Exists);
        }
        if known.state != ChangeState::Waiting {
            let state = known.state;
            return Ok(ChangeOutcome::NotPossible { state });
        }
        if working.bindings.sequence != self.bindings {
            return Ok(ChangeOutcome::BindingsMoved);
        }
        if let Some(refusal) = self.refusal(working, known) {
            return Ok(refusal);
        }
        let state = match self.decision {
            Decision::Approve => ChangeState::Done,
            Decision::Refuse => ChangeState::Refused,
            Decision::Cancel => return Err(self.fault("it is no decision on a change")),
        };
        if self.jws.contains('\0') {
            return Err(self.fault("it has a NUL"));
        }
        working.touch();
        working.rows.change_decision(self);
        if let Some(known) = working.changes_of_data.get_mut(&self.change) {
            known.decision = Some((self.user, self.decision));
        }
        end(working, self.change, state, self.now);
        Ok(ChangeOutcome::Taken(state))
    }

    fn finish(outcome: ChangeOutcome, _: Option<&JournalPosition>) -> ChangeOutcome {
        outcome
    }
}

impl DecideChange {
    /// Why it is not taken in. Nothing has changed.
    fn refusal(&self, working: &Working, known: &KeptChange) -> Option<ChangeOutcome> {
        let administers = |user: UserId| {
            working.customer_of(user) == Some(self.customer) && working.administers(user)
        };
        // Who signed it may have lost the right since.
        let both = administers(self.user)
            && (self.decision != Decision::Approve || administers(known.user));
        if !both {
            let (right, account) = (Right::Administer, None);
            return Some(ChangeOutcome::NoRight { right, account });
        }
        let about = match &known.subject {
            OwnData::Rights(user, _) => Some(*user),
            _ => None,
        };
        if known.user == self.user || about == Some(self.user) {
            return Some(ChangeOutcome::OwnChange);
        }
        if is_over(known, self.now) {
            let state = ChangeState::Lapsed;
            return Some(ChangeOutcome::NotPossible { state });
        }
        match self.decision {
            Decision::Approve => changed(working, self.customer, &known.subject, known.replaces),
            Decision::Refuse | Decision::Cancel => None,
        }
    }

    fn fault(&self, what: &str) -> StoreError {
        StoreError::Refused(format!("a decision on change {}: {what}", self.change))
    }
}

impl Decide for LapseChanges {
    type Pending = Vec<ChangeId>;
    type Answer = Vec<ChangeId>;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.changes.extend(&self.changes);
    }

    fn decide(&self, working: &mut Working) -> Result<Vec<ChangeId>, StoreError> {
        let mut lapsed = Vec::new();
        for id in &self.changes {
            let change = working.changes_of_data.get(id);
            if change.is_some_and(|change| is_over(change, self.now)) {
                end(working, *id, ChangeState::Lapsed, self.now);
                lapsed.push(*id);
            }
        }
        Ok(lapsed)
    }

    fn finish(lapsed: Vec<ChangeId>, _: Option<&JournalPosition>) -> Vec<ChangeId> {
        lapsed
    }
}

fn is_over(change: &KeptChange, now: Timestamp) -> bool {
    let is_late = |lapses: i64| lapses <= now.as_second();
    change.state == ChangeState::Waiting && change.lapses.is_some_and(is_late)
}

/// Ends a change that waits; done, it holds from now on, and so do the rights that it gives. Nothing
/// here can fail.
fn end(working: &mut Working, id: ChangeId, state: ChangeState, now: Timestamp) {
    working.mark();
    let Some(change) = working.changes_of_data.get_mut(&id) else {
        return;
    };
    change.state = state;
    let version = (state == ChangeState::Done).then(|| change.replaces + 1);
    if let Some(number) = version {
        let (subject, rights) = (change.subject.clone(), change.rights);
        if let OwnData::Rights(user, account) = &subject
            && let Some((_, access)) = working.access.get_mut(user)
        {
            access.give(account.clone(), rights);
        }
        let key = (change.customer, subject);
        let holds = working.own_data.entry(key).or_default();
        holds.number = number;
        holds.change = Some(id);
        holds.rights = rights;
    }
    let batch = working.position();
    working.rows.change_end(id, state, version, now, &batch);
}
