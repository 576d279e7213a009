//! Problem details (RFC 9457) of this protocol (`PROTOCOL.md` section 15).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Prefix of the problem types that are our own.
pub const PREFIX: &str = "https://wattkey.example/problems#";
const IANA: &str = "https://iana.org/assignments/http-problem-types#";

macro_rules! problem_types {
    ($($(#[$doc:meta])* $variant:ident = $prefix:ident $name:literal $status:literal $title:literal;)*) => {
        /// A type of problem, with its status and title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($(#[$doc])* $variant),* }

        impl ProblemType {
            /// All types.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Name: the fragment of the type URI.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// HTTP status code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// Short English summary.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// Type URI.
            #[must_use]
            pub fn uri(self) -> String {
                let prefix = match self { $(Self::$variant => $prefix),* };
                format!("{prefix}{}", self.name())
            }
        }
    };
}

problem_types! {
    /// Unknown key id (RFC 9458 §5.3).
    OhttpKey = IANA "ohttp-key" 400 "The capsule's key is not known";
    /// Clock too far off (RFC 9458 §6.5.2).
    Date = IANA "date" 400 "The request's date is out of the window";
    /// The capsule cannot be opened.
    Capsule = PREFIX "capsule" 400 "The capsule cannot be opened";
    /// Not well formed.
    Malformed = PREFIX "malformed" 400 "The request is malformed";
    /// A field that only the gateway writes.
    ForbiddenField = PREFIX "forbidden-field" 400 "The request has a field that only the security server writes";
    /// Another host.
    Authority = PREFIX "authority" 421 "The request is for another host";
    /// Another certificate than the connection's.
    CertificateMismatch = PREFIX "certificate-mismatch" 403 "The request names another certificate than the connection's";
    /// The certificate has ended.
    CertificateExpired = PREFIX "certificate-expired" 403 "The certificate has expired";
    /// The certificate is revoked.
    CertificateRevoked = PREFIX "certificate-revoked" 403 "The certificate is revoked";
    /// The certificate is not for this.
    CertificateRole = PREFIX "certificate-role" 403 "The certificate is not good for this";
    /// Opened before.
    Replay = PREFIX "replay" 409 "This capsule was opened before";
    /// Not a request of this protocol.
    Route = PREFIX "route" 404 "There is no such request";
    /// Body over its bound.
    Body = PREFIX "body" 413 "The content is too large";
    /// An order needs the hybrid group.
    ClassicalGroup = PREFIX "classical-group" 403 "Orders need X25519MLKEM768";
    /// A part behind cannot be reached.
    Unavailable = PREFIX "unavailable" 503 "The service cannot answer now";
    /// No binding.
    Unbound = PREFIX "unbound" 403 "The USB key is not bound";
    /// Session statement.
    Session = PREFIX "session" 401 "The session statement is not good";
    /// Request signature.
    RequestSignature = PREFIX "request-signature" 401 "The request's signature is not good";
    /// Nothing there for this customer.
    NotFound = PREFIX "not-found" 404 "There is no such thing";
    /// The order breaks the format.
    OrderMalformed = PREFIX "order-malformed" 400 "The order is malformed";
    /// The order's signature does not fit.
    OrderSignature = PREFIX "order-signature" 403 "The order's signature is not good";
    /// Same id, other payload.
    OrderExistsWithDifferentPayload = PREFIX "order-exists-with-different-payload" 409 "The order id was used for another order";
    /// Signed too long ago.
    OrderExpired = PREFIX "order-expired" 409 "The order has expired";
    /// The quote has lapsed.
    QuoteExpired = PREFIX "quote-expired" 409 "The quote has expired";
    /// Not what is open.
    QuoteMismatch = PREFIX "quote-mismatch" 409 "The amounts are not what is open";
    /// Another bill document.
    DocumentMismatch = PREFIX "document-mismatch" 409 "The bill document is another one";
    /// Held by another order.
    BillClaimed = PREFIX "bill-claimed" 409 "Another order holds the bill";
    /// Nothing open.
    BillPaid = PREFIX "bill-paid" 409 "The bill is paid";
    /// Currencies differ.
    Currency = PREFIX "currency" 409 "The currencies differ";
    /// No such mandate.
    Mandate = PREFIX "mandate" 409 "The debit mandate is not in force";
    /// More than the user may order on one day.
    Limit = PREFIX "limit" 409 "The order is over the user's limit of the day";
    /// The deposit has too little.
    Deposit = PREFIX "deposit" 409 "The deposit does not cover the order";
    /// No day on which it can be executed.
    ExecuteDay = PREFIX "execute-day" 409 "The order cannot be executed on that day";
    /// Not possible in the order's state.
    Decision = PREFIX "decision" 409 "The order's state does not allow this decision";
    /// What is to be cancelled has left.
    AlreadySent = PREFIX "already-sent" 409 "The order was handed to the bank already";
    /// Nobody approves his own order.
    OwnOrder = PREFIX "own-order" 403 "Another person than the signer has to decide";
    /// It was not decided in time.
    Lapsed = PREFIX "lapsed" 409 "The order has lapsed";
    /// The user may not do this, or not for this contract account.
    Right = PREFIX "right" 403 "The user has no right to do this";
    /// Another change came in between.
    Changed = PREFIX "changed" 409 "It was changed in between";
    /// Nobody decides his own change, or one of his own rights.
    OwnChange = PREFIX "own-change" 403 "Another person has to decide";
    /// Not this payee.
    Payee = PREFIX "payee" 409 "The payee is another one";
    /// The dispute cannot be opened or withdrawn.
    Dispute = PREFIX "dispute" 409 "The bill cannot be disputed, or the dispute not withdrawn";
    /// The legal clock is in the way of a cut-off.
    CutOff = PREFIX "cut-off" 409 "Supply cannot be cut at this moment";
    /// More days than one answer holds.
    Range = PREFIX "range" 400 "More days than one answer holds";
    /// The step does not fit.
    BindingStep = PREFIX "binding-step" 409 "The step does not fit the binding log";
    /// The log is damaged.
    BindingLog = PREFIX "binding-log" 503 "The binding log is damaged";
    /// The file does not follow, or is another one.
    FileNumber = PREFIX "file-number" 409 "The file's number does not fit";
    /// The file's signature is not that of its source.
    FileSignature = PREFIX "file-signature" 403 "The file's signature is not good";
    /// The file is not as its header says, or cannot be taken in.
    FileContent = PREFIX "file-content" 409 "The file cannot be taken in";
    /// A resolution cannot be taken in or done.
    Resolution = PREFIX "resolution" 409 "The resolution cannot be done";
    /// A resolution's signature does not fit.
    ResolutionSignature = PREFIX "resolution-signature" 403 "The resolution's signature is not good";
    /// A fault.
    Internal = PREFIX "internal" 500 "A fault";
}

impl ProblemType {
    /// The type of a URI, if it is one of this protocol.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.uri() == uri)
    }
}

/// A problem document. `detail` is for logs and developers; clients translate by type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Type URI.
    #[serde(rename = "type")]
    pub uri: String,
    /// Short English summary.
    #[serde(default)]
    pub title: String,
    /// HTTP status code.
    #[serde(default)]
    pub status: u16,
    /// What happened, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Members that the type defines.
    #[serde(flatten)]
    pub members: Map<String, Value>,
}

/// Longest problem document that is read.
pub const MAX_LEN: usize = 16 * 1024;

impl Problem {
    /// A problem of that type.
    #[must_use]
    pub fn new(kind: ProblemType) -> Self {
        Self {
            uri: kind.uri(),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: None,
            members: Map::new(),
        }
    }

    /// Adds what happened, in English, without secrets.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// Adds a member that the type defines.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The type, if it is one of this protocol.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemType> {
        ProblemType::from_uri(&self.uri)
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a problem is JSON")
    }

    /// Reads a document; `None` when it is not one or longer than [`MAX_LEN`].
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_LEN {
            return None;
        }
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_found_by_its_uri_and_in_the_protocol() {
        let protocol = include_str!("../../../PROTOCOL.md");
        for kind in ProblemType::ALL {
            assert_eq!(ProblemType::from_uri(&kind.uri()), Some(*kind));
            assert!(
                protocol.contains(kind.name()),
                "PROTOCOL.md does not name {}",
                kind.name()
            );
        }
    }

    #[test]
    fn members_travel_beside_the_standard_ones() {
        let problem = Problem::new(ProblemType::BillClaimed)
            .with("bill", "B-1")
            .detail("held");
        let read = Problem::parse(&problem.to_json()).unwrap();
        assert_eq!(read, problem);
        assert_eq!(read.kind(), Some(ProblemType::BillClaimed));
        assert_eq!(read.members["bill"], "B-1");
    }
}
