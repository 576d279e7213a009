//! Programs under a time limit.

use std::io::{Read as _, Seek as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Pause between two looks at something that is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// What a program left.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed, on both outputs.
    pub output: String,
}

/// Runs a program to its end, without input. OpenSC's tools can hang for ever when a key goes away.
///
/// # Errors
/// It does not start, or was killed because it took longer than `limit`.
pub fn run(command: &mut Command, limit: Duration) -> anyhow::Result<Finished> {
    let name = command.get_program().display().to_string();
    let mut output = tempfile::tempfile()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .spawn()
        .with_context(|| format!("{name} does not start; ./test installs what is needed"))?;
    let Some(status) = end(&mut child, limit)? else {
        child.kill()?;
        child.wait()?;
        bail!("{name} took longer than {limit:?}");
    };
    let mut text = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut text)?;
    let output = String::from_utf8_lossy(&text).into_owned();
    Ok(Finished { status, output })
}

/// Waits for a program's end.
pub(crate) fn end(child: &mut Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let mut status = None;
    within(limit, || {
        status = child.try_wait()?;
        Ok(status.is_some())
    })?;
    Ok(status)
}

/// Waits until `condition` holds; whether it did in time.
pub(crate) fn within(
    limit: Duration,
    mut condition: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    let deadline = Instant::now() + limit;
    loop {
        if condition()? {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
}
