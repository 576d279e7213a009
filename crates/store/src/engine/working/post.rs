//! Posting: transfers, and what they leave open of bills and in deposits.

use wattkey_domain::journal::Entry;
use wattkey_domain::ledger::{LedgerAccount, Posting, PostingError};
use wattkey_domain::{AccountId, BillId, Currency, MAX_MINOR, MoneyError};

use super::Working;
use crate::StoreError;

/// What postings leave of the bills and deposits that they touch. A handful: looking is cheaper
/// than hashing.
#[derive(Default)]
struct Left<'p> {
    open: Vec<(&'p BillId, i64)>,
    balances: Vec<(&'p AccountId, Currency, i64)>,
}

impl Working {
    /// Posts all or nothing: transfers, what is open of their bills, what is in their deposits.
    /// What comes to more than any amount is refused; a caller has checked the rest.
    pub(crate) fn post(
        &mut self,
        postings: &[Posting],
    ) -> Result<Result<(), PostingError>, StoreError> {
        if let Some(error) = self.other_currency(postings) {
            return Ok(Err(error.into()));
        }
        let left = self.left(postings)?;
        let beyond = |minor: i64| !(-MAX_MINOR..=MAX_MINOR).contains(&minor);
        if left.open.iter().any(|(_, minor)| beyond(*minor))
            || left.balances.iter().any(|(_, _, minor)| beyond(*minor))
        {
            return Ok(Err(MoneyError::Overflow.into()));
        }
        if let Some((id, _)) = left.open.iter().find(|(_, minor)| *minor < 0) {
            let what = format!("more would be paid of bill {id} than is open");
            return Err(StoreError::Corrupt(what));
        }
        self.touch();
        for (id, minor) in left.open {
            if let Some(bill) = self.bills.get_mut(id) {
                bill.open = minor;
            }
        }
        for (id, currency, minor) in left.balances {
            if let Some(deposit) = self.deposits.get_mut(id) {
                deposit.currency = Some(currency);
                deposit.balance = minor;
            }
        }
        for posting in postings {
            let entries = posting.transfers.iter().map(|one| Entry::new(posting, one));
            self.entries.extend(entries);
        }
        Ok(Ok(()))
    }

    /// A deposit has one currency for good: what is in another one cannot be posted there.
    fn other_currency(&self, postings: &[Posting]) -> Option<MoneyError> {
        let mut transfers = postings.iter().flat_map(|posting| &posting.transfers);
        transfers.find_map(|transfer| {
            let right = transfer.amount().currency();
            [transfer.debit(), transfer.credit()]
                .into_iter()
                .find_map(|account| {
                    let LedgerAccount::Deposit(id) = account else {
                        return None;
                    };
                    let left = self.deposits.get(id).and_then(|deposit| deposit.currency)?;
                    (left != right).then_some(MoneyError::Currencies { left, right })
                })
        })
    }

    fn left<'p>(&self, postings: &'p [Posting]) -> Result<Left<'p>, StoreError> {
        let mut left = Left::default();
        for transfer in postings.iter().flat_map(|posting| &posting.transfers) {
            let minor = transfer.amount().minor();
            let currency = transfer.amount().currency();
            for (account, minor) in [(transfer.debit(), minor), (transfer.credit(), -minor)] {
                match account {
                    LedgerAccount::Receivable(id) => left.debit_bill(self, id, minor)?,
                    // It is the customer's money: a credit makes it more.
                    LedgerAccount::Deposit(id) => {
                        left.credit_deposit(self, id, currency, -minor)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(left)
    }
}

impl<'p> Left<'p> {
    fn debit_bill(
        &mut self,
        working: &Working,
        id: &'p BillId,
        minor: i64,
    ) -> Result<(), StoreError> {
        let missing = || StoreError::Corrupt(format!("there is no bill {id} to post on"));
        let bill = working.bills.get(id).ok_or_else(missing)?;
        let place = self.open.iter().position(|(known, _)| *known == id);
        let place = place.unwrap_or_else(|| {
            self.open.push((id, bill.open));
            self.open.len() - 1
        });
        self.open[place].1 = self.open[place].1.saturating_add(minor);
        Ok(())
    }

    fn credit_deposit(
        &mut self,
        working: &Working,
        id: &'p AccountId,
        currency: Currency,
        minor: i64,
    ) -> Result<(), StoreError> {
        let fault = |what: &str| StoreError::Corrupt(format!("deposit {id}: {what}"));
        let deposit = working.deposits.get(id);
        let deposit = deposit.ok_or_else(|| fault("it was not loaded"))?;
        if deposit.currency.is_some_and(|kept| kept != currency) {
            return Err(fault("it is in another currency"));
        }
        let place = self.balances.iter().position(|(known, _, _)| *known == id);
        let place = place.unwrap_or_else(|| {
            self.balances.push((id, currency, deposit.balance));
            self.balances.len() - 1
        });
        self.balances[place].2 = self.balances[place].2.saturating_add(minor);
        Ok(())
    }
}
