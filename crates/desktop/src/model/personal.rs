//! What the power company knows of the customer, who may do what, and the own USB key.
//!
//! Each piece of own data has a form, begun on the version that was there. Forms outlive a lock; one
//! whose version was changed meanwhile says so, and cannot be signed before it is begun anew.

pub(crate) mod forms;
pub(crate) mod rights;

use jiff::Timestamp;
use wattkey_client::fault::Fault;
use wattkey_client::keys::CertificateFacts;
use wattkey_client::own;
use wattkey_domain::{ChangeState, Decision, UserId};
use wattkey_protocol::change::{ChangeView, Profile, What};
use wattkey_protocol::lines::Line;
use wattkey_token::PinState;

pub use forms::{AddressForm, Contact, ContactField, Form, Forms, InvoiceForm, Wrong};
pub use rights::{RightsForm, RightsRow};

use super::signing::Kind;
use super::{Effect, Wanted};

/// A certificate that ends within so many days is to be renewed.
pub const RENEW_DAYS: i64 = 60;

/// A part of the page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Whom the power company talks to.
    #[default]
    Contacts,
    /// What a tax invoice says of its buyer.
    Invoice,
    /// Where notices go.
    Addresses,
    /// Who may do what.
    Rights,
    /// What was changed.
    History,
    /// The own USB key.
    Key,
}

impl Tab {
    /// All, as they are shown.
    pub const ALL: [Tab; 6] = [
        Tab::Contacts,
        Tab::Invoice,
        Tab::Addresses,
        Tab::Rights,
        Tab::History,
        Tab::Key,
    ];
}

/// What the page knows.
#[derive(Debug, Default)]
pub struct Personal {
    /// What is filled in; outlives a lock.
    pub forms: Forms,
    /// Own data, as the service has it.
    pub profile: Option<Box<Profile>>,
    /// What was changed, newest first.
    pub changes: Option<Vec<ChangeView>>,
    /// The own key.
    pub key: Option<Box<KeyFacts>>,
    /// What could not be had, or not be prepared.
    pub fault: Option<Fault>,
    /// A change is being prepared.
    pub preparing: bool,
    /// What there is of what is about to be changed.
    pub before: Vec<Line>,
    /// The change whose particulars are shown, as a place in `changes`.
    pub opened: Option<usize>,
    /// Goes up when the forms become others than what was typed.
    pub version: u64,
}

/// The own USB key.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// Serial number of the key.
    pub serial: String,
    /// Its certificates.
    pub certificates: [CertificateFacts; 2],
    /// How its PIN stands.
    pub pin: PinState,
    /// The moment for which days are counted.
    pub now: Timestamp,
}

impl KeyFacts {
    /// Whole days until the first of its certificates ends; less than none when it has ended.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        let ends = self.certificates.iter().map(|one| one.valid_until).min();
        ends.map_or(0, |end| {
            end.duration_since(self.now).as_secs().div_euclid(86_400)
        })
    }

    /// Whether it is time to renew it.
    #[must_use]
    pub fn ends_soon(&self) -> bool {
        self.days_left() <= RENEW_DAYS
    }
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Another part of it.
    Tab(usize),
    /// A contact is written.
    Contact(usize, ContactField, String),
    /// What a contact is for.
    ContactRole(usize, usize),
    /// A contact's language.
    ContactLanguage(usize, usize),
    /// One more contact.
    AddContact,
    /// A contact goes.
    RemoveContact(usize),
    /// A member of the tax-invoice data is written.
    Invoice(usize, String),
    /// A member of an address for notices is written.
    Address(usize, String),
    /// A row of the addresses is to be changed.
    EditAddress(usize),
    /// The user whose rights are changed.
    RightsUser(usize),
    /// The contract account on which they are.
    RightsAccount(String),
    /// The user's own, those given here, or none.
    RightsKind(usize),
    /// A right is given, or not.
    Right(usize, bool),
    /// A row of the rights is to be changed.
    EditRights(usize),
    /// The form is begun anew on what is there now.
    StartOver,
    /// Go on to what will be signed.
    Review,
    /// A change's particulars are shown, or no longer.
    Open(usize),
    /// Again from the service.
    Again,
}

/// What the page needs of the service and of the key.
#[must_use]
pub fn wanted() -> Vec<Effect> {
    let wanted = [Wanted::Profile, Wanted::Changes, Wanted::Key];
    wanted.map(Effect::Load).into()
}

impl Personal {
    /// With forms that were kept.
    #[must_use]
    pub fn with(forms: Forms) -> Personal {
        Personal {
            forms,
            ..Personal::default()
        }
    }

    /// What the service says.
    pub fn loaded(&mut self, profile: Profile) {
        self.forms.settle(&profile);
        self.profile = Some(Box::new(profile));
        self.fault = None;
        self.version += 1;
    }

    /// Whether what is filled in was begun on something that is there no more.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let Some(profile) = &self.profile else {
            return false;
        };
        self.forms.seen(self.what().as_ref()).is_some_and(|seen| {
            self.what()
                .is_some_and(|what| own::version(profile, &what) != seen)
        })
    }

    /// What would be signed; nothing while it is not whole, or nothing was changed.
    #[must_use]
    pub fn what(&self) -> Option<What> {
        self.forms.what()
    }

    /// What is not right with the form that is shown.
    #[must_use]
    pub fn wrong(&self) -> Vec<Wrong> {
        self.forms.wrong()
    }

    /// Whether it can be prepared.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let changes = self
            .what()
            .zip(self.profile.as_ref())
            .is_some_and(|(what, profile)| own::before(profile, &what) != own::values(&what));
        changes && self.wrong().is_empty() && !self.preparing && !self.is_stale()
    }

    /// The users whose rights are known, as they are shown.
    #[must_use]
    pub fn users(&self) -> Vec<(UserId, String)> {
        let users = self.profile.iter().flat_map(|profile| &profile.users);
        users
            .map(|known| (known.user.id, known.user.name.clone()))
            .collect()
    }

    /// Rights by user and contract account.
    #[must_use]
    pub fn rights(&self) -> Vec<RightsRow> {
        self.profile
            .as_deref()
            .map(rights::rows)
            .unwrap_or_default()
    }

    /// Changes of rights that wait for this user's decision.
    pub fn waiting(&self, me: UserId) -> impl Iterator<Item = &ChangeView> {
        let changes = self.changes.iter().flatten();
        changes.filter(move |view| {
            let about_me = matches!(&view.what, What::Rights { user, .. } if *user == me);
            view.state == ChangeState::Waiting && view.user.id != me && !about_me
        })
    }

    /// A decision on the change in this row of those that wait.
    #[must_use]
    pub fn decide(&self, me: UserId, index: usize, decision: Decision) -> Vec<Effect> {
        let change = self.waiting(me).nth(index).map(|view| view.change);
        let effect = change.map(|change| Effect::DecideChange(change, decision));
        effect.into_iter().collect()
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Tab(index) => {
                if let Some(tab) = Tab::ALL.get(index) {
                    self.forms.tab = *tab;
                    self.fault = None;
                }
            }
            Input::Open(index) => {
                self.opened = (self.opened != Some(index)).then_some(index);
            }
            Input::Again => {
                self.fault = None;
                return wanted();
            }
            Input::StartOver => {
                if let Some(profile) = &self.profile {
                    self.forms.start_over(profile);
                }
                self.fault = None;
                self.version += 1;
            }
            Input::Review if self.is_ready() => {
                if let Some((what, profile)) = self.what().zip(self.profile.as_deref()) {
                    self.preparing = true;
                    self.fault = None;
                    self.before = own::before(profile, &what);
                    let seen = own::version(profile, &what);
                    return vec![Effect::Change(Box::new(what), seen)];
                }
            }
            Input::Review => {}
            Input::RightsUser(index) => {
                self.forms.rights.user = self.users().get(index).map(|(user, _)| *user);
            }
            Input::EditRights(index) => {
                if let Some(row) = self.rights().get(index) {
                    self.forms.rights.edit(row);
                    self.version += 1;
                }
            }
            Input::EditAddress(index) => {
                let profile = self.profile.as_deref();
                let addresses = profile.map(|profile| &profile.notice_addresses);
                if let Some(view) = addresses.and_then(|known| known.get(index)) {
                    self.forms.address.edit(view);
                    self.version += 1;
                }
            }
            input => {
                if self.forms.write(input) {
                    self.version += 1;
                }
            }
        }
        Vec::new()
    }

    /// What was signed is taken: its form is begun anew.
    pub fn signed(&mut self, kind: Kind) -> Vec<Effect> {
        if kind == Kind::Change {
            self.before.clear();
            self.forms.clear_shown();
            self.version += 1;
        }
        wanted()
    }
}

#[cfg(test)]
mod tests;
