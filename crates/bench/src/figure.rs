//! Measured numbers: decimals with three places, without floating point.

use std::fmt;
use std::time::{Duration, Instant};

/// A number of thousandths of a [`Unit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Figure {
    thousandths: u64,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Time of one call: less is better.
    Microseconds,
    /// Time until a person sees something: less is better.
    Milliseconds,
    /// Memory, in 1,000 kB: less is better.
    Megabytes,
    /// Calls in a second: more is better.
    PerSecond,
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Megabytes => "MB",
            Self::PerSecond => "/s",
        }
    }
}

impl Figure {
    pub(crate) fn from_thousandths(thousandths: u64) -> Self {
        Self { thousandths }
    }

    pub(crate) fn microseconds(time: Duration) -> Self {
        Self::from_thousandths(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(crate) fn milliseconds(time: Duration) -> Self {
        Self::from_thousandths(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    /// Calls in a second.
    pub(crate) fn per_second(calls: u64, elapsed: Duration) -> Self {
        let rate = u128::from(calls) * 1_000_000_000_000 / elapsed.as_nanos().max(1);
        Self::from_thousandths(u64::try_from(rate).unwrap_or(u64::MAX))
    }

    /// This number divided by another.
    pub(crate) fn ratio(self, to: Self) -> Self {
        let ratio = u128::from(self.thousandths) * 1_000 / u128::from(to.thousandths.max(1));
        Self::from_thousandths(u64::try_from(ratio).unwrap_or(u64::MAX))
    }

    /// How much more this number is than another, in words: `+12.3` or `-4.5`.
    pub(crate) fn beyond(self, other: Self) -> String {
        let sign = if self < other { '-' } else { '+' };
        let difference = self.thousandths.abs_diff(other.thousandths);
        format!("{sign}{}", Self::from_thousandths(difference))
    }

    /// All three places, for JSON.
    pub(crate) fn exact(self) -> String {
        format!(
            "{}.{:03}",
            self.thousandths / 1_000,
            self.thousandths % 1_000
        )
    }
}

/// As many places as a reader can use.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = match self.thousandths {
            0..10_000 => 2,
            10_000..1_000_000 => 1,
            _ => 0,
        };
        let unit = 10_u64.pow(3 - places);
        let rounded = (self.thousandths + unit / 2) / unit;
        let whole = 10_u64.pow(places);
        let text = if places == 0 {
            rounded.to_string()
        } else {
            let width = usize::try_from(places).unwrap_or(0);
            format!("{}.{:0width$}", rounded / whole, rounded % whole)
        };
        f.pad(&text)
    }
}

/// Microseconds of the median of so many calls of an operation, one after the other. What else the machine does in
/// the meantime lengthens some calls by far, and the mean with them.
pub(crate) fn time<T>(
    calls: u32,
    mut operation: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<Figure> {
    let mut times = Vec::new();
    for _ in 0..calls {
        let start = Instant::now();
        operation()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(Figure::microseconds(median))
}

/// Calls in a second, of so many threads that each make `calls` calls.
pub(crate) fn rate<T>(
    threads: u32,
    calls: u32,
    operation: impl Fn() -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Figure> {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| (0..calls).try_for_each(|_| operation().map(|_| ()))))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let panicked = |_| Err(anyhow::anyhow!("a thread panicked"));
            thread.join().unwrap_or_else(panicked)
        })
    })?;
    let made = u64::from(threads) * u64::from(calls);
    Ok(Figure::per_second(made, start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_with_the_places_that_matter() {
        for (thousandths, shown, exact) in [
            (0, "0.00", "0.000"),
            (1_234, "1.23", "1.234"),
            (9_999, "10.00", "9.999"),
            (12_345, "12.3", "12.345"),
            (123_456, "123.5", "123.456"),
            (12_345_678, "12346", "12345.678"),
        ] {
            let figure = Figure::from_thousandths(thousandths);
            assert_eq!(
                (figure.to_string().as_str(), figure.exact().as_str()),
                (shown, exact)
            );
        }
    }

    #[test]
    fn calls_and_times_become_figures() {
        let second = Duration::from_secs(1);
        let quarter = Figure::microseconds(Duration::from_micros(250));
        assert_eq!(quarter.exact(), "250.000");
        assert_eq!(Figure::per_second(4_000, second * 2).exact(), "2000.000");
        let (a, b) = (
            Figure::from_thousandths(3_000),
            Figure::from_thousandths(2_000),
        );
        assert_eq!(a.ratio(b).exact(), "1.500");
        assert_eq!(
            (a.beyond(b), b.beyond(a)),
            ("+1.00".to_owned(), "-1.00".to_owned())
        );
    }

    #[test]
    fn every_call_of_every_thread_is_made() {
        let made = std::sync::atomic::AtomicU32::new(0);
        let count = || Ok(made.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        rate(3, 5, count).unwrap();
        time(2, count).unwrap();
        assert_eq!(made.into_inner(), 17);
        assert!(rate(2, 2, || anyhow::Ok(())).is_ok());
        assert!(rate(2, 2, || Err::<(), _>(anyhow::anyhow!("no"))).is_err());
    }
}
