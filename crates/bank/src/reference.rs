//! Creditor references (ISO 11649), which incoming credits are matched by. They are the domain's:
//! the order that a customer signs names one.

pub use wattkey_domain::creditor_reference::{CreditorReference, MAX_BODY, ReferenceError};
