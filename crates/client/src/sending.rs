//! Sending what a user signed (orders, decisions on orders, standing instructions), and finding out
//! what became of it.
//!
//! Only a [`Recorded`] document can be sent, and it is in the journal before it leaves. What the
//! client does not know is [`Outcome::Unknown`]; [`Recorded::resolve`] asks and decides with
//! [`resume::next`]. What is asked, and what proves that the service has it, each [`Kind`] says for
//! itself.

mod judge;
mod kind;
pub mod resume;

use std::time::Duration;

use jiff::Timestamp;
use wattkey_domain::{BillId, CustomerId, OrderId};
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::Me;
use wattkey_protocol::decision::SignedDecision;
use wattkey_protocol::order::SignedOrder;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::signed::{Signed, SignedError};

pub(crate) use judge::is_about_order;
pub use kind::{Kind, Proof};

use crate::client::Client;
use crate::connection::ServiceError;
use crate::journal::{Entry, Event, Journal, JournalError, Key};
use resume::{Answer, Next, Whose};

/// Pauses between questions for the outcome of an order, right after its answer was lost.
const RESOLVE_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// A signed document that is in the journal.
#[derive(Debug)]
pub struct Recorded<D> {
    signed: Signed<D>,
    sent_before: bool,
}

/// What is known of a document after it was sent or asked for; `V` is what the service answers.
#[derive(Debug)]
pub enum Outcome<V> {
    /// The service has it.
    Accepted(Box<V>),
    /// The service refused it; nothing was posted.
    Refused(Box<Problem>),
    /// It expired without having been accepted; nothing was or will be posted.
    NeverAccepted,
    /// Not known yet: ask again.
    Unknown(Unknown),
}

impl<V> Outcome<V> {
    /// Whether asking again soon may tell; a USB key that is gone does not come back by itself.
    #[must_use]
    pub fn may_become_known(&self) -> bool {
        match self {
            Outcome::Unknown(Unknown::NoAnswer(error)) => !error.is_of_key(),
            Outcome::Unknown(Unknown::NotSent { .. }) => false,
            outcome => matches!(outcome, Outcome::Unknown(_)),
        }
    }
}

/// Why an outcome is not known.
#[derive(Debug)]
pub enum Unknown {
    /// The service could not be asked.
    NoAnswer(ServiceError),
    /// The USB key failed before the document left this PC, for the first time: it surely has not
    /// arrived. It is in the journal, and [`Recorded::resolve`] sends it.
    NotSent {
        /// What the USB key did.
        error: ServiceError,
        /// From then on it is not accepted.
        until: Timestamp,
    },
    /// Nothing there yet, but it may still be under way; from then on the answer is final.
    AskLater {
        /// By the service's clock.
        from: Timestamp,
    },
    /// Not there; only the one who signed may send it again.
    LeaveToSigner {
        /// Name of who signed.
        signer: String,
    },
    /// Another customer's.
    LeaveToCustomer {
        /// Name of the customer.
        customer: String,
    },
}

/// Why a document could not be recorded, sent or asked for.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The journal failed; nothing was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal failed after the document was sent or asked for: what became of it was not kept,
    /// so its outcome counts as unknown.
    #[error("the outcome of order {document} could not be kept")]
    Unrecorded {
        /// The document.
        document: Key,
        /// Why.
        #[source]
        source: JournalError,
    },
    /// What the journal has is not a signed document of this kind.
    #[error("this is not a signed order")]
    Order(#[from] SignedError),
    /// It was signed for another service.
    #[error("the order is for {audience}")]
    Audience {
        /// The audience that it names.
        audience: String,
    },
    /// It was signed with another USB key than the one that is plugged in.
    #[error("the order was signed with another USB key, by {signer}")]
    Signer {
        /// Name of who signed.
        signer: String,
    },
}

impl<D: Kind> Recorded<D> {
    /// Puts a signed document into the journal: one that was signed just now, or an exported one
    /// that this client may send.
    ///
    /// # Errors
    /// When it is not this client's to send, or cannot be written; then nothing must be sent.
    pub fn record(
        client: &Client,
        journal: &Journal,
        signed: Signed<D>,
    ) -> Result<Recorded<D>, PaymentError> {
        let recorded = Recorded {
            signed,
            sent_before: false,
        };
        recorded.check_sender(client)?;
        let text = recorded.signed.as_str();
        let entry = journal.record_signed(recorded.key(), text, client.now())?;
        Ok(Recorded {
            sent_before: entry.was_sent(),
            ..recorded
        })
    }

    /// Takes a document that is in the journal.
    ///
    /// # Errors
    /// When what is recorded is not a signed document of this kind.
    pub fn from_entry(entry: &Entry) -> Result<Recorded<D>, PaymentError> {
        let signed = Signed::parse(&entry.signed)?;
        Ok(Recorded {
            signed,
            sent_before: entry.was_sent(),
        })
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &D {
        self.signed.document()
    }

    /// What names it in the journal.
    #[must_use]
    pub fn key(&self) -> Key {
        D::key(&self.signed)
    }

    /// Makes sure that this client may send it: its service, signed with its USB key.
    ///
    /// # Errors
    /// [`PaymentError::Audience`], [`PaymentError::Signer`].
    pub fn check_sender(&self, client: &Client) -> Result<(), PaymentError> {
        self.check_audience(client)?;
        if self
            .signed
            .verify(client.key().signature_certificate())
            .is_err()
        {
            return Err(PaymentError::Signer {
                signer: self.document().user().name.clone(),
            });
        }
        Ok(())
    }

    fn check_audience(&self, client: &Client) -> Result<(), PaymentError> {
        let audience = self.document().audience();
        if audience == client.config().audience {
            return Ok(());
        }
        Err(PaymentError::Audience {
            audience: audience.to_owned(),
        })
    }

    /// Sends it once, and records what became of it. When the answer is lost the outcome is
    /// unknown, and [`resolve_soon`](Self::resolve_soon) is what to do next.
    ///
    /// # Errors
    /// When the journal fails or the order is not this client's to send. Whatever the service or
    /// the network does is an [`Outcome`].
    pub async fn submit(
        &mut self,
        client: &mut Client,
        journal: &Journal,
    ) -> Result<Outcome<D::View>, PaymentError> {
        self.check_sender(client)?;
        let sent = self.send(client, journal).await?;
        failpoint!("client.before-report");
        Ok(sent.into())
    }

    /// Asks for the outcome; sends it again when that is the thing to do.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn resolve(
        &mut self,
        client: &mut Client,
        journal: &Journal,
        me: &Me,
    ) -> Result<Outcome<D::View>, PaymentError> {
        self.check_audience(client)?;
        let whose = self.whose(client, me);
        if whose == Whose::OtherCustomers {
            return Ok(self.left(&Next::LeaveToCustomer));
        }
        let view = match D::ask(client, &self.signed).await {
            Ok(view) => view,
            Err(error) => return Ok(Outcome::Unknown(Unknown::NoAnswer(error))),
        };
        if view.is_none() && whose == Whose::Colleagues && self.document().customer().is_none() {
            // Nothing says whose customer's it is, and another one's is not there for us.
            return Ok(self.left(&Next::LeaveToSigner));
        }
        let answer = self.answer(view.as_ref());
        let next = resume::next(&answer, whose, self.document().expires(), client.now());
        match (next, view) {
            (Next::Record { .. }, Some(view)) => self.accepted(client, journal, view),
            (Next::Refuse, _) => {
                let problem = Problem::new(ProblemType::OrderExistsWithDifferentPayload);
                self.refused(client, journal, problem)
            }
            (Next::SendAgain, _) => Ok(self.send(client, journal).await?.into()),
            (Next::Close, _) => {
                keep(client, journal, self.key(), Event::NeverAccepted)?;
                Ok(Outcome::NeverAccepted)
            }
            (next, _) => Ok(self.left(&next)),
        }
    }

    async fn send(
        &mut self,
        client: &mut Client,
        journal: &Journal,
    ) -> Result<Sent<D::View>, PaymentError> {
        failpoint!("client.before-journal-sent");
        journal.append(self.key(), Event::Sent, client.now())?;
        failpoint!("client.before-send");
        let sent_before = std::mem::replace(&mut self.sent_before, true);
        let (path, id) = (self.document().path(), self.document().id());
        let sent = client.post_signed::<D::View>(&path, &id, self.signed.as_str());
        let result = sent.await;
        failpoint!("client.after-answer");
        match result {
            Ok(view) if D::proof(&self.signed, &view) == Proof::Taken => {
                self.accepted(client, journal, view).map(Sent::Outcome)
            }
            Ok(_) => Ok(Sent::Unknown(ServiceError::Answer(
                "it is about another order".into(),
            ))),
            Err(ServiceError::Problem(problem)) if judge::is_final(problem.kind(), sent_before) => {
                self.refused_unless_known(client, journal, *problem, sent_before)
                    .await
            }
            // No capsule was made, and none before: the service cannot know the order.
            Err(error @ ServiceError::ClassicalGroup) if !sent_before => {
                let problem = Problem::new(ProblemType::ClassicalGroup).detail(error.to_string());
                self.refused(client, journal, problem).map(Sent::Outcome)
            }
            Err(error) if !sent_before && error.is_of_key() && error.surely_not_sent() => {
                Ok(Sent::Outcome(Outcome::Unknown(Unknown::NotSent {
                    error,
                    until: self.document().expires(),
                })))
            }
            Err(error) => Ok(Sent::Unknown(error)),
        }
    }

    /// What may have been accepted earlier is asked for before a refusal is believed.
    async fn refused_unless_known(
        &self,
        client: &mut Client,
        journal: &Journal,
        problem: Problem,
        sent_before: bool,
    ) -> Result<Sent<D::View>, PaymentError> {
        if sent_before || problem.kind() == Some(ProblemType::OrderExpired) {
            let view = match D::ask(client, &self.signed).await {
                Ok(view) => view,
                Err(error) => return Ok(Sent::Unknown(error)),
            };
            if let Some(view) = view.filter(|view| D::proof(&self.signed, view) == Proof::Taken) {
                return self.accepted(client, journal, view).map(Sent::Outcome);
            }
        }
        self.refused(client, journal, problem).map(Sent::Outcome)
    }

    fn refused(
        &self,
        client: &Client,
        journal: &Journal,
        problem: Problem,
    ) -> Result<Outcome<D::View>, PaymentError> {
        let name = match problem.kind() {
            Some(kind) => kind.name().to_owned(),
            None => problem.uri.clone(),
        };
        keep(
            client,
            journal,
            self.key(),
            Event::Refused { problem: name },
        )?;
        Ok(Outcome::Refused(Box::new(problem)))
    }

    /// [`resolve`](Self::resolve), a few times within seconds, until the outcome is known.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn resolve_soon(
        &mut self,
        client: &mut Client,
        journal: &Journal,
        me: &Me,
    ) -> Result<Outcome<D::View>, PaymentError> {
        let mut outcome = self.resolve(client, journal, me).await?;
        for pause in RESOLVE_PAUSES {
            match &outcome {
                // A key that is gone does not come back by itself.
                Outcome::Unknown(Unknown::NoAnswer(error)) if !error.is_of_key() => {}
                _ => break,
            }
            tokio::time::sleep(pause).await;
            outcome = self.resolve(client, journal, me).await?;
        }
        Ok(outcome)
    }

    fn answer(&self, view: Option<&D::View>) -> Answer {
        let Some(view) = view else {
            return Answer::HasNot;
        };
        match D::proof(&self.signed, view) {
            Proof::Taken => Answer::Has {
                state: D::state(view).to_owned(),
            },
            Proof::Another => Answer::HasAnother,
            Proof::Missing => Answer::HasNot,
        }
    }

    /// Records the state that the service told.
    fn accepted(
        &self,
        client: &Client,
        journal: &Journal,
        view: D::View,
    ) -> Result<Outcome<D::View>, PaymentError> {
        let state = D::state(&view).to_owned();
        failpoint!("client.before-journal-outcome");
        keep(client, journal, self.key(), Event::Accepted { state })?;
        failpoint!("client.after-journal-outcome");
        Ok(Outcome::Accepted(Box::new(view)))
    }

    fn whose(&self, client: &Client, me: &Me) -> Whose {
        let document = self.document();
        let customer = document.customer().map(|customer| customer.id);
        if customer.is_some_and(|customer| customer != me.customer.id) {
            Whose::OtherCustomers
        } else if self.check_sender(client).is_ok() && document.user().id == me.user.id {
            Whose::Mine
        } else {
            Whose::Colleagues
        }
    }

    fn left(&self, next: &Next) -> Outcome<D::View> {
        let document = self.document();
        Outcome::Unknown(match (next, document.customer()) {
            (Next::AskLater { from }, _) => Unknown::AskLater { from: *from },
            (Next::LeaveToCustomer, Some(customer)) => Unknown::LeaveToCustomer {
                customer: customer.name.clone(),
            },
            _ => Unknown::LeaveToSigner {
                signer: document.user().name.clone(),
            },
        })
    }
}

/// The order of unknown outcome, and its bill, that pays one of `bills` already: another order from
/// this PC would pay it twice.
#[must_use]
pub fn unresolved_payment(unresolved: &[Entry], bills: &[BillId]) -> Option<(OrderId, BillId)> {
    let orders = unresolved
        .iter()
        .filter_map(|entry| SignedOrder::parse(&entry.signed).ok());
    orders.into_iter().find_map(|signed| {
        let order = signed.order();
        let paid = order.bills.iter().find(|paid| bills.contains(&paid.bill));
        paid.map(|paid| (order.order, paid.bill.clone()))
    })
}

/// An order of unknown outcome of this customer. An order by amount claims what no other one does, so
/// one of unknown outcome would be paid twice by asking for the same again.
#[must_use]
pub fn unresolved_order(unresolved: &[Entry], customer: CustomerId) -> Option<OrderId> {
    let orders = unresolved
        .iter()
        .filter_map(|entry| SignedOrder::parse(&entry.signed).ok());
    let mut own = orders.filter(|signed| signed.order().customer.id == customer);
    own.next().map(|signed| signed.order().order)
}

/// Whether what this PC signed about that order, itself or a decision on it, is of unknown outcome: a
/// decision is not signed while what became of another one is unknown.
#[must_use]
pub fn unresolved_about(unresolved: &[Entry], order: OrderId) -> bool {
    unresolved.iter().any(|entry| match entry.key {
        Key::Order(id) => id == order,
        Key::Decision(_) => SignedDecision::parse(&entry.signed)
            .is_ok_and(|signed| signed.document().order == order),
        _ => false,
    })
}

enum Sent<V> {
    Outcome(Outcome<V>),
    Unknown(ServiceError),
}

impl<V> From<Sent<V>> for Outcome<V> {
    fn from(sent: Sent<V>) -> Outcome<V> {
        match sent {
            Sent::Outcome(outcome) => outcome,
            Sent::Unknown(error) => Outcome::Unknown(Unknown::NoAnswer(error)),
        }
    }
}

/// Records what became of a document that was sent.
fn keep(
    client: &Client,
    journal: &Journal,
    document: Key,
    event: Event,
) -> Result<(), PaymentError> {
    match journal.append(document, event, client.now()) {
        Ok(_) => Ok(()),
        Err(source) => Err(PaymentError::Unrecorded { document, source }),
    }
}
