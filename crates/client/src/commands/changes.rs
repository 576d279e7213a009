//! `changes`: the history of own data, and a second person's word on changes of rights.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::own::ReviewedChange;
use wattkey_client::receipt;
use wattkey_domain::{AccountId, ChangeId, Decision};
use wattkey_protocol::change::{ChangeDecision, ChangeView, What};

use super::pay::report;
use super::sign;
use super::{id, not_found};
use crate::cli::args::{ChangeDecide, ChangeStep};
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

#[derive(Serialize)]
struct List {
    changes: Vec<ChangeView>,
}

pub(crate) async fn list(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = List {
        changes: client.changes().await?,
    };
    let mut table = Table::new(&[
        Column::left("column-change"),
        Column::left("column-at"),
        Column::left("column-user"),
        Column::left("column-what"),
        Column::left("column-account"),
        Column::left("column-state"),
        Column::left("column-until"),
        Column::right("column-version"),
    ]);
    for view in &document.changes {
        table.row([
            Cell::text(view.change),
            Cell::Time(view.at),
            Cell::text(&view.user.name),
            Cell::Word("change", view.what.kind().to_owned()),
            Cell::of(account(&view.what), Cell::text),
            Cell::Word("change-state", view.state.as_str().to_owned()),
            Cell::of(view.until, Cell::Time),
            Cell::of(view.version, Cell::number),
        ]);
    }
    context.output.table(&document, &table)
}

pub(crate) fn step(context: &Context<'_>, step: &ChangeStep) -> Result<(), Fault> {
    match step {
        ChangeStep::Show { change } => {
            super::online(context, async |client| show(context, client, change).await)
        }
        ChangeStep::Approve(wanted) => decide(context, Decision::Approve, wanted),
        ChangeStep::Refuse(wanted) => decide(context, Decision::Refuse, wanted),
    }
}

async fn show(context: &Context<'_>, client: &mut Client, change: &str) -> Result<(), Fault> {
    let change: ChangeId = id(change)?;
    let view = client.change(change).await?;
    let view = view.ok_or_else(|| not_found(&change))?;
    context
        .output
        .result(&view, || human(context.output, &view))
}

fn decide(context: &Context<'_>, decision: Decision, wanted: &ChangeDecide) -> Result<(), Fault> {
    let change: ChangeId = id(&wanted.change)?;
    let issuing_ca = receipt::anchor(&context.config()?.issuing_ca)?;
    let output = context.output;
    sign::by_word::<ChangeDecision>(
        context,
        &wanted.signing,
        async |client, me| {
            let reviewed = ReviewedChange::fetch(client, me, &issuing_ca, change).await?;
            let draft = reviewed.decide(client, me, decision)?;
            let key = reviewed.key_serial().unwrap_or("?").to_owned();
            let signer = output
                .text()
                .with("order-signed-with", &[("serial", key.into())]);
            let shown = format!(
                "{}\n\n{}\n{}\n\n{}\n\n{}\n",
                output.text().get("change-reviewed"),
                sign::rendered(output, &reviewed.lines()),
                show::safe(&signer),
                output.text().get("decision-shown"),
                sign::rendered(output, &draft.lines()),
            );
            Ok((shown, draft))
        },
        |output, about, outcome| {
            report::answered::<ChangeDecision>(output, about, outcome, "decision-taken", |view| {
                human(output, view)
            })
        },
    )
}

/// The contract account that a change is about.
fn account(what: &What) -> Option<&AccountId> {
    match what {
        What::NoticeAddress { account, .. } => account.as_ref(),
        What::Rights { account, .. } => Some(account),
        What::Contacts { .. } | What::InvoiceData { .. } => None,
    }
}

/// A change as the service knows it.
pub(crate) fn human(output: &Output, view: &ChangeView) -> String {
    let state = format!("change-state-{}", view.state.as_str());
    let mut rows = vec![
        output.line("label-change", view.change.to_string()),
        output.line("line-state", output.text().get(&state)),
        output.line("label-user", view.user.name.clone()),
        output.line("label-created", show::time(view.at)),
    ];
    if let Some(until) = view.until {
        rows.push(output.line("line-lapses", show::time(until)));
    }
    for decision in &view.decisions {
        let at = format!("{}, {}", show::time(decision.at), decision.user.name);
        let label = format!("decision-{}", decision.decision);
        rows.push((output.text().get(&label), at));
    }
    pairs(rows) + &sign::rendered(output, &view.what.lines())
}
