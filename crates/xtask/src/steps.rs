//! The steps of `check` and `ci`: run all, print each with its time, fail when one failed.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::{arrows, failpoints, machine_paths, programs, shipped, unsafe_code};

/// How a step ended.
enum Outcome {
    Passed,
    /// Something that it needs is not on this machine.
    NotRun(&'static str),
}

type Run = fn(&Path) -> anyhow::Result<Outcome>;

/// Steps of `check` that compile nothing.
const QUICK: [(&str, Run); 9] = [
    ("format", |root| run(root, &["fmt", "--all", "--check"])),
    ("format of the virtual USB key", |root| {
        run(
            root,
            &["fmt", "--manifest-path", programs::VIRTUAL_KEY, "--check"],
        )
    }),
    ("arrows between crates", |root| passed(arrows::check(root))),
    ("features of shipped programs", |root| {
        passed(shipped::check(root))
    }),
    ("failpoints", |root| {
        passed(failpoints::list(root).map(|_| ()))
    }),
    ("unsafe", |root| passed(unsafe_code::check(root))),
    ("paths of one machine", |root| {
        passed(machine_paths::check(root))
    }),
    ("licences, bans, sources", |root| deny(root, "Cargo.toml")),
    ("licences of the virtual USB key", |root| {
        deny(root, programs::VIRTUAL_KEY)
    }),
];

/// What is generated from the drawings takes minutes to lint and to document, and nobody reads it.
const WITHOUT_DRAWINGS: [&str; 2] = ["--exclude", "wattkey-desktop-ui"];

/// Steps that `check` adds.
const COMPILED: [(&str, Run); 2] = [
    ("clippy", |root| {
        let clippy = ["clippy", "--workspace", "--all-targets", "--locked"];
        let strict = ["--no-deps", "--", "-D", "warnings"];
        run(root, &[&clippy[..], &WITHOUT_DRAWINGS, &strict].concat())
    }),
    ("docs", docs),
];

/// Steps that `ci` adds.
const TESTS: [(&str, Run); 6] = [
    ("programs", |root| passed(programs::build(root))),
    ("tests of the virtual USB key", |root| {
        virtual_key(root, &["test", "--quiet"])
    }),
    ("a virtual USB key's life", virtual_key_life),
    ("tests", tests),
    ("examples in docs", |root| {
        run(root, &["test", "--workspace", "--locked", "--doc"])
    }),
    ("what the desktop reads of us", |root| {
        execute(&mut Command::new(root.join("packaging/check")))
    }),
];

/// What `check` looks at without compiling anything, in seconds.
///
/// # Errors
/// When a step failed; all steps have run then.
pub fn quick(root: &Path) -> anyhow::Result<()> {
    run_all(root, QUICK.iter())
}

/// Form and structure.
///
/// # Errors
/// When a step failed; all steps have run then.
pub fn check(root: &Path) -> anyhow::Result<()> {
    run_all(root, QUICK.iter().chain(&COMPILED))
}

/// Form, structure and all tests.
///
/// # Errors
/// When a step failed; all steps have run then.
pub fn ci(root: &Path) -> anyhow::Result<()> {
    run_all(root, QUICK.iter().chain(&COMPILED).chain(&TESTS))
}

fn run_all<'a>(
    root: &Path,
    steps: impl Iterator<Item = &'a (&'static str, Run)>,
) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for (name, step) in steps {
        let start = Instant::now();
        let outcome = step(root);
        let time = seconds(start.elapsed());
        match outcome {
            Ok(Outcome::Passed) => eprintln!("ok       {time:>8}  {name}"),
            Ok(Outcome::NotRun(why)) => eprintln!("not run  {time:>8}  {name}: {why}"),
            Err(error) => {
                eprintln!("FAILED   {time:>8}  {name}: {error:#}");
                failed.push(*name);
            }
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// The cargo that runs this program.
#[must_use]
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn passed(result: anyhow::Result<()>) -> anyhow::Result<Outcome> {
    result.map(|()| Outcome::Passed)
}

fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<Outcome> {
    execute(Command::new(cargo()).current_dir(root).args(arguments))
}

/// Half of the tests' time is waiting for disks, time-outs and other programs: there is one more at
/// a time than processors.
fn tests(root: &Path) -> anyhow::Result<Outcome> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) + 1;
    let threads = threads.to_string();
    let how = [
        "nextest",
        "run",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--test-threads",
        &threads,
    ];
    run(root, &how)
}

fn docs(root: &Path) -> anyhow::Result<Outcome> {
    let mut command = Command::new(cargo());
    command
        .current_dir(root)
        .args(["doc", "--workspace", "--no-deps", "--locked"])
        .args(["--lib", "--bins"])
        .args(programs::AS_FOR_TESTS)
        .args(WITHOUT_DRAWINGS)
        .env("RUSTDOCFLAGS", "-D warnings");
    execute(&mut command)
}

/// Advisories are not checked here: their database is fetched from the network at each run.
fn deny(root: &Path, manifest: &str) -> anyhow::Result<Outcome> {
    let installed = Command::new(cargo())
        .args(["deny", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !installed {
        let how = "cargo-deny is not installed (cargo install --locked cargo-deny)";
        return Ok(Outcome::NotRun(how));
    }
    let checks = ["check", "licenses", "bans", "sources"];
    run(
        root,
        &[
            ["deny", "--locked", "--manifest-path", manifest].as_slice(),
            &checks,
        ]
        .concat(),
    )
}

/// A command of cargo in the workspace of the virtual USB key.
fn virtual_key(root: &Path, arguments: &[&str]) -> anyhow::Result<Outcome> {
    let mut command = Command::new(cargo());
    command
        .current_dir(root)
        .args(arguments)
        .args(["--locked", "--manifest-path", programs::VIRTUAL_KEY])
        .arg("--target-dir")
        .arg(programs::virtual_key_target(root)?);
    execute(&mut command)
}

/// What `virtual-usb-key/try` shows, with the key that was built here.
fn virtual_key_life(root: &Path) -> anyhow::Result<Outcome> {
    let mut command = Command::new(root.join("virtual-usb-key/try"));
    command.env("CARGO_TARGET_DIR", programs::virtual_key_target(root)?);
    execute(&mut command)
}

fn execute(command: &mut Command) -> anyhow::Result<Outcome> {
    let status = command
        .status()
        .with_context(|| format!("{} does not start", command.get_program().display()))?;
    ensure!(status.success(), "see above ({status})");
    Ok(Outcome::Passed)
}

fn seconds(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}
