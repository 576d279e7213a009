//! Files to and from the internal network.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ManagerArguments;

#[derive(Debug, Args)]
pub(crate) struct ImportFile {
    /// The file, as the marketing system wrote it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Its signature; FILE.jws when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
    /// Check and rehearse everything, and take nothing in
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the acknowledgement here; FILE.ack.jws when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) acknowledgement: Option<PathBuf>,
    /// Drop what is staged under this number first
    #[arg(long)]
    pub(crate) discard: bool,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Make the next file of what happened since the last one
    Next(ExportNext),
    /// The last files, and which are acknowledged
    List(ExportList),
    /// Save a file, with its signature beside it
    Save(ExportSave),
    /// Hand in the marketing system's acknowledgement of a file
    Acknowledge(ExportAcknowledge),
}

#[derive(Debug, Args)]
pub(crate) struct ExportNext {
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportList {
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportSave {
    /// Its number
    pub(crate) number: u64,
    /// Where to; the signature comes to FILE.jws
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExportAcknowledge {
    /// Its number
    pub(crate) number: u64,
    /// The acknowledgement: compact JWS
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) manager: ManagerArguments,
}

/// What the marketing system does, for one that cannot yet, and for trying out.
#[derive(Debug, Subcommand)]
pub(crate) enum FileCommand {
    /// Make a key in a file, and its certificate, to be pinned in the platform's configuration
    Key(FileKey),
    /// Sign a file for the platform; the signature comes to FILE.jws
    Sign(FileSign),
    /// Sign that a file of the platform was taken in; it comes to FILE.ack.jws
    Acknowledge(FileSign),
    /// Print the JSON Schema of the lines of a file
    Schema(FileSchema),
    /// Print the readings of a Green Button or CSV file as records, to be put into a file for the
    /// platform
    ///
    /// What was found (gaps, overlaps, values left out) goes to standard error; --json prints a
    /// document of both.
    Readings(FileReadings),
}

#[derive(Debug, Args)]
pub(crate) struct FileKey {
    /// Make the key in this file (mode 0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: PathBuf,
    /// Write the certificate to this file (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Common name
    #[arg(long, default_value = "Marketing system")]
    pub(crate) name: String,
    /// Organisation
    #[arg(long)]
    pub(crate) organisation: String,
    /// Lifetime in days
    #[arg(long, default_value_t = 3 * 365, value_parser = clap::value_parser!(u16).range(1..=15 * 366))]
    pub(crate) days: u16,
}

#[derive(Debug, Args)]
pub(crate) struct FileSign {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The certificate that the platform is configured with (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: PathBuf,
    /// Its key: PKCS#8 in PEM
    #[arg(long, value_name = "FILE", required_unless_present = "token")]
    pub(crate) key_file: Option<PathBuf>,
    /// Its key in a token: the token's label
    #[arg(long, value_name = "LABEL", conflicts_with = "key_file")]
    pub(crate) token: Option<String>,
    /// CKA_ID of the key in the token, in hexadecimal
    #[arg(long, value_name = "HEX", default_value = "01")]
    pub(crate) id: String,
    /// PKCS#11 module of the token
    #[arg(long, value_name = "FILE", default_value = crate::config::DEFAULT_MODULE)]
    pub(crate) module: PathBuf,
    /// Read the token's PIN from this descriptor
    #[arg(long, value_name = "FD")]
    pub(crate) card_pin_fd: Option<u32>,
    /// Name of the source, as the platform is configured; of a file for the platform its header
    /// says it
    #[arg(long, default_value = "marketing")]
    pub(crate) source: String,
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FileReadings {
    /// Green Button (ESPI XML), or CSV with a header of point, start or end, active_import_kwh,
    /// active_export_kwh, reactive_import_kvarh, reactive_export_kvarh, quality
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The metering point, when the file does not name it
    #[arg(long, value_name = "ID")]
    pub(crate) point: Option<wattkey_domain::MeteringPointId>,
    /// Time zone of times without an offset, in which days begin (IANA)
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai")]
    pub(crate) time_zone: String,
    /// Of a feed with several usage points, the one with this number (from 1)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) usage_point: u16,
}

#[derive(Debug, Args)]
pub(crate) struct FileSchema {
    /// Of which files
    pub(crate) of: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Direction {
    /// Files for the platform
    Import,
    /// Files of the platform
    Export,
}
