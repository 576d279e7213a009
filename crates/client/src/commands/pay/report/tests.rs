use serde_json::json;
use wattkey_client::connection::ServiceError;
use wattkey_client::lock::Locked;

use super::*;
use crate::cli::output::Format;
use crate::cli::text::{Lang, Text};

const ORDER: &str = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";

fn order() -> OrderId {
    ORDER.parse().unwrap()
}

fn accepted_in(state: &str) -> Outcome<OrderView> {
    let view = json!({
        "order": ORDER, "digest": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        "state": state,
        "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
        "total": 100, "currency": "CNY",
        "bills": [{"bill": "B-1", "principal": 100, "penalty": 0}],
        "source": {"kind": "mandate", "mandate": "M-1"}, "reference": "", "history": [],
    });
    Outcome::Accepted(Box::new(serde_json::from_value(view).unwrap()))
}

fn resumed(orders: Vec<(OrderId, Resolved<OrderView>)>) -> Resumed {
    Resumed {
        orders,
        ..Resumed::default()
    }
}

fn exit(result: Result<(), Fault>) -> Option<(&'static str, u8)> {
    result.err().map(|fault| (fault.code, fault.exit as u8))
}

#[test]
fn what_the_bank_did_not_carry_out_makes_the_exit_code() {
    let output = Output::new(Text::new(Lang::En), Format::Json);
    let not_paid = Some(("order-rejected", 40));
    let withdrawn = Some(("order-withdrawn", 40));
    for (state, wanted) in [
        ("accepted", None),
        ("submitted", None),
        ("settled", None),
        ("rejected", not_paid),
        ("returned", not_paid),
        ("awaiting-approval", None),
        ("refused", withdrawn),
        ("cancelled", withdrawn),
        ("lapsed", withdrawn),
    ] {
        let sent = one(&output, order(), accepted_in(state));
        assert_eq!(exit(sent), wanted, "{state}");
        let resumed = all(&output, resumed(vec![(order(), Ok(accepted_in(state)))]));
        assert_eq!(exit(resumed), wanted, "{state}, resumed");
    }
}

#[test]
fn what_is_still_unknown_comes_first() {
    let output = Output::new(Text::new(Lang::En), Format::Json);
    let unknown = || {
        Outcome::Unknown(Unknown::LeaveToCustomer {
            customer: "Example Steel".into(),
        })
    };
    let rejected = || (order(), Ok(accepted_in("rejected")));
    for outcomes in [
        vec![rejected(), (order(), Ok(unknown()))],
        vec![(order(), Ok(unknown())), rejected()],
    ] {
        let exit = exit(all(&output, resumed(outcomes)));
        assert_eq!(exit, Some(("unknown-customer", 41)));
    }
    let pulled = |perhaps_sent| ServiceError::Locked {
        why: Locked::KeyPulled,
        perhaps_sent,
    };
    let not_sent = Outcome::Unknown(Unknown::NotSent {
        error: pulled(false),
        until: jiff::Timestamp::UNIX_EPOCH,
    });
    assert_eq!(
        exit(one(&output, order(), not_sent)),
        Some(("order-not-sent", 41))
    );
    let cut_off = Outcome::Unknown(Unknown::NoAnswer(pulled(true)));
    assert_eq!(
        exit(one(&output, order(), cut_off)),
        Some(("unknown-outcome", 41))
    );
    let never = (order(), Ok(Outcome::NeverAccepted));
    assert_eq!(exit(all(&output, resumed(vec![never]))), None);
}
