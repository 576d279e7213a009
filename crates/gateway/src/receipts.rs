//! Counter-signs the platform's receipts (PROTOCOL.md, section 11).

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use wattkey_pki::{Certificate, Role, Signer, Trust, TrustAnchor};
use wattkey_protocol::fields::content_digest;
use wattkey_protocol::names::MEDIA_JOSE_JSON;
use wattkey_protocol::problem::ProblemType;
use wattkey_protocol::receipt;
use wattkey_seal::message::Response;
use wattkey_transport::clock;

use crate::refusal::Refusal;

/// The receipt key in the card, and what its signatures are verified with.
#[derive(Debug)]
pub struct Receipts {
    signer: Arc<dyn Signer>,
    chain: Vec<Certificate>,
    service: Arc<Trust>,
}

impl Receipts {
    /// With the receipt key and its certificate; `service` is whose platform is believed.
    #[must_use]
    pub fn new(signer: Arc<dyn Signer>, certificate: Certificate, service: Arc<Trust>) -> Self {
        let chain = vec![certificate, service.certificate()];
        Self {
            signer,
            chain,
            service,
        }
    }

    /// Verifies the platform's signature on the receipt in `answer` and adds ours. Answers that
    /// are no receipts (problems) pass unchanged. Blocks for as long as the card takes.
    ///
    /// # Errors
    /// When the receipt is not good, or our own certificate is not, or the card does not sign.
    pub fn countersign(&self, mut answer: Response) -> Result<Response, Refusal> {
        if answer.status != 200
            || answer.field(CONTENT_TYPE.as_str()) != Some(MEDIA_JOSE_JSON.as_bytes())
        {
            return Ok(answer);
        }
        let text = self.signed(&answer.body)?;
        for (name, value) in &mut answer.fields {
            if name == "content-digest" {
                *value = content_digest(text.as_bytes()).into_bytes();
            }
        }
        answer.body = text.into_bytes();
        Ok(answer)
    }

    fn signed(&self, receipt: &[u8]) -> Result<String, Refusal> {
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
        receipt::countersign(receipt, &anchor, &*self.signer, &self.chain).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "a receipt is not counter-signed");
            Refusal::because(ProblemType::Internal, "receipt")
        })
    }
}
