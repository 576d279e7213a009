//! `reconcile`: the day's statement against the books, as the platform compares them.

use wattkey_domain::{Currency, Money};
use wattkey_protocol::reconciliation::{Proposal, Reconciliation, Statement, WaitingItem};

use super::fetch_log;
use crate::args::Reconcile;
use crate::desk::Desk;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::platform::Platform;
use crate::text::Language;
use crate::usb_key::{Signs, unlock_manager};

pub(crate) fn run(desk: &mut Desk, wanted: &Reconcile, output: &Output) -> Result<(), Failure> {
    let module = desk.config.module.clone();
    let manager = unlock_manager(&module, &wanted.manager, Signs::No, output)?;
    let address = wanted.manager.managers_address.as_deref();
    let (mut platform, _) = fetch_log(desk, address, &manager.key)?;
    let day = wanted
        .day
        .map_or_else(String::new, |day| format!("?day={day}"));
    let found = fetch(&mut platform, &day)?;
    let document =
        serde_json::to_value(&found).map_err(|error| Failure::new(Kind::Fault, &error))?;
    output.done(&text(&found, output.language), &document);
    Ok(())
}

pub(super) fn fetch(platform: &mut Platform, query: &str) -> Result<Reconciliation, Failure> {
    platform.get(&format!("/v1/reconciliation{query}"))
}

/// Minor units of a currency, as people write them; the number when that cannot be.
pub(super) fn money(minor: i64, currency: Currency) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    i64::try_from(minor.unsigned_abs())
        .ok()
        .and_then(|minor| Money::new(minor, currency).ok())
        .map_or_else(
            || format!("{minor} {currency}"),
            |money| format!("{sign}{money}"),
        )
}

fn text(found: &Reconciliation, language: Language) -> String {
    let mut lines = vec![language.reconciled(&found.day.to_string(), &found.account)];
    lines.extend(found.statements.iter().map(|one| statement(one, language)));
    for agreed in &found.agreed {
        lines.push(language.agreed(
            &agreed.entries.to_string(),
            &money(agreed.credits, agreed.currency),
            &money(agreed.debits, agreed.currency),
        ));
    }
    for one in &found.differences {
        let amount = one.amount.zip(one.currency);
        let amount = amount.map_or_else(String::new, |(minor, of)| money(minor, of));
        let reference = one.reference.as_deref().unwrap_or_default();
        let why = language.said(&one.why);
        lines.push(language.difference(reference, &amount, &why));
    }
    more(
        &mut lines,
        found.differences_total,
        found.differences.len(),
        language,
    );
    if found.items.is_empty() {
        lines.push(language.nothing_waits());
    }
    for item in &found.items {
        lines.push(String::new());
        lines.extend(item_lines(item, language));
        for (place, proposal) in (1_usize..).zip(&item.proposals) {
            lines.extend(proposal_lines(place, proposal, item, language));
        }
    }
    more(&mut lines, found.items_total, found.items.len(), language);
    lines.join("\n")
}

fn more(lines: &mut Vec<String>, total: u64, shown: usize, language: Language) {
    let left = total.saturating_sub(shown as u64);
    if left > 0 {
        lines.push(language.and_more(&left.to_string()));
    }
}

fn statement(one: &Statement, language: Language) -> String {
    let shown = |minor: Option<i64>| match (minor, one.currency) {
        (Some(minor), Some(currency)) => money(minor, currency),
        _ => "?".to_owned(),
    };
    language.statement(
        &one.id,
        &one.entries.to_string(),
        &shown(one.opening),
        &shown(Some(one.credits)),
        &shown(Some(one.debits)),
        &shown(one.closing),
    )
}

/// What an item says, line by line.
pub(super) fn item_lines(item: &WaitingItem, language: Language) -> Vec<String> {
    let view = &item.view;
    let mut lines = vec![view.item.to_string()];
    let amount = view.amount.zip(view.currency);
    let amount = amount.map(|(minor, currency)| money(minor, currency));
    let members = [
        (language.l_why(), Some(language.said(&view.why))),
        (language.l_amount(), amount),
        (language.l_value(), view.value.map(|day| day.to_string())),
        (language.l_debtor(), view.debtor.clone()),
        (language.l_debtor_account(), view.debtor_account.clone()),
        (language.l_text(), view.text.clone()),
        (
            language.l_order(),
            view.order.map(|order| order.to_string()),
        ),
        (language.l_at(), Some(view.at.to_string())),
        (
            language.l_waiting_resolution(),
            item.resolution.map(|id| id.to_string()),
        ),
    ];
    let members = members.into_iter();
    // What a payer wrote stays on its line, so that it cannot look like one of ours.
    let on_one_line = |value: String| value.replace(['\n', '\r'], "\u{fffd}");
    lines.extend(
        members.filter_map(|(label, value)| Some(format!("  {label}: {}", on_one_line(value?)))),
    );
    lines
}

fn proposal_lines(
    place: usize,
    proposal: &Proposal,
    item: &WaitingItem,
    language: Language,
) -> Vec<String> {
    let why = language.said(&proposal.why);
    let mut lines = vec![language.proposal(&place.to_string(), &proposal.customer.name, &why)];
    let Some(currency) = item.view.currency else {
        return lines;
    };
    for part in &proposal.allocations {
        lines.push(language.pays_bill(
            part.bill.as_str(),
            &money(part.principal, currency),
            &money(part.penalty, currency),
        ));
    }
    if let Some(part) = &proposal.deposit {
        lines.push(language.pays_deposit(part.account.as_str(), &money(part.amount, currency)));
    }
    lines
}
