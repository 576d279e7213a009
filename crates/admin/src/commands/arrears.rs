//! `disputes`, `cut-off`: what customers dispute, and plans to cut supply.

use serde_json::json;
use wattkey_protocol::api::Page;
use wattkey_protocol::dispute::{DisputeState as Standing, DisputeView};
use wattkey_protocol::notice::{CutOffView, NewCutOff};

use super::fetch_log;
use super::reconcile::money;
use crate::args::{CutOffCommand, DisputeState, Disputes, ManagerArguments};
use crate::confirm::confirm;
use crate::desk::Desk;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::platform::{Platform, encoded};
use crate::text::Language;
use crate::usb_key::{Signs, unlock_manager};

/// Pages of a list that are read at most.
const MAX_PAGES: usize = 1_000;

/// The disputes that the platform has.
pub(crate) fn disputes(desk: &mut Desk, wanted: &Disputes, output: &Output) -> Result<(), Failure> {
    let mut platform = connect(desk, &wanted.manager, output)?;
    let state = wanted.state.map_or_else(String::new, |state| {
        let state = match state {
            DisputeState::Open => "open",
            DisputeState::Withdrawn => "withdrawn",
            DisputeState::Answered => "answered",
        };
        format!("&state={state}")
    });
    let path = format!("/v1/disputes?limit=200{state}");
    let items: Vec<DisputeView> = all(&mut platform, &path)?;
    let language = output.language;
    let header = [
        language.h_dispute(),
        language.h_bill(),
        language.h_customer(),
        language.h_amount(),
        language.h_reason(),
        language.h_state(),
        language.h_at(),
        language.h_text(),
    ];
    let rows = items.iter().map(|one| {
        vec![
            one.dispute.to_string(),
            one.terms.bill.to_string(),
            one.customer.name.clone(),
            money(one.terms.amount, one.terms.currency),
            language.said(one.terms.reason.as_str()),
            match one.state {
                Standing::Open => language.dispute_open(),
                Standing::Withdrawn => language.dispute_withdrawn(),
                Standing::Answered => language.dispute_answered(),
            },
            one.at.to_string(),
            one.terms.text.clone(),
        ]
    });
    output.table(&header, rows.collect(), &document(&items)?);
    Ok(())
}

pub(crate) fn cut_off(
    desk: &mut Desk,
    command: &CutOffCommand,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        CutOffCommand::Show(wanted) => {
            let mut platform = connect(desk, &wanted.manager, output)?;
            let view = platform.cut_off(&wanted.account)?;
            output.done(&standing(&view, output.language), &document(&view)?);
        }
        CutOffCommand::Plan(wanted) => {
            let mut platform = connect(desk, &wanted.manager, output)?;
            let view = platform.cut_off(&wanted.account)?;
            let at = wanted.at.to_string();
            let ask = output.language.cut_off_ask(wanted.account.as_str(), &at);
            let mut shown: Vec<_> = lines(&view, output.language);
            shown.push(ask);
            confirm(output, wanted.confirm.yes, &shown)?;
            let view = platform.plan_cut_off(&NewCutOff {
                account: wanted.account.clone(),
                at: wanted.at,
            })?;
            output.done(&standing(&view, output.language), &document(&view)?);
        }
        CutOffCommand::List(wanted) => {
            let mut platform = connect(desk, &wanted.manager, output)?;
            let views: Vec<CutOffView> = all(&mut platform, "/v1/cut-offs?limit=200")?;
            list(&views, output)?;
        }
        CutOffCommand::Drop(wanted) => {
            let mut platform = connect(desk, &wanted.manager, output)?;
            platform.drop_cut_off(&wanted.account)?;
            let account = wanted.account.as_str();
            let line = output.language.cut_off_dropped(account);
            output.done(&line, &json!({"account": account, "dropped": true}));
        }
    }
    Ok(())
}

fn connect(
    desk: &mut Desk,
    wanted: &ManagerArguments,
    output: &Output,
) -> Result<Platform, Failure> {
    let module = desk.config.module.clone();
    let manager = unlock_manager(&module, wanted, Signs::No, output)?;
    let address = wanted.managers_address.as_deref();
    let (platform, _) = fetch_log(desk, address, &manager.key)?;
    Ok(platform)
}

/// All pages of a list.
fn all<T: serde::de::DeserializeOwned>(
    platform: &mut Platform,
    path: &str,
) -> Result<Vec<T>, Failure> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for _ in 0..MAX_PAGES {
        let page: Page<T> = platform.get(&format!("{path}{cursor}"))?;
        items.extend(page.items);
        let Some(next) = page.next else {
            return Ok(items);
        };
        cursor = format!("&cursor={}", encoded(&next));
    }
    Err(Failure::because(Kind::Fault, "the list has no end"))
}

fn document(value: &impl serde::Serialize) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::new(Kind::Fault, &error))
}

fn list(views: &[CutOffView], output: &Output) -> Result<(), Failure> {
    let language = output.language;
    let header = [
        language.h_account(),
        language.h_customer(),
        language.h_cut_off(),
        language.h_notices(),
        language.h_may_cut(),
    ];
    let rows = views.iter().map(|view| {
        let notices = view.notices.iter();
        let notices =
            notices.map(|one| format!("{} {}", language.said(one.kind.as_str()), one.served));
        let may = if view.clock.may_cut {
            language.yes()
        } else {
            missing(view, language)
        };
        vec![
            view.account.to_string(),
            view.customer.name.clone(),
            view.plan
                .as_ref()
                .map(|plan| plan.at.to_string())
                .unwrap_or_default(),
            notices.collect::<Vec<_>>().join("\n"),
            may,
        ]
    });
    output.table(&header, rows.collect(), &document(&views)?);
    Ok(())
}

/// Why supply may not be cut.
fn missing(view: &CutOffView, language: Language) -> String {
    let missing = view.clock.missing.iter();
    let missing: Vec<_> = missing.map(|one| language.said(one)).collect();
    missing.join(match language {
        Language::English => "; ",
        Language::Chinese => "；",
    })
}

/// What the clock says of an account, for a person.
fn standing(view: &CutOffView, language: Language) -> String {
    lines(view, language).join("\n")
}

fn lines(view: &CutOffView, language: Language) -> Vec<String> {
    let mut lines = vec![format!("{} · {}", view.account, view.customer.name)];
    for bill in &view.bills {
        let amount = |minor: i64| {
            view.currency
                .map_or_else(|| minor.to_string(), |currency| money(minor, currency))
        };
        lines.push(language.cut_off_bill(
            bill.bill.as_str(),
            &bill.due.to_string(),
            &amount(bill.open),
            &amount(bill.penalty),
        ));
    }
    if view.bills.is_empty() {
        lines.push(language.cut_off_nothing());
    }
    for notice in &view.notices {
        let read = notice.acknowledged.iter();
        let read: Vec<_> = read.map(|one| one.user.name.as_str()).collect();
        let served = notice.served.to_string();
        let kind = language.said(notice.kind.as_str());
        lines.push(if read.is_empty() {
            language.notice_unread(&kind, &served)
        } else {
            language.notice_read(&kind, &served, &read.join(", "))
        });
    }
    if let Some(plan) = &view.plan {
        let at = plan.at.to_string();
        lines.push(language.cut_off_planned(&at, &plan.manager.name));
        lines.push(if view.clock.may_cut {
            language.cut_off_may()
        } else {
            language.cut_off_may_not(&missing(view, language))
        });
    } else if let Some(earliest) = view.clock.earliest {
        lines.push(language.cut_off_earliest(&earliest.to_string()));
    }
    if let Some((next, from)) = view.clock.next.zip(view.clock.next_from) {
        let next = language.said(next.as_str());
        lines.push(language.cut_off_next(&next, &from.to_string()));
    }
    lines
}
