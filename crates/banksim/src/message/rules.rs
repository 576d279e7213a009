//! What the bank demands beyond the schema, and what it keeps of a message.

use super::decimal::Decimal;
use super::tree::Node;

/// A message that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `MsgId`.
    pub id: String,
    /// Its transactions.
    pub collections: Vec<Collection>,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// `PmtInfId`.
    pub payment_id: String,
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `MndtId`.
    pub mandate: String,
    /// `InstdAmt`, as written.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// Name of the debtor.
    pub debtor: String,
    /// Number of the debtor's account.
    pub debtor_account: String,
    /// Number of the creditor's account.
    pub creditor_account: String,
    /// Reason code when this transaction cannot be collected.
    pub refused: Option<&'static str>,
}

/// Why a message is refused as a whole: reason code and text.
pub type Refusal = (&'static str, String);

/// Reads a message that the schema allows.
pub(super) fn message(root: &Node) -> Result<Message, Refusal> {
    let initiation = part(root, "CstmrDrctDbtInitn")?;
    let header = part(initiation, "GrpHdr")?;
    let payments: Vec<&Node> = initiation.all("PmtInf").collect();
    for payment in &payments {
        totals(payment, &payment.all("DrctDbtTxInf").collect::<Vec<_>>())?;
    }
    let all: Vec<&Node> = payments
        .iter()
        .flat_map(|payment| payment.all("DrctDbtTxInf"))
        .collect();
    totals(header, &all)?;
    let mut collections = Vec::new();
    for payment in payments {
        for transaction in payment.all("DrctDbtTxInf") {
            collections.push(collection(payment, transaction)?);
        }
    }
    Ok(Message {
        id: text(header, "MsgId")?,
        collections,
    })
}

/// `NbOfTxs` and `CtrlSum` must be what there is, where they are given.
fn totals(node: &Node, transactions: &[&Node]) -> Result<(), Refusal> {
    if let Some(count) = node.value("NbOfTxs")
        && count.parse() != Ok(transactions.len())
    {
        return Err(("AM18", format!("{}: NbOfTxs is {count}", node.name)));
    }
    if let Some(sum) = node.value("CtrlSum") {
        let total = transactions
            .iter()
            .filter_map(|transaction| transaction.value("InstdAmt"))
            .filter_map(|amount| Decimal::parse(amount.trim_ascii(), 5))
            .fold(Decimal::ZERO, Decimal::plus);
        if Decimal::parse(sum.trim_ascii(), 17) != Some(total) {
            return Err(("AM10", format!("{}: CtrlSum is {sum}", node.name)));
        }
    }
    Ok(())
}

fn collection(payment: &Node, transaction: &Node) -> Result<Collection, Refusal> {
    let amount = part(transaction, "InstdAmt")?;
    let currency = amount.attributes.first().map(|(_, value)| value.clone());
    let mandate = "DrctDbtTx/MndtRltdInf";
    let collection = Collection {
        payment_id: text(payment, "PmtInfId")?,
        end_to_end_id: text(transaction, "PmtId/EndToEndId")?,
        mandate: transaction
            .value(&format!("{mandate}/MndtId"))
            .unwrap_or_default()
            .to_owned(),
        amount: amount.text.trim_ascii().to_owned(),
        currency: currency.unwrap_or_default(),
        debtor: transaction.value("Dbtr/Nm").unwrap_or_default().to_owned(),
        debtor_account: account(transaction, "DbtrAcct")?,
        creditor_account: account(payment, "CdtrAcct")?,
        refused: None,
    };
    let refused = refusal(payment, transaction, &collection);
    Ok(Collection {
        refused,
        ..collection
    })
}

fn refusal(payment: &Node, transaction: &Node, kept: &Collection) -> Option<&'static str> {
    let iban = |node: &Node, path: &str| node.value(path).is_none_or(has_right_check_digits);
    let scheme = payment
        .find("CdtrSchmeId/Id")
        .or_else(|| transaction.find("DrctDbtTx/CdtrSchmeId/Id"));
    if !iban(payment, "CdtrAcct/Id/IBAN") {
        Some("AC03")
    } else if !iban(transaction, "DbtrAcct/Id/IBAN") {
        Some("AC01")
    } else if Decimal::parse(&kept.amount, 5) == Some(Decimal::ZERO) {
        Some("AM01")
    } else if Decimal::parse(&kept.amount, decimals(&kept.currency)).is_none() {
        Some("AM12")
    } else if kept.mandate.is_empty()
        || transaction
            .find("DrctDbtTx/MndtRltdInf/DtOfSgntr")
            .is_none()
    {
        Some("MD02")
    } else if scheme.is_none() {
        Some("CH11")
    } else {
        None
    }
}

/// How many decimals an amount of this currency may have (ISO 4217).
fn decimals(currency: &str) -> usize {
    match currency {
        "CLP" | "JPY" | "KRW" | "VND" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// ISO 7064 mod 97-10, digit by digit.
fn has_right_check_digits(iban: &str) -> bool {
    let (head, tail) = iban.split_at(iban.len().min(4));
    let mut remainder = 0;
    for character in tail.chars().chain(head.chars()) {
        let Some(value) = character.to_digit(36) else {
            return false;
        };
        for digit in value.to_string().chars().filter_map(|c| c.to_digit(10)) {
            remainder = (remainder * 10 + digit) % 97;
        }
    }
    remainder == 1
}

fn account(node: &Node, name: &str) -> Result<String, Refusal> {
    let id = part(node, name)?;
    let number = id.value("Id/IBAN").or_else(|| id.value("Id/Othr/Id"));
    number.map(str::to_owned).ok_or_else(|| missing(node, name))
}

fn part<'a>(node: &'a Node, path: &str) -> Result<&'a Node, Refusal> {
    node.find(path).ok_or_else(|| missing(node, path))
}

fn text(node: &Node, path: &str) -> Result<String, Refusal> {
    part(node, path).map(|found| found.text.clone())
}

fn missing(node: &Node, path: &str) -> Refusal {
    ("FF01", format!("{}: {path} is missing", node.name))
}
