//! A close for people: tables of minor units, in the order of the books.

use std::fmt;

use wattkey_protocol::reconciliation::DifferenceKind;

use super::Close;

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
        writeln!(
            f,
            "{day}, from {from} until {until}, amounts in minor units"
        )?;
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
            writeln!(
                f,
                "  {:<18} {:<3} {:>18} {:>18} {:>18} {:>18}",
                row.account, row.currency, row.opening, row.debits, row.credits, row.closing
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
            let shown =
                |minor: Option<i64>| minor.map_or_else(|| "?".to_owned(), |m| m.to_string());
            writeln!(
                f,
                "  statement {}{number}: {} + {} - {} = {} ({} entries)",
                one.id,
                shown(one.opening),
                one.credits,
                one.debits,
                shown(one.closing),
                one.entries
            )?;
        }
        for row in &bank.bridge {
            writeln!(
                f,
                "  {}: stated {}, not posted {}, posted on other days {}, of other statements {}, \
                 ledger {}",
                row.currency,
                row.stated,
                row.not_posted,
                row.posted_on_other_days,
                row.of_other_statements,
                row.ledger
            )?;
        }
        for one in &bank.differences {
            let amount = one.amount.zip(one.currency);
            let amount = amount.map_or_else(String::new, |(minor, currency)| {
                format!(", {minor} {currency}")
            });
            let reference = one.reference.iter();
            let reference: String = reference
                .map(|reference| format!("{reference}: "))
                .collect();
            let look = match one.kind {
                DifferenceKind::Resolved => "DONE",
                _ => "LOOK",
            };
            writeln!(f, "{look}: {reference}{}{amount}", one.why)?;
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
    amount: i64,
) -> fmt::Result {
    writeln!(
        f,
        "  {what:<20} {of:<18} {currency:<3} {count:>8} {amount:>18}"
    )
}
