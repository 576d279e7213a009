//! What became of what was signed, asked for until it is known.

use wattkey_client::fault::{Exit, Fault, Value};
use wattkey_client::journal::{Entry, Key};
use wattkey_client::sending::{Kind, Outcome, PaymentError, Recorded, Unknown};
use wattkey_protocol::api::OrderView;
use wattkey_protocol::change::{Change, ChangeDecision};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_protocol::order::Order;
use wattkey_protocol::standing_instruction::StandingInstruction;

use super::Tell;
use super::session::Session;
use crate::model::signing::Came;
use crate::model::{Event, Wanted};

impl Session {
    pub(super) async fn resolve(&mut self, document: Key, tell: &Tell) {
        let came = match self.journal.entry(document) {
            Ok(Some(entry)) => self.resolved(&entry).await,
            Ok(None) => return,
            Err(error) => Came::Unknown(error.into()),
        };
        tell(Event::Resolved(document, came));
        self.tell_unresolved(tell).await;
    }

    pub(super) async fn resolve_all(&mut self, tell: &Tell) {
        let Ok(listing) = self.journal.unresolved() else {
            return;
        };
        for entry in &listing.entries {
            let came = self.resolved(entry).await;
            tell(Event::Resolved(entry.key, came));
        }
        match listing.entries.is_empty() {
            // Another program may have asked for what was unknown here.
            true => self.tell_loaded(&Wanted::Unresolved, tell).await,
            false => self.tell_unresolved(tell).await,
        }
    }

    /// What is unknown still, and the orders, some of which may be known now.
    async fn tell_unresolved(&mut self, tell: &Tell) {
        self.tell_loaded(&Wanted::Unresolved, tell).await;
        self.tell_loaded(&Wanted::Orders, tell).await;
    }

    async fn tell_loaded(&mut self, wanted: &Wanted, tell: &Tell) {
        if let Ok(loaded) = self.load(wanted).await {
            tell(Event::Loaded(loaded));
        }
    }

    async fn resolved(&mut self, entry: &Entry) -> Came {
        match entry.key {
            Key::Order(_) => {
                let outcome = self.outcome::<Order>(entry).await;
                told(entry.key, outcome, |view| Some(Box::new(view)))
            }
            Key::Decision(_) => self.came::<DecisionDocument>(entry).await,
            Key::Instruction(_) => self.came::<StandingInstruction>(entry).await,
            Key::Change(_) => self.came::<Change>(entry).await,
            Key::ChangeDecision(_) => self.came::<ChangeDecision>(entry).await,
            Key::Dispute(_) => self.came::<Dispute>(entry).await,
            Key::Acknowledgement(_) => self.came::<Acknowledgement>(entry).await,
        }
    }

    async fn came<D: Kind>(&mut self, entry: &Entry) -> Came {
        let outcome = self.outcome::<D>(entry).await;
        told(entry.key, outcome, |_| None)
    }

    async fn outcome<D: Kind>(&mut self, entry: &Entry) -> Result<Outcome<D::View>, PaymentError> {
        let mut recorded = Recorded::<D>::from_entry(entry)?;
        recorded
            .resolve(&mut self.client, &self.journal, &self.me)
            .await
    }
}

/// What the window is told of an outcome.
pub(super) fn told<V>(
    document: Key,
    outcome: Result<Outcome<V>, PaymentError>,
    view: impl Fn(V) -> Option<Box<OrderView>>,
) -> Came {
    let meaning = match document {
        Key::Order(_) => "window-unknown-order",
        Key::Decision(_) => "window-unknown-decision",
        Key::Instruction(_) => "window-unknown-instruction",
        Key::Change(_) => "window-unknown-change",
        Key::ChangeDecision(_) => "window-unknown-change-decision",
        Key::Dispute(_) => "window-unknown-dispute",
        Key::Acknowledgement(_) => "window-unknown-acknowledgement",
    };
    match outcome {
        Ok(Outcome::Accepted(accepted)) => Came::Accepted(view(*accepted)),
        Ok(Outcome::Refused(problem)) => Came::Refused(Fault::from(problem)),
        Ok(Outcome::NeverAccepted) => Came::NeverAccepted,
        Ok(Outcome::Unknown(unknown)) => Came::Unknown(unknown_fault(unknown, meaning)),
        Err(error) => Came::Unknown(Fault::from(error).means(meaning)),
    }
}

/// Why it is not known, with what that means until it is.
pub(super) fn unknown_fault(unknown: Unknown, meaning: &str) -> Fault {
    let exit = Exit::UnknownOutcome;
    let fault = match unknown {
        Unknown::NoAnswer(error) => Fault::new("window-unknown", exit).because(error.into()),
        Unknown::NotSent { error, until } => Fault::new("window-not-sent", exit)
            .because(error.into())
            .with("until", until),
        Unknown::AskLater { from } => Fault::new("window-ask-later", exit).with("from", from),
        Unknown::LeaveToSigner { signer } => {
            Fault::new("window-leave-to", exit).with("who", signer)
        }
        Unknown::LeaveToCustomer { customer } => {
            Fault::new("window-leave-to", exit).with("who", customer)
        }
    };
    fault.with("meaning", Value::Message(meaning.to_owned()))
}

#[cfg(test)]
mod tests {
    use wattkey_client::words::Lang;
    use wattkey_pki::Digest;

    use super::*;
    use crate::window::words;

    /// Whatever was signed: what is unknown of it, what that means, and what is done about it are said
    /// in both languages, and nobody is sent to a command line.
    #[test]
    fn what_is_unknown_is_said_with_what_it_means() {
        let digest = Digest::of(b"document");
        let order = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";
        let documents = [
            (Key::Order(order.parse().unwrap()), "window-unknown-order"),
            (Key::Decision(digest), "window-unknown-decision"),
            (Key::Instruction(digest), "window-unknown-instruction"),
            (Key::Change(digest), "window-unknown-change"),
            (
                Key::ChangeDecision(digest),
                "window-unknown-change-decision",
            ),
            (Key::Dispute(digest), "window-unknown-dispute"),
            (
                Key::Acknowledgement(digest),
                "window-unknown-acknowledgement",
            ),
        ];
        let unknown: [fn() -> Unknown; 3] = [
            || Unknown::AskLater {
                from: jiff::Timestamp::UNIX_EPOCH,
            },
            || Unknown::LeaveToSigner {
                signer: "Li Na".into(),
            },
            || Unknown::LeaveToCustomer {
                customer: "Example Steel".into(),
            },
        ];
        for lang in [Lang::En, Lang::Zh] {
            let text = words(lang);
            for (document, meaning) in documents {
                for unknown in unknown {
                    let outcome: Result<Outcome<()>, _> = Ok(Outcome::Unknown(unknown()));
                    let Came::Unknown(fault) = told(document, outcome, |()| None) else {
                        panic!("{document}");
                    };
                    let (said, next) = fault.told(&text);
                    assert!(said.contains(&text.get(meaning)), "{said}");
                    for words in [&said, &next] {
                        let open = ["window-", "err-", "rec-", "{", "wattkey "];
                        assert!(!open.iter().any(|part| words.contains(part)), "{words}");
                    }
                }
            }
        }
    }
}
