//! Which bills an amount pays: all that are due, or the oldest first as far as it goes.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_domain::{AccountId, Currency};
use wattkey_protocol::api::{BillState, BillSummary, Me, Quote};
use wattkey_protocol::order::MAX_BILLS;
use wattkey_protocol::problem::ProblemType;

use super::draft::{Amount, BillPart, DraftError};
use crate::client::Client;
use crate::money;
use crate::requests::BillFilter;

/// Most questions to the service for the part of one bill; two or three are usual.
const MAX_QUESTIONS: usize = 16;

/// What an amount pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The bills, the oldest first; of the last one perhaps a part.
    pub bills: Vec<BillPart>,
    /// What nothing was found for.
    pub left: i64,
    /// Of the amount.
    pub currency: Currency,
}

/// All open bills whose due day has come, of `accounts` or, when there are none, of all.
///
/// # Errors
/// [`DraftError`]: the service, or more bills than one order takes.
pub async fn all_due(
    client: &mut Client,
    me: &Me,
    accounts: &[AccountId],
) -> Result<Vec<BillPart>, DraftError> {
    let mut bills = open_bills(client, accounts).await?;
    let today = today(client, me);
    bills.retain(|bill| bill.due <= today);
    if bills.is_empty() {
        return Err(DraftError::NothingDue);
    }
    if bills.len() > MAX_BILLS {
        return Err(DraftError::TooManyBills { count: bills.len() });
    }
    let all = |bill: BillSummary| BillPart {
        bill: bill.bill,
        amount: Amount::AllOpen,
    };
    Ok(bills.into_iter().map(all).collect())
}

/// Spreads `amount` over the open bills, the oldest due day first: each whole with its penalty, and
/// of the last one the largest part that with its own penalty is covered.
///
/// # Errors
/// [`DraftError`]: the service, no amount, bills in several currencies.
pub async fn oldest_first(
    client: &mut Client,
    accounts: &[AccountId],
    amount: &str,
    on: Option<Date>,
) -> Result<Allocated, DraftError> {
    let bills = open_bills(client, accounts).await?;
    let currency = one_currency(&bills)?;
    let mut left =
        money::parse_positive(amount, currency).map_err(|reason| DraftError::Amount {
            given: amount.to_owned(),
            reason,
        })?;
    let mut parts = Vec::new();
    for bill in bills.into_iter().take(MAX_BILLS) {
        if left == 0 {
            break;
        }
        let id = bill.bill;
        let whole = quote(client, &id, None, on).await?;
        let found = largest(left, &whole, async |principal| {
            quote(client, &id, Some(principal), on).await
        });
        let Some(part) = found.await? else { break };
        let amount = if part.principal == whole.principal {
            Amount::AllOpen
        } else {
            Amount::Minor(part.principal)
        };
        left -= part.principal + part.penalty;
        parts.push(BillPart { bill: id, amount });
        if part.principal < whole.principal {
            break;
        }
    }
    if parts.is_empty() {
        return Err(DraftError::NothingDue);
    }
    Ok(Allocated {
        bills: parts,
        left,
        currency,
    })
}

async fn quote(
    client: &mut Client,
    bill: &wattkey_domain::BillId,
    principal: Option<i64>,
    on: Option<Date>,
) -> Result<Quote, DraftError> {
    let quote = client.quote(bill, principal, on).await?;
    quote.ok_or_else(|| DraftError::NoBill { bill: bill.clone() })
}

/// The quote of the largest principal that `left` covers together with its penalty; `whole` is
/// that of all that is open.
///
/// A larger principal has no smaller penalty, so that each question also bounds the answer from
/// the other side: one minor unit more of principal takes at least one more in all.
async fn largest(
    left: i64,
    whole: &Quote,
    mut ask: impl AsyncFnMut(i64) -> Result<Quote, DraftError>,
) -> Result<Option<Quote>, DraftError> {
    let sum = |quote: &Quote| quote.principal.saturating_add(quote.penalty);
    if sum(whole) <= left {
        return Ok(Some(*whole));
    }
    let share = |of: i64| {
        let part = i128::from(of) * i128::from(whole.principal) / i128::from(sum(whole).max(1));
        i64::try_from(part).unwrap_or(i64::MAX).max(1)
    };
    let mut best: Option<Quote> = None;
    let (mut low, mut high) = (0, left.min(whole.principal - 1));
    let mut guess = share(left).min(high);
    for _ in 0..MAX_QUESTIONS {
        if low >= high {
            break;
        }
        let quote = ask(guess).await?;
        let taken = sum(&quote);
        if taken <= left {
            low = guess;
            best = Some(quote);
            high = high.min(low + (left - taken));
            guess = (low + share(left - taken)).min(high);
        } else {
            high = guess - 1;
            guess = (guess - (taken - left)).max(low + 1).min(high);
        }
    }
    Ok(best)
}

/// What can be paid, the oldest due day first.
async fn open_bills(
    client: &mut Client,
    accounts: &[AccountId],
) -> Result<Vec<BillSummary>, DraftError> {
    let of: Vec<Option<&AccountId>> = if accounts.is_empty() {
        vec![None]
    } else {
        accounts.iter().map(Some).collect()
    };
    let mut bills = Vec::new();
    for account in of {
        for state in [BillState::Overdue, BillState::Open] {
            let filter = BillFilter {
                account: account.cloned(),
                state: Some(state),
            };
            bills.extend(client.bills(&filter).await.map_err(|error| {
                match (account, error.problem()) {
                    (Some(account), Some(ProblemType::NotFound)) => DraftError::NoAccount {
                        account: account.clone(),
                    },
                    _ => error.into(),
                }
            })?);
        }
    }
    bills.retain(|bill| bill.open > 0);
    bills.sort_by(|one, other| (one.due, &one.bill).cmp(&(other.due, &other.bill)));
    bills.dedup_by(|one, other| one.bill == other.bill);
    Ok(bills)
}

fn one_currency(bills: &[BillSummary]) -> Result<Currency, DraftError> {
    let mut currencies = bills.iter().map(|bill| bill.currency);
    let first = currencies.next().ok_or(DraftError::NothingDue)?;
    match currencies.find(|currency| *currency != first) {
        Some(other) => Err(DraftError::Currencies(first, other)),
        None => Ok(first),
    }
}

/// The service's civil day. A zone that this PC does not know is taken for UTC: the service judges.
pub(crate) fn today(client: &Client, me: &Me) -> Date {
    let zone = TimeZone::get(&me.time_zone).unwrap_or(TimeZone::UTC);
    zone.to_datetime(client.now()).date()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use wattkey_domain::{Money, PenaltyRules};

    use super::*;

    /// What a service with these rules quotes for a bill that is `days` late.
    fn quoted(rules: PenaltyRules, principal: i64, days: i8) -> Quote {
        let due: Date = "2026-01-01".parse().unwrap();
        let on = due.checked_add(jiff::Span::new().days(days)).unwrap();
        let money = Money::new(principal, Currency::CNY).unwrap();
        let penalty = rules
            .penalty(money, &wattkey_domain::Debt::undisputed(due, money), on)
            .unwrap()
            .minor();
        Quote {
            principal,
            penalty,
            days: days.unsigned_abs().into(),
            until: Timestamp::UNIX_EPOCH,
        }
    }

    fn found(left: i64, open: i64, rules: PenaltyRules, days: i8) -> (Option<Quote>, usize) {
        let mut questions = 0;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let whole = quoted(rules, open, days);
        let found = runtime.block_on(largest(left, &whole, async |principal| {
            questions += 1;
            Ok(quoted(rules, principal, days))
        }));
        (found.unwrap(), questions)
    }

    /// By trying each.
    fn expected(left: i64, open: i64, rules: PenaltyRules, days: i8) -> Option<i64> {
        let covered = |principal: &i64| {
            let quote = quoted(rules, *principal, days);
            quote.principal + quote.penalty <= left
        };
        (1..=open).rev().find(covered)
    }

    #[test]
    fn the_largest_part_that_is_covered_is_found_with_few_questions() {
        let minimum = PenaltyRules {
            minimum_minor: 37,
            ..PenaltyRules::default()
        };
        let steep = PenaltyRules {
            daily_ppm: 90_000,
            ..PenaltyRules::default()
        };
        for rules in [PenaltyRules::default(), minimum, steep] {
            for days in [0, 1, 20, 100] {
                for left in [
                    1, 2, 36, 37, 38, 39, 100, 499, 500, 501, 999, 1000, 1001, 5000,
                ] {
                    let (quote, questions) = found(left, 1000, rules, days);
                    let principal = quote.map(|quote| quote.principal);
                    assert_eq!(
                        principal,
                        expected(left, 1000, rules, days),
                        "{left} of 1000, {days} days"
                    );
                    assert!(questions <= MAX_QUESTIONS, "{questions}");
                }
            }
        }
    }

    #[test]
    fn large_amounts_take_few_questions_too() {
        let rules = PenaltyRules::default();
        for left in [1_000_000_007, 123_456_789_013, 999_999_999_999] {
            let (quote, questions) = found(left, 1_000_000_000_000, rules, 90);
            let quote = quote.unwrap();
            assert!(quote.principal + quote.penalty <= left);
            let more = quoted(rules, quote.principal + 1, 90);
            assert!(more.principal + more.penalty > left, "{left}");
            assert!(questions < 8, "{questions}");
        }
    }
}
