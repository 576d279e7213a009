//! The store from outside: what it answers, what it posts, and what `verify` finds.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod group_commit;
mod model;
mod orders;
mod records;
mod tamper;
mod world;
