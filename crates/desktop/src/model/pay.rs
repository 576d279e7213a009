//! What is to be paid, and from where: the form before anything is signed.

use jiff::civil::Date;
use wattkey_client::fault::Fault;
use wattkey_client::money;
use wattkey_client::payment::{Amount, BillPart, Funds, Request};
use wattkey_domain::{BillId, Currency};
use wattkey_protocol::api::{BillSummary, Deposit, Mandate};

use super::Effect;

/// The form. It outlives a lock: who unlocks with the same key goes on with it.
#[derive(Debug, Default)]
pub struct Pay {
    /// The bills, in the order in which they were chosen.
    pub parts: Vec<Part>,
    /// Where the money comes from.
    pub source: usize,
    /// Debit mandates.
    pub mandates: Vec<Mandate>,
    /// Deposits that hold something.
    pub deposits: Vec<Deposit>,
    /// The customer's own reference.
    pub reference: String,
    /// The day, as it was written; today when it is empty.
    pub day: String,
    /// The order is being prepared.
    pub preparing: bool,
    /// Why it was not.
    pub fault: Option<Fault>,
    /// Goes up when the rows become others.
    pub version: u64,
}

/// A bill of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The bill, as the list has it.
    pub bill: BillSummary,
    /// How much of it, as it was written; all that is open when it is empty.
    pub written: String,
}

/// Where the money may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The power company collects it.
    Mandate(Mandate),
    /// The customer's own transfer.
    Transfer,
    /// A deposit.
    Deposit(Deposit),
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// An amount is written.
    Amount(usize, String),
    /// A bill is left out.
    LeaveOut(usize),
    /// Where the money comes from.
    Source(usize),
    /// The customer's reference.
    Reference(String),
    /// The day.
    Day(String),
    /// More bills are wanted, from the list.
    ChooseBills,
    /// Go on to what will be signed.
    Prepare,
}

impl Part {
    /// What of it is to be paid, without its penalty; nothing when that is no amount of it.
    #[must_use]
    pub fn minor(&self) -> Option<i64> {
        let written = self.written.trim();
        if written.is_empty() {
            return Some(self.bill.open);
        }
        let minor = money::parse_grouped(written, self.bill.currency).ok()?;
        (minor > 0 && minor <= self.bill.open).then_some(minor)
    }
}

impl Pay {
    /// Puts bills into the form that are not there yet.
    pub fn add<'b>(&mut self, bills: impl Iterator<Item = &'b BillSummary>) {
        for bill in bills.filter(|bill| bill.open > 0) {
            let is_there = self.parts.iter().any(|part| part.bill.bill == bill.bill);
            let fits = self
                .currency()
                .is_none_or(|currency| currency == bill.currency);
            if !is_there && fits {
                self.parts.push(Part {
                    bill: bill.clone(),
                    written: String::new(),
                });
            }
        }
        self.version += 1;
    }

    /// What the service says now of the bills that were put in.
    pub fn refresh(&mut self, bills: &[BillSummary]) {
        for part in &mut self.parts {
            if let Some(bill) = bills.iter().find(|bill| bill.bill == part.bill.bill) {
                part.bill = bill.clone();
            }
        }
        self.parts.retain(|part| part.bill.open > 0);
        self.version += 1;
    }

    /// The currency of the bills.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.parts.first().map(|part| part.bill.currency)
    }

    /// Where the money may come from, as it is shown.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let fits = |currency| self.currency().is_none_or(|wanted| wanted == currency);
        let mandates = self.mandates.iter().filter(|m| fits(m.currency));
        let deposits = self
            .deposits
            .iter()
            .filter(|d| d.balance > 0 && fits(d.currency));
        mandates
            .cloned()
            .map(Source::Mandate)
            .chain([Source::Transfer])
            .chain(deposits.cloned().map(Source::Deposit))
            .collect()
    }

    /// The sum of what is written, without penalties; nothing while an amount is none.
    #[must_use]
    pub fn sum(&self) -> Option<i64> {
        let mut amounts = self.parts.iter().map(Part::minor);
        amounts.try_fold(0_i64, |sum, minor| sum.checked_add(minor?))
    }

    /// The day that was written.
    ///
    /// # Errors
    /// When what is written is no day.
    pub fn date(&self) -> Result<Option<Date>, jiff::Error> {
        match self.day.trim() {
            "" => Ok(None),
            day => day.parse().map(Some),
        }
    }

    /// Whether it can be prepared.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.parts.is_empty() && self.sum().is_some() && self.date().is_ok() && !self.preparing
    }

    /// What the form asks for.
    #[must_use]
    pub fn request(&self) -> Option<Request> {
        let bills = self.parts.iter().map(|part| BillPart {
            bill: part.bill.bill.clone(),
            amount: match part.written.trim() {
                "" => Amount::AllOpen,
                written => Amount::Written(written.to_owned()),
            },
        });
        let funds = match self.sources().into_iter().nth(self.source)? {
            Source::Mandate(mandate) => Funds::Mandate(Some(mandate.mandate)),
            Source::Transfer => Funds::Transfer,
            Source::Deposit(deposit) => Funds::Deposit(deposit.account),
        };
        Some(Request {
            bills: bills.collect(),
            funds,
            execute: self.date().ok()?,
            reference: self.reference.trim().to_owned(),
            ..Request::default()
        })
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Amount(index, text) => {
                if let Some(part) = self.parts.get_mut(index) {
                    part.written = text;
                }
            }
            Input::LeaveOut(index) if index < self.parts.len() => {
                self.parts.remove(index);
                self.source = self.source.min(self.sources().len().saturating_sub(1));
                self.version += 1;
            }
            Input::Source(index) if index < self.sources().len() => self.source = index,
            Input::Reference(text) => self.reference = text,
            Input::Day(text) => self.day = text,
            Input::Prepare if self.is_ready() => {
                if let Some(request) = self.request() {
                    self.preparing = true;
                    self.fault = None;
                    return vec![Effect::Prepare(Box::new(request))];
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Forgets what was paid; funds stay.
    pub fn clear(&mut self) {
        self.parts.clear();
        self.reference.clear();
        self.day.clear();
        self.fault = None;
        self.preparing = false;
        self.version += 1;
    }

    /// Whether this bill is in it.
    #[must_use]
    pub fn has(&self, bill: &BillId) -> bool {
        self.parts.iter().any(|part| &part.bill.bill == bill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::bill;

    fn pay() -> Pay {
        let mut pay = Pay::default();
        let bills = [
            bill("B-2", "C-1", "2026-09", 700, 700),
            bill("B-3", "C-2", "2026-09", 80_000, 80_000),
            bill("B-1", "C-1", "2026-08", 900, 0),
        ];
        pay.add(bills.iter());
        pay
    }

    #[test]
    fn what_is_open_is_paid_unless_something_is_written() {
        let mut pay = pay();
        assert_eq!(pay.sum(), Some(80_700));
        let _ = pay.update(Input::Amount(1, "500.00".into()));
        assert_eq!(pay.sum(), Some(50_700));
        let request = pay.request().unwrap();
        assert_eq!(request.bills[0].amount, Amount::AllOpen);
        assert_eq!(request.bills[1].amount, Amount::Written("500.00".into()));
        assert!(matches!(request.funds, Funds::Transfer));
    }

    #[test]
    fn what_is_no_amount_of_the_bill_cannot_go_on() {
        let mut pay = pay();
        for wrong in ["0", "-1.00", "7.001", "seven", "800.01", "1e3"] {
            let _ = pay.update(Input::Amount(1, wrong.into()));
            assert!(!pay.is_ready(), "{wrong}");
            assert!(pay.update(Input::Prepare).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn a_second_click_prepares_nothing() {
        let mut pay = pay();
        assert_eq!(pay.update(Input::Prepare).len(), 1);
        assert!(pay.update(Input::Prepare).is_empty());
    }

    #[test]
    fn a_day_that_is_none_is_said_and_not_guessed() {
        let mut pay = pay();
        let _ = pay.update(Input::Day("2026-12-32".into()));
        assert!(pay.date().is_err());
        let _ = pay.update(Input::Day("2026-12-31".into()));
        let execute = pay.request().unwrap().execute;
        assert_eq!(execute, Some(jiff::civil::date(2026, 12, 31)));
    }

    #[test]
    fn a_bill_is_there_once_and_paid_ones_go() {
        let mut pay = pay();
        pay.add([bill("B-2", "C-1", "2026-09", 700, 700)].iter());
        assert_eq!(pay.parts.len(), 2);
        pay.refresh(&[bill("B-2", "C-1", "2026-09", 700, 0)]);
        assert_eq!(pay.parts.len(), 1);
        assert!(!pay.has(&"B-2".parse().unwrap()));
    }
}
