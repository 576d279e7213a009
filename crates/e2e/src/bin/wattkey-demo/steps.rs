//! What the person sees: numbered steps with their time, and what the programs say.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wattkey_e2e::{interrupt, sample, world::USER_PIN};

use crate::person::Person;

/// Lines of a table that are shown; the rest is counted.
const MAX_SHOWN: usize = 24;

/// Numbered steps with their time.
pub(crate) struct Steps {
    number: u32,
    /// Whether a person watches: then each step also shows what `wattkey` says to people.
    watched: bool,
}

impl Steps {
    pub(crate) fn new(watched: bool) -> Self {
        Self { number: 0, watched }
    }

    /// Shows what a command of `wattkey` says to a person.
    pub(crate) fn show(&self, person: &Person, arguments: &[&str]) -> Result<()> {
        if !self.watched {
            return Ok(());
        }
        let program = person.world.wattkey(&person.key, person.pc)?;
        let program = program
            .args(["--pin-fd", "0"])
            .args(arguments.iter().copied());
        let output = program.input_line(USER_PIN).succeed()?;
        say(&format!("\n    $ wattkey {}", arguments.join(" ")));
        let lines: Vec<&str> = output.stdout.lines().collect();
        for line in lines.iter().take(MAX_SHOWN) {
            say(&format!("    {line}"));
        }
        if lines.len() > MAX_SHOWN {
            say(&format!("    … and {} lines more", lines.len() - MAX_SHOWN));
        }
        say("");
        Ok(())
    }

    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<(T, String)>,
    ) -> Result<T> {
        ensure!(!interrupt::asked(), "interrupted");
        self.number += 1;
        let start = Instant::now();
        let (value, result) = work().with_context(|| format!("step {}, {name}", self.number))?;
        say(&format!(
            "{:2}. {name:<58} {:>7.1?}  {result}",
            self.number,
            round(start.elapsed())
        ));
        Ok(value)
    }
}

/// Speaks to the person. A reader who has gone away ends nothing: the servers are still stopped.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn round(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

pub(crate) fn member<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value> {
    value
        .pointer(pointer)
        .with_context(|| format!("no {pointer} in {value}"))
}

pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a Vec<Value>> {
    let list = member(value, pointer)?.as_array();
    list.with_context(|| format!("{pointer} is no list"))
}

pub(crate) fn text(value: &Value, pointer: &str) -> Result<String> {
    Ok(member(value, pointer)?
        .as_str()
        .with_context(|| format!("{pointer} is no text"))?
        .to_owned())
}

pub(crate) fn minor(value: &Value, pointer: &str) -> Result<i64> {
    member(value, pointer)?
        .as_i64()
        .with_context(|| format!("{pointer} is no amount"))
}

/// Minor units of a currency with two decimals, as `--expect-total` wants them.
pub(crate) fn decimal(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

pub(crate) fn money(minor: i64) -> String {
    format!("{} {}", decimal(minor), sample::CURRENCY)
}
