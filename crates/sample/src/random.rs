//! Random numbers that are the same on every machine and in every version.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// A sequence for a purpose at a place on a day.
    pub(crate) fn new(seed: u64, purpose: u64, place: u32, day: i32) -> Self {
        let mut random = Self { state: seed };
        for part in [purpose, u64::from(place), u64::from(day.unsigned_abs())] {
            random.state = random.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both possible, each alike.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let range = u64::try_from(high - low).unwrap_or(0) + 1;
        low + i64::try_from((self.next() >> 11) % range).unwrap_or(0)
    }

    /// Around zero, at most `width` away, the middle more likely than the ends.
    pub(crate) fn around(&mut self, width: i64) -> i64 {
        let parts: i64 = (0..3).map(|_| self.between(-width, width)).sum();
        parts / 3
    }
}
