//! The months of the first page, summed over all metering points: one point at a time, whenever
//! nothing else is to be done, so that nobody waits for it.

use std::collections::{BTreeMap, VecDeque};

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_client::fault::Fault;
use wattkey_domain::MeteringPointId;
use wattkey_protocol::usage::{ReadingSum, Step};

use super::session::Session;
use crate::model::overview::Months;
use crate::model::{Event, Loaded, Wanted};

/// What is still to be summed.
pub(super) struct Summing {
    points: VecDeque<MeteringPointId>,
    of: usize,
    first: Date,
    end: Date,
    months: BTreeMap<Date, ReadingSum>,
}

impl Session {
    /// Begins: from January of last year until today. What was begun before is given up.
    pub(super) async fn begin_months(&mut self) -> Result<Months, Fault> {
        let zone = TimeZone::get(&self.me.time_zone).unwrap_or(TimeZone::UTC);
        let today = zone.to_datetime(self.client.now()).date();
        let points = self.client.metering_points(None).await?;
        // What lies behind another one is in its energy already.
        let points = points.into_iter().filter(|point| point.under.is_none());
        let points: VecDeque<_> = points.map(|point| point.point).collect();
        let summing = Summing {
            of: points.len(),
            points,
            first: Date::new(today.year() - 1, 1, 1).unwrap_or(today),
            end: today.saturating_add(1.day()),
            months: BTreeMap::new(),
        };
        let begun = summing.told();
        self.summing = Some(summing).filter(|summing| summing.of > 0);
        Ok(begun)
    }

    /// One metering point more; nothing when all are summed.
    pub(super) async fn next_months(&mut self) -> Option<Event> {
        let summing = self.summing.as_mut()?;
        let Some(point) = summing.points.pop_front() else {
            self.summing = None;
            return None;
        };
        let (first, end) = (summing.first, summing.end);
        match self.client.readings(&point, first, end, Step::Month).await {
            Ok(readings) => {
                let items = readings.into_iter().flat_map(|readings| readings.items);
                items.for_each(|sum| summing.add(sum));
                Some(Event::Loaded(Loaded::Months(summing.told())))
            }
            Err(error) => {
                self.summing = None;
                Some(Event::Failed(Wanted::Months, error.into()))
            }
        }
    }
}

impl Summing {
    fn add(&mut self, sum: ReadingSum) {
        let Some(date) = sum.date else { return };
        self.months
            .entry(date)
            .and_modify(|known| {
                let (one, other) = (known.energy.active_import, sum.energy.active_import);
                known.energy.active_import = one
                    .zip(other)
                    .map(|(a, b)| a.saturating_add(b))
                    .or(one)
                    .or(other);
            })
            .or_insert(sum);
    }

    fn told(&self) -> Months {
        Months {
            sums: self.months.values().cloned().collect(),
            done: self.of - self.points.len(),
            of: self.of,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn points_are_added_up_month_by_month() {
        let sum = |month: u8, energy: serde_json::Value| -> ReadingSum {
            serde_json::from_value(json!({"from": format!("2026-{month:02}-01T00:00:00Z"),
                "to": format!("2026-{:02}-01T00:00:00Z", month + 1),
                "date": format!("2026-{month:02}-01"), "energy": energy}))
            .unwrap()
        };
        let mut summing = Summing {
            points: VecDeque::from(["P-3".parse().unwrap()]),
            of: 3,
            first: date(2025, 1, 1),
            end: date(2026, 11, 23),
            months: BTreeMap::new(),
        };
        summing.add(sum(8, json!({"active-import": 1_000})));
        summing.add(sum(9, json!({"active-import": 10})));
        summing.add(sum(9, json!({"active-import": 20})));
        summing.add(sum(8, json!({})));
        let told = summing.told();
        assert_eq!((told.done, told.of), (2, 3));
        let energies = told.sums.iter().map(|sum| sum.energy.active_import);
        assert_eq!(energies.collect::<Vec<_>>(), [Some(1_000), Some(30)]);
    }
}
