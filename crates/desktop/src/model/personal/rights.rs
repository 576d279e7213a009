//! Who may do what on which contract account.

use wattkey_domain::{AccountId, Right, Rights, UserId};
use wattkey_protocol::change::{Profile, What};

/// Rights that can be given for one contract account, as they are shown.
pub(crate) const GIVEN: [Right; 3] = [Right::View, Right::Prepare, Right::Approve];

/// What a user may do on all accounts, or on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsRow {
    /// The user.
    pub user: UserId,
    /// Name of the user.
    pub name: String,
    /// The contract account; none: all that have no rights of their own.
    pub account: Option<AccountId>,
    /// What was given for the account; none when it was taken back.
    pub given: Option<Rights>,
    /// What the user may do.
    pub may: Vec<Right>,
    /// Version of what was given; 0 for the user's own.
    pub version: i64,
}

/// The form of a change of rights.
#[derive(Debug, Default, Clone)]
pub struct RightsForm {
    /// The user.
    pub user: Option<UserId>,
    /// The contract account, as it is written.
    pub account: String,
    /// What is given.
    pub kind: Kind,
    /// The rights that are given.
    pub given: Rights,
    /// The version on which it was begun; none when nobody has seen one.
    pub seen: Option<i64>,
}

/// What is given.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// These rights.
    #[default]
    These,
    /// The user's own again.
    Own,
    /// None: the account is hidden.
    Hidden,
}

impl Kind {
    /// All, as they are shown.
    pub const ALL: [Kind; 3] = [Kind::These, Kind::Own, Kind::Hidden];
}

/// Users with what they may do by themselves, each followed by the accounts that differ.
pub(super) fn rows(profile: &Profile) -> Vec<RightsRow> {
    let name = |user: UserId| {
        let known = profile.users.iter().find(|known| known.user.id == user);
        known.map_or_else(String::new, |known| known.user.name.clone())
    };
    let own = profile.users.iter().map(|user| RightsRow {
        user: user.user.id,
        name: user.user.name.clone(),
        account: None,
        given: None,
        may: user.rights.clone(),
        version: 0,
    });
    let given = profile.rights.iter().map(|view| RightsRow {
        user: view.user,
        name: name(view.user),
        account: Some(view.account.clone()),
        given: view.given,
        may: view.effective.iter().collect(),
        version: view.version,
    });
    let mut rows: Vec<RightsRow> = own.chain(given).collect();
    rows.sort_by_key(|row| (row.name.clone(), row.user.to_string(), row.account.clone()));
    rows
}

impl RightsForm {
    /// Begins it on a row.
    pub(super) fn edit(&mut self, row: &RightsRow) {
        *self = RightsForm {
            user: Some(row.user),
            account: row
                .account
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            kind: match row.given {
                Some(given) if given.is_empty() => Kind::Hidden,
                _ => Kind::These,
            },
            given: row
                .may
                .iter()
                .copied()
                .filter(|right| *right != Right::Administer)
                .collect(),
            seen: row.account.is_some().then_some(row.version),
        };
    }

    pub(super) fn choose(&mut self, place: usize) {
        if let Some(kind) = Kind::ALL.get(place) {
            self.kind = *kind;
        }
    }

    /// Who approves may prepare, and who prepares may look: so it is shown too.
    pub(super) fn give(&mut self, place: usize, on: bool) {
        let Some(right) = GIVEN.get(place) else {
            return;
        };
        let keeps = |other: &Right| {
            let at = GIVEN.iter().position(|given| given == other);
            at.is_some_and(|at| match on {
                true => at <= place || self.given.has(*other),
                false => at < place && self.given.has(*other),
            })
        };
        self.kind = Kind::These;
        self.given = GIVEN.iter().copied().filter(keeps).collect();
        debug_assert_eq!(self.given.has(*right), on);
    }

    /// What would be signed.
    pub(super) fn what(&self) -> Option<What> {
        let rights = match self.kind {
            Kind::These if self.given.is_empty() => return None,
            Kind::These => Some(self.given),
            Kind::Own => None,
            Kind::Hidden => Some(Rights::NONE),
        };
        Some(What::Rights {
            user: self.user?,
            account: self.account.trim().parse().ok()?,
            rights,
        })
    }
}
