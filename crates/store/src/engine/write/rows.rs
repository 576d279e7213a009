//! Rows that are not made from the working set.

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::ledger::{DepositPart, OrderBill};
use wattkey_domain::{CreditorReference, MandateId, Money, OrderId};

use super::Table;
use super::columns::ORDERS;
use super::disputes::DisputeRows;
use crate::checkpoint::Checkpoint;
use crate::database::Value;
use crate::engine::bank::plain;
use crate::engine::receipt::SaveReceipt;
use crate::outcome::{
    AcceptOrder, Applied, BankCredit, BankMessage, BankReport, BankSubject, BindingStep,
    DecideOrder, EndInstruction, FundsSource, JournalPosition, StandingInstruction,
};

/// The name of a credit in `bank_events`.
pub(crate) const CREDIT: &str = "credit";
/// The name of a fee in `bank_events`.
pub(crate) const FEE: &str = "fee";

/// New rows that are not made from the working set.
#[derive(Debug, Default)]
pub(in crate::engine) struct Rows {
    /// Without their states, which may change before the batch ends.
    pub(super) orders: Vec<(OrderId, Vec<Value>)>,
    pub(super) decisions: Table,
    pub(super) receipts: Table,
    pub(super) mandate_refusals: Table,
    pub(super) bank_messages: Table,
    pub(super) bank_listed: Table,
    pub(super) bank_events: Table,
    pub(super) bank_aliases: Table,
    pub(super) bank_cursor: Option<u64>,
    pub(super) credits: Table,
    pub(super) credit_bills: Table,
    pub(super) unmatched: Table,
    pub(super) instructions: Table,
    pub(super) instruction_accounts: Table,
    pub(super) instruction_ends: Table,
    pub(super) applications: Table,
    pub(super) of_disputes: DisputeRows,
    pub(super) resolutions: Table,
    pub(super) resolution_decisions: Table,
    pub(super) resolved_items: Table,
    pub(super) returns: Table,
    pub(super) changes: Table,
    pub(super) change_decisions: Table,
    pub(super) change_ends: Table,
    pub(super) binding_steps: Table,
    pub(super) checkpoints: Table,
    pub(super) checkpoint_heads: Table,
}

impl Rows {
    pub(in crate::engine) fn order(
        &mut self,
        order: &AcceptOrder,
        total: Money,
        lapses: Option<i64>,
    ) {
        let (source, reference, account) = match &order.source {
            FundsSource::Mandate(_) => ("mandate", None, None),
            FundsSource::Transfer { creditor_reference } => {
                ("transfer", Some(creditor_reference.as_str()), None)
            }
            FundsSource::Deposit(account) => ("deposit", None, Some(account.as_str())),
        };
        let deposit = order.deposit.as_ref();
        let mut row = Vec::with_capacity(ORDERS.len());
        row.extend([
            Value::text(order.order),
            Value::text(order.customer),
            Value::text(order.user),
            source.into(),
            order.mandate().map(MandateId::as_str).into(),
            reference.into(),
            account.into(),
            deposit.map(|part| part.account.as_str()).into(),
            deposit.map(|part| part.amount.minor()).into(),
            order
                .refund
                .as_ref()
                .map(|refund| refund.amount.minor())
                .into(),
            order.execute.map(|day| day.to_string()).into(),
            Value::text(order.currency),
            total.minor().into(),
            order.reference.as_str().into(),
            order.jws.as_str().into(),
            order.digest.into(),
            order.now.as_second().into(),
            lapses.into(),
        ]);
        self.orders.push((order.order, row));
    }

    pub(in crate::engine) fn decision(&mut self, decided: &DecideOrder, position: usize) {
        self.decisions.push(vec![
            Value::text(decided.order),
            position.into(),
            Value::text(decided.user),
            Value::text(decided.decision),
            decided.jws.as_str().into(),
            decided.now.as_second().into(),
        ]);
    }

    /// What a credit paid, under its reference as it is kept.
    pub(in crate::engine) fn credit(
        &mut self,
        credit: &BankCredit,
        reference: &str,
        order: OrderId,
        (bills, over): (&[OrderBill], Option<&DepositPart>),
        now: Timestamp,
        position: JournalPosition,
    ) {
        self.credits.push(vec![
            reference.into(),
            Value::text(order),
            credit.amount.minor().into(),
            Value::text(credit.amount.currency()),
            Value::text(credit.value),
            over.map(|over| over.account.as_str()).into(),
            over.map_or(0, |over| over.amount.minor()).into(),
            now.as_second().into(),
            position.process.as_bytes().into(),
            position.sequence.into(),
        ]);
        let bills = bills.iter().enumerate();
        self.credit_bills.extend(bills.map(|(position, bill)| {
            vec![
                reference.into(),
                position.into(),
                bill.bill.as_str().into(),
                bill.principal.minor().into(),
                bill.penalty.minor().into(),
            ]
        }));
    }

    pub(in crate::engine) fn unmatched_receipt(
        &mut self,
        credit: &BankCredit,
        reference: &str,
        now: Timestamp,
        position: JournalPosition,
    ) {
        let references = credit.creditor_references.iter();
        let references: Vec<_> = references.map(CreditorReference::as_str).collect();
        self.unmatched.push(vec![
            reference.into(),
            credit.amount.minor().into(),
            Value::text(credit.amount.currency()),
            Value::text(credit.value),
            credit.debtor.name.as_deref().map(plain).into(),
            credit.debtor.account.as_deref().map(plain).into(),
            credit.text.as_deref().map(plain).into(),
            references.join(" ").into(),
            now.as_second().into(),
            position.process.as_bytes().into(),
            position.sequence.into(),
        ]);
    }

    pub(in crate::engine) fn instruction(&mut self, kept: &StandingInstruction) {
        let terms = &kept.terms;
        self.instructions.push(vec![
            Value::text(kept.instruction),
            Value::text(kept.customer),
            Value::text(kept.user),
            terms.deposit.as_str().into(),
            terms.most.map(|most| most.minor()).into(),
            terms.keep.minor().into(),
            Value::text(terms.currency),
            Value::text(terms.from),
            terms.until.map(|until| until.to_string()).into(),
            kept.jws.as_str().into(),
            kept.digest.into(),
            kept.now.as_second().into(),
        ]);
        let accounts = terms.accounts.iter().enumerate();
        self.instruction_accounts
            .extend(accounts.map(|(position, account)| {
                let instruction = Value::text(kept.instruction);
                vec![instruction, position.into(), account.as_str().into()]
            }));
    }

    pub(in crate::engine) fn instruction_end(&mut self, end: &EndInstruction, at: i64) {
        self.instruction_ends.push(vec![
            Value::text(end.instruction),
            Value::text(end.user),
            end.jws.as_str().into(),
            end.digest.into(),
            at.into(),
        ]);
    }

    pub(in crate::engine) fn application(&mut self, one: &Applied, day: Date, now: Timestamp) {
        self.applications.push(vec![
            one.journal.process.as_bytes().into(),
            one.journal.sequence.into(),
            one.bill.as_str().into(),
            Value::text(one.instruction),
            one.deposit.as_str().into(),
            one.principal.minor().into(),
            one.penalty.minor().into(),
            Value::text(day),
            now.as_second().into(),
        ]);
    }

    /// With the day on which the mandate ended, and that on which the order was to be sent.
    pub(in crate::engine) fn mandate_refusal(
        &mut self,
        order: OrderId,
        mandate: &MandateId,
        [ended, day]: [Date; 2],
        now: Timestamp,
    ) {
        self.mandate_refusals.push(vec![
            Value::text(order),
            mandate.as_str().into(),
            Value::text(ended),
            Value::text(day),
            now.as_second().into(),
        ]);
    }

    pub(in crate::engine) fn receipt(&mut self, saved: &SaveReceipt) {
        self.receipts.push(vec![
            Value::text(saved.order),
            Value::text(saved.state),
            saved.receipt.jws.as_slice().into(),
            saved.receipt.digest.into(),
        ]);
    }

    pub(in crate::engine) fn bank_message(&mut self, message: &BankMessage) {
        self.bank_messages.push(vec![
            message.number.into(),
            plain(&message.kind).into(),
            message.body.as_slice().into(),
            message.now.as_second().into(),
        ]);
        let listed = message.listed.iter().enumerate();
        self.bank_listed.extend(listed.map(|(position, remark)| {
            vec![
                message.number.into(),
                position.into(),
                remark.reference.as_deref().map(plain).into(),
                plain(&remark.why).into(),
            ]
        }));
    }

    pub(in crate::engine) fn bank_alias(&mut self, alias: &str, reference: &str) {
        self.bank_aliases.push(vec![alias.into(), reference.into()]);
    }

    /// `credited` is the order that a credit was found to be for.
    pub(in crate::engine) fn bank_event(
        &mut self,
        report: &BankReport,
        reference: &str,
        outcome: &str,
        credited: Option<OrderId>,
    ) {
        let sent_back = match &report.subject {
            BankSubject::Return { resolution, .. } => Some(resolution.to_string()),
            _ => None,
        };
        let (order, event, amount, note) = match &report.subject {
            BankSubject::Order {
                order,
                event,
                amount,
                note,
            } => (Some(*order), event.as_str(), *amount, note.as_deref()),
            BankSubject::Return {
                event,
                amount,
                note,
                ..
            } => (None, event.as_str(), *amount, note.as_deref()),
            BankSubject::Credit(credit) => {
                let text = credit.text.as_deref();
                (credited, CREDIT, Some(credit.amount), text)
            }
            BankSubject::Fee { amount, text } => (None, FEE, Some(*amount), text.as_deref()),
        };
        self.bank_events.push(vec![
            reference.into(),
            order.map(|order| order.to_string()).into(),
            sent_back.into(),
            event.into(),
            amount.map(|amount| amount.minor()).into(),
            amount.map(|amount| amount.currency().to_string()).into(),
            note.map(plain).into(),
            report.now.as_second().into(),
            outcome.into(),
        ]);
    }

    pub(in crate::engine) fn bank_cursor(&mut self, number: u64) {
        self.bank_cursor = Some(number);
    }

    pub(in crate::engine) fn binding_step(&mut self, step: &BindingStep, digest: [u8; 32]) {
        self.binding_steps.push(vec![
            step.sequence.into(),
            step.jws.as_str().into(),
            digest.into(),
        ]);
    }

    pub(in crate::engine) fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.checkpoints.push(vec![
            checkpoint.sequence.into(),
            checkpoint.previous.into(),
            checkpoint.digest().into(),
            checkpoint.at.as_second().into(),
            checkpoint.jws.as_deref().into(),
        ]);
        self.checkpoint_heads
            .extend(checkpoint.heads.iter().map(|head| {
                vec![
                    checkpoint.sequence.into(),
                    head.process.as_bytes().into(),
                    head.sequence.into(),
                    head.link.into(),
                ]
            }));
    }
}
