//! What the bank demands beyond the schema, and what it keeps of a message.

use super::Kind;
use super::decimal::Decimal;
use super::tree::Node;

/// A message that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which message it is.
    pub kind: Kind,
    /// `MsgId`.
    pub id: String,
    /// Its transactions.
    pub payments: Vec<Payment>,
}

/// One transaction: a collection, or a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// `PmtInfId`.
    pub payment_id: String,
    /// `EndToEndId`.
    pub end_to_end_id: String,
    /// `MndtId` of a collection.
    pub mandate: String,
    /// `InstdAmt`, as written.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// Name of the debtor.
    pub debtor: String,
    /// Number of the debtor's account.
    pub debtor_account: String,
    /// Name of the creditor.
    pub creditor: String,
    /// Number of the creditor's account.
    pub creditor_account: String,
    /// The creditor reference of a transfer.
    pub reference: String,
    /// The first line of what the sender writes.
    pub text: String,
    /// Reason code when this transaction cannot be done.
    pub refused: Option<&'static str>,
}

/// Why a message is refused as a whole: reason code and text.
pub type Refusal = (&'static str, String);

/// Reads a message that the schema allows.
pub(super) fn message(kind: Kind, root: &Node) -> Result<Message, Refusal> {
    let initiation = part(root, kind.initiation())?;
    let header = part(initiation, "GrpHdr")?;
    let form = Form::of(kind);
    let payments: Vec<&Node> = initiation.all("PmtInf").collect();
    for payment in &payments {
        totals(
            form,
            payment,
            &payment.all(form.transaction).collect::<Vec<_>>(),
        )?;
    }
    let all: Vec<&Node> = payments
        .iter()
        .flat_map(|payment| payment.all(form.transaction))
        .collect();
    totals(form, header, &all)?;
    let mut read = Vec::new();
    for payment in payments {
        for transaction in payment.all(form.transaction) {
            read.push(match kind {
                Kind::Collection => collection(payment, transaction)?,
                Kind::Transfer => transfer(payment, transaction)?,
            });
        }
    }
    Ok(Message {
        kind,
        id: text(header, "MsgId")?,
        payments: read,
    })
}

/// Where the two messages have the same things.
#[derive(Clone, Copy, Debug)]
struct Form {
    transaction: &'static str,
    amount: &'static str,
}

impl Form {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Collection => Self {
                transaction: "DrctDbtTxInf",
                amount: "InstdAmt",
            },
            Kind::Transfer => Self {
                transaction: "CdtTrfTxInf",
                amount: "Amt/InstdAmt",
            },
        }
    }
}

/// `NbOfTxs` and `CtrlSum` must be what there is, where they are given.
fn totals(form: Form, node: &Node, transactions: &[&Node]) -> Result<(), Refusal> {
    if let Some(count) = node.value("NbOfTxs")
        && count.parse() != Ok(transactions.len())
    {
        return Err(("AM18", format!("{}: NbOfTxs is {count}", node.name)));
    }
    if let Some(sum) = node.value("CtrlSum") {
        let total = transactions
            .iter()
            .filter_map(|transaction| transaction.value(form.amount))
            .filter_map(|amount| Decimal::parse(amount.trim_ascii(), 5))
            .fold(Decimal::ZERO, Decimal::plus);
        if Decimal::parse(sum.trim_ascii(), 17) != Some(total) {
            return Err(("AM10", format!("{}: CtrlSum is {sum}", node.name)));
        }
    }
    Ok(())
}

fn collection(payment: &Node, transaction: &Node) -> Result<Payment, Refusal> {
    let mandate = transaction.value("DrctDbtTx/MndtRltdInf/MndtId");
    let kept = Payment {
        mandate: mandate.unwrap_or_default().to_owned(),
        debtor: name(transaction, "Dbtr"),
        debtor_account: account(transaction, "DbtrAcct")?,
        creditor: name(payment, "Cdtr"),
        creditor_account: account(payment, "CdtrAcct")?,
        ..common(Kind::Collection, payment, transaction)?
    };
    let refused = refused_collection(payment, transaction, &kept);
    Ok(Payment { refused, ..kept })
}

fn transfer(payment: &Node, transaction: &Node) -> Result<Payment, Refusal> {
    let kept = Payment {
        debtor: name(payment, "Dbtr"),
        debtor_account: account(payment, "DbtrAcct")?,
        creditor: name(transaction, "Cdtr"),
        creditor_account: account(transaction, "CdtrAcct").unwrap_or_default(),
        ..common(Kind::Transfer, payment, transaction)?
    };
    let refused = refused_transfer(payment, transaction, &kept);
    Ok(Payment { refused, ..kept })
}

/// What both kinds have; the parties are left empty.
fn common(kind: Kind, payment: &Node, transaction: &Node) -> Result<Payment, Refusal> {
    let amount = part(transaction, Form::of(kind).amount)?;
    let currency = amount.attributes.first().map(|(_, value)| value.clone());
    let remittance = |path| transaction.value(path).unwrap_or_default().to_owned();
    Ok(Payment {
        payment_id: text(payment, "PmtInfId")?,
        end_to_end_id: text(transaction, "PmtId/EndToEndId")?,
        mandate: String::new(),
        amount: amount.text.trim_ascii().to_owned(),
        currency: currency.unwrap_or_default(),
        debtor: String::new(),
        debtor_account: String::new(),
        creditor: String::new(),
        creditor_account: String::new(),
        reference: remittance("RmtInf/Strd/CdtrRefInf/Ref"),
        text: remittance("RmtInf/Ustrd"),
        refused: None,
    })
}

fn name(node: &Node, party: &str) -> String {
    let name = node.value(&format!("{party}/Nm"));
    name.unwrap_or_default().to_owned()
}

fn refused_collection(payment: &Node, transaction: &Node, kept: &Payment) -> Option<&'static str> {
    let scheme = payment
        .find("CdtrSchmeId/Id")
        .or_else(|| transaction.find("DrctDbtTx/CdtrSchmeId/Id"));
    if !has_good_iban(payment, "CdtrAcct") {
        Some("AC03")
    } else if !has_good_iban(transaction, "DbtrAcct") {
        Some("AC01")
    } else if let Some(reason) = refused_amount(kept) {
        Some(reason)
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

fn refused_transfer(payment: &Node, transaction: &Node, kept: &Payment) -> Option<&'static str> {
    if !has_good_iban(payment, "DbtrAcct") {
        Some("AC02")
    } else if kept.creditor_account.is_empty() || !has_good_iban(transaction, "CdtrAcct") {
        Some("AC03")
    } else if kept.creditor.is_empty() {
        Some("RR03")
    } else {
        refused_amount(kept)
    }
}

fn refused_amount(kept: &Payment) -> Option<&'static str> {
    if Decimal::parse(&kept.amount, 5) == Some(Decimal::ZERO) {
        Some("AM01")
    } else if Decimal::parse(&kept.amount, decimals(&kept.currency)).is_none() {
        Some("AM12")
    } else {
        None
    }
}

fn has_good_iban(node: &Node, account: &str) -> bool {
    let iban = node.value(&format!("{account}/Id/IBAN"));
    iban.is_none_or(has_right_check_digits)
}

/// How many decimals an amount of this currency may have (ISO 4217).
pub(crate) fn decimals(currency: &str) -> usize {
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
