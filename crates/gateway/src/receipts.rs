//! Counter-signs the platform's receipts (PROTOCOL.md, section 11).

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use wattkey_pki::{Certificate, Role, Signer, Trust, TrustAnchor};
use wattkey_protocol::fields::content_digest;
use wattkey_protocol::names::MEDIA_JOSE_JSON;
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::receipt::{self, Asked, CountersignError};
use wattkey_seal::message::Response;
use wattkey_transport::clock;

use crate::refusal::Refusal;

/// The receipt key in the card, and what its signatures are verified with.
#[derive(Debug)]
pub struct Receipts {
    signer: Arc<dyn Signer>,
    chain: Vec<Certificate>,
    service: Arc<Trust>,
    audience: String,
}

impl Receipts {
    /// With the receipt key and its certificate; `service` is whose platform is believed, and
    /// `audience` whose receipts are signed.
    #[must_use]
    pub fn new(
        signer: Arc<dyn Signer>,
        certificate: Certificate,
        service: Arc<Trust>,
        audience: String,
    ) -> Self {
        let chain = vec![certificate, service.certificate()];
        Self {
            signer,
            chain,
            service,
            audience,
        }
    }

    /// Verifies the platform's signature on the receipt in `answer` and adds ours, when it is the
    /// receipt that `target` asks for. Answers that are no receipts (problems) pass unchanged.
    /// Blocks for as long as the card takes.
    ///
    /// # Errors
    /// When the receipt is not good, or another one, or our own certificate is not good, or the
    /// card does not sign.
    pub fn countersign(&self, mut answer: Response, target: &str) -> Result<Response, Refusal> {
        if answer.status != 200
            || answer.field(CONTENT_TYPE.as_str()) != Some(MEDIA_JOSE_JSON.as_bytes())
        {
            return Ok(answer);
        }
        let text = self.signed(&answer.body, target)?;
        for (name, value) in &mut answer.fields {
            if name == "content-digest" {
                *value = content_digest(text.as_bytes()).into_bytes();
            }
        }
        answer.body = text.into_bytes();
        Ok(answer)
    }

    fn signed(&self, receipt: &[u8], target: &str) -> Result<String, Refusal> {
        let asked = Asked {
            audience: &self.audience,
            order: order_in(target)
                .and_then(|order| order.parse().ok())
                .ok_or_else(|| another("the path names no order"))?,
        };
        let own = self
            .chain
            .first()
            .expect("the chain is made with our certificate first");
        if let Err(error) = self.service.verify(own, Role::GatewayReceipt, clock::now()) {
            tracing::error!(%error, "our receipt certificate is not good");
            return Err(Refusal::because(
                ProblemType::Unavailable,
                "receipt-certificate",
            ));
        }
        // A receipt is judged as of its own time, so without the list of what was revoked since.
        let anchor = TrustAnchor::new(self.service.certificate())
            .expect("the certificate was an anchor when it was loaded");
        receipt::countersign(receipt, &asked, &anchor, &*self.signer, &self.chain)
            .map_err(|error| refusal(&error))
    }
}

/// The order whose receipt `GET /v1/orders/{order}/receipt` asks for.
fn order_in(target: &str) -> Option<&str> {
    let rest = target.strip_prefix("/v1/orders/")?;
    rest.strip_suffix("/receipt")
}

fn refusal(error: &CountersignError) -> Refusal {
    if matches!(error, CountersignError::Audience | CountersignError::Order) {
        return another(&error.to_string());
    }
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, "a receipt is not counter-signed");
    Refusal::because(ProblemType::Internal, "receipt")
}

/// The platform gave a receipt that was not asked for.
fn another(error: &str) -> Refusal {
    tracing::error!(error, "a receipt is not counter-signed");
    Refusal::because(ProblemType::Unavailable, "another-receipt")
}
