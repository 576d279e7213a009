//! The dispute (`PROTOCOL.md` section 10): a customer's word that something of a bill is not owed.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{
    AccountId, BillId, Currency, CustomerId, DisputeId, DisputeOutcome, DisputeReason, UserId,
};
use wattkey_pki::Digest;

use crate::{
    json::{DocumentError, check_minor, check_text, required},
    lines::{Label, Line, Value},
    order::Named,
    signed::{self, Document, MAX_NAME, Signed, check_common},
    time,
};

/// `typ` of a dispute.
pub const TYPE: &str = "wattkey-dispute+jws";
/// Most characters of the customer's words, and of the answer's.
pub const MAX_TEXT: usize = 500;
/// The highest number of a line.
pub const MAX_LINE: u32 = 10_000;

/// A dispute that is not signed yet.
pub type Draft = signed::Draft<Dispute>;
/// A signed dispute.
pub type SignedDispute = Signed<Dispute>;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Made by the client.
    pub dispute: DisputeId,
    /// The payment service.
    pub audience: String,
    /// Whose bill.
    pub customer: Named<CustomerId>,
    /// Who signs.
    pub user: Named<UserId>,
    /// What is disputed; none withdraws the dispute of this id.
    #[serde(deserialize_with = "required")]
    pub terms: Option<Terms>,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be taken.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// What is disputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = dispute::Terms)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The bill.
    pub bill: BillId,
    /// Digest of the bill's document.
    pub document: Digest,
    /// The line, from 1; none is the whole bill.
    #[serde(deserialize_with = "required")]
    pub line: Option<u32>,
    /// How much of the bill is not owed, in minor units.
    pub amount: i64,
    /// Of the bill.
    pub currency: Currency,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in the customer's words.
    pub text: String,
}

impl Document for Dispute {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("customer.name", &self.customer.name, MAX_NAME)?;
        if let Some(terms) = &self.terms {
            terms.check()?;
        }
        check_common(self)
    }

    fn lines(&self) -> Vec<Line> {
        let step = if self.terms.is_some() {
            "opened"
        } else {
            "withdrawn"
        };
        let mut lines = vec![
            Line::named(Label::Customer, &self.customer),
            Line::named(Label::User, &self.user),
            Line::word(Label::DisputeStep, "dispute", step),
        ];
        lines.extend(self.terms.iter().flat_map(Terms::lines));
        lines.extend([
            Line::time(Label::Created, self.created),
            Line::time(Label::Expires, self.expires),
            Line::text(Label::Dispute, self.dispute),
            Line::text(Label::Audience, &self.audience),
        ]);
        lines
    }

    signed::members!(dispute, customer);
}

impl Terms {
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        if self
            .line
            .is_some_and(|line| !(1..=MAX_LINE).contains(&line))
        {
            return Err(DocumentError::new(format!(
                "terms.line is not within 1 and {MAX_LINE}"
            )));
        }
        check_minor("terms.amount", self.amount, 1)?;
        check_text("terms.text", &self.text, MAX_TEXT)
    }

    /// What the user is shown of the terms, also of those that hold already.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let line = match self.line {
            Some(line) => Value::Text(line.to_string()),
            None => Value::Word("dispute-line", "all"),
        };
        vec![
            Line::text(Label::Bill, &self.bill),
            Line::new(Label::DisputeLine, line),
            Line::money(Label::DisputeAmount, self.amount, self.currency),
            Line::word(Label::DisputeReason, "dispute-reason", self.reason.as_str()),
            Line::text(Label::DisputeText, &self.text),
            Line::text(Label::Document, self.document),
        ]
    }
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DisputeState {
    /// It waits for an answer.
    Open,
    /// The customer took it back.
    Withdrawn,
    /// It was answered.
    Answered,
}

impl DisputeState {
    /// Stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Withdrawn => "withdrawn",
            Self::Answered => "answered",
        }
    }
}

/// `POST /v1/disputes`, and an entry of `GET /v1/disputes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DisputeView {
    /// The dispute.
    pub dispute: DisputeId,
    /// Digest of the signed payload that opened it.
    pub digest: Digest,
    /// Whose bill.
    pub customer: Named<CustomerId>,
    /// The bill's contract account.
    pub account: AccountId,
    /// Who opened it.
    pub user: Named<UserId>,
    /// What is disputed.
    pub terms: Terms,
    /// How it stands.
    pub state: DisputeState,
    /// When it was opened.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// The first day for which the disputed part owes no penalty.
    pub from: Date,
    /// The last such day; none while the dispute is open.
    pub until: Option<Date>,
    /// When and by whom it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
    /// The power company's answer.
    pub answer: Option<Answer>,
}

/// A withdrawal of a dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Withdrawal {
    /// Digest of the signed payload that withdrew it.
    pub digest: Digest,
    /// Who withdrew it.
    pub user: Named<UserId>,
    /// When.
    #[serde(with = "time")]
    pub at: Timestamp,
}

/// An answer to a dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// Who is right.
    pub outcome: DisputeOutcome,
    /// The power company's words.
    pub text: String,
    /// The day of the answer.
    pub answered: Date,
    /// When it was taken into the books.
    #[serde(with = "time")]
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::signed::parse;

    fn sample() -> Json {
        json!({
            "dispute": "6c1d0e4f-2a3b-4c5d-8e6f-708192a3b4c5",
            "audience": "https://pay.example",
            "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
            "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
            "terms": {"bill": "B-202608-0001", "document": Digest::of(b"bill"), "line": 3,
                "amount": 120_000, "currency": "CNY", "reason": "quantity", "text": "The meter stood."},
            "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
        })
    }

    fn read(json: &Json) -> Result<Dispute, DocumentError> {
        parse(json.to_string().as_bytes())
    }

    #[test]
    fn what_is_signed_is_what_is_read() {
        let document = read(&sample()).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), sample());
        let mut withdrawn = sample();
        withdrawn["terms"] = Json::Null;
        assert_eq!(read(&withdrawn).unwrap().terms, None);
    }

    #[test]
    fn terms_that_cannot_be_are_refused() {
        for (pointer, value, says) in [
            ("/terms/line", json!(0), "terms.line"),
            ("/terms/line", json!(10_001), "terms.line"),
            ("/terms/amount", json!(0), "terms.amount"),
            ("/terms/amount", json!(1_i64 << 53), "terms.amount"),
            ("/terms/reason", json!("because"), "unknown variant"),
            ("/terms/currency", json!("XXX"), "currency"),
            ("/terms/text", json!(""), "terms.text"),
            ("/terms/text", json!("a".repeat(501)), "500"),
            ("/terms/text", json!("a\u{202e}b"), "control"),
            ("/customer/name", json!(""), "customer.name"),
            ("/expires", json!("2026-11-22T08:15:01Z"), "900 seconds"),
        ] {
            let mut document = sample();
            *document.pointer_mut(pointer).unwrap() = value;
            let error = read(&document).unwrap_err().to_string();
            assert!(error.contains(says), "{pointer}: {error}");
        }
        for (object, member) in [
            ("", "terms"),
            ("", "customer"),
            ("/terms", "line"),
            ("/terms", "document"),
            ("/terms", "text"),
        ] {
            let mut document = sample();
            let object = document.pointer_mut(object).unwrap();
            object.as_object_mut().unwrap().remove(member);
            let error = read(&document).unwrap_err().to_string();
            let says = format!("missing field `{member}`");
            assert!(error.contains(&says), "{error}");
        }
    }

    #[test]
    fn every_member_is_shown() {
        let shown = read(&sample()).unwrap().lines();
        for (pointer, value) in [
            ("/dispute", json!("6c1d0e4f-2a3b-4c5d-8e6f-708192a3b4c6")),
            ("/audience", json!("https://other.example")),
            (
                "/customer/id",
                json!("0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5969"),
            ),
            ("/customer/name", json!("Other Steel")),
            ("/user/id", json!("2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f8")),
            ("/user/name", json!("Zhao Lei")),
            ("/terms", Json::Null),
            ("/terms/bill", json!("B-2")),
            ("/terms/document", json!(Digest::of(b"other"))),
            ("/terms/line", Json::Null),
            ("/terms/line", json!(4)),
            ("/terms/amount", json!(1)),
            ("/terms/currency", json!("EUR")),
            ("/terms/reason", json!("other")),
            ("/terms/text", json!("It was off.")),
            ("/created", json!("2026-11-22T08:00:01Z")),
            ("/expires", json!("2026-11-22T08:14:00Z")),
        ] {
            let mut document = sample();
            *document.pointer_mut(pointer).unwrap() = value;
            assert_ne!(read(&document).unwrap().lines(), shown, "{pointer}");
        }
    }
}
