//! The metering points of one tariff, together.

use rust_decimal::Decimal;

use super::{Assumption, ReckonError, ReckonedLine, Reckoning, Share, spans};
use crate::strict::round;
use crate::tariff::energy::{self, Energy, Span};
use crate::tariff::metered::{Basis, Metered};
use crate::tariff::{
    BasicCharge, Charge, ChargeKind, ChargedDemand, PowerFactor, Price, Tariff, Tax, Version,
};
use crate::{Balance, Line, LineKind, LocalText, MoneyError};

/// Adds what the points of `tariff` cost.
pub(super) fn reckon(
    tariff: &Tariff,
    metered: &Metered,
    reckoning: &mut Reckoning,
) -> Result<(), ReckonError> {
    let mut group = Group {
        tariff,
        metered,
        lines: Vec::new(),
    };
    let mut parts = Vec::new();
    let mut all = Energy::default();
    for span in spans(metered, tariff.versions.iter().map(|version| version.from)) {
        let version = tariff
            .version_on(span.from)
            .ok_or_else(|| ReckonError::NoVersion {
                tariff: tariff.tariff.clone(),
                day: span.from,
            })?;
        let energy = group.energy(span, &mut reckoning.assumptions)?;
        all.add(&energy);
        parts.push((span, version, energy));
    }
    for (span, version, energy) in &parts {
        group.charges(*span, version, energy, |kind| kind == ChargeKind::Energy)?;
    }
    for (span, version, _) in &parts {
        group.basic(*span, version)?;
    }
    let last = parts.last().map(|(_, version, _)| *version);
    if let Some(rule) = last.and_then(|version| version.power_factor.as_ref()) {
        match PowerFactor::of(all.total(), all.reactive) {
            Some(factor) => {
                reckoning
                    .power_factors
                    .insert(tariff.tariff.clone(), factor);
                group.adjust(rule.percent(factor))?;
            }
            None => reckoning.assumptions.push(Assumption::NoPowerFactor {
                tariff: tariff.tariff.clone(),
            }),
        }
    }
    for (span, version, energy) in &parts {
        group.charges(*span, version, energy, |kind| kind == ChargeKind::Surcharge)?;
    }
    for (span, version, energy) in &parts {
        group.charges(*span, version, energy, |kind| kind == ChargeKind::Levy)?;
    }
    group.finish(last.and_then(|version| version.tax.as_ref()), reckoning)
}

struct Group<'a> {
    tariff: &'a Tariff,
    metered: &'a Metered,
    lines: Vec<ReckonedLine>,
}

impl Group<'_> {
    fn energy(&self, span: Span, assumptions: &mut Vec<Assumption>) -> Result<Energy, ReckonError> {
        let points = energy::of_points(self.metered, span, assumptions)?;
        let mut sum = Energy::default();
        for point in &self.metered.points {
            if point.tariff == self.tariff.tariff
                && let Some(energy) = points.get(&point.point)
            {
                sum.add(energy);
            }
        }
        Ok(sum)
    }

    fn charges(
        &mut self,
        span: Span,
        version: &Version,
        energy: &Energy,
        wanted: impl Fn(ChargeKind) -> bool,
    ) -> Result<(), ReckonError> {
        let rounded = |energy: Decimal| round(energy, version.energy_decimals).normalize();
        for charge in version.charges.iter().filter(|charge| wanted(charge.kind)) {
            match &charge.price {
                Price::Single(price) => {
                    let quantity = energy.active.values().copied().map(rounded).sum();
                    self.kwh(span, charge, charge.text.clone(), quantity, *price)?;
                }
                Price::ByPeriod(prices) => {
                    let priced = |period: &Option<String>| {
                        let named = |name: &String| prices.iter().any(|p| p.period == *name);
                        period.as_ref().is_some_and(named)
                    };
                    if let Some(period) = energy.active.keys().find(|period| !priced(period)) {
                        return Err(ReckonError::Period {
                            tariff: self.tariff.tariff.clone(),
                            period: period.clone(),
                        });
                    }
                    for price in prices {
                        let metered = energy.active.get(&Some(price.period.clone()));
                        let Some(quantity) = metered.copied().map(rounded) else {
                            continue;
                        };
                        let text = joined(&charge.text, &price.text);
                        self.kwh(span, charge, text, quantity, price.price)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn kwh(
        &mut self,
        span: Span,
        charge: &Charge,
        text: LocalText,
        quantity: Decimal,
        price: Decimal,
    ) -> Result<(), ReckonError> {
        let amount = self.amount(Some(quantity * price))?;
        let share = self.share(span);
        self.push(
            Line {
                kind: charge.kind.into(),
                text,
                quantity: Some(quantity),
                unit: Some("kWh".to_owned()),
                price: Some(price),
                amount,
            },
            share,
        );
        Ok(())
    }

    /// A capacity that changed within the span makes a line for each part.
    fn basic(&mut self, span: Span, version: &Version) -> Result<(), ReckonError> {
        let Some(basic) = &version.basic else {
            return Ok(());
        };
        let of_tariff = |basis: &&Basis| basis.tariff == self.tariff.tariff;
        let changes = self.metered.basis.iter().filter(of_tariff);
        let parts: Vec<_> = spans(self.metered, changes.map(|basis| basis.from))
            .into_iter()
            .map(|part| Span {
                from: part.from.max(span.from),
                to: part.to.min(span.to),
            })
            .filter(|part| part.from < part.to)
            .collect();
        for part in parts {
            let (kind, text, unit, quantity, price) = self.basis(part, version, basic)?;
            let whole = self.month().days();
            let share = Decimal::from(part.days()) / Decimal::from(whole);
            let product = if part.days() == whole {
                Some(quantity * price)
            } else {
                (quantity * price).checked_mul(share)
            };
            let amount = self.amount(product)?;
            let share = self.share(part);
            self.push(
                Line {
                    kind,
                    text,
                    quantity: Some(quantity),
                    unit: Some(unit.to_owned()),
                    price: Some(price),
                    amount,
                },
                share,
            );
        }
        Ok(())
    }

    fn basis(
        &self,
        part: Span,
        version: &Version,
        basic: &BasicCharge,
    ) -> Result<(LineKind, LocalText, &'static str, Decimal, Decimal), ReckonError> {
        let in_force = self.metered.basis.iter().rev();
        let basis = in_force
            .filter(|basis| basis.tariff == self.tariff.tariff)
            .find(|basis| basis.from <= part.from);
        let missing = |what| ReckonError::Basis {
            tariff: self.tariff.tariff.clone(),
            what,
            day: part.from,
        };
        match basic {
            BasicCharge::Capacity { text, price } => {
                let capacity = basis.and_then(|basis| basis.capacity_kva);
                let capacity = capacity.ok_or_else(|| missing("capacity (capacity_kva)"))?;
                Ok((LineKind::Capacity, text.clone(), "kVA", capacity, *price))
            }
            BasicCharge::Demand {
                text,
                price,
                charged,
                limit_percent,
                excess_times,
            } => {
                let contracted = basis.and_then(|basis| basis.contracted_kw);
                let contracted =
                    contracted.ok_or_else(|| missing("contracted demand (contracted_kw)"))?;
                let measured = self
                    .demand()
                    .ok_or_else(|| missing("measured demand (demand_kw)"))?;
                let limit = contracted * Decimal::from(*limit_percent) / Decimal::ONE_HUNDRED;
                let demand = if measured > limit {
                    measured + (measured - limit) * Decimal::from(excess_times - 1)
                } else {
                    match charged {
                        ChargedDemand::Contracted => contracted,
                        ChargedDemand::Measured => measured,
                    }
                };
                let demand = round(demand, version.energy_decimals).normalize();
                Ok((LineKind::Demand, text.clone(), "kW", demand, *price))
            }
        }
    }

    /// The sum of the points' maximum demands; of a point, the highest of its meters.
    fn demand(&self) -> Option<Decimal> {
        let points = self.metered.points.iter();
        points
            .filter(|point| point.tariff == self.tariff.tariff && point.under.is_none())
            .map(|point| {
                let meters = point.meters.iter();
                meters
                    .filter_map(|meter| Some(meter.demand_kw? * meter.multiplier))
                    .max()
            })
            .sum()
    }

    /// Energy and basic charge so far, by the power factor.
    fn adjust(&mut self, percent: Decimal) -> Result<(), ReckonError> {
        let base: i64 = self.lines.iter().map(|line| line.line.amount.minor()).sum();
        let product = Decimal::from(base).checked_mul(percent / Decimal::ONE_HUNDRED);
        let amount = self.minor(product)?;
        self.push(
            Line {
                kind: LineKind::PowerFactor,
                text: LocalText {
                    en: "Power-factor adjustment".to_owned(),
                    zh: "功率因数调整电费".to_owned(),
                },
                quantity: Some(percent.normalize()),
                unit: Some("%".to_owned()),
                price: None,
                amount,
            },
            None,
        );
        Ok(())
    }

    /// Adds the tax and the lines to the whole.
    fn finish(mut self, tax: Option<&Tax>, whole: &mut Reckoning) -> Result<(), ReckonError> {
        let currency = self.tariff.currency;
        let sum = |lines: &[ReckonedLine], levies: bool| -> i64 {
            let chosen = lines
                .iter()
                .filter(|line| (line.line.kind == LineKind::Levy) == levies);
            chosen.map(|line| line.line.amount.minor()).sum()
        };
        let levies = sum(&self.lines, true);
        let taxed = sum(&self.lines, false);
        let tax_minor = match tax {
            None => 0,
            Some(tax) if tax.included => {
                let net = Decimal::from(taxed) * Decimal::ONE_HUNDRED
                    / (Decimal::ONE_HUNDRED + tax.percent);
                taxed - self.minor(Some(net))?.minor()
            }
            Some(tax) => {
                let product = Decimal::from(taxed) * tax.percent / Decimal::ONE_HUNDRED;
                let amount = self.minor(Some(product))?;
                self.push(
                    Line {
                        kind: LineKind::Tax,
                        text: tax.text.clone(),
                        quantity: Some(tax.percent),
                        unit: Some("%".to_owned()),
                        price: None,
                        amount,
                    },
                    None,
                );
                amount.minor()
            }
        };
        let on_top = tax.is_some_and(|tax| !tax.included);
        let revenue = if on_top { taxed } else { taxed - tax_minor };
        let add = |to: &mut Balance, minor| -> Result<(), MoneyError> {
            *to = to.checked_add(Balance::new(minor, currency)?)?;
            Ok(())
        };
        add(&mut whole.levies, levies)?;
        add(&mut whole.tax, tax_minor)?;
        add(&mut whole.revenue, revenue)?;
        add(&mut whole.total, revenue + tax_minor + levies)?;
        whole.lines.append(&mut self.lines);
        Ok(())
    }

    /// An amount of the major unit, rounded to the minor one.
    fn amount(&self, major: Option<Decimal>) -> Result<Balance, ReckonError> {
        let digits = u32::from(self.tariff.currency.exponent());
        self.minor(major.and_then(|major| major.checked_mul(Decimal::from(10_u64.pow(digits)))))
    }

    fn minor(&self, minor: Option<Decimal>) -> Result<Balance, ReckonError> {
        let minor = minor.and_then(|minor| i64::try_from(round(minor, 0)).ok());
        let minor = minor.ok_or(MoneyError::Overflow)?;
        Ok(Balance::new(minor, self.tariff.currency)?)
    }

    fn month(&self) -> Span {
        Span {
            from: self.metered.from,
            to: self.metered.to,
        }
    }

    fn share(&self, part: Span) -> Option<Share> {
        let whole = self.month();
        (part != whole).then(|| Share {
            from: part.from,
            days: part.days(),
            of: whole.days(),
        })
    }

    fn push(&mut self, line: Line, share: Option<Share>) {
        self.lines.push(ReckonedLine {
            line,
            tariff: self.tariff.tariff.clone(),
            share,
        });
    }
}

fn joined(charge: &LocalText, period: &LocalText) -> LocalText {
    LocalText {
        en: format!("{}, {}", charge.en, period.en),
        zh: format!("{}({})", charge.zh, period.zh),
    }
}
