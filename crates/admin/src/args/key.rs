//! USB keys.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use wattkey_domain::{CustomerId, UserId};

use super::{CaPins, Confirm};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Issue a USB key: two new keys on it, two certificates, an entry in the register
    ///
    /// On a PIV card, as libykcs11.so shows it, the keys are made with the management key, and the
    /// holder's PIN and PUK are set. Reads the PIN of the CA's token and the management key (48 hex
    /// digits); then, where its option is given, the new management key, and of a used card the
    /// present PIN and the present PUK; then the new PIN and the new PUK. An issue that was interrupted is
    /// repeated with the same command and --used.
    ///
    /// On another token: reads the PIN of the CA's token first, then for a blank token its new
    /// security officer PIN and its new PIN, for one that is named with --key its PIN.
    Issue(Box<KeyIssue>),
    /// Certify key pairs that another program made on a card, and enter them in the register
    ///
    /// Writes authentication.pem and signature.pem; that program puts them on the card
    /// (yubico-piv-tool -a import-certificate). Reads the PIN of the CA's token.
    Certify(KeyCertify),
    /// Give a USB key whose PIN is locked or forgotten a new PIN
    ///
    /// Reads the PUK (on a token that has none, the security officer PIN), then the new PIN. A
    /// wrong PUK spends one of its tries, and there is no way behind the last. The register
    /// keeps that it was done.
    Unblock(KeyUnblock),
    /// What is on the USB keys that are plugged in, and what the register has of them
    ///
    /// Reads no PIN.
    Info(KeyInfo),
}

/// Whose a USB key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Acts for a customer
    User,
    /// Works at the issuing desk
    Manager,
}

/// The person, and for how long.
#[derive(Debug, Args)]
pub(crate) struct HolderArguments {
    /// Whose it is
    #[arg(long)]
    pub(crate) kind: Kind,
    /// The person
    #[arg(long, value_name = "UUID")]
    pub(crate) holder_id: UserId,
    /// The person's name
    #[arg(long)]
    pub(crate) name: String,
    /// The person's organisation
    #[arg(long)]
    pub(crate) organisation: String,
    /// The customer that a user acts for
    #[arg(long, value_name = "UUID", required_if_eq("kind", "user"))]
    pub(crate) customer: Option<CustomerId>,
    /// Lifetime of the certificates in days
    #[arg(long, default_value_t = 3 * 365, value_parser = clap::value_parser!(u16).range(1..=3 * 366))]
    pub(crate) days: u16,
}

#[derive(Debug, Args)]
pub(crate) struct KeyIssue {
    #[command(flatten)]
    pub(crate) holder: HolderArguments,
    /// PKCS#11 module of the USB key; the configuration's when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) module: Option<PathBuf>,
    /// Label for a blank token; "wattkey" when absent
    #[arg(
        long,
        value_name = "LABEL",
        default_value = "wattkey",
        conflicts_with = "key"
    )]
    pub(crate) token_label: String,
    /// The PIV card, when several are plugged in; or an initialised token in place of a blank one
    #[arg(long, value_name = "SERIAL")]
    pub(crate) key: Option<String>,
    /// Destroy the keys that are on it first
    #[arg(long)]
    pub(crate) replace: bool,
    /// Read a PIV card's management key, or the new security officer PIN of a blank token, from
    /// this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) so_pin_fd: Option<u32>,
    /// Read the USB key's PIN, the new one of a PIV card, from this descriptor
    #[arg(long, value_name = "FD", conflicts_with = "pin_letter")]
    pub(crate) pin_fd: Option<u32>,
    /// Read a PIV card's new PUK from this descriptor
    #[arg(long, value_name = "FD", conflicts_with = "pin_letter")]
    pub(crate) puk_fd: Option<u32>,
    /// A PIV card that was used before: ask for its present PIN and PUK. Needed where the card has
    /// certificates or is in the register; another's are the factory's (123456 and 12345678)
    #[arg(long)]
    pub(crate) used: bool,
    /// Read a PIV card's present PIN from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) present_pin_fd: Option<u32>,
    /// Read a PIV card's present PUK from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) present_puk_fd: Option<u32>,
    /// Read a new management key for a PIV card from this descriptor; it keeps its own when absent
    #[arg(long, value_name = "FD")]
    pub(crate) new_so_pin_fd: Option<u32>,
    /// Make PIN and PUK of a PIV card by chance and write them, once, to this new file (mode 0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_letter: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct KeyCertify {
    /// Serial number of the card, as `key info` shows it
    pub(crate) serial: String,
    #[command(flatten)]
    pub(crate) holder: HolderArguments,
    /// Public key in slot 9A (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) authentication_key: PathBuf,
    /// Public key in slot 9C (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) signature_key: PathBuf,
    /// Folder for the two certificates
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct KeyUnblock {
    /// The USB key
    pub(crate) serial: String,
    /// PKCS#11 module of the USB key; the configuration's when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) module: Option<PathBuf>,
    /// Read the PUK from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) puk_fd: Option<u32>,
    /// Read the new PIN from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) pin_fd: Option<u32>,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Args)]
pub(crate) struct KeyInfo {
    /// Only this one
    pub(crate) serial: Option<String>,
    /// PKCS#11 module of the USB keys; the configuration's when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) module: Option<PathBuf>,
}
