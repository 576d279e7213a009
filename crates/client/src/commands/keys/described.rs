//! One USB key, for a table, for a line and for `--json`.

use jiff::Timestamp;
use serde::Serialize;
use wattkey_client::keys::{KeyFault, KeySummary};
use wattkey_token::{PinState, TokenInfo};

use crate::cli::pin;
use crate::cli::table::Cell;
use crate::cli::text::Text;

#[derive(Serialize)]
pub(super) struct Described {
    pub(super) serial: String,
    label: String,
    pub(super) reader: String,
    holder: Option<String>,
    organisation: Option<String>,
    valid_until: Option<Timestamp>,
    /// `ok`, `low`, `last-try`, `locked`, `not-set` or `to-be-changed`.
    pin: &'static str,
    /// Whether the PIN is typed on the key or its reader.
    pin_pad: bool,
    /// Why it cannot be used, or null.
    fault: Option<&'static str>,
    #[serde(skip)]
    state: PinState,
}

impl From<KeySummary> for Described {
    fn from(summary: KeySummary) -> Described {
        Described {
            serial: summary.serial,
            label: summary.label,
            reader: summary.reader,
            holder: summary.holder,
            organisation: summary.organisation,
            valid_until: summary.valid_until,
            pin: summary.pin.name(),
            pin_pad: summary.pin.protected_path,
            fault: summary.fault.as_ref().map(fault_name),
            state: summary.pin,
        }
    }
}

impl Described {
    /// What is known of a key that is gone before its certificates were read.
    pub(super) fn of(info: TokenInfo) -> Described {
        Described::from(KeySummary {
            serial: info.serial,
            label: info.label,
            reader: info.reader,
            holder: None,
            organisation: None,
            valid_until: None,
            pin: info.pin,
            fault: Some(KeyFault::NoCertificate { place: "01" }),
        })
    }

    /// In the order of the table's columns.
    pub(super) fn cells(&self, text: &Text) -> [Cell; 7] {
        let fault = self.fault.unwrap_or("yes").to_owned();
        [
            Cell::text(&self.serial),
            Cell::text(&self.reader),
            Cell::of(self.holder.as_ref(), Cell::text),
            Cell::of(self.organisation.as_ref(), Cell::text),
            Cell::of(self.valid_until, Cell::Time),
            Cell::Both(pin::state_words(text, self.state), self.pin.to_owned()),
            Cell::Both(self.usable(text), fault),
        ]
    }

    /// All that matters, on one line.
    pub(super) fn line(&self, text: &Text) -> String {
        let known = [&self.holder, &self.organisation];
        let whose: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        let holder = if whose.is_empty() {
            text.get("key-line-nobody")
        } else {
            whose.join(", ")
        };
        text.with(
            "key-line",
            &[
                ("serial", self.serial.as_str().into()),
                ("reader", self.reader.as_str().into()),
                ("holder", holder.into()),
                ("pin", pin::state_words(text, self.state).into()),
                ("usable", self.usable(text).into()),
            ],
        )
    }

    fn usable(&self, text: &Text) -> String {
        self.fault.map_or_else(
            || text.get("yes"),
            |fault| text.get(&format!("why-{fault}")),
        )
    }
}

/// Name of a fault, also in `--json`.
fn fault_name(fault: &KeyFault) -> &'static str {
    match fault {
        KeyFault::NoCertificate { .. } => "no-certificate",
        KeyFault::Foreign => "foreign",
        KeyFault::Expired { .. } => "expired",
        KeyFault::NotYetValid { .. } => "not-yet-valid",
        KeyFault::WrongRole { .. } => "wrong-role",
        KeyFault::OtherKey => "copied",
        KeyFault::Invalid(_) => "invalid",
    }
}
