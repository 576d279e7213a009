//! The programs that the whole-system tests start.
//!
//! Tests cannot depend on programs of other crates, so these are built before the tests run: as
//! they ship into `target/debug`, and with failpoints into `target/debug/failpoints`. Both share
//! one target folder, so that only the workspace's own crates are compiled twice. The virtual USB
//! key has a workspace and a target folder of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use cargo_metadata::camino::Utf8PathBuf;

use crate::steps::cargo;

/// Programs with failpoints.
const KILLED: [&str; 4] = [
    "wattkey-client",
    "wattkey-gateway",
    "wattkey-platform",
    "wattkey-banksim",
];
/// What they are called, the window that has the client in it, and the management tool that provisions for
/// them.
const COPIED: [&str; 6] = [
    "wattkey",
    "wattkey-desktop",
    "wattkey-gateway",
    "wattkey-platform",
    "wattkey-banksim",
    "wattkey-admin",
];

/// An example: naming it has cargo choose features as it does for tests (it counts the dependencies of
/// tests in only where something named wants them), so that programs, docs and tests share what is
/// compiled.
pub const AS_FOR_TESTS: [&str; 2] = ["--example", "vectors"];

/// Builds both kinds, and the virtual USB key.
///
/// # Errors
/// When cargo fails, or a program cannot be copied.
pub fn build(root: &Path) -> anyhow::Result<()> {
    let target = target(root)?.join("debug");
    let kept = target.join("failpoints");
    fs::create_dir_all(&kept)?;
    let features = KILLED.map(|package| format!("{package}/failpoints"));
    compile(root, &["--features", &features.join(",")])?;
    for program in COPIED {
        let from = target.join(program);
        fs::copy(&from, kept.join(program)).with_context(|| format!("cannot copy {from}"))?;
    }
    compile(root, &[])?;
    build_virtual_key(root)
}

/// The package of the virtual USB key: a workspace of its own, because it needs libclang and minutes.
pub const VIRTUAL_KEY: &str = "virtual-usb-key/Cargo.toml";

/// Where its build output lies, below the workspace's: what keeps one keeps both.
///
/// # Errors
/// When cargo fails.
pub fn virtual_key_target(root: &Path) -> anyhow::Result<Utf8PathBuf> {
    Ok(target(root)?.join("virtual-usb-key"))
}

/// Builds the program of the virtual USB key, which tests with a card start.
///
/// # Errors
/// When cargo fails.
pub fn build_virtual_key(root: &Path) -> anyhow::Result<()> {
    let status = Command::new(cargo())
        .current_dir(root)
        .args(["build", "--quiet", "--locked"])
        .args(["--manifest-path", VIRTUAL_KEY])
        .arg("--target-dir")
        .arg(virtual_key_target(root)?)
        .status()?;
    ensure!(
        status.success(),
        "the virtual USB key does not build ({status}); it needs what ./test installs"
    );
    Ok(())
}

fn target(root: &Path) -> anyhow::Result<Utf8PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory)
}

fn compile(root: &Path, features: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(cargo())
        .current_dir(root)
        .args(["build", "--quiet", "--workspace", "--bins", "--locked"])
        .args(AS_FOR_TESTS)
        .args(features)
        .status()?;
    ensure!(status.success(), "cargo build ended with {status}");
    Ok(())
}
