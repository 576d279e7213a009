//! `wattkey-platform`: the payment platform's program. It reads arguments and prints; all else is
//! in the library.
#![expect(clippy::print_stdout, reason = "a program answers on standard output")]

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use wattkey_platform::config::Config;
use wattkey_platform::import::{Import, ImportFailure};
use wattkey_platform::start::{Platform, check};
use wattkey_platform::verify::{Verification, verify};
use wattkey_store::Store;
use wattkey_token::Pin;
use wattkey_transport::clock;

const AFTER_HELP: &str = "\
The configuration is a TOML file; paths in it are relative to its folder:

  audience = \"https://pay.example\"    # what clients sign for
  database = \"platform.db\"            # the books
  state = \"state\"                     # folder of the binding log's head, outside the books
  [listen]
  gateways = \"10.0.0.5:8444\"          # for security servers; port 0: any free port
  managers = \"10.0.0.5:8445\"          # for the issuing desk
  [tls]
  certificate = \"tls.pem\"
  key = \"tls.key\"                     # mode 0600
  [card]
  module = \"/usr/lib/softhsm/libsofthsm2.so\"
  token = \"platform\"                  # label of the token with the receipt key
  [trust]
  users_ca = \"issuing-ca.pem\"         # whose USB keys are known
  users_crl = \"issuing-ca.crl\"        # without it, no revocation is looked up
  service_ca = \"service-ca.pem\"       # whose security servers may connect
  service_crl = \"service-ca.crl\"
  [bank]                              # without it, orders stay accepted
  url = \"http://127.0.0.1:9000\"       # loopback only: a connector of the bank's
  poll_ms = 2000
  characters = \"latin\"                # of names in messages; unicode if the bank agreed
  [penalty]                           # of late payment; these are the defaults
  daily_ppm = 2000                    # a day, in millionths of what is open
  later_years_daily_ppm = 3000        # a day after the year of the due date
  minimum_minor = 0                   # the least penalty, in minor units

Certificate revocation lists are read again when they change.

Start it with the card's PIN on a file descriptor, for instance from a file that only root reads:

  wattkey-platform run --config platform.toml --card-pin-fd 3 3< /run/keys/card-pin

When it is ready it prints one line: listening gateways=ADDRESS managers=ADDRESS. The log goes to \
standard error; the environment variable WATTKEY_LOG sets the level (error, warn, info, debug). \
SIGTERM and SIGINT let the requests under way finish. When nothing can be written to the database \
any more it ends with an error: let the supervisor start it again.";

/// The payment platform: web services for security servers and for the issuing desk
#[derive(Parser)]
#[command(name = "wattkey-platform", version, after_long_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT
    Run {
        #[command(flatten)]
        file: ConfigFile,
        /// File descriptor from which one line is read: the PIN of the card
        #[arg(long, value_name = "N")]
        card_pin_fd: u32,
    },
    /// Take in customers, users, accounts, mandates and bills, all of the file or nothing
    Import {
        #[command(flatten)]
        file: ConfigFile,
        /// Records, one JSON object a line
        #[arg(value_name = "FILE.ndjson")]
        records: PathBuf,
        /// Check everything and take nothing in
        #[arg(long)]
        dry_run: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove that books, binding log and kept head are whole; exit code 1 when they are not
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the configuration file, the files that it names, and that the card is there; needs no PIN
    Check {
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Args)]
struct ConfigFile {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    match execute(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wattkey-platform: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run { file, card_pin_fd } => {
            wattkey_token::harden_process().context("the process cannot be hardened")?;
            let config = Config::load(&file.config)?;
            let pin = Pin::from_fd(card_pin_fd).context("no PIN")?;
            runtime()?.block_on(run(config, pin))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Import {
            file,
            records,
            dry_run,
            json,
        } => {
            let config = Config::load(&file.config)?;
            runtime()?.block_on(import(&config, &records, dry_run, json))
        }
        Command::Verify { file, json } => {
            let config = Config::load(&file.config)?;
            let found = runtime()?.block_on(verify(&config))?;
            if json {
                println!("{}", serde_json::to_string_pretty(&found)?);
            } else {
                print_verification(&found);
            }
            Ok(if found.sound {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Config(ConfigCommand::Check { file }) => {
            check(&Config::load(&file.config)?)?;
            println!("{} is in order", file.config.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn run(config: Config, pin: Pin) -> anyhow::Result<()> {
    // Before anything else, so that a signal during the start is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let platform = Platform::start(config, pin).await?;
    let (gateways, managers) = platform.addresses()?;
    println!("listening gateways={gateways} managers={managers}");
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    platform.serve(stop).await?;
    Ok(())
}

async fn import(
    config: &Config,
    records: &std::path::Path,
    dry_run: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let result = take_in(config, records, dry_run).await;
    match result {
        Ok(answer) if json => println!("{}", serde_json::to_string_pretty(&answer)?),
        Ok(answer) => print_import(&answer),
        Err(ImportFailure::Lines(lines)) => {
            if json {
                println!(
                    "{}",
                    serde_json::to_string_pretty(&serde_json::json!({ "errors": lines }))?
                );
            }
            for bad in &lines {
                eprintln!("{}:{}: {}", records.display(), bad.line, bad.problem);
            }
            eprintln!("nothing was taken in");
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn take_in(
    config: &Config,
    records: &std::path::Path,
    dry_run: bool,
) -> Result<serde_json::Value, ImportFailure> {
    let import = Import::read(records)?;
    let totals = import.totals()?;
    let store =
        Store::open(&config.database).map_err(|error| ImportFailure::Store(error.into()))?;
    let report = if dry_run {
        import.rehearse(&store, clock::now()).await?
    } else {
        import.apply(&store, clock::now()).await?
    };
    Ok(serde_json::json!({
        "dry_run": dry_run,
        "totals": totals,
        "added": report.added,
        "unchanged": report.unchanged,
        "posted": report.posted,
    }))
}

fn print_import(answer: &serde_json::Value) {
    let totals = &answer["totals"];
    println!(
        "{} customers, {} users, {} accounts, {} mandates, {} bills, {} payments",
        totals["customers"],
        totals["users"],
        totals["accounts"],
        totals["mandates"],
        totals["bills"],
        totals["payments"]
    );
    for sum in totals["sums"].as_array().into_iter().flatten() {
        println!(
            "{}: {} minor units owed = {} revenue + {} tax + {} levies",
            sum["currency"].as_str().unwrap_or_default(),
            sum["total"],
            sum["revenue"],
            sum["tax"],
            sum["levies"]
        );
    }
    println!(
        "{} added, {} unchanged, {} posted",
        answer["added"], answer["unchanged"], answer["posted"]
    );
    if answer["dry_run"] == true {
        println!("dry run: nothing was taken in");
    }
}

fn print_verification(found: &Verification) {
    let counted = &found.counted;
    println!(
        "books: {} bills, {} orders, {} transfers, {} links in {} chains",
        counted.bills, counted.orders, counted.transfers, counted.links, counted.chains
    );
    for balance in &found.trial_balance {
        println!(
            "  {:<24} {} {:>18}",
            balance.account, balance.currency, balance.minor
        );
    }
    let log = &found.binding_log;
    let kept = log
        .kept
        .map_or_else(|| "none".to_owned(), |kept| kept.to_string());
    println!(
        "binding log: {} steps, kept head {kept}, {} keys bound",
        log.steps, log.bound
    );
    for finding in found.findings.iter().chain(&log.problem) {
        println!("WRONG: {finding}");
    }
    for remark in &found.attention {
        println!("LOOK: {remark}");
    }
    if found.sound {
        println!("sound");
    } else {
        println!(
            "not sound: {} findings",
            found.findings_total + u64::from(log.problem.is_some())
        );
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("WATTKEY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
