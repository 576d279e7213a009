//! The store from outside: what it answers, what it posts, and what `verify` finds; on SQLite. The
//! same tests run on PostgreSQL in `tests/books_on_postgres`.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod backup;
mod checkpoints;
mod files;
mod group_commit;
mod model;
mod orders;
mod place;
mod records;
mod tamper;
mod world;
