//! What waits for a person, with what the rules propose.

use std::collections::HashMap;

use jiff::civil::Date;
use wattkey_domain::CustomerId;
use wattkey_protocol::order::Named;
use wattkey_protocol::reconciliation::WaitingItem;
use wattkey_protocol::resolution::ItemView;
use wattkey_protocol::time::whole_seconds;
use wattkey_store::BankItem;

use super::{Books, ReconcileError, rules};

/// The most bills and deposits that all proposals of an answer name together.
const MAX_PARTS: usize = 20_000;

/// What an item says, as it is shown and signed.
#[must_use]
pub fn view(item: &BankItem) -> ItemView {
    ItemView {
        item: item.item.clone(),
        at: whole_seconds(item.at),
        amount: item.amount.map(|amount| amount.minor()),
        currency: item.amount.map(|amount| amount.currency()),
        value: item.value,
        debtor: item.debtor.clone(),
        debtor_account: item.debtor_account.clone(),
        text: item.text.clone(),
        order: item.order,
        why: item.why.clone(),
    }
}

/// What waits, oldest first, and how much there is.
pub(super) async fn waiting(
    books: Books<'_>,
    today: Date,
) -> Result<(Vec<WaitingItem>, u64), ReconcileError> {
    let waiting = books.store.waiting_items().await?;
    let receipts: Vec<&BankItem> = waiting.items.iter().map(|(item, _)| item).collect();
    let mut found = rules::propose(books, &receipts, today).await?;
    let (mut names, mut shown) = (Names::default(), 0);
    let mut items = Vec::with_capacity(waiting.items.len());
    for (place, (item, resolution)) in waiting.items.iter().enumerate() {
        let view = view(item);
        let mut proposals = Vec::new();
        for found in found.remove(&place).unwrap_or_default() {
            shown += found.parts();
            if shown > MAX_PARTS {
                break;
            }
            let customer = names.named(books, found.customer).await?;
            proposals.push(found.into_proposal(customer));
        }
        items.push(WaitingItem {
            digest: view.digest(),
            view,
            resolution: *resolution,
            proposals,
        });
    }
    Ok((items, waiting.total))
}

/// Names of customers that were looked up.
#[derive(Debug, Default)]
struct Names(HashMap<CustomerId, String>);

impl Names {
    async fn named(
        &mut self,
        books: Books<'_>,
        id: CustomerId,
    ) -> Result<Named<CustomerId>, ReconcileError> {
        if let Some(name) = self.0.get(&id) {
            let name = name.clone();
            return Ok(Named { id, name });
        }
        let customer = books.store.customer(id).await?;
        let name = customer.map(|customer| customer.name).unwrap_or_default();
        self.0.insert(id, name.clone());
        Ok(Named { id, name })
    }
}
