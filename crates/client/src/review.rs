//! An order that somebody else signed, as an approver sees it: the signed bytes themselves, verified
//! on this PC.
//!
//! What is shown comes from those bytes, by the renderer that its signer saw them with. That the
//! order is one of this service and customer, that its digest is the one that the decision will
//! name, and that a USB key signed it which the power company issued, is proven here; whose key it
//! was at that time the platform alone knows.

use wattkey_domain::{Decision, OrderCause, OrderId, Right};
use wattkey_pki::{Certificate, ChainError, Digest, Role, TrustAnchor};
use wattkey_protocol::api::{Me, OrderView};
use wattkey_protocol::decision::{self, DecisionDocument};
use wattkey_protocol::lines::Line;
use wattkey_protocol::order::{DocumentError, Order, SignedOrder};
use wattkey_protocol::signed::SignedError;
use wattkey_protocol::time;

use crate::client::Client;
use crate::connection::ServiceError;
use crate::payment::{self, Caution, expiry};

/// An order whose signature is good.
#[derive(Debug)]
pub struct Reviewed {
    signed: SignedOrder,
    signer: Certificate,
    view: OrderView,
}

/// Why there is nothing to decide on. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The service did not answer, or with a problem.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The customer has no such order.
    #[error("there is no order {order}")]
    NoOrder {
        /// The order.
        order: OrderId,
    },
    /// What the service gave is not a signed order.
    #[error("this is not a signed order")]
    Order(#[from] SignedError),
    /// The signature is nobody's that the power company issued a USB key to.
    #[error("the certificate of who signed the order is not good")]
    Certificate(#[source] ChainError),
    /// The signed order is another one than the service says.
    #[error("the signed order does not fit: {reason}")]
    Differs {
        /// What does not fit.
        reason: &'static str,
    },
}

/// Whether a user may cancel an order, as far as this PC knows: it has not gone to the bank, and whoever
/// signed it, or may approve, takes it back. What is on its way to the bank the service alone knows.
#[must_use]
pub fn may_cancel(me: &Me, order: &OrderView) -> bool {
    let may_approve = || me.rights.iter().any(|one| one == Right::Approve.as_str());
    order.state.next(OrderCause::Cancelled).is_ok()
        && (order.user.id == me.user.id || may_approve())
}

impl Reviewed {
    /// Fetches the signed order and verifies it.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub async fn fetch(
        client: &mut Client,
        me: &Me,
        issuing_ca: &TrustAnchor,
        order: OrderId,
    ) -> Result<Reviewed, ReviewError> {
        let view = client.order(order).await?;
        let view = view.ok_or(ReviewError::NoOrder { order })?;
        let document = client.order_document(order).await?;
        let (text, signer) = document.ok_or(ReviewError::NoOrder { order })?;
        let reviewed = Reviewed {
            signed: SignedOrder::parse(&text)?,
            signer,
            view,
        };
        let audience = client.config().audience.as_str();
        reviewed.check(order, audience, me, issuing_ca)?;
        Ok(reviewed)
    }

    fn check(
        &self,
        id: OrderId,
        audience: &str,
        me: &Me,
        issuing_ca: &TrustAnchor,
    ) -> Result<(), ReviewError> {
        let order = self.order();
        let fits = [
            ("its id", order.order == id && self.view.order == id),
            ("its digest", self.signed.digest() == self.view.digest),
            ("its payment service", order.audience == audience),
            ("its customer", order.customer.id == me.customer.id),
            ("its signer", order.user.id == self.view.user.id),
            ("its total", order.total == self.view.total),
            ("its currency", order.currency == self.view.currency),
        ];
        if let Some((reason, _)) = fits.iter().find(|(_, fits)| !fits) {
            return Err(ReviewError::Differs { reason });
        }
        // As of the signature: the key may have been renewed while the order waited.
        let at = order.created.max(self.signer.not_before());
        issuing_ca
            .verify(&self.signer, Role::UserSignature, at)
            .map_err(ReviewError::Certificate)?;
        let signed = self.signed.verify(&self.signer);
        signed.map(|_| ()).map_err(|_| ReviewError::Differs {
            reason: "its signature",
        })
    }

    /// What was signed: every member, from the signed bytes.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        wattkey_protocol::order::render(self.order())
    }

    /// The order.
    #[must_use]
    pub fn order(&self) -> &Order {
        self.signed.order()
    }

    /// Digest of the signed bytes, which a decision names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.signed.digest()
    }

    /// Serial number of the USB key that signed, as its certificate has it.
    #[must_use]
    pub fn key_serial(&self) -> Option<&str> {
        self.signer.key_serial()
    }

    /// The order as the service knows it.
    #[must_use]
    pub fn view(&self) -> &OrderView {
        &self.view
    }

    /// What its approver should know of its bills as they stand now; those that are hidden from him
    /// are left out.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn cautions(&self, client: &mut Client) -> Result<Vec<Caution>, ServiceError> {
        let mut bills = Vec::new();
        for part in &self.order().bills {
            bills.extend(client.bill(&part.bill).await?.map(|detail| detail.summary));
        }
        let own = self.order().order;
        let mut cautions = payment::cautions(&bills);
        cautions
            .retain(|one| !matches!(one, Caution::AwaitsTransfer { order, .. } if *order == own));
        Ok(cautions)
    }

    /// A decision on it, to be shown and signed.
    ///
    /// # Errors
    /// When the service's words make no document.
    pub fn decide(
        &self,
        client: &Client,
        me: &Me,
        decision: Decision,
    ) -> Result<decision::Draft, DocumentError> {
        let created = time::whole_seconds(client.now());
        decision::Draft::new(&DecisionDocument {
            order: self.order().order,
            order_digest: self.digest(),
            audience: client.config().audience.clone(),
            user: me.user.clone(),
            decision,
            created,
            expires: expiry(created),
        })
    }
}
