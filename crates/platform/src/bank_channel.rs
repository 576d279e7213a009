//! The bank channel: messages out, messages in, over HTTP or folders (PROTOCOL.md, section 14).
//!
//! Out: one message at a time is leased from the outbox, sent, and noted as sent. A crash anywhere
//! sends the same bytes again, which the bank knows by their `MsgId`. In: messages are read after
//! the stored cursor; what a message says, its bytes and the cursor become durable in one
//! transaction. A crash before it reads the message again; after it, the message is over. Each
//! report counts once by its own reference, in whatever message it comes.

mod folder;
pub mod http;
pub mod message;
mod poller;
pub(crate) mod reading;
mod sender;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use wattkey_bank::exchange::ExchangeError;

use self::folder::Folder;
use crate::app::App;
use crate::config::{Bank, Exchange};

pub use self::poller::{Taken, take};

/// The longest pause after failures.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Sends and reads until `stopped` says so.
pub async fn run(app: Arc<App>, bank: Bank, stopped: watch::Receiver<bool>) {
    let way = Way::of(&bank);
    tokio::join!(
        sender::run(&app, &bank, &way, stopped.clone()),
        poller::run(&app, &bank, &way, stopped.clone()),
    );
}

/// How messages travel.
#[derive(Debug)]
enum Way {
    Http(SocketAddr),
    Folder(Folder),
}

impl Way {
    fn of(bank: &Bank) -> Self {
        match &bank.exchange {
            Exchange::Http(address) => Self::Http(*address),
            Exchange::Folder(folders) => Self::Folder(Folder::new(folders.clone())),
        }
    }
}

/// Why a message cannot be handed over or fetched now.
#[derive(Debug, thiserror::Error)]
enum WayError {
    /// Over HTTP.
    #[error(transparent)]
    Http(#[from] http::BankHttpError),
    /// Over folders.
    #[error(transparent)]
    Folder(#[from] ExchangeError),
}

impl WayError {
    /// Whether the same bytes will not do better.
    fn is_final(&self) -> bool {
        match self {
            Self::Http(error) => error.is_final(),
            Self::Folder(error) => {
                matches!(error, ExchangeError::Conflict(_) | ExchangeError::Name(_))
            }
        }
    }
}

/// How long to wait: the poll interval, doubled with each failure in a row, up to a minute.
#[derive(Debug)]
struct Pauses {
    poll: Duration,
    failures: u32,
}

impl Pauses {
    fn new(bank: &Bank) -> Self {
        Self {
            poll: bank.poll,
            failures: 0,
        }
    }

    fn after_success(&mut self) -> Duration {
        self.failures = 0;
        self.poll
    }

    /// After a failure that time does not mend.
    fn longest(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        MAX_PAUSE.max(self.poll)
    }

    fn after_failure(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        self.poll
            .saturating_mul(factor)
            .min(MAX_PAUSE.max(self.poll))
    }
}

/// What a log was told of failures in a row: the same one again is worth a line now and then, and
/// not each time.
#[derive(Debug, Default)]
struct Told {
    last: Option<String>,
    again: u32,
}

impl Told {
    /// How many rounds with the same failure are passed over.
    const QUIET: u32 = 60;

    fn is_news(&mut self, error: String) -> bool {
        self.again += 1;
        if self.last.as_ref() == Some(&error) && self.again < Self::QUIET {
            return false;
        }
        (self.last, self.again) = (Some(error), 0);
        true
    }

    fn is_over(&mut self) {
        self.last = None;
    }
}

/// Waits; `false` when it is time to stop.
async fn pause(time: Duration, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => false,
        () = tokio::time::sleep(time) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_start_over() {
        let mut pauses = Pauses {
            poll: Duration::from_secs(2),
            failures: 0,
        };
        let seconds: Vec<_> = (0..7).map(|_| pauses.after_failure().as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pauses.after_success().as_secs(), 2);
        assert_eq!(pauses.after_failure().as_secs(), 2);
    }

    #[test]
    fn the_same_failure_is_told_now_and_then() {
        let mut told = Told::default();
        let mut lines = 0;
        for _ in 0..2 * Told::QUIET {
            lines += u32::from(told.is_news("too long".to_owned()));
        }
        assert_eq!(lines, 2);
        assert!(told.is_news("away".to_owned()));
        assert!(!told.is_news("away".to_owned()));
        told.is_over();
        assert!(told.is_news("away".to_owned()));
    }
}
