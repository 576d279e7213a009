//! `wattkey-banksim`: the bank stand-in as a process of its own.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum as _};
use jiff::tz::TimeZone;
use tokio::signal::unix::{SignalKind, signal};
use wattkey_banksim::entry::{Asked, EntryKind};
use wattkey_banksim::faults::{Fault, Faults};
use wattkey_banksim::folder::Folders;
use wattkey_banksim::http;
use wattkey_banksim::list::{self, Held};
use wattkey_banksim::store::Store;
use wattkey_banksim::worker::Behaviour;

/// How long a bank that runs may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const MAX_ANSWER: u64 = 64 * 1024;

/// A stand-in for the bank, for demonstration and tests only.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take messages, answer and collect, until stopped
    Run(Run),
    /// Show the faults of a bank that runs, or ask it for others
    Faults {
        /// Address of its listener
        #[arg(long, value_parser = http::loopback)]
        at: SocketAddr,
        /// From now on these; `none` for none
        #[arg(long, value_name = "FAULT,...", value_parser = asked)]
        set: Option<Faults>,
    },
    /// Somebody pays into the account
    Credit(Asking),
    /// The bank takes a fee from the account
    Fee(Asking),
    /// Somebody collects from the account
    Debit(Asking),
    /// Show the payments that the bank holds
    List {
        /// File of the database
        #[arg(long)]
        database: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Run {
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_parser = http::loopback)]
    listen: SocketAddr,
    /// File of the database, made when there is none
    #[arg(long)]
    database: PathBuf,
    /// Milliseconds between the status report and the booking
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
    /// IANA name of the time zone in which its days begin
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai", value_parser = TimeZone::get)]
    time_zone: TimeZone,
    /// A fault from the start on; may be given several times
    #[arg(long)]
    fault: Vec<Fault>,
    /// Folder in which the creditor puts messages, to be taken away
    #[arg(long, requires = "drop_off", value_name = "FOLDER")]
    pick_up: Option<PathBuf>,
    /// Folder in which the creditor expects messages
    #[arg(long, requires = "pick_up", value_name = "FOLDER")]
    drop_off: Option<PathBuf>,
}

#[derive(Args)]
struct Asking {
    /// Address of the bank's listener
    #[arg(long, value_parser = http::loopback)]
    at: SocketAddr,
    /// Decimal number, such as 1084.00
    #[arg(long)]
    amount: String,
    /// Its currency
    #[arg(long, default_value = "CNY")]
    currency: String,
    /// On which account; without it, that of whoever sent a message last
    #[arg(long)]
    account: Option<String>,
    /// A creditor reference, as it stands in structured remittance information
    #[arg(long, value_name = "RF…")]
    reference: Option<String>,
    /// What the other side writes, as unstructured remittance information
    #[arg(long)]
    text: Option<String>,
    /// The other side's `EndToEndId`
    #[arg(long, value_name = "ID")]
    end_to_end_id: Option<String>,
    /// Name of the other side
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// Account of the other side
    #[arg(long, value_name = "ACCOUNT")]
    party_account: Option<String>,
    /// The value date, such as 2026-08-31; without it, today
    #[arg(long, value_name = "DATE")]
    value: Option<jiff::civil::Date>,
}

impl Asking {
    fn entry(self, kind: EntryKind) -> (SocketAddr, Asked) {
        let asked = Asked {
            kind,
            amount: self.amount,
            currency: self.currency,
            account: self.account,
            reference: self.reference,
            text: self.text,
            end_to_end_id: self.end_to_end_id,
            party: self.party,
            party_account: self.party_account,
            value: self.value,
        };
        (self.at, asked)
    }
}

/// Names of faults with commas between them.
fn asked(text: &str) -> Result<Faults, String> {
    if text == "none" {
        return Ok(Faults::new());
    }
    let fault = |name: &str| Fault::from_str(name, false);
    text.split(',').map(fault).collect()
}

fn main() -> anyhow::Result<()> {
    match done(Cli::parse().command) {
        // A reader that went away has seen enough.
        Err(error) if is_closed_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

fn done(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run(arguments) => run(&arguments),
        Command::Faults { at, set } => faults(at, set.as_ref()),
        Command::Credit(asking) => book(asking, EntryKind::Credit),
        Command::Fee(asking) => book(asking, EntryKind::Fee),
        Command::Debit(asking) => book(asking, EntryKind::Debit),
        Command::List { database, json } => show(&database, json),
    }
}

fn show(database: &Path, json: bool) -> anyhow::Result<()> {
    let held = Store::open_to_read(database)
        .and_then(|store| {
            Ok(Held {
                payments: store.payments()?,
                entries: store.entries()?,
            })
        })
        .with_context(|| format!("cannot read the database {}", database.display()))?;
    let mut out = std::io::stdout().lock();
    if json {
        list::json(&mut out, &held)?;
    } else {
        list::table(&mut out, &held)?;
    }
    out.flush()?;
    Ok(())
}

fn faults(at: SocketAddr, set: Option<&Faults>) -> anyhow::Result<()> {
    let body = set.map(serde_json::to_string).transpose()?;
    let method = if body.is_some() { "PUT" } else { "GET" };
    exchange(at, method, "/faults", body.as_deref())
}

fn book(asking: Asking, kind: EntryKind) -> anyhow::Result<()> {
    let (at, asked) = asking.entry(kind);
    let body = serde_json::to_string(&asked)?;
    exchange(at, "POST", "/entries", Some(&body))
}

/// One request over a connection of its own; prints the answer.
fn exchange(at: SocketAddr, method: &str, path: &str, body: Option<&str>) -> anyhow::Result<()> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n");
    if let Some(body) = body {
        let length = body.len();
        request += "Content-Type: application/json\r\n";
        request += &format!("Content-Length: {length}\r\n");
    }
    request += "\r\n";
    request += body.unwrap_or_default();
    let mut stream = TcpStream::connect_timeout(&at, TIMEOUT)
        .with_context(|| format!("no bank listens on {at}"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    anyhow::ensure!(
        status.starts_with('2'),
        "the bank answered {status}: {body}"
    );
    let mut out = std::io::stdout();
    writeln!(out, "{body}")?;
    out.flush()?;
    Ok(())
}

#[tokio::main]
async fn run(arguments: &Run) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let store = Store::open(&arguments.database)
        .with_context(|| format!("cannot open the database {}", arguments.database.display()))?;
    let listener = tokio::net::TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let shutdown = stop_signal()?;
    writeln!(
        std::io::stdout(),
        "listening http={}",
        listener.local_addr()?
    )?;
    let behaviour = Behaviour {
        delay: Duration::from_millis(arguments.delay_ms),
        faults: arguments.fault.iter().copied().collect(),
        zone: arguments.time_zone.clone(),
    };
    let folders = arguments.pick_up.clone().zip(arguments.drop_off.clone());
    let folders = folders.map(|(pick_up, drop_off)| Folders { pick_up, drop_off });
    http::serve(listener, store, behaviour, folders, shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Ends with the first SIGTERM or SIGINT. Listens from now on, not from the first poll.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
