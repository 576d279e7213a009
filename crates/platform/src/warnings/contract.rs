//! Maximum demand and power factor against what the contract says of them, by tariff.

use std::collections::BTreeSet;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use wattkey_domain::forecast::{
    DemandState, FactorState, MonthForecast, demand_outlook, factor_outlook,
};
use wattkey_domain::tariff::{BasicCharge, PowerFactorRule, Reckoning, Tariff};
use wattkey_domain::{LineKind, TariffId};
use wattkey_protocol::warnings::{About, Action, Demand, PowerFactor, Reason, Severity, What};
use wattkey_store::AccountUsage;

use super::points::Points;
use super::{Gap, Reckoned, bill, month_of, watt_hours};

/// Watts of a kilowatt keep their three digits.
const DECIMALS: u32 = 3;

pub(super) fn of(
    usage: &AccountUsage,
    points: &Points<'_>,
    expected: Option<&Reckoning>,
    with: Reckoned,
) -> Vec<(Severity, Action, What)> {
    let tariffs: BTreeSet<_> = points.all().iter().map(|one| &one.point.tariff).collect();
    let mut found = Vec::new();
    for id in tariffs {
        // The bill says already that the tariff is not there.
        let Ok(tariff) = bill::tariff_of(usage, id) else {
            continue;
        };
        let last = with.today.last_of_month();
        let Some(version) = tariff.version_on(last) else {
            continue;
        };
        let month = together(points, id);
        if let Some(basic @ BasicCharge::Demand { .. }) = &version.basic {
            let outlook = month.clone().and_then(|month| {
                let basis = bill::basis_now(usage, points, id, with.today);
                let contracted = basis.and_then(|basis| basis.contracted_kw);
                demand((points, tariff), &month, (basic, contracted))
            });
            found.push(outlook.unwrap_or_else(|gap| gap.about(About::Demand)));
        }
        if let Some(rule) = &version.power_factor {
            let outlook = month.map(|month| factor((points, tariff), &month, rule, expected));
            found.push(outlook.unwrap_or_else(|gap| gap.about(About::PowerFactor)));
        }
    }
    found
}

/// The month of a tariff's metering points together, as the bill takes them.
fn together(points: &Points<'_>, id: &TariffId) -> Result<MonthForecast, Gap> {
    let parent_has = |one: &wattkey_store::MeteringPoint| {
        let parent = one.under.as_ref()?;
        let parent = points
            .all()
            .iter()
            .find(|other| other.point.id == *parent)?;
        Some(parent.point.tariff == *id)
    };
    // What lies behind a point of the same tariff is in it already.
    let own = points.known(|point| point.tariff == *id && parent_has(point) != Some(true))?;
    let deducted = points.known(|point| point.tariff != *id && parent_has(point) == Some(true))?;
    let own: Vec<_> = own.iter().map(|(_, known)| &known.forecast).collect();
    let deducted: Vec<_> = deducted.iter().map(|(_, known)| &known.forecast).collect();
    MonthForecast::together(&own, &deducted).ok_or_else(|| {
        let detail = "the metering points of this tariff cannot be taken together";
        Gap::new(Reason::Reckoning, Some(id.to_string()), detail)
    })
}

fn ids(points: &Points<'_>, tariff: &Tariff) -> Vec<wattkey_domain::MeteringPointId> {
    let own = points.all().iter().map(|one| one.point);
    let own = own.filter(|point| point.tariff == tariff.tariff);
    own.map(|point| point.id.clone()).collect()
}

fn demand(
    (points, tariff): (&Points<'_>, &Tariff),
    month: &MonthForecast,
    (basic, contracted): (&BasicCharge, Option<Decimal>),
) -> Result<(Severity, Action, What), Gap> {
    let id = Some(tariff.tariff.to_string());
    let contracted = contracted.ok_or_else(|| {
        let detail = "the contract does not say how much demand";
        Gap::new(Reason::NoContract, id.clone(), detail)
    })?;
    let outlook = demand_outlook(month, basic, contracted).ok_or_else(|| {
        let detail = "the demand cannot be laid beside the contract";
        Gap::new(Reason::Reckoning, id, detail)
    })?;
    let (severity, action) = match outlook.state {
        DemandState::Kept => (Severity::Info, Action::Nothing),
        DemandState::Near | DemandState::Expected => (Severity::Attention, Action::LowerDemand),
        DemandState::Over => (Severity::Urgent, Action::LowerDemand),
    };
    let ids = ids(points, tariff);
    let so_far_at = match &ids[..] {
        [only] => {
            let own = points.all().iter().find(|one| one.point.id == *only);
            own.and_then(|one| one.known.as_ref().ok()?.demand_at)
        }
        _ => None,
    };
    let what = Demand {
        month: month_of(month.from),
        tariff: tariff.tariff.clone(),
        points: ids,
        state: outlook.state.as_str().to_owned(),
        contracted_kw: kw(outlook.contracted_kw),
        limit_kw: kw(outlook.limit_kw),
        so_far_kw: outlook.so_far_kw.map(kw),
        so_far_at,
        month_kw: outlook.month_kw.map(|range| range.map(kw)),
        headroom_kw: outlook.headroom_kw.map(kw),
        currency: tariff.currency,
        extra: outlook
            .extra_expected
            .and_then(|major| minor(major, tariff)),
    };
    Ok((severity, action, What::Demand(what)))
}

fn factor(
    (points, tariff): (&Points<'_>, &Tariff),
    month: &MonthForecast,
    rule: &PowerFactorRule,
    expected: Option<&Reckoning>,
) -> (Severity, Action, What) {
    let outlook = factor_outlook(month, rule);
    let (severity, action) = match outlook.state {
        FactorState::Kept | FactorState::Recovering => (Severity::Info, Action::Nothing),
        FactorState::Falling | FactorState::Costs => (Severity::Attention, Action::Compensate),
        FactorState::Unknown => (Severity::Info, Action::AskForReadings),
    };
    let amount = expected.and_then(|reckoning| {
        let own = |line: &&wattkey_domain::tariff::ReckonedLine| {
            line.tariff == tariff.tariff && line.line.kind == LineKind::PowerFactor
        };
        Some(reckoning.lines.iter().find(own)?.line.amount.minor())
    });
    let what = PowerFactor {
        month: month_of(month.from),
        tariff: tariff.tariff.clone(),
        points: ids(points, tariff),
        state: outlook.state.as_str().to_owned(),
        target: format!("{}.{:02}", outlook.target / 100, outlook.target % 100),
        so_far: outlook.so_far.map(|factor| factor.to_string()),
        expected: outlook.month.map(|factor| factor.to_string()),
        percent: outlook
            .percent
            .map(|percent| percent.normalize().to_string()),
        amount,
        currency: tariff.currency,
        allowance_kvarh: outlook.allowance_kvarh,
        expected_rest: watt_hours(outlook.expected_rest),
    };
    (severity, action, What::PowerFactor(what))
}

fn kw(kw: Decimal) -> String {
    let rounded = kw.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero);
    rounded.normalize().to_string()
}

/// Minor units of an amount in major ones.
fn minor(major: Decimal, tariff: &Tariff) -> Option<i64> {
    let digits = u32::from(tariff.currency.exponent());
    let minor = major.checked_mul(Decimal::from(10_u64.checked_pow(digits)?))?;
    let rounded = minor.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i64()
}
