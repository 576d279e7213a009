//! From the tree of a message to its entries.

use jiff::civil::Date;
use wattkey_domain::Money;

use super::{
    AccountReport, Balance, BalanceKind, Counterparty, Direction, Entry, EntryStatus, Kind,
    Message, Transaction, TransactionCode,
};
use crate::amount::{self, AmountError};
use crate::xml::{Element, ReadError};

/// What banks say where there is no reference: of ISO 20022, and of SWIFT's statements before it.
const NO_REFERENCE: [&str; 2] = ["NOTPROVIDED", "NONREF"];
/// The most remittance lines that are kept of one transaction. The schema has no bound.
const MAX_REMITTANCE_LINES: usize = 20;

pub(crate) fn message(document: &Element, kind: Kind) -> Result<Message, ReadError> {
    let (name, report) = match kind {
        Kind::Statement => ("BkToCstmrStmt", "Stmt"),
        Kind::Notification => ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    };
    let message = document.required(name)?;
    let header = message.required("GrpHdr")?;
    let in_pages = !is_last_page(header.child("MsgPgntn"));
    Ok(Message {
        kind,
        message_id: header.required_short("MsgId")?,
        accounts: message
            .children(report)
            .map(|element| account(element, in_pages))
            .collect::<Result<_, _>>()?,
    })
}

/// Whether `pages` says that this is the first page and the last.
fn is_last_page(pages: Option<&Element>) -> bool {
    let Some(pages) = pages else {
        return true;
    };
    let number = pages.text_at(&["PgNb"]);
    let last = is_true(pages.text_at(&["LastPgInd"]).as_deref());
    last && matches!(number.as_deref(), None | Some("1"))
}

fn is_true(text: Option<&str>) -> bool {
    matches!(text, Some("true" | "1"))
}

fn account(element: &Element, in_pages: bool) -> Result<AccountReport, ReadError> {
    let number = account_number(element.required("Acct")?)?.ok_or(ReadError::Missing {
        parent: "Acct".into(),
        element: "Id",
    })?;
    let number_of = |name| element.text_at(&[name])?.parse().ok();
    let pages = element.child("StmtPgntn").or(element.child("NtfctnPgntn"));
    Ok(AccountReport {
        id: element.required_short("Id")?,
        account: number,
        sequence: number_of("LglSeqNb").or_else(|| number_of("ElctrncSeqNb")),
        is_partial: in_pages || !is_last_page(pages),
        balances: element
            .children("Bal")
            .map(balance)
            .collect::<Result<_, _>>()?,
        entries: element
            .children("Ntry")
            .map(entry)
            .collect::<Result<_, _>>()?,
    })
}

fn account_number(account: &Element) -> Result<Option<String>, ReadError> {
    let Some(id) = account.child("Id") else {
        return Ok(None);
    };
    // A number of its country alone (`BBAN`), as early versions have it.
    for path in [
        &["IBAN"][..],
        &["Othr", "Id"],
        &["BBAN"],
        &["PrtryAcct", "Id"],
    ] {
        if let Some(number) = id.short_at(path)? {
            return Ok(Some(number.replace(' ', "")));
        }
    }
    Ok(None)
}

fn balance(element: &Element) -> Result<Balance, ReadError> {
    let code = element
        .text_at(&["Tp", "CdOrPrtry", "Cd"])
        .or_else(|| element.text_at(&["Tp", "CdOrPrtry", "Prtry"]))
        .unwrap_or_default();
    Ok(Balance {
        kind: match code.as_str() {
            "OPBD" | "PRCD" => BalanceKind::Opening,
            "CLBD" => BalanceKind::Closing,
            _ => BalanceKind::Other(code),
        },
        amount: money(element.required("Amt")?),
        direction: direction(element.required("CdtDbtInd")?)?,
        date: date(element, "Dt"),
    })
}

fn entry(element: &Element) -> Result<Entry, ReadError> {
    let direction = direction(element.required("CdtDbtInd")?)?;
    let details = element.children("NtryDtls");
    Ok(Entry {
        reference: reference(element, &[&["AcctSvcrRef"]])?,
        amount: money(element.required("Amt")?),
        direction,
        reversal: is_true(element.text_at(&["RvslInd"]).as_deref()),
        status: status(element.required("Sts")?)?,
        booked: date(element, "BookgDt"),
        value: date(element, "ValDt"),
        code: element.child("BkTxCd").map_or(Ok(None), code)?,
        transactions: details
            .flat_map(|details| details.children("TxDtls"))
            .map(|details| transaction(details, direction))
            .collect::<Result<_, _>>()?,
    })
}

fn code(element: &Element) -> Result<Option<TransactionCode>, ReadError> {
    let [domain, family, sub_family] = [
        element.short_at(&["Domn", "Cd"])?,
        element.short_at(&["Domn", "Fmly", "Cd"])?,
        element.short_at(&["Domn", "Fmly", "SubFmlyCd"])?,
    ];
    if domain.is_none() && family.is_none() && sub_family.is_none() {
        let own = element.short_at(&["Prtry", "Cd"])?;
        return Ok(own.map(TransactionCode::Own));
    }
    Ok(Some(TransactionCode::Iso {
        domain: domain.unwrap_or_default(),
        family: family.unwrap_or_default(),
        sub_family: sub_family.unwrap_or_default(),
    }))
}

fn transaction(element: &Element, of_entry: Direction) -> Result<Transaction, ReadError> {
    // Version 2 has the amount among the details only.
    let amount = element
        .child("Amt")
        .or_else(|| element.at(&["AmtDtls", "TxAmt", "Amt"]));
    let instructed = element.at(&["AmtDtls", "InstdAmt", "Amt"]);
    let returned = element.child("RtrInf").map(|info| {
        info.text_at(&["Rsn", "Cd"])
            .or_else(|| info.text_at(&["Rsn", "Prtry"]))
            // Version 1 has it under another name.
            .or_else(|| info.text_at(&["RtrRsn", "Cd"]))
            .unwrap_or_default()
    });
    let direction = element.child("CdtDbtInd").map(direction).transpose()?;
    let structured = element.at(&["RmtInf", "Strd", "CdtrRefInf"]);
    Ok(Transaction {
        end_to_end_id: reference(element, &[&["Refs", "EndToEndId"]])?,
        reference: reference(element, &[&["Refs", "AcctSvcrRef"], &["Refs", "TxId"]])?,
        amount: amount.map(money),
        instructed: instructed.map(money),
        counterparty: counterparty(element, direction.unwrap_or(of_entry))?,
        direction,
        returned,
        creditor_reference: structured.and_then(|info| {
            info.text_at(&["Ref"])
                .or_else(|| info.text_at(&["CdtrRef"]))
        }),
        remittance: remittance(element),
    })
}

fn remittance(element: &Element) -> Vec<String> {
    let info = element.child("RmtInf");
    info.into_iter()
        .flat_map(|info| info.children("Ustrd"))
        .filter_map(|line| line.text().map(str::to_owned))
        .take(MAX_REMITTANCE_LINES)
        .collect()
}

/// Who paid what came in, and who got what went out. The names stand in `Pty` from version 8.
fn counterparty(element: &Element, direction: Direction) -> Result<Counterparty, ReadError> {
    let (party, account) = match direction {
        Direction::Credit => ("Dbtr", "DbtrAcct"),
        Direction::Debit => ("Cdtr", "CdtrAcct"),
    };
    let Some(parties) = element.child("RltdPties") else {
        return Ok(Counterparty::default());
    };
    let name = parties.child(party).and_then(|party| {
        party
            .text_at(&["Pty", "Nm"])
            .or_else(|| party.text_at(&["Nm"]))
            .or_else(|| party.text_at(&["Agt", "FinInstnId", "Nm"]))
    });
    Ok(Counterparty {
        name,
        account: parties.child(account).map_or(Ok(None), account_number)?,
    })
}

/// The first of `paths` that holds a reference.
fn reference(element: &Element, paths: &[&[&str]]) -> Result<Option<String>, ReadError> {
    for path in paths {
        let text = element.short_at(path)?;
        if let Some(text) = text.filter(|text| !NO_REFERENCE.contains(&text.as_str())) {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

fn money(element: &Element) -> Result<Money, AmountError> {
    match (element.text(), &element.currency) {
        (Some(number), Some(currency)) => amount::parse(number, currency),
        _ => Err(AmountError::Missing),
    }
}

fn direction(element: &Element) -> Result<Direction, ReadError> {
    match element.text() {
        Some("CRDT") => Ok(Direction::Credit),
        Some("DBIT") => Ok(Direction::Debit),
        other => Err(ReadError::Value {
            element: "CdtDbtInd",
            value: other.unwrap_or_default().chars().take(40).collect(),
        }),
    }
}

/// A plain code up to version 7, a choice of code and the bank's own from version 8.
fn status(element: &Element) -> Result<EntryStatus, ReadError> {
    let code = element.text_at(&["Cd"]);
    let plain = element.text().map(str::to_owned);
    match code.or(plain).as_deref() {
        Some("BOOK") => Ok(EntryStatus::Booked),
        Some("PDNG") => Ok(EntryStatus::Pending),
        Some(other) => Ok(EntryStatus::Other(other.to_owned())),
        None => match element.text_at(&["Prtry"]) {
            Some(own) => Ok(EntryStatus::Other(own)),
            None => Err(ReadError::Missing {
                parent: "Ntry".into(),
                element: "Sts",
            }),
        },
    }
}

/// A date, or the date of a time as the bank writes it. One that cannot be read counts as none.
fn date(element: &Element, name: &str) -> Option<Date> {
    let text = element
        .text_at(&[name, "Dt"])
        .or_else(|| element.text_at(&[name, "DtTm"]))
        .or_else(|| element.text_at(&[name]))?;
    text.get(..10)?.parse().ok()
}
