//! `wattkey-banksim`: the bank stand-in as a process of its own.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use wattkey_banksim::faults::Fault;
use wattkey_banksim::store::Store;
use wattkey_banksim::worker::Behaviour;
use wattkey_banksim::{http, list};

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
    /// Show the collections that the bank holds
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
    /// A fault of the whole run
    #[arg(long)]
    fault: Option<Fault>,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::List { database, json } => show(&database, json),
    }
}

fn show(database: &Path, json: bool) -> anyhow::Result<()> {
    let collections = Store::open_to_read(database)
        .and_then(|store| store.collections())
        .with_context(|| format!("cannot read the database {}", database.display()))?;
    let mut out = std::io::stdout().lock();
    if json {
        list::json(&mut out, &collections)?;
    } else {
        list::table(&mut out, &collections)?;
    }
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
        fault: arguments.fault,
    };
    http::serve(listener, store, behaviour, shutdown).await?;
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
