//! What the sites draw, quarter-hour by quarter-hour.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use wattkey_domain::usage::{Channel, Energy, Interval, Mark};

use crate::random::Random;
use crate::{Kind, Site};

/// Quarter-hours of a day; the sample's zone has no daylight saving.
const QUARTERS: usize = 96;
/// Minutes of a quarter-hour.
const MINUTES: usize = 15;

/// Melting power of the arc furnace, kW.
const FURNACE_KW: i64 = 30_000;
/// Rolling mill, oxygen plant and so on, kW.
const ROLLING_KW: i64 = 5_200;
const AUXILIARY_KW: i64 = 3_400;

/// How much cooling is wanted in the middle of each month, in thousandths.
const COOLING: [i64; 12] = [0, 0, 40, 160, 420, 700, 1_000, 980, 640, 240, 40, 0];
/// How much electric heating.
const HEATING: [i64; 12] = [1_000, 850, 400, 80, 0, 0, 0, 0, 0, 60, 350, 850];
/// Outpatients, kitchens, lights: what a hospital does by the hour, in thousandths.
const WARDS: [i64; 24] = [
    30, 20, 10, 10, 20, 90, 260, 560, 860, 980, 1_000, 960, 860, 880, 940, 920, 840, 660, 500, 400,
    300, 200, 110, 60,
];
/// Cooling by the hour, in thousandths.
const HEAT_OF_DAY: [i64; 24] = [
    560, 540, 520, 510, 510, 530, 580, 660, 760, 850, 920, 960, 990, 1_000, 1_000, 990, 960, 900,
    830, 770, 710, 660, 620, 590,
];

/// A quarter-hour's mean: kW, kvar drawn, kvar given back.
#[derive(Debug, Clone, Copy, Default)]
struct Quarter {
    active: i64,
    lagging: i64,
    leading: i64,
}

pub(crate) fn channels(
    site: &Site,
    seed: u64,
    zone: &TimeZone,
    from: Date,
    to: Date,
) -> Vec<(Channel, Vec<Interval>)> {
    let mut channels = [
        (Channel::ActiveImport, Vec::new()),
        (Channel::ReactiveImport, Vec::new()),
        (Channel::ReactiveExport, Vec::new()),
    ];
    let mut date = from;
    while date < to {
        let midnight = zone.to_timestamp(date.to_datetime(Time::midnight()));
        let midnight = midnight.expect("a day of the sample");
        for (quarter, place) in day(site, seed, date).into_iter().zip(0..) {
            let start = midnight + SignedDuration::from_mins(15 * place);
            let means = [quarter.active, quarter.lagging, quarter.leading];
            for ((_, intervals), mean) in channels.iter_mut().zip(means) {
                intervals.push(interval(start, mean));
            }
        }
        date = date.checked_add(1.day()).expect("a day of the sample");
    }
    channels.into()
}

fn interval(start: Timestamp, mean: i64) -> Interval {
    Interval {
        start,
        seconds: 900,
        // A quarter of an hour of one kW is 250 Wh.
        energy: Energy::from_milli(mean.max(0) * 250_000),
        mark: Mark::Measured,
    }
}

fn day(site: &Site, seed: u64, date: Date) -> Vec<Quarter> {
    let number = date.duration_since(Date::constant(2000, 1, 1)).as_hours() / 24;
    let number = i32::try_from(number).unwrap_or(0);
    let random = |purpose| Random::new(seed, purpose, site.place, number);
    // The weather is the same for all sites.
    let mut weather = Random::new(seed, 1, 0, number);
    let warmth = weather.around(220);
    match site.kind {
        Kind::Steelworks => steelworks(date, random(2)),
        Kind::Hospital => hospital(date, warmth, random(3)),
        Kind::DataCentre => {
            let hall = Random::new(seed, 4, site.place, 0).between(350, 1_250);
            data_centre(date, warmth, hall, random(5))
        }
    }
}

/// Of a monthly table, by the day between the middles of two months; weather moves it.
fn season(table: &[i64; 12], date: Date, warmth: i64) -> i64 {
    let month = usize::try_from(date.month() - 1).unwrap_or(0);
    let past_middle = i64::from(date.day()) - 15;
    let (from, to, part) = if past_middle >= 0 {
        (month, (month + 1) % 12, past_middle)
    } else {
        ((month + 11) % 12, month, past_middle + 30)
    };
    let plain = table[from] + (table[to] - table[from]) * part.min(30) / 30;
    (plain * (1_000 + warmth) / 1_000).clamp(0, 1_250)
}

/// Spring Festival stands still for a week around its day.
fn is_spring_festival(date: Date) -> bool {
    let first_days = [
        Date::constant(2023, 1, 22),
        Date::constant(2024, 2, 10),
        Date::constant(2025, 1, 29),
        Date::constant(2026, 2, 17),
        Date::constant(2027, 2, 6),
        Date::constant(2028, 1, 26),
    ];
    let hours = |first: &Date| date.duration_since(*first).as_hours();
    first_days
        .iter()
        .any(|first| (-24..=6 * 24).contains(&hours(first)))
}

/// Minute by minute: a heat is boring in, melting, a second basket, melting, refining at half
/// power, tapping and turning around. It works through the night, and in the dear hours of the
/// evening it makes fewer heats.
fn steelworks(date: Date, mut random: Random) -> Vec<Quarter> {
    let mut furnace = vec![0_i64; QUARTERS * MINUTES];
    let stopped = is_spring_festival(date);
    // Every second Tuesday the lining is repaired by day.
    let repair = date.weekday() == Weekday::Tuesday && (date.day_of_year() / 7) % 2 == 0;
    let mut minute = usize::try_from(random.between(0, 20)).unwrap_or(0);
    while !stopped && minute < furnace.len() {
        let hour = minute / 60;
        if repair && (8..20).contains(&hour) {
            minute = 20 * 60;
            continue;
        }
        if (18..21).contains(&hour) && random.between(0, 99) < 55 {
            minute += 30;
            continue;
        }
        let level = 1_000 + random.around(70);
        let mut step = |minutes: i64, thousandths: i64| {
            for _ in 0..minutes {
                if let Some(power) = furnace.get_mut(minute) {
                    let jitter = 1_000 + random.around(120);
                    *power = FURNACE_KW * thousandths / 1_000 * level / 1_000 * jitter / 1_000;
                }
                minute += 1;
            }
        };
        step(3, 600);
        step(15, 1_000);
        step(4, 0);
        step(15, 1_000);
        step(9, 550);
        let turn_around = Random::between(&mut random, 8, 15);
        minute += usize::try_from(turn_around).unwrap_or(8);
    }
    let mut quarters = Vec::with_capacity(QUARTERS);
    for (place, minutes) in furnace.chunks(MINUTES).enumerate() {
        let hour = place / 4;
        let melting: i64 = minutes.iter().sum::<i64>() / 15;
        let rolling = match (stopped, repair && (8..20).contains(&hour)) {
            (true, _) => 0,
            (_, true) => ROLLING_KW / 4,
            _ => ROLLING_KW * (1_000 + random.around(180)) / 1_000,
        };
        let auxiliary = if stopped {
            AUXILIARY_KW / 3
        } else {
            AUXILIARY_KW
        };
        let rest = rolling + auxiliary * (1_000 + random.around(40)) / 1_000;
        // The compensator holds the furnace near 0.96; while it stands still its filters lead.
        let furnace_reactive = melting * (290 + random.around(60)) / 1_000;
        quarters.push(Quarter {
            active: melting + rest,
            lagging: furnace_reactive + rest * (360 + random.around(30)) / 1_000,
            leading: if melting < FURNACE_KW / 20 {
                900 + random.around(150)
            } else {
                0
            },
        });
    }
    quarters
}

fn hospital(date: Date, warmth: i64, mut random: Random) -> Vec<Quarter> {
    let busy = match date.weekday() {
        _ if is_spring_festival(date) => 420,
        Weekday::Saturday => 720,
        Weekday::Sunday => 560,
        _ => 1_000,
    };
    let (cooling, heating) = (
        season(&COOLING, date, warmth),
        season(&HEATING, date, -warmth),
    );
    let level = 1_000 + random.around(30);
    (0..QUARTERS)
        .map(|place| {
            let hour = place / 4;
            let wards = 430 * WARDS[hour] / 1_000 * busy / 1_000;
            let air = 430 * cooling / 1_000 * HEAT_OF_DAY[hour] / 1_000;
            let warm = 90 * heating / 1_000 * (1_600 - HEAT_OF_DAY[hour]) / 1_000;
            let plain = (680 + wards + air + warm) * level / 1_000;
            let active = plain * (1_000 + random.around(45)) / 1_000;
            Quarter {
                active,
                lagging: active * (330 + random.around(25)) / 1_000 + air / 20,
                leading: 0,
            }
        })
        .collect()
}

/// `hall` kW of servers, which grow by a tenth a year; cooling takes more in summer.
fn data_centre(date: Date, warmth: i64, hall: i64, mut random: Random) -> Vec<Quarter> {
    let years = date.duration_since(Date::constant(2024, 1, 1)).as_hours() * 100 / 24 / 365;
    let servers = hall * (1_000 + years) / 1_000;
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let cooling = 180 + 110 * season(&COOLING, date, warmth) / 1_000;
    (0..QUARTERS)
        .map(|place| {
            let hour = place / 4;
            let wave = 985 + 30 * WARDS[hour] / 1_000 - if weekend { 8 } else { 0 };
            let servers = servers * wave / 1_000 * (1_000 + random.around(12)) / 1_000;
            let air = servers * cooling / 1_000 * (900 + HEAT_OF_DAY[hour] / 8) / 1_000;
            let active = servers + air;
            Quarter {
                active,
                lagging: active * (130 + random.around(15)) / 1_000,
                leading: active * (8 + random.around(6)) / 1_000,
            }
        })
        .collect()
}
