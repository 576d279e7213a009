//! What a record refers to: it is there, it is whose it should be, and money is in the payee's currency.

use wattkey_domain::{AccountId, CustomerId};

use super::Piece;
use crate::engine::import::ImportError;
use crate::record::Record;

impl Piece<'_> {
    /// The bank's account, and so all that is paid, is in one currency.
    pub(super) fn check_currency(&self, index: usize, record: &Record) -> Result<(), ImportError> {
        let Some((wanted, (field, found))) = self.known.currency.zip(record.currency()) else {
            return Ok(());
        };
        if found == wanted {
            return Ok(());
        }
        Err(ImportError::Unfit {
            index,
            name: record.name(),
            field,
            problem: format!("is in {found}, and the payee is paid in {wanted}"),
        })
    }

    /// Says by name what a foreign key would only refuse.
    pub(super) fn check_references(
        &self,
        index: usize,
        record: &Record,
    ) -> Result<(), ImportError> {
        let missing = |missing: String| {
            let name = record.name();
            Err(ImportError::Missing {
                index,
                name,
                missing,
            })
        };
        if let Some(customer) = customer_of(record)
            && !self.known.customers.contains(&customer)
        {
            return missing(format!("customer {customer}"));
        }
        match record {
            Record::Bill(bill) => {
                let (account, customer) = (&bill.document().account, bill.document().customer);
                if self.known.accounts.get(account) != Some(&customer) {
                    return missing(format!("account {account} of customer {customer}"));
                }
            }
            Record::OpeningBalance(balance) => {
                if !self.known.accounts.contains_key(&balance.account) {
                    return missing(format!("account {}", balance.account));
                }
            }
            Record::Payment(_) | Record::CreditNote(_) => {
                if let Some((bill, currency)) = record.corrects()
                    && self
                        .bills
                        .get(bill)
                        .is_none_or(|open| open.currency != currency)
                {
                    return missing(format!("bill {bill} in {currency}"));
                }
            }
            Record::TaxInvoice(invoice) => {
                if !self.bills.contains_key(&invoice.bill) {
                    return missing(format!("bill {}", invoice.bill));
                }
            }
            Record::DisputeAnswer(answer) => self.check_answer(index, record, answer)?,
            Record::MandateEnd(end) => {
                if !self.mandates.contains_key(&end.mandate) {
                    return missing(format!("mandate {}", end.mandate));
                }
            }
            Record::MeteringPoint(point) => {
                if !self.known.accounts.contains_key(&point.account) {
                    return missing(format!("account {}", point.account));
                }
                self.known.usage.check_point((index, record), point)?;
            }
            Record::Metered(metered) => {
                let known = &self.known.usage;
                self.usage.check_metered(known, (index, record), metered)?;
            }
            Record::Payee(_)
            | Record::Customer(_)
            | Record::User(_)
            | Record::Account(_)
            | Record::Mandate(_)
            | Record::Tariff(_)
            | Record::Schedule(_)
            | Record::Readings(_) => {}
        }
        Ok(())
    }
}

pub(super) fn customer_of(record: &Record) -> Option<CustomerId> {
    match record {
        Record::User(user) => Some(user.customer),
        Record::Account(account) => Some(account.customer),
        Record::Mandate(mandate) => Some(mandate.customer),
        Record::Bill(bill) => Some(bill.document().customer),
        _ => None,
    }
}

pub(super) fn account_of(record: &Record) -> Option<&AccountId> {
    match record {
        Record::Bill(bill) => Some(&bill.document().account),
        Record::OpeningBalance(balance) => Some(&balance.account),
        Record::MeteringPoint(point) => Some(&point.account),
        _ => None,
    }
}
