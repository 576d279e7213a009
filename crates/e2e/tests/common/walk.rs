//! A world whose platform dies at a failpoint.

use std::path::PathBuf;
use std::time::Duration;

use wattkey_e2e::Server;

use super::{Stage, was_reached};

/// How long the platform may take to die.
const DEATH: Duration = Duration::from_secs(20);

pub(crate) struct Walk {
    pub(crate) stage: Stage,
    hits: PathBuf,
}

impl Walk {
    pub(crate) fn new() -> Self {
        let stage = Stage::with_failpoints();
        let hits = stage.world.layout().path("hits");
        Self { stage, hits }
    }

    /// Does something while nobody dies.
    pub(crate) fn calmly<T>(&self, act: impl FnOnce(&Stage) -> T) -> T {
        let running = self.stage.world.start().unwrap();
        let done = act(&self.stage);
        running.stop().unwrap();
        done
    }

    pub(crate) fn doomed_platform(&self, name: &str) -> Server {
        let _ = std::fs::remove_file(&self.hits);
        let doomed = self.stage.world.with_failpoint(name, &self.hits);
        doomed.start_platform().unwrap()
    }

    pub(crate) fn died(&self, mut platform: Server, name: &str) {
        let ended = platform.wait_for_end(DEATH);
        assert!(ended.is_ok(), "{name} was not reached: {ended:?}");
        assert!(was_reached(&self.hits, name), "{name} was not reached");
    }
}
