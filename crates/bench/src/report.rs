//! Rounds, and the rows that come out of them.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::figure::{Figure, Unit};

/// The rows of a benchmark, as they are measured.
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    pub(crate) notes: Vec<String>,
    /// Rounds of each row, besides the first, which warms up and does not count.
    rounds: usize,
    /// When no further round begins.
    end: Option<Instant>,
}

/// One thing measured.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    /// Median of ours.
    pub(crate) ours: Figure,
    pub(crate) peer: Option<Compared>,
}

/// What ours is measured beside.
pub(crate) struct Peer<'f> {
    name: &'static str,
    run: Box<dyn FnMut() -> anyhow::Result<Figure> + 'f>,
}

impl<'f> Peer<'f> {
    /// Each call of `run` is one round and yields its figure.
    pub(crate) fn new(
        name: &'static str,
        run: impl FnMut() -> anyhow::Result<Figure> + 'f,
    ) -> Self {
        let run = Box::new(run);
        Self { name, run }
    }
}

/// The peer of a row.
pub(crate) struct Compared {
    pub(crate) name: String,
    /// Median of the peer's.
    pub(crate) value: Figure,
    /// Ours to the peer's, round by round: smallest, median, largest.
    pub(crate) ratio: [Figure; 3],
}

impl Report {
    /// With so many rounds of each row, until `end`.
    pub(crate) fn new(rounds: usize, end: Option<Instant>) -> Self {
        Self {
            rows: Vec::new(),
            notes: Vec::new(),
            rounds,
            end,
        }
    }

    /// Whether the time is over. What was begun is finished with the rounds that it has.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// How often each function of a row is called.
    pub(crate) fn turns(&self) -> usize {
        self.rounds + 1
    }

    /// Whether another round is due after so many; the first does not count, and one that counts
    /// is made in any case.
    fn goes_on(&self, made: usize) -> bool {
        made < 2 || made < self.turns() && !self.is_over()
    }

    /// Says that a row is left out because the time is over, when it is.
    fn leaves_out(&mut self, name: &str) -> bool {
        let over = self.is_over();
        if over {
            self.note(format!("{name}: not measured, the time was over (--limit)"));
        }
        over
    }

    /// Measures ours and a peer in turn. Each call of the two functions is one round and yields its figure.
    pub(crate) fn compare(
        &mut self,
        name: &str,
        unit: Unit,
        mut ours: impl FnMut() -> anyhow::Result<Figure>,
        peer: &str,
        mut theirs: impl FnMut() -> anyhow::Result<Figure>,
    ) -> anyhow::Result<()> {
        if self.leaves_out(name) {
            return Ok(());
        }
        let (mut rounds, mut round) = (Vec::with_capacity(self.rounds), 0);
        while self.goes_on(round) {
            let a = ours().with_context(|| format!("{name}: ours"))?;
            let b = theirs().with_context(|| format!("{name}: {peer}"))?;
            if round > 0 {
                rounds.push((a, b));
            }
            round += 1;
        }
        self.rows.push(Row {
            name: name.to_owned(),
            unit,
            ours: median(rounds.iter().map(|(a, _)| *a)),
            peer: Some(Compared {
                name: peer.to_owned(),
                value: median(rounds.iter().map(|(_, b)| *b)),
                ratio: spread(rounds.iter().map(|(a, b)| a.ratio(*b))),
            }),
        });
        Ok(())
    }

    /// Measures ours and several peers in turn: A B C A B C. One row for each peer.
    pub(crate) fn compare_with(
        &mut self,
        name: &str,
        unit: Unit,
        mut ours: impl FnMut() -> anyhow::Result<Figure>,
        peers: &mut [Peer<'_>],
    ) -> anyhow::Result<()> {
        if self.leaves_out(name) {
            return Ok(());
        }
        let (mut rounds, mut round) = (Vec::with_capacity(self.rounds), 0);
        let mut theirs = vec![Vec::with_capacity(self.rounds); peers.len()];
        while self.goes_on(round) {
            let a = ours().with_context(|| format!("{name}: ours"))?;
            for (peer, values) in peers.iter_mut().zip(&mut theirs) {
                let b = (peer.run)().with_context(|| format!("{name}: {}", peer.name))?;
                if round > 0 {
                    values.push(b);
                }
            }
            if round > 0 {
                rounds.push(a);
            }
            round += 1;
        }
        if peers.is_empty() {
            self.once(name, unit, median(rounds.iter().copied()));
        }
        for (peer, values) in peers.iter().zip(&theirs) {
            let ratios = rounds.iter().zip(values).map(|(a, b)| a.ratio(*b));
            self.rows.push(Row {
                name: name.to_owned(),
                unit,
                ours: median(rounds.iter().copied()),
                peer: Some(Compared {
                    name: peer.name.to_owned(),
                    value: median(values.iter().copied()),
                    ratio: spread(ratios),
                }),
            });
        }
        Ok(())
    }

    /// What is too long to be measured more than once.
    pub(crate) fn once(&mut self, name: &str, unit: Unit, ours: Figure) {
        self.rows.push(Row {
            name: name.to_owned(),
            unit,
            ours,
            peer: None,
        });
    }

    /// Measures what has no peer.
    pub(crate) fn alone(
        &mut self,
        name: &str,
        unit: Unit,
        mut ours: impl FnMut() -> anyhow::Result<Figure>,
    ) -> anyhow::Result<()> {
        if self.leaves_out(name) {
            return Ok(());
        }
        let (mut rounds, mut round) = (Vec::with_capacity(self.rounds), 0);
        while self.goes_on(round) {
            let figure = ours().with_context(|| name.to_owned())?;
            if round > 0 {
                rounds.push(figure);
            }
            round += 1;
        }
        self.rows.push(Row {
            name: name.to_owned(),
            unit,
            ours: median(rounds),
            peer: None,
        });
        Ok(())
    }

    /// A line under the table: a target, or what was not measured and why.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Writes the figures as JSON.
    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, serde_json::to_string_pretty(&self.json()?)?)?;
        Ok(())
    }

    fn json(&self) -> anyhow::Result<Value> {
        let rows: anyhow::Result<Vec<Value>> = self.rows.iter().map(row).collect();
        Ok(json!({ "rows": rows? }))
    }
}

fn row(row: &Row) -> anyhow::Result<Value> {
    let (peer, ratio) = match &row.peer {
        None => (Value::Null, Value::Null),
        Some(Compared { name, value, ratio }) => {
            let [min, median, max] = ratio;
            let ratio = json!({
                "min": number(*min)?, "median": number(*median)?, "max": number(*max)?,
            });
            (json!({ "name": name, "value": number(*value)? }), ratio)
        }
    };
    Ok(json!({
        "name": row.name, "unit": row.unit.name(), "ours": number(row.ours)?,
        "peer": peer, "ratio": ratio,
    }))
}

/// The decimal digits as a JSON number.
fn number(figure: Figure) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&figure.exact())?)
}

fn median(figures: impl IntoIterator<Item = Figure>) -> Figure {
    spread(figures)[1]
}

fn spread(figures: impl IntoIterator<Item = Figure>) -> [Figure; 3] {
    let mut figures: Vec<Figure> = figures.into_iter().collect();
    figures.sort_unstable();
    match (figures.first(), figures.last()) {
        (Some(min), Some(max)) => [*min, figures[figures.len() / 2], *max],
        _ => [Figure::from_thousandths(0); 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDS: usize = 9;

    fn report() -> Report {
        Report::new(ROUNDS, None)
    }

    /// 1, 2, 3…: the first round's does not count.
    fn rising(step: u64) -> impl FnMut() -> anyhow::Result<Figure> {
        let mut last = 0;
        move || {
            last += step;
            Ok(Figure::from_thousandths(last * 1_000))
        }
    }

    #[test]
    fn rounds_take_turns_and_the_first_does_not_count() {
        let mut report = report();
        let turns = std::cell::RefCell::new(String::new());
        let mut a = rising(2);
        let mut b = rising(1);
        report
            .compare(
                "row",
                Unit::Microseconds,
                || {
                    turns.borrow_mut().push('a');
                    a()
                },
                "peer",
                || {
                    turns.borrow_mut().push('b');
                    b()
                },
            )
            .unwrap();
        assert_eq!(*turns.borrow(), "ab".repeat(ROUNDS + 1));
        let expected = json!({ "rows": [{
            "name": "row", "unit": "µs", "ours": 12.0,
            "peer": { "name": "peer", "value": 6.0 },
            "ratio": { "min": 2.0, "median": 2.0, "max": 2.0 },
        }] });
        assert_eq!(report.json().unwrap(), expected);
    }

    #[test]
    fn when_the_time_is_over_a_row_ends_with_what_it_has() {
        let mut late = Report::new(ROUNDS, None);
        late.alone("first", Unit::PerSecond, rising(1)).unwrap();
        late.end = Some(Instant::now());
        late.alone("second", Unit::PerSecond, rising(1)).unwrap();
        assert_eq!(late.rows.len(), 1);
        assert!(late.notes[0].starts_with("second: not measured"));
    }

    #[test]
    fn a_row_without_a_peer_has_null_there() {
        let mut report = report();
        report.alone("row", Unit::PerSecond, rising(1)).unwrap();
        let expected = json!({ "rows": [{
            "name": "row", "unit": "/s", "ours": 6.0, "peer": null, "ratio": null,
        }] });
        assert_eq!(report.json().unwrap(), expected);
    }

    #[test]
    fn the_file_is_json() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bench/row.json");
        let mut report = report();
        report.alone("row", Unit::PerSecond, rising(1)).unwrap();
        report.write(&file).unwrap();
        let read: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(read, report.json().unwrap());
    }
}
