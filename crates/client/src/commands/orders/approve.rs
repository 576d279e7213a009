//! `orders approve`: signs and sends what was previewed, order by order, and nothing else.

use wattkey_client::batch::{Batch, PlannedOrder, Preview, Ready};
use wattkey_client::client::Client;
use wattkey_client::journal::{Entry, Journal, Standing};
use wattkey_client::payment::Total;
use wattkey_client::sending::{Outcome, Recorded};
use wattkey_protocol::api::{Me, OrderView};
use wattkey_protocol::order::Order;

use super::{batches, named};
use crate::cli::args::OrdersApprove;
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::{pin, service_fault, show};
use crate::commands::pay::{refuse_while_unresolved, report};
use crate::commands::payments;
use crate::commands::sign::{self, Agreement};

pub(crate) fn run(context: &Context<'_>, wanted: &OrdersApprove) -> Result<(), Fault> {
    let name = named(wanted.batch.as_ref())?;
    let config = context.config()?;
    // Opened first: what cannot be kept is not signed.
    let journal = context::journal(&config)?;
    let batches = batches(&config)?;
    let _held = batches.hold()?;
    let batch = batches.find(name.as_ref())?;
    let preview = batch.preview.clone();
    let preview = preview.ok_or_else(|| {
        Fault::new("no-preview", Exit::NotFound).with("batch", batch.id.to_string())
    })?;
    let digest = preview.digest().to_string();
    if wanted
        .preview
        .as_ref()
        .is_some_and(|given| *given != digest)
    {
        return Err(Fault::new("preview-differs", Exit::TotalDiffers).with("preview", digest));
    }
    let mut client = context
        .unlock(config)
        .map_err(|fault| fault.means("means-not-signed"))?;
    let approval = Approval {
        context,
        journal: &journal,
        batch: &batch,
        preview: &preview,
        agreement: Agreement {
            expect_total: wanted.expect_total.as_deref(),
            yes: wanted.yes,
            pin_fd: wanted.sign_pin_fd,
        },
    };
    runtime()?.block_on(async {
        let result = approval.run(&mut client).await;
        context.warn_of_clock(&client);
        result
    })
}

/// Whether an order came to nothing for good; the next preview has another in its place.
fn is_over(entry: &Entry) -> bool {
    matches!(
        entry.standing(),
        Standing::Refused { .. } | Standing::NeverAccepted
    )
}

struct Approval<'a> {
    context: &'a Context<'a>,
    journal: &'a Journal,
    batch: &'a Batch,
    preview: &'a Preview,
    agreement: Agreement<'a>,
}

impl Approval<'_> {
    async fn run(&self, client: &mut Client) -> Result<(), Fault> {
        let output = self.context.output;
        let not_signed = |fault: Fault| fault.means("means-not-signed");
        let me = client.me().await.map_err(Fault::from).map_err(not_signed)?;
        if (me.customer.id, me.user.id) != (self.preview.customer, self.preview.user) {
            return Err(Fault::new("preview-of-other", Exit::OrderRefused));
        }
        let mut resumed = report::Resumed::default();
        let mut left = Vec::new();
        for planned in &self.preview.orders {
            // Signed by an earlier run that did not come to its end.
            match self.journal.entry(planned.order)? {
                Some(entry) if is_over(&entry) => {
                    let values = [("order", planned.order.to_string().into())];
                    output.say("orders-refused-before", &values);
                }
                Some(entry) => {
                    let mut recorded = Recorded::<Order>::from_entry(&entry)?;
                    let outcome = recorded.resolve(client, self.journal, &me).await;
                    resumed.orders.push((planned.order, outcome));
                }
                None => left.push(planned),
            }
        }
        if left.is_empty() && resumed.orders.is_empty() {
            let batch = self.batch.id.to_string();
            return Err(Fault::new("no-preview", Exit::NotFound).with("batch", batch));
        }
        if !left.is_empty() && !resumed.has_unknown() {
            let ready = self.ready(client, &me, &left).await.map_err(not_signed)?;
            self.agree(output, &ready, &me)?;
            self.sign_all(client, &me, ready, &mut resumed).await?;
        }
        report::all(output, resumed)
    }

    /// Builds every order before the first is signed: what changed since the preview stops all.
    async fn ready(
        &self,
        client: &mut Client,
        me: &Me,
        left: &[&PlannedOrder],
    ) -> Result<Vec<Ready>, Fault> {
        let bills: Vec<_> = left
            .iter()
            .flat_map(|planned| planned.bills.iter().map(|bill| bill.bill.clone()))
            .collect();
        refuse_while_unresolved(self.context, self.journal, &bills)?;
        let mut ready = Vec::new();
        for (planned, number) in left.iter().zip(1_usize..) {
            let values = [("n", number.into()), ("of", left.len().into())];
            self.context.output.say("orders-checking", &values);
            ready.push(Ready::build(client, me, &self.batch.id, planned).await?);
        }
        Ok(ready)
    }

    fn agree(&self, output: &Output, ready: &[Ready], me: &Me) -> Result<(), Fault> {
        let orders = ready.iter().map(|ready| ready.planned.total());
        let minor = orders.fold(0_i64, i64::saturating_add);
        let total = Total {
            minor,
            currency: self.preview.currency,
        };
        let mut shown = String::new();
        for (one, number) in ready.iter().zip(1_usize..) {
            let values = [("n", number.into()), ("of", ready.len().into())];
            shown += &(output.text().with("orders-shown", &values) + "\n\n");
            shown += &(sign::rendered(output, &one.prepared.lines()) + "\n");
        }
        for one in ready {
            output.cautions(one.prepared.cautions());
        }
        if ready.iter().any(|one| one.prepared.needs_approval(me)) {
            output.say("needs-approval", &[]);
        }
        let values = [
            ("orders", ready.len().into()),
            ("total", show::money(minor, self.preview.currency).into()),
        ];
        shown += &(output.text().with("orders-to-sign", &values) + "\n");
        sign::agree_by_total(output, &self.agreement, &shown, total, "confirm-prompt")
    }

    /// Signs, keeps and sends one after the other; stops where an outcome is not known, or the key
    /// does not sign.
    async fn sign_all(
        &self,
        client: &mut Client,
        me: &Me,
        ready: Vec<Ready>,
        resumed: &mut report::Resumed,
    ) -> Result<(), Fault> {
        let count = ready.len();
        for (mut one, number) in ready.into_iter().zip(1_usize..) {
            let begun = self.sign(client, me, &mut one, number, count).await;
            match begun {
                Ok(outcome) => {
                    let known = !matches!(outcome, Outcome::Unknown(_));
                    resumed.orders.push((one.planned.order, Ok(outcome)));
                    if !known {
                        return Ok(());
                    }
                }
                Err(fault) if resumed.orders.is_empty() => {
                    return Err(fault.means("means-not-signed"));
                }
                Err(fault) => {
                    // What was ordered before is told first.
                    let told = report::all(self.context.output, std::mem::take(resumed));
                    return told.and(Err(fault.means("means-rest-not-signed")));
                }
            }
        }
        Ok(())
    }

    async fn sign(
        &self,
        client: &mut Client,
        me: &Me,
        one: &mut Ready,
        number: usize,
        of: usize,
    ) -> Result<Outcome<OrderView>, Fault> {
        let (context, output) = (self.context, self.context.output);
        one.refresh(client, me).await?;
        let total = show::money(one.planned.total(), self.preview.currency);
        let values = [
            ("n", number.into()),
            ("of", of.into()),
            ("total", total.into()),
        ];
        output.say("orders-signing", &values);
        let pin_fd = self.agreement.pin_fd;
        let asked = pin::for_signature(
            output,
            context.common,
            pin_fd,
            &client.config().module,
            client.key(),
        )?;
        one.refresh(client, me).await?;
        let total = one.prepared.total();
        let signed = one
            .prepared
            .clone()
            .confirm(&total)?
            .sign(client, asked)
            .map_err(|error| service_fault::order_signer(&error, client))?;
        let outcome = sign::deliver(context, client, self.journal, me, signed).await?;
        if let Outcome::Accepted(view) = &outcome {
            let state = payments::state(output, view.state.as_str());
            output.say("progress", &[("state", state.into())]);
        }
        Ok(outcome)
    }
}
