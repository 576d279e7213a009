//! Messages over two folders, as an EBICS or SFTP client beside the creditor carries them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::message;
use crate::store::{Outgoing, Store};

/// Where files are picked up and dropped off.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Messages of the creditor; they are removed when they are taken.
    pub pick_up: PathBuf,
    /// Messages for the creditor.
    pub drop_off: PathBuf,
}

/// Takes every message that is there; whether there was any.
///
/// # Errors
/// When folder or database fail; what was not taken stays.
pub fn pick_up(store: &mut Store, folder: &Path) -> anyhow::Result<bool> {
    let mut some = false;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden || !path.is_file() {
            continue;
        }
        let body = fs::read(&path)?;
        match message::receive(&body) {
            Ok(received) => {
                let kept = store.keep(&received, &body)?;
                tracing::info!(file = %path.display(), ?kept, "message");
            }
            Err(refused) => tracing::warn!(file = %path.display(), %refused, "no message"),
        }
        fs::remove_file(&path)?;
        some = true;
    }
    Ok(some)
}

/// Puts every message there that was not put there before.
///
/// # Errors
/// When folder or database fail; what was not put there is put there later.
pub fn drop_off(store: &mut Store, folder: &Path) -> anyhow::Result<()> {
    for Outgoing { number, kind, body } in store.undelivered()? {
        let name = format!("{number:06}-{kind}.xml");
        let part = folder.join(format!(".{name}.part"));
        let mut file = File::create(&part)?;
        file.write_all(body.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, folder.join(&name))?;
        File::open(folder)?.sync_all()?;
        store.delivered(number)?;
        tracing::info!(name, "dropped off");
    }
    Ok(())
}
