//! From a load curve to metered months and bills.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use wattkey_domain::tariff::{
    Metered, MeteredError, ReckonError, Reckoning, Tariff, TariffError, reckon,
};
use wattkey_domain::usage::{Channel, Energy, LoadCurve, PeriodMap, Schedule};
use wattkey_domain::{BillDocument, BillDocumentError};

use crate::{Kind, Site, tariff};

/// Digits after the point that a register shows.
const REGISTER_DECIMALS: u32 = 4;
/// Days from the end of a month to its bill, and from there until it is due.
const ISSUED_AFTER: i32 = 2;
const DUE_AFTER: i32 = 14;

/// A month of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub from: Date,
    /// The metered month, as JSON.
    pub metered: String,
    /// The bill document, as JSON.
    pub bill: String,
}

/// A month cannot be billed: the sample itself is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The tariff.
    #[error("the sample's tariff cannot be read")]
    Tariff(#[from] TariffError),
    /// The metered month.
    #[error("the sample's metered month cannot be read")]
    Metered(#[from] MeteredError),
    /// The reckoning.
    #[error("the sample's month cannot be reckoned")]
    Reckon(#[from] ReckonError),
    /// The bill.
    #[error("the sample's bill does not add up")]
    Bill(#[from] BillDocumentError),
    /// The curve does not hold the months.
    #[error("the curve does not hold the month of {0}")]
    Curve(Date),
}

/// The months of a curve from the one that begins on `from` on, each with its bill for `customer`.
///
/// Registers run on from month to month and show four decimals before the multiplier, so a bill's
/// energy differs from the curve's by less than a register's last digit.
///
/// # Errors
/// [`SampleError`].
pub fn months(
    site: &Site,
    customer: &str,
    curve: &LoadCurve,
    schedule: &Schedule,
    (from, count): (Date, u32),
) -> Result<Vec<Month>, SampleError> {
    let tariff = Tariff::parse(tariff::tariff(site.kind).as_bytes())?;
    let map = PeriodMap::new(schedule, curve);
    let mut registers = Registers::new(site, schedule);
    let mut months = Vec::new();
    let mut first = from;
    for _ in 0..count {
        let next = first
            .last_of_month()
            .tomorrow()
            .map_err(|_| SampleError::Curve(first))?;
        let metered = registers.month(site, curve, &map, first, next)?;
        let reckoning = reckon(
            std::slice::from_ref(&tariff),
            &Metered::parse(metered.as_bytes())?,
        )?;
        let bill = bill(site, customer, first, &reckoning);
        BillDocument::parse(bill.as_bytes())?;
        months.push(Month {
            from: first,
            metered,
            bill,
        });
        first = next;
    }
    Ok(months)
}

/// What the registers have counted since the meter was installed.
struct Registers {
    multiplier: u32,
    periods: Vec<(String, Energy)>,
    reactive: [Energy; 2],
}

impl Registers {
    fn new(site: &Site, schedule: &Schedule) -> Self {
        let multiplier = match site.kind {
            Kind::Steelworks => 132_000,
            Kind::Hospital => 4_000,
            Kind::DataCentre => 3_000,
        };
        let zero = |period: &String| (period.clone(), Energy::ZERO);
        Self {
            multiplier,
            periods: schedule.periods().iter().map(zero).collect(),
            reactive: [Energy::ZERO; 2],
        }
    }

    fn month(
        &mut self,
        site: &Site,
        curve: &LoadCurve,
        map: &PeriodMap,
        first: Date,
        next: Date,
    ) -> Result<String, SampleError> {
        let missing = || SampleError::Curve(first);
        let by_period = curve
            .by_period_between(map, first, next)
            .ok_or_else(missing)?;
        let total = curve.between(first, next).ok_or_else(missing)?;
        if !by_period.coverage.is_whole() {
            return Err(missing());
        }
        let mut registers = Vec::new();
        for (period, counted) in &mut self.periods {
            let before = *counted;
            *counted += by_period.energy(period);
            let (from, to) = (
                shown(before, self.multiplier),
                shown(*counted, self.multiplier),
            );
            // In most months there is no sharp period.
            if from != to {
                registers.push(register(
                    "active",
                    Some(period),
                    (first, &from),
                    (next, &to),
                ));
            }
        }
        let channels = [Channel::ReactiveImport, Channel::ReactiveExport];
        for (channel, counted) in channels.into_iter().zip(&mut self.reactive) {
            let before = *counted;
            *counted += total.energy(channel);
            let (from, to) = (
                shown(before, self.multiplier),
                shown(*counted, self.multiplier),
            );
            registers.push(register(
                channel.as_str(),
                None,
                (first, &from),
                (next, &to),
            ));
        }
        let demand = curve
            .maximum_demand(first, next)
            .highest
            .ok_or_else(missing)?;
        let demand = demand.power.kw() / Decimal::from(self.multiplier);
        let meter = json!({"meter": format!("M-{}", 77_001 + site.place), "multiplier": self.multiplier.to_string(),
            "digits": 6, "demand_kw": cut(demand).to_string(), "registers": registers});
        let (capacity, contracted) = match site.kind {
            Kind::Steelworks => (63_000, 41_000),
            Kind::Hospital => (2_500, 1_800),
            Kind::DataCentre => (2_500, 2_000),
        };
        let tariff = tariff::id(site.kind);
        Ok(
            json!({"account": site.account, "month": first.strftime("%Y-%m").to_string(),
            "from": first, "to": next,
            "points": [{"point": site.point, "tariff": tariff, "meters": [meter]}],
            "basis": [{"tariff": tariff, "from": "2020-01-01", "capacity_kva": capacity.to_string(),
                "contracted_kw": contracted.to_string()}]})
            .to_string(),
        )
    }
}

/// What a register shows of an energy.
fn shown(energy: Energy, multiplier: u32) -> String {
    cut(energy.kwh() / Decimal::from(multiplier)).to_string()
}

fn cut(number: Decimal) -> Decimal {
    number.round_dp_with_strategy(REGISTER_DECIMALS, RoundingStrategy::ToZero)
}

fn register(kind: &str, period: Option<&String>, from: (Date, &str), to: (Date, &str)) -> Value {
    let reading = |(at, value): (Date, &str)| json!({"at": at, "value": value});
    let mut register = json!({"kind": kind, "readings": [reading(from), reading(to)]});
    if let Some(period) = period {
        register["period"] = json!(period);
    }
    register
}

fn bill(site: &Site, customer: &str, month: Date, reckoning: &Reckoning) -> String {
    let after = |date: Date, days: i32| date.checked_add(days.days()).unwrap_or(date);
    let issued = after(month.last_of_month(), ISSUED_AFTER);
    let lines: Vec<Value> = reckoning
        .lines
        .iter()
        .map(|line| {
            let line = &line.line;
            let mut value =
                json!({"kind": line.kind, "text": line.text, "amount": line.amount.minor()});
            let number = |number: Decimal| json!(number.to_string());
            let members = [
                ("quantity", line.quantity.map(number)),
                ("unit", line.unit.as_ref().map(|unit| json!(unit))),
                ("price", line.price.map(number)),
            ];
            for (name, member) in members {
                if let Some(member) = member {
                    value[name] = member;
                }
            }
            value
        })
        .collect();
    json!({"bill": format!("B-{}-{}", month.strftime("%Y-%m"), 1_001 + site.place), "account": site.account,
        "customer": customer, "period": month.strftime("%Y-%m").to_string(), "currency": "CNY",
        "issued": issued, "due": after(issued, DUE_AFTER), "lines": lines,
        "total": reckoning.total.minor(), "revenue": reckoning.revenue.minor(),
        "tax": reckoning.tax.minor(), "levies": reckoning.levies.minor()})
    .to_string()
}
