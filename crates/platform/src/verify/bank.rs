//! What the books say that the bank said, against the bytes of its messages: each message is read
//! again, and each thing in it must be in the books as it is there, and nothing else.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;
use wattkey_domain::PenaltyRules;
use wattkey_pki::Digest;
use wattkey_store::{
    BankReport, BankSubject, Debtor, KeptBankEvent, KeptCredit, Store, StoreError,
};

use crate::bank_channel::reading;

/// References that are looked up at once.
const REFERENCES_AT_ONCE: usize = 1_000;

/// What has no date of its own is read as of 1970 here.
const DATED_AFTER: Date = Date::constant(1970, 1, 2);

/// Which events of the books are in a message, by the digests of their references: there may be
/// millions.
type Said = HashSet<Digest>;

/// What is wrong with what the bank is said to have said.
pub(crate) async fn check(store: &Store, penalty: PenaltyRules) -> Result<Vec<String>, StoreError> {
    let (mut findings, mut said) = (Vec::new(), Said::new());
    let (mut after, from, until) = (0, Timestamp::MIN, Timestamp::MAX);
    while let Some(message) = store.bank_message_between(after, from, until).await? {
        after = message.number;
        // When it was read moves no money; what is not dated counts as of that day, and is not
        // compared.
        let read = reading::read(store, penalty, &message.body, Timestamp::UNIX_EPOCH).await?;
        for reports in read.reports.chunks(REFERENCES_AT_ONCE) {
            let place = format!("bank message {}", message.number);
            compare(store, reports, &place, &mut said, &mut findings).await?;
        }
    }
    let mut after = String::new();
    loop {
        let references = store.bank_references(after, REFERENCES_AT_ONCE).await?;
        let Some(last) = references.last() else {
            return Ok(findings);
        };
        after = last.clone();
        for reference in references {
            if !said.contains(&Digest::of(reference.as_bytes())) {
                findings.push(format!("bank {reference}: no message of the bank says it"));
            }
        }
    }
}

fn references(report: &BankReport) -> impl Iterator<Item = &String> {
    std::iter::once(&report.reference).chain(&report.other_references)
}

async fn compare(
    store: &Store,
    reports: &[BankReport],
    place: &str,
    said: &mut Said,
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    let wanted = reports.iter().flat_map(references).cloned().collect();
    let kept = store.bank_events(wanted).await?;
    let names = kept.values().map(|event| event.reference.clone());
    let credits = store.bank_credits(names.collect()).await?;
    for report in reports {
        let name = &report.reference;
        let mut is_kept = false;
        for event in references(report).filter_map(|reference| kept.get(reference)) {
            is_kept = true;
            said.insert(Digest::of(event.reference.as_bytes()));
            let credit = credits.get(&event.reference);
            if !says(report, event) || !credit.is_none_or(|credit| credited(report, credit)) {
                findings.push(format!("{place}: {name} is kept as something else"));
            }
        }
        if !is_kept {
            findings.push(format!("{place}: {name} is not in the books"));
        }
    }
    Ok(())
}

/// Whether the event of the books is what the report says.
fn says(report: &BankReport, kept: &KeptBankEvent) -> bool {
    let (event, order, amount) = match &report.subject {
        BankSubject::Order {
            order,
            event,
            amount,
            ..
        } => (event.as_str(), Some(order.to_string()), *amount),
        BankSubject::Return {
            resolution,
            event,
            amount,
            ..
        } => {
            let is_of_it = kept.sent_back == Some(resolution.to_string());
            return is_of_it && (kept.event.as_str(), kept.amount) == (event.as_str(), *amount);
        }
        BankSubject::Credit(credit) => ("credit", None, Some(credit.amount)),
        BankSubject::Fee { amount, .. } => ("fee", None, Some(*amount)),
    };
    // Which order a credit is for is found in the books.
    (kept.event.as_str(), kept.amount) == (event, amount)
        && (order.is_none() || kept.order == order)
}

/// Whether a credit has the value date of the report, and what waits as a receipt who paid it.
fn credited(report: &BankReport, kept: &KeptCredit) -> bool {
    let BankSubject::Credit(credit) = &report.subject else {
        // What managers made a receipt of has their word for it.
        return true;
    };
    let is_dated = credit.value > DATED_AFTER;
    let receipt = kept.receipt.as_ref();
    let is_of = |(debtor, text): &(Debtor, Option<String>)| {
        (debtor, text) == (&credit.debtor, &credit.text)
    };
    (!is_dated || credit.value == kept.value) && receipt.is_none_or(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::bank::settle;
    use crate::tests::checkpoints::tamper;
    use crate::tests::world::World;

    async fn found(world: &World) -> Vec<String> {
        check(&world.app.store, world.app.penalty).await.unwrap()
    }

    #[tokio::test]
    async fn the_books_say_what_the_kept_messages_say() {
        for (statements, words) in [
            ("", ""),
            (
                "UPDATE bank_messages SET body = CAST(replace(CAST(body AS TEXT), '<Amt', '<Was') AS BLOB)",
                "no message of the bank says it",
            ),
            (
                "UPDATE bank_events SET amount = amount + 1",
                "is kept as something else",
            ),
            (
                "UPDATE bank_events SET order_id = '00000000-0000-4000-8000-000000000000'",
                "is kept as something else",
            ),
            (
                "UPDATE unmatched_receipts SET debtor_account = '6222000000000002'",
                "is kept as something else",
            ),
            (
                "UPDATE unmatched_receipts SET value = '2026-08-01'",
                "is kept as something else",
            ),
            (
                "DELETE FROM bank_messages",
                "no message of the bank says it",
            ),
            (
                "DELETE FROM bank_aliases; DELETE FROM bank_events",
                "is not in the books",
            ),
        ] {
            let world = World::new().await;
            let order = world.order(1, &["B-1"]).await;
            let signed = world.li_na.sign_order(&order);
            assert_eq!(world.post(&world.li_na, &signed).await.status, 201);
            settle(&world, &order).await;
            crate::tests::reconciliation::comes_in(&world).await;
            tamper(&world, statements);
            let findings = found(&world).await;
            let is_found = findings.iter().any(|finding| finding.contains(words));
            assert_eq!(is_found, !words.is_empty(), "{statements}: {findings:?}");
        }
    }
}
