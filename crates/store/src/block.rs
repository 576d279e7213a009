//! Readings in few bytes: 32 days of one metering point in one row.
//!
//! ```text
//! 02 | channels (a bit each) | length of each channel's part (u32) | the parts
//! part: runs of marks (count, mark), then of each value that is there the distance to the one before
//! ```
//!
//! Numbers are LEB128, distances zigzag. Days are read by whole blocks, channels one by one: a year
//! of quarter-hours of one channel takes some 90 kB. Energies are whole watt-hours (var-hours).

use wattkey_domain::usage::{Channel, Energy, Mark};

use crate::database::DatabaseError;

/// The length of a block.
pub(crate) const SECONDS: i64 = 32 * 86_400;
/// The first byte.
const VERSION: u8 = 2;
/// A watt-hour in thousandths.
const MILLI: i64 = 1_000;
/// The most values of a block: one each minute.
const MAX_SLOTS: usize = 46_080;
const LENGTH: usize = size_of::<u32>();

/// The block in which a second lies, on a grid of that phase.
pub(crate) fn number(second: i64, phase: u32) -> i64 {
    (second - i64::from(phase)).div_euclid(SECONDS)
}

/// The second at which a block begins.
pub(crate) fn start(number: i64, phase: u32) -> i64 {
    number.saturating_mul(SECONDS) + i64::from(phase)
}

/// How many intervals a block has.
pub(crate) fn slots(resolution: u32) -> usize {
    usize::try_from(SECONDS / i64::from(resolution.max(60))).unwrap_or(0)
}

/// The values of a channel, in whole watt-hours; zero where they are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    pub(crate) watt_hours: Vec<i64>,
    pub(crate) marks: Vec<Mark>,
}

/// 32 days of a metering point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    slots: usize,
    channels: [Option<Series>; 4],
}

impl Block {
    pub(crate) fn empty(slots: usize) -> Self {
        Self {
            slots,
            channels: [const { None }; 4],
        }
    }

    /// What is there of an interval.
    pub(crate) fn value(&self, channel: Channel, slot: usize) -> (i64, Mark) {
        match &self.channels[channel as usize] {
            Some(series) if slot < self.slots => (series.watt_hours[slot], series.marks[slot]),
            _ => (0, Mark::Missing),
        }
    }

    /// Puts a value in the place of another.
    pub(crate) fn set(&mut self, channel: Channel, slot: usize, (watt_hours, mark): (i64, Mark)) {
        let slots = self.slots;
        let series = self.channels[channel as usize].get_or_insert_with(|| Series {
            watt_hours: vec![0; slots],
            marks: vec![Mark::Missing; slots],
        });
        if slot < slots {
            (series.watt_hours[slot], series.marks[slot]) = (watt_hours, mark);
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let there = || {
            let both = Channel::ALL.into_iter().zip(&self.channels);
            both.filter_map(|(channel, series)| Some((channel, series.as_ref()?)))
        };
        let mut mask = 0;
        let mut parts = Vec::new();
        let mut lengths = Vec::new();
        for (channel, series) in there() {
            mask |= 1 << (channel as u8);
            let before = parts.len();
            encode_series(series, &mut parts);
            let length = u32::try_from(parts.len() - before).unwrap_or(u32::MAX);
            lengths.extend(length.to_be_bytes());
        }
        [&[VERSION, mask][..], &lengths, &parts].concat()
    }

    /// All of a block.
    pub(crate) fn decode(bytes: &[u8], slots: usize) -> Result<Self, DatabaseError> {
        let mut block = Self::empty(slots);
        for (channel, part) in parts(bytes)? {
            let mut series = Series {
                watt_hours: vec![0; slots],
                marks: vec![Mark::Missing; slots],
            };
            let both = (&mut series.watt_hours[..], &mut series.marks[..]);
            decode_series(part, both, |watt_hours| watt_hours)?;
            block.channels[channel as usize] = Some(series);
        }
        Ok(block)
    }
}

/// One channel of a block, if it has it, into slices as long as the block.
pub(crate) fn decode_channel(
    bytes: &[u8],
    channel: Channel,
    energies: &mut [Energy],
    marks: &mut [Mark],
) -> Result<bool, DatabaseError> {
    let Some((_, part)) = parts(bytes)?
        .into_iter()
        .find(|(other, _)| *other == channel)
    else {
        return Ok(false);
    };
    let energy = |watt_hours: i64| Energy::from_milli(watt_hours.saturating_mul(MILLI));
    decode_series(part, (energies, marks), energy)?;
    Ok(true)
}

/// The channels that a block has.
pub(crate) fn channels(bytes: &[u8]) -> Result<Vec<Channel>, DatabaseError> {
    let parts = parts(bytes)?;
    Ok(parts.into_iter().map(|(channel, _)| channel).collect())
}

fn wrong() -> DatabaseError {
    DatabaseError::unreadable(0, "its readings are damaged")
}

fn parts(bytes: &[u8]) -> Result<Vec<(Channel, &[u8])>, DatabaseError> {
    let [VERSION, mask, rest @ ..] = bytes else {
        return Err(wrong());
    };
    let there = |channel: &Channel| mask & (1 << (*channel as u8)) != 0;
    let channels: Vec<_> = Channel::ALL.into_iter().filter(there).collect();
    let (mut lengths, mut rest) = rest
        .split_at_checked(channels.len() * LENGTH)
        .ok_or_else(wrong)?;
    let mut parts = Vec::with_capacity(channels.len());
    for channel in channels {
        let (length, after) = lengths.split_first_chunk::<LENGTH>().ok_or_else(wrong)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| wrong())?;
        let (part, others) = rest.split_at_checked(length).ok_or_else(wrong)?;
        (lengths, rest) = (after, others);
        parts.push((channel, part));
    }
    if *mask >= 1 << Channel::ALL.len() || !rest.is_empty() {
        return Err(wrong());
    }
    Ok(parts)
}

fn encode_series(series: &Series, to: &mut Vec<u8>) {
    let runs = series.marks.chunk_by(|a, b| a == b);
    let runs: Vec<_> = runs.map(|run| (run.len(), run[0])).collect();
    number_to(runs.len() as u64, to);
    for (count, mark) in runs {
        number_to(count as u64, to);
        to.push(mark as u8);
    }
    let mut before = 0_i64;
    for (watt_hours, mark) in series.watt_hours.iter().zip(&series.marks) {
        if *mark != Mark::Missing {
            let distance = watt_hours.wrapping_sub(before);
            #[expect(clippy::cast_sign_loss, reason = "zigzag: the sign is the last bit")]
            number_to(((distance << 1) ^ (distance >> 63)) as u64, to);
            before = *watt_hours;
        }
    }
}

fn decode_series<T: Copy>(
    mut part: &[u8],
    (values, marks): (&mut [T], &mut [Mark]),
    value: impl Fn(i64) -> T,
) -> Result<(), DatabaseError> {
    let slots = values.len().min(marks.len());
    if slots > MAX_SLOTS {
        return Err(wrong());
    }
    let mut at = 0;
    for _ in 0..number_from(&mut part)? {
        let count = usize::try_from(number_from(&mut part)?).map_err(|_| wrong())?;
        let (mark, rest) = part.split_first().ok_or_else(wrong)?;
        part = rest;
        let mark = Mark::ALL.get(usize::from(*mark)).ok_or_else(wrong)?;
        let end = at + count.min(slots + 1);
        marks.get_mut(at..end).ok_or_else(wrong)?.fill(*mark);
        at = end;
    }
    if at != slots {
        return Err(wrong());
    }
    let mut before = 0_i64;
    for (place, mark) in values.iter_mut().zip(&*marks) {
        if *mark != Mark::Missing {
            let zigzag = number_from(&mut part)?;
            #[expect(
                clippy::cast_possible_wrap,
                reason = "zigzag: the sign is the last bit"
            )]
            let distance = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
            before = before.wrapping_add(distance);
            *place = value(before);
        }
    }
    if part.is_empty() {
        Ok(())
    } else {
        Err(wrong())
    }
}

fn number_to(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    to.push(number.to_le_bytes()[0]);
}

fn number_from(bytes: &mut &[u8]) -> Result<u64, DatabaseError> {
    // Distances between readings have one to three bytes, and a year of them has a hundred thousand.
    let (number, rest) = match *bytes {
        [one @ 0..=0x7f, rest @ ..] => (u64::from(*one), rest),
        [one, two @ 0..=0x7f, rest @ ..] => (low(*one) | u64::from(*two) << 7, rest),
        [one, two, three @ 0..=0x7f, rest @ ..] => {
            let number = low(*one) | low(*two) << 7 | u64::from(*three) << 14;
            (number, rest)
        }
        _ => return long_number_from(bytes),
    };
    *bytes = rest;
    Ok(number)
}

fn low(byte: u8) -> u64 {
    u64::from(byte & 0x7f)
}

fn long_number_from(bytes: &mut &[u8]) -> Result<u64, DatabaseError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or_else(wrong)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(values: &[(usize, usize, i64, usize)]) -> Block {
        let mut block = Block::empty(slots(900));
        for (channel, slot, watt_hours, mark) in values {
            let value = (*watt_hours, Mark::ALL[*mark]);
            block.set(Channel::ALL[*channel], *slot, value);
        }
        block
    }

    proptest! {
        #[test]
        fn a_block_comes_back(values in prop::collection::vec((0_usize..4, 0_usize..3_072, 0_i64..8_000_000_000, 0_usize..3), 0..400)) {
            let block = filled(&values);
            let bytes = block.encode();
            prop_assert_eq!(&Block::decode(&bytes, slots(900)).unwrap(), &block);
            for channel in Channel::ALL {
                let mut energies = vec![Energy::ZERO; slots(900)];
                let mut marks = vec![Mark::Missing; slots(900)];
                let there = decode_channel(&bytes, channel, &mut energies, &mut marks).unwrap();
                prop_assert_eq!(there, channels(&bytes).unwrap().contains(&channel));
                for slot in 0..slots(900) {
                    let (watt_hours, mark) = block.value(channel, slot);
                    prop_assert_eq!((energies[slot].milli(), marks[slot]), (watt_hours * 1_000, mark));
                }
            }
        }

        #[test]
        fn damage_is_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), flip in 0_usize..200) {
            let _ = Block::decode(&bytes, 96);
            let mut own = filled(&[(0, 5, 250_500, 0), (2, 96, 80_000, 1)]).encode();
            let place = flip % own.len();
            own[place] ^= 0x5a;
            let _ = Block::decode(&own, slots(900));
        }
    }

    #[test]
    fn numbers_are_read_alike_whatever_their_length() {
        let lengths = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for number in lengths.chain([u64::MAX]) {
            let mut bytes = Vec::new();
            number_to(number, &mut bytes);
            bytes.extend([0xff, 0x01]);
            let (mut short, mut long) = (&bytes[..], &bytes[..]);
            assert_eq!(number_from(&mut short).unwrap(), number);
            assert_eq!(long_number_from(&mut long).unwrap(), number);
            assert_eq!((short, long), (&[0xff, 0x01][..], &[0xff, 0x01][..]));
        }
        for cut in [&[][..], &[0x80], &[0x80, 0xff], &[0xff; 11]] {
            assert!(number_from(&mut &*cut).is_err(), "{cut:?}");
        }
    }

    #[test]
    fn a_month_of_quarter_hours_is_small() {
        let mut block = Block::empty(slots(900));
        for slot in 0..slots(900) {
            let load = 250_000 + i64::try_from(slot * 7_919 % 20_000).unwrap();
            block.set(Channel::ActiveImport, slot, (load, Mark::Measured));
        }
        assert!(
            block.encode().len() < slots(900) * 3 + 20,
            "{}",
            block.encode().len()
        );
    }

    #[test]
    fn blocks_follow_each_other() {
        for second in [-1, 0, 1, SECONDS - 1, SECONDS, 1_785_513_600] {
            for phase in [0, 900, 1_800] {
                let block = number(second, phase);
                assert!(start(block, phase) <= second);
                assert!(second < start(block + 1, phase));
            }
        }
    }
}
