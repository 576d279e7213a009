//! Resolutions against the items that they are about, and what is sent back against its message to
//! the bank: both are made again from what the managers signed.

use wattkey_bank::CharacterSet;
use wattkey_domain::{Item, Money};
use wattkey_protocol::resolution::{Action, Resolution};
use wattkey_protocol::signed::Signed;
use wattkey_store::{
    BankItem, KeptResolution, Payee, ResolutionVerdict, Store, StoreError, WhichResolutions,
};

use crate::bank_channel::message::{self, SentBack};
use crate::reconcile;

/// What is wrong with the messages that send money back, and with what the managers were shown.
pub(crate) async fn check(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let Some(payee) = store.payee().await? else {
        return Ok(findings);
    };
    let mut after = None;
    loop {
        let page = store.resolutions(WhichResolutions::After(after)).await?;
        let Some(last) = page.last() else {
            return Ok(findings);
        };
        after = Some(last.resolution);
        for kept in &page {
            if let Some(problem) = one(store, &payee, kept).await? {
                findings.push(format!("resolution {}: {problem}", kept.resolution));
            }
        }
    }
}

async fn one(
    store: &Store,
    payee: &Payee,
    kept: &KeptResolution,
) -> Result<Option<&'static str>, StoreError> {
    let Ok(signed) = Signed::<Resolution>::parse(&kept.jws) else {
        return Ok(Some("it cannot be read"));
    };
    let document = signed.document();
    let item = store.bank_item(kept.item.clone()).await?;
    let Some(item) = item else {
        return Ok(Some("what it is about is not there"));
    };
    // Of an order, and of what is sent back, the item says a state, which moves on.
    let stands = !matches!(kept.item, Item::Order(_) | Item::Return(_));
    if stands && reconcile::view(&item).digest() != document.item_digest {
        return Ok(Some(
            "its item says something else than the managers signed",
        ));
    }
    let word = kept.decision.as_ref().map(|word| word.verdict);
    if document.action != Action::Return || word != Some(ResolutionVerdict::Confirm) {
        return Ok(None);
    }
    let message = store.return_message(kept.resolution).await?;
    let Some((body, created)) = message else {
        return Ok(Some("its message to the bank is not there"));
    };
    let is_its = is_made_of(payee, document, &item, &body, created);
    Ok((is_its != Some(true)).then_some("its message to the bank is not what was signed"))
}

/// Whether these are the bytes; which characters the bank takes and which days it works on is
/// configuration, and may have changed since.
fn is_made_of(
    payee: &Payee,
    document: &Resolution,
    item: &BankItem,
    body: &[u8],
    created: jiff::Timestamp,
) -> Option<bool> {
    let amount: Money = item.amount?;
    let sent_back = SentBack {
        resolution: document.resolution,
        to: document.to.as_ref()?,
        amount,
        value: item.value?,
    };
    let day = message::day_in(body, created, None)?;
    let mut sets = [CharacterSet::Latin, CharacterSet::Unicode].into_iter();
    Some(sets.any(|characters| {
        let made = message::return_made(payee, &sent_back, created, day, characters);
        made.is_ok_and(|made| made == body)
    }))
}
