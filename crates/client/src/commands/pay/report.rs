//! What became of orders, said and turned into exit codes.

use serde::Serialize;
use wattkey_client::payment::{Outcome, PaymentError, Unknown};
use wattkey_domain::{OrderId, OrderState};
use wattkey_protocol::api::OrderView;
use wattkey_protocol::problem::Problem;

use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;
use crate::commands::payments;

/// One order of `pay` and `pay --resume` under `--json`.
#[derive(Serialize)]
struct Document {
    order: OrderId,
    /// `accepted`, `refused`, `never-accepted` or `unknown`.
    outcome: &'static str,
    /// State of an accepted order.
    state: Option<&'static str>,
    /// The order as the service knows it.
    payment: Option<Box<OrderView>>,
    /// Why it was refused.
    problem: Option<Box<Problem>>,
}

#[derive(Serialize)]
struct Documents {
    orders: Vec<Document>,
}

/// Reports the one order that was sent.
pub(super) fn one(output: &Output, order: OrderId, outcome: Outcome) -> Result<(), Fault> {
    let (document, fault) = taken_apart(order, outcome);
    // A script reads the order id also when the outcome is unknown; a person is told by the fault.
    if output.json() || fault.is_none() {
        output.result(&document, || accepted(output, &document))?;
    }
    fault
        .or_else(|| not_carried_out(&document))
        .map_or(Ok(()), Err)
}

/// Reports an order that was accepted, in its present state.
pub(super) fn accepted_one(output: &Output, view: OrderView) -> Result<(), Fault> {
    let order = view.order;
    one(output, order, Outcome::Accepted(Box::new(view)))
}

/// Reports all orders that were resumed. What is still unknown makes the exit code, then what the
/// bank did not carry out.
pub(super) fn all(
    output: &Output,
    outcomes: Vec<(OrderId, Result<Outcome, PaymentError>)>,
) -> Result<(), Fault> {
    let mut orders = Vec::new();
    let mut worst: Option<Fault> = None;
    let mut not_paid: Option<Fault> = None;
    let mut lines = String::new();
    for (order, outcome) in outcomes {
        let (document, fault) = match outcome {
            Ok(outcome) => taken_apart(order, outcome),
            Err(error) => (unknown(order), Some(error.into())),
        };
        lines.push_str(&line(output, &document, fault.as_ref()));
        not_paid = not_paid.or_else(|| not_carried_out(&document));
        orders.push(document);
        // Refused and never accepted are known outcomes: nothing is left to do.
        let matters = |fault: &Fault| !is_known(fault);
        worst = worst.or(fault.filter(matters));
    }
    if orders.is_empty() {
        lines = output.text().get("nothing-to-resume") + "\n";
    }
    output.result(&Documents { orders }, || lines)?;
    worst.or(not_paid).map_or(Ok(()), Err)
}

/// An order that was accepted and that the bank then rejected or returned: nobody is paid.
fn not_carried_out(document: &Document) -> Option<Fault> {
    let view = document.payment.as_deref()?;
    match view.state {
        OrderState::Rejected | OrderState::Returned => Some(
            Fault::new("order-rejected", Exit::OrderRefused).with("order", view.order.to_string()),
        ),
        OrderState::Accepted | OrderState::Submitted | OrderState::Settled => None,
    }
}

fn is_known(fault: &Fault) -> bool {
    fault.code == "never-accepted" || fault.problem.is_some()
}

fn line(output: &Output, document: &Document, fault: Option<&Fault>) -> String {
    let said = match (fault, document.state) {
        (Some(fault), _) => output.words_of(fault).0,
        (None, Some(state)) => payments::state(output, state),
        (None, None) => document.outcome.to_owned(),
    };
    show::safe(&format!("{}  {said}", document.order)) + "\n"
}

fn accepted(output: &Output, document: &Document) -> String {
    let view = document
        .payment
        .as_ref()
        .map(|view| payments::human(output, view));
    format!(
        "{}\n\n{}",
        output.text().get("order-accepted"),
        view.unwrap_or_default()
    )
}

fn unknown(order: OrderId) -> Document {
    Document {
        order,
        outcome: "unknown",
        state: None,
        payment: None,
        problem: None,
    }
}

fn taken_apart(order: OrderId, outcome: Outcome) -> (Document, Option<Fault>) {
    match outcome {
        Outcome::Accepted(view) => {
            let state = Some(view.state.as_str());
            let document = Document {
                outcome: "accepted",
                state,
                payment: Some(view),
                ..unknown(order)
            };
            (document, None)
        }
        Outcome::Refused(problem) => {
            let fault = Fault::from(problem.clone());
            let document = Document {
                outcome: "refused",
                problem: Some(problem),
                ..unknown(order)
            };
            (document, Some(fault))
        }
        Outcome::NeverAccepted => {
            let fault =
                Fault::new("never-accepted", Exit::OrderRefused).with("order", order.to_string());
            (
                Document {
                    outcome: "never-accepted",
                    ..unknown(order)
                },
                Some(fault),
            )
        }
        Outcome::Unknown(why) => (unknown(order), Some(unknown_fault(order, why))),
    }
}

fn unknown_fault(order: OrderId, why: Unknown) -> Fault {
    let exit = Exit::UnknownOutcome;
    match why {
        Unknown::NoAnswer(error) => Fault::new("unknown-outcome", exit).because(error.into()),
        Unknown::NotSent { error, until } => Fault::new("order-not-sent", exit)
            .because(error.into())
            .with("until", until),
        Unknown::AskLater { from } => Fault::new("unknown-ask-later", exit).with("from", from),
        Unknown::LeaveToSigner { signer } => {
            Fault::new("unknown-signer", exit).with("signer", signer)
        }
        Unknown::LeaveToCustomer { customer } => {
            Fault::new("unknown-customer", exit).with("customer", customer)
        }
    }
    .with("order", order.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wattkey_client::connection::ServiceError;
    use wattkey_client::lock::Locked;

    use super::*;
    use crate::cli::text::{Lang, Text};

    const ORDER: &str = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";

    fn order() -> OrderId {
        ORDER.parse().unwrap()
    }

    fn accepted_in(state: &str) -> Outcome {
        let view = json!({
            "order": ORDER, "digest": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
            "state": state,
            "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
            "total": 100, "currency": "CNY",
            "bills": [{"bill": "B-1", "principal": 100, "penalty": 0}],
            "reference": "", "history": [],
        });
        Outcome::Accepted(Box::new(serde_json::from_value(view).unwrap()))
    }

    fn exit(result: Result<(), Fault>) -> Option<(&'static str, u8)> {
        result.err().map(|fault| (fault.code, fault.exit as u8))
    }

    #[test]
    fn what_the_bank_did_not_carry_out_makes_the_exit_code() {
        let output = Output::new(Text::new(Lang::En), true);
        let not_paid = Some(("order-rejected", 40));
        for (state, wanted) in [
            ("accepted", None),
            ("submitted", None),
            ("settled", None),
            ("rejected", not_paid),
            ("returned", not_paid),
        ] {
            let sent = one(&output, order(), accepted_in(state));
            assert_eq!(exit(sent), wanted, "{state}");
            let resumed = all(&output, vec![(order(), Ok(accepted_in(state)))]);
            assert_eq!(exit(resumed), wanted, "{state}, resumed");
        }
    }

    #[test]
    fn what_is_still_unknown_comes_first() {
        let output = Output::new(Text::new(Lang::En), true);
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
            let exit = exit(all(&output, outcomes));
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
        assert_eq!(exit(all(&output, vec![never])), None);
    }
}
