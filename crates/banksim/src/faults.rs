//! Faults on request: when the bank starts (`--fault`, several times if need be) and while it runs
//! (`PUT /faults`, `wattkey-banksim faults`).
//!
//! | fault | what happens |
//! | --- | --- |
//! | a debtor account that ends in `999904` | the collection is rejected, AM04 (insufficient funds) |
//! | a creditor account that ends in `999904` | the transfer is rejected, AC04 (closed account) |
//! | `reject` | every collection is rejected, AM04, and every transfer, AC04 |
//! | `partial` | every second payment is rejected; the group's status is `PART` |
//! | `pending` | every payment is first notified as pending (`PDNG`), then booked |
//! | `return` | every payment is booked, then given back: a collection MD06, a transfer AC04 |
//! | `statement` | every booking is notified, and stands in a statement (camt.053) again |
//! | `late` | nothing is sent until the fault is taken back; then all of it |
//! | `twice` | every message is sent twice |
//! | `out-of-order` | messages are sent in pairs, the later one first; a last one waits |
//! | `garbage` | something that is no message is sent before each one |
//! | `lost-answer` | a message is taken, and the answer breaks off; asked again, it is whole |

use std::collections::BTreeSet;

use crate::message::Kind;

/// Debtor accounts with this ending have no funds, creditor accounts are closed.
pub const NO_FUNDS_ENDING: &str = "999904";

/// One fault.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    clap::ValueEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Reject every payment.
    Reject,
    /// Reject every second payment.
    Partial,
    /// Notify every payment as pending before it is booked.
    Pending,
    /// Give every payment back after it was booked.
    Return,
    /// Write a statement with each booking as well.
    Statement,
    /// Send nothing while it lasts.
    Late,
    /// Send every message twice.
    Twice,
    /// Send messages in pairs, the later one first.
    OutOfOrder,
    /// Send what is no message before each one.
    Garbage,
    /// Break the answer off when a message was taken.
    LostAnswer,
}

/// The faults that are asked for now.
pub type Faults = BTreeSet<Fault>;

/// The reason why a payment is rejected on request, if it is. `place` counts payments; `account` is
/// that of the other side.
#[must_use]
pub fn rejection(faults: &Faults, kind: Kind, place: i64, account: &str) -> Option<&'static str> {
    let on_request = faults.contains(&Fault::Reject)
        || (faults.contains(&Fault::Partial) && place % 2 == 0)
        || account.ends_with(NO_FUNDS_ENDING);
    on_request.then_some(match kind {
        Kind::Collection => "AM04",
        Kind::Transfer => "AC04",
    })
}

/// The `turn`th thing that is no message: its sort, as the bank calls it, and itself.
#[must_use]
pub fn garbage(turn: i64) -> (&'static str, String) {
    match turn % 4 {
        0 => ("camt.054", "<not-xml".to_owned()),
        1 => (
            "pain.002",
            "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
             <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">&b;</Document>"
                .to_owned(),
        ),
        2 => ("camt.053", "<a>".repeat(10_000)),
        _ => ("camt.054", "\u{0}\u{FFFD} nothing of ISO 20022".to_owned()),
    }
}
