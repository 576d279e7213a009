//! Whatever a bank sends: the document says what it is.

use crate::camt::{self, Kind};
use crate::pain002::{self, StatusReport};
use crate::xml::{self, MessageName, ReadError};

/// A message of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// pain.002.
    Status(StatusReport),
    /// camt.053 or camt.054.
    Entries(camt::Message),
}

static MESSAGES: [MessageName; 3] = [
    pain002::NAME,
    camt::name(Kind::Statement),
    camt::name(Kind::Notification),
];

/// Reads a status report, a notification or a statement.
///
/// # Errors
/// When `bytes` is none of them, or exceeds a bound.
pub fn read(bytes: &[u8]) -> Result<Message, ReadError> {
    let (document, place) = xml::read(bytes, &MESSAGES)?;
    match place {
        0 => pain002::report(&document).map(Message::Status),
        1 => camt::message(&document, Kind::Statement).map(Message::Entries),
        _ => camt::message(&document, Kind::Notification).map(Message::Entries),
    }
}

impl Message {
    /// As lists and logs name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) => "pain.002",
            Self::Entries(message) => match message.kind {
                Kind::Statement => "camt.053",
                Kind::Notification => "camt.054",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_says_what_it_is() {
        for (sample, kind) in [
            (
                &include_bytes!("../../../testdata/iso20022/camt053.v8.sample.xml")[..],
                "camt.053",
            ),
            (
                &include_bytes!("../../../testdata/iso20022/camt054.v8.sample.xml")[..],
                "camt.054",
            ),
            (
                b"<Document><CstmrPmtStsRpt><GrpHdr><MsgId>S</MsgId></GrpHdr><OrgnlGrpInfAndSts>\
                  <OrgnlMsgId>M</OrgnlMsgId></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>",
                "pain.002",
            ),
        ] {
            assert_eq!(read(sample).unwrap().kind(), kind);
        }
        let other = read(b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.052.001.08\"/>");
        let message = other.unwrap_err().to_string();
        assert!(
            message.contains("pain.002 or camt.053 or camt.054") && message.contains("camt.052"),
            "{message}"
        );
    }
}
