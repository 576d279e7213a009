#![doc = include_str!("../README.md")]

mod bill;
mod load;
mod random;
mod tariff;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use wattkey_domain::usage::{Channel, Finding, LoadCurve, Resolution, Schedule, assemble};
use wattkey_domain::{AccountId, MeteringPointId};

pub use bill::{Month, SampleError, months};
pub use tariff::{schedule, tariff};

/// The time zone of the sample.
pub const ZONE: &str = "Asia/Shanghai";
/// How many contract accounts the data centre has.
pub const DATA_CENTRE_ACCOUNTS: u32 = 50;

/// What a site does with electricity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An electric arc furnace, a rolling mill and what belongs to them.
    Steelworks,
    /// Wards around the clock, outpatients by day, cooling in summer.
    Hospital,
    /// Servers, and the cooling of them.
    DataCentre,
}

/// A place with a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What it does.
    pub kind: Kind,
    /// Its contract account.
    pub account: AccountId,
    /// Its metering point.
    pub point: MeteringPointId,
    /// Its number among all sites, from 0.
    pub place: u32,
}

impl Kind {
    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Steelworks => "steelworks",
            Self::Hospital => "hospital",
            Self::DataCentre => "data-centre",
        }
    }
}

/// All sites: a steelworks, a hospital, and the accounts of a data centre.
#[must_use]
pub fn sites() -> Vec<Site> {
    let site = |kind, place: u32| {
        let number = 1_001 + place;
        let id = |letter: char| format!("{letter}-{number}");
        Site {
            kind,
            account: id('C').parse().expect("letters and digits"),
            point: id('P').parse().expect("letters and digits"),
            place,
        }
    };
    let own = [site(Kind::Steelworks, 0), site(Kind::Hospital, 1)];
    let halls = (0..DATA_CENTRE_ACCOUNTS).map(|hall| site(Kind::DataCentre, 2 + hall));
    own.into_iter().chain(halls).collect()
}

/// A site's load curve from one day to before another. Each day depends on the seed, the site and
/// its date alone, so that other ends give the same days.
///
/// # Panics
/// When the days are none or more than a curve can hold.
#[must_use]
pub fn curve(site: &Site, seed: u64, from: Date, to: Date) -> LoadCurve {
    let zone = TimeZone::get(ZONE).expect("the zone is bundled");
    let channels = load::channels(site, seed, &zone, from, to);
    let made = assemble(site.point.clone(), zone, Resolution::QUARTER, channels);
    let (curve, findings): (LoadCurve, Vec<Finding>) = made.expect("some days, not too many");
    debug_assert!(findings.is_empty(), "{findings:?}");
    debug_assert!(
        curve
            .channels()
            .any(|channel| channel == Channel::ActiveImport)
    );
    curve
}

/// The time-of-use schedule of all sites.
#[must_use]
pub fn periods() -> Schedule {
    Schedule::parse(schedule().as_bytes()).expect("the schedule is tested")
}
