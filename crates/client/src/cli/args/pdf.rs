//! Arguments of documents as PDF.

use std::path::PathBuf;

use crate::cli::text::Lang;

/// Where a PDF goes, and in which language.
#[derive(Debug, clap::Args)]
pub(crate) struct PdfFile {
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    #[arg(long, value_name = "en|zh")]
    pub(crate) language: Option<Lang>,
    #[arg(long)]
    pub(crate) force: bool,
}
