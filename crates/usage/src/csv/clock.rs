//! Times of lines, with an offset or on the clock of a zone.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use wattkey_domain::MeteringPointId;

/// Times on the clock of a zone, some of which come twice.
pub(super) struct WallClock<'a> {
    zone: &'a TimeZone,
    /// How often an ambiguous time came, for each metering point.
    seen: HashMap<(MeteringPointId, DateTime), u32>,
}

impl<'a> WallClock<'a> {
    pub(super) fn new(zone: &'a TimeZone) -> Self {
        Self {
            zone,
            seen: HashMap::new(),
        }
    }

    pub(super) fn read(
        &mut self,
        point: &MeteringPointId,
        text: &str,
    ) -> Result<(Timestamp, Option<DateTime>), &'static str> {
        let wanted = "write it as 2026-08-01T00:15+08:00, or without the offset in local time";
        let bytes = text.as_bytes();
        // jiff takes more forms than are documented here.
        let form = bytes.len() >= 16
            && bytes.iter().take(10).enumerate().all(|(place, byte)| {
                if place == 4 || place == 7 {
                    *byte == b'-'
                } else {
                    byte.is_ascii_digit()
                }
            })
            && matches!(bytes[10], b'T' | b' ')
            && bytes
                .iter()
                .skip(11)
                .all(|byte| byte.is_ascii_digit() || b":+-Z.".contains(byte));
        if !form {
            return Err(wanted);
        }
        if text[11..].contains(['+', '-', 'Z']) {
            return text.parse().map(|at| (at, None)).map_err(|_| wanted);
        }
        let local: DateTime = text.parse().map_err(|_| wanted)?;
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => ambiguous
                .compatible()
                .map(|at| (at, None))
                .map_err(|_| wanted),
            AmbiguousOffset::Gap { .. } => Err("the clock skips it on that day"),
            AmbiguousOffset::Fold { .. } => {
                let times = self.seen.entry((point.clone(), local)).or_default();
                *times += 1;
                let at = if *times == 1 {
                    ambiguous.earlier()
                } else {
                    ambiguous.later()
                };
                at.map(|at| (at, Some(local))).map_err(|_| wanted)
            }
        }
    }

    /// Whether an ambiguous time came only once: then it could have been either.
    pub(super) fn came_once(&self, point: &MeteringPointId, local: DateTime) -> bool {
        self.seen.get(&(point.clone(), local)) == Some(&1)
    }
}
