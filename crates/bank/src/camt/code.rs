//! What sort of booking an entry is (`BkTxCd`): a code of ISO 20022's external list, or the bank's
//! own.

use std::fmt;

/// Sub-families that are charges, in whatever family: charges, fees, commission with and without
/// tax (ISO 20022 external bank transaction sub-family codes).
const CHARGES: [&str; 6] = ["CHRG", "FEES", "COMM", "COME", "COMI", "COMT"];

/// A bank transaction code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionCode {
    /// Of ISO 20022's list; parts that the bank leaves out are empty.
    Iso {
        /// `PMNT`, `ACMT`, …
        domain: String,
        /// `RCDT`: credit transfers that came in, `IDDT`: direct debits that were collected, …
        family: String,
        /// `ESCT`, `CHRG`, …
        sub_family: String,
    },
    /// The bank's own.
    Own(String),
}

impl TransactionCode {
    /// Whether the bank takes something for itself.
    #[must_use]
    pub fn is_charge(&self) -> bool {
        matches!(self, Self::Iso { sub_family, .. } if CHARGES.contains(&sub_family.as_str()))
    }

    /// Whether somebody sent the money by a transfer of his own.
    #[must_use]
    pub fn is_incoming_transfer(&self) -> bool {
        self.is_payment(&["RCDT", "RRCT"])
    }

    /// Whether it is of collections that the account's holder ordered.
    #[must_use]
    pub fn is_collection(&self) -> bool {
        self.is_payment(&["IDDT"])
    }

    fn is_payment(&self, families: &[&str]) -> bool {
        matches!(self, Self::Iso { domain, family, .. }
            if domain == "PMNT" && families.contains(&family.as_str()))
    }
}

impl fmt::Display for TransactionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iso {
                domain,
                family,
                sub_family,
            } => write!(formatter, "{domain}/{family}/{sub_family}"),
            Self::Own(code) => formatter.write_str(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(domain: &str, family: &str, sub_family: &str) -> TransactionCode {
        TransactionCode::Iso {
            domain: domain.to_owned(),
            family: family.to_owned(),
            sub_family: sub_family.to_owned(),
        }
    }

    #[test]
    fn sorts_are_told_by_their_place() {
        assert!(iso("ACMT", "MDOP", "CHRG").is_charge());
        assert!(iso("PMNT", "RCDT", "COMM").is_charge());
        assert!(!iso("PMNT", "CHRG", "ESCT").is_charge());
        assert!(!TransactionCode::Own("PMNT/MDOP/CHRG".to_owned()).is_charge());
        assert!(iso("PMNT", "RCDT", "ESCT").is_incoming_transfer());
        assert!(!iso("PMNT", "IDDT", "ESDD").is_incoming_transfer());
        assert!(iso("PMNT", "IDDT", "ESDD").is_collection());
        assert!(!iso("SECU", "IDDT", "ESDD").is_collection());
    }
}
