//! `resolve`: what is done with something that the bank said, signed for a second manager.

use serde_json::json;
use wattkey_domain::{Currency, Item, MAX_MINOR, Money, ResolutionId};
use wattkey_protocol::order::Named;
use wattkey_protocol::reconciliation::{ResolutionView, Split, WaitingItem};
use wattkey_protocol::resolution::{Action, Allocation, DepositPart, Recipient, Resolution};
use wattkey_protocol::signed::{Payload, SignFailure, Signed};

use super::fetch_log;
use super::reconcile::{fetch, item_lines, money};
use crate::args::{OrderEnd, Part, Resolve};
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind, kind_of};
use crate::output::Output;
use crate::platform::{Platform, encoded};
use crate::text::Language;
use crate::usb_key::{ManagerKey, unlock_signer};

/// What is done with an item.
struct Parts {
    action: Action,
    allocations: Vec<Allocation>,
    deposit: Option<DepositPart>,
    to: Option<Recipient>,
    reason: String,
}

pub(crate) fn run(desk: &mut Desk, resolve: &Resolve, output: &Output) -> Result<(), Failure> {
    let module = desk.config.module.clone();
    let mut manager = unlock_signer(&module, &resolve.manager, output)?;
    let address = resolve.manager.managers_address.as_deref();
    let (mut platform, log) = fetch_log(desk, address, &manager.key)?;
    let own = manager.key.signature_certificate().thumbprint();
    let holder = log.manager(own).map(|bind| bind.holder.clone());
    let holder = holder.ok_or_else(|| Failure::because(Kind::Refused, "your key is not bound"))?;
    let Some(item) = fetch_item(&mut platform, &resolve.item)? else {
        let why = format!("{} does not wait", resolve.item);
        return Err(Failure::because(Kind::NotWaiting, why));
    };
    let parts = parts(&mut platform, resolve, &item)?;
    let document = Resolution {
        resolution: ResolutionId::from_uuid(uuid::Uuid::new_v4()),
        audience: desk.config.audience.clone(),
        item: resolve.item.clone(),
        // Of what is shown here, whatever digest the platform says.
        item_digest: item.view.digest(),
        action: parts.action,
        allocations: parts.allocations,
        deposit: parts.deposit,
        to: parts.to,
        reason: parts.reason,
        manager: Named {
            id: holder.id,
            name: holder.name,
        },
        created: now(),
    };
    document
        .check()
        .map_err(|error| Failure::new(Kind::Usage, &error))?;
    let lines = preview(&document, &item, output.language);
    confirm(output, resolve.confirm.yes, &lines)?;
    let signed = sign(&mut manager, &document, output)?;
    let kept: ResolutionView = platform.post_document("/v1/resolutions", signed.as_str())?;
    let id = kept.resolution.to_string();
    output.done(
        &output.language.resolution_waits(&id),
        &json!({"resolution": id, "item": resolve.item, "digest": signed.digest()}),
    );
    Ok(())
}

/// An item that waits; or an order or what is sent back, of which no list tells that it does.
pub(super) fn fetch_item(
    platform: &mut Platform,
    item: &Item,
) -> Result<Option<WaitingItem>, Failure> {
    if matches!(item, Item::Order(_) | Item::Return(_)) {
        let item = encoded(&item.to_string());
        let path = format!("/v1/reconciliation/item?item={item}");
        return platform.get(&path).map(Some);
    }
    let mut items = fetch(platform, "")?.items.into_iter();
    Ok(items.find(|one| one.view.item == *item))
}

/// Signs a document with the manager's signature key, once.
pub(super) fn sign<T: Payload>(
    manager: &mut ManagerKey,
    document: &T,
    output: &Output,
) -> Result<Signed<T>, Failure> {
    let pin = manager.take_sign_pin(output)?;
    let certificate = manager.key.signature_certificate().thumbprint();
    Signed::sign(document, &manager.key.signature_signer(pin), certificate).map_err(|error| {
        match error {
            SignFailure::Document(error) => Failure::new(Kind::Usage, &error),
            SignFailure::Sign(error) => Failure::new(kind_of(&error), &error),
        }
    })
}

fn parts(platform: &mut Platform, resolve: &Resolve, item: &WaitingItem) -> Result<Parts, Failure> {
    let nothing = |action, to, reason: &str| Parts {
        action,
        allocations: Vec::new(),
        deposit: None,
        to,
        reason: reason.to_owned(),
    };
    if let Some(reason) = &resolve.note {
        return Ok(nothing(Action::Note, None, reason));
    }
    if resolve.send_back {
        let to = recipient(resolve, item)?;
        return Ok(nothing(Action::Return, Some(to), &resolve.reason));
    }
    let ends = resolve.order.map(|end| match end {
        OrderEnd::Rejected => Action::OrderRejected,
        OrderEnd::Settled => Action::OrderSettled,
        OrderEnd::Returned => Action::OrderReturned,
    });
    if let Some(action) = ends.or(resolve.receive.then_some(Action::Receive)) {
        return Ok(nothing(action, None, &resolve.reason));
    }
    let (allocations, deposit) = match resolve.proposal {
        Some(number) => {
            let place = number.checked_sub(1);
            let proposal = place.and_then(|place| item.proposals.get(place));
            let missing = || usage("there is no such proposal");
            let proposal = proposal.ok_or_else(missing)?.clone();
            (proposal.allocations, proposal.deposit)
        }
        None => chosen(platform, resolve, item)?,
    };
    Ok(Parts {
        action: Action::Match,
        allocations,
        deposit,
        to: None,
        reason: resolve.reason.clone(),
    })
}

/// Whoever paid, as the bank says it.
fn recipient(resolve: &Resolve, item: &WaitingItem) -> Result<Recipient, Failure> {
    let view = &item.view;
    let Some(account) = &view.debtor_account else {
        let why =
            "the bank does not say which account the money came from: ask it, and give --note";
        return Err(usage(why));
    };
    let name = match (&view.debtor, &resolve.name) {
        (Some(name), None) => name,
        (None, Some(name)) => name,
        (Some(_), Some(_)) => return Err(usage("the bank says who paid: leave --name out")),
        (None, None) => return Err(usage("the bank does not say who paid: give --name")),
    };
    Ok(Recipient {
        name: name.clone(),
        account: account.clone(),
        agent: resolve.agent.clone().unwrap_or_default(),
    })
}

fn usage(why: impl Into<String>) -> Failure {
    Failure::because(Kind::Usage, why)
}

/// Bills and deposit as the command line has them. They get all of the money.
fn chosen(
    platform: &mut Platform,
    resolve: &Resolve,
    item: &WaitingItem,
) -> Result<(Vec<Allocation>, Option<DepositPart>), Failure> {
    let (Some(amount), Some(currency)) = (item.view.amount, item.view.currency) else {
        return Err(usage("only money that came in is matched: give --note"));
    };
    let mut left = amount;
    let mut allocations = Vec::new();
    for part in &resolve.bills {
        let wanted = wanted(part, currency)?;
        let most = wanted.unwrap_or(left);
        let path = format!(
            "/v1/reconciliation/split?item={}&bill={}&amount={most}",
            encoded(&resolve.item.to_string()),
            part.id
        );
        let split: Split = platform.get(&path)?;
        let gets = split.principal.saturating_add(split.penalty);
        if split.currency != currency || split.principal < 1 || gets > left {
            let (left, open) = (money(left, currency), money(split.open, split.currency));
            let bill = &part.id;
            return Err(usage(format!(
                "{left} is left, and {open} is open of bill {bill}"
            )));
        }
        if wanted.is_some_and(|wanted| wanted != gets) {
            let (bill, gets) = (&part.id, money(gets, currency));
            return Err(usage(format!(
                "bill {bill} can get {gets}, not {}: of its amount and penalty no more is open, \
                 or the penalty does not leave that much",
                money(most, currency)
            )));
        }
        left -= gets;
        allocations.push(Allocation {
            bill: split.bill,
            principal: split.principal,
            penalty: split.penalty,
        });
    }
    let deposit = match &resolve.deposit {
        None => None,
        Some(part) => {
            let amount = wanted(part, currency)?.unwrap_or(left);
            left = left.saturating_sub(amount);
            Some(DepositPart {
                account: part.id.clone(),
                amount,
            })
        }
    };
    if left != 0 {
        return Err(usage(format!(
            "{} of {} goes nowhere: name more bills, or a deposit for the rest",
            money(left, currency),
            money(amount, currency)
        )));
    }
    Ok((allocations, deposit))
}

fn wanted<Id>(part: &Part<Id>, currency: Currency) -> Result<Option<i64>, Failure> {
    let Some(text) = &part.amount else {
        return Ok(None);
    };
    let amount =
        Money::from_decimal(text, currency).map_err(|error| usage(format!("`{text}`: {error}")))?;
    if amount.is_zero() || amount.minor() > MAX_MINOR {
        return Err(usage(format!("`{text}` is no amount to match")));
    }
    Ok(Some(amount.minor()))
}

/// What is signed, line by line, from the document.
pub(super) fn preview(
    document: &Resolution,
    item: &WaitingItem,
    language: Language,
) -> Vec<String> {
    let mut lines = item_lines(item, language);
    // What the bank said of one names no order.
    let is_return = item.view.order.is_none();
    lines.push(match document.action {
        Action::Match => language.will_match(),
        Action::Note => language.will_note(),
        Action::Return => language.will_send_back(),
        Action::Receive => language.will_receive(),
        Action::OrderRejected if is_return => language.will_end_return(&language.end_rejected()),
        Action::OrderSettled if is_return => language.will_end_return(&language.end_settled()),
        Action::OrderReturned if is_return => language.will_end_return(&language.end_returned()),
        Action::OrderRejected => language.will_reject_order(),
        Action::OrderSettled => language.will_settle_order(),
        Action::OrderReturned => language.will_return_order(),
    });
    if let Some(currency) = item.view.currency {
        for part in &document.allocations {
            lines.push(language.pays_bill(
                part.bill.as_str(),
                &money(part.principal, currency),
                &money(part.penalty, currency),
            ));
        }
        if let Some(part) = &document.deposit {
            let amount = money(part.amount, currency);
            lines.push(language.pays_deposit(part.account.as_str(), &amount));
        }
    }
    if let Some(to) = &document.to {
        lines.push(language.goes_back_to(&to.name, &to.account, &to.agent));
    }
    if !document.reason.is_empty() {
        lines.push(format!("  {}: {}", language.l_reason(), document.reason));
    }
    lines
}
