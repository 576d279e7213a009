//! What the bank writes: status reports (pain.002.001.10), notifications (camt.054.001.08) and
//! statements (camt.053.001.02).

use jiff::Zoned;
use quick_xml::escape::escape;

/// Namespace of status reports.
const PAIN_002: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10";
/// Namespace of statements: an early version, whose form differs from that of the notifications.
const CAMT_053: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02";
/// Namespace of notifications.
const CAMT_054: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08";

/// The message that a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// `MsgId`; `NOTPROVIDED` when it has none.
    pub message_id: &'a str,
    /// Such as `pain.008.001.08`.
    pub name: &'a str,
}

/// The answer on one transaction.
pub struct TransactionAnswer {
    /// `OrgnlPmtInfId`.
    pub payment_id: String,
    /// `OrgnlEndToEndId`.
    pub end_to_end_id: String,
    /// Reason code when it is rejected.
    pub rejected: Option<String>,
}

/// One entry on an account.
pub struct Entry<'a> {
    /// The bank's own reference of the entry.
    pub reference: &'a str,
    /// `BOOK` or `PDNG`.
    pub status: &'a str,
    /// To or from the account.
    pub direction: Direction,
    /// The reason when it gives an earlier one back.
    pub returned: Option<&'a str>,
    /// Domain, family and sub-family of ISO 20022's bank transaction codes.
    pub code: [&'a str; 3],
    /// The account.
    pub account: &'a str,
    /// Decimal number.
    pub amount: &'a str,
    /// Its currency.
    pub currency: &'a str,
    /// When the money counts, if not on the day of the entry.
    pub value: Option<&'a str>,
    /// What the order to the bank said of itself; empty where there was none.
    pub origin: Origin<'a>,
    /// Who is on the other side.
    pub party: Party<'a>,
    /// What the payment is for.
    pub remittance: Remittance<'a>,
}

/// To or from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The account grows.
    Credit,
    /// The account shrinks.
    Debit,
}

/// References of an order to the bank, each empty where it has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// `MsgId`.
    pub message_id: &'a str,
    /// `PmtInfId`.
    pub payment_id: &'a str,
    /// `EndToEndId`.
    pub end_to_end_id: &'a str,
    /// `MndtId`.
    pub mandate: &'a str,
}

/// Name and account on the other side; both may be empty.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// Whether that is who pays.
    pub role: Role,
    /// The name.
    pub name: &'a str,
    /// The account's number.
    pub account: &'a str,
}

/// Who the other side is in the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who pays.
    Debtor,
    /// Who is paid.
    Creditor,
}

/// What a payment is for; both may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remittance<'a> {
    /// A creditor reference.
    pub reference: &'a str,
    /// Words.
    pub text: &'a str,
}

/// The report that a message is refused as a whole.
#[must_use]
pub fn refusal(
    report_id: &str,
    original: Original<'_>,
    reason: &str,
    text: &str,
    now: &Zoned,
) -> String {
    let text: String = text.chars().take(105).collect();
    let group = format!(
        "<GrpSts>RJCT</GrpSts><StsRsnInf>{}{}</StsRsnInf>",
        element("Rsn", &leaf("Cd", reason)),
        leaf("AddtlInf", &text)
    );
    report(report_id, original, &group, "", now)
}

/// The report on a message that was taken: accepted in part, as a whole, or not at all. `in_part`
/// leaves the judgement to the transactions, whatever it is.
#[must_use]
pub fn status(
    report_id: &str,
    original: Original<'_>,
    answers: &[TransactionAnswer],
    in_part: bool,
    now: &Zoned,
) -> String {
    let rejected = answers.iter().filter(|a| a.rejected.is_some()).count();
    let group = match rejected {
        _ if in_part => "PART",
        0 => "ACTC",
        all if all == answers.len() => "RJCT",
        _ => "PART",
    };
    let mut payments = String::new();
    for of_one_payment in answers.chunk_by(|a, b| a.payment_id == b.payment_id) {
        let mut inner = leaf("OrgnlPmtInfId", &of_one_payment[0].payment_id);
        for answer in of_one_payment {
            inner += &transaction(answer);
        }
        payments += &element("OrgnlPmtInfAndSts", &inner);
    }
    report(report_id, original, &leaf("GrpSts", group), &payments, now)
}

fn transaction(answer: &TransactionAnswer) -> String {
    let status = if answer.rejected.is_some() {
        "RJCT"
    } else {
        "ACSP"
    };
    let mut inner = leaf("OrgnlEndToEndId", &answer.end_to_end_id) + &leaf("TxSts", status);
    if let Some(reason) = &answer.rejected {
        inner += &element("StsRsnInf", &element("Rsn", &leaf("Cd", reason)));
    }
    element("TxInfAndSts", &inner)
}

fn report(
    report_id: &str,
    original: Original<'_>,
    group: &str,
    payments: &str,
    now: &Zoned,
) -> String {
    let header = leaf("MsgId", report_id) + &leaf("CreDtTm", &instant(now));
    let original =
        leaf("OrgnlMsgId", original.message_id) + &leaf("OrgnlMsgNmId", original.name) + group;
    let inner = element("GrpHdr", &header) + &element("OrgnlGrpInfAndSts", &original) + payments;
    document(PAIN_002, &element("CstmrPmtStsRpt", &inner))
}

/// The notification of one entry.
#[must_use]
pub fn notification(notification_id: &str, entry: &Entry<'_>, now: &Zoned) -> String {
    let header = leaf("MsgId", notification_id) + &leaf("CreDtTm", &instant(now));
    let account = element("Acct", &account_id(entry.account));
    let inner = leaf("Id", notification_id)
        + &leaf("CreDtTm", &instant(now))
        + &account
        + &element("Ntry", &entry_content(entry, now));
    let message = element("GrpHdr", &header) + &element("Ntfctn", &inner);
    document(CAMT_054, &element("BkToCstmrDbtCdtNtfctn", &message))
}

/// The statement of a day with that entry and no other, in the form of version 2: plain status,
/// parties without `Pty`, the amount of the transaction among its details.
#[must_use]
pub fn statement(statement_id: &str, entry: &Entry<'_>, now: &Zoned) -> String {
    let header = leaf("MsgId", statement_id) + &leaf("CreDtTm", &instant(now));
    let day = now.date().to_string();
    let balance = |code: &str, amount: &str, sign: &str| {
        let kind = element("Tp", &element("CdOrPrtry", &leaf("Cd", code)));
        let date = element("Dt", &leaf("Dt", &day));
        element(
            "Bal",
            &(kind + &money(entry.currency, amount, sign) + &date),
        )
    };
    let amount = currency_amount(entry.currency, entry.amount);
    let details = element("Refs", &references(entry))
        + &element("AmtDtls", &element("TxAmt", &amount))
        + &parties(entry, |name| name)
        + &remittance(entry)
        + &return_reason(entry);
    let content = money(entry.currency, entry.amount, sign(entry))
        + &reversal(entry)
        + &leaf("Sts", entry.status)
        + &dates(entry, &day)
        + &leaf("AcctSvcrRef", entry.reference)
        + &code(entry)
        + &element("NtryDtls", &element("TxDtls", &details));
    let inner = leaf("Id", statement_id)
        + &leaf("CreDtTm", &instant(now))
        + &element("Acct", &account_id(entry.account))
        + &balance("OPBD", "0.00", "CRDT")
        + &balance("CLBD", entry.amount, sign(entry))
        + &element("Ntry", &content);
    let message = element("GrpHdr", &header) + &element("Stmt", &inner);
    document(CAMT_053, &element("BkToCstmrStmt", &message))
}

fn entry_content(entry: &Entry<'_>, now: &Zoned) -> String {
    let day = now.date().to_string();
    let amount = money(entry.currency, entry.amount, sign(entry));
    let details = element("Refs", &references(entry))
        + &amount
        + &parties(entry, |name| element("Pty", &name))
        + &remittance(entry)
        + &return_reason(entry);
    amount
        + &reversal(entry)
        + &element("Sts", &leaf("Cd", entry.status))
        + &dates(entry, &day)
        + &leaf("AcctSvcrRef", entry.reference)
        + &code(entry)
        + &element("NtryDtls", &element("TxDtls", &details))
}

fn code(entry: &Entry<'_>) -> String {
    let [domain, family, sub_family] = entry.code;
    let family = leaf("Cd", family) + &leaf("SubFmlyCd", sub_family);
    let domain = leaf("Cd", domain) + &element("Fmly", &family);
    element("BkTxCd", &element("Domn", &domain))
}

fn references(entry: &Entry<'_>) -> String {
    let origin = &entry.origin;
    leaf("MsgId", origin.message_id)
        + &leaf("AcctSvcrRef", entry.reference)
        + &leaf("PmtInfId", origin.payment_id)
        + &leaf("EndToEndId", origin.end_to_end_id)
        + &leaf("MndtId", origin.mandate)
}

fn parties(entry: &Entry<'_>, wrapped: impl Fn(String) -> String) -> String {
    let party = &entry.party;
    let (name, account) = match party.role {
        Role::Debtor => ("Dbtr", "DbtrAcct"),
        Role::Creditor => ("Cdtr", "CdtrAcct"),
    };
    let mut inner = String::new();
    if !party.name.is_empty() {
        inner += &element(name, &wrapped(leaf("Nm", party.name)));
    }
    if !party.account.is_empty() {
        inner += &element(account, &account_id(party.account));
    }
    within("RltdPties", &inner)
}

fn remittance(entry: &Entry<'_>) -> String {
    let Remittance { reference, text } = entry.remittance;
    let kind = element("CdOrPrtry", &leaf("Cd", "SCOR"));
    let structured = element("Tp", &kind) + &leaf("Ref", reference);
    let structured = if reference.is_empty() {
        String::new()
    } else {
        element("Strd", &element("CdtrRefInf", &structured))
    };
    within("RmtInf", &(leaf("Ustrd", text) + &structured))
}

fn sign(entry: &Entry<'_>) -> &'static str {
    match entry.direction {
        Direction::Credit => "CRDT",
        Direction::Debit => "DBIT",
    }
}

fn reversal(entry: &Entry<'_>) -> String {
    let flag = entry.returned.map_or("", |_| "true");
    leaf("RvslInd", flag)
}

fn return_reason(entry: &Entry<'_>) -> String {
    let reason = |code| element("RtrInf", &element("Rsn", &leaf("Cd", code)));
    entry.returned.map_or_else(String::new, reason)
}

fn dates(entry: &Entry<'_>, day: &str) -> String {
    let value = entry.value.unwrap_or(day);
    element("BookgDt", &leaf("Dt", day)) + &element("ValDt", &leaf("Dt", value))
}

fn money(currency: &str, amount: &str, sign: &str) -> String {
    currency_amount(currency, amount) + &leaf("CdtDbtInd", sign)
}

fn currency_amount(currency: &str, amount: &str) -> String {
    format!("<Amt Ccy=\"{}\">{}</Amt>", escape(currency), escape(amount))
}

fn account_id(number: &str) -> String {
    let bytes = number.as_bytes();
    let iban = bytes.len() > 4
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    let inner = if iban {
        leaf("IBAN", number)
    } else {
        element("Othr", &leaf("Id", number))
    };
    element("Id", &inner)
}

fn document(namespace: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"{namespace}\">{inner}</Document>"
    )
}

fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// An element with what is in it, or nothing when nothing is.
fn within(name: &str, inner: &str) -> String {
    if inner.is_empty() {
        return String::new();
    }
    element(name, inner)
}

/// An element with text, or nothing when there is no text.
fn leaf(name: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    element(name, &escape(text))
}

fn instant(now: &Zoned) -> String {
    now.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
