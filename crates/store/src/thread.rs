//! A thread with a connection of its own.

use std::sync::mpsc;
use std::thread::JoinHandle;

use crate::database::{DatabaseError, Session};

/// Starts a thread that opens a connection and then works with it. Answers when it is open.
pub(crate) fn start(
    name: &str,
    open: impl FnOnce() -> Result<Box<dyn Session>, DatabaseError> + Send + 'static,
    work: impl FnOnce(Box<dyn Session>) + Send + 'static,
) -> Result<JoinHandle<()>, DatabaseError> {
    let (opened, is_open) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || match open() {
            Ok(session) => {
                // Whoever waits for it waits until it comes.
                let _ = opened.send(Ok(()));
                work(session);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        })
        .map_err(|error| DatabaseError::Other(error.into()))?;
    let ended = |_| Err(DatabaseError::Other("the thread has ended".into()));
    is_open.recv().unwrap_or_else(ended)?;
    Ok(thread)
}
