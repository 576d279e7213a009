//! `pay`: prepare, show, confirm, sign, keep, send, and what became of it.

mod report;
mod wait;

use std::path::Path;

use uuid::Uuid;
use wattkey_client::client::Client;
use wattkey_client::journal::Journal;
use wattkey_client::payment::{Confirmed, Outcome, Prepared, Recorded, Request, Unknown};
use wattkey_domain::{BillId, OrderId};
use wattkey_protocol::api::Me;
use wattkey_protocol::names::MAX_JWS;
use wattkey_protocol::order::{Line, SignedOrder, Value};

use super::{id, payments};
use crate::cli::args::Pay;
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::{Output, to_stdout};
use crate::cli::service_fault;
use crate::cli::terminal::Terminal;
use crate::cli::{pin, show, table};

pub(crate) fn run(context: &Context<'_>, wanted: &Pay) -> Result<(), Fault> {
    let config = context.config()?;
    // Opened first: what cannot be kept is not signed.
    let journal = context::journal(&config)?;
    let request = request(wanted)?;
    let signed = wanted.signed.as_deref().map(read_signed).transpose()?;
    if signed.is_none() && !wanted.resume {
        refuse_while_unresolved(context, &journal, &request.bills)?;
    }
    let meaning = match (wanted.resume, &signed) {
        (true, _) => "means-still-unknown",
        (false, Some(_)) => "means-not-sent",
        (false, None) => "means-not-signed",
    };
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means(meaning))?;
    runtime()?.block_on(async {
        let result = match (wanted.resume, signed) {
            (true, _) => resume(context, &mut client, &journal).await,
            (false, Some(signed)) => submit(context, wanted, &mut client, &journal, signed).await,
            (false, None) => pay(context, wanted, &mut client, &journal, &request).await,
        };
        context.warn_of_clock(&client);
        result
    })
}

fn request(wanted: &Pay) -> Result<Request, Fault> {
    Ok(Request {
        bills: wanted
            .bills
            .iter()
            .map(|bill| id(bill))
            .collect::<Result<_, _>>()?,
        mandate: wanted.mandate.as_deref().map(id).transpose()?,
        reference: wanted.reference.clone().unwrap_or_default(),
    })
}

/// A bill of an order of unknown outcome is not paid by another order from this PC.
fn refuse_while_unresolved(
    context: &Context<'_>,
    journal: &Journal,
    bills: &[BillId],
) -> Result<(), Fault> {
    for entry in payments::unresolved(context, journal)? {
        let Ok(signed) = SignedOrder::parse(&entry.signed) else {
            continue;
        };
        if let Some(paid) = signed
            .order()
            .bills
            .iter()
            .find(|paid| bills.contains(&paid.bill))
        {
            return Err(Fault::new("unresolved", Exit::UnknownOutcome)
                .with("order", entry.order.to_string())
                .with("bill", paid.bill.to_string()));
        }
    }
    Ok(())
}

async fn pay(
    context: &Context<'_>,
    wanted: &Pay,
    client: &mut Client,
    journal: &Journal,
    request: &Request,
) -> Result<(), Fault> {
    let (me, signed) = sign(context, wanted, client, request)
        .await
        .map_err(|fault| fault.means("means-not-signed"))?;
    send(context, wanted, client, journal, &me, signed).await
}

/// Until the order is signed nothing has happened that anyone pays for.
async fn sign(
    context: &Context<'_>,
    wanted: &Pay,
    client: &mut Client,
    request: &Request,
) -> Result<(Me, SignedOrder), Fault> {
    let output = context.output;
    let order = OrderId::from_uuid(Uuid::new_v4());
    let me = client.me().await?;
    let prepared = Prepared::build(client, &me, request, order).await?;
    context.warn_of_clock(client);
    let confirmed = confirm(output, wanted, prepared)?;
    let (module, key) = (&client.config().module, client.key());
    let pin = pin::for_signature(output, context.common, wanted.sign_pin_fd, module, key)?;
    let signed = confirmed
        .sign(client, pin)
        .map_err(|error| service_fault::order_signer(&error, client))?;
    Ok((me, signed))
}

async fn submit(
    context: &Context<'_>,
    wanted: &Pay,
    client: &mut Client,
    journal: &Journal,
    signed: SignedOrder,
) -> Result<(), Fault> {
    let me = client.me().await.map_err(Fault::from);
    let me = me.map_err(|fault| fault.means("means-not-sent"))?;
    send(context, wanted, client, journal, &me, signed).await
}

/// Shows the order and has it agreed to: by `--expect-total`, and unless `--yes` by typing.
fn confirm(output: &Output, wanted: &Pay, prepared: Prepared) -> Result<Confirmed, Fault> {
    let shown = format!(
        "{}\n\n{}\n",
        output.text().get("order-shown"),
        rendered(output, &prepared.lines())
    );
    if let Some(expected) = &wanted.expect_total {
        prepared.agrees(expected)?;
    }
    if wanted.yes {
        if !output.json() {
            to_stdout(shown.as_bytes())?;
        }
        let total = prepared.total();
        return Ok(prepared.confirm(&total)?);
    }
    let mut terminal =
        Terminal::open().ok_or_else(|| Fault::new("no-terminal", Exit::NotConfirmed))?;
    let question = output
        .text()
        .with("confirm-prompt", &[("total", prepared.total().into())]);
    let typed = terminal
        .ask(&format!("{shown}{question} "))
        .map_err(|error| Fault::new("not-confirmed", Exit::NotConfirmed).cause(&error))?;
    prepared
        .confirm(&typed)
        .map_err(|_| Fault::new("not-confirmed", Exit::NotConfirmed))
}

/// The lines that are signed, with our words for their labels.
fn rendered(output: &Output, lines: &[Line]) -> String {
    table::pairs(lines.iter().map(|line| {
        let label = output.text().get(&format!("label-{}", line.label.code()));
        let value = match &line.value {
            Value::Text(text) => text.clone(),
            Value::Money(minor, currency) => show::money(*minor, *currency),
            Value::Time(time) => show::time(*time),
            Value::Month(month) => month.to_string(),
            Value::SourceMandate => output.text().get("value-source-mandate"),
        };
        (label, value)
    }))
}

async fn send(
    context: &Context<'_>,
    wanted: &Pay,
    client: &mut Client,
    journal: &Journal,
    me: &Me,
    signed: SignedOrder,
) -> Result<(), Fault> {
    let order = signed.order().order;
    let mut recorded = Recorded::record(client, journal, signed)?;
    let mut outcome = recorded.submit(client, journal).await?;
    if may_become_known(&outcome) {
        context
            .output
            .say("asking-outcome", &[("order", order.to_string().into())]);
        outcome = recorded.resolve_soon(client, journal, me).await?;
    }
    match (outcome, wanted.wait) {
        (Outcome::Accepted(view), Some(seconds)) => {
            wait::until_settled(context, client, journal, *view, seconds).await
        }
        (outcome, _) => report::one(context.output, order, outcome),
    }
}

/// Whether asking again may tell; a USB key that is gone does not come back by itself.
fn may_become_known(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unknown(Unknown::NoAnswer(error)) => !error.is_of_key(),
        Outcome::Unknown(Unknown::NotSent { .. }) => false,
        outcome => matches!(outcome, Outcome::Unknown(_)),
    }
}

async fn resume(
    context: &Context<'_>,
    client: &mut Client,
    journal: &Journal,
) -> Result<(), Fault> {
    let unresolved = payments::unresolved(context, journal)?;
    let me = client.me().await.map_err(Fault::from);
    let me = me.map_err(|fault| fault.means("means-still-unknown"))?;
    let mut outcomes = Vec::new();
    for entry in unresolved {
        let outcome = match Recorded::from_entry(&entry) {
            Ok(mut recorded) => recorded.resolve(client, journal, &me).await,
            Err(error) => Err(error),
        };
        outcomes.push((entry.order, outcome));
    }
    report::all(context.output, outcomes)
}

fn read_signed(file: &Path) -> Result<SignedOrder, Fault> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| {
        Fault::new("file-read", Exit::Usage)
            .with("file", show::path(file))
            .cause(&error)
    };
    let mut text = String::new();
    let open = std::fs::File::open(file).map_err(failed)?;
    open.take(MAX_JWS as u64 + 2)
        .read_to_string(&mut text)
        .map_err(failed)?;
    SignedOrder::parse(text.trim_end())
        .map_err(|error| Fault::new("signed-malformed", Exit::Usage).cause(&error))
}
