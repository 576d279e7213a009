//! The marketing system's part: it writes numbered files and signs them with a key of its own.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

use crate::{
    large::Records,
    layout::Token,
    process::Output,
    provision::MANAGER_KEY,
    world::{USER_PIN, World},
};

impl World {
    /// Makes the marketing system's key. The platform's configuration names its certificate.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn make_marketing(&self) -> Result<()> {
        let folder = self.layout().path("marketing");
        fs::create_dir_all(&folder)?;
        self.program("wattkey-admin", None)?
            .args([
                "--json",
                "file",
                "key",
                "--organisation",
                "Wattkey Sample Power",
            ])
            .args(["--key-file".into(), folder.join("key.pem").into_os_string()])
            .args([
                "--out".into(),
                self.marketing_certificate().into_os_string(),
            ])
            .succeed()?;
        Ok(())
    }

    /// The marketing system's certificate.
    #[must_use]
    pub fn marketing_certificate(&self) -> PathBuf {
        self.layout().path("marketing/certificate.pem")
    }

    /// Writes and signs the marketing system's file of this number.
    ///
    /// # Errors
    /// When a record is none, or the management tool does not sign.
    pub fn write_file(&self, number: u64, records: &str) -> Result<PathBuf> {
        let mut totals: BTreeMap<String, (u64, BTreeMap<String, i64>)> = BTreeMap::new();
        for line in records.lines() {
            let record: Value = serde_json::from_str(line)?;
            let kind = record["type"].as_str().context("a record has a type")?;
            let (count, sums) = totals.entry(kind.to_owned()).or_default();
            *count += 1;
            if let Some((currency, amount)) = amount(&record)? {
                *sums.entry(currency).or_default() += amount;
            }
        }
        let totals: serde_json::Map<String, Value> = totals
            .into_iter()
            .map(|(kind, (count, amounts))| (kind, json!({"count": count, "amounts": amounts})))
            .collect();
        let count = records.lines().count() as u64;
        self.write_counted(number, records, (count, totals.into()))
    }

    /// The same, of records that were counted as they were made: how many, and their totals.
    ///
    /// # Errors
    /// When the management tool does not sign.
    pub fn write_counted(
        &self,
        number: u64,
        records: &str,
        (count, totals): (u64, Value),
    ) -> Result<PathBuf> {
        let file = self.layout().path(&format!("marketing/{number}.ndjson"));
        let header = json!({"type": "header", "format": "wattkey-import-1", "source": "marketing",
            "number": number, "created": "2026-11-22T08:00:00Z", "records": count,
            "totals": totals});
        let mut out = std::io::BufWriter::new(fs::File::create(&file)?);
        writeln!(out, "{header}")?;
        out.write_all(records.as_bytes())?;
        out.flush()?;
        self.with_marketing_key("sign", &file)?;
        Ok(file)
    }

    /// Writes, signs and hands in records that were counted as they were made. The platform is running.
    ///
    /// # Errors
    /// What is said to the manager who hands them in.
    pub fn hand_in(&self, number: u64, records: &Records) -> Result<()> {
        let file = self.write_counted(number, &records.text, records.header_totals())?;
        let path = file.to_str().context("a path in UTF-8")?;
        let output = self.manage(&["import", path])?;
        if !output.status.success() {
            bail!(
                "{path} was not taken in: {}{}",
                output.stdout,
                output.stderr
            );
        }
        // Large, and in the books now.
        fs::remove_file(file)?;
        Ok(())
    }

    /// Signs that a file of the platform was taken in: the acknowledgement.
    ///
    /// # Errors
    /// What the management tool says.
    pub fn acknowledge_file(&self, file: &Path) -> Result<PathBuf> {
        self.with_marketing_key("acknowledge", file)?;
        Ok(file.with_extension("ndjson.ack.jws"))
    }

    /// `wattkey-admin` with the manager's USB key and these arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn manage(&self, arguments: &[&str]) -> Result<Output> {
        self.admin(Token::UsbKey(MANAGER_KEY))?
            .args(arguments.iter().copied())
            .args(["--pin-fd", "0"])
            .input_line(USER_PIN)
            .run()
    }

    fn with_marketing_key(&self, what: &str, file: &Path) -> Result<Output> {
        let folder = self.layout().path("marketing");
        self.program("wattkey-admin", None)?
            .args(["--json", "file", what])
            .args([file.to_owned().into_os_string()])
            .args(["--key-file".into(), folder.join("key.pem").into_os_string()])
            .args([
                "--certificate".into(),
                self.marketing_certificate().into_os_string(),
            ])
            .succeed()
    }
}

/// What a record counts for in the totals.
fn amount(record: &Value) -> Result<Option<(String, i64)>> {
    let document;
    let (of, member) = match record["type"].as_str() {
        Some("bill") => {
            let text = record["document"]
                .as_str()
                .context("a bill has a document")?;
            document = serde_json::from_slice(&Base64UrlUnpadded::decode_vec(text)?)?;
            (&document, "total")
        }
        Some("payment" | "opening-balance") => (record, "amount"),
        _ => return Ok(None),
    };
    let currency = of["currency"]
        .as_str()
        .context("an amount has a currency")?;
    let amount = of[member].as_i64().context("an amount is a number")?;
    Ok(Some((currency.to_owned(), amount)))
}
