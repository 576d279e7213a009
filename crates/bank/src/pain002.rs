//! The bank's status report on a direct debit: customer payment status report, pain.002.001.02
//! and later.
//!
//! A report speaks of the whole message, of its payments, of their transactions, or of any of
//! them. It never says that money has moved: only a booked entry of [`crate::camt054`] does.

use std::borrow::Cow;

use crate::identifier::as_we_write;
use crate::xml::{self, Element, MessageName, ReadError};

/// How documents name it.
pub(crate) const NAME: MessageName = MessageName {
    namespace: "pain.002.",
    element: "CstmrPmtStsRpt",
};
/// The element that holds it in version 2.
const VERSION_2: &str = "pain.002.001.02";

/// The most reasons that an outcome repeats of the levels that hold for it.
const MAX_REASONS: usize = 8;
/// Reasons that name a duplicate (ISO 20022 external status reasons): of a payment, message,
/// payment information, transaction, `EndToEndId`, instruction.
const DUPLICATE: [&str; 6] = ["AM05", "DU01", "DU02", "DU03", "DU04", "DU05"];

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The report's own `MsgId`.
    pub message_id: String,
    /// `MsgId` of the message reported on.
    pub original_message_id: String,
    /// Status of the whole message, if the report has one.
    pub group: Judgement,
    /// What it says of payments.
    pub payments: Vec<PaymentStatus>,
}

/// What a report says of one payment (`OrgnlPmtInfAndSts`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentStatus {
    /// `OrgnlPmtInfId`.
    pub payment_id: Option<String>,
    /// Its status, if the report has one.
    pub judgement: Judgement,
    /// What it says of transactions.
    pub transactions: Vec<TransactionStatus>,
}

/// What a report says of one transaction (`TxInfAndSts`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionStatus {
    /// `OrgnlEndToEndId`.
    pub end_to_end_id: Option<String>,
    /// Its status, if the report has one.
    pub judgement: Judgement,
}

/// A status at one level, with reasons. Both may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The status.
    pub status: Option<Status>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether one of the reasons names a duplicate.
    names_duplicate: bool,
}

/// A status code of ISO 20022, such as `ACSP` or `RJCT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status(String);

impl Status {
    /// Whether it says `RJCT`. Every other status is a stage on the way. What counts for an order
    /// is [`Outcome::is_rejection`].
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.0 == "RJCT"
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// A reason, such as `AM04` (insufficient funds).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Code of ISO 20022's external list, or the bank's own.
    pub code: Option<String>,
    /// What the bank adds.
    pub text: Vec<String>,
}

/// What a report means for one reference of ours. What an outer level says is not repeated for each
/// transaction within: a report with many of both would fill the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<'r> {
    /// `EndToEndId`, or `MsgId` where the report names no transaction; ours as we write them.
    pub reference: Cow<'r, str>,
    /// The status that counts.
    pub status: &'r Status,
    /// Why, as the levels say that hold for it; the nearest first, eight at most.
    pub reasons: Vec<&'r Reason>,
    /// Whether any level that holds for it names a duplicate.
    names_duplicate: bool,
}

impl Outcome<'_> {
    /// Whether nothing will be collected under this reference.
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        self.status.is_rejected() && !self.is_duplicate()
    }

    /// Whether the bank refuses a second copy of what it has. The first one may be collected, so
    /// that this says nothing about the order. It may stand at any level, with other reasons at others.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.status.is_rejected() && self.names_duplicate
    }
}

/// Reads a report.
///
/// # Errors
/// When `bytes` is no such message, or exceeds a bound.
pub fn read(bytes: &[u8]) -> Result<StatusReport, ReadError> {
    let (document, _) = xml::read(bytes, &[NAME])?;
    report(&document)
}

/// From the document's tree.
pub(crate) fn report(document: &Element) -> Result<StatusReport, ReadError> {
    let (report, flat) = match document.child(VERSION_2) {
        Some(report) => (report, true),
        None => (document.required("CstmrPmtStsRpt")?, false),
    };
    let original = report.required("OrgnlGrpInfAndSts")?;
    let header = report.required("GrpHdr")?;
    Ok(StatusReport {
        message_id: header.required_short("MsgId")?,
        original_message_id: original.required_short("OrgnlMsgId")?,
        group: judgement(original, "GrpSts")?,
        payments: if flat {
            let lone = report.children("TxInfAndSts").map(lone);
            lone.collect::<Result<_, _>>()?
        } else {
            let payments = report.children("OrgnlPmtInfAndSts").map(payment);
            payments.collect::<Result<_, _>>()?
        },
    })
}

/// Version 2 has no level of payments: each transaction names its own.
fn lone(element: &Element) -> Result<PaymentStatus, ReadError> {
    Ok(PaymentStatus {
        payment_id: element.short_at(&["OrgnlPmtInfId"])?,
        judgement: Judgement::default(),
        transactions: vec![transaction(element)?],
    })
}

fn payment(element: &Element) -> Result<PaymentStatus, ReadError> {
    let transactions = element.children("TxInfAndSts").map(transaction);
    Ok(PaymentStatus {
        payment_id: element.short_at(&["OrgnlPmtInfId"])?,
        judgement: judgement(element, "PmtInfSts")?,
        transactions: transactions.collect::<Result<_, _>>()?,
    })
}

fn transaction(element: &Element) -> Result<TransactionStatus, ReadError> {
    Ok(TransactionStatus {
        end_to_end_id: element.short_at(&["OrgnlEndToEndId"])?,
        judgement: judgement(element, "TxSts")?,
    })
}

fn judgement(element: &Element, status: &str) -> Result<Judgement, ReadError> {
    let reasons = element.children("StsRsnInf").map(reason);
    let reasons = reasons.collect::<Result<Vec<_>, _>>()?;
    let mut codes = reasons.iter().filter_map(|reason| reason.code.as_deref());
    Ok(Judgement {
        status: element.short_at(&[status])?.map(Status),
        names_duplicate: codes.any(|code| DUPLICATE.contains(&code)),
        reasons,
    })
}

/// The names are longer in version 2.
fn reason(element: &Element) -> Result<Reason, ReadError> {
    let code = element.child("Rsn").or_else(|| element.child("StsRsn"));
    let lines = element
        .children("AddtlInf")
        .chain(element.children("AddtlStsRsnInf"));
    let code = match code {
        None => None,
        Some(code) => match code.short_at(&["Cd"])? {
            Some(code) => Some(code),
            None => code.short_at(&["Prtry"])?,
        },
    };
    Ok(Reason {
        code,
        text: lines
            .filter_map(|line| line.text().map(str::to_owned))
            .collect(),
    })
}

impl StatusReport {
    /// One outcome per transaction that the report names, else one for the message. A rejection
    /// at an outer level holds for all within; else the innermost status counts.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome<'_>> {
        let mut outcomes = Vec::new();
        for payment in &self.payments {
            for transaction in &payment.transactions {
                let levels = [&self.group, &payment.judgement, &transaction.judgement];
                let reference = transaction.end_to_end_id.as_deref();
                outcomes.extend(self.outcome(reference, &levels));
            }
            if payment.transactions.is_empty() {
                outcomes.extend(self.outcome(None, &[&self.group, &payment.judgement]));
            }
        }
        if self.payments.is_empty() {
            outcomes.extend(self.outcome(None, &[&self.group]));
        }
        outcomes
    }

    /// `levels` from the outermost to the innermost.
    fn outcome<'r>(
        &'r self,
        reference: Option<&'r str>,
        levels: &[&'r Judgement],
    ) -> Option<Outcome<'r>> {
        let statuses = || levels.iter().filter_map(|level| level.status.as_ref());
        let status = statuses()
            .find(|status| status.is_rejected())
            .or_else(|| statuses().next_back())?;
        let reasons = levels.iter().rev().flat_map(|level| &level.reasons);
        Some(Outcome {
            reference: as_we_write(reference.unwrap_or(&self.original_message_id)),
            status,
            reasons: reasons.take(MAX_REASONS).collect(),
            names_duplicate: levels.iter().any(|level| level.names_duplicate),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.";

    fn report(version: &str, group: &str, payments: &str) -> StatusReport {
        let text = format!(
            "<Document xmlns=\"{NAMESPACE}{version}\"><CstmrPmtStsRpt>\
             <GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-09-01T08:00:00</CreDtTm></GrpHdr>\
             <OrgnlGrpInfAndSts><OrgnlMsgId>WK1</OrgnlMsgId>\
             <OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>{payments}\
             </CstmrPmtStsRpt></Document>"
        );
        read(text.as_bytes()).unwrap()
    }

    fn payment(status: &str, transactions: &str) -> String {
        format!(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>WK1</OrgnlPmtInfId>{status}{transactions}\
             </OrgnlPmtInfAndSts>"
        )
    }

    fn transaction(reference: &str, status: &str, reason: &str) -> String {
        format!(
            "<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>\
             <StsRsnInf><Orgtr><Nm>Bank</Nm></Orgtr><Rsn><Cd>{reason}</Cd></Rsn>\
             <AddtlInf>one</AddtlInf><AddtlInf>two</AddtlInf></StsRsnInf></TxInfAndSts>"
        )
    }

    fn summary(report: &StatusReport) -> Vec<(String, String, Option<String>)> {
        let first = |outcome: &Outcome<'_>| outcome.reasons.first().and_then(|r| r.code.clone());
        report
            .outcomes()
            .iter()
            .map(|o| {
                (
                    o.reference.to_string(),
                    o.status.code().to_owned(),
                    first(o),
                )
            })
            .collect()
    }

    #[test]
    fn the_innermost_status_counts() {
        let transactions = transaction("E-1", "RJCT", "AM04") + &transaction("E-2", "ACSP", "G000");
        let payments = payment("<PmtInfSts>PART</PmtInfSts>", &transactions);
        for version in ["001.03", "001.10", "001.14"] {
            let report = report(version, "<GrpSts>PART</GrpSts>", &payments);
            let wanted = [
                ("E-1".into(), "RJCT".into(), Some("AM04".into())),
                ("E-2".into(), "ACSP".into(), Some("G000".into())),
            ];
            assert_eq!(summary(&report), wanted);
            let reasons = &report.payments[0].transactions[0].judgement.reasons;
            assert_eq!(reasons[0].text, ["one", "two"]);
        }
    }

    #[test]
    fn version_2_has_no_payments_and_longer_names() {
        let text = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.02\"><pain.002.001.02>\
             <GrpHdr><MsgId>S-1</MsgId></GrpHdr>\
             <OrgnlGrpInfAndSts><OrgnlMsgId>WK1</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>\
             <TxInfAndSts><OrgnlPmtInfId>P-1</OrgnlPmtInfId><OrgnlEndToEndId>E-1</OrgnlEndToEndId>\
             <TxSts>RJCT</TxSts><StsRsnInf><StsRsn><Cd>AC04</Cd></StsRsn>\
             <AddtlStsRsnInf>closed</AddtlStsRsnInf></StsRsnInf></TxInfAndSts>\
             <TxInfAndSts><OrgnlEndToEndId>E-2</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts>\
             </pain.002.001.02></Document>";
        let report = read(text.as_bytes()).unwrap();
        let wanted = [
            ("E-1".into(), "RJCT".into(), Some("AC04".into())),
            ("E-2".into(), "ACSP".into(), None),
        ];
        assert_eq!(summary(&report), wanted);
        let reasons = &report.payments[0].transactions[0].judgement.reasons;
        assert_eq!(reasons[0].text, ["closed"]);
    }

    #[test]
    fn namespaces_of_a_country_and_none_at_all_are_read() {
        let inner = "<CstmrPmtStsRpt><GrpHdr><MsgId>S</MsgId></GrpHdr><OrgnlGrpInfAndSts>\
                     <OrgnlMsgId>WK1</OrgnlMsgId><GrpSts>ACTC</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt>";
        for namespace in [
            " xmlns=\"http://www.six-interbank-clearing.com/de/pain.002.001.03.ch.02.xsd\"",
            " xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.003.03\"",
            "",
        ] {
            let text = format!("<Document{namespace}>{inner}</Document>");
            assert_eq!(
                read(text.as_bytes()).unwrap().outcomes().len(),
                1,
                "{namespace}"
            );
        }
        let enveloped = format!(
            "<e:Env xmlns:e=\"urn:e\"><AppHdr xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\">\
             <BizMsgIdr>B</BizMsgIdr></AppHdr><Document>{inner}</Document></e:Env>"
        );
        assert_eq!(
            read(enveloped.as_bytes()).unwrap().original_message_id,
            "WK1"
        );
    }

    #[test]
    fn a_rejection_of_the_whole_holds_for_all_within() {
        let group = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Prtry>X1</Prtry></Rsn></StsRsnInf>";
        let wanted = |reference: &str| (reference.to_owned(), "RJCT".into(), Some("X1".into()));
        assert_eq!(summary(&report("001.10", group, "")), [wanted("WK1")]);
        let inner = payment(
            "",
            "<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId></TxInfAndSts>",
        );
        assert_eq!(summary(&report("001.10", group, &inner)), [wanted("E-1")]);
    }

    /// The bank has the first copy, and collects it: the order must not be taken for rejected.
    #[test]
    fn a_second_copy_that_is_refused_rejects_nothing() {
        let judged = |group: &str, inner: &str| {
            let report = report("001.10", group, inner);
            let outcome = report.outcomes().remove(0);
            (outcome.is_duplicate(), outcome.is_rejection())
        };
        for code in ["AM05", "DU01", "DU02", "DU03", "DU04", "DU05"] {
            let group =
                format!("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>");
            assert_eq!(judged(&group, ""), (true, false), "{code}");
            let inner = payment("", &transaction("E-1", "RJCT", code));
            assert_eq!(judged("", &inner), (true, false), "{code}");
        }
        let other = payment("", &transaction("E-1", "RJCT", "AM04"));
        assert_eq!(judged("", &other), (false, true));
        let accepted = payment("", &transaction("E-1", "ACSP", "DU01"));
        assert_eq!(judged("", &accepted), (false, false));
    }

    /// What is said of the whole counts for each transaction, and is not repeated with each.
    #[test]
    fn many_reasons_and_many_transactions_do_not_multiply() {
        const MANY: usize = 20_000;
        let reason = |code: &str| format!("<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>");
        let group = format!("{}{}", reason("AC04").repeat(MANY), reason("DU01"));
        let group = format!("<GrpSts>RJCT</GrpSts>{group}");
        let payments = payment("", &"<TxInfAndSts/>".repeat(MANY));
        let report = report("001.10", &group, &payments);
        let outcomes = report.outcomes();
        assert_eq!(outcomes.len(), MANY);
        let repeated: usize = outcomes.iter().map(|one| one.reasons.len()).sum();
        assert_eq!(repeated, MAX_REASONS * MANY);
        assert!(outcomes.iter().all(Outcome::is_duplicate));
    }

    #[test]
    fn an_identifier_has_a_bound() {
        let long = "x".repeat(xml::MAX_SHORT_BYTES + 1);
        let inner = payment("", &transaction(&long, "RJCT", "AM04"));
        let text = format!(
            "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>S</MsgId></GrpHdr><OrgnlGrpInfAndSts>\
             <OrgnlMsgId>WK1</OrgnlMsgId></OrgnlGrpInfAndSts>{inner}</CstmrPmtStsRpt></Document>"
        );
        assert!(matches!(
            read(text.as_bytes()),
            Err(ReadError::Bound { .. })
        ));
    }

    /// The duplicate may be said of the whole and something else of the transaction, or the other
    /// way round.
    #[test]
    fn a_second_copy_is_one_at_whatever_level_the_bank_says_so() {
        let why = |code: &str| format!("<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>");
        for (group, middle, inner) in [
            ("AM05", "AC04", "MS03"),
            ("AC04", "DU02", "MS03"),
            ("AC04", "MS03", "DU03"),
        ] {
            let group_part = format!("<GrpSts>RJCT</GrpSts>{}", why(group));
            let middle_part = format!("<PmtInfSts>RJCT</PmtInfSts>{}", why(middle));
            let payments = payment(&middle_part, &transaction("E-1", "RJCT", inner));
            let report = report("001.10", &group_part, &payments);
            let outcome = report.outcomes().remove(0);
            assert!(
                outcome.is_duplicate() && !outcome.is_rejection(),
                "{outcome:?}"
            );
            let codes: Vec<_> = outcome
                .reasons
                .iter()
                .map(|reason| reason.code.as_deref().unwrap())
                .collect();
            assert_eq!(codes, [inner, middle, group]);
        }
    }

    #[test]
    fn our_reference_in_capitals_is_the_same_one() {
        let ours = "WK7d3f0b4e41c34c449b6a111213141516";
        for written in [ours, &ours.to_uppercase()] {
            let payments = payment("", &transaction(written, "RJCT", "AM04"));
            let report = report("001.10", "", &payments);
            assert_eq!(report.outcomes()[0].reference, ours);
        }
    }

    #[test]
    fn a_report_without_status_says_nothing() {
        assert_eq!(summary(&report("001.10", "", "")), []);
    }

    #[test]
    fn other_messages_and_other_elements_are_told_apart() {
        let other = b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08\"/>";
        assert!(matches!(read(other), Err(ReadError::Message { .. })));
        let empty = format!("<Document xmlns=\"{NAMESPACE}001.10\"><CstmrPmtStsRpt/></Document>");
        assert!(matches!(
            read(empty.as_bytes()),
            Err(ReadError::Missing {
                element: "OrgnlGrpInfAndSts",
                ..
            })
        ));
        let report = report(
            "001.10",
            "<New><GrpSts>RJCT</GrpSts></New><GrpSts>ACTC</GrpSts>",
            "",
        );
        assert_eq!(report.outcomes()[0].status.code(), "ACTC");
    }
}
