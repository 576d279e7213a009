//! The programs that the whole-system tests start.
//!
//! Tests cannot depend on programs of other crates, so these are built before the tests run: as
//! they ship into `target/debug`, and with failpoints into `target/debug/failpoints`. Both share
//! one target folder, so that only the workspace's own crates are compiled twice.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::steps::cargo;

/// Programs with failpoints.
const KILLED: [&str; 4] = [
    "wattkey-client",
    "wattkey-gateway",
    "wattkey-platform",
    "wattkey-banksim",
];
/// What they are called, and the management tool that provisions for them.
const COPIED: [&str; 5] = [
    "wattkey",
    "wattkey-gateway",
    "wattkey-platform",
    "wattkey-banksim",
    "wattkey-admin",
];

/// Builds both kinds.
///
/// # Errors
/// When cargo fails, or a program cannot be copied.
pub fn build(root: &Path) -> anyhow::Result<()> {
    let target = cargo_metadata::MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()?
        .target_directory
        .join("debug");
    let kept = target.join("failpoints");
    fs::create_dir_all(&kept)?;
    let features = KILLED.map(|package| format!("{package}/failpoints"));
    compile(root, &["--features", &features.join(",")])?;
    for program in COPIED {
        let from = target.join(program);
        fs::copy(&from, kept.join(program)).with_context(|| format!("cannot copy {from}"))?;
    }
    compile(root, &[])
}

fn compile(root: &Path, features: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(cargo())
        .current_dir(root)
        .args(["build", "--quiet", "--workspace", "--bins", "--locked"])
        .args(features)
        .status()?;
    ensure!(status.success(), "cargo build ended with {status}");
    Ok(())
}
