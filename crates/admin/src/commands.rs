//! What each command does.

mod arrears;
mod bind;
mod ca;
mod card;
mod files;
mod init;
mod key;
mod list;
mod log;
mod reconcile;
mod report_lost;
mod resolution;
mod resolve;
mod server;

use wattkey_pki::TrustAnchor;
use wattkey_token::UnlockedKey;

use crate::args::{Arguments, CaCommand, CardCommand, Command, ServerCommand};
use crate::config::Config;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::log::Log;
use crate::output::Output;
use crate::platform::Platform;
use crate::register::{Ca, Record};

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    if let Command::Init(init) = &arguments.command {
        return init::run(init, output);
    }
    if let Command::File(file) = &arguments.command {
        return files::sign(file, output);
    }
    let mut desk = Desk::open(Config::find(arguments.config.as_deref())?)?;
    let desk = &mut desk;
    match &arguments.command {
        Command::Init(_) | Command::File(_) => Ok(()),
        Command::Ca(CaCommand::Create(create)) => ca::create(desk, create, output),
        Command::Card(CardCommand::Init(init)) => card::init(desk, init, output),
        Command::Server(ServerCommand::Issue(issue)) => server::issue(desk, issue, output),
        Command::Key(key) => key::run(desk, key, output),
        Command::Bind(bind) => bind::run(desk, bind, output),
        Command::ReportLost(lost) => report_lost::run(desk, lost, output),
        Command::Revoke(revoke) => ca::revoke(desk, revoke, output),
        Command::Crl(crl) => ca::crl(desk, crl, output),
        Command::List(list) => {
            list::run(desk, list, output);
            Ok(())
        }
        Command::Import(import) => files::import(desk, import, output),
        Command::Export(export) => files::export(desk, export, output),
        Command::Log(arguments) => log::run(desk, arguments, output),
        Command::Reconcile(wanted) => reconcile::run(desk, wanted, output),
        Command::Resolve(resolve) => resolve::run(desk, resolve, output),
        Command::Resolutions(wanted) => resolution::list(desk, wanted, output),
        Command::Resolution(command) => resolution::run(desk, command, output),
        Command::Disputes(wanted) => arrears::disputes(desk, wanted, output),
        Command::CutOff(command) => arrears::cut_off(desk, command, output),
    }
}

/// Connects, fetches the log, verifies it and remembers how far it goes.
fn fetch_log(
    desk: &mut Desk,
    address: Option<&str>,
    key: &UnlockedKey,
) -> Result<(Platform, Log), Failure> {
    let (issuing_ca, _) = desk.register.authority(Ca::Users)?;
    let issuing_ca =
        TrustAnchor::new(issuing_ca).map_err(|error| Failure::new(Kind::LogInvalid, &error))?;
    let mut platform = Platform::connect(desk, address, key)?;
    let steps = platform.steps()?;
    let log = Log::verify(
        &desk.config.audience,
        &issuing_ca,
        desk.register.head(),
        &steps,
    )
    .map_err(|error| Failure::new(Kind::LogInvalid, &error))?;
    remember(desk, log.head())?;
    Ok((platform, log))
}

/// From now on the log must have this step.
fn remember(desk: &mut Desk, head: (u64, wattkey_pki::Digest)) -> Result<(), Failure> {
    let (sequence, digest) = head;
    if sequence == 0 || desk.register.head() == Some(head) {
        return Ok(());
    }
    desk.register.append(Record::Head {
        at: now(),
        sequence,
        digest,
    })
}
