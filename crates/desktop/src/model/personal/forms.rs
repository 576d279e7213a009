//! The forms of own data.

use wattkey_protocol::change::{
    AddressView, Contact as Told, ContactRole, InvoiceData, Language, MAX_CONTACTS, Profile, What,
};

use super::rights::RightsForm;
use super::{Input, Tab};

/// What is filled in. It outlives a lock: who unlocks with the same key goes on with it.
#[derive(Debug, Default, Clone)]
pub struct Forms {
    /// Which part is shown.
    pub tab: Tab,
    /// Whom the power company talks to.
    pub contacts: Form<Vec<Contact>>,
    /// What a tax invoice says of its buyer.
    pub invoice: Form<InvoiceForm>,
    /// Where notices go.
    pub address: AddressForm,
    /// Who may do what.
    pub rights: RightsForm,
}

/// A form on what was there.
#[derive(Debug, Default, Clone)]
pub struct Form<T> {
    /// What is written.
    pub now: T,
    /// The version on which it was begun.
    pub seen: i64,
    /// Something was written.
    pub edited: bool,
}

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

fn wrong(row: impl Into<Option<usize>>, id: &'static str) -> Wrong {
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

fn is_email(text: &str) -> bool {
    let fits = text
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'));
    fits && !text.contains(char::is_whitespace)
}

impl Contact {
    fn of(told: &Told) -> Contact {
        Contact {
            name: told.name.clone(),
            role: told.role,
            phone: told.phone.clone().unwrap_or_default(),
            email: told.email.clone().unwrap_or_default(),
            language: told.language,
        }
    }

    fn told(&self) -> Told {
        Told {
            name: self.name.trim().to_owned(),
            role: self.role,
            phone: optional(&self.phone),
            email: optional(&self.email),
            language: self.language,
        }
    }

    fn wrong(&self) -> Option<&'static str> {
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
    fn of(data: &InvoiceData) -> InvoiceForm {
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

    fn what(&self) -> What {
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
    pub(super) fn edit(&mut self, view: &AddressView) {
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

    fn what(&self) -> Option<What> {
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

impl Forms {
    /// What the service says now; what somebody wrote stays.
    pub(super) fn refresh(&mut self, profile: &Profile) {
        if !self.contacts.edited {
            self.contacts = contacts(profile);
        }
        if !self.invoice.edited {
            self.invoice = invoice(profile);
        }
    }

    /// The form that is shown, anew.
    pub(super) fn start_over(&mut self, profile: &Profile) {
        match self.tab {
            Tab::Contacts => self.contacts = contacts(profile),
            Tab::Invoice => self.invoice = invoice(profile),
            _ => self.clear_shown(),
        }
    }

    /// The form that is shown is nobody's any more.
    pub(super) fn clear_shown(&mut self) {
        match self.tab {
            Tab::Contacts => self.contacts.edited = false,
            Tab::Invoice => self.invoice.edited = false,
            Tab::Addresses => self.address = AddressForm::default(),
            Tab::Rights => self.rights = RightsForm::default(),
            Tab::History | Tab::Key => {}
        }
    }

    /// What would be signed.
    pub(super) fn what(&self) -> Option<What> {
        match self.tab {
            Tab::Contacts => self.contacts.edited.then(|| What::Contacts {
                contacts: self.contacts.now.iter().map(Contact::told).collect(),
            }),
            Tab::Invoice => self.invoice.edited.then(|| self.invoice.now.what()),
            Tab::Addresses => self.address.what(),
            Tab::Rights => self.rights.what(),
            Tab::History | Tab::Key => None,
        }
    }

    /// The version on which the form that is shown was begun.
    pub(super) fn seen(&self, what: Option<&What>) -> Option<i64> {
        match what? {
            What::Contacts { .. } => Some(self.contacts.seen),
            What::InvoiceData { .. } => Some(self.invoice.seen),
            What::NoticeAddress { .. } => self.address.seen,
            What::Rights { .. } => self.rights.seen,
        }
    }

    /// What is not right with the form that is shown.
    pub(super) fn wrong(&self) -> Vec<Wrong> {
        match self.tab {
            Tab::Contacts => {
                let rows = self.contacts.now.iter().enumerate();
                rows.filter_map(|(row, contact)| contact.wrong().map(|id| wrong(row, id)))
                    .collect()
            }
            Tab::Invoice if self.invoice.edited => {
                let [title, number, _, phone, ..] = &self.invoice.now.0;
                let phone = phone.trim();
                let checks = [
                    (title.trim().is_empty(), "window-wrong-title"),
                    (number.trim().is_empty(), "window-wrong-tax-number"),
                    (
                        !phone.is_empty() && !phone.contains(|c: char| c.is_ascii_digit()),
                        "window-wrong-phone",
                    ),
                ];
                checks
                    .into_iter()
                    .filter_map(|(is, id)| is.then(|| wrong(None, id)))
                    .collect()
            }
            Tab::Addresses => {
                let email = self.address.email.trim();
                let account = self.address.account.trim();
                let no_account =
                    !account.is_empty() && account.parse::<wattkey_domain::AccountId>().is_err();
                let checks = [
                    (no_account, "window-wrong-account"),
                    (!email.is_empty() && !is_email(email), "window-wrong-email"),
                ];
                checks
                    .into_iter()
                    .filter_map(|(is, id)| is.then(|| wrong(None, id)))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Something was written. Whether rows are others now than those that are drawn.
    pub(super) fn write(&mut self, input: Input) -> bool {
        match input {
            Input::Contact(row, field, text) => {
                if let Some(contact) = self.contacts.now.get_mut(row) {
                    match field {
                        ContactField::Name => contact.name = text,
                        ContactField::Phone => contact.phone = text,
                        ContactField::Email => contact.email = text,
                    }
                    self.contacts.edited = true;
                }
                false
            }
            Input::ContactRole(row, place) => {
                if let Some((contact, role)) = self.contacts.now.get_mut(row).zip(ROLES.get(place))
                {
                    contact.role = *role;
                    self.contacts.edited = true;
                }
                true
            }
            Input::ContactLanguage(row, place) => {
                let contact = self.contacts.now.get_mut(row);
                if let Some((contact, language)) = contact.zip(LANGUAGES.get(place)) {
                    contact.language = *language;
                    self.contacts.edited = true;
                }
                true
            }
            Input::AddContact if self.contacts.now.len() < MAX_CONTACTS => {
                self.contacts.now.push(Contact {
                    name: String::new(),
                    role: ContactRole::Billing,
                    phone: String::new(),
                    email: String::new(),
                    language: Language::Zh,
                });
                self.contacts.edited = true;
                true
            }
            Input::RemoveContact(row) if row < self.contacts.now.len() => {
                self.contacts.now.remove(row);
                self.contacts.edited = true;
                true
            }
            Input::Invoice(place, text) => {
                if let Some(field) = self.invoice.now.0.get_mut(place) {
                    *field = text;
                    self.invoice.edited = true;
                }
                false
            }
            Input::Address(place, text) => {
                match place {
                    0 => {
                        // Another account is another address, which nobody has seen yet.
                        self.address.account = text;
                        self.address.seen = None;
                    }
                    1 => self.address.post = text,
                    _ => self.address.email = text,
                }
                false
            }
            Input::RightsAccount(text) => {
                self.rights.account = text;
                self.rights.seen = None;
                false
            }
            Input::RightsKind(place) => {
                self.rights.choose(place);
                false
            }
            Input::Right(place, on) => {
                self.rights.give(place, on);
                false
            }
            _ => false,
        }
    }
}

fn contacts(profile: &Profile) -> Form<Vec<Contact>> {
    Form {
        now: profile.contacts.contacts.iter().map(Contact::of).collect(),
        seen: profile.contacts.version,
        edited: false,
    }
}

fn invoice(profile: &Profile) -> Form<InvoiceForm> {
    let data = profile.invoice_data.data.as_ref();
    Form {
        now: data.map(InvoiceForm::of).unwrap_or_default(),
        seen: profile.invoice_data.version,
        edited: false,
    }
}
