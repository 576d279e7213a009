//! Cards and certificates of servers.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{CaPins, Confirm};

#[derive(Debug, Subcommand)]
pub(crate) enum CardCommand {
    /// Initialise a blank token as a server's card
    ///
    /// Reads the security officer PIN first, then the PIN.
    Init(CardInit),
}

#[derive(Debug, Args)]
pub(crate) struct CardInit {
    /// Label for the token
    #[arg(long, value_name = "LABEL")]
    pub(crate) token: String,
    /// Read the new security officer PIN from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) so_pin_fd: Option<u32>,
    /// Read the new PIN from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) card_pin_fd: Option<u32>,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServerCommand {
    /// Make a server's key, on its card, and certify it
    ///
    /// Reads the PIN of the CA's token first, then the card's.
    Issue(ServerIssue),
}

/// Keys of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerRole {
    /// The security server's TLS key (card, CKA_ID 11)
    Gateway,
    /// The platform's TLS key (file)
    Platform,
    /// The security server's key for key configurations (card, CKA_ID 12)
    KeyConfiguration,
    /// The security server's receipt key (card, CKA_ID 13)
    GatewayReceipt,
    /// The platform's receipt key (card, CKA_ID 13)
    PlatformReceipt,
}

#[derive(Debug, Args)]
pub(crate) struct ServerIssue {
    /// What the key is for
    #[arg(long)]
    pub(crate) role: ServerRole,
    /// Common name
    #[arg(long)]
    pub(crate) name: String,
    /// Organisation
    #[arg(long)]
    pub(crate) organisation: String,
    /// DNS name; a gateway's is the audience's host, always
    #[arg(long, value_name = "NAME")]
    pub(crate) dns_name: Vec<String>,
    /// Label of the card
    #[arg(long, value_name = "LABEL", required_unless_present = "key_file")]
    pub(crate) token: Option<String>,
    /// Make the key in this file (mode 0600); the platform's TLS key only
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub(crate) key_file: Option<PathBuf>,
    /// Write the certificate to this file (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Certify the key that is on the card already
    #[arg(long, conflicts_with = "key_file")]
    pub(crate) renew: bool,
    /// Lifetime in days
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    /// Read the PIN of the card from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) card_pin_fd: Option<u32>,
    #[command(flatten)]
    pub(crate) ca_pins: CaPins,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}
