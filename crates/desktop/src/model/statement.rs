//! A contract account's statement: which account, which months, what came.

use jiff::civil::Date;
use wattkey_client::fault::Fault;
use wattkey_client::tables;
use wattkey_client::words::Lang;
use wattkey_domain::AccountId;
use wattkey_protocol::api::Account;
use wattkey_protocol::statement::{Entry, Ledger, Statement};

use super::{Effect, Open, Wanted};

/// The form, and the statement.
#[derive(Debug, Default)]
pub struct Statements {
    /// Place of the account among the customer's.
    pub account: usize,
    /// The first month, as it is written.
    pub from: String,
    /// The last month, as it is written.
    pub to: String,
    /// What its bills owe, or what its deposit holds.
    pub deposit: bool,
    /// What came.
    pub shown: Option<Box<Statement>>,
    /// It is being fetched.
    pub loading: bool,
    /// Why it is not there.
    pub fault: Option<Fault>,
    /// Goes up when something else is to be drawn.
    pub version: u64,
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Another account.
    Account(usize),
    /// The first month is written.
    From(String),
    /// The last month is written.
    To(String),
    /// What the deposit holds, or what the bills owe.
    Deposit(bool),
    /// Have it.
    Show,
    /// The statement as a table in a file.
    SaveCsv,
    /// The statement as a document.
    SavePdf(Lang),
}

/// What is asked for; without days the last three months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The contract account.
    pub account: AccountId,
    /// First and last day.
    pub days: Option<(Date, Date)>,
}

/// The first day of a month that is written as `2026-08`.
#[must_use]
pub fn month(written: &str) -> Option<Date> {
    let written = written.trim();
    let all = written.len() == 7 && written.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    all.then(|| format!("{written}-01").parse().ok())?
}

/// Name of files.
#[must_use]
pub fn stem(statement: &Statement) -> String {
    let (account, from, to) = (&statement.account, statement.from, statement.to);
    format!("statement-{account}-{from}-{to}")
}

impl Statements {
    /// First and last day of the months that are written; none when they are no months, or the wrong
    /// way round.
    #[must_use]
    pub fn days(&self) -> Option<(Date, Date)> {
        let (from, to) = (month(&self.from)?, month(&self.to)?);
        (from <= to).then(|| (from, to.last_of_month()))
    }

    /// The entries of the ledger that is seen, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<&Entry> {
        let ledger = match self.deposit {
            true => Ledger::Deposit,
            false => Ledger::Bills,
        };
        let items = self.shown.iter().flat_map(|shown| &shown.items);
        items.filter(|entry| entry.ledger == ledger).collect()
    }

    /// The page is looked at: the last months of the first account.
    pub fn opened(&mut self, accounts: &[Account]) -> Vec<Effect> {
        match self.shown.is_none() && !self.loading {
            true => self.ask(accounts),
            false => Vec::new(),
        }
    }

    fn ask(&mut self, accounts: &[Account]) -> Vec<Effect> {
        let Some(account) = accounts.get(self.account) else {
            return Vec::new();
        };
        let empty = self.from.is_empty() && self.to.is_empty();
        let days = self.days();
        if days.is_none() && !empty {
            return Vec::new();
        }
        self.loading = true;
        self.fault = None;
        vec![Effect::Load(Wanted::Statement(Asked {
            account: account.account.clone(),
            days,
        }))]
    }

    /// It came.
    pub fn loaded(&mut self, statement: Statement) {
        self.loading = false;
        self.fault = None;
        self.from = statement.from.strftime("%Y-%m").to_string();
        self.to = statement.to.strftime("%Y-%m").to_string();
        self.shown = Some(Box::new(statement));
        self.version += 1;
    }

    /// It did not.
    pub fn failed(&mut self, fault: Fault) {
        self.loading = false;
        self.fault = Some(fault);
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input, accounts: &[Account]) -> Vec<Effect> {
        match input {
            Input::Account(index) if index < accounts.len() => {
                self.account = index;
                return self.ask(accounts);
            }
            Input::From(text) => self.from = text,
            Input::To(text) => self.to = text,
            Input::Deposit(on) => {
                self.deposit = on;
                self.version += 1;
            }
            Input::Show => return self.ask(accounts),
            Input::SaveCsv => {
                if let Some(statement) = &self.shown {
                    let all: Vec<&Entry> = statement.items.iter().collect();
                    let table = Box::new(tables::statement(statement, &all));
                    return vec![Effect::SaveTable(stem(statement), table)];
                }
            }
            Input::SavePdf(lang) => {
                let save = self.shown.clone();
                let save = save.map(|statement| Effect::StatementPdf(statement, lang));
                return save.into_iter().collect();
            }
            Input::Account(_) => {}
        }
        Vec::new()
    }
}

impl Open {
    pub(super) fn statement(&mut self, input: Input) -> Vec<Effect> {
        self.fault = None;
        let accounts = self.overview.accounts.as_deref().unwrap_or_default();
        self.statement.update(input, accounts)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn months_are_months_and_in_order() {
        assert_eq!(month(" 2026-08 "), Some(date(2026, 8, 1)));
        for wrong in ["2026-13", "2026-8", "26-08-1", "", "2026-08-01", "aaaa-bb"] {
            assert_eq!(month(wrong), None, "{wrong}");
        }
        let mut statements = Statements {
            from: "2026-08".into(),
            to: "2026-10".into(),
            ..Statements::default()
        };
        assert_eq!(
            statements.days(),
            Some((date(2026, 8, 1), date(2026, 10, 31)))
        );
        statements.to = "2026-07".into();
        assert_eq!(statements.days(), None);
    }
}
