//! Line by line, what the service says of it.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, Currency, OrderId};
use wattkey_protocol::api::{Account, BillDetail, Mandate};

use crate::batch::plan::{Place, PlannedBill};
use crate::client::Client;
use crate::connection::ServiceError;
use crate::money;
use crate::order_file::{OrderLine, Problem, Target, WantedSource};
use crate::payment::{self, Amount, DraftError, MOST_DAYS_AHEAD, choose_mandate};

/// What is known so far while the lines are gone through.
pub(super) struct Asked {
    pub(super) accounts: Vec<Account>,
    pub(super) mandates: Vec<Mandate>,
    /// That of the lines before.
    pub(super) currency: Option<Currency>,
    pub(super) named: HashMap<BillId, u32>,
    /// The service's.
    pub(super) today: Date,
    pub(super) bills: Vec<(Place, PlannedBill)>,
    pub(super) problems: Vec<Problem>,
    pub(super) done: Vec<(u32, OrderId)>,
}

impl Asked {
    #[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
    pub(super) fn fault(
        &mut self,
        line: &OrderLine,
        code: &'static str,
        field: &'static str,
        value: impl ToString,
    ) {
        let problem = Problem::new(line.number, code).of(field).with(&value);
        self.problems.push(problem);
    }

    pub(super) async fn line(
        &mut self,
        client: &mut Client,
        line: &OrderLine,
    ) -> Result<(), ServiceError> {
        match &line.target {
            Target::Bill(bill) => self.bill(client, line, bill).await,
            Target::Account(account) => self.account(client, line, account).await,
        }
    }

    async fn bill(
        &mut self,
        client: &mut Client,
        line: &OrderLine,
        bill: &BillId,
    ) -> Result<(), ServiceError> {
        let Some(detail) = client.bill(bill).await? else {
            self.fault(line, "no-bill", "bill", bill);
            return Ok(());
        };
        let currency = detail.summary.currency;
        let Some(place) = self.place(line, currency) else {
            return Ok(());
        };
        let amount = match &line.amount {
            None => Amount::AllOpen,
            Some(text) => match money::parse(text, currency) {
                Ok(minor) if minor > 0 => Amount::Minor(minor),
                _ => {
                    self.fault(line, "amount", "amount", text);
                    return Ok(());
                }
            },
        };
        self.part(client, line, &place, &detail, &amount).await
    }

    async fn account(
        &mut self,
        client: &mut Client,
        line: &OrderLine,
        account: &AccountId,
    ) -> Result<(), ServiceError> {
        let known = self.accounts.iter().find(|one| one.account == *account);
        let Some(currency) = known.map(|account| account.currency) else {
            self.fault(line, "no-account", "account", account);
            return Ok(());
        };
        let Some(place) = self.place(line, currency) else {
            return Ok(());
        };
        let amount = line.amount.clone().unwrap_or_default();
        let wanted = std::slice::from_ref(account);
        let found = payment::oldest_first(client, wanted, &amount, line.execute).await;
        let found = match found {
            Ok(found) => found,
            Err(DraftError::Service(error)) => return Err(error),
            Err(DraftError::Amount { .. }) => {
                self.fault(line, "amount", "amount", amount);
                return Ok(());
            }
            Err(_) => {
                self.fault(line, "account-nothing-open", "account", account);
                return Ok(());
            }
        };
        let mut parts = found.bills.iter();
        if let Some(both) = parts.find_map(|part| self.named.get(&part.bill)) {
            let both = *both;
            self.fault(line, "named-elsewhere", "account", both);
            return Ok(());
        }
        if found.left > 0 {
            let left = money::plain(found.left, found.currency);
            self.fault(line, "too-much-for-account", "amount", left);
            return Ok(());
        }
        for part in found.bills {
            let Some(detail) = client.bill(&part.bill).await? else {
                self.fault(line, "no-bill", "bill", &part.bill);
                continue;
            };
            self.part(client, line, &place, &detail, &part.amount)
                .await?;
        }
        Ok(())
    }

    /// Where the line's bills go: its source with the mandate that is meant, its day, its reference.
    fn place(&mut self, line: &OrderLine, currency: Currency) -> Option<Place> {
        if let Some(wanted) = line.currency.filter(|wanted| *wanted != currency) {
            self.fault(
                line,
                "other-currency",
                "currency",
                format!("{wanted} / {currency}"),
            );
            return None;
        }
        if let Some(day) = line.execute {
            let last = self.today.saturating_add(MOST_DAYS_AHEAD.days());
            if day <= self.today || day > last {
                self.fault(line, "day-ahead", "execute", day);
                return None;
            }
        }
        let first = *self.currency.get_or_insert(currency);
        if first != currency {
            self.fault(
                line,
                "several-currencies",
                "currency",
                format!("{first} / {currency}"),
            );
            return None;
        }
        let source = match &line.source {
            WantedSource::Mandate(wanted) => {
                match choose_mandate(&self.mandates, wanted.as_ref(), currency) {
                    Ok(mandate) => WantedSource::Mandate(Some(mandate.mandate.clone())),
                    Err(error) => {
                        let (code, value) = match error {
                            DraftError::SeveralMandates(mandates) => {
                                let known: Vec<_> =
                                    mandates.iter().map(ToString::to_string).collect();
                                ("several-mandates", known.join(", "))
                            }
                            DraftError::UnknownMandate(mandate) => {
                                ("unknown-mandate", mandate.to_string())
                            }
                            _ => ("no-mandate", currency.to_string()),
                        };
                        self.fault(line, code, "source", value);
                        return None;
                    }
                }
            }
            WantedSource::Deposit(account) => {
                let mut known = self.accounts.iter();
                if !known.any(|one| one.account == *account && one.currency == currency) {
                    self.fault(line, "no-account", "source", account);
                    return None;
                }
                WantedSource::Deposit(account.clone())
            }
            WantedSource::Transfer => WantedSource::Transfer,
        };
        Some(Place {
            source,
            execute: line.execute,
            reference: line.reference.clone(),
        })
    }

    async fn part(
        &mut self,
        client: &mut Client,
        line: &OrderLine,
        place: &Place,
        detail: &BillDetail,
        amount: &Amount,
    ) -> Result<(), ServiceError> {
        let bill = &detail.summary;
        let Some(all) = detail.quote else {
            let order = detail
                .order
                .map_or_else(String::new, |order| order.to_string());
            self.fault(line, "nothing-open", "bill", order);
            return Ok(());
        };
        let principal = match amount {
            Amount::Minor(minor) => *minor,
            _ => all.principal,
        };
        if principal > all.principal {
            let open = money::plain(all.principal, bill.currency);
            self.fault(line, "too-much", "amount", open);
            return Ok(());
        }
        let quote = if line.execute.is_none() && principal == all.principal {
            all
        } else {
            let quote = client.quote(&bill.bill, Some(principal), line.execute);
            match quote.await? {
                Some(quote) if quote.principal == principal => quote,
                _ => {
                    let other = "the quote is for another principal";
                    return Err(ServiceError::Answer(other.to_owned()));
                }
            }
        };
        let planned = PlannedBill {
            line: line.number,
            bill: bill.bill.clone(),
            account: bill.account.clone(),
            document: detail.document,
            principal: quote.principal,
            penalty: quote.penalty,
        };
        self.bills.push((place.clone(), planned));
        Ok(())
    }
}
