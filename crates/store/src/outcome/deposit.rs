use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, InstructionId, Money, UserId};

use super::{JournalPosition, MissingRight};

/// A verified standing instruction, to be kept.
#[derive(Debug, Clone)]
pub struct StandingInstruction {
    /// The id that the client made.
    pub instruction: InstructionId,
    /// SHA-256 over the JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose it is.
    pub customer: CustomerId,
    /// Who signed it.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// What is to be done.
    pub terms: StandingTerms,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// What a standing instruction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingTerms {
    /// The contract account whose deposit pays.
    pub deposit: AccountId,
    /// The contract accounts whose bills are paid: 1 to 100, each once.
    pub accounts: Vec<AccountId>,
    /// The most that one bill may take with its penalty.
    pub most: Option<Money>,
    /// What stays in the deposit.
    pub keep: Money,
    /// Of all amounts, the bills and the deposit.
    pub currency: Currency,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Option<Date>,
}

/// A verified end of a standing instruction.
#[derive(Debug, Clone)]
pub struct EndInstruction {
    /// Which.
    pub instruction: InstructionId,
    /// SHA-256 over the JWS payload.
    pub digest: [u8; 32],
    /// The compact JWS, exactly as it came.
    pub jws: String,
    /// Whose it is.
    pub customer: CustomerId,
    /// Who signed the end.
    pub user: UserId,
    /// Number of the binding log's last step when the signer was found bound.
    pub bindings: u64,
    /// The time of taking it in.
    pub now: Timestamp,
}

/// What came of a standing instruction, or of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstructionOutcome {
    /// It is in force from its first day on, or it has ended.
    Kept,
    /// The same was kept before.
    Exists,
    /// The id was used for another one, or it was ended by another document.
    ExistsWithDifferentPayload {
        /// The digest of that one.
        digest: [u8; 32],
    },
    /// The customer has no such instruction to end.
    Unknown,
    /// The customer has no such contract account.
    UnknownAccount {
        /// Which.
        account: AccountId,
    },
    /// The signer has not the right to this on one of its contract accounts.
    NoRight(MissingRight),
    /// The deposit is in another currency.
    AccountCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// The binding log has moved since the signer was found bound: look again whether it still is.
    BindingsMoved,
}

/// A bill that a deposit paid under a standing instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which instruction.
    pub instruction: InstructionId,
    /// Which bill.
    pub bill: BillId,
    /// Whose deposit.
    pub deposit: AccountId,
    /// Of the bill itself.
    pub principal: Money,
    /// The penalty of the day.
    pub penalty: Money,
    /// The batch.
    pub journal: JournalPosition,
}
