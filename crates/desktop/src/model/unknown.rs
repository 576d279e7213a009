//! What was signed and is of unknown outcome: followed on the page that it belongs to, asked for by
//! itself, told when it is known.

use wattkey_client::fault::Fault;
use wattkey_client::journal::Key;

use super::signing::{Came, Step};
use super::{Effect, Open, Page, Wanted, personal};

/// What is told at the foot of a page, until something else is done.
#[derive(Debug)]
pub enum Told {
    /// A file was kept, here.
    Saved(String),
    /// It was not.
    NotSaved(Fault),
    /// The service has what was signed before.
    Taken(Key),
    /// It refused it.
    Refused(Key, Fault),
    /// It ended without having been accepted.
    NeverAccepted(Key),
}

/// Whether a signed document belongs to a page. Orders are decided on where they await it, and where
/// they are cancelled.
fn belongs(document: Key, page: Page) -> bool {
    match document {
        Key::Order(_) | Key::Instruction(_) => page == Page::History,
        Key::Decision(_) => matches!(page, Page::Approvals | Page::History),
        Key::ChangeDecision(_) => page == Page::Approvals,
        Key::Change(_) => page == Page::Personal,
        Key::Dispute(_) => page == Page::Bills,
        Key::Acknowledgement(_) => page == Page::Overview,
    }
}

impl Open {
    /// What of unknown outcome belongs to the page that is looked at.
    pub fn unknown_here(&self) -> impl Iterator<Item = Key> {
        let documents = self.unresolved.iter().copied();
        documents.filter(|document| belongs(*document, self.page))
    }

    /// Whether a dispute, or its withdrawal, is of unknown outcome: until it is known, no other one is
    /// signed.
    #[must_use]
    pub fn dispute_is_unknown(&self) -> bool {
        let mut documents = self.unresolved.iter();
        documents.any(|document| matches!(document, Key::Dispute(_)))
    }

    /// What became of a document that was asked for: it is told where its outcome is awaited; of
    /// another one at the foot of the page, so that nothing that is read is changed.
    pub(super) fn resolved(&mut self, document: Key, came: Came) -> Vec<Effect> {
        let awaited = self.signing.as_ref().is_some_and(|signing| {
            signing.document == Some(document) && matches!(signing.step, Step::Unknown(_))
        });
        let known = matches!(
            came,
            Came::Accepted(_) | Came::Refused(_) | Came::NeverAccepted
        );
        if known {
            self.unresolved.retain(|one| *one != document);
        }
        if awaited {
            return self.came(came);
        }
        self.told = Some(match came {
            Came::Accepted(_) => Told::Taken(document),
            Came::Refused(fault) => Told::Refused(document, fault),
            Came::NeverAccepted => Told::NeverAccepted(document),
            Came::NotSigned(_) | Came::Signed(..) | Came::Unknown(_) => return Vec::new(),
        });
        let taken = matches!(self.told, Some(Told::Taken(_)));
        let mut effects = match document {
            Key::Order(_) | Key::Instruction(_) => vec![Effect::Load(Wanted::Bills)],
            Key::Decision(_) => vec![Effect::Load(Wanted::Approvals)],
            Key::Change(_) | Key::ChangeDecision(_) => personal::wanted(),
            Key::Dispute(_) if taken => self.bills.disputed(),
            Key::Dispute(_) => Vec::new(),
            Key::Acknowledgement(_) => vec![Effect::Load(Wanted::Notices)],
        };
        if taken {
            effects.extend([Wanted::Accounts, Wanted::Arrears].map(Effect::Load));
        }
        effects
    }
}
