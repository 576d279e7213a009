//! Orders against the bytes that came and those that leave: the order and each decision on it was
//! signed by a key that was bound to its user, the message to the bank is the one that the signed order makes, and each
//! receipt is signed by a receipt key.

use wattkey_bank::CharacterSet;
use wattkey_domain::OrderState;
use wattkey_pki::TrustAnchor;
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::order::{Order, SignedOrder, Source};
use wattkey_protocol::receipt;
use wattkey_store::{FundsSource, OrderCursor, OrderRecord, Payee, Store, StoreError};

use super::not_signed_by;
use crate::answer::chain;
use crate::bank_channel::message;
use crate::binding_log::State;
use crate::routes::orders::{check::same_account, view};

/// Orders that are read at once.
const ORDERS_AT_ONCE: u32 = 50;

/// What is wrong with the orders of all customers. Signatures are proven with the bindings of the
/// log, when it is whole.
pub(super) async fn check(
    store: &Store,
    service_ca: &TrustAnchor,
    bindings: Option<&State>,
) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let Some(payee) = store.payee().await? else {
        return Ok(findings);
    };
    for customer in store.customers().await? {
        let mut after: Option<OrderCursor> = None;
        loop {
            let page = store.orders(customer.id, after, ORDERS_AT_ONCE).await?;
            for record in &page.items {
                if let Some(signed) = signed(store, record, bindings, &mut findings).await? {
                    let order = signed.order();
                    message_made_of(store, &payee, record, order, &mut findings).await?;
                }
                if let Some(bindings) = bindings {
                    decisions_signed(store, record, bindings, &mut findings).await?;
                }
                receipts_signed(store, service_ca, record, &mut findings).await?;
            }
            after = page.next.and_then(|next| next.parse().ok());
            if after.is_none() {
                break;
            }
        }
    }
    Ok(findings)
}

/// The order as it was signed, by whom it had to be.
async fn signed(
    store: &Store,
    record: &OrderRecord,
    bindings: Option<&State>,
    findings: &mut Vec<String>,
) -> Result<Option<SignedOrder>, StoreError> {
    let place = format!("order {}", record.order);
    let signed = store.order_jws(record.order).await?;
    let Some(signed) = signed.and_then(|jws| SignedOrder::parse(&jws).ok()) else {
        findings.push(format!("{place}: it is not a signed order"));
        return Ok(None);
    };
    if let Some(bindings) = bindings {
        let binding = bindings.once_bound(signed.certificate());
        let binding = binding.filter(|binding| binding.holder.id == record.user);
        if binding.is_none_or(|binding| signed.verify(&binding.signature).is_err()) {
            findings.push(format!("{place}: no key of its user signed it"));
        }
    }
    Ok(Some(signed))
}

/// Each decision on an order by whom it had to be.
async fn decisions_signed(
    store: &Store,
    record: &OrderRecord,
    bindings: &State,
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    if record.decisions.is_empty() {
        return Ok(());
    }
    let documents = store.decision_documents(record.order).await?;
    for (number, (user, jws)) in documents.iter().enumerate() {
        if let Some(why) = not_signed_by::<DecisionDocument>(jws, *user, bindings) {
            let number = number + 1;
            findings.push(format!("order {} decision {number}: {why}", record.order));
        }
    }
    Ok(())
}

/// Whether an order has the bank do something once it goes: collect, or pay back.
fn goes_to_the_bank(record: &OrderRecord) -> bool {
    matches!(record.source, FundsSource::Mandate(_)) || record.refund.is_some()
}

async fn message_made_of(
    store: &Store,
    payee: &Payee,
    record: &OrderRecord,
    order: &Order,
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    let place = format!("order {}", record.order);
    let accepted = record
        .history
        .iter()
        .find(|event| event.state == OrderState::Accepted);
    let kept = store.order_message(record.order).await?;
    let Some(accepted) = accepted.filter(|_| goes_to_the_bank(record)) else {
        if kept.is_some() {
            findings.push(format!("{place}: it has a message that it never made"));
        }
        return Ok(());
    };
    let mandate = match &record.mandate {
        Some(id) => store.mandate(record.customer, id.clone()).await?,
        None => None,
    };
    let Some((mandate, kept)) = mandate.zip(kept) else {
        findings.push(format!("{place}: its mandate or its message is not there"));
        return Ok(());
    };
    let signed = match (&order.source, &order.refund) {
        (Source::Mandate { debtor_account, .. }, _) => Some(debtor_account),
        (_, refund) => refund.as_ref().map(|refund| &refund.account),
    };
    if signed.is_none_or(|signed| !same_account(&mandate.debtor_account, signed)) {
        findings.push(format!(
            "{place}: its mandate is of another account than was signed"
        ));
    }
    // Which characters the bank takes and which days it works on is configuration, and may have
    // changed since.
    let day = message::day_in(&kept, accepted.at, order.execute);
    let same = [CharacterSet::Latin, CharacterSet::Unicode]
        .into_iter()
        .any(|characters| {
            let Some(day) = day else { return false };
            let made = message::made(order, payee, &mandate, accepted.at, day, characters);
            made.is_ok_and(|made| made == kept)
        });
    if !same {
        findings.push(format!(
            "{place}: its message to the bank is not what the signed order makes"
        ));
    }
    Ok(())
}

async fn receipts_signed(
    store: &Store,
    service_ca: &TrustAnchor,
    record: &OrderRecord,
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    for event in &record.history {
        let Some(kept) = store.receipt(record.order, event.state).await? else {
            continue;
        };
        let place = format!("order {} receipt {}", record.order, event.state);
        match receipt::verify_platform(&kept.jws, service_ca) {
            Err(error) => findings.push(format!("{place}: {}", chain(&error))),
            Ok(receipt) => {
                let bills = receipt.bills.iter();
                let bills = bills.map(|bill| (&bill.bill, bill.principal, bill.penalty));
                let kept = record.bills.iter();
                let kept =
                    kept.map(|bill| (&bill.bill, bill.principal.minor(), bill.penalty.minor()));
                let fits = (receipt.total, receipt.currency, receipt.customer)
                    == (
                        record.total.minor(),
                        record.total.currency(),
                        record.customer,
                    )
                    && receipt.order_digest.as_bytes() == &record.digest
                    && receipt.reference == record.reference
                    && receipt.deposit == view::deposit(record)
                    && receipt.refund == view::refund(record)
                    && receipt.source == view::source(record).kind()
                    && bills.eq(kept);
                if !fits {
                    findings.push(format!("{place}: it says other things than the order"));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::bank::settle;
    use crate::tests::checkpoints::tamper;
    use crate::tests::world::World;
    use wattkey_domain::Decision;

    #[tokio::test]
    async fn each_decision_is_signed_by_a_key_of_its_user() {
        let gao_jun = "user_id = '00000000-0000-0000-0000-00000000000c'";
        for (statement, words) in [
            (String::new(), ""),
            (
                format!("UPDATE order_decisions SET {gao_jun}"),
                "decision 1: no key of its user signed it",
            ),
            (
                "UPDATE order_decisions SET jws = replace(jws, '.', '.A')".to_owned(),
                "decision 1: what was signed cannot be read",
            ),
        ] {
            let (world, people) = World::with_people().await;
            let order = world.order_of(&people.sun_li, 1, &["B-2"]).await;
            assert_eq!(world.pay(&people.sun_li, &order).await.status, 201);
            let approved = world.decide(&people.wu_min, order.order, Decision::Approve);
            assert_eq!(approved.await.status, 201);
            tamper(&world, &statement);
            let bindings = world.app.bindings().await.unwrap();
            let service_ca = TrustAnchor::new(world.app.services.certificate()).unwrap();
            let findings = check(&world.app.store, &service_ca, Some(&bindings)).await;
            let findings = findings.unwrap();
            let is_found = findings.iter().any(|finding| finding.contains(words));
            assert_eq!(
                (is_found, findings.len()),
                (!words.is_empty(), usize::from(!words.is_empty())),
                "{statement}: {findings:?}"
            );
        }
    }

    #[tokio::test]
    async fn messages_and_receipts_are_those_of_the_order() {
        let world = World::new().await;
        let order = world.order(1, &["B-1"]).await;
        let signed = world.li_na.sign_order(&order);
        assert_eq!(world.post(&world.li_na, &signed).await.status, 201);
        settle(&world, &order).await;
        let store = &world.app.store;
        let service_ca = TrustAnchor::new(world.app.services.certificate()).unwrap();
        let customer = order.customer.id;
        let mut record = store.order(customer, order.order).await.unwrap().unwrap();
        crate::receipts::present(&world.app, &record).await.unwrap();
        let bindings = world.app.bindings().await.unwrap();
        let found = async |anchor| check(store, anchor, Some(&bindings)).await.unwrap();
        assert_eq!(found(&service_ca).await, [""; 0]);

        let users = TrustAnchor::new(world.app.users.certificate()).unwrap();
        let foreign = found(&users).await;
        assert_eq!(foreign.len(), 2, "receipts of two states: {foreign:?}");

        // As if the rows had been changed under the signatures.
        let mut findings = Vec::new();
        let payee = Payee {
            account: "GB33BUKB20201555555555".to_owned(),
            ..store.payee().await.unwrap().unwrap()
        };
        message_made_of(store, &payee, &record, &order, &mut findings)
            .await
            .unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        let nobody = crate::binding_log::State::default();
        let unsigned = check(store, &service_ca, Some(&nobody)).await.unwrap();
        assert_eq!(unsigned.len(), 1, "{unsigned:?}");
        record.reference = "PO 9".to_owned();
        receipts_signed(store, &service_ca, &record, &mut findings)
            .await
            .unwrap();
        assert_eq!(findings.len(), 3, "{findings:?}");
    }
}
