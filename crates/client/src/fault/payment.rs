//! What is wrong with what a person wants to sign, or signed.

use wattkey_domain::NoticeId;

use super::{Exit, Fault};
use crate::own::OwnError;
use crate::payment::{DraftError, TotalDiffers};
use crate::review::ReviewError;
use crate::sending::PaymentError;
use crate::show;

impl From<PaymentError> for Fault {
    fn from(error: PaymentError) -> Fault {
        match error {
            PaymentError::Journal(error) => error.into(),
            PaymentError::Unrecorded { document, source } => {
                Fault::new("unknown-outcome", Exit::UnknownOutcome)
                    .because(source.into())
                    .with("order", document.to_string())
            }
            PaymentError::Order(error) => Fault::new("signed-malformed", Exit::Usage).cause(&error),
            PaymentError::Audience { audience } => {
                Fault::new("signed-audience", Exit::Usage).with("audience", audience)
            }
            PaymentError::Signer { signer } => {
                Fault::new("signed-other-key", Exit::OrderRefused).with("signer", signer)
            }
        }
    }
}

impl From<ReviewError> for Fault {
    fn from(error: ReviewError) -> Fault {
        match error {
            ReviewError::Service(error) => error.into(),
            ReviewError::NoOrder { order } => {
                Fault::new("no-order", Exit::NotFound).with("order", order.to_string())
            }
            other => Fault::new("order-not-genuine", Exit::ReceiptInvalid).cause(&other),
        }
    }
}

impl From<DraftError> for Fault {
    fn from(error: DraftError) -> Fault {
        match error {
            DraftError::Service(error) => error.into(),
            DraftError::NoBill { bill } => {
                Fault::new("no-bill", Exit::NotFound).with("bill", bill.to_string())
            }
            DraftError::NothingOpen { bill, order: None } => {
                Fault::new("nothing-open", Exit::OrderRefused).with("bill", bill.to_string())
            }
            DraftError::NothingOpen {
                bill,
                order: Some(order),
            } => Fault::new("bill-held", Exit::OrderRefused)
                .with("bill", bill.to_string())
                .with("order", order.to_string()),
            DraftError::NothingDue => Fault::new("nothing-due", Exit::OrderRefused),
            DraftError::TooManyBills { count } => {
                Fault::new("too-many-bills", Exit::Usage).with("count", count.to_string())
            }
            DraftError::TooMuch { bill, open } => Fault::new("too-much", Exit::OrderRefused)
                .with("bill", bill.to_string())
                .with("open", open),
            DraftError::Amount { given, reason } => Fault::amount(&given, reason),
            DraftError::Day { day, first, last } => Fault::new("execute-day", Exit::Usage)
                .with("day", day.to_string())
                .with("first", first.to_string())
                .with("last", last.to_string()),
            DraftError::Days { from, until } => Fault::new("usage-days", Exit::Usage)
                .with("from", from.to_string())
                .with("to", until.to_string()),
            DraftError::NoAccount { account } => {
                Fault::new("no-account", Exit::NotFound).with("account", account.to_string())
            }
            DraftError::Document { bill, reason } => Fault::new("document", Exit::OrderRefused)
                .with("bill", bill.to_string())
                .with("reason", reason),
            DraftError::Currencies(one, other) => Fault::new("currencies", Exit::Usage)
                .with("one", one.to_string())
                .with("other", other.to_string()),
            DraftError::NoMandate(currency) => {
                Fault::new("no-mandate", Exit::OrderRefused).with("currency", currency.to_string())
            }
            DraftError::UnknownMandate(mandate) => {
                Fault::new("unknown-mandate", Exit::NotFound).with("mandate", mandate.to_string())
            }
            DraftError::SeveralMandates(mandates) => {
                let mandates: Vec<_> = mandates.iter().map(ToString::to_string).collect();
                Fault::new("several-mandates", Exit::Usage).with("mandates", mandates.join(", "))
            }
            DraftError::Reference(_) => Fault::new("reference", Exit::Usage),
            DraftError::Order(error) => Fault::new("order-malformed", Exit::Usage).cause(&error),
        }
    }
}

impl From<OwnError> for Fault {
    fn from(error: OwnError) -> Fault {
        match error {
            OwnError::Service(error) => error.into(),
            OwnError::None(id) => {
                let list = match id.parse::<NoticeId>() {
                    Ok(_) => "wattkey notices, wattkey changes",
                    Err(_) => "wattkey bills",
                };
                let fault = Fault::new("no-such-thing", Exit::NotFound);
                fault.with("word", id).with("list", list)
            }
            OwnError::Line { bill, line } => Fault::new("no-line", Exit::NotFound)
                .with("bill", bill.to_string())
                .with("line", line.to_string()),
            OwnError::LineAmount { line, has } => Fault::new("line-amount", Exit::Usage)
                .with("line", line.to_string())
                .with("amount", show::money(has.minor(), has.currency())),
            OwnError::TaxNumber(number) => {
                Fault::new("tax-number", Exit::Usage).with("number", number)
            }
            OwnError::Differs(_) => Fault::new("not-as-said", Exit::ReceiptInvalid).cause(&error),
            OwnError::Document(error) => Fault::new("document-wrong", Exit::Usage).cause(&error),
        }
    }
}

impl From<TotalDiffers> for Fault {
    fn from(error: TotalDiffers) -> Fault {
        match error.malformed {
            None => Fault::new("total-differs", Exit::TotalDiffers),
            Some(reason) => Fault::new("total-malformed", Exit::Usage).why_amount(reason),
        }
        .with("total", error.total)
        .with("given", error.given)
    }
}
