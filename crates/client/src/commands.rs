//! The commands, one module each.

mod accounts;
mod arrears;
mod bills;
mod changes;
mod check;
mod decide;
mod deposits;
mod disputes;
mod export;
mod keys;
mod mandates;
mod notices;
mod orders;
mod pay;
mod payments;
mod pdf;
mod pin;
mod profile;
mod receipts;
mod reckon;
mod sign;
mod standing;
mod statement;
mod tax_invoices;
mod usage;
mod warnings;
mod whoami;

use wattkey_client::client::Client;
use wattkey_client::connection::ServiceError;
use wattkey_client::output_file::Existing;
use wattkey_domain::{
    AccountId, BillId, ChangeId, Decision, DisputeId, DisputeReason, InstructionId, MandateId,
    MeteringPointId, NoticeId, OrderId,
};
use wattkey_protocol::problem::ProblemType;

use crate::cli::args::{
    Args, Bill, Changes, Command, Disputes, More, NoticeStep, Notices, Orders, Payment, PinCommand,
    Profile, ProfileStep, Receipt, Rights, RightsStep, Standing,
};
use crate::cli::context::{Context, runtime};
use crate::cli::fault::{self, Exit, Fault};
use crate::cli::output::Output;

/// Runs the command of `args`.
pub(crate) fn run(args: &Args, output: &Output) -> Result<(), Fault> {
    let context = Context {
        common: &args.common,
        output,
    };
    if context.common.csv && !args.command.is_table() {
        return Err(Fault::new("usage-csv", Exit::Usage));
    }
    match &args.command {
        Command::Keys(wanted) => keys::run(&context, wanted),
        Command::Pin(PinCommand::Change(wanted)) => pin::change(&context, wanted),
        Command::Pin(PinCommand::Unblock(wanted)) => pin::unblock(&context, wanted),
        Command::Check => check::run(&context),
        Command::Receipt(Receipt::Verify {
            file,
            service_ca,
            code,
        }) => receipts::verify(&context, file, service_ca.as_deref(), code.as_deref()),
        Command::Receipt(Receipt::Pdf { order, pdf: wanted }) => {
            let order = id(order)?;
            let target = pdf::Target::new(&context, wanted, || format!("receipt-{order}.pdf"))?;
            online(&context, async |client| {
                pdf::receipt(&context, client, order, target).await
            })
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
        Command::Bill(Bill::Pdf {
            bill,
            reckon,
            pdf: wanted,
        }) => {
            let bill = id(bill)?;
            let target = pdf::Target::new(&context, wanted, || format!("bill-{bill}.pdf"))?;
            online(&context, async |client| {
                pdf::bill(&context, client, (&bill, *reckon), target).await
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
        Command::More(wanted) => more(&context, wanted),
    }
}

/// Files of orders, exports, consumption, own data.
fn more(context: &Context<'_>, command: &More) -> Result<(), Fault> {
    match command {
        More::Orders(Orders::Import { file }) => orders::import(context, file),
        More::Orders(Orders::List) => orders::list(context),
        More::Orders(Orders::Preview { batch }) => orders::preview(context, batch.as_ref()),
        More::Orders(Orders::Approve(wanted)) => orders::approve(context, wanted),
        More::Export(wanted) => export::run(context, wanted),
        More::Usage(wanted) => usage::run(context, wanted),
        More::Warnings(wanted) => warnings::run(context, wanted),
        More::Arrears(wanted) => arrears::run(context, wanted),
        More::Statement(wanted) => statement::run(context, wanted),
        More::TaxInvoices(wanted) => tax_invoices::run(context, wanted),
        More::Notices(Notices { step: None }) => {
            online(context, async |client| notices::list(context, client).await)
        }
        More::Notices(Notices {
            step: Some(NoticeStep::Show { notice }),
        }) => online(context, async |client| {
            notices::show(context, client, notice).await
        }),
        More::Notices(Notices {
            step:
                Some(NoticeStep::Pdf {
                    notice,
                    pdf: wanted,
                }),
        }) => {
            let notice: NoticeId = id(notice)?;
            let target = pdf::Target::new(context, wanted, || format!("notice-{notice}.pdf"))?;
            online(context, async |client| {
                pdf::notice(context, client, notice, target).await
            })
        }
        More::Notices(Notices {
            step: Some(NoticeStep::Acknowledge { notice, signing }),
        }) => notices::acknowledge(context, notice, signing),
        More::Disputes(Disputes { bill, step: None }) => {
            let bill = bill.as_deref().map(id).transpose()?;
            online(context, async |client| {
                disputes::list(context, client, bill.as_ref()).await
            })
        }
        More::Disputes(Disputes {
            step: Some(step), ..
        }) => disputes::step(context, step),
        More::Profile(Profile { step: None }) => {
            online(context, async |client| profile::show(context, client).await)
        }
        More::Profile(Profile {
            step: Some(ProfileStep::Set(wanted)),
        }) => profile::set(context, wanted),
        More::Rights(Rights { step: None }) => online(context, async |client| {
            profile::list_rights(context, client).await
        }),
        More::Rights(Rights {
            step:
                Some(RightsStep::Set {
                    user,
                    account,
                    rights,
                    signing,
                }),
        }) => profile::set_rights(context, user, account, rights, signing),
        More::Changes(Changes { step: None }) => {
            online(context, async |client| changes::list(context, client).await)
        }
        More::Changes(Changes { step: Some(step) }) => changes::step(context, step),
    }
}

/// What has a list where people look it up.
trait Listed {
    /// The command that shows it.
    const LIST: &'static str;
}

macro_rules! listed {
    ($($what:ty => $list:literal),+ $(,)?) => {
        $(impl Listed for $what {
            const LIST: &'static str = $list;
        })+
    };
}

listed! {
    AccountId => "wattkey accounts",
    BillId => "wattkey bills",
    ChangeId => "wattkey changes",
    DisputeId => "wattkey disputes",
    DisputeReason => "wattkey disputes open --help",
    InstructionId => "wattkey standing list",
    MandateId => "wattkey mandates",
    MeteringPointId => "wattkey usage",
    NoticeId => "wattkey notices",
    OrderId => "wattkey payments",
}

/// The customer has nothing of this id.
fn not_found<T: Listed + ToString>(id: &T) -> Fault {
    let fault = Fault::new("no-such-thing", Exit::NotFound);
    fault.with("word", id.to_string()).with("list", T::LIST)
}

/// What was asked of one contract account. Where there is nothing, it is the account that is not there.
fn of_account<T>(answer: Result<T, ServiceError>, account: Option<&AccountId>) -> Result<T, Fault> {
    answer.map_err(|error| match (error.problem(), account) {
        (Some(ProblemType::NotFound), Some(account)) => not_found(account),
        _ => error.into(),
    })
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
fn id<T: std::str::FromStr + Listed>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| {
        let fault = Fault::new("usage-id", Exit::Usage).with("word", text);
        fault.with("list", T::LIST)
    })
}
