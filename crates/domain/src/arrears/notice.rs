//! Notices before supply is cut, and their legal clock.
//!
//! The rule, as provinces of China put it for customers who are not households: a bill has been
//! overdue for more than thirty days and was demanded; the notice of the cut-off is served at least
//! three days before it; one hour before it the customer is told once more. All three numbers are
//! configuration.

use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::UnknownName;
use crate::text::excerpt;

/// How long each step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CutOffRules {
    /// Days that a bill must have been overdue: more than these.
    pub overdue_days: u16,
    /// Days between the notice and the cut-off, of 24 hours each.
    pub notice_days: u16,
    /// Minutes between the last call and the cut-off.
    pub last_call_minutes: u16,
}

impl Default for CutOffRules {
    fn default() -> Self {
        Self {
            overdue_days: 30,
            notice_days: 3,
            last_call_minutes: 60,
        }
    }
}

/// Sorts of notices, in the order in which they are served.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// The bill is demanded.
    Demand,
    /// Supply is going to be cut.
    CutOff,
    /// Supply is going to be cut within the hour.
    LastCall,
}

/// A notice that was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub kind: NoticeKind,
    /// When it was served.
    pub served: Timestamp,
}

/// A bill in arrears with its notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The last day on which the bill could be paid without penalty.
    pub due: Date,
    /// Paid, or disputed: the clock stands still.
    pub stopped: bool,
    /// What was served.
    pub notices: Vec<Notice>,
}

/// How the clock of a case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// When the bill has been overdue for long enough.
    pub overdue_enough: Option<Timestamp>,
    /// What is to be served next, and from when that makes sense.
    pub next: Option<NoticeKind>,
    /// The earliest instant at which supply may be cut, if all notices are served by now; none while
    /// one is missing or the clock stands still.
    pub may_cut_from: Option<Timestamp>,
    /// The notices that count, each the first of its kind that came in its turn.
    pub counted: Vec<Notice>,
}

/// Why supply may not be cut at an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// Nothing is owed, or it is disputed.
    #[error("the bill is paid or disputed")]
    Stopped,
    /// Not overdue for long enough.
    #[error("the bill will have been overdue for long enough at {0}")]
    Overdue(Timestamp),
    /// A notice was not served.
    #[error("the {} was not served", .0.as_str())]
    Missing(NoticeKind),
    /// A notice was served too late for that.
    #[error("the {} allows it from {from} on", kind.as_str())]
    Late {
        /// Which notice.
        kind: NoticeKind,
        /// From when it allows it.
        from: Timestamp,
    },
    /// The calendar ends before.
    #[error("the day cannot be reckoned")]
    Calendar,
}

impl NoticeKind {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Demand, Self::CutOff, Self::LastCall];

    /// Its name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::CutOff => "cut-off",
            Self::LastCall => "last-call",
        }
    }
}

impl FromStr for NoticeKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownName(excerpt(text)))
    }
}

impl CutOffRules {
    /// From when a notice of this kind allows the cut-off.
    fn allows_from(&self, notice: &Notice) -> Option<Timestamp> {
        let wait = match notice.kind {
            NoticeKind::Demand => SignedDuration::ZERO,
            NoticeKind::CutOff => SignedDuration::from_hours(24 * i64::from(self.notice_days)),
            NoticeKind::LastCall => SignedDuration::from_mins(i64::from(self.last_call_minutes)),
        };
        notice.served.checked_add(wait).ok()
    }
}

impl Case {
    /// How the clock stands at `now`. Days begin in `zone`.
    #[must_use]
    pub fn clock(&self, rules: &CutOffRules, zone: &TimeZone, now: Timestamp) -> Clock {
        let overdue_enough = self.overdue_enough(rules, zone);
        let counted = self.counted(zone, now);
        let next = NoticeKind::ALL.get(counted.len()).copied();
        let latest = counted
            .iter()
            .map(|notice| rules.allows_from(notice))
            .chain([overdue_enough])
            .try_fold(Timestamp::MIN, |latest, from| Some(latest.max(from?)));
        Clock {
            overdue_enough,
            next: next.filter(|_| !self.stopped),
            may_cut_from: latest.filter(|_| next.is_none() && !self.stopped),
            counted,
        }
    }

    /// Whether supply may be cut at `at`; otherwise everything that is in its way.
    ///
    /// # Errors
    /// All reasons.
    pub fn may_cut(
        &self,
        rules: &CutOffRules,
        zone: &TimeZone,
        at: Timestamp,
    ) -> Result<(), Vec<NotYet>> {
        let mut reasons = Vec::new();
        if self.stopped {
            reasons.push(NotYet::Stopped);
        }
        match self.overdue_enough(rules, zone) {
            Some(enough) if at >= enough => {}
            Some(enough) => reasons.push(NotYet::Overdue(enough)),
            None => reasons.push(NotYet::Calendar),
        }
        let counted = self.counted(zone, at);
        for kind in NoticeKind::ALL {
            match counted.iter().find(|notice| notice.kind == kind) {
                None => reasons.push(NotYet::Missing(kind)),
                Some(notice) => match rules.allows_from(notice) {
                    Some(from) if at >= from => {}
                    Some(from) => reasons.push(NotYet::Late { kind, from }),
                    None => reasons.push(NotYet::Calendar),
                },
            }
        }
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(reasons)
        }
    }

    /// The first of each kind that was served after the one before it, the demand once the bill was
    /// overdue. A last call that came before the notice does not count.
    fn counted(&self, zone: &TimeZone, until: Timestamp) -> Vec<Notice> {
        let Some(mut after) = self.start_of(1, zone) else {
            return Vec::new();
        };
        let mut sorted = self.notices.clone();
        sorted.sort_by_key(|notice| notice.served);
        let mut counted = Vec::new();
        for kind in NoticeKind::ALL {
            let fits = |notice: &&Notice| {
                notice.kind == kind && notice.served >= after && notice.served <= until
            };
            let Some(notice) = sorted.iter().find(fits) else {
                break;
            };
            after = notice.served;
            counted.push(*notice);
        }
        counted
    }

    /// The end of the last of the days that it must have been overdue.
    fn overdue_enough(&self, rules: &CutOffRules, zone: &TimeZone) -> Option<Timestamp> {
        self.start_of(i32::from(rules.overdue_days) + 1, zone)
    }

    /// The beginning of the day so many days after the due date.
    fn start_of(&self, days: i32, zone: &TimeZone) -> Option<Timestamp> {
        let day = self.due.checked_add(days.days()).ok()?;
        let midnight = zone.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
        midnight.compatible().ok()
    }
}
