//! A change that somebody else signed, as a second person sees it: the signed bytes themselves,
//! verified on this PC.

use wattkey_domain::{ChangeId, Decision};
use wattkey_pki::{Certificate, Role, TrustAnchor};
use wattkey_protocol::api::Me;
use wattkey_protocol::change::decision::{ChangeDecision, Draft};
use wattkey_protocol::change::{ChangeView, SignedChange};
use wattkey_protocol::lines::Line;
use wattkey_protocol::signed::Document as _;
use wattkey_protocol::time;

use super::OwnError;
use crate::client::Client;
use crate::payment::expiry;

/// A change whose signature is good.
#[derive(Debug)]
pub struct ReviewedChange {
    signed: SignedChange,
    signer: Certificate,
    view: ChangeView,
}

impl ReviewedChange {
    /// Fetches the signed change and verifies it.
    ///
    /// # Errors
    /// [`OwnError`].
    pub async fn fetch(
        client: &mut Client,
        me: &Me,
        issuing_ca: &TrustAnchor,
        change: ChangeId,
    ) -> Result<ReviewedChange, OwnError> {
        let none = || OwnError::None(change.to_string());
        let view = client.change(change).await?.ok_or_else(none)?;
        let document = client.change_document(change).await?;
        let (text, signer) = document.ok_or_else(none)?;
        let signed =
            SignedChange::parse(&text).map_err(|_| OwnError::Differs("the signed change"))?;
        let reviewed = ReviewedChange {
            signed,
            signer,
            view,
        };
        let audience = client.config().audience.as_str();
        reviewed.check(change, audience, me, issuing_ca)?;
        Ok(reviewed)
    }

    fn check(
        &self,
        id: ChangeId,
        audience: &str,
        me: &Me,
        issuing_ca: &TrustAnchor,
    ) -> Result<(), OwnError> {
        let change = self.signed.document();
        // As of the signature: the key may have been renewed while the change waited.
        let at = change.created.max(self.signer.not_before());
        let issued = issuing_ca.verify(&self.signer, Role::UserSignature, at);
        let fits = [
            (
                "the change's id",
                change.change == id && self.view.change == id,
            ),
            (
                "the change's digest",
                self.signed.digest() == self.view.digest,
            ),
            ("the change's service", change.audience == audience),
            (
                "the change's customer",
                change.customer.id == me.customer.id,
            ),
            ("the change's signer", change.user.id == self.view.user.id),
            ("the signer's certificate", issued.is_ok()),
            (
                "the change's signature",
                self.signed.verify(&self.signer).is_ok(),
            ),
        ];
        match fits.iter().find(|(_, fits)| !fits) {
            Some((what, _)) => Err(OwnError::Differs(what)),
            None => Ok(()),
        }
    }

    /// What was signed: every member, from the signed bytes.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.signed.document().lines()
    }

    /// Serial number of the USB key that signed, as its certificate has it.
    #[must_use]
    pub fn key_serial(&self) -> Option<&str> {
        self.signer.key_serial()
    }

    /// The change as the service knows it.
    #[must_use]
    pub fn view(&self) -> &ChangeView {
        &self.view
    }

    /// A decision on it, to be shown and signed.
    ///
    /// # Errors
    /// [`OwnError::Document`].
    pub fn decide(&self, client: &Client, me: &Me, decision: Decision) -> Result<Draft, OwnError> {
        let created = time::whole_seconds(client.now());
        let document = ChangeDecision {
            change: self.signed.document().change,
            change_digest: self.signed.digest(),
            audience: client.config().audience.clone(),
            user: me.user.clone(),
            decision,
            created,
            expires: expiry(created),
        };
        Draft::new(&document).map_err(OwnError::Document)
    }
}
