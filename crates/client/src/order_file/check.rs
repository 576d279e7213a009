//! Each field of a line, and the lines together.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId};
use wattkey_protocol::order::check_reference;
use wattkey_protocol::time;

use super::rows::Row;
use super::{OrderLine, Problem, Target, WantedSource};

/// Reads the fields of a row.
pub(super) fn line(number: u32, row: &Row) -> Result<OrderLine, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut fault = |problem: Problem| problems.push(problem);
    let target = match (&row.bill, &row.account) {
        (Some(_), Some(_)) => Err(Problem::new(number, "bill-and-account").of("account")),
        (None, None) => Err(Problem::new(number, "neither").of("bill")),
        (Some(bill), None) => id::<BillId>(number, "bill", bill).map(Target::Bill),
        (None, Some(account)) => id::<AccountId>(number, "account", account).map(Target::Account),
    };
    let target = target.map_err(&mut fault).ok();
    if let Some(amount) = &row.amount
        && !is_amount(amount)
    {
        fault(Problem::new(number, "amount").of("amount").with(&amount));
    }
    if row.amount.is_none() && matches!(target, Some(Target::Account(_))) {
        fault(Problem::new(number, "amount-needed").of("amount"));
    }
    let reference = row.reference.clone().unwrap_or_default();
    if check_reference(&reference).is_err() {
        fault(
            Problem::new(number, "reference")
                .of("reference")
                .with(&reference),
        );
    }
    if row.amount.is_some() && reference.is_empty() {
        fault(Problem::new(number, "reference-needed").of("reference"));
    }
    let currency = row.currency.as_ref().map(|text| {
        text.parse()
            .map_err(|_| Problem::new(number, "currency").of("currency").with(&text))
    });
    let currency = currency.transpose().map_err(&mut fault).ok().flatten();
    let source = row.source.as_deref().unwrap_or("mandate");
    let source: Option<WantedSource> = source
        .parse()
        .map_err(|_| fault(Problem::new(number, "source").of("source").with(&source)))
        .ok();
    let execute = row.execute.as_ref().map(|text| {
        time::parse_date(text).ok_or_else(|| Problem::new(number, "day").of("execute").with(&text))
    });
    let execute = execute.transpose().map_err(&mut fault).ok().flatten();
    if execute.is_some() && !matches!(source, None | Some(WantedSource::Mandate(_))) {
        fault(Problem::new(number, "day-without-mandate").of("execute"));
    }
    match (target, source) {
        (Some(target), Some(source)) if problems.is_empty() => Ok(OrderLine {
            number,
            target,
            amount: row.amount.clone(),
            currency,
            reference,
            source,
            execute,
        }),
        _ => Err(problems),
    }
}

/// What only shows when the lines are seen together: what is there twice would be paid twice, and
/// an amount of an account goes to bills that another line names.
pub(super) fn together(lines: &[OrderLine]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut bills: HashMap<&BillId, u32> = HashMap::new();
    let mut accounts: HashSet<&AccountId> = HashSet::new();
    for line in lines {
        match &line.target {
            Target::Bill(bill) => {
                if let Some(before) = bills.insert(bill, line.number) {
                    problems.push(Problem::new(line.number, "twice").of("bill").with(&before));
                }
            }
            Target::Account(account) => {
                if !accounts.insert(account) {
                    problems.push(
                        Problem::new(line.number, "twice")
                            .of("account")
                            .with(&account),
                    );
                }
            }
        }
    }
    problems
}

fn id<T: FromStr>(number: u32, field: &'static str, text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|_| Problem::new(number, "id").of(field).with(&text))
}

/// Days of collection that are over: by the calendar of this PC before `today`.
pub(super) fn past(lines: &[OrderLine], today: Date) -> Vec<Problem> {
    let over = lines.iter().filter_map(|line| {
        let day = line.execute.filter(|day| *day < today)?;
        Some(
            Problem::new(line.number, "day-over")
                .of("execute")
                .with(&day),
        )
    });
    over.collect()
}

/// Digits, with at most one point among them, and not all of them zero; how many decimals, the
/// currency says.
fn is_amount(text: &str) -> bool {
    if text.bytes().all(|b| b == b'0' || b == b'.') {
        return false;
    }
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}
