//! The commands, one module each.

mod accounts;
mod bills;
mod check;
mod decide;
mod deposits;
mod keys;
mod mandates;
mod pay;
mod payments;
mod pin;
mod receipts;
mod reckon;
mod sign;
mod standing;
mod whoami;

use wattkey_client::client::Client;
use wattkey_client::output_file::Existing;
use wattkey_domain::Decision;

use crate::cli::args::{Args, Bill, Command, Payment, PinCommand, Receipt, Standing};
use crate::cli::context::{Context, runtime};
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;

/// Runs the command of `args`.
pub(crate) fn run(args: &Args, output: &Output) -> Result<(), Fault> {
    let context = Context {
        common: &args.common,
        output,
    };
    match &args.command {
        Command::Keys(wanted) => keys::run(&context, wanted),
        Command::Pin(PinCommand::Change(wanted)) => pin::change(&context, wanted),
        Command::Pin(PinCommand::Unblock(wanted)) => pin::unblock(&context, wanted),
        Command::Check => check::run(&context),
        Command::Receipt(Receipt::Verify { file, service_ca }) => {
            receipts::verify(&context, file, service_ca.as_deref())
        }
        Command::Payment(Payment::Export { order, to, force }) => {
            payments::export(&context, order, to, existing(*force))
        }
        Command::Whoami => online(&context, async |client| whoami::run(&context, client).await),
        Command::Accounts => online(&context, async |client| {
            accounts::run(&context, client).await
        }),
        Command::Mandates => online(&context, async |client| {
            mandates::run(&context, client).await
        }),
        Command::Bills(wanted) => {
            let filter = bills::filter(wanted)?;
            online(&context, async |client| {
                bills::list(&context, client, &filter).await
            })
        }
        Command::Bill(Bill::Show { bill }) => {
            let bill = id(bill)?;
            online(&context, async |client| {
                bills::show(&context, client, &bill).await
            })
        }
        Command::Bill(Bill::Save { bill, to, force }) => {
            let bill = id(bill)?;
            let (file, existing) = (bills::file(&bill, to.as_deref()), existing(*force));
            if existing == Existing::Stays && file.exists() {
                return Err(fault::exists(&file));
            }
            online(&context, async |client| {
                bills::save(&context, client, &bill, &file, existing).await
            })
        }
        Command::Bill(Bill::Reckon(wanted)) => reckon::run(&context, wanted),
        Command::Payments => online(&context, async |client| {
            payments::list(&context, client).await
        }),
        Command::Payment(Payment::Show { order }) => {
            let order = id(order)?;
            online(&context, async |client| {
                payments::show(&context, client, order).await
            })
        }
        Command::Receipt(Receipt::Save { order, to, force }) => {
            let order = id(order)?;
            let (file, existing) = (receipts::file(order, to.as_deref()), existing(*force));
            // Before the PIN is asked for; what appears there meanwhile is not written over either.
            if existing == Existing::Stays && file.exists() {
                return Err(fault::exists(&file));
            }
            online(&context, async |client| {
                receipts::save(&context, client, order, file, existing).await
            })
        }
        Command::Pay(wanted) => pay::run(&context, wanted),
        Command::TopUp(wanted) => pay::top_up(&context, wanted),
        Command::Refund(wanted) => pay::refund(&context, wanted),
        Command::Deposits => online(&context, async |client| {
            deposits::run(&context, client).await
        }),
        Command::Approvals => online(&context, async |client| {
            decide::list(&context, client).await
        }),
        Command::Approve(wanted) => decide::run(&context, Decision::Approve, wanted),
        Command::Refuse(wanted) => decide::run(&context, Decision::Refuse, wanted),
        Command::Cancel(wanted) => decide::run(&context, Decision::Cancel, wanted),
        Command::Standing(Standing::List) => online(&context, async |client| {
            standing::list(&context, client).await
        }),
        Command::Standing(Standing::Give(wanted)) => standing::give(&context, wanted),
        Command::Standing(Standing::End(wanted)) => standing::end(&context, wanted),
    }
}

/// Unlocks the USB key and runs what needs the service.
fn online(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&mut Client) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut client = context.unlock(context.config()?)?;
    runtime()?.block_on(async {
        let result = work(&mut client).await;
        context.warn_of_clock(&client);
        result
    })
}

fn existing(force: bool) -> Existing {
    if force {
        Existing::IsReplaced
    } else {
        Existing::Stays
    }
}

/// An identifier from the command line.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, Fault>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|_| Fault::new("usage-id", Exit::Usage).with("word", text))
}
