//! One file per URL.

mod accounts;
mod bills;
mod mandates;
mod me;
mod orders;
mod standing_instructions;
