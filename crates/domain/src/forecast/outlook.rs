//! Demand that is about to exceed the contract, and a power factor that is about to cost money.

use rust_decimal::Decimal;

use super::month::MonthForecast;
use crate::tariff::{BasicCharge, PowerFactor, PowerFactorRule};
use crate::usage::{Energy, Power};

/// From this share of the limit on, a demand is near it: nine tenths.
const NEAR_PERCENT: u32 = 90;

/// A month's demand against the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandOutlook {
    /// How it stands.
    pub state: DemandState,
    /// The contracted demand, kW.
    pub contracted_kw: Decimal,
    /// Beyond it each kW is charged more than once, kW.
    pub limit_kw: Decimal,
    /// The highest quarter-hour so far, kW.
    pub so_far_kw: Option<Decimal>,
    /// What the month may come to, kW: low, expected, high.
    pub month_kw: Option<[Decimal; 3]>,
    /// What is left until the limit, kW; negative beyond it.
    pub headroom_kw: Option<Decimal>,
    /// What going on like this costs beyond the limit, in the currency's major unit, before tax and
    /// adjustment: each kW over it, once more for each time it is charged.
    pub extra_expected: Option<Decimal>,
}

/// How a demand stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemandState {
    /// Below nine tenths of the limit, and expected to stay below the limit.
    Kept,
    /// It came near the limit.
    Near,
    /// It is expected to pass the limit before the month ends.
    Expected,
    /// It passed the limit.
    Over,
}

/// A month's power factor against the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorOutlook {
    /// How it stands.
    pub state: FactorState,
    /// In hundredths, at which nothing is adjusted.
    pub target: u8,
    /// So far.
    pub so_far: Option<PowerFactor>,
    /// Expected of the month.
    pub month: Option<PowerFactor>,
    /// The adjustment that follows, in percent of energy and basic charge: negative is a reward.
    pub percent: Option<Decimal>,
    /// The reactive energy that the rest of the month may bring for the target to be met, in whole
    /// kvarh; none when it cannot be met any more.
    pub allowance_kvarh: Option<i64>,
    /// The reactive energy that is expected of the rest.
    pub expected_rest: Energy,
}

/// How a power factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactorState {
    /// At the target or above it, and expected to stay there.
    Kept,
    /// At the target so far, expected to be below it when the month ends.
    Falling,
    /// Below the target so far, expected to reach it.
    Recovering,
    /// Below the target, and expected to cost money.
    Costs,
    /// Without active energy there is none.
    Unknown,
}

impl DemandState {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Near => "near",
            Self::Expected => "expected",
            Self::Over => "over",
        }
    }
}

impl FactorState {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Falling => "falling",
            Self::Recovering => "recovering",
            Self::Costs => "costs",
            Self::Unknown => "unknown",
        }
    }
}

/// Lays a month's demand beside the contract. `None` when the basic charge does not go by demand.
#[must_use]
pub fn demand_outlook(
    forecast: &MonthForecast,
    basic: &BasicCharge,
    contracted_kw: Decimal,
) -> Option<DemandOutlook> {
    let BasicCharge::Demand {
        price,
        limit_percent,
        excess_times,
        ..
    } = basic
    else {
        return None;
    };
    let limit_kw = contracted_kw.checked_mul(Decimal::from(*limit_percent))? / Decimal::ONE_HUNDRED;
    let near_kw = limit_kw.checked_mul(Decimal::from(NEAR_PERCENT))? / Decimal::ONE_HUNDRED;
    let so_far_kw = forecast.demand_known.map(Power::kw);
    let month_kw = forecast
        .demand
        .map(|range| [range.low, range.expected, range.high].map(Power::kw));
    let expected = month_kw.map(|range| range[1]).or(so_far_kw);
    let over = |kw: Option<Decimal>, limit: Decimal| kw.is_some_and(|kw| kw > limit);
    let state = if over(so_far_kw, limit_kw) {
        DemandState::Over
    } else if over(expected, limit_kw) {
        DemandState::Expected
    } else if over(so_far_kw, near_kw) {
        DemandState::Near
    } else {
        DemandState::Kept
    };
    let excess = |kw: Decimal| (kw - limit_kw).max(Decimal::ZERO);
    let times = Decimal::from(*excess_times);
    Some(DemandOutlook {
        state,
        contracted_kw,
        limit_kw,
        so_far_kw,
        month_kw,
        headroom_kw: so_far_kw.map(|kw| limit_kw - kw),
        extra_expected: expected.and_then(|kw| excess(kw).checked_mul(times)?.checked_mul(*price)),
    })
}

/// Lays a month's power factor beside its rule.
#[must_use]
pub fn factor_outlook(forecast: &MonthForecast, rule: &PowerFactorRule) -> FactorOutlook {
    let known: Energy = forecast.known.iter().copied().sum();
    let (active, reactive) = (
        forecast.energy(),
        forecast.reactive_known + forecast.reactive_rest,
    );
    let so_far = PowerFactor::of(known.kwh(), forecast.reactive_known.kwh());
    let month = PowerFactor::of(active.kwh(), reactive.kwh());
    let met = |factor: PowerFactor| factor.hundredths() >= rule.target;
    let state = match (so_far.map(met), month.map(met)) {
        (_, None) => FactorState::Unknown,
        (Some(false), Some(true)) => FactorState::Recovering,
        (_, Some(true)) => FactorState::Kept,
        (Some(true), Some(false)) => FactorState::Falling,
        (_, Some(false)) => FactorState::Costs,
    };
    FactorOutlook {
        state,
        target: rule.target,
        so_far,
        month,
        percent: month.map(|factor| rule.percent(factor)),
        allowance_kvarh: allowance(active, forecast.reactive_known, rule.target),
        expected_rest: forecast.reactive_rest,
    }
}

/// The most whole kvarh that the rest may bring while the month's factor still rounds to the target.
fn allowance(active: Energy, so_far: Energy, target: u8) -> Option<i64> {
    let meets = |kvarh: i64| {
        let reactive = so_far.kwh() + Decimal::from(kvarh);
        PowerFactor::of(active.kwh(), reactive).is_some_and(|factor| factor.hundredths() >= target)
    };
    if !meets(0) {
        return None;
    }
    // Reactive energy of a hundred times the active one is a factor of 0.01; a target of zero ends
    // the search there.
    let most = active.milli().max(0) / 10_000 + 1;
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if meets(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}
