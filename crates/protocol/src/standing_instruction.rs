//! The standing instruction (`PROTOCOL.md` section 10): a customer's word that a deposit may pay
//! bills by itself on the day they fall due.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, Currency, CustomerId, InstructionId, UserId};

use crate::{
    json::{DocumentError, check_minor, check_text, required},
    lines::{Label, Line, TermsKind, Value},
    order::Named,
    signed::{self, Document, MAX_NAME, Signed, check_common},
    time,
};

/// `typ` of a standing instruction.
pub const TYPE: &str = "wattkey-standing-instruction+jws";
/// Most contract accounts of one instruction.
pub const MAX_ACCOUNTS: usize = 100;

/// A standing instruction that is not signed yet.
pub type Draft = signed::Draft<StandingInstruction>;
/// A signed standing instruction.
pub type SignedInstruction = Signed<StandingInstruction>;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingInstruction {
    /// Made by the client.
    pub instruction: InstructionId,
    /// The payment service.
    pub audience: String,
    /// Whose deposit and bills.
    pub customer: Named<CustomerId>,
    /// Who signs.
    pub user: Named<UserId>,
    /// What may be paid; none ends the instruction of this id.
    #[serde(deserialize_with = "required")]
    pub terms: Option<Terms>,
    /// When it was made.
    #[serde(with = "time")]
    pub created: Timestamp,
    /// When it can no longer be taken.
    #[serde(with = "time")]
    pub expires: Timestamp,
}

/// What a deposit may pay by itself. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The contract account whose deposit pays.
    pub deposit: AccountId,
    /// The contract accounts whose bills are paid.
    pub accounts: Vec<AccountId>,
    /// The most that is paid for one bill, penalty included; no bound when there is none.
    #[serde(deserialize_with = "required")]
    pub most: Option<i64>,
    /// What stays in the deposit at least.
    pub keep: i64,
    /// Of the deposit and the amounts.
    pub currency: Currency,
    /// The first day, by the service's calendar.
    #[serde(with = "time::date")]
    pub from: Date,
    /// The last day; no end when there is none.
    #[serde(with = "time::optional_date")]
    pub until: Option<Date>,
}

impl Document for StandingInstruction {
    const TYPE: &'static str = TYPE;

    fn check(&self) -> Result<(), DocumentError> {
        check_text("customer.name", &self.customer.name, MAX_NAME)?;
        if let Some(terms) = &self.terms {
            terms.check()?;
        }
        check_common(self)
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::named(Label::Customer, &self.customer)];
        lines.push(Line::named(Label::User, &self.user));
        match &self.terms {
            Some(terms) => {
                lines.push(Line::new(Label::Terms, Value::Terms(TermsKind::Given)));
                lines.extend(terms.lines());
            }
            None => lines.push(Line::new(Label::Terms, Value::Terms(TermsKind::Ended))),
        }
        lines.extend([
            Line::time(Label::Created, self.created),
            Line::time(Label::Expires, self.expires),
            Line::text(Label::Instruction, self.instruction),
            Line::text(Label::Audience, &self.audience),
        ]);
        lines
    }

    signed::members!(instruction, customer);
}

impl Terms {
    fn check(&self) -> Result<(), DocumentError> {
        if self.accounts.is_empty() || self.accounts.len() > MAX_ACCOUNTS {
            return Err(DocumentError::new(format!(
                "terms name 1 to {MAX_ACCOUNTS} accounts"
            )));
        }
        for (index, account) in self.accounts.iter().enumerate() {
            if self.accounts.iter().take(index).any(|one| one == account) {
                return Err(DocumentError::new("an account is there twice"));
            }
        }
        if let Some(most) = self.most {
            check_minor("terms.most", most, 1)?;
        }
        check_minor("terms.keep", self.keep, 0)?;
        if self.until.is_some_and(|until| until < self.from) {
            return Err(DocumentError::new("terms.until is before terms.from"));
        }
        Ok(())
    }

    /// What the user is shown of the terms, also of those that hold already.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::text(Label::TermsDeposit, &self.deposit)];
        let accounts = self.accounts.iter();
        lines.extend(accounts.map(|account| Line::text(Label::TermsAccount, account)));
        let most = self
            .most
            .map_or(Value::Unbounded, |most| Value::Money(most, self.currency));
        lines.extend([
            Line::new(Label::TermsMost, most),
            Line::money(Label::TermsKeep, self.keep, self.currency),
            Line::new(Label::TermsFrom, Value::Day(self.from)),
            Line::new(
                Label::TermsUntil,
                self.until.map_or(Value::Unbounded, Value::Day),
            ),
        ]);
        lines
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::signed::parse;

    fn sample() -> Json {
        json!({
            "instruction": "5b0c9d3e-1f2a-4b3c-8d4e-5f60718293a4",
            "audience": "https://pay.example",
            "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
            "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
            "terms": {"deposit": "C-0001", "accounts": ["C-0001", "C-0002"], "most": 500_000,
                "keep": 0, "currency": "CNY", "from": "2026-12-01", "until": null},
            "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
        })
    }

    fn read(json: &Json) -> Result<StandingInstruction, DocumentError> {
        parse(json.to_string().as_bytes())
    }

    #[test]
    fn what_is_signed_is_what_is_read() {
        let document = read(&sample()).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap(), sample());
        let mut ended = sample();
        ended["terms"] = Json::Null;
        assert_eq!(read(&ended).unwrap().terms, None);
    }

    #[test]
    fn terms_that_cannot_be_are_refused() {
        for (pointer, value, says) in [
            ("/terms/accounts", json!([]), "1 to 100 accounts"),
            ("/terms/accounts", json!(["C-1", "C-1"]), "twice"),
            ("/terms/most", json!(0), "terms.most"),
            ("/terms/keep", json!(-1), "terms.keep"),
            ("/terms/keep", json!(1_i64 << 53), "terms.keep"),
            ("/terms/until", json!("2026-11-30"), "before"),
            ("/terms/from", json!("20261201"), "is not a date"),
            ("/terms/from", json!("2026-02-30"), "is not a date"),
            ("/terms/currency", json!("XXX"), "currency"),
            ("/customer/name", json!("a\u{202e}b"), "control"),
            ("/expires", json!("2026-11-22T08:15:01Z"), "900 seconds"),
        ] {
            let mut document = sample();
            *document.pointer_mut(pointer).unwrap() = value;
            let error = read(&document).unwrap_err().to_string();
            assert!(error.contains(says), "{pointer}: {error}");
        }
        for member in ["terms", "customer", "expires"] {
            let mut document = sample();
            document.as_object_mut().unwrap().remove(member);
            let error = read(&document).unwrap_err().to_string();
            assert!(
                error.contains(&format!("missing field `{member}`")),
                "{error}"
            );
        }
        for member in ["most", "until", "keep"] {
            let mut document = sample();
            document["terms"].as_object_mut().unwrap().remove(member);
            let error = read(&document).unwrap_err().to_string();
            assert!(
                error.contains(&format!("missing field `{member}`")),
                "{error}"
            );
        }
    }

    #[test]
    fn every_member_is_shown() {
        let shown = read(&sample()).unwrap().lines();
        for (pointer, value) in [
            (
                "/instruction",
                json!("5b0c9d3e-1f2a-4b3c-8d4e-5f60718293a5"),
            ),
            ("/audience", json!("https://other.example")),
            (
                "/customer/id",
                json!("0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5969"),
            ),
            ("/customer/name", json!("Other Steel")),
            ("/user/id", json!("2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f8")),
            ("/user/name", json!("Zhao Lei")),
            ("/terms", Json::Null),
            ("/terms/deposit", json!("C-0002")),
            ("/terms/accounts/1", json!("C-0003")),
            ("/terms/most", Json::Null),
            ("/terms/keep", json!(1)),
            ("/terms/currency", json!("EUR")),
            ("/terms/from", json!("2026-12-02")),
            ("/terms/until", json!("2027-12-01")),
            ("/created", json!("2026-11-22T08:00:01Z")),
            ("/expires", json!("2026-11-22T08:14:00Z")),
        ] {
            let mut document = sample();
            *document.pointer_mut(pointer).unwrap() = value;
            assert_ne!(read(&document).unwrap().lines(), shown, "{pointer}");
        }
    }
}
