//! What is changed: contacts, an address for notices, tax-invoice data, rights.

use serde::{Deserialize, Serialize};
use wattkey_domain::{AccountId, OwnData, Right, Rights, UserId};

use crate::{
    json::{DocumentError, check_text, required},
    lines::{Label, Line},
    signed::MAX_NAME,
};

/// Most contacts of a customer.
pub const MAX_CONTACTS: usize = 20;
/// Longest e-mail address (RFC 5321 §4.5.3.1.3, less its brackets).
const MAX_EMAIL: usize = 254;
/// Longest telephone number, with what is written around its digits.
const MAX_PHONE: usize = 40;
/// Longest postal address, in characters.
const MAX_ADDRESS: usize = 400;
/// Longest number of a tax payer or of a bank account, in characters.
const MAX_NUMBER: usize = 40;

/// What own data is from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// Whom the power company talks to.
    Contacts {
        /// All of them.
        contacts: Vec<Contact>,
    },
    /// Where notices go.
    NoticeAddress {
        /// The contract account; none: all that have no address of their own.
        #[serde(deserialize_with = "required")]
        account: Option<AccountId>,
        /// By post.
        #[serde(deserialize_with = "required")]
        post: Option<String>,
        /// By e-mail.
        #[serde(deserialize_with = "required")]
        email: Option<String>,
    },
    /// What a tax invoice says of its buyer.
    InvoiceData {
        /// Name of the enterprise, as it is registered.
        title: String,
        /// Its number as a tax payer.
        tax_number: String,
        /// Its registered address.
        #[serde(deserialize_with = "required")]
        address: Option<String>,
        /// Its registered telephone number.
        #[serde(deserialize_with = "required")]
        phone: Option<String>,
        /// Its bank.
        #[serde(deserialize_with = "required")]
        bank: Option<String>,
        /// Its account there.
        #[serde(deserialize_with = "required")]
        bank_account: Option<String>,
    },
    /// What a user may do on a contract account.
    Rights {
        /// The user.
        user: UserId,
        /// The contract account.
        account: AccountId,
        /// `view`, `prepare`, `approve`; an empty list hides the account, none takes back what was
        /// given.
        #[serde(deserialize_with = "required")]
        rights: Option<Rights>,
    },
}

/// Somebody whom the power company may talk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// What for.
    pub role: ContactRole,
    /// Telephone number.
    #[serde(deserialize_with = "required")]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(deserialize_with = "required")]
    pub email: Option<String>,
    /// Language.
    pub language: Language,
}

/// What a contact is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContactRole {
    /// Bills and payments.
    Billing,
    /// Supply and metering.
    Technical,
    /// At any hour.
    Emergency,
}

/// A language that people are written to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// Where notices go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeAddress {
    /// By post.
    pub post: Option<String>,
    /// By e-mail.
    pub email: Option<String>,
}

/// What a tax invoice says of its buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InvoiceData {
    /// Name of the enterprise.
    pub title: String,
    /// Its number as a tax payer.
    pub tax_number: String,
    /// Its registered address.
    pub address: Option<String>,
    /// Its registered telephone number.
    pub phone: Option<String>,
    /// Its bank.
    pub bank: Option<String>,
    /// Its account there.
    pub bank_account: Option<String>,
}

impl From<InvoiceData> for What {
    fn from(data: InvoiceData) -> What {
        What::InvoiceData {
            title: data.title,
            tax_number: data.tax_number,
            address: data.address,
            phone: data.phone,
            bank: data.bank,
            bank_account: data.bank_account,
        }
    }
}

impl What {
    /// What has the version that a change replaces.
    #[must_use]
    pub fn subject(&self) -> OwnData {
        match self {
            Self::Contacts { .. } => OwnData::Contacts,
            Self::NoticeAddress { account, .. } => OwnData::NoticeAddress(account.clone()),
            Self::InvoiceData { .. } => OwnData::InvoiceData,
            Self::Rights { user, account, .. } => OwnData::Rights(*user, account.clone()),
        }
    }

    /// The name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Contacts { .. } => "contacts",
            Self::NoticeAddress { .. } => "notice-address",
            Self::InvoiceData { .. } => "invoice-data",
            Self::Rights { .. } => "rights",
        }
    }

    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        match self {
            Self::Contacts { contacts } => {
                if contacts.len() > MAX_CONTACTS {
                    return Err(DocumentError::new(format!(
                        "what has more than {MAX_CONTACTS} contacts"
                    )));
                }
                contacts.iter().try_for_each(Contact::check)
            }
            Self::NoticeAddress { post, email, .. } => {
                if post.is_none() && email.is_none() {
                    return Err(DocumentError::new("what.post and what.email are both null"));
                }
                optional("what.post", post.as_ref(), MAX_ADDRESS)?;
                check_email("what.email", email.as_deref())
            }
            Self::InvoiceData {
                title,
                tax_number,
                address,
                phone,
                bank,
                bank_account,
            } => {
                check_text("what.title", title, MAX_NAME)?;
                check_text("what.tax_number", tax_number, MAX_NUMBER)?;
                optional("what.address", address.as_ref(), MAX_ADDRESS)?;
                check_phone("what.phone", phone.as_deref())?;
                optional("what.bank", bank.as_ref(), MAX_NAME)?;
                optional("what.bank_account", bank_account.as_ref(), MAX_NUMBER)
            }
            Self::Rights { rights, .. } => {
                if rights.is_some_and(|rights| rights.has(Right::Administer)) {
                    return Err(DocumentError::new(
                        "what.rights has a right that is not given for one account",
                    ));
                }
                Ok(())
            }
        }
    }

    /// What the user is shown: every member.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let kind = Line::word(Label::ChangeKind, "change", self.kind());
        match self {
            Self::Contacts { contacts } => {
                let mut lines = vec![kind];
                if contacts.is_empty() {
                    lines.push(Line::word(Label::Contact, "value", "nothing"));
                }
                for contact in contacts {
                    lines.extend([
                        Line::text(Label::Contact, &contact.name),
                        Line::word(Label::ContactRole, "contact-role", contact.role.as_str()),
                        given(Label::Phone, contact.phone.as_ref()),
                        given(Label::Email, contact.email.as_ref()),
                        Line::word(Label::Language, "language", contact.language.as_str()),
                    ]);
                }
                lines
            }
            Self::NoticeAddress {
                account,
                post,
                email,
            } => {
                let of = account.as_ref().map_or_else(
                    || Line::word(Label::NoticeAccount, "value", "other-accounts"),
                    |account| Line::text(Label::NoticeAccount, account),
                );
                vec![
                    kind,
                    of,
                    given(Label::Post, post.as_ref()),
                    given(Label::Email, email.as_ref()),
                ]
            }
            Self::InvoiceData {
                title,
                tax_number,
                address,
                phone,
                bank,
                bank_account,
            } => vec![
                kind,
                Line::text(Label::InvoiceTitle, title),
                Line::text(Label::TaxNumber, tax_number),
                given(Label::InvoiceAddress, address.as_ref()),
                given(Label::Phone, phone.as_ref()),
                given(Label::Bank, bank.as_ref()),
                given(Label::BankAccount, bank_account.as_ref()),
            ],
            Self::Rights {
                user,
                account,
                rights,
            } => {
                let mut lines = vec![
                    kind,
                    Line::text(Label::RightsUser, user),
                    Line::text(Label::RightsAccount, account),
                ];
                match rights {
                    None => lines.push(Line::word(Label::GivenRight, "right", "own")),
                    Some(rights) if rights.is_empty() => {
                        lines.push(Line::word(Label::GivenRight, "right", "hidden"));
                    }
                    Some(rights) => lines.extend(
                        rights
                            .iter()
                            .map(|right| Line::word(Label::GivenRight, "right", right.as_str())),
                    ),
                }
                lines
            }
        }
    }
}

impl Contact {
    fn check(&self) -> Result<(), DocumentError> {
        check_text("what.contacts.name", &self.name, MAX_NAME)?;
        if self.phone.is_none() && self.email.is_none() {
            return Err(DocumentError::new("a contact has neither phone nor email"));
        }
        check_phone("what.contacts.phone", self.phone.as_deref())?;
        check_email("what.contacts.email", self.email.as_deref())
    }
}

impl ContactRole {
    /// The name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Technical => "technical",
            Self::Emergency => "emergency",
        }
    }
}

impl Language {
    /// The name in documents (ISO 639).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

/// A line of what may be null.
fn given(label: Label, text: Option<&String>) -> Line {
    text.map_or_else(
        || Line::word(label, "value", "nothing"),
        |text| Line::text(label, text),
    )
}

fn optional(name: &str, text: Option<&String>, most: usize) -> Result<(), DocumentError> {
    text.map_or(Ok(()), |text| check_text(name, text, most))
}

/// An e-mail address has one `@` with something before and behind it, and no white space. More can
/// only be known by writing to it.
fn check_email(name: &str, text: Option<&str>) -> Result<(), DocumentError> {
    let Some(text) = text else {
        return Ok(());
    };
    check_text(name, text, MAX_EMAIL)?;
    let fits = text
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'));
    if fits && !text.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(DocumentError::new(format!(
        "{name} is not an e-mail address"
    )))
}

/// A telephone number has a digit: people write extensions and more around it.
fn check_phone(name: &str, text: Option<&str>) -> Result<(), DocumentError> {
    let Some(text) = text else {
        return Ok(());
    };
    check_text(name, text, MAX_PHONE)?;
    if text.contains(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(DocumentError::new(format!("{name} has no digit")))
}
