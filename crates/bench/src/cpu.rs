//! What processors did: of this process, of a server and its children, of the machine.

use std::fs;
use std::time::{Duration, Instant};

/// Of `/proc/PID/stat` (proc(5)): a hundredth of a second on every Linux there is.
const TICK: Duration = Duration::from_millis(10);
/// Places after the name in brackets.
const PARENT: usize = 1;
const USER: usize = 11;
const SYSTEM: usize = 12;
/// Children that ended and were waited for.
const ENDED_USER: usize = 13;
const ENDED_SYSTEM: usize = 14;

/// How often a server is looked at whose children are ending.
const TRIES: usize = 20;

/// A moment.
pub(crate) struct Moment {
    at: Instant,
    here: u64,
    server: u64,
    machine: u64,
}

/// What was spent between two moments.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) elapsed: Duration,
    /// In this process.
    pub(crate) here: Duration,
    /// In the server.
    pub(crate) server: Duration,
    /// On the whole machine, by everybody.
    pub(crate) machine: Duration,
}

/// A moment of this process and of a server, when there is one.
pub(crate) fn now(server: Option<u32>) -> Moment {
    Moment {
        at: Instant::now(),
        here: of(std::process::id()),
        server: server.map_or(0, of_server),
        machine: of_machine(),
    }
}

impl Moment {
    /// Until now.
    pub(crate) fn until(&self, server: Option<u32>) -> Spent {
        let end = now(server);
        let time =
            |from: u64, to: u64| TICK * u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
        Spent {
            elapsed: end.at - self.at,
            here: time(self.here, end.here),
            server: time(self.server, end.server),
            machine: time(self.machine, end.machine),
        }
    }
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, more: Self) {
        self.elapsed += more.elapsed;
        self.here += more.here;
        self.server += more.server;
        self.machine += more.machine;
    }
}

impl Spent {
    /// Hundredths of all processors that ours took, and that everybody else took.
    pub(crate) fn shares(&self) -> (u128, u128) {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let whole = self.elapsed.as_micros() * processors as u128;
        let ours = (self.here + self.server).as_micros();
        let others = self.machine.as_micros().saturating_sub(ours);
        (ours * 100 / whole.max(1), others * 100 / whole.max(1))
    }
}

fn fields(text: &str) -> Vec<u64> {
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = rest.split_whitespace();
    fields.map(|field| field.parse().unwrap_or(0)).collect()
}

/// A server and its children. The time of a child that ends goes over to the server when it is
/// waited for: between two looks it would be lost, or counted twice.
fn of_server(server: u32) -> u64 {
    let mut tries = TRIES;
    loop {
        let before = of(server);
        let children = of_children(server);
        let after = of(server);
        tries -= 1;
        if before == after || tries == 0 {
            return after + children;
        }
    }
}

fn of(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = fields(&text);
    let own = [USER, SYSTEM, ENDED_USER, ENDED_SYSTEM];
    own.iter().filter_map(|&place| fields.get(place)).sum()
}

fn of_children(parent: u32) -> u64 {
    let Ok(all) = fs::read_dir("/proc") else {
        return 0;
    };
    all.flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|process| {
            let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            fields(&text).get(PARENT) == Some(&u64::from(parent))
        })
        .map(of)
        .sum()
}

/// All but idle and waiting, from the first line of `/proc/stat`.
fn of_machine() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let fields = line.split_whitespace().skip(1);
    let fields: Vec<u64> = fields.map(|field| field.parse().unwrap_or(0)).collect();
    // user nice system idle iowait irq softirq
    [0, 1, 2, 5, 6]
        .iter()
        .filter_map(|&place| fields.get(place))
        .sum()
}
