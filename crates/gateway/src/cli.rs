//! The command line.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use wattkey_operators::Log;
use wattkey_token::{Module, Pin};

use crate::config::Config;
use crate::{firewall, run};

const LONG_ABOUT: &str = "\
The security server of Wattkey.

It ends mutual TLS with customers' USB keys, opens their encrypted requests with a key in the \
encryption card, checks them, and forwards them to the payment platform.";

const AFTER_HELP: &str = "\
The configuration is a TOML file; paths in it are relative to its folder:

  audience = \"https://pay.example\"    # what clients sign for
  instance = \"gateway-1.pay.example\"  # name of this gateway
  listen = \"0.0.0.0:8443\"             # port 0: any free port
  state = \"state\"                     # folder of the replay store
  [card]
  module = \"/usr/lib/softhsm/libsofthsm2.so\"
  token = \"gateway\"                   # label of the token
  [trust]
  users_ca = \"issuing-ca.pem\"         # whose USB keys may connect
  users_crl = \"issuing-ca.crl\"
  service_ca = \"service-ca.pem\"       # whose platform we believe
  service_crl = \"service-ca.crl\"
  [platform]
  address = \"10.0.0.5:8444\"
  server_name = \"platform.internal\"
  [operators]                         # without it: no health, no metrics
  listen = \"127.0.0.1:9464\"           # plain HTTP: GET /healthz, /readyz, /metrics
  traces = \"http://127.0.0.1:4318\"    # a collector of OpenTelemetry on this host; or none
  [firewall]                          # for `firewall` only, each key only if needed
  platform = [\"10.0.0.5:8444\"]        # when platform.address is a name
  dns = [\"10.0.0.53\"]
  ntp = [\"10.0.0.123\"]
  ssh = [\"10.0.3.7\"]                  # who administers this host
  operators = [\"10.0.3.8\"]            # who asks the operators' listener, if not this host

Certificate revocation lists are read again when they change. The rules are loaded with

  wattkey-gateway firewall --config gateway.toml > rules && nft -f rules

Start it with the card's PIN on a file descriptor, for instance from a file that only root reads:

  wattkey-gateway run --config gateway.toml --card-pin-fd 3 3< /run/keys/card-pin

When it is ready it prints one line: listening clients=ADDRESS. The log goes to standard error, \
one line a request; the environment variable WATTKEY_LOG sets the level (error, warn, info, \
debug). SIGTERM and SIGINT let the requests under way finish.";

/// Arguments of `wattkey-gateway`.
#[derive(Debug, Parser)]
#[command(name = "wattkey-gateway", version, about = "The security server", long_about = LONG_ABOUT, after_long_help = AFTER_HELP)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM
    Run(RunArguments),
    /// Print nftables rules for this host: clients in, the platform out, nothing else
    Firewall {
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Args)]
struct RunArguments {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// File descriptor from which one line is read: the PIN of the encryption card
    #[arg(long, value_name = "N")]
    card_pin_fd: u32,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Read the configuration and what it names, without the card's PIN; say what is wrong
    Check {
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

impl Arguments {
    /// Does what was asked for.
    ///
    /// # Errors
    /// What to print before exiting with 1.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Run(arguments) => {
                // Before a file of our own gets the number.
                Pin::check_fd(arguments.card_pin_fd).context("the card's PIN was not read")?;
                wattkey_token::harden_process().context("this process cannot be hardened")?;
                let config = Config::load(&arguments.config)?;
                let collector = config.operators.and_then(|operators| operators.traces);
                let _log = Log::start("wattkey-gateway", env!("CARGO_PKG_VERSION"), collector)?;
                let pin =
                    Pin::from_fd(arguments.card_pin_fd).context("the card's PIN was not read")?;
                run::run(&config, pin)
            }
            Command::Firewall { config } => {
                let rules = firewall::rules(&Config::load(&config)?)?;
                Ok(answer(&rules.to_string())?)
            }
            Command::Config(ConfigCommand::Check { config }) => check(&Config::load(&config)?),
        }
    }
}

fn check(config: &Config) -> anyhow::Result<()> {
    run::load_trust(config)?;
    let module = Module::load(&config.card.module)?;
    let tokens = module.tokens()?;
    anyhow::ensure!(
        tokens.iter().any(|token| token.label == config.card.token),
        "{}: no token with the label {:?}; set [card] token",
        config.card.module.display(),
        config.card.token
    );
    Ok(answer("configuration is good\n")?)
}

/// A reader that went away has seen enough; what cannot be written for another reason is an error.
fn answer(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
