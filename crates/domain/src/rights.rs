use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AccountId, UnknownName};

/// What a user may do (PROTOCOL.md sections 10 and 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Look at bills, orders, and what else a contract account has.
    View,
    /// Sign an order that another person approves.
    Prepare,
    /// Sign an order that goes, and approve those of others.
    Approve,
    /// Say who may do what on which contract account.
    Administer,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::View, Self::Prepare, Self::Approve, Self::Administer];

    /// The name in documents and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Prepare => "prepare",
            Self::Approve => "approve",
            Self::Administer => "administer",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::View => 1,
            Self::Prepare => 2,
            Self::Approve => 4,
            Self::Administer => 8,
        }
    }
}

impl FromStr for Right {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|right| right.as_str() == text)
            .ok_or_else(|| UnknownName(crate::text::excerpt(text)))
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of rights. Its JSON is a list of names, each once, in the order of [`Right::ALL`] when it
/// is written and in any order when it is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rights(u8);

impl Rights {
    /// None at all: a contract account that is hidden.
    pub const NONE: Self = Self(0);

    /// Those of a user record. Names that are not known give nothing.
    pub fn of_names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let known = names
            .into_iter()
            .filter_map(|name| name.as_ref().parse().ok());
        known.collect()
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in it, in the order of [`Right::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.has(*right))
    }

    /// What a user with these rights may do on a contract account for which `given` was given:
    /// that stands in place of the user's own, and is never more than it. Who approves may prepare,
    /// and who prepares may look. Nobody administers a single account.
    #[must_use]
    pub fn on_account(self, given: Option<Self>) -> Self {
        let own = self.widened();
        let given = given.map_or(own, Self::widened);
        Self(own.0 & given.0 & !Right::Administer.bit())
    }

    fn widened(self) -> Self {
        let mut all = self;
        if all.has(Right::Approve) {
            all.0 |= Right::Prepare.bit();
        }
        if all.has(Right::Prepare) {
            all.0 |= Right::View.bit();
        }
        all
    }
}

/// What one user may do: by itself, and on the contract accounts for which something else was given.
///
/// This is the one place that answers whether a user may do something on a contract account. That
/// the account is the user's customer's is asked elsewhere.
///
/// ```
/// use wattkey_domain::{Access, AccountId, Right, Rights};
///
/// let [works, office] = ["C-1", "C-2"].map(|id| id.parse::<AccountId>().unwrap());
/// let own: Rights = [Right::View, Right::Approve].into_iter().collect();
/// let access = Access::new(own, [(office.clone(), Rights::NONE)]);
/// assert!(access.may(Right::Approve, &works));
/// assert!(!access.sees(&office));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    own: Rights,
    given: BTreeMap<AccountId, Rights>,
}

impl Access {
    /// Of the user's own rights, and of those that were given for single contract accounts.
    #[must_use]
    pub fn new(own: Rights, given: impl IntoIterator<Item = (AccountId, Rights)>) -> Self {
        let given = given.into_iter().collect();
        Self { own, given }
    }

    /// The user's own rights.
    #[must_use]
    pub const fn own(&self) -> Rights {
        self.own
    }

    /// What the user may do on a contract account.
    #[must_use]
    pub fn on(&self, account: &AccountId) -> Rights {
        self.own.on_account(self.given.get(account).copied())
    }

    /// Whether the user may do this on a contract account.
    #[must_use]
    pub fn may(&self, right: Right, account: &AccountId) -> bool {
        self.on(account).has(right)
    }

    /// Whether the user may look at a contract account. To anybody else it is as if there were none.
    #[must_use]
    pub fn sees(&self, account: &AccountId) -> bool {
        self.may(Right::View, account)
    }

    /// Whether the user may look at contract accounts for which nothing else was given.
    #[must_use]
    pub fn sees_by_itself(&self) -> bool {
        self.own.on_account(None).has(Right::View)
    }

    /// Whether the user may look at every contract account.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.sees_by_itself() && self.hidden().next().is_none()
    }

    /// The contract accounts that are hidden from a user who sees the others.
    pub fn hidden(&self) -> impl Iterator<Item = &AccountId> {
        self.given.keys().filter(|account| !self.sees(account))
    }

    /// Whether the user says who may do what.
    #[must_use]
    pub const fn administers(&self) -> bool {
        self.own.has(Right::Administer)
    }

    /// Takes note of what is given for a contract account from now on; none: the user's own.
    pub fn give(&mut self, account: AccountId, rights: Option<Rights>) {
        match rights {
            Some(rights) => self.given.insert(account, rights),
            None => self.given.remove(&account),
        };
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |all, right| all | right.bit()))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Right::as_str))
            .finish()
    }
}

impl Serialize for Rights {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Rights {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Rights;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rights, each once")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Rights, A::Error> {
                let mut rights = Rights::NONE;
                while let Some(right) = names.next_element::<Right>()? {
                    if rights.has(right) {
                        return Err(serde::de::Error::custom("a right is there twice"));
                    }
                    rights.0 |= right.bit();
                }
                Ok(rights)
            }
        }

        from.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Right::{Administer, Approve, Prepare, View};

    fn of(rights: &[Right]) -> Rights {
        rights.iter().copied().collect()
    }

    #[test]
    fn what_is_given_for_an_account_stands_in_place_and_is_never_more() {
        let everything: &[Right] = &[View, Prepare, Approve];
        for (own, given, wanted) in [
            (everything, None, everything),
            (&[View], None, &[View]),
            (&[], None, &[]),
            // Who approves may prepare, who prepares may look.
            (&[Approve], None, everything),
            (&[Prepare], None, &[View, Prepare]),
            (&[Administer], None, &[]),
            (&[View, Administer], None, &[View]),
            // Less than the user's own.
            (everything, Some(&[][..]), &[]),
            (everything, Some(&[View]), &[View]),
            (everything, Some(&[Prepare]), &[View, Prepare]),
            (&[Approve], Some(&[Prepare]), &[View, Prepare]),
            // Never more.
            (&[View], Some(&[Approve]), &[View]),
            (&[Prepare], Some(&[Approve]), &[View, Prepare]),
            (&[], Some(&[View]), &[]),
            (&[Administer], Some(&[View, Approve]), &[]),
            (everything, Some(&[Administer]), &[]),
        ] {
            assert_eq!(
                of(own).on_account(given.map(of)),
                of(wanted),
                "{own:?} with {given:?}"
            );
        }
    }

    #[test]
    fn a_user_sees_what_is_not_hidden() {
        let account = |id: &str| id.parse::<AccountId>().unwrap();
        let given = [
            (account("C-1"), Rights::NONE),
            (account("C-2"), of(&[View])),
        ];
        let mut access = Access::new(of(&[Approve]), given.clone());
        assert!(access.sees_by_itself() && !access.administers() && !access.sees_all());
        assert_eq!(access.hidden().collect::<Vec<_>>(), [&account("C-1")]);
        for (id, right, may) in [
            ("C-1", View, false),
            ("C-2", View, true),
            ("C-2", Approve, false),
            ("C-3", Approve, true),
        ] {
            assert_eq!(access.may(right, &account(id)), may, "{right} on {id}");
        }
        access.give(account("C-1"), None);
        access.give(account("C-3"), Some(Rights::NONE));
        assert!(access.sees(&account("C-1")) && !access.sees(&account("C-3")));
        // Whoever has nothing sees nothing, whatever was given.
        let access = Access::new(of(&[Administer]), given);
        assert!(!access.sees_by_itself() && access.administers());
        assert!(!access.sees(&account("C-2")) && !access.sees(&account("C-3")));
    }

    #[test]
    fn names_of_a_user_record_that_are_not_known_give_nothing() {
        assert_eq!(
            Rights::of_names(["view", "fly", "administer", "View"]),
            of(&[View, Administer])
        );
        assert!(Rights::of_names(["everything"]).is_empty());
    }

    #[test]
    fn json_is_a_list_without_repetition() {
        let read = |json: &str| serde_json::from_str::<Rights>(json);
        let rights = read(r#"["approve","view"]"#).unwrap();
        assert_eq!(rights, of(&[View, Approve]));
        let written = serde_json::to_string(&rights).unwrap();
        assert_eq!(written, r#"["view","approve"]"#);
        assert!(read("[]").unwrap().is_empty());
        for bad in [r#"["view","view"]"#, r#"["View"]"#, "null", r#""view""#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
