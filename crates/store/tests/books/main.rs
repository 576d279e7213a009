//! The store from outside: what it answers, what it posts, and what `verify` finds; on SQLite. The
//! same tests run on PostgreSQL in `tests/books_on_postgres`.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod approval;
mod backup;
mod changes;
mod checkpoints;
mod deposits;
mod disk_full;
mod disputes;
mod files;
mod group_commit;
mod invoices;
mod model;
mod notices;
mod numbered;
mod orders;
mod partial;
mod place;
mod reconciliation;
mod records;
mod returns;
mod small_disk;
mod standing;
mod statement;
mod stuck;
mod tamper;
mod tamper_deposits;
mod tamper_penalties;
mod transfers;
mod usage;
mod world;
