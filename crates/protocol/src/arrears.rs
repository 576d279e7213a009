//! JSON of `GET /v1/arrears`: open bills by age, with penalties now and on coming days. Amounts are
//! minor units of the `currency` beside them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wattkey_domain::arrears::Age;
use wattkey_domain::{AccountId, BillId, BillingMonth, Currency, DisputeId, PenaltyRules};

/// Most bills that one answer lists.
pub const MAX_BILLS: usize = 500;

/// `GET /v1/arrears`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Arrears {
    /// The service's day.
    pub today: Date,
    /// By which the penalties are reckoned.
    pub rules: PenaltyRules,
    /// Sums of the bills that are listed, one for each currency.
    pub totals: Vec<ArrearsTotal>,
    /// Bills with something open, the oldest due first.
    pub bills: Vec<ArrearsBill>,
    /// Whether there are more than one answer lists: ask by account then.
    pub more: bool,
}

/// What is open in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ArrearsTotal {
    /// Of all amounts.
    pub currency: Currency,
    /// What is open, without penalties and what orders hold.
    pub open: i64,
    /// The penalty if all were paid today.
    pub penalty: i64,
    /// What of `open` is in open disputes.
    pub disputed: i64,
    /// By age, the youngest first; all ages are there.
    pub ages: Vec<AgeTotal>,
}

/// The bills of one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgeTotal {
    /// How long they are overdue.
    pub age: Age,
    /// How many.
    pub bills: u32,
    /// What is open of them.
    pub open: i64,
    /// The penalty if all were paid today.
    pub penalty: i64,
}

/// A bill with something open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ArrearsBill {
    /// The bill.
    pub bill: BillId,
    /// Its contract account.
    pub account: AccountId,
    /// Its billing month.
    pub period: BillingMonth,
    /// The last day without penalty.
    pub due: Date,
    /// Of all amounts.
    pub currency: Currency,
    /// What is open of it, and held by no order.
    pub open: i64,
    /// How long it is overdue.
    pub age: Age,
    /// Days overdue.
    pub days: u32,
    /// The penalty if all of it is paid today.
    pub penalty: i64,
    /// Its open dispute.
    pub disputed: Option<Disputed>,
    /// What the penalty will be: today, on the first day overdue, after a week, after thirty days,
    /// at the end of the year in which it was due and on the day after, as far as those are ahead.
    pub preview: Vec<PenaltyOn>,
}

/// The open dispute of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Disputed {
    /// The dispute.
    pub dispute: DisputeId,
    /// What of `open` is in dispute; what else was disputed is paid.
    pub amount: i64,
    /// The first day for which that owes no penalty.
    pub from: Date,
}

/// A bill's penalty on a day, and what it is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PenaltyOn {
    /// The day of payment.
    pub on: Date,
    /// Days overdue in the year in which the bill was due.
    pub days: u32,
    /// The rate of each, in millionths of the principal.
    pub daily_ppm: u32,
    /// Days overdue in later years.
    pub later_days: u32,
    /// The rate of each, in millionths of the principal.
    pub later_daily_ppm: u32,
    /// The penalty.
    pub penalty: i64,
    /// What it would be if nothing of the bill had been disputed.
    pub undisputed: i64,
}
