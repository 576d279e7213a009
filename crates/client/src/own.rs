//! What a user signs about its own organisation: changes of own data, decisions on them, disputes
//! of bills, acknowledgements of notices. Each is shown from the bytes that will be signed.

mod reviewed;

use wattkey_domain::{BillDocument, BillId, ChangeId, DisputeId, NoticeId};
use wattkey_pki::Digest;
use wattkey_protocol::api::Me;
use wattkey_protocol::change::{self, Change, Profile, What};
use wattkey_protocol::dispute::{self, Dispute, Terms};
use wattkey_protocol::notice::{self, Acknowledgement, NoticeDocument, NoticeView};
use wattkey_protocol::order::DocumentError;
use wattkey_protocol::time;

pub use reviewed::ReviewedChange;

use crate::client::Client;
use crate::connection::ServiceError;
use crate::payment::expiry;

/// Why there is nothing to sign. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The service did not answer, or with a problem.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The customer has no such notice, change or bill.
    #[error("there is no {0}")]
    None(String),
    /// What the service gave is another one than it says.
    #[error("what came does not fit: {0}")]
    Differs(&'static str),
    /// What was wanted breaks the protocol.
    #[error("no document can be made of this")]
    Document(#[source] DocumentError),
}

/// The version that a change replaces: that of the profile, 0 when there is none.
#[must_use]
pub fn version(profile: &Profile, what: &What) -> i64 {
    match what {
        What::Contacts { .. } => profile.contacts.version,
        What::InvoiceData { .. } => profile.invoice_data.version,
        What::NoticeAddress { account, .. } => {
            let mut known = profile.notice_addresses.iter();
            let known = known.find(|view| view.account == *account);
            known.map_or(0, |view| view.version)
        }
        What::Rights { user, account, .. } => {
            let mut known = profile.rights.iter();
            let known = known.find(|view| view.user == *user && view.account == *account);
            known.map_or(0, |view| view.version)
        }
    }
}

/// A change of own data, to be shown and signed.
///
/// # Errors
/// [`OwnError::Document`], when what is wanted cannot be.
pub fn change(
    client: &Client,
    me: &Me,
    profile: &Profile,
    what: What,
    change: ChangeId,
) -> Result<change::Draft, OwnError> {
    let created = time::whole_seconds(client.now());
    let document = Change {
        change,
        audience: client.config().audience.clone(),
        customer: me.customer.clone(),
        user: me.user.clone(),
        replaces: version(profile, &what),
        what,
        created,
        expires: expiry(created),
    };
    change::Draft::new(&document).map_err(OwnError::Document)
}

/// The bytes of a bill's document, which are those that the service names by their digest.
///
/// # Errors
/// [`OwnError`].
pub async fn bill(client: &mut Client, bill: &BillId) -> Result<(BillDocument, Digest), OwnError> {
    let detail = client.bill(bill).await?;
    let detail = detail.ok_or_else(|| OwnError::None(bill.to_string()))?;
    let bytes = client.document(bill).await?;
    if Digest::of(&bytes) != detail.document {
        return Err(OwnError::Differs("the digest of the bill"));
    }
    let document =
        BillDocument::parse(&bytes).map_err(|_| OwnError::Differs("the bill's document"))?;
    if document.bill != *bill {
        return Err(OwnError::Differs("the bill's id"));
    }
    Ok((document, detail.document))
}

/// A dispute, to be shown and signed; terms of none withdraw it.
///
/// # Errors
/// [`OwnError::Document`], when what is wanted cannot be.
pub fn dispute(
    client: &Client,
    me: &Me,
    dispute: DisputeId,
    terms: Option<Terms>,
) -> Result<dispute::Draft, OwnError> {
    let created = time::whole_seconds(client.now());
    let document = Dispute {
        dispute,
        audience: client.config().audience.clone(),
        customer: me.customer.clone(),
        user: me.user.clone(),
        terms,
        created,
        expires: expiry(created),
    };
    dispute::Draft::new(&document).map_err(OwnError::Document)
}

/// A notice as it was served: its bytes are those of the digest that is acknowledged.
#[derive(Debug)]
pub struct Served {
    /// What the list says of it.
    pub view: NoticeView,
    /// What it says.
    pub document: NoticeDocument,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
}

impl Served {
    /// Fetches a notice and makes sure that it is this customer's, of this service, and the one
    /// that the list names.
    ///
    /// # Errors
    /// [`OwnError`].
    pub async fn fetch(client: &mut Client, me: &Me, notice: NoticeId) -> Result<Served, OwnError> {
        let none = || OwnError::None(notice.to_string());
        let view = client.notice(notice).await?.ok_or_else(none)?;
        let bytes = client.notice_document(notice).await?.ok_or_else(none)?;
        let document =
            NoticeDocument::parse(&bytes).map_err(|_| OwnError::Differs("the notice"))?;
        let audience = client.config().audience.as_str();
        let fits = [
            ("the notice's digest", Digest::of(&bytes) == view.digest),
            ("the notice's id", document.notice == notice),
            ("the notice's service", document.audience == audience),
            (
                "the notice's customer",
                document.customer.id == me.customer.id,
            ),
            ("the notice's account", document.account == view.account),
        ];
        match fits.iter().find(|(_, fits)| !fits) {
            Some((what, _)) => Err(OwnError::Differs(what)),
            None => Ok(Served {
                view,
                document,
                bytes,
            }),
        }
    }

    /// Its acknowledgement, to be shown and signed.
    ///
    /// # Errors
    /// [`OwnError::Document`].
    pub fn acknowledge(&self, client: &Client, me: &Me) -> Result<notice::Draft, OwnError> {
        let created = time::whole_seconds(client.now());
        let document = Acknowledgement {
            notice: self.view.notice,
            notice_digest: self.view.digest,
            audience: client.config().audience.clone(),
            customer: me.customer.clone(),
            user: me.user.clone(),
            created,
            expires: expiry(created),
        };
        notice::Draft::new(&document).map_err(OwnError::Document)
    }
}
