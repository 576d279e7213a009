//! One payment, step by step. Each step is a type, so that none can be left out:
//!
//! ```text
//! Prepared ──confirm──▶ Confirmed ──sign (PIN)──▶ SignedOrder ──record──▶ Recorded ──submit──▶ Outcome
//!  shown                 by total                                          in the journal
//! ```
//!
//! [`Prepared::lines`] is what the user is shown, from the very bytes that will be signed. From the
//! signature on, [`crate::sending`] has it.

mod allocate;
mod caution;
mod draft;
mod prepared;

pub(crate) use allocate::today;
pub use allocate::{Allocated, all_due, oldest_first};
pub use caution::{Caution, billed_twice, cautions};
pub use draft::{
    Amount, BillPart, DepositRequest, DraftError, Funds, RefundRequest, Request, choose_mandate,
};
pub(crate) use draft::{MOST_DAYS_AHEAD, account, amount, amount_or_zero, expiry};
pub use prepared::{Confirmed, Prepared, Total, TotalDiffers};

use crate::client::Client;
