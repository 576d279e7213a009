//! Handing messages over.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::{Exchange, ExchangeError, failed, rename, sync};

/// The longest name of a message, in characters; `.xml` follows.
const MAX_NAME: usize = 100;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is in the folder now.
    Delivered,
    /// It was handed over before.
    Before,
}

impl Exchange {
    /// Hands a message over as the file `NAME.xml`, once, whatever happens in between.
    ///
    /// # Errors
    /// When another message had this name, or the disk fails; then it is tried again later.
    pub fn deliver(&self, name: &str, bytes: &[u8]) -> Result<Delivery, ExchangeError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        if name.is_empty()
            || name.starts_with('.')
            || name.len() > MAX_NAME
            || !name.chars().all(legal)
        {
            return Err(ExchangeError::Name(name.chars().take(MAX_NAME).collect()));
        }
        let file = format!("{name}.xml");
        let (mark, part) = (
            self.sent.join(&file),
            self.sent.join(format!(".{name}.part")),
        );
        let target = self.out.join(&file);
        match fs::read(&mark) {
            Ok(sent) if sent != bytes => return Err(ExchangeError::Conflict(name.to_owned())),
            // The name of the part is gone with the rename: the client has the message.
            Ok(_) if !exists(&part)? => {
                sync(&self.out)?;
                return Ok(Delivery::Before);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write(&part, bytes)?;
                fs::hard_link(&part, &mark).map_err(failed("make", &mark))?;
                sync(&self.sent)?;
            }
            Err(error) => return Err(failed("read", &mark)(error)),
        }
        rename(&part, &target)?;
        sync(&self.out)?;
        sync(&self.sent)?;
        Ok(Delivery::Delivered)
    }
}

fn exists(path: &Path) -> Result<bool, ExchangeError> {
    path.try_exists().map_err(failed("look at", path))
}

/// A new file with these bytes, on disk.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ExchangeError> {
    let written = || {
        // What a crash left half-written has no second name, and is nobody's.
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    written().map_err(failed("write", path))
}
