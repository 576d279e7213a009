//! JSON of forewarnings (`PROTOCOL.md` section 8): what is coming, and what that was reckoned from.
//!
//! Amounts are minor units of the `currency` beside them, energies whole watt-hours, factors and
//! powers with a point exact strings. Readers tolerate members that they do not know.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillId, BillingMonth, Currency, LineKind, LocalText, MeteringPointId, TariffId,
};

use crate::arrears::PenaltyOn;
use crate::time;

/// Most contract accounts whose warnings are on one page of `GET /v1/warnings`.
pub const MAX_ACCOUNTS: u32 = 50;

/// An entry of `GET /v1/warnings[?account=&cursor=&limit=]`; `limit` counts contract accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Warning {
    /// The contract account.
    pub account: AccountId,
    /// How pressing it is.
    pub severity: Severity,
    /// What to do.
    pub action: Action,
    /// The first day that was not over when it was reckoned.
    pub as_of: Date,
    /// What is coming.
    #[serde(flatten)]
    pub what: What,
}

/// How pressing a warning is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// As it should be.
    Info,
    /// It will cost money, unless something is done.
    Attention,
    /// It costs money now, or within days.
    Urgent,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Pay into the deposit.
    TopUp,
    /// Have the money ready.
    PlanCash,
    /// Draw less at the time of the peak, or have more contracted.
    LowerDemand,
    /// Compensate reactive energy.
    Compensate,
    /// Pay the bill.
    Pay,
    /// Ask the power company for what is missing.
    AskForReadings,
}

/// What is coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[schema(as = warnings::What)]
pub enum What {
    /// How long the deposit lasts.
    DepositLasts(DepositLasts),
    /// What this month's bill will come to.
    ExpectedBill(ExpectedBill),
    /// Maximum demand against the contract.
    Demand(Demand),
    /// The power factor against its target.
    PowerFactor(PowerFactor),
    /// A bill that falls overdue, or is.
    Overdue(Overdue),
    /// Something could not be reckoned: nothing is guessed.
    Unknown(Unknown),
}

/// How long the deposit lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DepositLasts {
    /// Of all amounts.
    pub currency: Currency,
    /// What is in the deposit.
    pub deposit: i64,
    /// What is open of bills, which the deposit has to pay first.
    pub open_bills: i64,
    /// The day after the last one that was billed.
    pub billed_until: Date,
    /// What was used since then, at the price below.
    pub unbilled: i64,
    /// What is left.
    pub left: i64,
    /// Days since the last bill of which readings are missing: they may have cost more.
    pub incomplete_days: u32,
    /// What a kWh costs, all charges together.
    pub price: UnitPrice,
    /// What the first day ahead is expected to draw.
    pub first_day: i64,
    /// As expected.
    pub expected: Lasts,
    /// With the most that the tries allow; none without a range.
    pub earliest: Option<Lasts>,
    /// With the least.
    pub latest: Option<Lasts>,
    /// How the same reckoning did on earlier months.
    pub tries: Vec<Try>,
}

/// Until when a deposit lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lasts {
    /// The day on which it runs out; none when that is further away than is looked ahead (400 days).
    pub until: Option<Date>,
    /// Whole days before that one.
    pub days: Option<u32>,
}

/// A bill's total over its energy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnitPrice {
    /// The bill.
    pub bill: BillId,
    /// Its total.
    pub total: i64,
    /// Its energy.
    pub energy: i64,
}

/// What this month's bill will come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExpectedBill {
    /// The month.
    pub month: BillingMonth,
    /// Of all amounts.
    pub currency: Currency,
    /// The total expected.
    pub expected: i64,
    /// The least that the tries allow; none when there were too few of them.
    pub low: Option<i64>,
    /// The most.
    pub high: Option<i64>,
    /// The expected bill, line by line.
    pub lines: Vec<ExpectedLine>,
    /// The bill of whose readings losses, sub-meters and the basis of charges were taken; none when
    /// there is none yet, and those of the metering points were taken.
    pub like: Option<BillId>,
    /// What it goes by, for each metering point.
    pub points: Vec<PointForecast>,
    /// Where the tariff left a choice, by name.
    pub assumptions: Vec<String>,
}

/// A line of an expected bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ExpectedLine {
    /// What sort of charge.
    pub kind: LineKind,
    /// Its name.
    pub text: LocalText,
    /// How much.
    pub quantity: Option<String>,
    /// Of what.
    pub unit: Option<String>,
    /// The price of one, in the major unit.
    pub price: Option<String>,
    /// The amount.
    pub amount: i64,
}

/// The month of a metering point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PointForecast {
    /// The metering point.
    pub point: MeteringPointId,
    /// Energy so far and expected of the rest, by period.
    pub periods: Vec<PeriodForecast>,
    /// Reactive energy so far.
    pub reactive_so_far: i64,
    /// Reactive energy expected of the rest.
    pub reactive_rest: i64,
    /// The days of the rest, each with what it goes by.
    pub days: Vec<DayForecast>,
    /// The same reckoning on the same day of earlier months, beside what came.
    pub tries: Vec<Try>,
}

/// A period of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PeriodForecast {
    /// Its code.
    pub period: String,
    /// What came so far.
    pub so_far: i64,
    /// What is expected of the rest.
    pub rest: i64,
}

/// A day ahead: the mean of days of its sort, times the season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DayForecast {
    /// The day.
    pub date: Date,
    /// The weekday that it goes by, `mon` to `sun`: holidays go by Sundays.
    pub like: String,
    /// Whether such days were known; otherwise all recent days were taken.
    pub same_sort: bool,
    /// How many days the mean is of.
    pub days: u32,
    /// Their mean.
    pub mean: i64,
    /// The season, `1` being none; none when the year before is not known.
    pub season: Option<String>,
    /// The mean times the season, and at least what was measured on it.
    pub energy: i64,
}

/// A reckoning of an earlier month, with only what was known then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Try {
    /// The month.
    pub month: BillingMonth,
    /// The day on which it was reckoned.
    pub as_of: Date,
    /// What was expected of the rest of the month.
    pub expected: i64,
    /// What came.
    pub actual: i64,
    /// How far that was above what was expected, in percent.
    pub error_percent: String,
}

/// Maximum demand against the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Demand {
    /// The month.
    pub month: BillingMonth,
    /// The tariff.
    pub tariff: TariffId,
    /// The metering points, whose maxima are added.
    pub points: Vec<MeteringPointId>,
    /// How it stands: `kept`, `near`, `expected`, `over`.
    pub state: String,
    /// What is contracted, kW.
    pub contracted_kw: String,
    /// Beyond it each kW costs more, kW.
    pub limit_kw: String,
    /// The highest so far, kW.
    pub so_far_kw: Option<String>,
    /// When that was, of a single metering point.
    #[serde(with = "time::optional")]
    pub so_far_at: Option<Timestamp>,
    /// What the month may come to, kW: low, expected, high.
    pub month_kw: Option<[String; 3]>,
    /// What is left until the limit, kW; negative beyond it.
    pub headroom_kw: Option<String>,
    /// Of `extra`.
    pub currency: Currency,
    /// What going on like this costs beyond the limit, before tax and adjustment.
    pub extra: Option<i64>,
}

/// The power factor against its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PowerFactor {
    /// The month.
    pub month: BillingMonth,
    /// The tariff, whose metering points count together.
    pub tariff: TariffId,
    /// The metering points.
    pub points: Vec<MeteringPointId>,
    /// How it stands: `kept`, `falling`, `recovering`, `costs`, `unknown`.
    pub state: String,
    /// At which nothing is adjusted, such as `0.90`.
    pub target: String,
    /// So far.
    pub so_far: Option<String>,
    /// Expected of the month.
    pub expected: Option<String>,
    /// The adjustment that follows, in percent of energy and basic charge: negative is a reward.
    pub percent: Option<String>,
    /// What it comes to on the expected bill; none when that is not known.
    pub amount: Option<i64>,
    /// Of the amount.
    pub currency: Currency,
    /// Whole kvarh that the rest of the month may bring for the target to be met; none when it
    /// cannot be met any more.
    pub allowance_kvarh: Option<i64>,
    /// Reactive energy expected of the rest, var-hours.
    pub expected_rest: i64,
}

/// A bill that falls overdue, or is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overdue {
    /// The bill.
    pub bill: BillId,
    /// The last day without penalty.
    pub due: Date,
    /// Days overdue; 0 when it is not.
    pub days: u32,
    /// Of all amounts.
    pub currency: Currency,
    /// What is open of it.
    pub open: i64,
    /// What of it is in dispute: that part owes no penalty for the days of the dispute.
    pub disputed: i64,
    /// What paying late costs, day by day as far as it matters.
    pub penalties: Vec<PenaltyOn>,
}

/// Something could not be reckoned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Unknown {
    /// What.
    pub about: About,
    /// Why.
    pub reason: Reason,
    /// The metering point, tariff or schedule to blame, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The same for people, in English.
    pub detail: String,
}

/// What could not be reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// How long the deposit lasts.
    DepositLasts,
    /// What this month's bill will come to.
    ExpectedBill,
    /// Maximum demand.
    Demand,
    /// Power factor.
    PowerFactor,
}

/// Why something could not be reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The account has no metering points.
    NoMeteringPoint,
    /// There are no readings, or none of the last four weeks.
    NoReadings,
    /// The readings end too long ago to say what is now.
    OldReadings,
    /// The tariff is not there.
    NoTariff,
    /// The schedule is not there.
    NoSchedule,
    /// No bill says yet what a kWh costs.
    NoBill,
    /// The contract does not say how much demand.
    NoContract,
    /// The tariff cannot be applied to the readings.
    Reckoning,
    /// Metering points of one account go by different schedules.
    Schedules,
}

impl Severity {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Attention => "attention",
            Self::Urgent => "urgent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_one_flat_object() {
        let text = r#"{"account":"C-1","severity":"urgent","action":"pay","as_of":"2026-11-23","kind":"overdue","bill":"B-1","due":"2026-11-20","days":3,"currency":"CNY","open":100000,"disputed":0,"penalties":[{"on":"2026-11-23","days":3,"daily_ppm":2000,"later_days":0,"later_daily_ppm":3000,"penalty":600,"undisputed":600}]}"#;
        let warning: Warning = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&warning).unwrap(), text);
    }
}
