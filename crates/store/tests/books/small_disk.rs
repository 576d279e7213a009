//! A disk that is soon full: some memory, mounted as one. Only root can do that.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is in the way of everything else.
const BALLAST: &str = "ballast";

pub(crate) struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// `None`, with the reason on standard error, where nothing can be mounted.
    pub(crate) fn mount(path: PathBuf, size_mb: u32, mode: &str) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size_mb}m,{mode}")])
            .arg("wattkey-test")
            .arg(&path)
            .output()
            .unwrap();
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("skipped: no small disk can be mounted here: {why}");
            return None;
        }
        Some(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Not a byte is left.
    pub(crate) fn fill(&self) {
        let mut ballast = File::create(self.path.join(BALLAST)).unwrap();
        for size in [64 * 1024, 1_024, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Somebody has made room.
    pub(crate) fn free(&self) {
        fs::remove_file(self.path.join(BALLAST)).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also when a thread of the store still holds a file in it.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(&self.path)
            .status();
        let _ = fs::remove_dir(&self.path);
    }
}
