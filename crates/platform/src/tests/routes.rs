//! One file per URL.

mod accounts;
mod bills;
pub(crate) mod changes;
pub(crate) mod disputes;
mod mandates;
mod me;
mod notices;
mod orders;
pub(crate) mod standing_instructions;
mod tax_invoices;
mod usage;
