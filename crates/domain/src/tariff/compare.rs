//! A bill beside its reckoning: what differs, and why.

use rust_decimal::Decimal;

use super::reckon::Reckoning;
use crate::strict::round;
use crate::{Balance, BillDocument, Line, MoneyError};

/// A bill beside its reckoning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Line beside line: first those of the bill in its order, then those that it lacks.
    pub lines: Vec<LineComparison>,
    /// The parts of the total that differ, with the bill's amount and the reckoned one.
    pub parts: Vec<(Part, Balance, Balance)>,
    /// The bill's total less the reckoned one; positive is too much.
    pub difference: Balance,
}

/// A part of a bill's total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What is owed.
    Total,
    /// Electricity sold.
    Revenue,
    /// Tax.
    Tax,
    /// Levies and funds.
    Levies,
}

/// A line of a bill beside the one that was reckoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineComparison {
    /// The bill's line, by its number from 0.
    pub billed: Option<usize>,
    /// The reckoned line, by its number from 0.
    pub reckoned: Option<usize>,
    /// Why they differ; empty when they agree.
    pub causes: Vec<Cause>,
    /// The bill's amount less the reckoned one.
    pub difference: Balance,
}

/// Why a line differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The bill lacks a line that the tariff has.
    Missing,
    /// The bill has a line that the tariff has not.
    Unexpected,
    /// Another quantity than the meters showed; on the power-factor line, another adjustment.
    Quantity {
        /// On the bill.
        billed: Option<Decimal>,
        /// From the readings.
        reckoned: Option<Decimal>,
    },
    /// Another price than the tariff's.
    Price {
        /// On the bill.
        billed: Option<Decimal>,
        /// Of the tariff.
        reckoned: Option<Decimal>,
    },
    /// The bill's own quantity and price make another amount than it says.
    Multiplication {
        /// What they make, in minor units.
        made_minor: i64,
    },
    /// Quantity and price agree, and the amount still differs: another share of days, another base
    /// of an adjustment.
    Amount,
}

impl Part {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Revenue => "revenue",
            Self::Tax => "tax",
            Self::Levies => "levies",
        }
    }
}

impl Cause {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Quantity { .. } => "quantity",
            Self::Price { .. } => "price",
            Self::Multiplication { .. } => "multiplication",
            Self::Amount => "amount",
        }
    }
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.parts.is_empty() && self.lines.iter().all(|line| line.causes.is_empty())
    }
}

/// Lays a bill beside its reckoning.
///
/// Lines belong together that have one kind and one text, then those of one kind and one price,
/// then those of one kind in their order.
///
/// # Errors
/// [`MoneyError`] when the two are in different currencies.
pub fn compare(bill: &BillDocument, reckoning: &Reckoning) -> Result<Comparison, MoneyError> {
    let difference = less(bill.total.into(), reckoning.total)?;
    let pairs = pair(bill, reckoning);
    let mut lines = Vec::new();
    for (billed, line) in bill.lines.iter().enumerate() {
        let reckoned = pairs.get(billed).copied().flatten();
        lines.push(match reckoned {
            Some(index) => {
                let other = &reckoning.lines[index];
                LineComparison {
                    billed: Some(billed),
                    reckoned,
                    causes: causes(line, &other.line, other.share.is_some()),
                    difference: less(line.amount, other.line.amount)?,
                }
            }
            None => LineComparison {
                billed: Some(billed),
                reckoned,
                causes: unless_zero(line, Cause::Unexpected),
                difference: line.amount,
            },
        });
    }
    for (index, other) in reckoning.lines.iter().enumerate() {
        if !pairs.contains(&Some(index)) {
            lines.push(LineComparison {
                billed: None,
                reckoned: Some(index),
                causes: unless_zero(&other.line, Cause::Missing),
                difference: less(Balance::zero(bill.currency()), other.line.amount)?,
            });
        }
    }
    let parts = [
        (Part::Total, bill.total.into(), reckoning.total),
        (Part::Revenue, bill.revenue.into(), reckoning.revenue),
        (Part::Tax, bill.tax.into(), reckoning.tax),
        (Part::Levies, bill.levies.into(), reckoning.levies),
    ];
    Ok(Comparison {
        lines,
        parts: parts
            .into_iter()
            .filter(|(_, billed, reckoned): &(Part, Balance, Balance)| billed != reckoned)
            .collect(),
        difference,
    })
}

/// For each line of the bill the reckoned line beside it.
fn pair(bill: &BillDocument, reckoning: &Reckoning) -> Vec<Option<usize>> {
    let mut pairs = vec![None; bill.lines.len()];
    let rules: [fn(&Line, &Line) -> bool; 3] = [
        |line, other| line.text == other.text,
        |line, other| line.price.is_some() && line.price == other.price,
        |_, _| true,
    ];
    for rule in rules {
        for (billed, line) in bill.lines.iter().enumerate() {
            if pairs[billed].is_some() {
                continue;
            }
            pairs[billed] = reckoning
                .lines
                .iter()
                .enumerate()
                .filter(|(index, _)| !pairs.contains(&Some(*index)))
                .find(|(_, other)| other.line.kind == line.kind && rule(line, &other.line))
                .map(|(index, _)| index);
        }
    }
    pairs
}

fn causes(line: &Line, other: &Line, shared: bool) -> Vec<Cause> {
    let mut causes = Vec::new();
    if line.quantity != other.quantity {
        causes.push(Cause::Quantity {
            billed: line.quantity,
            reckoned: other.quantity,
        });
    }
    if line.price != other.price {
        causes.push(Cause::Price {
            billed: line.price,
            reckoned: other.price,
        });
    }
    if let (Some(quantity), Some(price), false) = (line.quantity, line.price, shared) {
        let digits = u32::from(line.amount.currency().exponent());
        let made = quantity
            .checked_mul(price)
            .map(|product| round(product, digits))
            .and_then(|product| product.checked_mul(Decimal::from(10_u64.pow(digits))))
            .and_then(|product| i64::try_from(product).ok());
        if let Some(made_minor) = made.filter(|made| *made != line.amount.minor()) {
            causes.push(Cause::Multiplication { made_minor });
        }
    }
    if causes.is_empty() && line.amount != other.amount {
        causes.push(Cause::Amount);
    }
    causes
}

/// A line of nothing is not missed.
fn unless_zero(line: &Line, cause: Cause) -> Vec<Cause> {
    if line.amount.minor() == 0 {
        Vec::new()
    } else {
        vec![cause]
    }
}

fn less(left: Balance, right: Balance) -> Result<Balance, MoneyError> {
    left.checked_add(Balance::new(-right.minor(), right.currency())?)
}
