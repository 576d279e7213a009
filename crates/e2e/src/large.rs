//! The sample of the demonstration: the three large customers with loads of their own, 36 months of
//! bills and more than 13 months of 15-minute readings, as the marketing system would hand them in.
//!
//! Everything follows from a seed and the day: loads and bills come from [`wattkey_sample`], whose
//! README says on what figures. All bills were paid over the counter but the newest of each account
//! and the second newest of one furnace.

mod people;
mod records;

use anyhow::{Context as _, Result};
use jiff::{ToSpan as _, civil::Date};
use serde_json::{Value, json};
use wattkey_domain::usage::{LoadCurve, Schedule};
use wattkey_sample::{Kind, Month, Site, curve, months, periods, sites};

pub use people::{APPROVER, CLERK, CLERK_ALONE_MINOR, people};
pub use records::Records;

use crate::{
    Running, World,
    provision::today,
    sample::{CURRENCY, CUSTOMERS, Customer},
};
use records::{document, readings};

/// Months with a bill.
pub const MONTHS: u32 = 36;
/// Whole months with readings; those of the current month come on top.
pub const READING_MONTHS: i32 = 13;
/// The time-of-use schedule of all metering points.
const SCHEDULE: &str = "S-usual";
/// The place of the second furnace, after those of [`sites`].
const FURNACE_2: u32 = 52;
/// Threads that reckon.
const WORKERS: usize = 2;

/// What the marketing system hands in, file by file.
#[derive(Debug, Default)]
pub struct Large {
    /// Tariffs, metering points, bills with what they were reckoned from, payments.
    pub bills: Records,
    /// Readings.
    pub readings: Records,
    /// How many values they hold.
    pub values: usize,
}

/// A place with a meter, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) site: Site,
    pub(crate) customer: &'static Customer,
    pub(crate) name: String,
    pub(crate) address: &'static str,
}

/// Reckons the whole sample: some seconds of work.
///
/// # Errors
/// When the sample is wrong.
pub fn large(seed: u64, today: Date, halls: u32) -> Result<Large> {
    let schedule = periods();
    let places = places(halls)?;
    let mut large = Large::default();
    large.bills.push(&json!({"type": "schedule", "id": SCHEDULE,
        "document": document(&wattkey_sample::schedule())}));
    for kind in [Kind::Steelworks, Kind::Hospital, Kind::DataCentre] {
        let tariff = document(&wattkey_sample::tariff(kind));
        large
            .bills
            .push(&json!({"type": "tariff", "document": tariff}));
    }
    let reckon = |place: &Place| reckon(place, seed, today, &schedule);
    let done: Vec<Result<Vec<Large>>> = std::thread::scope(|scope| {
        let shares = places.chunks(places.len().div_ceil(WORKERS));
        let work = |share: &'_ [Place]| share.iter().map(reckon).collect();
        let workers: Vec<_> = shares
            .map(|share| scope.spawn(move || work(share)))
            .collect();
        let joined = workers.into_iter().map(|worker| {
            let ended = worker.join();
            ended.unwrap_or_else(|_| Err(anyhow::anyhow!("a worker of the sample panicked")))
        });
        joined.collect()
    });
    for of_worker in done {
        for one in of_worker? {
            large.bills.append(one.bills);
            large.readings.append(one.readings);
            large.values += one.values;
        }
    }
    Ok(large)
}

impl World {
    /// Makes the world of the demonstration with so many halls, and starts it.
    ///
    /// # Errors
    /// What the program that failed said.
    pub fn with_large_sample(mut self, seed: u64, halls: u32) -> Result<(Self, Running)> {
        let day = today();
        let reckoning = std::thread::spawn(move || large(seed, day, halls));
        self.provision_with(&people(day, halls)?.text, |_| Ok(()))?;
        let running = self.start()?;
        let large = reckoning.join();
        let large = large.map_err(|_| anyhow::anyhow!("the sample's reckoning panicked"))??;
        self.hand_in(1, &large.bills)?;
        self.hand_in(2, &large.readings)?;
        self.complete()?;
        Ok((self, running))
    }
}

/// Contract accounts, each with one metering point: two furnaces, a hospital, fifty halls.
pub(crate) fn places(halls: u32) -> Result<Vec<Place>> {
    let [steelworks, hospital, data_centre] = &CUSTOMERS;
    let mut places = Vec::new();
    let mut hall = 0;
    let wanted = |site: &Site| site.kind != Kind::DataCentre || site.place < 2 + halls;
    for site in sites().into_iter().filter(wanted) {
        let (customer, name, address) = match site.kind {
            Kind::Steelworks => (
                steelworks,
                "Arc furnace 1".to_owned(),
                "1 Furnace Road, Dongshan",
            ),
            Kind::Hospital => (
                hospital,
                "Main building".to_owned(),
                "88 River Street, Linjiang",
            ),
            Kind::DataCentre => {
                hall += 1;
                (
                    data_centre,
                    format!("Hall {hall}"),
                    "7 Cable Avenue, Beichen",
                )
            }
        };
        places.push(Place {
            site,
            customer,
            name,
            address,
        });
    }
    let number = FURNACE_2;
    let account = 1_001 + number;
    places.push(Place {
        site: Site {
            kind: Kind::Steelworks,
            account: format!("C-{account}").parse()?,
            point: format!("P-{account}").parse()?,
            place: number,
        },
        customer: steelworks,
        name: "Arc furnace 2".to_owned(),
        address: "3 Furnace Road, Dongshan",
    });
    Ok(places)
}

/// All that is handed in of one place.
fn reckon(place: &Place, seed: u64, today: Date, schedule: &Schedule) -> Result<Large> {
    let newest = newest_billed(today);
    let first = newest.saturating_sub((i64::from(MONTHS) - 1).months());
    let curve = curve(&place.site, seed, first, today);
    let bills = months(
        &place.site,
        place.customer.id,
        &curve,
        schedule,
        (first, MONTHS),
    )?;
    let mut large = Large::default();
    large
        .bills
        .push(&point(place, bills.last().context("a month")?)?);
    let count = bills.len();
    for (month, back) in bills.iter().zip((0..count).rev()) {
        let is_open = back == 0 || back == 1 && place.name == "Arc furnace 2";
        bill(month, is_open, &mut large.bills)?;
    }
    readings_of(place, &curve, today, &mut large)?;
    Ok(large)
}

/// The last month whose bill was issued: two days after its end.
fn newest_billed(today: Date) -> Date {
    let month = today.saturating_sub(2.days()).first_of_month();
    month.saturating_sub(1.month())
}

/// The metering point; what was contracted stands in its metered months.
fn point(place: &Place, month: &Month) -> Result<Value> {
    let metered: Value = serde_json::from_str(&month.metered)?;
    let basis = metered.pointer("/basis/0").context("a basis")?;
    let contracted = match place.site.kind {
        Kind::Steelworks => basis["contracted_kw"].clone(),
        Kind::Hospital | Kind::DataCentre => Value::Null,
    };
    Ok(
        json!({"type": "metering-point", "id": place.site.point, "account": place.site.account,
        "name": place.name, "address": place.address, "under": null, "tariff": basis["tariff"],
        "schedule": SCHEDULE, "capacity_kva": basis["capacity_kva"], "contracted_kw": contracted,
        "prepaid": place.site.kind == Kind::Hospital}),
    )
}

fn bill(month: &Month, is_open: bool, to: &mut Records) -> Result<()> {
    let bill: Value = serde_json::from_str(&month.bill)?;
    let (id, total) = (&bill["bill"], bill["total"].as_i64().context("a total")?);
    to.push_money(
        &json!({"type": "bill", "document": document(&month.bill)}),
        total,
    );
    to.push(&json!({"type": "metered", "bill": id, "document": document(&month.metered)}));
    if !is_open {
        let reference = format!("R-{}", id.as_str().context("an id")?);
        let payment = json!({"type": "payment", "bill": id, "amount": total, "currency": CURRENCY,
            "paid": bill["due"], "channel": "counter", "reference": reference});
        to.push_money(&payment, total);
    }
    Ok(())
}

/// Month by month, up to today.
fn readings_of(place: &Place, curve: &LoadCurve, today: Date, large: &mut Large) -> Result<()> {
    let mut from = today
        .first_of_month()
        .saturating_sub(READING_MONTHS.months());
    while from < today {
        let to = from.last_of_month().saturating_add(1.day()).min(today);
        large.values += readings(&place.site.point, curve, (from, to), &mut large.readings)?;
        from = to;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_newest_bill_was_issued() {
        assert_eq!(newest_billed(date(2026, 11, 22)), date(2026, 10, 1));
        assert_eq!(newest_billed(date(2026, 11, 2)), date(2026, 9, 1));
        assert_eq!(newest_billed(date(2026, 11, 3)), date(2026, 10, 1));
        assert_eq!(newest_billed(date(2027, 1, 15)), date(2026, 12, 1));
    }

    #[test]
    fn places_are_told_apart() {
        let places = places(50).unwrap();
        assert_eq!(places.len(), 53);
        let accounts: std::collections::BTreeSet<_> = places
            .iter()
            .map(|place| place.site.account.as_str())
            .collect();
        assert_eq!(accounts.len(), 53);
    }
}
