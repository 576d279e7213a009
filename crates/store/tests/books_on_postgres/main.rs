//! The tests of `tests/books`, all of them, on PostgreSQL; and what only a server can do to us.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../books/backup.rs"]
mod backup;
#[path = "../books/checkpoints.rs"]
mod checkpoints;
#[path = "../books/group_commit.rs"]
mod group_commit;
#[path = "../books/model.rs"]
mod model;
#[path = "../books/orders.rs"]
mod orders;
#[path = "../books/records.rs"]
mod records;
#[path = "../books/tamper.rs"]
mod tamper;
#[path = "../books/world.rs"]
mod world;

mod faults;
mod place;
