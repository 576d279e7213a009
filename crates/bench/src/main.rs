//! `./bench [NAME] [--quick] [--limit SECONDS]`: runs one benchmark, or lists them.
//!
//! `--quick` measures less of everything, to see that it works. No row begins after the time limit, and what hangs is
//! ended some minutes later.
//!
//! A benchmark measures ours and a peer in turn within one run, so that both meet the same machine: rounds A B A B.
//! What counts is the ratio, its median over the rounds and its spread; absolute figures are of this machine and
//! this moment. The table goes to standard output, the same figures to `target/bench/NAME.json`.
//!
//! A new benchmark is a module here with a function `run(&mut Report) -> anyhow::Result<()>`, and a line in
//! [`BENCHMARKS`].

mod books;
mod cpu;
mod desktop;
mod figure;
mod import;
mod options;
mod posting;
mod reads;
mod report;
mod table;
mod token;
mod usage;

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use report::Report;

/// As the platform's program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Benchmark {
    name: &'static str,
    about: &'static str,
    rounds: usize,
    run: fn(&mut Report) -> anyhow::Result<()>,
}

/// Rounds of each row with `--quick`.
const QUICK_ROUNDS: usize = 2;
/// When no further row begins, unless told.
const LIMIT_S: u64 = 900;
/// How much longer what was begun then may take.
const GRACE: Duration = Duration::from_secs(240);

/// The folder of this run: whatever a benchmark leaves there is removed.
const FOLDER: &str = "WATTKEY_BENCH_FOLDER";

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "token",
        about: "a token's calls through the module's process, beside the same in process",
        rounds: 9,
        run: token::run,
    },
    Benchmark {
        name: "posting",
        about: "our whole posting on both databases, beside the bare transaction of a payment; --callers N",
        rounds: 5,
        run: posting::run,
    },
    Benchmark {
        name: "import",
        about: "a million open items with their documents, on both databases; --items N",
        rounds: 1,
        run: import::run,
    },
    Benchmark {
        name: "reads",
        about: "what customers look at, with 3.6 million bills on both databases; --accounts N",
        rounds: 1,
        run: reads::run,
    },
    Benchmark {
        name: "usage",
        about: "a year of quarter-hours of fifty metering points to months by period, beside SQL",
        rounds: 7,
        run: usage::run,
    },
    Benchmark {
        name: "desktop",
        about: "the window before the demonstration's servers: start, pages, scrolling, memory",
        rounds: 7,
        run: desktop::run,
    },
];

fn main() -> ExitCode {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return code;
    }
    let help = std::env::args().any(|argument| ["--help", "-h"].contains(&argument.as_str()));
    let result = match std::env::args().nth(1).filter(|_| !help) {
        None => list().map(|()| ExitCode::SUCCESS),
        Some(_) if std::env::var_os(FOLDER).is_none() => in_folder(),
        Some(name) => run(&name).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for Benchmark { name, about, .. } in BENCHMARKS {
        writeln!(out, "{name:<12} {about}")?;
    }
    writeln!(
        out,
        "\n./bench NAME runs one; --quick measures less of it, --limit SECONDS begins no row after that"
    )?;
    Ok(())
}

/// Runs this program again with a folder of its own, which is gone afterwards. SoftHSM finds its tokens through its
/// environment, which a process cannot change for itself.
fn in_folder() -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens)?;
    let configuration = folder.path().join("softhsm2.conf");
    let lines = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&configuration, lines)?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(FOLDER, folder.path())
        .env("SOFTHSM2_CONF", configuration)
        .spawn()?;
    let status = ended(&mut child, Instant::now() + limit()? + GRACE)?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn limit() -> anyhow::Result<Duration> {
    Ok(Duration::from_secs(options::number("--limit", LIMIT_S)?))
}

/// Waits for a benchmark, and ends one that hangs; what it started ends with it.
fn ended(child: &mut Child, end: Instant) -> anyhow::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Err(anyhow!("it hung, long after its time limit, and was ended"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn run(name: &str) -> anyhow::Result<()> {
    let benchmark = BENCHMARKS
        .iter()
        .find(|benchmark| benchmark.name == name)
        .ok_or_else(|| anyhow!("no benchmark {name:?}; ./bench lists them"))?;
    let rounds = if options::is_quick() {
        QUICK_ROUNDS
    } else {
        benchmark.rounds
    };
    let mut report = Report::new(rounds, Some(Instant::now() + limit()?));
    (benchmark.run)(&mut report)?;
    let file = workspace().join(format!("target/bench/{name}.json"));
    report
        .write(&file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n{}", table::of(&report), file.display())?;
    Ok(())
}

fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}
