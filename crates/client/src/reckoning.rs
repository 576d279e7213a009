//! A bill beside what its tariff and its readings make, and the words for what differs.

use std::collections::BTreeSet;

use wattkey_domain::tariff::{
    Comparison, LineComparison, Metered, Reckoning, Tariff, compare, reckon,
};
use wattkey_domain::{BillDocument, BillId, Line, TariffId};

use crate::client::Client;
use crate::fault::{Exit, Fault};
use crate::words::{Lang, Text};

/// A bill reckoned again.
#[derive(Debug)]
pub struct Reckoned {
    /// What was metered.
    pub metered: Metered,
    /// What follows from it.
    pub reckoning: Reckoning,
    /// The bill beside it.
    pub comparison: Comparison,
}

/// What a bill is reckoned from, as the service has it: tariffs, and what was metered.
///
/// # Errors
/// The service's; `reckon-nothing` when it has no such document; `reckon-impossible` when one of them
/// cannot be read.
pub async fn basis(client: &mut Client, id: &BillId) -> Result<(Vec<Tariff>, Metered), Fault> {
    let missing = |what: &str| {
        Fault::new("reckon-nothing", Exit::NotFound)
            .with("bill", id.to_string())
            .with("what", what)
    };
    let unfit = |error: &dyn std::error::Error| {
        Fault::new("reckon-impossible", Exit::Refused)
            .with("bill", id.to_string())
            .cause(error)
    };
    let metered = client.metered(id).await?;
    let metered = metered.ok_or_else(|| missing("metered"))?;
    let metered = Metered::parse(&metered).map_err(|error| unfit(&error))?;
    let names: BTreeSet<&TariffId> = metered.points.iter().map(|point| &point.tariff).collect();
    let mut tariffs = Vec::new();
    for name in names {
        let bytes = client.tariff(name).await?;
        let bytes = bytes.ok_or_else(|| missing(&name.to_string()))?;
        tariffs.push(Tariff::parse(&bytes).map_err(|error| unfit(&error))?);
    }
    Ok((tariffs, metered))
}

impl Reckoned {
    /// Reckons a bill again and lays both beside each other.
    ///
    /// # Errors
    /// `reckon-other-month` when the readings are of another account or month; `reckon-impossible`.
    pub fn new(bill: &BillDocument, tariffs: &[Tariff], metered: Metered) -> Result<Self, Fault> {
        if (&bill.account, bill.period) != (&metered.account, metered.month) {
            return Err(Fault::new("reckon-other-month", Exit::Usage)
                .with("bill", bill.bill.to_string())
                .with("wanted", format!("{} {}", bill.account, bill.period))
                .with("readings", format!("{} {}", metered.account, metered.month)));
        }
        let impossible = |error: &dyn std::error::Error| {
            Fault::new("reckon-impossible", Exit::Usage)
                .with("bill", bill.bill.to_string())
                .cause(error)
        };
        let reckoning = reckon(tariffs, &metered).map_err(|error| impossible(&error))?;
        let comparison = compare(bill, &reckoning).map_err(|error| impossible(&error))?;
        Ok(Self {
            metered,
            reckoning,
            comparison,
        })
    }

    /// The line as it is shown, and what it is called: the reckoned one, or the bill's when it has no
    /// counterpart.
    #[must_use]
    pub fn shown<'a>(
        &'a self,
        bill: &'a BillDocument,
        line: &LineComparison,
        text: &Text,
    ) -> (Option<&'a Line>, String) {
        let billed = line.billed.and_then(|index| bill.lines.get(index));
        let other = line
            .reckoned
            .and_then(|index| self.reckoning.lines.get(index));
        let shown = other.map(|other| &other.line).or(billed);
        let name = shown.map_or_else(String::new, |line| match text.lang() {
            Lang::En => line.text.en.clone(),
            Lang::Zh => line.text.zh.clone(),
        });
        let name = match other.and_then(|other| other.share) {
            None => name,
            Some(share) => text.with(
                "reckon-share",
                &[
                    ("line", name.into()),
                    ("days", share.days.into()),
                    ("of", share.of.into()),
                ],
            ),
        };
        (shown, name)
    }
}

/// Why a line differs, in words.
#[must_use]
pub fn why(text: &Text, line: &LineComparison) -> String {
    let causes = line.causes.iter().map(|cause| text.cause(*cause));
    causes.collect::<Vec<_>>().join("; ")
}
