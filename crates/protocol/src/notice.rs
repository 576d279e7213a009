//! Notices to a customer whose bills are overdue, and their acknowledgement (`PROTOCOL.md`
//! section 10); the managers' plans to cut supply.
//!
//! A notice has no signature: it is served over the session, and what counts is who said with the
//! USB key that it was read.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::arrears::notice::NoticeKind;
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, NoticeId, UserId};
use wattkey_pki::Digest;

use crate::{
    json::{DocumentError, check_minor, check_text, read},
    lines::{Label, Line},
    order::Named,
    signed::{self, Document, MAX_NAME, Signed, check_common},
    time,
};

/// `typ` of an acknowledgement.
pub const TYPE: &str = "wattkey-notice-acknowledgement+jws";
/// Most bills of one notice.
pub const MAX_BILLS: usize = 500;
/// Most bytes of a notice.
pub const MAX_NOTICE: usize = 128 * 1024;

/// An acknowledgement that is not signed yet.
pub type Draft = signed::Draft<Acknowledgement>;
/// A signed acknowledgement.
pub type SignedAcknowledgement = Signed<Acknowledgement>;

/// A notice. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeDocument {
    /// Made by the platform.
    pub notice: NoticeId,
    /// The payment service.
    pub audience: String,
    /// To whom.
    pub customer: Named<CustomerId>,
    /// The contract account.
    pub account: AccountId,
    /// What it says.
    pub kind: NoticeKind,
    /// The overdue bills, the oldest due first.
    pub bills: Vec<NoticeBill>,
    /// What all of them take, with penalties.
    pub total: i64,
    /// Of all amounts.
    pub currency: Currency,
    /// When it was served.
    #[serde(with = "time")]
    pub served: Timestamp,
    /// When supply is going to be cut; none in a demand.
    #[serde(with = "time::optional")]
    pub cut_off: Option<Timestamp>,
}

/// A bill in a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeBill {
    /// The bill.
    pub bill: BillId,
    /// The last day without penalty.
    #[serde(with = "time::date")]
    pub due: Date,
    /// What is open of it, less what is disputed.
    pub open: i64,
    /// The penalty of that, on the day of the notice.
    pub penalty: i64,
}

/// The acknowledgement: its user has read the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// The notice.
    pub notice: NoticeId,
    /// Digest of the notice's bytes.
    pub notice_digest: Digest,
    /// The payment service.
    pub audience: String,
    /// To whom the notice was served.
    pub customer: Named<CustomerId>,
    /// Who has read it.
    pub user: Named<UserId>,
    /// When.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be taken.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

impl NoticeDocument {
    /// Reads a notice.
    ///
    /// # Errors
    /// When it breaks section 10.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        if bytes.len() > MAX_NOTICE {
            return Err(DocumentError::new(format!(
                "the notice has over {MAX_NOTICE} bytes"
            )));
        }
        let notice: Self = read(bytes)?;
        notice.check()?;
        Ok(notice)
    }

    /// The bytes that are kept and served.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers are JSON")
    }

    fn check(&self) -> Result<(), DocumentError> {
        check_text("customer.name", &self.customer.name, MAX_NAME)?;
        check_text("audience", &self.audience, MAX_NAME)?;
        if self.bills.is_empty() || self.bills.len() > MAX_BILLS {
            return Err(DocumentError::new(format!(
                "a notice names 1 to {MAX_BILLS} bills"
            )));
        }
        let mut sum = 0_i64;
        for bill in &self.bills {
            check_minor("bills.open", bill.open, 1)?;
            check_minor("bills.penalty", bill.penalty, 0)?;
            let more = bill.open.checked_add(bill.penalty);
            sum = more
                .and_then(|more| sum.checked_add(more))
                .ok_or_else(|| DocumentError::new("the bills' sum cannot be expressed"))?;
        }
        check_minor("total", self.total, 1)?;
        if sum != self.total {
            return Err(DocumentError::new("total is not the sum of the bills"));
        }
        if (self.kind == NoticeKind::Demand) == self.cut_off.is_some() {
            return Err(DocumentError::new(
                "a demand has no cut_off, other notices have one",
            ));
        }
        Ok(())
    }
}

impl Document for Acknowledgement {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("customer.name", &self.customer.name, MAX_NAME)?;
        check_common(self)
    }

    /// What is acknowledged of the notice whose own lines stand above.
    fn lines(&self) -> Vec<Line> {
        vec![
            Line::text(Label::Notice, self.notice),
            Line::text(Label::NoticeDigest, self.notice_digest),
            Line::named(Label::Customer, &self.customer),
            Line::named(Label::User, &self.user),
            Line::time(Label::Created, self.created),
            Line::time(Label::Expires, self.expires),
            Line::text(Label::Audience, &self.audience),
        ]
    }

    signed::members!(notice, customer);
}

/// `POST /v1/notices/{notice}/acknowledgements`, and an entry of `GET /v1/notices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeView {
    /// The notice.
    pub notice: NoticeId,
    /// Digest of its bytes.
    pub digest: Digest,
    /// The contract account.
    pub account: AccountId,
    /// What it says.
    pub kind: NoticeKind,
    /// How many bills it names.
    pub bills: u32,
    /// What all of them take, with penalties.
    pub total: i64,
    /// Of the total.
    pub currency: Currency,
    /// When it was served.
    #[serde(with = "time")]
    pub served: Timestamp,
    /// When supply is going to be cut.
    #[serde(with = "time::optional")]
    pub cut_off: Option<Timestamp>,
    /// When that plan was dropped: supply is not going to be cut then.
    #[serde(default, with = "time::optional")]
    pub dropped: Option<Timestamp>,
    /// Who has read it.
    pub acknowledged: Vec<AcknowledgementView>,
}

/// Somebody has read a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AcknowledgementView {
    /// Who.
    pub user: Named<UserId>,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// Digest of the signed payload.
    pub digest: Digest,
}

/// `POST /v1/cut-offs` of the managers' listener: plans to cut the supply of a contract account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCutOff {
    /// The contract account.
    pub account: AccountId,
    /// The moment.
    #[serde(with = "time")]
    pub at: Timestamp,
}

/// An entry of `GET /v1/cut-offs`, and of `GET /v1/cut-offs/{account}`, which is there for accounts
/// without a plan too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CutOffView {
    /// The contract account.
    pub account: AccountId,
    /// Its customer.
    pub customer: Named<CustomerId>,
    /// The plan, where there is one.
    pub plan: Option<CutOffPlan>,
    /// The bills for which supply may be cut: overdue, and not disputed as a whole.
    pub bills: Vec<NoticeBill>,
    /// Of the bills; none where there is no bill.
    pub currency: Option<Currency>,
    /// What was served: the demands of those bills, and the plan's own notices.
    pub notices: Vec<NoticeView>,
    /// What the legal clock says.
    pub clock: CutOffClock,
}

/// A planned cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CutOffPlan {
    /// The moment.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// Who planned it.
    pub manager: Named<UserId>,
    /// When.
    #[serde(with = "time")]
    pub planned: Timestamp,
}

/// What the legal clock says of a contract account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CutOffClock {
    /// The earliest moment that can be planned now; none while nothing can be.
    #[serde(with = "time::optional")]
    pub earliest: Option<Timestamp>,
    /// Which notice comes next.
    pub next: Option<NoticeKind>,
    /// From when it is served.
    #[serde(with = "time::optional")]
    pub next_from: Option<Timestamp>,
    /// Whether supply may be cut at the planned moment as it stands now.
    pub may_cut: bool,
    /// What is in its way, in English.
    pub missing: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::signed::parse;

    fn notice() -> Json {
        json!({
            "notice": "7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d6",
            "audience": "https://pay.example",
            "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
            "account": "C-0001", "kind": "cut-off",
            "bills": [{"bill": "B-1", "due": "2026-10-15", "open": 1_234_500, "penalty": 2_469}],
            "total": 1_236_969, "currency": "CNY",
            "served": "2026-12-15T01:00:00Z", "cut_off": "2026-12-20T01:00:00Z",
        })
    }

    fn acknowledgement() -> Json {
        json!({
            "notice": "7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d6",
            "notice_digest": Digest::of(b"notice"),
            "audience": "https://pay.example",
            "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
            "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
            "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
        })
    }

    #[test]
    fn a_notice_is_read_as_it_was_written() {
        let mut json = notice();
        for (kind, cut_off) in [
            ("cut-off", json!("2026-12-20T01:00:00Z")),
            ("last-call", json!("2026-12-20T01:00:00Z")),
            ("demand", Json::Null),
        ] {
            json["kind"] = json!(kind);
            json["cut_off"] = cut_off;
            let document = NoticeDocument::parse(json.to_string().as_bytes()).unwrap();
            let again = NoticeDocument::parse(&document.to_json()).unwrap();
            assert_eq!(again, document);
            assert_eq!(serde_json::to_value(&again).unwrap(), json);
        }
    }

    #[test]
    fn a_notice_that_cannot_be_is_refused() {
        for (pointer, value, says) in [
            ("/total", json!(1), "sum of the bills"),
            ("/bills", json!([]), "1 to 500 bills"),
            ("/bills/0/open", json!(0), "bills.open"),
            ("/bills/0/penalty", json!(-1), "bills.penalty"),
            ("/bills/0/due", json!("20261015"), "is not a date"),
            ("/kind", json!("demand"), "a demand has no cut_off"),
            ("/cut_off", Json::Null, "a demand has no cut_off"),
            ("/cut_off", json!("tomorrow"), "is not a time"),
            ("/customer/name", json!(""), "customer.name"),
        ] {
            let mut json = notice();
            *json.pointer_mut(pointer).unwrap() = value;
            let error = NoticeDocument::parse(json.to_string().as_bytes()).unwrap_err();
            assert!(error.to_string().contains(says), "{pointer}: {error}");
        }
        let mut json = notice();
        json.as_object_mut().unwrap().remove("cut_off");
        let error = NoticeDocument::parse(json.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains("missing field `cut_off`"));
        let long = vec![b' '; MAX_NOTICE + 1];
        let error = NoticeDocument::parse(&long).unwrap_err();
        assert!(error.to_string().contains("bytes"));
    }

    #[test]
    fn every_member_of_an_acknowledgement_is_shown() {
        let read = |json: &Json| parse::<Acknowledgement>(json.to_string().as_bytes());
        let document = read(&acknowledgement()).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), acknowledgement());
        let shown = document.lines();
        for (pointer, value) in [
            ("/notice", json!("7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d7")),
            ("/notice_digest", json!(Digest::of(b"other"))),
            ("/audience", json!("https://other.example")),
            ("/customer/name", json!("Other Steel")),
            ("/user/name", json!("Zhao Lei")),
            ("/created", json!("2026-11-22T08:00:01Z")),
            ("/expires", json!("2026-11-22T08:14:00Z")),
        ] {
            let mut json = acknowledgement();
            *json.pointer_mut(pointer).unwrap() = value;
            assert_ne!(read(&json).unwrap().lines(), shown, "{pointer}");
        }
        let mut late = acknowledgement();
        late["expires"] = json!("2026-11-22T08:15:01Z");
        assert!(read(&late).unwrap_err().to_string().contains("900 seconds"));
    }
}
