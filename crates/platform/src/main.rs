//! `wattkey-platform`: the payment platform's program. It reads arguments and prints; all else is
//! in the library.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use wattkey_operators::Log;
use wattkey_platform::close;
use wattkey_platform::config::Config;
use wattkey_platform::firewall;
use wattkey_platform::import::{Import, ImportFailure};
use wattkey_platform::printing;
use wattkey_platform::start::{Platform, check, open_books};
use wattkey_platform::verify::verify;
use wattkey_token::Pin;
use wattkey_transport::clock;

/// The books' threads hand each other what they made, and free it elsewhere: a third of the engine's
/// time went into the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AFTER_HELP: &str = "\
The configuration is a TOML file; paths in it are relative to its folder:

  audience = \"https://pay.example\"    # what clients sign for
  database = \"platform.db\"            # the books; for PostgreSQL [database], see below
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
  url = \"http://127.0.0.1:9000\"       # loopback only: a connector of the bank's; or instead:
  # folder = { out = \"bank/out\", in = \"bank/in\", done = \"bank/done\", settle_ms = 2000 }
  poll_ms = 2000
  characters = \"latin\"                # of names in messages; unicode if the bank agreed
  cut_off = \"15:30:00\"                # later orders are for the next banking day
  holidays = \"holidays.txt\"           # a date a line, no banking day; +DATE: one at a weekend
  time_zone = \"Asia/Shanghai\"         # of the cut-off; without it, the payee's
  [database]                          # instead of the file: several platforms share a server
  url = \"postgresql://wattkey@db.example:5432/wattkey\"
  password_file = \"database-password\" # mode 0600; no password in the url
  ca = \"database-ca.pem\"              # needed when the server is not on this host: TLS
  [penalty]                           # of late payment; these are the defaults
  daily_ppm = 2000                    # a day, in millionths of what is open
  later_years_daily_ppm = 3000        # a day after the year of the due date
  minimum_minor = 0                   # the least penalty, in minor units
  # former = [{ until = \"2026-06-30\", daily_ppm = 5000, later_years_daily_ppm = 5000, \
minimum_minor = 0 }]
  #                                   # rates before, up to which day: `verify` reckons by them
  [cut_off]                           # before supply is cut; these are the defaults
  overdue_days = 30                   # a bill is overdue for more than so many days
  notice_days = 3                     # between the notice and the cut-off
  last_call_minutes = 60              # between the last call and the cut-off

  [import.sources.marketing]          # a system whose files are taken; there may be several
  certificate = \"marketing.pem\"       # the one certificate that signs them
  former = [\"marketing-2025.pem\"]     # earlier ones: nothing new is taken, `verify` proves the old
  [operators]                         # without it: no health, no metrics
  listen = \"127.0.0.1:9464\"           # plain HTTP: GET /healthz, /readyz, /metrics
  traces = \"http://127.0.0.1:4318\"    # a collector of OpenTelemetry on this host; or none
  [firewall]                          # for `firewall` only: nftables rules of this host
  gateways = [\"10.0.1.10\"]            # addresses or networks of the security servers
  managers = [\"10.0.3.0/24\"]          # of the issuing desk
  bank = [\"198.51.100.7:443\"]         # where the bank's connector connects to; [] if nowhere
  postgresql = [\"10.0.4.2:5432\"]      # with a database server; [] if on this host
  dns = [\"10.0.0.53\"]
  ntp = [\"10.0.0.123\"]
  ssh = [\"10.0.3.7\"]                  # who administers this host
  operators = [\"10.0.3.8\"]            # who asks the operators' listener, if not this host

Certificate revocation lists are read again when they change. The rules are loaded with

  wattkey-platform firewall --config platform.toml > rules && nft -f rules

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
    /// Take in customers, users, accounts, mandates and bills for the first set-up, all of the file or
    /// nothing; later ones come as signed files: wattkey-admin import
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
    /// Print the description of the interface for payment software (OpenAPI 3.1, JSON)
    Openapi,
    /// Prove that books, binding log and kept head are whole; exit code 1 when they are not
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What a day came to: trial balance, orders, deposits, the bank's statement; changes nothing
    Close {
        #[command(flatten)]
        file: ConfigFile,
        /// The day, in the time zone of the payee
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: jiff::civil::Date,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Write DAY-ledger.csv, every transfer of the day, and DAY-close.json there
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Copy the books to a new file while they are in use, and prove the copy whole
    Backup {
        #[command(flatten)]
        file: ConfigFile,
        /// The file to make; nothing is overwritten
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
    /// Make the books of a copy, where there are none yet, and prove them whole
    Restore {
        #[command(flatten)]
        file: ConfigFile,
        /// A file that `backup` made
        #[arg(value_name = "FILE")]
        from: PathBuf,
    },
    /// Print nftables rules for this host: only the peers of the configuration are let through
    Firewall {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the configuration file, the files that it names (the former certificates of import
    /// sources as well), and that the card is there; needs no PIN
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
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return code;
    }
    match execute(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            tell(&format!("wattkey-platform: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<ExitCode> {
    if !matches!(command, Command::Run { .. }) {
        Log::lines();
    }
    match command {
        Command::Run { file, card_pin_fd } => {
            // Before a file of our own gets the number.
            Pin::check_fd(card_pin_fd).context("no PIN")?;
            wattkey_token::harden_process().context("the process cannot be hardened")?;
            let config = Config::load(&file.config)?;
            let collector = config.operators.and_then(|operators| operators.traces);
            let _log = Log::start("wattkey-platform", env!("CARGO_PKG_VERSION"), collector)?;
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
        Command::Openapi => {
            printing::answer(&wattkey_platform::openapi::json())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify { file, json } => {
            let config = Config::load(&file.config)?;
            let found = runtime()?.block_on(verify(&config))?;
            if json {
                say(&serde_json::to_string_pretty(&found)?)?;
            } else {
                printing::answer(&found.to_string())?;
            }
            Ok(if found.sound {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Close {
            file,
            day,
            json,
            out,
        } => {
            let config = Config::load(&file.config)?;
            let closed = close::close_configured(&config, day, out.as_deref(), clock::now());
            let closed = runtime()?.block_on(closed)?;
            if json {
                say(&serde_json::to_string_pretty(&closed)?)?;
            } else {
                printing::answer(&closed.to_string())?;
            }
            Ok(if closed.balanced {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Backup { file, to } => {
            let books = Config::load(&file.config)?.database.location()?;
            let report = wattkey_store::backup::backup(&books, &to)?;
            let (bills, orders) = (report.bills, report.orders);
            say(&format!(
                "{}: sound, {bills} bills, {orders} orders",
                to.display()
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore { file, from } => {
            let books = Config::load(&file.config)?.database.location()?;
            let report = wattkey_store::backup::restore(&from, &books)?;
            let (bills, orders) = (report.bills, report.orders);
            say(&format!(
                "{books}: sound, {bills} bills, {orders} orders\n\
                 run verify before anything else: it compares them with what is kept outside"
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Firewall { file } => {
            printing::answer(&firewall::rules(&Config::load(&file.config)?)?.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(ConfigCommand::Check { file }) => {
            check(&Config::load(&file.config)?)?;
            say(&format!("{} is in order", file.config.display()))?;
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
    let operators = platform.operators_address()?;
    let operators = operators.map_or_else(String::new, |address| format!(" operators={address}"));
    say(&format!(
        "listening gateways={gateways} managers={managers}{operators}"
    ))?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Box::pin(platform.serve(stop)).await?;
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
        Ok(answer) if json => say(&serde_json::to_string_pretty(&answer)?)?,
        Ok(answer) => say(&imported(&answer))?,
        Err(ImportFailure::Lines(lines)) => {
            if json {
                let errors = serde_json::json!({ "errors": lines });
                say(&serde_json::to_string_pretty(&errors)?)?;
            }
            for bad in &lines {
                tell(&format!(
                    "{}:{}: {}",
                    records.display(),
                    bad.line,
                    bad.problem
                ));
            }
            tell("nothing was taken in");
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
    let store = open_books(config).map_err(Box::new)?;
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

/// What an import came to, for people.
fn imported(answer: &serde_json::Value) -> String {
    let totals = &answer["totals"];
    let mut lines = vec![format!(
        "{} customers, {} users, {} accounts, {} mandates, {} bills, {} payments",
        totals["customers"],
        totals["users"],
        totals["accounts"],
        totals["mandates"],
        totals["bills"],
        totals["payments"]
    )];
    for sum in totals["sums"].as_array().into_iter().flatten() {
        let currency = sum["currency"].as_str().unwrap_or_default();
        let money = |name: &str| match sum[name].as_i64() {
            Some(minor) => printing::amount(minor, currency),
            None => format!("{} minor units", sum[name]),
        };
        lines.push(format!(
            "{currency}: {} owed = {} revenue + {} tax + {} levies",
            money("total"),
            money("revenue"),
            money("tax"),
            money("levies")
        ));
    }
    lines.push(format!(
        "{} added, {} unchanged, {} posted",
        answer["added"], answer["unchanged"], answer["posted"]
    ));
    if answer["dry_run"] == true {
        lines.push("dry run: nothing was taken in".to_owned());
    }
    lines.join("\n")
}

/// An answer, as lines.
fn say(lines: &str) -> std::io::Result<()> {
    printing::answer(&format!("{lines}\n"))
}

/// To whoever reads standard error, if anybody does.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
