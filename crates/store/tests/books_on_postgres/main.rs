//! The tests of `tests/books`, all of them, on PostgreSQL; and what only a server can do to us.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../books/approval.rs"]
mod approval;
#[path = "../books/backup.rs"]
mod backup;
#[path = "../books/changes.rs"]
mod changes;
#[path = "../books/checkpoints.rs"]
mod checkpoints;
#[path = "../books/deposits.rs"]
mod deposits;
#[path = "../books/disk_full.rs"]
mod disk_full;
#[path = "../books/disputes.rs"]
mod disputes;
#[path = "../books/group_commit.rs"]
mod group_commit;
#[path = "../books/invoices.rs"]
mod invoices;
#[path = "../books/model.rs"]
mod model;
#[path = "../books/notices.rs"]
mod notices;
#[path = "../books/numbered.rs"]
mod numbered;
#[path = "../books/orders.rs"]
mod orders;
#[path = "../books/partial.rs"]
mod partial;
#[path = "../books/reconciliation.rs"]
mod reconciliation;
#[path = "../books/records.rs"]
mod records;
#[path = "../books/returns.rs"]
mod returns;
#[path = "../books/small_disk.rs"]
mod small_disk;
#[path = "../books/standing.rs"]
mod standing;
#[path = "../books/statement.rs"]
mod statement;
#[path = "../books/stuck.rs"]
mod stuck;
#[path = "../books/tamper.rs"]
mod tamper;
#[path = "../books/tamper_deposits.rs"]
mod tamper_deposits;
#[path = "../books/tamper_penalties.rs"]
mod tamper_penalties;
#[path = "../books/transfers.rs"]
mod transfers;
#[path = "../books/usage.rs"]
mod usage;
#[path = "../books/world.rs"]
mod world;

mod beginning;
mod faults;
mod place;
