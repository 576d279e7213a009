//! Standing instructions: a deposit that pays bills by itself, as its customer signed.

use jiff::civil::Date;
use wattkey_domain::{AccountId, InstructionId};
use wattkey_protocol::api::Me;
use wattkey_protocol::standing_instruction::{Draft, StandingInstruction, Terms};
use wattkey_protocol::time;

use crate::client::Client;
use crate::payment::{DraftError, account, amount, amount_or_zero, expiry, today};

/// What a deposit may pay by itself, as a person writes it.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The contract account whose deposit pays.
    pub deposit: AccountId,
    /// The contract accounts whose bills are paid; that of the deposit when there is none.
    pub accounts: Vec<AccountId>,
    /// The most for one bill: `50000.00`.
    pub most: Option<String>,
    /// What stays in the deposit: `1000.00`; nothing when there is none.
    pub keep: Option<String>,
    /// The first day; the service's today when there is none.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

/// An instruction to be shown and signed, in the currency of the deposit's contract account.
///
/// # Errors
/// [`DraftError`]: no such account, no amount, days that cannot be.
pub async fn give(
    client: &mut Client,
    me: &Me,
    wanted: &Wanted,
    instruction: InstructionId,
) -> Result<Draft, DraftError> {
    let currency = account(client, &wanted.deposit).await?.currency;
    let written = |text: &Option<String>| text.as_deref().map(|text| amount(text, currency));
    let keep = wanted.keep.as_deref();
    let keep = keep
        .map(|text| amount_or_zero(text, currency))
        .transpose()?;
    let accounts = if wanted.accounts.is_empty() {
        vec![wanted.deposit.clone()]
    } else {
        wanted.accounts.clone()
    };
    let known = client.accounts().await?;
    for account in &accounts {
        if !known.iter().any(|one| one.account == *account) {
            let account = account.clone();
            return Err(DraftError::NoAccount { account });
        }
    }
    let from = wanted.from.unwrap_or_else(|| today(client, me));
    if let Some(until) = wanted.until.filter(|until| *until < from) {
        return Err(DraftError::Days { from, until });
    }
    let terms = Terms {
        deposit: wanted.deposit.clone(),
        accounts,
        most: written(&wanted.most).transpose()?,
        keep: keep.unwrap_or(0),
        currency,
        from,
        until: wanted.until,
    };
    document(client, me, instruction, Some(terms))
}

/// The end of an instruction, to be shown and signed.
///
/// # Errors
/// [`DraftError`], when the service's words make no document.
pub fn end(client: &Client, me: &Me, instruction: InstructionId) -> Result<Draft, DraftError> {
    document(client, me, instruction, None)
}

fn document(
    client: &Client,
    me: &Me,
    instruction: InstructionId,
    terms: Option<Terms>,
) -> Result<Draft, DraftError> {
    let created = time::whole_seconds(client.now());
    let document = StandingInstruction {
        instruction,
        audience: client.config().audience.clone(),
        customer: me.customer.clone(),
        user: me.user.clone(),
        terms,
        created,
        expires: expiry(created),
    };
    Draft::new(&document).map_err(DraftError::Order)
}
