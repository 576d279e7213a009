//! `pay`, `top-up`, `refund`: prepare, show, confirm, sign, keep, send, and what became of it.

mod plan;
pub(crate) mod report;
mod resume;
mod transfer;
mod wait;

use std::path::{Path, PathBuf};

use uuid::Uuid;
use wattkey_client::client::Client;
use wattkey_client::journal::Journal;
use wattkey_client::payment::{Confirmed, Prepared};
use wattkey_client::sending::{Outcome, unresolved_order, unresolved_payment};
use wattkey_domain::{BillId, OrderId};
use wattkey_protocol::api::Me;
use wattkey_protocol::names::MAX_JWS;
use wattkey_protocol::order::SignedOrder;
use wattkey_transport::clock;

use self::plan::Plan;
use super::payments;
use super::sign::{self, Agreement};
use crate::cli::args::{Pay, Refund, TopUp};
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;
use crate::cli::service_fault;
use crate::cli::{pin, show};

/// What one run of these commands is to do.
struct Run<'a> {
    plan: Plan,
    agreement: Agreement<'a>,
    wait: Option<u32>,
    /// Where the transfer for the customer's own bank is kept.
    save_transfer: Option<PathBuf>,
}

/// `pay`.
pub(crate) fn run(context: &Context<'_>, wanted: &Pay) -> Result<(), Fault> {
    if wanted.resume {
        return resume::run(context);
    }
    let run = Run {
        plan: Plan::of_pay(wanted)?,
        agreement: Agreement::from(&wanted.agreement),
        wait: wanted.waiting.wait,
        save_transfer: wanted.transfer.save_transfer.clone(),
    };
    match &wanted.signed {
        Some(file) => send_signed(context, &run, file),
        None => run.order(context),
    }
}

/// `top-up`.
pub(crate) fn top_up(context: &Context<'_>, wanted: &TopUp) -> Result<(), Fault> {
    let run = Run {
        plan: Plan::of_top_up(wanted)?,
        agreement: Agreement::from(&wanted.order.agreement),
        wait: wanted.order.waiting.wait,
        save_transfer: wanted.transfer.save_transfer.clone(),
    };
    run.order(context)
}

/// `refund`.
pub(crate) fn refund(context: &Context<'_>, wanted: &Refund) -> Result<(), Fault> {
    let run = Run {
        plan: Plan::of_refund(wanted)?,
        agreement: Agreement::from(&wanted.order.agreement),
        wait: wanted.order.waiting.wait,
        save_transfer: None,
    };
    run.order(context)
}

fn send_signed(context: &Context<'_>, run: &Run<'_>, file: &Path) -> Result<(), Fault> {
    let config = context.config()?;
    let journal = context::journal(&config)?;
    let signed = read_signed(file)?;
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means("means-not-sent"))?;
    runtime()?.block_on(async {
        let me = client.me().await.map_err(Fault::from);
        let me = me.map_err(|fault| fault.means("means-not-sent"))?;
        let result = run.send(context, &mut client, &journal, &me, signed).await;
        context.warn_of_clock(&client);
        result
    })
}

impl Run<'_> {
    fn order(&self, context: &Context<'_>) -> Result<(), Fault> {
        let config = context.config()?;
        // Opened first: what cannot be kept is not signed.
        let journal = context::journal(&config)?;
        refuse_while_unresolved(context, &journal, &self.plan.named())?;
        if let Some(file) = self.save_transfer.as_deref().filter(|file| file.exists()) {
            return Err(fault::exists(file));
        }
        let mut client = context
            .unlock(config)
            .map_err(|fault| fault.means("means-not-signed"))?;
        runtime()?.block_on(async {
            let result = self.pay(context, &mut client, &journal).await;
            context.warn_of_clock(&client);
            result
        })
    }

    async fn pay(
        &self,
        context: &Context<'_>,
        client: &mut Client,
        journal: &Journal,
    ) -> Result<(), Fault> {
        let signed = self.sign(context, client, journal).await;
        let (me, signed) = signed.map_err(|fault| fault.means("means-not-signed"))?;
        self.send(context, client, journal, &me, signed).await
    }

    /// Until the order is signed nothing has happened that anyone pays for.
    async fn sign(
        &self,
        context: &Context<'_>,
        client: &mut Client,
        journal: &Journal,
    ) -> Result<(Me, SignedOrder), Fault> {
        let output = context.output;
        let order = OrderId::made_at(clock::now(), Uuid::new_v4());
        let me = client.me().await?;
        if self.plan.is_by_amount() {
            refuse_while_any_is_unresolved(context, journal, &me)?;
        }
        let request = self.plan.request(context, client, &me).await?;
        let bills: Vec<BillId> = request.bills.iter().map(|part| part.bill.clone()).collect();
        refuse_while_unresolved(context, journal, &bills)?;
        let prepared = Prepared::build(client, &me, &request, order).await?;
        context.warn_of_clock(client);
        output.cautions(prepared.cautions());
        if prepared.needs_approval(&me) {
            output.say("needs-approval", &[]);
        }
        let confirmed = self.confirm(output, prepared)?;
        let (module, key) = (&client.config().module, client.key());
        let fd = self.agreement.pin_fd;
        let pin = pin::for_signature(output, context.common, fd, module, key)?;
        let signed = confirmed
            .sign(client, pin)
            .map_err(|error| service_fault::order_signer(&error, client))?;
        Ok((me, signed))
    }

    /// Shows the order and has it agreed to: by `--expect-total`, and unless `--yes` by typing.
    fn confirm(&self, output: &Output, prepared: Prepared) -> Result<Confirmed, Fault> {
        let shown = format!(
            "{}\n\n{}\n",
            output.text().get("order-shown"),
            sign::rendered(output, &prepared.lines())
        );
        let total = wattkey_client::payment::Total::of(prepared.order());
        sign::agree_by_total(output, &self.agreement, &shown, total, "confirm-prompt")?;
        Ok(prepared.confirm(&total.plain())?)
    }

    async fn send(
        &self,
        context: &Context<'_>,
        client: &mut Client,
        journal: &Journal,
        me: &Me,
        signed: SignedOrder,
    ) -> Result<(), Fault> {
        let order = signed.order().order;
        let outcome = sign::deliver(context, client, journal, me, signed).await?;
        let Outcome::Accepted(view) = outcome else {
            return report::one(context.output, order, outcome);
        };
        let offered =
            transfer::offer(context, client, me, &view, self.save_transfer.as_deref()).await;
        // The order was accepted, whatever came of the transfer's file.
        let told = match self.wait {
            Some(seconds) => wait::until_settled(context, client, journal, *view, seconds).await,
            None => report::accepted_one(context.output, *view),
        };
        told.and(offered)
    }
}

/// A bill of an order of unknown outcome is not paid by another order from this PC.
pub(crate) fn refuse_while_unresolved(
    context: &Context<'_>,
    journal: &Journal,
    bills: &[BillId],
) -> Result<(), Fault> {
    let unresolved = payments::unresolved(context, journal)?;
    match unresolved_payment(&unresolved, bills) {
        Some((order, bill)) => Err(Fault::unresolved(order, &bill)),
        None => Ok(()),
    }
}

/// An order by amount claims what no other one does, so one of unknown outcome would be paid twice by
/// asking for the same again.
pub(crate) fn refuse_while_any_is_unresolved(
    context: &Context<'_>,
    journal: &Journal,
    me: &Me,
) -> Result<(), Fault> {
    let unresolved = payments::unresolved(context, journal)?;
    match unresolved_order(&unresolved, me.customer.id) {
        Some(order) => Err(Fault::unresolved_order(order)),
        None => Ok(()),
    }
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
