//! Faults on request.
//!
//! | how | what happens |
//! | --- | --- |
//! | a debtor account that ends in `999904` | the collection is rejected, AM04 (insufficient funds) |
//! | `--fault reject` | every collection is rejected, AM04 |
//! | `--fault pending` | every collection is first notified as pending (`PDNG`), then booked |

/// Debtor accounts with this ending have no funds.
pub const NO_FUNDS_ENDING: &str = "999904";

/// A fault of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    /// Reject every collection, AM04.
    Reject,
    /// Notify every collection as pending before it is booked.
    Pending,
}

/// The reason why a collection from `debtor_account` is rejected on request, if it is.
#[must_use]
pub fn rejection(fault: Option<Fault>, debtor_account: &str) -> Option<&'static str> {
    let on_request = fault == Some(Fault::Reject) || debtor_account.ends_with(NO_FUNDS_ENDING);
    on_request.then_some("AM04")
}
