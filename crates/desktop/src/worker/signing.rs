//! From what is wanted to what was signed, sent, and what became of it.

use uuid::Uuid;
use wattkey_client::batch::BatchId;
use wattkey_client::fault::service;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::own::{self, Served};
use wattkey_client::payment::{Prepared, Request, Total};
use wattkey_client::review::Reviewed;
use wattkey_client::sending::{
    Kind as Sent, Outcome, Recorded, unresolved_about, unresolved_payment,
};
use wattkey_domain::{BillId, ChangeId, Decision, DisputeId, NoticeId, OrderId};
use wattkey_protocol::api::OrderView;
use wattkey_protocol::change::{self, What};
use wattkey_protocol::decision;
use wattkey_protocol::dispute::{self, Terms};
use wattkey_protocol::lines::Line;
use wattkey_protocol::notice;
use wattkey_protocol::signed::Signed;
use wattkey_token::{Pin, PinState};
use wattkey_transport::clock;

use super::Tell;
use super::order_file::FileRun;
use super::session::Session;
use super::unknown::told;
use crate::model::Event;
use crate::model::dispute::Wanted;
use crate::model::signing::{Came, Kind, ToSign};

/// What is shown, to be signed.
pub(super) enum Pending {
    Order(Box<Prepared>),
    Decision(Box<decision::Draft>, OrderId),
    Acknowledgement(Box<notice::Draft>),
    Dispute(Box<dispute::Draft>),
    Change(Box<change::Draft>),
    ChangeDecision(Box<change::decision::Draft>),
    OrderFile(Box<FileRun>),
}

/// What leads to something that is shown.
pub(super) enum Asked {
    Payment(Box<Request>),
    Decision(OrderId, Decision),
    Acknowledgement(NoticeId),
    Dispute(Box<Wanted>),
    Withdrawal(DisputeId),
    Change(Box<What>, i64),
    ChangeDecision(ChangeId, Decision),
    OrderFile(BatchId),
}

impl Session {
    /// Prepares what is asked for, and keeps it to be signed.
    pub(super) async fn prepare(&mut self, asked: Asked) -> Event {
        let (prepared, meaning) = match &asked {
            Asked::Payment(request) => (self.try_prepare(request).await, "means-not-signed"),
            Asked::Decision(order, decision) => (
                self.try_review(*order, *decision).await,
                "means-nothing-signed",
            ),
            Asked::Acknowledgement(notice) => {
                (self.try_notice(*notice).await, "means-nothing-signed")
            }
            Asked::Dispute(wanted) => (self.try_dispute(wanted).await, "means-nothing-signed"),
            Asked::Withdrawal(dispute) => {
                (self.try_withdraw(*dispute).await, "means-nothing-signed")
            }
            Asked::Change(what, seen) => {
                (self.try_change(what, *seen).await, "means-nothing-signed")
            }
            // They are built one after the other, told and stopped on the way.
            Asked::OrderFile(_) => {
                let fault = Fault::new("session-locked", Exit::NoPin);
                return Event::NotPrepared(fault.means("means-not-signed"));
            }
            Asked::ChangeDecision(change, decision) => (
                self.try_change_decision(*change, *decision).await,
                "means-nothing-signed",
            ),
        };
        match prepared {
            Ok(shown) => {
                self.asked = Some(asked);
                Event::ToSign(Box::new(shown))
            }
            Err(fault) => Event::NotPrepared(fault.means(meaning)),
        }
    }

    async fn try_prepare(&mut self, request: &Request) -> Result<ToSign, Fault> {
        let bills: Vec<BillId> = request.bills.iter().map(|part| part.bill.clone()).collect();
        self.refuse_while_unresolved(&bills)?;
        let order = OrderId::made_at(clock::now(), Uuid::new_v4());
        let prepared = Prepared::build(&mut self.client, &self.me, request, order).await?;
        let document = prepared.order();
        let shown = ToSign {
            cautions: prepared.cautions().to_vec(),
            total: Some((document.total, document.currency)),
            needs_approval: prepared.needs_approval(&self.me),
            order: Some(order),
            ..ToSign::new(Kind::Payment, prepared.lines(), self.standing()?)
        };
        self.pending = Some(Pending::Order(Box::new(prepared)));
        Ok(shown)
    }

    /// A bill of an order of unknown outcome is not paid by another order from this PC.
    fn refuse_while_unresolved(&self, bills: &[BillId]) -> Result<(), Fault> {
        let unresolved = self.journal.unresolved()?.entries;
        match unresolved_payment(&unresolved, bills) {
            Some((order, bill)) => Err(Fault::unresolved(order, &bill)),
            None => Ok(()),
        }
    }

    async fn try_review(&mut self, order: OrderId, decision: Decision) -> Result<ToSign, Fault> {
        if unresolved_about(&self.journal.unresolved()?.entries, order) {
            return Err(Fault::unresolved_order(order));
        }
        let reviewed = Reviewed::fetch(&mut self.client, &self.me, &self.issuing_ca, order).await?;
        let draft = reviewed
            .decide(&self.client, &self.me, decision)
            .map_err(|error| Fault::new("order-malformed", Exit::Usage).cause(&error))?;
        let document = reviewed.order();
        let mut lines = reviewed.lines();
        lines.extend(draft.lines());
        let (kind, cautions) = match decision {
            Decision::Approve => (Kind::Approval, reviewed.cautions(&mut self.client).await?),
            Decision::Refuse => (Kind::Refusal, Vec::new()),
            Decision::Cancel => (Kind::Cancellation, Vec::new()),
        };
        let shown = ToSign {
            cautions,
            total: Some((document.total, document.currency)),
            digest: Some(reviewed.digest()),
            order: Some(order),
            ..ToSign::new(kind, lines, self.standing()?)
        };
        self.pending = Some(Pending::Decision(Box::new(draft), order));
        Ok(shown)
    }

    async fn try_notice(&mut self, notice: NoticeId) -> Result<ToSign, Fault> {
        let served = Served::fetch(&mut self.client, &self.me, notice).await?;
        let draft = served.acknowledge(&self.client, &self.me)?;
        let shown = ToSign {
            digest: Some(served.view.digest),
            ..ToSign::new(Kind::Acknowledgement, draft.lines(), self.standing()?)
        };
        self.pending = Some(Pending::Acknowledgement(Box::new(draft)));
        Ok(shown)
    }

    async fn try_dispute(&mut self, wanted: &Wanted) -> Result<ToSign, Fault> {
        // What is signed names the document that the user was shown, by its digest.
        let (document, digest) = own::bill(&mut self.client, &wanted.bill).await?;
        let terms = Terms {
            bill: document.bill,
            document: digest,
            line: wanted.line,
            amount: wanted.amount,
            currency: wanted.currency,
            reason: wanted.reason,
            text: wanted.text.clone(),
        };
        let dispute = DisputeId::from_uuid(Uuid::new_v4());
        let draft = own::dispute(&self.client, &self.me, dispute, Some(terms))?;
        self.dispute_shown(Kind::Dispute, draft, Vec::new())
    }

    async fn try_withdraw(&mut self, dispute: DisputeId) -> Result<ToSign, Fault> {
        let view = self.client.dispute(dispute).await?;
        let view = view.ok_or_else(|| own::OwnError::None(dispute.to_string()))?;
        let draft = own::dispute(&self.client, &self.me, dispute, None)?;
        // The document names the dispute only: its terms stand above it.
        self.dispute_shown(Kind::Withdrawal, draft, view.terms.lines())
    }

    fn dispute_shown(
        &mut self,
        kind: Kind,
        draft: dispute::Draft,
        mut lines: Vec<Line>,
    ) -> Result<ToSign, Fault> {
        lines.extend(draft.lines());
        let shown = ToSign::new(kind, lines, self.standing()?);
        self.pending = Some(Pending::Dispute(Box::new(draft)));
        Ok(shown)
    }

    pub(super) fn standing(&self) -> Result<PinState, Fault> {
        use wattkey_client::fault::token::{self, When};
        let (module, key) = (&self.client.config().module, self.client.key());
        key.pin_state()
            .map_err(|error| token::of_key(&error, When::Signing, module, &key.info().serial))
    }

    /// Signs what is shown. It is gone from here, signed or not; when the key did not sign, the same
    /// is prepared and shown again.
    pub(super) async fn sign(&mut self, pin: Pin, tell: &Tell) {
        match self.pending.take() {
            Some(Pending::Order(prepared)) => {
                let total = Total::of(prepared.order()).plain();
                match prepared.confirm(&total) {
                    Ok(confirmed) => {
                        let signed = confirmed.sign(&self.client, pin);
                        self.deliver(signed, tell, |view| Some(Box::new(view)))
                            .await;
                    }
                    Err(error) => tell(Event::Came(Came::NotSigned(error.into()))),
                }
            }
            Some(Pending::Decision(draft, order)) => {
                let signed = self.client.sign(*draft, pin);
                self.deliver(signed, tell, |_| None).await;
                if let Ok(Some(view)) = self.client.order(order).await {
                    tell(Event::Loaded(crate::model::Loaded::Order(Box::new(view))));
                }
            }
            Some(Pending::Acknowledgement(draft)) => {
                let signed = self.client.sign(*draft, pin);
                self.deliver(signed, tell, |_| None).await;
            }
            Some(Pending::Dispute(draft)) => {
                let signed = self.client.sign(*draft, pin);
                self.deliver(signed, tell, |_| None).await;
            }
            Some(Pending::Change(draft)) => {
                let signed = self.client.sign(*draft, pin);
                self.deliver(signed, tell, |_| None).await;
            }
            Some(Pending::ChangeDecision(draft)) => {
                let signed = self.client.sign(*draft, pin);
                self.deliver(signed, tell, |_| None).await;
            }
            Some(Pending::OrderFile(run)) => self.sign_orders(*run, pin, tell).await,
            None => {
                let fault = Fault::new("session-locked", Exit::NoPin).means("means-not-signed");
                tell(Event::Came(Came::NotSigned(fault)));
            }
        }
    }

    /// Keeps what was signed, sends it, and asks what became of it when the answer was lost.
    async fn deliver<D: Sent>(
        &mut self,
        signed: Result<Signed<D>, wattkey_pki::SignError>,
        tell: &Tell,
        view: impl Fn(D::View) -> Option<Box<OrderView>>,
    ) {
        let signed = match signed {
            Ok(signed) => signed,
            Err(error) => {
                let fault = service::order_signer(&error, &self.client).means("means-not-signed");
                tell(Event::Came(Came::NotSigned(fault)));
                if let Some(asked) = self.asked.take() {
                    tell(Box::pin(self.prepare(asked)).await);
                }
                return;
            }
        };
        let mut recorded = match Recorded::record(&self.client, &self.journal, signed) {
            Ok(recorded) => recorded,
            Err(error) => {
                let fault = Fault::from(error).means("means-not-sent");
                return tell(Event::Came(Came::NotSigned(fault)));
            }
        };
        tell(Event::Came(Came::Signed(clock::now(), recorded.key())));
        let mut outcome = recorded.submit(&mut self.client, &self.journal).await;
        if outcome.as_ref().is_ok_and(Outcome::may_become_known) {
            outcome = recorded
                .resolve_soon(&mut self.client, &self.journal, &self.me)
                .await;
        }
        tell(Event::Came(told(recorded.key(), outcome, view)));
    }
}
