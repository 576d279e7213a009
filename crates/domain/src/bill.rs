use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::strict::{date, optional_decimal};
use crate::{AccountId, Balance, BillId, BillingMonth, Currency, CustomerId, Money, MoneyError};

/// The longest bill document, in bytes.
const MAX_DOCUMENT: usize = 256 * 1024;
/// The most lines of a bill.
const MAX_LINES: usize = 1_000;
/// The longest text of a line in one language, in characters.
const MAX_TEXT: usize = 200;
/// The longest name of a unit, in characters.
const MAX_UNIT: usize = 16;

/// A bill document of the marketing system: one electricity bill with its lines.
///
/// It can be made only by [`BillDocument::parse`], so that one in hand adds up. What is signed and
/// kept is the document's exact bytes, never this reading of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillDocument {
    /// Which bill.
    pub bill: BillId,
    /// The contract account it is for.
    pub account: AccountId,
    /// The customer who owes it.
    pub customer: CustomerId,
    /// The billing month.
    pub period: BillingMonth,
    /// The date of the bill.
    pub issued: Date,
    /// The last day on which it can be paid without a penalty.
    pub due: Date,
    /// The lines, in the order of the document; they sum to `total`.
    pub lines: Vec<Line>,
    /// What is owed.
    pub total: Money,
    /// The part that is electricity sold; `total` is the sum of this and the next two.
    pub revenue: Money,
    /// The part that is tax.
    pub tax: Money,
    /// The part that is levies and funds collected for others.
    pub levies: Money,
}

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What sort of charge.
    pub kind: LineKind,
    /// Its name for the customer.
    pub text: LocalText,
    /// How much was used, in `unit`; absent on lines such as tax.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity, such as `kWh` or `kVA`.
    pub unit: Option<String>,
    /// The price of one unit, in the major unit of the currency.
    pub price: Option<Decimal>,
    /// What the line adds to the bill; a reward for a good power factor is negative.
    pub amount: Balance,
}

/// Sorts of charges of a two-part tariff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// Energy of a period, by kWh.
    Energy,
    /// The basic charge, by capacity or maximum demand.
    Basic,
    /// The basic charge by transformer capacity, by kVA.
    Capacity,
    /// The basic charge by maximum demand, by kW.
    Demand,
    /// The power-factor adjustment.
    PowerFactor,
    /// A surcharge.
    Surcharge,
    /// A levy or fund, by kWh.
    Levy,
    /// Tax.
    Tax,
    /// Anything else.
    Other,
}

/// A text in the languages of the payment software.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalText {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// The bytes are not a bill document that adds up.
#[derive(Debug, thiserror::Error)]
pub enum BillDocumentError {
    /// Larger than any bill.
    #[error("the bill document is over {MAX_DOCUMENT} bytes")]
    TooLong,
    /// Not the JSON of a bill; the source names field, line and column.
    #[error("the bill document cannot be read")]
    Json(#[source] serde_json::Error),
    /// An amount is out of bounds.
    #[error("`{field}` of bill {bill} is out of bounds")]
    Amount {
        /// Which bill.
        bill: BillId,
        /// Which member.
        field: String,
        /// What is wrong with it.
        source: MoneyError,
    },
    /// A text or a list is too long or empty.
    #[error("`{field}` of bill {bill} must have {wanted}")]
    Bounds {
        /// Which bill.
        bill: BillId,
        /// Which member.
        field: String,
        /// The bounds.
        wanted: String,
    },
    /// The lines do not sum to the total.
    #[error("the lines of bill {bill} sum to {lines}, its total is {total}")]
    Lines {
        /// Which bill.
        bill: BillId,
        /// The sum of the lines, in minor units.
        lines: i64,
        /// The total, in minor units.
        total: i64,
    },
    /// Revenue, tax and levies do not sum to the total.
    #[error("revenue, tax and levies of bill {bill} sum to {parts}, its total is {total}")]
    Parts {
        /// Which bill.
        bill: BillId,
        /// Their sum, in minor units.
        parts: i64,
        /// The total, in minor units.
        total: i64,
    },
    /// Due before it was issued.
    #[error("bill {bill} is due before its date of issue")]
    Dates {
        /// Which bill.
        bill: BillId,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    bill: BillId,
    account: AccountId,
    customer: CustomerId,
    period: BillingMonth,
    currency: Currency,
    #[serde(deserialize_with = "date")]
    issued: Date,
    #[serde(deserialize_with = "date")]
    due: Date,
    lines: Vec<RawLine>,
    total: i64,
    revenue: i64,
    tax: i64,
    levies: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine {
    kind: LineKind,
    text: LocalText,
    #[serde(default, deserialize_with = "optional_decimal")]
    quantity: Option<Decimal>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    price: Option<Decimal>,
    amount: i64,
}

impl BillDocument {
    /// Reads a bill document: strict JSON, no unknown or duplicate member, and sums that agree.
    ///
    /// # Errors
    /// [`BillDocumentError`], which says what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, BillDocumentError> {
        if bytes.len() > MAX_DOCUMENT {
            return Err(BillDocumentError::TooLong);
        }
        let raw: RawDocument = serde_json::from_slice(bytes).map_err(BillDocumentError::Json)?;
        let money = |field: &str, minor| {
            Money::new(minor, raw.currency).map_err(|source| BillDocumentError::Amount {
                bill: raw.bill.clone(),
                field: field.to_owned(),
                source,
            })
        };
        let total = money("total", raw.total)?;
        let revenue = money("revenue", raw.revenue)?;
        let tax = money("tax", raw.tax)?;
        let levies = money("levies", raw.levies)?;
        let lines = read_lines(&raw.bill, raw.currency, raw.lines)?;
        let document = Self {
            bill: raw.bill,
            account: raw.account,
            customer: raw.customer,
            period: raw.period,
            issued: raw.issued,
            due: raw.due,
            lines,
            total,
            revenue,
            tax,
            levies,
        };
        document.check_sums()?;
        Ok(document)
    }

    /// The currency of all amounts.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.total.currency()
    }

    fn check_sums(&self) -> Result<(), BillDocumentError> {
        // At most 1,000 lines of less than 2^53 each: no overflow of 64 bits.
        let lines: i64 = self.lines.iter().map(|line| line.amount.minor()).sum();
        let parts = self.revenue.minor() + self.tax.minor() + self.levies.minor();
        let total = self.total.minor();
        let bill = || self.bill.clone();
        if lines != total {
            return Err(BillDocumentError::Lines {
                bill: bill(),
                lines,
                total,
            });
        }
        if parts != total {
            return Err(BillDocumentError::Parts {
                bill: bill(),
                parts,
                total,
            });
        }
        if self.due < self.issued {
            return Err(BillDocumentError::Dates { bill: bill() });
        }
        Ok(())
    }
}

fn read_lines(
    bill: &BillId,
    currency: Currency,
    raw: Vec<RawLine>,
) -> Result<Vec<Line>, BillDocumentError> {
    let bounds = |field: String, wanted: String| BillDocumentError::Bounds {
        bill: bill.clone(),
        field,
        wanted,
    };
    if raw.is_empty() || raw.len() > MAX_LINES {
        return Err(bounds(
            "lines".to_owned(),
            format!("1 to {MAX_LINES} lines"),
        ));
    }
    let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    let read = |(index, line): (usize, RawLine)| {
        if !fits(&line.text.en, MAX_TEXT) || !fits(&line.text.zh, MAX_TEXT) {
            let wanted = format!("1 to {MAX_TEXT} characters");
            return Err(bounds(format!("lines[{index}].text"), wanted));
        }
        if line
            .unit
            .as_deref()
            .is_some_and(|unit| !fits(unit, MAX_UNIT))
        {
            let wanted = format!("1 to {MAX_UNIT} characters");
            return Err(bounds(format!("lines[{index}].unit"), wanted));
        }
        let amount =
            Balance::new(line.amount, currency).map_err(|source| BillDocumentError::Amount {
                bill: bill.clone(),
                field: format!("lines[{index}].amount"),
                source,
            })?;
        Ok(Line {
            kind: line.kind,
            text: line.text,
            quantity: line.quantity,
            unit: line.unit,
            price: line.price,
            amount,
        })
    };
    raw.into_iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests;
