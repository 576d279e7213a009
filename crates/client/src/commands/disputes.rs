//! `disputes`: saying that something of a bill is not owed, and what the power company answers.

use serde::Serialize;
use uuid::Uuid;
use wattkey_client::client::Client;
use wattkey_client::{money, own};
use wattkey_domain::{BillId, DisputeId};
use wattkey_protocol::dispute::{Dispute, DisputeView, Terms};

use super::pay::report;
use super::sign;
use super::{id, not_found};
use crate::cli::args::{DisputeStep, Signing};
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

#[derive(Serialize)]
struct List {
    disputes: Vec<DisputeView>,
}

pub(crate) async fn list(
    context: &Context<'_>,
    client: &mut Client,
    bill: Option<&BillId>,
) -> Result<(), Fault> {
    let document = List {
        disputes: client.disputes(bill).await?,
    };
    let mut table = Table::new(&[
        Column::left("column-dispute"),
        Column::left("column-bill"),
        Column::left("column-account"),
        Column::right("column-bill-line"),
        Column::for_programs("currency"),
        Column::right("column-amount"),
        Column::left("column-reason"),
        Column::left("column-state"),
        Column::for_programs("outcome"),
        Column::left("column-no-penalty-from"),
        Column::left("column-no-penalty-until"),
        Column::for_programs("text"),
        Column::for_programs("answer"),
    ]);
    for view in &document.disputes {
        let terms = &view.terms;
        let (word, outcome) = match &view.answer {
            Some(answer) => {
                let outcome = answer.outcome.as_str();
                (format!("{}-{outcome}", view.state.as_str()), Some(outcome))
            }
            None => (view.state.as_str().to_owned(), None),
        };
        let state = context.output.text().get(&format!("dispute-state-{word}"));
        table.row([
            Cell::text(view.dispute),
            Cell::text(&terms.bill),
            Cell::text(&view.account),
            Cell::of(terms.line, Cell::number),
            Cell::text(terms.currency),
            Cell::Money(terms.amount, terms.currency),
            Cell::Word("dispute-reason", terms.reason.as_str().to_owned()),
            Cell::Both(state, view.state.as_str().to_owned()),
            Cell::of(outcome, Cell::text),
            Cell::text(view.from),
            Cell::of(view.until, Cell::text),
            Cell::text(&terms.text),
            Cell::of(view.answer.as_ref(), |answer| Cell::text(&answer.text)),
        ]);
    }
    context.output.table(&document, &table)
}

pub(crate) async fn show(
    context: &Context<'_>,
    client: &mut Client,
    dispute: &str,
) -> Result<(), Fault> {
    let dispute: DisputeId = id(dispute)?;
    let view = client.dispute(dispute).await?;
    let view = view.ok_or_else(|| not_found(&dispute))?;
    context
        .output
        .result(&view, || human(context.output, &view))
}

pub(crate) fn step(context: &Context<'_>, step: &DisputeStep) -> Result<(), Fault> {
    match step {
        DisputeStep::Show { dispute } => {
            super::online(context, async |client| show(context, client, dispute).await)
        }
        DisputeStep::Open {
            bill,
            line,
            amount,
            reason,
            text,
            signing,
        } => {
            let wanted = Wanted {
                bill: id(bill)?,
                line: *line,
                amount,
                reason,
                text,
            };
            let dispute = DisputeId::from_uuid(Uuid::new_v4());
            run(context, dispute, Some(&wanted), signing)
        }
        DisputeStep::Withdraw { dispute, signing } => run(context, id(dispute)?, None, signing),
    }
}

/// What is disputed, as a person writes it.
struct Wanted<'a> {
    bill: BillId,
    line: Option<u32>,
    amount: &'a str,
    reason: &'a str,
    text: &'a str,
}

fn run(
    context: &Context<'_>,
    dispute: DisputeId,
    wanted: Option<&Wanted<'_>>,
    signing: &Signing,
) -> Result<(), Fault> {
    let output = context.output;
    sign::by_word::<Dispute>(
        context,
        signing,
        async |client, me| {
            let mut shown = output.text().get("dispute-shown") + "\n\n";
            let terms = match wanted {
                Some(wanted) => Some(terms(output, client, wanted, &mut shown).await?),
                None => {
                    let view = client.dispute(dispute).await?;
                    let view = view.ok_or_else(|| not_found(&dispute))?;
                    shown += &(human(output, &view) + "\n");
                    None
                }
            };
            let draft = own::dispute(client, me, dispute, terms)?;
            shown += &(sign::rendered(output, &draft.lines()) + "\n");
            Ok((shown, draft))
        },
        |output, about, outcome| {
            report::answered::<Dispute>(output, about, outcome, "dispute-taken", |view| {
                human(output, view)
            })
        },
    )
}

/// The terms, with the line of the bill in words above what is signed.
async fn terms(
    output: &Output,
    client: &mut Client,
    wanted: &Wanted<'_>,
    shown: &mut String,
) -> Result<Terms, Fault> {
    let (document, digest) = own::bill(client, &wanted.bill).await?;
    let currency = document.currency();
    let amount = money::parse(wanted.amount, currency)
        .map_err(|reason| Fault::amount(wanted.amount, reason))?;
    if let Some(line) = wanted.line {
        let found = own::disputed_line(&document, line, amount)?;
        let text = match output.text().lang() {
            crate::cli::text::Lang::En => &found.text.en,
            crate::cli::text::Lang::Zh => &found.text.zh,
        };
        let has = show::money(found.amount.minor(), currency);
        let row = output.line("line-disputed", format!("{line}: {text}, {has}"));
        *shown += &(pairs([row]) + "\n");
    }
    Ok(Terms {
        bill: wanted.bill.clone(),
        document: digest,
        line: wanted.line,
        amount,
        currency,
        reason: id(wanted.reason)?,
        text: wanted.text.to_owned(),
    })
}

fn human(output: &Output, view: &DisputeView) -> String {
    let state = format!("dispute-state-{}", view.state.as_str());
    let mut rows = vec![
        output.line("label-dispute", view.dispute.to_string()),
        output.line("line-state", output.text().get(&state)),
        output.line("label-user", view.user.name.clone()),
        output.line("label-created", show::time(view.at)),
        output.line("line-no-penalty-from", view.from.to_string()),
    ];
    if let Some(until) = view.until {
        rows.push(output.line("line-no-penalty-until", until.to_string()));
    }
    if let Some(end) = &view.withdrawn {
        let who = format!("{}, {}", show::time(end.at), end.user.name);
        rows.push(output.line("line-withdrawn", who));
    }
    if let Some(answer) = &view.answer {
        let outcome = format!("dispute-outcome-{}", answer.outcome.as_str());
        rows.push(output.line("line-outcome", output.text().get(&outcome)));
        let said = format!("{}: {}", answer.answered, answer.text);
        rows.push(output.line("line-answer", said));
    }
    pairs(rows) + &sign::rendered(output, &view.terms.lines())
}
