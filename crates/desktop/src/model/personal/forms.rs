//! The forms of own data.

mod fields;

use wattkey_client::own;
use wattkey_protocol::change::{ContactRole, Language, MAX_CONTACTS, Profile, What};

pub use fields::{AddressForm, Contact, ContactField, InvoiceForm, Wrong};
pub(crate) use fields::{LANGUAGES, ROLES};
use fields::{is_email, wrong};

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

    /// What somebody wrote and what has come to be there meanwhile: it was signed and of unknown outcome.
    pub(super) fn settle(&mut self, profile: &Profile) {
        for tab in Tab::ALL {
            let Some(what) = self.what_of(tab) else {
                continue;
            };
            let is_newer = self.seen(Some(&what)) != Some(own::version(profile, &what));
            if is_newer && own::before(profile, &what) == own::values(&what) {
                self.clear(tab);
            }
        }
        self.refresh(profile);
    }

    /// The form that is shown is nobody's any more.
    pub(super) fn clear_shown(&mut self) {
        self.clear(self.tab);
    }

    fn clear(&mut self, tab: Tab) {
        match tab {
            Tab::Contacts => self.contacts.edited = false,
            Tab::Invoice => self.invoice.edited = false,
            Tab::Addresses => self.address = AddressForm::default(),
            Tab::Rights => self.rights = RightsForm::default(),
            Tab::History | Tab::Key => {}
        }
    }

    /// What would be signed.
    pub(super) fn what(&self) -> Option<What> {
        self.what_of(self.tab)
    }

    fn what_of(&self, tab: Tab) -> Option<What> {
        match tab {
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
                    .filter(|(is, _)| *is)
                    .map(|(_, id)| wrong(None, id))
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
                    .filter(|(is, _)| *is)
                    .map(|(_, id)| wrong(None, id))
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
