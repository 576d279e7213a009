//! What the meters of a contract account showed in one month.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::is_period;
use crate::strict::{bounded, date, decimal, optional_decimal};
use crate::{AccountId, BillingMonth, MeteringPointId, TariffId};

/// The longest document, in bytes.
const MAX_DOCUMENT: usize = 1024 * 1024;
/// The most metering points, and the most meters, registers and readings of each.
const MAX_LIST: usize = 200;
/// Readings are below this, with at most four digits after the point; so are demands and
/// capacities.
const MAX_READING: i64 = 10_000_000_000;
/// Multipliers are below this, with at most four digits after the point.
const MAX_MULTIPLIER: u32 = 10_000_000;
const DECIMALS: u32 = 4;
/// The most digits before the point of a register.
const MAX_DIGITS: u32 = 10;
/// The longest name of a meter, in characters.
const MAX_METER: usize = 40;

/// The metered month of a contract account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metered {
    /// The contract account.
    pub account: AccountId,
    /// The billing month.
    pub month: BillingMonth,
    /// Its first day: readings are those at the beginning of a day.
    #[serde(deserialize_with = "date")]
    pub from: Date,
    /// The day after its last.
    #[serde(deserialize_with = "date")]
    pub to: Date,
    /// The metering points.
    pub points: Vec<MeteringPoint>,
    /// What basic charges go by, for each tariff, from the oldest to the newest.
    #[serde(default)]
    pub basis: Vec<Basis>,
}

/// A metering point with the meters that were there, one after another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeteringPoint {
    /// Its identifier.
    pub point: MeteringPointId,
    /// The tariff that its energy is charged by.
    pub tariff: TariffId,
    /// The metering point that it lies behind: what it measured is deducted there.
    pub under: Option<MeteringPointId>,
    /// The meters, in the order in which they were there.
    pub meters: Vec<Meter>,
    /// Losses to be added, when it measures on the low side of the customer's transformer.
    pub losses: Option<Losses>,
}

/// A meter with one multiplier. A change of transformers makes it another one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Its number.
    pub meter: String,
    /// Current ratio times voltage ratio.
    #[serde(deserialize_with = "decimal")]
    pub multiplier: Decimal,
    /// Digits before the point of its registers, for those that rolled over; 0 when not known.
    #[serde(default)]
    pub digits: u32,
    /// Its registers.
    pub registers: Vec<Register>,
    /// The maximum demand (15-minute mean) as it shows it, before the multiplier, in kW.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub demand_kw: Option<Decimal>,
}

/// A register of a meter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// What it counts.
    pub kind: RegisterKind,
    /// In which time-of-use period; always when absent.
    pub period: Option<String>,
    /// What it showed, in order.
    pub readings: Vec<Reading>,
}

/// What a register counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegisterKind {
    /// Active energy drawn, kWh.
    Active,
    /// Reactive energy drawn, kvarh.
    ReactiveImport,
    /// Reactive energy given back, kvarh.
    ReactiveExport,
}

/// What a register showed at the beginning of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The day.
    #[serde(deserialize_with = "date")]
    pub at: Date,
    /// Before the multiplier.
    #[serde(deserialize_with = "decimal")]
    pub value: Decimal,
}

/// Losses between the customer's terminals and a meter on the low side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Losses {
    /// Of iron: always there, in kW.
    #[serde(deserialize_with = "decimal")]
    pub fixed_kw: Decimal,
    /// Of copper and line, in percent of the active energy.
    #[serde(deserialize_with = "decimal")]
    pub active_percent: Decimal,
    /// Of magnetisation: always there, in kvar.
    #[serde(deserialize_with = "decimal")]
    pub fixed_kvar: Decimal,
    /// Of leakage, in percent of the reactive energy.
    #[serde(deserialize_with = "decimal")]
    pub reactive_percent: Decimal,
}

/// What the basic charge of a tariff goes by, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The tariff.
    pub tariff: TariffId,
    /// The first day.
    #[serde(deserialize_with = "date")]
    pub from: Date,
    /// Capacity of the transformers.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub capacity_kva: Option<Decimal>,
    /// Contracted maximum demand.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub contracted_kw: Option<Decimal>,
}

/// The bytes are not a metered month without gaps.
#[derive(Debug, thiserror::Error)]
pub enum MeteredError {
    /// Larger than any month of readings.
    #[error("the readings are over {MAX_DOCUMENT} bytes")]
    TooLong,
    /// Not the JSON of a metered month; the source names field, line and column.
    #[error("the readings cannot be read")]
    Json(#[source] serde_json::Error),
    /// A member is out of bounds.
    #[error("`{field}` must {wanted}")]
    Bounds {
        /// Which member.
        field: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// Two readings leave days between them, or share some.
    #[error(
        "metering point {point}: {register} is read {problem} {first} and {second}: every day of \
         the month must be read exactly once"
    )]
    Days {
        /// Which metering point.
        point: MeteringPointId,
        /// Which register.
        register: String,
        /// `not between` or `twice between`.
        problem: &'static str,
        /// From this day.
        first: Date,
        /// To this day.
        second: Date,
    },
    /// A metering point lies behind one that is not there, behind itself or behind one that lies
    /// behind another.
    #[error("metering point {point} lies behind {under}: it must be there, and behind none itself")]
    Under {
        /// Which one.
        point: MeteringPointId,
        /// Behind which.
        under: MeteringPointId,
    },
}

impl Metered {
    /// Reads a metered month: strict JSON, bounded, every register read for every day.
    ///
    /// # Errors
    /// [`MeteredError`], which says what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, MeteredError> {
        if bytes.len() > MAX_DOCUMENT {
            return Err(MeteredError::TooLong);
        }
        let metered: Self = serde_json::from_slice(bytes).map_err(MeteredError::Json)?;
        metered.check_bounds()?;
        for point in &metered.points {
            metered.check_under(point)?;
            for (kind, period) in point.registers() {
                metered.check_days(point, kind, period)?;
            }
        }
        Ok(metered)
    }

    fn check_bounds(&self) -> Result<(), MeteredError> {
        let bounds = |field: String, wanted| MeteredError::Bounds { field, wanted };
        let at_most_a_month = self.from.checked_add(jiff::Span::new().days(62));
        let in_bounds = at_most_a_month.is_ok_and(|latest| self.to <= latest);
        if self.to <= self.from || !in_bounds {
            return Err(bounds(
                "to".to_owned(),
                "be after `from`, by at most 62 days",
            ));
        }
        if self.points.is_empty() || self.points.len() > MAX_LIST {
            return Err(bounds("points".to_owned(), "have 1 to 200 entries"));
        }
        for (index, point) in self.points.iter().enumerate() {
            check_point(point)
                .map_err(|(field, wanted)| bounds(format!("points[{index}].{field}"), wanted))?;
            if self.points[..index].iter().any(|p| p.point == point.point) {
                return Err(bounds(format!("points[{index}].point"), "be there once"));
            }
        }
        if self.basis.len() > MAX_LIST {
            return Err(bounds("basis".to_owned(), "have at most 200 entries"));
        }
        for (index, basis) in self.basis.iter().enumerate() {
            let fits = [basis.capacity_kva, basis.contracted_kw]
                .into_iter()
                .flatten()
                .all(is_amount);
            let earlier = |other: &Basis| other.tariff == basis.tariff && other.from >= basis.from;
            if !fits || self.basis[..index].iter().any(earlier) {
                let wanted = "be zero or more and later than the one before";
                return Err(bounds(format!("basis[{index}]"), wanted));
            }
        }
        Ok(())
    }

    fn check_under(&self, point: &MeteringPoint) -> Result<(), MeteredError> {
        let Some(under) = &point.under else {
            return Ok(());
        };
        let parent = self.points.iter().find(|other| other.point == *under);
        match parent {
            Some(parent) if parent.under.is_none() && parent.point != point.point => Ok(()),
            _ => Err(MeteredError::Under {
                point: point.point.clone(),
                under: under.clone(),
            }),
        }
    }

    /// The readings of one register, across the meters of a point, cover the month without gap
    /// and overlap.
    fn check_days(
        &self,
        point: &MeteringPoint,
        kind: RegisterKind,
        period: Option<&str>,
    ) -> Result<(), MeteredError> {
        let days = |problem, first, second| MeteredError::Days {
            point: point.point.clone(),
            register: name(kind, period),
            problem,
            first,
            second,
        };
        let mut covered = self.from;
        for register in point.of(kind, period).map(|(_, register)| register) {
            for pair in register.readings.windows(2) {
                if pair[0].at > covered {
                    return Err(days("not between", covered, pair[0].at));
                }
                if pair[0].at < covered || pair[1].at <= pair[0].at {
                    return Err(days("twice between", pair[0].at, covered.max(pair[1].at)));
                }
                covered = pair[1].at;
            }
        }
        match covered.cmp(&self.to) {
            std::cmp::Ordering::Less => Err(days("not between", covered, self.to)),
            std::cmp::Ordering::Greater => Err(days("twice between", self.to, covered)),
            std::cmp::Ordering::Equal => Ok(()),
        }
    }
}

impl MeteringPoint {
    /// The kinds and periods of its registers, each once.
    pub(super) fn registers(&self) -> Vec<(RegisterKind, Option<&str>)> {
        let all = self.meters.iter().flat_map(|meter| &meter.registers);
        let mut found: Vec<_> = all
            .map(|register| (register.kind, register.period.as_deref()))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The registers of one kind and period, meter after meter.
    pub(super) fn of(
        &self,
        kind: RegisterKind,
        period: Option<&str>,
    ) -> impl Iterator<Item = (&Meter, &Register)> {
        self.meters.iter().flat_map(move |meter| {
            meter
                .registers
                .iter()
                .filter(move |register| {
                    register.kind == kind && register.period.as_deref() == period
                })
                .map(move |register| (meter, register))
        })
    }
}

fn check_point(point: &MeteringPoint) -> Result<(), (String, &'static str)> {
    if point.meters.is_empty() || point.meters.len() > MAX_LIST {
        return Err(("meters".to_owned(), "have 1 to 200 entries"));
    }
    for (index, meter) in point.meters.iter().enumerate() {
        check_meter(meter)
            .map_err(|(field, wanted)| (format!("meters[{index}].{field}"), wanted))?;
    }
    let losses = point.losses.iter().flat_map(|losses| {
        let Losses {
            fixed_kw,
            active_percent,
            fixed_kvar,
            reactive_percent,
        } = losses;
        [fixed_kw, active_percent, fixed_kvar, reactive_percent]
    });
    if losses
        .copied()
        .all(|loss| is_amount(loss) && loss < Decimal::from(100_000))
    {
        Ok(())
    } else {
        Err(("losses".to_owned(), "be from 0 to below 100000"))
    }
}

fn check_meter(meter: &Meter) -> Result<(), (String, &'static str)> {
    let length = meter.meter.chars().count();
    if length == 0 || length > MAX_METER {
        return Err(("meter".to_owned(), "have 1 to 40 characters"));
    }
    let positive = meter.multiplier > Decimal::ZERO;
    if !positive || !bounded(meter.multiplier, MAX_MULTIPLIER, DECIMALS) {
        return Err(("multiplier".to_owned(), "be over 0 and below 10000000"));
    }
    if meter.digits > MAX_DIGITS {
        return Err(("digits".to_owned(), "be at most 10"));
    }
    if meter.demand_kw.is_some_and(|demand| !is_amount(demand)) {
        return Err(("demand_kw".to_owned(), "be 0 or more"));
    }
    if meter.registers.is_empty() || meter.registers.len() > MAX_LIST {
        return Err(("registers".to_owned(), "have 1 to 200 entries"));
    }
    for (index, register) in meter.registers.iter().enumerate() {
        let field = |name: &str| format!("registers[{index}].{name}");
        if register
            .period
            .as_deref()
            .is_some_and(|text| !is_period(text))
        {
            let wanted = "be 1 to 16 characters of a-z, 0-9 and -";
            return Err((field("period"), wanted));
        }
        let same =
            |other: &Register| other.kind == register.kind && other.period == register.period;
        if meter.registers[..index].iter().any(same) {
            return Err((field("kind"), "be there once for each period"));
        }
        if !(2..=MAX_LIST).contains(&register.readings.len()) {
            return Err((field("readings"), "have 2 to 200 entries"));
        }
        if !register
            .readings
            .iter()
            .all(|reading| is_amount(reading.value))
        {
            return Err((field("readings"), "be 0 or more, with at most 4 decimals"));
        }
    }
    Ok(())
}

fn is_amount(number: Decimal) -> bool {
    bounded(number, MAX_READING, DECIMALS) && number >= Decimal::ZERO
}

/// A register's name for people.
pub(super) fn name(kind: RegisterKind, period: Option<&str>) -> String {
    let kind = match kind {
        RegisterKind::Active => "active",
        RegisterKind::ReactiveImport => "reactive-import",
        RegisterKind::ReactiveExport => "reactive-export",
    };
    match period {
        Some(period) => format!("{kind} {period}"),
        None => kind.to_owned(),
    }
}
