//! A close for people: tables in the order of the books, money with the decimals of its currency.

use std::fmt;

use wattkey_protocol::reconciliation::DifferenceKind;

use super::Close;
use crate::printing::amount;

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.ledger(f)?;
        self.orders(f)?;
        self.bank(f)?;
        for problem in &self.problems {
            writeln!(f, "WRONG: {problem}")?;
        }
        let balanced = if self.balanced {
            "the day balances"
        } else {
            "the day does not balance"
        };
        writeln!(f, "{balanced}")
    }
}

impl Close {
    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            day, from, until, ..
        } = self;
        writeln!(f, "{day}, from {from} until {until}")?;
        if !self.over {
            writeln!(f, "LOOK: the day is not over: more will be posted")?;
        }
        match &self.checkpoint {
            Some(checkpoint) => writeln!(
                f,
                "covered by checkpoint {} of {}, {}",
                checkpoint.sequence, checkpoint.at, checkpoint.digest
            ),
            None if self.trial_balance.is_empty() => writeln!(f, "nothing was posted yet"),
            None => writeln!(f, "LOOK: no checkpoint covers the day yet"),
        }
    }

    fn ledger(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\ntrial balance, debit positive; {} transfers",
            self.transfers
        )?;
        let [a, b, c, d, e, g] = ["account", "", "opening", "debits", "credits", "closing"];
        writeln!(f, "  {a:<18} {b:<3} {c:>18} {d:>18} {e:>18} {g:>18}")?;
        for row in &self.trial_balance {
            let sums = [row.opening, row.debits, row.credits, row.closing];
            let [a, b, c, d] = sums.map(|minor| amount(minor, &row.currency));
            let (account, currency) = (&row.account, &row.currency);
            writeln!(
                f,
                "  {account:<18} {currency:<3} {a:>18} {b:>18} {c:>18} {d:>18}"
            )?;
        }
        if !self.events.is_empty() {
            writeln!(f, "\npostings of the day")?;
        }
        for row in &self.events {
            let (count, amount) = (row.transfers, row.amount);
            line(f, &row.event, "", &row.currency, count, amount)?;
        }
        Ok(())
    }

    fn orders(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\norders that came into a state on the day")?;
        for row in &self.collections {
            let (count, amount) = (row.orders, row.amount);
            line(f, &row.state, &row.channel, &row.currency, count, amount)?;
        }
        for row in &self.elsewhere {
            line(
                f,
                "paid elsewhere",
                &row.of,
                &row.currency,
                row.count,
                row.amount,
            )?;
        }
        writeln!(f, "\nat the end of the day")?;
        for row in &self.in_transit {
            let age = format!("{} banking days", row.banking_days);
            line(f, "in transit", &age, &row.currency, row.orders, row.amount)?;
        }
        for row in &self.unmatched {
            line(f, "unmatched", "", &row.currency, row.count, row.amount)?;
        }
        for row in &self.deposits {
            line(f, "deposits", "", &row.currency, row.count, row.amount)?;
        }
        for row in &self.negative_deposits {
            let (account, currency, balance) = (&row.account, &row.currency, row.balance);
            let balance = amount(balance, currency);
            writeln!(f, "LOOK: the deposit of {account} is {balance} {currency}")?;
        }
        Ok(())
    }

    fn bank(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bank = &self.bank;
        writeln!(f, "\nbank")?;
        for one in &bank.statements {
            let number = one
                .sequence
                .map_or_else(String::new, |n| format!(" no. {n}"));
            let code = one.currency.as_ref().map_or("", |currency| currency.code());
            let money = |minor| amount(minor, code);
            let shown = |minor: Option<i64>| minor.map_or_else(|| "?".to_owned(), money);
            writeln!(
                f,
                "  statement {}{number}: {} + {} - {} = {} ({} entries)",
                one.id,
                shown(one.opening),
                money(one.credits),
                money(one.debits),
                shown(one.closing),
                one.entries
            )?;
        }
        for row in &bank.bridge {
            let money = |minor| amount(minor, &row.currency);
            writeln!(
                f,
                "  {}: stated {}, not posted {}, posted on other days {}, of other statements {}, \
                 ledger {}",
                row.currency,
                money(row.stated),
                money(row.not_posted),
                money(row.posted_on_other_days),
                money(row.of_other_statements),
                money(row.ledger)
            )?;
        }
        for one in &bank.differences {
            let sum = one.amount.zip(one.currency);
            let sum = sum.map_or_else(String::new, |(minor, currency)| {
                format!(", {} {currency}", amount(minor, currency.code()))
            });
            let reference = one.reference.iter();
            let reference: String = reference
                .map(|reference| format!("{reference}: "))
                .collect();
            let look = match one.kind {
                DifferenceKind::Resolved => "DONE",
                _ => "LOOK",
            };
            writeln!(f, "{look}: {reference}{}{sum}", one.why)?;
        }
        let left = bank.differences_total - bank.differences.len() as u64;
        if left > 0 {
            writeln!(f, "LOOK: and {left} more")?;
        }
        writeln!(f)
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    of: &str,
    currency: &str,
    count: u64,
    minor: i64,
) -> fmt::Result {
    let sum = amount(minor, currency);
    writeln!(
        f,
        "  {what:<20} {of:<18} {currency:<3} {count:>8} {sum:>18}"
    )
}
