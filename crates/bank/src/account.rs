//! Bank accounts and the banks that keep them.

use std::fmt;
use std::str::FromStr;

use wattkey_domain::creditor_reference::mod_97;

use crate::text::is_latin;

/// The longest account number that is no IBAN, in characters (ISO 20022 `Max34Text`).
pub const MAX_OTHER_ACCOUNT: usize = 34;

/// A bank account: an IBAN (ISO 13616) with right check digits, or another number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// Electronic form, in capitals, without spaces.
    Iban(String),
    /// A number of a country without IBAN, 1 to 34 characters.
    Other(String),
}

/// Why a text is no [`Account`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It has the form of an IBAN, and a digit is wrong.
    #[error("the check digits of this IBAN do not fit: is a digit mistyped?")]
    CheckDigits,
    /// Neither an IBAN nor 1 to 34 characters of the set that banks take.
    #[error(
        "an account is an IBAN or 1 to {MAX_OTHER_ACCOUNT} characters of A-Z a-z 0-9 / - ? : ( ) . , ' + and space"
    )]
    Form,
}

impl Account {
    /// Reads an account number as people write it: spaces in an IBAN are dropped.
    ///
    /// # Errors
    /// When it is none, or an IBAN with wrong check digits.
    pub fn new(text: &str) -> Result<Self, AccountError> {
        let text = text.trim();
        let compact: String = text
            .chars()
            .filter(|c| *c != ' ')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if has_iban_form(&compact) {
            return if mod_97(&compact) == 1 {
                Ok(Self::Iban(compact))
            } else {
                Err(AccountError::CheckDigits)
            };
        }
        let length = text.chars().count();
        if length == 0 || length > MAX_OTHER_ACCOUNT || !text.chars().all(is_latin) {
            return Err(AccountError::Form);
        }
        Ok(Self::Other(text.to_owned()))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Iban(number) | Self::Other(number) => number,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// Two letters, two digits, 11 to 30 letters or digits (ISO 13616-1 §5): the shortest IBAN in use
/// has 15 characters.
fn has_iban_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    (15..=34).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_alphanumeric)
}

/// A bank, as a message names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Agent {
    /// Business identifier code (ISO 9362), 8 or 11 characters.
    Bic(String),
    /// Member of the Chinese clearing system (`CNAPS`), 12 digits.
    Cnaps(String),
    /// Not known: the bank derives it from the account.
    #[default]
    NotProvided,
}

/// Why a text names no [`Agent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a bank is a BIC of 8 or 11 characters, a CNAPS code of 12 digits, or empty")]
pub struct AgentError;

impl Agent {
    /// Reads a BIC, a CNAPS code or nothing (`NOTPROVIDED`).
    ///
    /// # Errors
    /// When it is none of these.
    pub fn new(text: &str) -> Result<Self, AgentError> {
        let text = text.trim();
        if text.is_empty() || text == NOT_PROVIDED {
            Ok(Self::NotProvided)
        } else if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self::Cnaps(text.to_owned()))
        } else if is_bic(text) {
            Ok(Self::Bic(text.to_owned()))
        } else {
            Err(AgentError)
        }
    }
}

impl FromStr for Agent {
    type Err = AgentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// What stands where a mandatory identification is not known (EPC130-08).
pub(crate) const NOT_PROVIDED: &str = "NOTPROVIDED";

/// `[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`, the schema's `BICFIDec2014Identifier`.
fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[4..6].iter().all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_are_read_as_people_write_them() {
        let account = Account::new("de89 3704 0044 0532 0130 00").unwrap();
        assert_eq!(account, Account::Iban("DE89370400440532013000".into()));
        assert!(Account::new("CH2801234000123456789").is_ok());
        assert!(Account::new("NO9386011117947").is_ok());
    }

    #[test]
    fn a_mistyped_iban_does_not_pass_as_another_number() {
        assert_eq!(
            Account::new("DE89370400440532013001"),
            Err(AccountError::CheckDigits)
        );
    }

    #[test]
    fn other_numbers_are_taken_as_they_are() {
        let account = Account::new("6222 0200 1234 5678").unwrap();
        assert_eq!(account, Account::Other("6222 0200 1234 5678".into()));
        for text in ["", "账号", &"1".repeat(35)] {
            assert_eq!(Account::new(text), Err(AccountError::Form), "{text:?}");
        }
    }

    #[test]
    fn banks_are_bic_cnaps_or_not_known() {
        assert_eq!(Agent::new("COBADEFF"), Ok(Agent::Bic("COBADEFF".into())));
        assert_eq!(
            Agent::new("102100099996"),
            Ok(Agent::Cnaps("102100099996".into()))
        );
        assert_eq!(Agent::new(""), Ok(Agent::NotProvided));
        for text in ["cobadeff", "COBADEFFX", "COBA12FF", "12345678901é"] {
            assert_eq!(Agent::new(text), Err(AgentError), "{text:?}");
        }
    }
}
