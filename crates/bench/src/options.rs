//! What the command line says beside the benchmark's name.

use anyhow::{Context as _, anyhow};

/// The number after `--NAME`, or `usual`.
pub(crate) fn number(name: &str, usual: u64) -> anyhow::Result<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(usual),
        (_, Some(value)) => value.parse().with_context(|| format!("{name} {value}")),
        (_, None) => Err(anyhow!("{name} needs a number")),
    }
}

/// Whether less is to be measured.
pub(crate) fn is_quick() -> bool {
    has("--quick")
}

/// Whether only ours is to be measured, for a profiler.
pub(crate) fn is_alone() -> bool {
    has("--alone")
}

fn has(name: &str) -> bool {
    std::env::args().any(|argument| argument == name)
}
