//! What the readings of a reading type are.

use wattkey_domain::usage::{Channel, Energy, Mark};

use super::RemarkKind;
use super::error::ReadError;
use super::tree::Element;

/// A reading type that can be taken.
#[derive(Debug, Clone)]
pub(super) struct ReadingType {
    pub(super) flow: Flow,
    /// A register that runs on; otherwise each value is of its interval alone.
    pub(super) running: bool,
    /// Thousandths of a watt-hour are the value times ten to this.
    pub(super) digits: i32,
    /// The default length of an interval.
    pub(super) seconds: Option<u32>,
    pub(super) quality: Option<u16>,
    /// What had to be assumed.
    pub(super) remark: Option<RemarkKind>,
}

/// Where values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    One(Channel),
    /// Above zero to the first, below to the second.
    Net(Channel, Channel),
}

impl ReadingType {
    /// Reads a reading type; the error is why its readings are passed over.
    pub(super) fn read(element: &Element) -> Result<Result<Self, RemarkKind>, ReadError> {
        let code = |name| element.number::<i32>(name);
        let commodity = code("commodity")?;
        if !matches!(commodity, None | Some(0..=2)) {
            return Ok(Err(RemarkKind::Commodity));
        }
        let reactive = match code("uom")? {
            Some(72) => false,
            Some(73) => true,
            _ => return Ok(Err(RemarkKind::Unit)),
        };
        let running = match code("accumulationBehaviour")? {
            None | Some(0 | 4) => false,
            Some(2 | 3) => true,
            _ => return Ok(Err(RemarkKind::Accumulation)),
        };
        let (import, export) = if reactive {
            (Channel::ReactiveImport, Channel::ReactiveExport)
        } else {
            (Channel::ActiveImport, Channel::ActiveExport)
        };
        // Lagging is quadrants 1 and 2, leading 3 and 4; active energy is drawn in 1 and 4.
        let (flow, remark) = match (code("flowDirection")?, reactive) {
            (Some(1), _) | (Some(2 | 5), true) | (Some(8), false) => (Flow::One(import), None),
            (Some(19), _) | (Some(3 | 13), true) | (Some(10), false) => (Flow::One(export), None),
            (Some(4), _) => (Flow::Net(import, export), Some(RemarkKind::Net)),
            (None | Some(0), _) => (Flow::One(import), Some(RemarkKind::AssumedDrawn)),
            _ => return Ok(Err(RemarkKind::Direction)),
        };
        let power = code("powerOfTenMultiplier")?.unwrap_or(0);
        if !(-12..=12).contains(&power) {
            return Err(ReadError::Value {
                element: "powerOfTenMultiplier",
                value: power.to_string(),
            });
        }
        Ok(Ok(Self {
            flow,
            running,
            digits: power + 3,
            seconds: element
                .number("intervalLength")?
                .filter(|seconds| *seconds > 0),
            quality: element.number("defaultQuality")?,
            remark,
        }))
    }

    /// A value as energy; `None` when it is finer or larger than an energy can be.
    pub(super) fn energy(&self, value: i64) -> Option<Energy> {
        let power = 10_i64.checked_pow(self.digits.unsigned_abs())?;
        if self.digits >= 0 {
            return value.checked_mul(power).map(Energy::from_milli);
        }
        (value % power == 0).then(|| Energy::from_milli(value / power))
    }

    /// What is known of a value with this `quality`, or without one.
    pub(super) fn mark(&self, quality: Option<u16>) -> Mark {
        match quality.or(self.quality) {
            None | Some(0 | 14 | 17 | 18 | 19) => Mark::Measured,
            Some(10) => Mark::Suspect,
            Some(_) => Mark::Estimated,
        }
    }
}
