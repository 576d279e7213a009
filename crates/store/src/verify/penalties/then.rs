//! What was open of a bill, and what of it was in dispute, when something was posted.
//!
//! What one process did is in the order of its chain. Of two processes only the clocks say what was
//! first, and a request waits before it is posted: what they did within [`DOUBT_S`] of each other
//! may have been in either order, and both are looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wattkey_domain::{BillId, DisputePeriod};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::verify::VerifyReport;

/// How far the times of two processes may be from the order of their commits, in seconds.
const DOUBT_S: i64 = 3_600;
/// The most amounts that may have been open: more are not looked at.
const MAX_OPENS: usize = 10_000;

/// The subjects of what moved a bill: its orders, and receipts that managers made to payments.
const SUBJECTS: &str = "
    SELECT order_id FROM order_bills WHERE bill = $1
    UNION SELECT subject FROM transfers WHERE debit = 'unmatched' AND credit = $2";

/// What a bill came with: the batch, the place in it, the subject, debit, amount, time.
const OWN: &str = "
    SELECT process, sequence, position, subject, debit, amount, at
    FROM bills JOIN transfers ON process = posted_process AND sequence = posted_sequence
        AND position >= posted_position AND position < posted_position + 3
        AND event = 'bill' AND subject = bills.id
    WHERE bills.id = $1";
/// What else was posted on its receivable, likewise.
const OTHERS: &str = "
    SELECT process, sequence, position, subject, debit, amount, at FROM transfers
    WHERE subject = ANY($1) AND event <> 'bill' AND (debit = $2 OR credit = $2)";

/// When and where something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happened {
    /// The process and the number of its link; an answer to a dispute has none of its own.
    pub(super) batch: Option<(Uuid, u64)>,
    /// Seconds since 1970.
    pub(super) at: i64,
}

/// Whether one thing happened before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    Perhaps,
    After,
}

impl Happened {
    fn seen_from(&self, other: &Self) -> When {
        if let (Some((process, sequence)), Some((same, number))) = (self.batch, other.batch)
            && process == same
        {
            return match sequence.cmp(&number) {
                std::cmp::Ordering::Less => When::Before,
                std::cmp::Ordering::Equal => When::Perhaps,
                std::cmp::Ordering::Greater => When::After,
            };
        }
        match self.at - other.at {
            apart if apart < -DOUBT_S => When::Before,
            apart if apart > DOUBT_S => When::After,
            _ => When::Perhaps,
        }
    }
}

/// How many of some things, in their order, may have happened before another: at least, at most.
fn counts(things: impl Iterator<Item = When>) -> std::ops::RangeInclusive<usize> {
    let (mut least, mut most) = (0, None);
    let mut count = 0;
    for when in things {
        match when {
            When::Before => least = count + 1,
            When::Perhaps => {}
            When::After => most = most.or(Some(count)),
        }
        count += 1;
    }
    let most = most.unwrap_or(count);
    // Clocks that are further apart than can be: either may be right.
    least.min(most)..=least.max(most)
}

/// A dispute, and what made it one.
#[derive(Debug)]
struct Known {
    period: DisputePeriod,
    opened: Happened,
    ended: Option<Happened>,
}

/// All disputes, by bill, in their order: a bill has one at a time.
#[derive(Debug)]
pub(super) struct Disputes(HashMap<BillId, Vec<Known>>);

impl Disputes {
    pub(super) fn load(
        session: &mut dyn Session,
        time_zone: &TimeZone,
        report: &mut VerifyReport,
    ) -> Result<Self, StoreError> {
        let mut all: HashMap<BillId, Vec<Known>> = HashMap::new();
        let sql = "SELECT disputes.id, bill, disputes.day, until, amount, currency, disputes.at,
                disputes.process, disputes.sequence, gone.at, gone.process, gone.sequence,
                gone.day, answers.at
            FROM disputes LEFT JOIN dispute_withdrawals AS gone ON gone.dispute = disputes.id
            LEFT JOIN dispute_answers AS answers ON answers.dispute = disputes.id";
        session.for_each(sql, &[], &mut |row| {
            let known = known(&row)?;
            if !of_their_days(&row, &known, time_zone)? {
                let place = format!("dispute {}", row.text(0)?);
                report.find(place, "its days are not those on which it came and went");
            }
            all.entry(row.parsed(1)?).or_default().push(known);
            Ok(())
        })?;
        for known in all.values_mut() {
            // The open one is the last of its second.
            known.sort_by_key(|one| (one.period.from, one.opened.at, one.ended.is_none()));
        }
        Ok(Self(all))
    }

    /// Whether the bill ever had one.
    pub(super) fn has(&self, bill: &BillId) -> bool {
        self.0.contains_key(bill)
    }

    /// What may have been known of the disputes of a bill when something happened.
    pub(super) fn known_at(&self, bill: &BillId, then: &Happened) -> Vec<Vec<DisputePeriod>> {
        let all = self.0.get(bill).map_or(&[][..], Vec::as_slice);
        let steps = || {
            let steps = all.iter().flat_map(|one| [Some(one.opened), one.ended]);
            steps.flatten()
        };
        let counts = counts(steps().map(|step| step.seen_from(then)));
        counts.map(|count| after(all, count)).collect()
    }
}

/// Whether a dispute begins, and its withdrawal ends it, on the day on which that came.
fn of_their_days(row: &Row, known: &Known, time_zone: &TimeZone) -> Result<bool, DatabaseError> {
    let today = |column| row.time(column).map(|at| time_zone.to_datetime(at).date());
    let from = known.period.from;
    let withdrawn: Option<Date> = row.optional(12, Row::parsed)?;
    let ends = match withdrawn {
        Some(day) => day == today(9)?.max(from),
        None => true,
    };
    Ok(ends && from == today(6)?)
}

/// The disputes after so many openings and ends.
fn after(all: &[Known], steps: usize) -> Vec<DisputePeriod> {
    let mut left = steps;
    let mut periods = Vec::new();
    for one in all {
        if left == 0 {
            break;
        }
        left -= 1;
        let is_over = one.ended.is_some() && left > 0;
        left -= usize::from(is_over);
        periods.push(DisputePeriod {
            until: one.period.until.filter(|_| is_over),
            ..one.period
        });
    }
    periods
}

fn known(row: &Row) -> Result<Known, DatabaseError> {
    let amount = row.money(4, row.parsed(5)?)?;
    let withdrawn = row.optional(9, Row::int)?;
    let ended = match (withdrawn, row.is_null(3)) {
        (_, true) => None,
        (Some(at), _) => Some(Happened {
            batch: Some((row.uuid(10)?, row.count(11)?)),
            at,
        }),
        (None, _) => Some(Happened {
            batch: None,
            at: row.optional(13, Row::int)?.unwrap_or_default(),
        }),
    };
    Ok(Known {
        period: DisputePeriod {
            from: row.parsed(2)?,
            until: row.optional(3, Row::parsed)?,
            amount,
        },
        opened: Happened {
            batch: Some((row.uuid(7)?, row.count(8)?)),
            at: row.int(6)?,
        },
        ended,
    })
}

/// What was posted on the receivable of a bill, by process, in the order of its chain.
#[derive(Debug)]
pub(super) struct Movements(BTreeMap<Uuid, Vec<Movement>>);

#[derive(Debug)]
struct Movement {
    sequence: u64,
    position: u64,
    at: i64,
    subject: String,
    /// Above zero when more is open after it.
    minor: i64,
}

impl Movements {
    pub(super) fn load(session: &mut dyn Session, bill: &BillId) -> Result<Self, DatabaseError> {
        let receivable = format!("receivable:{bill}");
        let params = [bill.as_str().into(), receivable.as_str().into()];
        let mut subjects = vec![bill.to_string()];
        for row in session.query(SUBJECTS, &params)? {
            subjects.push(row.string(0)?);
        }
        let subjects = [Value::texts(&subjects), receivable.as_str().into()];
        let mut rows = session.query(OWN, &params[..1])?;
        rows.extend(session.query(OTHERS, &subjects)?);
        let mut all: BTreeMap<Uuid, Vec<Movement>> = BTreeMap::new();
        for row in &rows {
            let is_debit = row.text(4)? == receivable;
            let movement = Movement {
                sequence: row.count(1)?,
                position: row.count(2)?,
                subject: row.string(3)?,
                minor: if is_debit { row.int(5)? } else { -row.int(5)? },
                at: row.int(6)?,
            };
            all.entry(row.uuid(0)?).or_default().push(movement);
        }
        for movements in all.values_mut() {
            movements.sort_unstable_by_key(|one| (one.sequence, one.position));
        }
        Ok(Self(all))
    }

    /// What may have been open, in minor units, before something was posted under a subject. `None`
    /// when it may have been too much to look at all of it.
    pub(super) fn open_before(&self, then: &Happened, subject: &str) -> Option<Vec<i64>> {
        let mut opens = BTreeSet::from([0]);
        for (process, movements) in &self.0 {
            let counts = match then.batch {
                Some((own, sequence)) if own == *process => {
                    places_in_batch(movements, sequence, subject)
                }
                _ => {
                    let when = movements.iter().map(|one| {
                        let batch = Some((*process, one.sequence));
                        Happened { batch, at: one.at }.seen_from(then)
                    });
                    counts(when).collect()
                }
            };
            let sum = |count: &usize| movements[..*count].iter().map(|one| one.minor).sum::<i64>();
            let sums: BTreeSet<i64> = counts.iter().map(sum).collect();
            let all = opens.iter();
            opens = all
                .flat_map(|open| sums.iter().map(move |sum| open + sum))
                .collect();
            if opens.len() > MAX_OPENS {
                return None;
            }
        }
        Some(opens.into_iter().collect())
    }
}

/// How many movements of its own process came before something of that batch: what was posted under
/// its subject there is itself. What posted nothing may stand anywhere in its batch.
fn places_in_batch(movements: &[Movement], sequence: u64, subject: &str) -> Vec<usize> {
    let start = movements.partition_point(|one| one.sequence < sequence);
    let end = movements.partition_point(|one| one.sequence <= sequence);
    let own = (start..end).filter(|place| movements[*place].subject == subject);
    let own: Vec<usize> = own.collect();
    if own.is_empty() {
        (start..=end).collect()
    } else {
        own
    }
}
