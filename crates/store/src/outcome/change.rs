//! Changes of customers' own data.

use jiff::Timestamp;
use wattkey_domain::{
    AccountId, ChangeId, ChangeState, CustomerId, Decision, OwnData, Right, Rights, UserId,
};

/// A verified change, to be done, or to wait for another person.
#[derive(Debug, Clone)]
pub struct ProposeChange {
    /// The id that the client made.
    pub change: ChangeId,
    /// SHA-256 over the JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose data.
    pub customer: CustomerId,
    /// Who signed it.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// The version that it replaces; 0 when there is none yet.
    pub replaces: u64,
    /// What is changed.
    pub subject: OwnData,
    /// What it is from now on: JSON.
    pub what: String,
    /// The same, of rights: none takes back what was given. Otherwise none.
    pub rights: Option<Rights>,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// A verified decision on a change.
#[derive(Debug, Clone)]
pub struct DecideChange {
    /// The change.
    pub change: ChangeId,
    /// SHA-256 over its payload, as who decides read it.
    pub change_digest: [u8; 32],
    /// SHA-256 over the decision's JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose data.
    pub customer: CustomerId,
    /// Who signed the decision.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// [`Decision::Approve`] or [`Decision::Refuse`].
    pub decision: Decision,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// What a user may not do on a contract account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// Which right is missing.
    pub right: Right,
    /// On which contract account.
    pub account: AccountId,
    /// Whether the user may not even look at it.
    pub hidden: bool,
}

/// What came of a change, or of a decision on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It is taken in, and the change stands there.
    Taken(ChangeState),
    /// The same was taken in before.
    Exists,
    /// The id was used for another change.
    ExistsWithDifferentPayload {
        /// The digest of that one, when it is the same customer's.
        digest: Option<[u8; 32]>,
    },
    /// The customer has no such change.
    Unknown,
    /// The change is another one than the person read.
    DifferentDigest,
    /// The customer has no such contract account.
    UnknownAccount {
        /// Which.
        account: AccountId,
    },
    /// The customer has no such user.
    UnknownUser {
        /// Which.
        user: UserId,
    },
    /// The signer has not the right to this.
    NoRight {
        /// Which right is missing.
        right: Right,
        /// On which contract account; none: by itself.
        account: Option<AccountId>,
    },
    /// Besides the signer and whom it is about the customer has nobody who could approve it.
    NobodyApproves,
    /// Who signed the change, or whose rights it is about, does not decide it.
    OwnChange,
    /// Another change came in between.
    Changed {
        /// The version that holds.
        version: u64,
    },
    /// The change does not wait any more.
    NotPossible {
        /// Where it stands.
        state: ChangeState,
    },
    /// The binding log has moved since the signer was found bound: look again whether it still is.
    BindingsMoved,
}
