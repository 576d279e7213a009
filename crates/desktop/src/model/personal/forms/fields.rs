//! What is written in the forms, and what is not right with it.

use wattkey_protocol::change::{
    AddressView, Contact as Told, ContactRole, InvoiceData, Language, What,
};

/// A contact as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// What for.
    pub role: ContactRole,
    /// Telephone number; empty for none.
    pub phone: String,
    /// E-mail address; empty for none.
    pub email: String,
    /// Language.
    pub language: Language,
}

/// A member of a contact that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactField {
    /// Name.
    Name,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
}

/// Tax-invoice data as they are written: name, tax number, address, telephone, bank, account there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct InvoiceForm(pub [String; 6]);

/// Where notices go, as it is written.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct AddressForm {
    /// The contract account; empty for all that have none of their own.
    pub account: String,
    /// By post.
    pub post: String,
    /// By e-mail.
    pub email: String,
    /// The version on which it was begun; none when it is a new one.
    pub seen: Option<i64>,
}

/// What is not right: a message, and the row of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The row, of a form with rows.
    pub row: Option<usize>,
    /// The message.
    pub id: &'static str,
}

/// What a contact is for, as it is shown.
pub(crate) const ROLES: [ContactRole; 3] = [
    ContactRole::Billing,
    ContactRole::Technical,
    ContactRole::Emergency,
];
/// Languages, as they are shown.
pub(crate) const LANGUAGES: [Language; 2] = [Language::En, Language::Zh];

pub(super) fn wrong(row: impl Into<Option<usize>>, id: &'static str) -> Wrong {
    Wrong {
        row: row.into(),
        id,
    }
}

/// Empty is none.
fn optional(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn is_email(text: &str) -> bool {
    let fits = text
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'));
    fits && !text.contains(char::is_whitespace)
}

impl Contact {
    pub(super) fn of(told: &Told) -> Contact {
        Contact {
            name: told.name.clone(),
            role: told.role,
            phone: told.phone.clone().unwrap_or_default(),
            email: told.email.clone().unwrap_or_default(),
            language: told.language,
        }
    }

    pub(super) fn told(&self) -> Told {
        Told {
            name: self.name.trim().to_owned(),
            role: self.role,
            phone: optional(&self.phone),
            email: optional(&self.email),
            language: self.language,
        }
    }

    pub(super) fn wrong(&self) -> Option<&'static str> {
        let (phone, email) = (optional(&self.phone), optional(&self.email));
        if self.name.trim().is_empty() {
            return Some("window-wrong-name");
        }
        if phone.is_none() && email.is_none() {
            return Some("window-wrong-reach");
        }
        if phone.is_some_and(|phone| !phone.contains(|c: char| c.is_ascii_digit())) {
            return Some("window-wrong-phone");
        }
        email
            .is_some_and(|email| !is_email(&email))
            .then_some("window-wrong-email")
    }
}

impl InvoiceForm {
    pub(super) fn of(data: &InvoiceData) -> InvoiceForm {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        InvoiceForm([
            data.title.clone(),
            data.tax_number.clone(),
            text(&data.address),
            text(&data.phone),
            text(&data.bank),
            text(&data.bank_account),
        ])
    }

    pub(super) fn what(&self) -> What {
        let [title, tax_number, address, phone, bank, account] = &self.0;
        What::InvoiceData {
            title: title.trim().to_owned(),
            tax_number: tax_number.trim().to_owned(),
            address: optional(address),
            phone: optional(phone),
            bank: optional(bank),
            bank_account: optional(account),
        }
    }
}

impl AddressForm {
    /// Begins it on an address that is there.
    pub(in crate::model::personal) fn edit(&mut self, view: &AddressView) {
        *self = AddressForm {
            account: view
                .account
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            post: view.address.post.clone().unwrap_or_default(),
            email: view.address.email.clone().unwrap_or_default(),
            seen: Some(view.version),
        };
    }

    pub(super) fn what(&self) -> Option<What> {
        let account = optional(&self.account).map(|text| text.parse()).transpose();
        let (post, email) = (optional(&self.post), optional(&self.email));
        if post.is_none() && email.is_none() {
            return None;
        }
        Some(What::NoticeAddress {
            account: account.ok()?,
            post,
            email,
        })
    }
}
