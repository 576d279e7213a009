//! `standing list`, `standing give`, `standing end`: what a deposit pays by itself.

use serde::Serialize;
use uuid::Uuid;
use wattkey_client::client::Client;
use wattkey_client::journal::Journal;
use wattkey_client::standing::{self, Wanted};
use wattkey_domain::{AccountId, InstructionId};
use wattkey_protocol::api::{Me, StandingInstructionView};
use wattkey_protocol::standing_instruction::{Draft, SignedInstruction};

use super::id;
use super::pay::report;
use super::sign::{self, Agreement};
use crate::cli::args::{StandingEnd, StandingGive};
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table};

#[derive(Serialize)]
struct Document {
    standing_instructions: Vec<StandingInstructionView>,
}

pub(crate) async fn list(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = Document {
        standing_instructions: client.instructions().await?,
    };
    let table = table(&document.standing_instructions);
    context.output.page(&document, &table, |_| {
        let shown = document.standing_instructions.iter();
        let shown: Vec<String> = shown.map(|view| human(context.output, view)).collect();
        if shown.is_empty() {
            return context.output.text().get("nothing-found") + "\n";
        }
        shown.join("\n")
    })
}

fn table(instructions: &[StandingInstructionView]) -> Table {
    let mut table = Table::new(
        &[
            "instruction",
            "state",
            "deposit",
            "accounts",
            "currency",
            "most",
            "keep",
            "from",
            "until",
            "user",
            "given",
            "ended",
        ]
        .map(Column::for_programs),
    );
    for view in instructions {
        let terms = &view.terms;
        let accounts: Vec<String> = terms.accounts.iter().map(ToString::to_string).collect();
        let state = if view.ended.is_some() {
            "ended"
        } else {
            "in-force"
        };
        let money = |minor| Cell::Money(minor, terms.currency);
        table.row([
            Cell::text(view.instruction),
            Cell::text(state),
            Cell::text(&terms.deposit),
            Cell::Text(accounts.join(" ")),
            Cell::text(terms.currency),
            Cell::of(terms.most, money),
            money(terms.keep),
            Cell::text(terms.from),
            Cell::of(terms.until, Cell::text),
            Cell::text(&view.user.name),
            Cell::Time(view.at),
            Cell::of(view.ended.as_ref(), |end| Cell::Time(end.at)),
        ]);
    }
    table
}

/// What is to be signed.
enum Change {
    Give(Wanted),
    End,
}

pub(crate) fn give(context: &Context<'_>, wanted: &StandingGive) -> Result<(), Fault> {
    let accounts = wanted.account.iter().map(|account| id(account));
    let terms = Wanted {
        deposit: id(&wanted.deposit)?,
        accounts: accounts.collect::<Result<Vec<AccountId>, Fault>>()?,
        most: wanted.most.clone(),
        keep: wanted.keep.clone(),
        from: wanted.from,
        until: wanted.until,
    };
    let agreement = Agreement::from(&wanted.signing);
    let instruction = InstructionId::from_uuid(Uuid::new_v4());
    run(context, instruction, &Change::Give(terms), &agreement)
}

pub(crate) fn end(context: &Context<'_>, wanted: &StandingEnd) -> Result<(), Fault> {
    let agreement = Agreement::from(&wanted.signing);
    let instruction = id(&wanted.instruction)?;
    run(context, instruction, &Change::End, &agreement)
}

fn run(
    context: &Context<'_>,
    instruction: InstructionId,
    change: &Change,
    agreement: &Agreement<'_>,
) -> Result<(), Fault> {
    let config = context.config()?;
    // Opened first: what cannot be kept is not signed.
    let journal: Journal = context::journal(&config)?;
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means("means-nothing-signed"))?;
    runtime()?.block_on(async {
        let result = async {
            let signed = sign(context, &mut client, instruction, change, agreement).await;
            let (me, signed) = signed.map_err(|fault| fault.means("means-nothing-signed"))?;
            let outcome = sign::deliver(context, &mut client, &journal, &me, signed).await?;
            report::instruction(context.output, instruction, outcome)
        };
        let result = result.await;
        context.warn_of_clock(&client);
        result
    })
}

async fn sign(
    context: &Context<'_>,
    client: &mut Client,
    instruction: InstructionId,
    change: &Change,
    agreement: &Agreement<'_>,
) -> Result<(Me, SignedInstruction), Fault> {
    let output = context.output;
    let me = client.me().await?;
    let mut shown = output.text().get("instruction-shown") + "\n\n";
    let draft: Draft = match change {
        Change::Give(wanted) => standing::give(client, &me, wanted, instruction).await?,
        Change::End => {
            let present = in_force(client, instruction).await?;
            shown += &(sign::rendered(output, &present.terms.lines()) + "\n");
            standing::end(client, &me, instruction)?
        }
    };
    context.warn_of_clock(client);
    shown += &(sign::rendered(output, &draft.lines()) + "\n");
    sign::agree_by_word(output, agreement, &shown)?;
    let signed = sign::signed(context, client, agreement.pin_fd, draft)?;
    Ok((me, signed))
}

/// The instruction that is to be ended.
async fn in_force(
    client: &mut Client,
    instruction: InstructionId,
) -> Result<StandingInstructionView, Fault> {
    let mut known = client.instructions().await?.into_iter();
    let fault =
        |code| Fault::new(code, Exit::NotFound).with("instruction", instruction.to_string());
    let view = known
        .find(|view| view.instruction == instruction)
        .ok_or_else(|| fault("no-instruction"))?;
    if view.ended.is_some() {
        return Err(fault("instruction-ended"));
    }
    Ok(view)
}

/// An instruction as the service knows it.
pub(crate) fn human(output: &Output, view: &StandingInstructionView) -> String {
    let state = if view.ended.is_some() {
        "state-ended"
    } else {
        "state-in-force"
    };
    let mut rows = vec![
        output.line("label-instruction", view.instruction.to_string()),
        output.line("line-state", output.text().get(state)),
        output.line("label-user", view.user.name.clone()),
        output.line("label-created", show::time(view.at)),
    ];
    if let Some(end) = &view.ended {
        let ended = format!("{}, {}", show::time(end.at), end.user.name);
        rows.push(output.line("line-ended", ended));
    }
    crate::cli::table::pairs(rows) + &sign::rendered(output, &view.terms.lines())
}
