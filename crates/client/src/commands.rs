//! The commands, one module each.

mod accounts;
mod bills;
mod check;
mod keys;
mod mandates;
mod pay;
mod payments;
mod receipts;
mod whoami;

use wattkey_client::client::Client;

use crate::cli::args::{Args, Bill, Command, Payment, Receipt};
use crate::cli::context::{Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;

/// Runs the command of `args`.
pub(crate) fn run(args: &Args, output: &Output) -> Result<(), Fault> {
    let context = Context {
        common: &args.common,
        output,
    };
    match &args.command {
        Command::Keys => keys::run(&context),
        Command::Check => check::run(&context),
        Command::Receipt(Receipt::Verify { file, service_ca }) => {
            receipts::verify(&context, file, service_ca.as_deref())
        }
        Command::Payment(Payment::Export { order, to }) => payments::export(&context, order, to),
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
        Command::Payments => online(&context, async |client| {
            payments::list(&context, client).await
        }),
        Command::Payment(Payment::Show { order }) => {
            let order = id(order)?;
            online(&context, async |client| {
                payments::show(&context, client, order).await
            })
        }
        Command::Receipt(Receipt::Save { order, to }) => {
            let order = id(order)?;
            online(&context, async |client| {
                receipts::save(&context, client, order, to.as_deref()).await
            })
        }
        Command::Pay(wanted) => pay::run(&context, wanted),
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

/// An identifier from the command line.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, Fault>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|_| Fault::new("usage-id", Exit::Usage).with("word", text))
}
