//! What a user signs about its own organisation: changes of own data, decisions on them, disputes
//! of bills, acknowledgements of notices. Each is shown from the bytes that will be signed.

mod reviewed;

use wattkey_domain::{
    BillDocument, BillId, ChangeId, DisputeId, Money, NoticeId, Right, UserId, social_credit,
};
use wattkey_pki::Digest;
use wattkey_protocol::api::Me;
use wattkey_protocol::change::{self, Change, Profile, What};
use wattkey_protocol::dispute::{self, Dispute, Terms};
use wattkey_protocol::lines::Line;
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
    /// What is disputed is more than the line has, or the line takes something off the bill.
    #[error("line {line} of the bill has {has}")]
    LineAmount {
        /// The line.
        line: u32,
        /// What it has.
        has: Money,
    },
    /// The bill has no such line.
    #[error("bill {bill} has no line {line}")]
    Line {
        /// The bill.
        bill: BillId,
        /// The line.
        line: u32,
    },
    /// The number is a unified social credit code with a wrong check character.
    #[error("{0} is mistyped: its check character is wrong")]
    TaxNumber(String),
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

/// Whether somebody could approve a change of the rights of `about` that `signer` signs: another user
/// who administers. The profile is what `signer` sees: who does not administer sees no other user, and
/// what is wrong then the service says.
#[must_use]
pub fn has_approver(profile: &Profile, signer: UserId, about: UserId) -> bool {
    let users = profile.users.iter();
    let mut administrators = users.filter(|one| one.rights.contains(&Right::Administer));
    let own = administrators.clone().any(|one| one.user.id == signer);
    !own || administrators.any(|one| ![signer, about].contains(&one.user.id))
}

/// The lines of own data below their kind, which a heading says.
#[must_use]
pub fn values(what: &What) -> Vec<Line> {
    what.lines().into_iter().skip(1).collect()
}

/// What is there now of what a change replaces, so that who signs sees what goes; nothing when
/// there is none yet.
#[must_use]
pub fn before(profile: &Profile, what: &What) -> Vec<Line> {
    let present = match what {
        What::Contacts { .. } => Some(What::Contacts {
            contacts: profile.contacts.contacts.clone(),
        }),
        What::NoticeAddress { account, .. } => {
            let mut known = profile.notice_addresses.iter();
            known.find(|view| view.account == *account).map(What::from)
        }
        What::InvoiceData { .. } => profile.invoice_data.data.clone().map(What::from),
        What::Rights { user, account, .. } => {
            let mut known = profile.rights.iter();
            let known = known.find(|view| view.user == *user && view.account == *account);
            Some(What::Rights {
                user: *user,
                account: account.clone(),
                rights: known.and_then(|view| view.given),
            })
        }
    };
    present.as_ref().map(values).unwrap_or_default()
}

/// A change of own data, to be shown and signed.
///
/// # Errors
/// [`OwnError::Document`], when what is wanted cannot be; [`OwnError::TaxNumber`].
pub fn change(
    client: &Client,
    me: &Me,
    profile: &Profile,
    what: What,
    change: ChangeId,
) -> Result<change::Draft, OwnError> {
    if let What::InvoiceData { tax_number, .. } = &what
        && social_credit::is_mistyped(tax_number)
    {
        return Err(OwnError::TaxNumber(tax_number.clone()));
    }
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

/// The line of a bill of which so much is to be disputed, in minor units.
///
/// # Errors
/// [`OwnError::Line`], [`OwnError::LineAmount`].
pub fn disputed_line(
    bill: &BillDocument,
    line: u32,
    minor: i64,
) -> Result<&wattkey_domain::Line, OwnError> {
    let index = usize::try_from(line)
        .ok()
        .and_then(|line| line.checked_sub(1));
    let found = index.and_then(|index| bill.lines.get(index));
    let found = found.ok_or_else(|| OwnError::Line {
        bill: bill.bill.clone(),
        line,
    })?;
    if minor <= found.amount.minor() {
        return Ok(found);
    }
    // What a line takes off the bill is below zero: nothing is owed for it.
    let has = Money::new(found.amount.minor().max(0), bill.currency());
    let has = has.unwrap_or(Money::zero(bill.currency()));
    Err(OwnError::LineAmount { line, has })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(number: u8) -> UserId {
        format!("2f1e0d3c-4b5a-4697-8871-0000000000{number:02x}")
            .parse()
            .unwrap()
    }

    fn profile(rights: &[&str]) -> Profile {
        let users = rights.iter().zip(1..).map(|(right, number)| {
            json!({"user": {"id": id(number), "name": "A"}, "rights": ["view", right]})
        });
        let profile = json!({"customer": {"id": id(9), "name": "Example Steel"},
            "contacts": {"version": 0, "contacts": [], "since": null}, "notice_addresses": [],
            "invoice_data": {"version": 0, "data": null, "since": null},
            "users": users.collect::<Vec<_>>(), "rights": [], "next": null});
        serde_json::from_value(profile).unwrap()
    }

    #[test]
    fn rights_need_a_third_person_who_administers() {
        let three = profile(&["administer", "administer", "administer"]);
        assert!(has_approver(&three, id(1), id(2)));
        let two = profile(&["administer", "administer", "approve"]);
        assert!(has_approver(&two, id(1), id(3)));
        assert!(!has_approver(&two, id(1), id(2)));
        assert!(!has_approver(&profile(&["administer"]), id(1), id(3)));
        // The service says that this one gives no rights.
        assert!(has_approver(&profile(&["approve"]), id(1), id(3)));
    }

    #[test]
    fn a_line_is_disputed_as_far_as_it_is_owed() {
        let bill = json!({"bill": "B-1", "account": "C-1", "customer": id(9), "period": "2026-08",
            "currency": "CNY", "issued": "2026-09-01", "due": "2026-09-20",
            "lines": [{"kind": "energy", "text": {"en": "Energy", "zh": "电量电费"}, "amount": 900},
                {"kind": "power-factor", "text": {"en": "Reward", "zh": "奖励"}, "amount": -100}],
            "total": 800, "revenue": 800, "tax": 0, "levies": 0});
        let bill = BillDocument::parse(bill.to_string().as_bytes()).unwrap();
        assert_eq!(disputed_line(&bill, 1, 900).unwrap().amount.minor(), 900);
        let has = |line, minor| match disputed_line(&bill, line, minor) {
            Err(OwnError::LineAmount { has, .. }) => has.minor(),
            other => panic!("{other:?}"),
        };
        assert_eq!(has(1, 901), 900);
        assert_eq!(has(2, 1), 0, "nothing is owed for it");
        for line in [0, 3] {
            let none = disputed_line(&bill, line, 1);
            assert!(matches!(none, Err(OwnError::Line { .. })), "{line}");
        }
    }
}
