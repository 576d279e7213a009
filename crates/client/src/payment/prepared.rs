//! Shown, then confirmed, then signed: each a type of its own.

use wattkey_domain::{Currency, OrderId};
use wattkey_pki::SignError;
use wattkey_protocol::api::Me;
use wattkey_protocol::order::{Draft, Line, Order, SignedOrder, Source};
use wattkey_token::Pin;

use super::caution::{self, Caution};
use super::draft::{self, DraftError, Request};
use crate::client::Client;
use crate::money;

/// The right of a user whose signature alone moves money.
const RIGHT_TO_APPROVE: &str = "approve";

/// An order that can be shown, not confirmed yet.
#[derive(Debug, Clone)]
pub struct Prepared {
    draft: Draft,
    cautions: Vec<Caution>,
}

/// An order that the user agreed to.
#[derive(Debug)]
pub struct Confirmed {
    draft: Draft,
}

/// A total that somebody has to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// In minor units.
    pub minor: i64,
    /// Of the amount.
    pub currency: Currency,
}

impl Total {
    /// The total of an order.
    #[must_use]
    pub fn of(order: &Order) -> Total {
        Total {
            minor: order.total,
            currency: order.currency,
        }
    }

    /// As the user has to type it: `12369.69`.
    #[must_use]
    pub fn plain(&self) -> String {
        money::plain(self.minor, self.currency)
    }

    /// Whether `given` is this total.
    ///
    /// # Errors
    /// [`TotalDiffers`].
    pub fn agrees(&self, given: &str) -> Result<(), TotalDiffers> {
        let malformed = match money::parse(given, self.currency) {
            Ok(minor) if minor == self.minor => return Ok(()),
            Ok(_) => None,
            Err(error) => Some(error),
        };
        Err(TotalDiffers {
            total: self.plain(),
            given: given.to_owned(),
            malformed,
        })
    }
}

/// The total that was given is not the order's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the total is {total}, not {given}")]
pub struct TotalDiffers {
    /// Total of the order, as [`money::plain`] writes it.
    pub total: String,
    /// What was given.
    pub given: String,
    /// Why it is not an amount, if it is none.
    pub malformed: Option<money::AmountError>,
}

impl Prepared {
    /// Builds an order from what the service says of the bills.
    ///
    /// # Errors
    /// [`DraftError`]: nothing to pay, documents that do not fit, no mandate.
    pub async fn build(
        client: &mut Client,
        me: &Me,
        request: &Request,
        order: OrderId,
    ) -> Result<Prepared, DraftError> {
        draft::build(client, me, request, order)
            .await
            .map(|(draft, bills)| Prepared {
                draft,
                cautions: caution::cautions(&bills),
            })
    }

    /// What the user should know before signing.
    #[must_use]
    pub fn cautions(&self) -> &[Caution] {
        &self.cautions
    }

    /// What the user is shown: every member of the bytes that will be signed.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.draft.lines()
    }

    /// The document.
    #[must_use]
    pub fn order(&self) -> &Order {
        self.draft.order()
    }

    /// Whether this says all that `shown` says, but for when it was made and until when it holds.
    #[must_use]
    pub fn differs_in_times_only(&self, shown: &Prepared) -> bool {
        let mut shown = shown.order().clone();
        let order = self.order();
        shown.created = order.created;
        shown.expires = order.expires;
        for (shown, bill) in shown.bills.iter_mut().zip(&order.bills) {
            shown.quote_until = bill.quote_until;
        }
        shown == *order
    }

    /// The total as the user has to type it: `12369.69`.
    #[must_use]
    pub fn total(&self) -> String {
        Total::of(self.draft.order()).plain()
    }

    /// Whether `total` is the order's, written like `12369.69`.
    ///
    /// # Errors
    /// [`TotalDiffers`].
    pub fn agrees(&self, total: &str) -> Result<(), TotalDiffers> {
        Total::of(self.draft.order()).agrees(total)
    }

    /// Whether the order will wait for the decision of another person, as far as this user's
    /// rights and limits tell.
    #[must_use]
    pub fn needs_approval(&self, me: &Me) -> bool {
        let order = self.draft.order();
        let alone = me.limits.and_then(|limits| limits.alone);
        let by_transfer = matches!(order.source, Source::Transfer { .. });
        let may_alone = me.rights.iter().any(|right| right == RIGHT_TO_APPROVE);
        !by_transfer && (!may_alone || alone.is_some_and(|alone| order.total > alone))
    }

    /// Agrees to the order by its total.
    ///
    /// # Errors
    /// [`TotalDiffers`]; nothing can be signed then.
    pub fn confirm(self, total: &str) -> Result<Confirmed, TotalDiffers> {
        self.agrees(total)?;
        Ok(Confirmed { draft: self.draft })
    }
}

impl Confirmed {
    /// Signs with the signature key; the PIN is gone afterwards, right or wrong.
    ///
    /// # Errors
    /// When the USB key does not sign; its source is a [`wattkey_token::TokenError`].
    pub fn sign(self, client: &Client, pin: Pin) -> Result<SignedOrder, SignError> {
        client.sign(self.draft, pin)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::money::AmountError;

    fn document() -> serde_json::Value {
        json!({
            "order": "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11", "audience": "https://pay.example",
            "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
            "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
            "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
            "bills": [{"bill": "B-1", "account": "C-1", "period": "2026-08",
                "document": wattkey_pki::Digest::of(b"bill"), "principal": 1_234_500,
                "penalty": 2_469, "quote_until": "2026-11-22T16:00:00Z"}],
            "deposit": null, "refund": null, "total": 1_236_969, "currency": "CNY",
            "source": {"kind": "mandate", "mandate": "M-1", "debtor_account": "GB33"},
            "execute": null,
            "reference": "", "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
        })
    }

    fn prepared() -> Prepared {
        of(document())
    }

    fn of(order: serde_json::Value) -> Prepared {
        let order: Order = serde_json::from_value(order).unwrap();
        Prepared {
            draft: Draft::new(&order).unwrap(),
            cautions: Vec::new(),
        }
    }

    #[test]
    fn an_order_built_again_has_other_times_and_nothing_else() {
        let mut later = document();
        later["created"] = json!("2026-11-22T08:03:00Z");
        later["expires"] = json!("2026-11-22T08:18:00Z");
        later["bills"][0]["quote_until"] = json!("2026-11-23T16:00:00Z");
        assert!(of(later.clone()).differs_in_times_only(&prepared()));
        for (pointer, other) in [
            ("/source/debtor_account", json!("GB34")),
            ("/payee/account", json!("DE75512108001245126199")),
            ("/payee/name", json!("Example Water")),
            ("/customer/name", json!("Sample Steel")),
            ("/bills/0/period", json!("2026-09")),
            ("/execute", json!("2026-11-30")),
        ] {
            let mut changed = later.clone();
            *changed.pointer_mut(pointer).unwrap() = other;
            let again = of(changed);
            assert!(!again.differs_in_times_only(&prepared()), "{pointer}");
        }
    }

    #[test]
    fn who_may_not_sign_alone_is_told_before() {
        let me = |rights: serde_json::Value, limits: serde_json::Value| -> Me {
            let me = json!({
                "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
                "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
                "key": {"serial": "1", "bound": "2026-01-01T00:00:00Z",
                    "expires": "2029-01-01T00:00:00Z"},
                "rights": rights, "limits": limits, "time_zone": "Asia/Shanghai",
                "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
            });
            serde_json::from_value(me).unwrap()
        };
        let alone = |alone: i64| json!({"day": null, "alone": alone, "used": 0, "currency": "CNY"});
        let table = [
            (json!(["view", "approve"]), json!(null), false),
            (json!(["view", "prepare"]), json!(null), true),
            (json!(["approve"]), alone(1_236_969), false),
            (json!(["approve"]), alone(1_236_968), true),
        ];
        for (rights, limits, wanted) in table {
            let me = me(rights, limits);
            assert_eq!(prepared().needs_approval(&me), wanted, "{me:?}");
        }
    }

    #[test]
    fn only_the_exact_total_confirms() {
        assert_eq!(prepared().total(), "12369.69");
        assert!(prepared().confirm("12369.69").is_ok());
        for (wrong, malformed) in [
            ("12369.70", None),
            ("1236969", None),
            ("", Some(AmountError::Malformed)),
            ("yes", Some(AmountError::Malformed)),
            ("12,369.69", Some(AmountError::Malformed)),
            ("12369.7", Some(AmountError::Decimals(2))),
        ] {
            let refused = prepared().confirm(wrong).unwrap_err();
            assert_eq!(refused.malformed, malformed, "{wrong}");
            assert_eq!(refused.total, "12369.69");
        }
    }
}
