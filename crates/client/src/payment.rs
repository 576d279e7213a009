//! One payment, step by step. Each step is a type, so that none can be left out:
//!
//! ```text
//! Prepared ──confirm──▶ Confirmed ──sign (PIN)──▶ SignedOrder ──record──▶ Recorded ──submit──▶ Outcome
//!  shown                 by total                                          in the journal
//! ```
//!
//! [`Prepared::lines`] is what the user is shown, from the very bytes that will be signed. Only a
//! [`Recorded`] order can be sent, and it is in the journal before it leaves. What the client does
//! not know is [`Outcome::Unknown`]; [`Recorded::resolve`] asks by the order's id and decides with
//! [`resume::next`].

mod draft;
mod judge;
mod prepared;
pub mod resume;

use std::time::Duration;

use jiff::Timestamp;
use wattkey_domain::OrderId;
use wattkey_failpoint::failpoint;
use wattkey_protocol::api::{Me, OrderView};
use wattkey_protocol::order::{Order, OrderError, SignedOrder};
use wattkey_protocol::problem::{Problem, ProblemType};

pub use draft::{DraftError, Request, choose_mandate};
pub use prepared::{Confirmed, Prepared, TotalDiffers};

use crate::client::Client;
use crate::connection::ServiceError;
use crate::journal::{Entry, Event, Journal, JournalError};
use resume::{Answer, Next, Whose};

/// Pauses between questions for the outcome of an order, right after its answer was lost.
const RESOLVE_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// A signed order that is in the journal.
#[derive(Debug)]
pub struct Recorded {
    signed: SignedOrder,
    sent_before: bool,
}

/// What is known of an order after it was sent or asked for.
#[derive(Debug)]
pub enum Outcome {
    /// The service has it.
    Accepted(Box<OrderView>),
    /// The service refused it; nothing was posted.
    Refused(Box<Problem>),
    /// It expired without having been accepted; nothing was or will be posted.
    NeverAccepted,
    /// Not known yet: ask again.
    Unknown(Unknown),
}

/// Why an outcome is not known.
#[derive(Debug)]
pub enum Unknown {
    /// The service could not be asked.
    NoAnswer(ServiceError),
    /// The USB key failed before the order left this PC, for the first time: it surely has not
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
    /// Another customer's order.
    LeaveToCustomer {
        /// Name of the customer.
        customer: String,
    },
}

/// Why an order could not be recorded, sent or asked for.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The journal failed; nothing was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal failed after the order was sent or asked for: what became of it was not kept,
    /// so its outcome counts as unknown.
    #[error("the outcome of order {order} could not be kept")]
    Unrecorded {
        /// The order.
        order: OrderId,
        /// Why.
        #[source]
        source: JournalError,
    },
    /// The journal's signed order is not one.
    #[error("this is not a signed order")]
    Order(#[from] OrderError),
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

impl Recorded {
    /// Puts a signed order into the journal: one that was signed just now, or an exported one that
    /// this client may send.
    ///
    /// # Errors
    /// When it is not this client's to send, or cannot be written; then nothing must be sent.
    pub fn record(
        client: &Client,
        journal: &Journal,
        signed: SignedOrder,
    ) -> Result<Recorded, PaymentError> {
        let recorded = Recorded {
            signed,
            sent_before: false,
        };
        recorded.check_sender(client)?;
        let (order, text) = (recorded.order().order, recorded.signed.as_str());
        let entry = journal.record_signed(order, text, client.now())?;
        Ok(Recorded {
            sent_before: entry.was_sent(),
            ..recorded
        })
    }

    /// Takes an order that is in the journal.
    ///
    /// # Errors
    /// When what is recorded is not a signed order.
    pub fn from_entry(entry: &Entry) -> Result<Recorded, PaymentError> {
        let signed = SignedOrder::parse(&entry.signed)?;
        Ok(Recorded {
            signed,
            sent_before: entry.was_sent(),
        })
    }

    /// The order's document.
    #[must_use]
    pub fn order(&self) -> &Order {
        self.signed.order()
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
                signer: self.order().user.name.clone(),
            });
        }
        Ok(())
    }

    fn check_audience(&self, client: &Client) -> Result<(), PaymentError> {
        let audience = &self.order().audience;
        if *audience == client.config().audience {
            return Ok(());
        }
        Err(PaymentError::Audience {
            audience: audience.clone(),
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
    ) -> Result<Outcome, PaymentError> {
        self.check_sender(client)?;
        let sent = self.send(client, journal).await?;
        failpoint!("client.before-report");
        Ok(sent.into())
    }

    /// Asks for the outcome by the order's id; sends it again when that is the thing to do.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn resolve(
        &mut self,
        client: &mut Client,
        journal: &Journal,
        me: &Me,
    ) -> Result<Outcome, PaymentError> {
        self.check_audience(client)?;
        let whose = self.whose(client, me);
        if whose == Whose::OtherCustomers {
            return Ok(self.left(&Next::LeaveToCustomer));
        }
        let view = match client.order(self.order().order).await {
            Ok(view) => view,
            Err(error) => return Ok(Outcome::Unknown(Unknown::NoAnswer(error))),
        };
        let answer = self.answer(view.as_ref());
        let next = resume::next(&answer, whose, self.order().expires, client.now());
        match (next, view) {
            (Next::Record { .. }, Some(view)) => accepted(client, journal, view),
            (Next::Refuse, _) => {
                let problem = Problem::new(ProblemType::OrderExistsWithDifferentPayload);
                self.refused(client, journal, problem)
            }
            (Next::SendAgain, _) => Ok(self.send(client, journal).await?.into()),
            (Next::Close, _) => {
                keep(client, journal, self.order().order, Event::NeverAccepted)?;
                Ok(Outcome::NeverAccepted)
            }
            (next, _) => Ok(self.left(&next)),
        }
    }

    async fn send(&mut self, client: &mut Client, journal: &Journal) -> Result<Sent, PaymentError> {
        let order = self.order().order;
        failpoint!("client.before-journal-sent");
        journal.append(order, Event::Sent, client.now())?;
        failpoint!("client.before-send");
        let sent_before = std::mem::replace(&mut self.sent_before, true);
        let result = client.post_order(&self.signed).await;
        failpoint!("client.after-answer");
        match result {
            Ok(view) if view.order == order && view.digest == self.signed.digest() => {
                accepted(client, journal, view).map(Sent::Outcome)
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
                    until: self.order().expires,
                })))
            }
            Err(error) => Ok(Sent::Unknown(error)),
        }
    }

    /// An order that may have been accepted earlier is asked for before a refusal is believed.
    async fn refused_unless_known(
        &self,
        client: &mut Client,
        journal: &Journal,
        problem: Problem,
        sent_before: bool,
    ) -> Result<Sent, PaymentError> {
        if sent_before || problem.kind() == Some(ProblemType::OrderExpired) {
            let view = match client.order(self.order().order).await {
                Ok(view) => view,
                Err(error) => return Ok(Sent::Unknown(error)),
            };
            if let Some(view) = view.filter(|view| view.digest == self.signed.digest()) {
                return accepted(client, journal, view).map(Sent::Outcome);
            }
        }
        self.refused(client, journal, problem).map(Sent::Outcome)
    }

    fn refused(
        &self,
        client: &Client,
        journal: &Journal,
        problem: Problem,
    ) -> Result<Outcome, PaymentError> {
        let name = match problem.kind() {
            Some(kind) => kind.name().to_owned(),
            None => problem.uri.clone(),
        };
        keep(
            client,
            journal,
            self.order().order,
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
    ) -> Result<Outcome, PaymentError> {
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

    fn answer(&self, view: Option<&OrderView>) -> Answer {
        match view {
            Some(view) if view.digest == self.signed.digest() => Answer::Has {
                state: view.state.as_str().to_owned(),
            },
            Some(_) => Answer::HasAnother,
            None => Answer::HasNot,
        }
    }

    fn whose(&self, client: &Client, me: &Me) -> Whose {
        let order = self.order();
        if order.customer.id != me.customer.id {
            Whose::OtherCustomers
        } else if self.check_sender(client).is_ok() && order.user.id == me.user.id {
            Whose::Mine
        } else {
            Whose::Colleagues
        }
    }

    fn left(&self, next: &Next) -> Outcome {
        let order = self.order();
        Outcome::Unknown(match next {
            Next::AskLater { from } => Unknown::AskLater { from: *from },
            Next::LeaveToCustomer => Unknown::LeaveToCustomer {
                customer: order.customer.name.clone(),
            },
            _ => Unknown::LeaveToSigner {
                signer: order.user.name.clone(),
            },
        })
    }
}

enum Sent {
    Outcome(Outcome),
    Unknown(ServiceError),
}

impl From<Sent> for Outcome {
    fn from(sent: Sent) -> Outcome {
        match sent {
            Sent::Outcome(outcome) => outcome,
            Sent::Unknown(error) => Outcome::Unknown(Unknown::NoAnswer(error)),
        }
    }
}

/// Records the state that the service told.
fn accepted(client: &Client, journal: &Journal, view: OrderView) -> Result<Outcome, PaymentError> {
    let state = view.state.as_str().to_owned();
    failpoint!("client.before-journal-outcome");
    keep(client, journal, view.order, Event::Accepted { state })?;
    failpoint!("client.after-journal-outcome");
    Ok(Outcome::Accepted(Box::new(view)))
}

/// Records what became of an order that was sent.
fn keep(
    client: &Client,
    journal: &Journal,
    order: OrderId,
    event: Event,
) -> Result<(), PaymentError> {
    match journal.append(order, event, client.now()) {
        Ok(_) => Ok(()),
        Err(source) => Err(PaymentError::Unrecorded { order, source }),
    }
}
