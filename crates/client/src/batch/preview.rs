//! From lines to orders, by what the service says of bills, accounts and mandates now.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;
use wattkey_domain::{AccountId, BillId, Currency, OrderId, OrderState};
use wattkey_protocol::api::{Account, BillDetail, Mandate, Me};
use wattkey_protocol::time;

use super::plan::{self, Place, PlannedBill, PlannedOrder, Preview};
use super::{Batch, Mark};
use crate::client::Client;
use crate::connection::ServiceError;
use crate::journal::{Entry, Journal, JournalError, Standing};
use crate::money;
use crate::order_file::{MAX_PROBLEMS, OrderLine, Problem, Target, WantedSource};
use crate::payment::{self, Amount, DraftError, choose_mandate};

/// What a batch comes to now.
#[derive(Debug)]
pub struct Previewed {
    /// The batch with its new preview; without one when there are problems, or nothing is left.
    pub batch: Batch,
    /// What is not right, by line and field.
    pub problems: Vec<Problem>,
    /// Lines that were ordered before, and the order.
    pub done: Vec<(u32, OrderId)>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The service did not answer, or with a problem.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Asks the service what the lines of `batch` come to, less what it and `others` ordered before.
///
/// The caller makes sure that no order of the customer is of unknown outcome: it could be one of
/// these lines.
///
/// # Errors
/// [`PreviewError`]. What is wrong with a line is no error, and among the problems.
pub async fn preview(
    client: &mut Client,
    journal: &Journal,
    me: &Me,
    mut batch: Batch,
    others: &[Batch],
) -> Result<Previewed, PreviewError> {
    let mut before = Before::default();
    let mut signed = Vec::new();
    for order in batch.orders() {
        if signed_here(journal, order.order)?.is_some() {
            signed.push(order.clone());
        }
    }
    batch.signed = signed;
    batch.preview = None;
    for of in others
        .iter()
        .filter(|other| other.id != batch.id)
        .chain([&batch])
    {
        before.learn(client, journal, of).await?;
    }
    let accounts = client.accounts().await?;
    let mandates = client.mandates().await?;
    let mut asked = Asked {
        accounts,
        mandates,
        currency: None,
        named: named(&batch.lines),
        bills: Vec::new(),
        problems: Vec::new(),
        done: Vec::new(),
    };
    for line in &batch.lines {
        if asked.problems.len() >= MAX_PROBLEMS {
            break;
        }
        match before.of(&batch, line) {
            Some(Known::Ordered(order)) => asked.done.push((line.number, order)),
            Some(Known::OtherAmount(order)) => {
                asked.fault(line, "other-amount", "amount", order);
            }
            None => asked.line(client, line).await?,
        }
    }
    let Asked {
        currency,
        bills,
        problems,
        done,
        ..
    } = asked;
    let now = client.now();
    if problems.is_empty() && !bills.is_empty() {
        batch.preview = Some(Preview {
            made: time::whole_seconds(now),
            customer: me.customer.id,
            user: me.user.id,
            currency: currency.unwrap_or(Currency::CNY),
            orders: plan::orders(bills, || order_id(now)),
        });
    }
    Ok(Previewed {
        batch,
        problems,
        done,
    })
}

fn order_id(now: Timestamp) -> OrderId {
    OrderId::made_at(now, Uuid::new_v4())
}

/// The order's entry, when it was signed and may have been taken.
fn signed_here(journal: &Journal, order: OrderId) -> Result<Option<Entry>, JournalError> {
    let entry = journal.entry(order)?;
    Ok(entry.filter(|entry| {
        !matches!(
            entry.standing(),
            Standing::Refused { .. } | Standing::NeverAccepted
        )
    }))
}

/// The bills that lines name themselves.
fn named(lines: &[OrderLine]) -> HashMap<BillId, u32> {
    let bills = lines.iter().filter_map(|line| match &line.target {
        Target::Bill(bill) => Some((bill.clone(), line.number)),
        Target::Account(_) => None,
    });
    bills.collect()
}

/// What was ordered by this file and by others.
#[derive(Default)]
struct Before {
    /// By file and line.
    lines: HashMap<(super::BatchId, u32), OrderId>,
    /// By reference and what is paid: the amount, and the order.
    marks: HashMap<Mark, (Option<String>, OrderId)>,
}

enum Known {
    Ordered(OrderId),
    OtherAmount(OrderId),
}

impl Before {
    async fn learn(
        &mut self,
        client: &mut Client,
        journal: &Journal,
        batch: &Batch,
    ) -> Result<(), PreviewError> {
        for order in batch.orders() {
            if !stands(client, journal, order).await? {
                continue;
            }
            for bill in &order.bills {
                let Some(line) = batch.line(bill.line) else {
                    continue;
                };
                let key = (batch.id.clone(), line.number);
                self.lines.insert(key, order.order);
                if let Some(mark) = Mark::of(line) {
                    self.marks.insert(mark, (line.amount.clone(), order.order));
                }
            }
        }
        Ok(())
    }

    fn of(&self, batch: &Batch, line: &OrderLine) -> Option<Known> {
        if let Some(order) = self.lines.get(&(batch.id.clone(), line.number)) {
            return Some(Known::Ordered(*order));
        }
        let (amount, order) = self.marks.get(&Mark::of(line)?)?;
        if *amount == line.amount {
            return Some(Known::Ordered(*order));
        }
        Some(Known::OtherAmount(*order))
    }
}

/// Whether a planned order was signed and has not come to nothing since.
async fn stands(
    client: &mut Client,
    journal: &Journal,
    order: &PlannedOrder,
) -> Result<bool, PreviewError> {
    if signed_here(journal, order.order)?.is_none() {
        return Ok(false);
    }
    let state = client.order(order.order).await?.map(|view| view.state);
    Ok(!matches!(
        state,
        Some(
            OrderState::Rejected
                | OrderState::Returned
                | OrderState::Refused
                | OrderState::Cancelled
                | OrderState::Lapsed
        )
    ))
}

/// What is known so far while the lines are gone through.
struct Asked {
    accounts: Vec<Account>,
    mandates: Vec<Mandate>,
    /// That of the lines before.
    currency: Option<Currency>,
    named: HashMap<BillId, u32>,
    bills: Vec<(Place, PlannedBill)>,
    problems: Vec<Problem>,
    done: Vec<(u32, OrderId)>,
}

impl Asked {
    #[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
    fn fault(
        &mut self,
        line: &OrderLine,
        code: &'static str,
        field: &'static str,
        value: impl ToString,
    ) {
        let problem = Problem::new(line.number, code).of(field).with(&value);
        self.problems.push(problem);
    }

    async fn line(&mut self, client: &mut Client, line: &OrderLine) -> Result<(), ServiceError> {
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
