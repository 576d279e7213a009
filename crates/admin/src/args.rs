//! The command line.

mod arrears;
mod files;
mod key;
mod reconcile;
mod server;

use std::path::PathBuf;

use clap::{ArgMatches, Args, Parser, Subcommand};
use wattkey_pki::Digest;

pub(crate) use self::arrears::{CutOffCommand, DisputeState, Disputes};
pub(crate) use self::files::{
    Direction, ExportAcknowledge, ExportCommand, ExportSave, FileCommand, FileKey, FileReadings,
    FileSign, ImportFile,
};
pub(crate) use self::key::{
    HolderArguments, KeyCertify, KeyCommand, KeyInfo, KeyIssue, KeyUnblock, Kind,
};
pub(crate) use self::reconcile::{
    Decide, OrderEnd, Part, Reconcile, ResolutionCommand, Resolutions, Resolve,
};
pub(crate) use self::server::{CardCommand, CardInit, ServerCommand, ServerIssue, ServerRole};

use crate::register::{Ca, Reason};
use crate::text::Language;

const AFTER: &str = "\
Where a key is made: on the token, never elsewhere. SoftHSM takes its token
directory from SOFTHSM2_CONF; the CAs' tokens get theirs from the [ca] section
of admin.toml, the USB key or card in hand gets the one you start this with.

PINs come from the terminal, or one line each from a descriptor, in the order
that the command's help names:
  wattkey-admin crl --ca users --ca-pin-fd 3 3<ca-pin

From nothing to a first manager and a user:
  wattkey-admin init desk --audience https://pay.example \\
      --managers-address pay.example:8444 --managers-server-name platform.example
  export WATTKEY_ADMIN_CONFIG=$PWD/desk/admin.toml
  wattkey-admin ca create --ca users --token users-ca \\
      --name 'Users CA' --organisation 'Example Power'
  wattkey-admin ca create --ca service --token service-ca \\
      --name 'Service CA' --organisation 'Example Power'
  wattkey-admin key issue --kind manager --holder-id UUID \\
      --name 'Wang Fang' --organisation 'Example Power'
  wattkey-admin bind SERIAL --first
  wattkey-admin key issue --kind user --customer UUID --holder-id UUID \\
      --name 'Li Na' --organisation 'Example Steel'
  wattkey-admin bind SERIAL
The platform runs before the first bind; its certificates come from `server
issue`, as a security server's do.

Exit codes: 0 done; 1 fault; 2 usage or configuration; 10 no such token; 11
several USB keys; 17 token unusable; 18 module restarted; 20 wrong PIN; 21 PIN
locked; 22 no PIN; 24 new PIN not good enough; 25 wrong PUK; 27 PIN pad; 30
platform unreachable; 31 not the platform; 33 refused; 40 binding step refused;
41 outcome unknown, run it again; 43 not confirmed; 44 log or register does not
verify; 45 not found; 46 exists already; 47 resolution refused; 48 item does
not wait; 49 file refused; 50 done, and the answer could not be written; 51 no
such thing; 52 not as things stand.";

/// The issuing desk: CAs, certificates of servers, USB keys and their bindings
#[derive(Debug, Parser)]
#[command(name = "wattkey-admin", version, after_help = AFTER, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Configuration, admin.toml of the desk's folder; else WATTKEY_ADMIN_CONFIG names it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print one JSON document on stdout; a failure's is the last line of stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language for people; that of the locale when absent
    #[arg(long = "lang", global = true, value_name = "LANG")]
    pub(crate) language: Option<Language>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a desk: a folder with configuration and register
    Init(Init),
    /// Certificate authorities
    #[command(subcommand)]
    Ca(CaCommand),
    /// Encryption cards of servers
    #[command(subcommand)]
    Card(CardCommand),
    /// Certificates of servers
    #[command(subcommand)]
    Server(ServerCommand),
    /// USB keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Bind a USB key to its holder: from then on it works
    ///
    /// Makes the next step of the binding log, signed by the manager at work, and hands it to the
    /// platform. Reads the manager's PIN, then the same again for the signature; with --first the
    /// PIN of the CA's token, then the manager's.
    Bind(Bind),
    /// A USB key is lost, or must not work any more: unbind and revoke it
    ///
    /// The platform refuses it at once; the new CRL names both of its certificates. Reads the PIN
    /// of the CA's token, the manager's PIN, and the same again for the signature.
    ReportLost(ReportLost),
    /// Revoke one certificate, for instance a server's
    ///
    /// Reads the PIN of the CA's token.
    Revoke(Revoke),
    /// Write new CRLs; due every 7 days
    ///
    /// Reads the PIN of the issuing CA's token, then of the service CA's.
    Crl(Crl),
    /// What the register has
    List(List),
    /// Hand a file of the marketing system in, all of it or nothing
    ///
    /// Uploads the file and its signature, and has it checked and taken in. Stopped at any moment,
    /// the same command goes on where it was; a file that is in the books is acknowledged again.
    /// Reads the manager's PIN.
    Import(ImportFile),
    /// Files of the platform for the marketing system: settlements, returns, penalties, deposits
    ///
    /// Each reads the manager's PIN.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Sign and acknowledge files with the marketing system's key; needs no desk
    #[command(subcommand)]
    File(FileCommand),
    /// Fetch the binding log from the platform and verify it
    ///
    /// Each step is checked anew, and the log against the furthest step that this desk has seen.
    /// Reads the manager's PIN.
    Log(Log),
    /// Compare the bank's statement of a day with the books, and show what waits for a person
    ///
    /// A dry run: the platform compares, and nothing is changed. What could be done with money that
    /// no order waits for is proposed, never done. Reads the manager's PIN.
    Reconcile(Reconcile),
    /// Sign what is done with an item that waits, for a second manager to confirm
    ///
    /// The money of a receipt pays bills, with the penalties of the bank's value date, and the rest
    /// goes into a deposit: all of it, no more and no less. Any other item is noted, or its order
    /// ends. Shows what it signs, and posts nothing. Reads the manager's PIN, then the same again
    /// for the signature.
    Resolve(Box<Resolve>),
    /// Resolutions that wait for a second manager
    ///
    /// Reads the manager's PIN.
    Resolutions(Resolutions),
    /// A second manager's word on a resolution
    #[command(subcommand)]
    Resolution(ResolutionCommand),
    /// Disputes of bills, newest first
    ///
    /// Answers come in a file of the marketing system. Reads the manager's PIN.
    Disputes(Disputes),
    /// Cut-offs of supply: what the legal clock says, and plans
    ///
    /// The platform serves the notices of a plan by itself. Nothing here cuts anything. Each reads
    /// the manager's PIN.
    #[command(subcommand)]
    CutOff(CutOffCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder to make
    pub(crate) folder: PathBuf,
    /// The payment service, as in https://pay.example
    #[arg(long)]
    pub(crate) audience: String,
    /// The platform's listener for managers
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) managers_address: String,
    /// DNS name in the platform's certificate
    #[arg(long, value_name = "NAME")]
    pub(crate) managers_server_name: String,
    /// PKCS#11 module of USB keys and cards
    #[arg(long, value_name = "FILE", default_value = crate::config::DEFAULT_MODULE)]
    pub(crate) module: PathBuf,
    /// PKCS#11 module that issues USB keys, as libykcs11.so does; --module when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) issuing_module: Option<PathBuf>,
    /// PKCS#11 module of the CAs' tokens; --module when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_module: Option<PathBuf>,
    /// Environment of the process that opens the CAs' tokens; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) ca_env: Vec<String>,
}

/// PINs of the CA's token.
#[derive(Debug, Clone, Args)]
pub(crate) struct CaPins {
    /// Read the PIN of the CA's token from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) ca_pin_fd: Option<u32>,
    #[arg(long, hide = true)]
    pub(crate) ca_so_pin_fd: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Make a CA: new token, new key on it, self-signed certificate, empty CRL
    ///
    /// Reads the security officer PIN first, then the PIN.
    Create(CaCreate),
}

#[derive(Debug, Args)]
pub(crate) struct CaCreate {
    /// Which of the two
    #[arg(long)]
    pub(crate) ca: Ca,
    /// Label for its new token
    #[arg(long, value_name = "LABEL")]
    pub(crate) token: String,
    /// Common name
    #[arg(long)]
    pub(crate) name: String,
    /// Organisation
    #[arg(long)]
    pub(crate) organisation: String,
    /// Lifetime in days
    #[arg(long, default_value_t = 15 * 365, value_parser = clap::value_parser!(u16).range(1..=15 * 366))]
    pub(crate) days: u16,
    /// Read the token's new security officer PIN from this descriptor
    #[arg(long = "ca-so-pin-fd", value_name = "FD")]
    pub(crate) so_pin_fd: Option<u32>,
    /// Read the token's new PIN from this descriptor
    #[arg(long = "ca-pin-fd", value_name = "FD")]
    pub(crate) pin_fd: Option<u32>,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// The manager at work.
#[derive(Debug, Args)]
pub(crate) struct ManagerArguments {
    /// The manager's own USB key, when several are plugged in
    #[arg(long, value_name = "SERIAL")]
    pub(crate) key: Option<String>,
    /// Read the PIN of the manager's USB key from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) pin_fd: Option<u32>,
    /// Read the same PIN once more, for the signature, from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) sign_pin_fd: Option<u32>,
    /// In place of the configuration's
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) managers_address: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Bind {
    /// The USB key to bind
    pub(crate) serial: String,
    /// The first manager: the issuing CA signs the step
    #[arg(long)]
    pub(crate) first: bool,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct ReportLost {
    /// The USB key
    pub(crate) serial: String,
    /// Why
    #[arg(long, default_value = "lost")]
    pub(crate) reason: Reason,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Thumbprint of the certificate, as `list --servers` or `list --json` shows it
    /// (it may begin with a hyphen)
    #[arg(allow_hyphen_values = true)]
    pub(crate) thumbprint: Digest,
    /// Why
    #[arg(long, default_value = "compromised")]
    pub(crate) reason: Reason,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct Crl {
    /// Only this one
    #[arg(long)]
    pub(crate) ca: Option<Ca>,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Certificates of servers in place of USB keys
    #[arg(long)]
    pub(crate) servers: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

/// How the names of options end that name a descriptor.
const DESCRIPTOR: &str = "_fd";

/// The descriptors that the chosen command reads from, whichever options name them.
pub(crate) fn descriptors(matches: &ArgMatches) -> Vec<u32> {
    let mut found: Vec<u32> = matches
        .ids()
        .filter(|id| id.as_str().ends_with(DESCRIPTOR))
        .filter_map(|id| matches.get_one(id.as_str()).copied())
        .collect();
    if let Some((_, command)) = matches.subcommand() {
        found.extend(descriptors(command));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    /// Each option here and below that names a descriptor is one that [`descriptors`] finds.
    fn check_descriptors(command: &clap::Command) {
        for argument in command.get_arguments() {
            let named = |end| argument.get_long().is_some_and(|long| long.ends_with(end));
            let found = argument.get_id().as_str().ends_with(DESCRIPTOR);
            assert_eq!(named("-fd"), found, "{argument}");
            let number = argument.get_value_parser().type_id() == TypeId::of::<u32>();
            assert!(number || !found, "{argument}");
        }
        command.get_subcommands().for_each(check_descriptors);
    }

    #[test]
    fn every_descriptor_of_a_command_is_found() {
        check_descriptors(&Arguments::command());
        let line = "wattkey-admin key issue --kind manager --name n --organisation o \
                    --holder-id 00000000-0000-4000-8000-000000000003 --used --ca-pin-fd 3 \
                    --so-pin-fd 4 --pin-fd 5 --puk-fd 6 --present-pin-fd 7 --present-puk-fd 8 \
                    --new-so-pin-fd 9";
        let matches = Arguments::command().get_matches_from(line.split_whitespace());
        let mut found = descriptors(&matches);
        found.sort_unstable();
        assert_eq!(found, [3, 4, 5, 6, 7, 8, 9]);
    }
}
