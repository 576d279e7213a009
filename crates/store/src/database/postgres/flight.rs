//! Statements under way: each is sent as soon as it is known and answered later, so that a batch
//! waits for the server once and not once for each table.
//!
//! The server works through them in their order and refuses all that follow a failed one, so the
//! first error is the one that counts.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio_postgres::{Error, Row};

/// How many rows were changed, and those that came.
pub(super) type Answer = Result<(u64, Vec<Row>), Error>;

type Flying = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What is under way on a connection.
#[derive(Default)]
pub(super) struct Flights {
    sent: u64,
    under_way: VecDeque<Flight>,
    /// Rows that came before anybody asked for them.
    landed: HashMap<u64, Vec<Row>>,
    /// Rows that were changed.
    changed: u64,
}

/// What is wanted of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// That it is done.
    Write,
    /// Its rows.
    Read,
    /// Its rows, and that a commit has something to wait for when there are any.
    Lock,
}

struct Flight {
    number: u64,
    sort: Sort,
    flying: Flying,
    answer: Option<Answer>,
}

impl Flights {
    /// Takes a statement on; [`Self::send`] sends it.
    pub(super) fn begin(
        &mut self,
        sort: Sort,
        statement: impl Future<Output = Answer> + Send + 'static,
    ) -> u64 {
        self.sent += 1;
        self.under_way.push_back(Flight {
            number: self.sent,
            sort,
            flying: Box::pin(statement),
            answer: None,
        });
        self.sent
    }

    /// Gives the connection what it can have by now.
    pub(super) async fn send(&mut self) {
        let mut turns = 0;
        poll_fn(|context| {
            self.poll(context);
            turns += 1;
            if turns > 1 {
                return Poll::Ready(());
            }
            // The connection's own task comes first.
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Does something that is sent after all that is under way.
    pub(super) async fn before<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.poll(context);
            work.as_mut().poll(context)
        })
        .await
    }

    /// Waits for all that is under way.
    pub(super) async fn land(&mut self) -> Result<(), Error> {
        poll_fn(|context| {
            self.poll(context);
            let all = self.under_way.iter().all(|one| one.answer.is_some());
            if all { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        while let Some(flight) = self.under_way.pop_front() {
            let Some(answer) = flight.answer else {
                continue;
            };
            let (changed, rows) = answer?;
            match flight.sort {
                Sort::Write => self.changed += changed,
                Sort::Lock if !rows.is_empty() => self.changed += 1,
                Sort::Lock | Sort::Read => {}
            }
            if flight.sort != Sort::Write {
                self.landed.insert(flight.number, rows);
            }
        }
        Ok(())
    }

    /// The rows of one that has landed.
    pub(super) fn rows(&mut self, number: u64) -> Option<Vec<Row>> {
        self.landed.remove(&number)
    }

    /// Rows that were changed since the last time it was asked.
    pub(super) fn take_changed(&mut self) -> u64 {
        std::mem::take(&mut self.changed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Forgets everything. What was sent, the server does or refuses; nobody hears of it.
    pub(super) fn forget(&mut self) {
        *self = Self {
            sent: self.sent,
            ..Self::default()
        };
    }

    fn poll(&mut self, context: &mut Context<'_>) {
        for flight in &mut self.under_way {
            if flight.answer.is_none()
                && let Poll::Ready(answer) = flight.flying.as_mut().poll(context)
            {
                flight.answer = Some(answer);
            }
        }
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights")
            .field("under_way", &self.under_way.len())
            .finish_non_exhaustive()
    }
}
