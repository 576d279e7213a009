//! What became of what was signed, said and turned into exit codes. What `pay --resume` found out of
//! several documents is in `resumed`.

mod resumed;

use serde::Serialize;
use wattkey_client::sending::{Kind, Outcome, PaymentError, Unknown};
use wattkey_domain::{Decision, InstructionId, OrderId, OrderState};
use wattkey_protocol::api::{OrderView, StandingInstructionView};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::order::Order;
use wattkey_protocol::problem::Problem;
use wattkey_protocol::standing_instruction::StandingInstruction;

use crate::cli::fault::{Exit, Fault, Value};
use crate::cli::output::Output;
use crate::commands::{payments, standing};

pub(super) use resumed::Other;
pub(crate) use resumed::{Resumed, all};

/// One order of `pay` and `pay --resume` under `--json`.
#[derive(Serialize)]
struct Document {
    order: OrderId,
    #[serde(flatten)]
    told: Told,
    /// The order as the service knows it.
    payment: Option<Box<OrderView>>,
}

/// A decision of `approve`, `refuse`, `cancel` and `pay --resume`.
#[derive(Serialize)]
struct DecisionReport {
    /// Absent when the journal's file has none.
    #[serde(flatten)]
    about: Option<DecisionAbout>,
    #[serde(flatten)]
    told: Told,
    /// The order as the service knows it.
    payment: Option<Box<OrderView>>,
}

#[derive(Serialize)]
struct DecisionAbout {
    order: OrderId,
    decision: Decision,
}

/// A standing instruction of `standing give`, `standing end` and `pay --resume`.
#[derive(Serialize)]
struct InstructionReport {
    instruction: Option<InstructionId>,
    #[serde(flatten)]
    told: Told,
    /// The instruction as the service knows it.
    standing_instruction: Option<Box<StandingInstructionView>>,
}

/// What became of a signed document.
#[derive(Serialize)]
struct Told {
    /// `accepted`, `refused`, `never-accepted` or `unknown`.
    outcome: &'static str,
    /// State of what was accepted.
    state: Option<&'static str>,
    /// Why it was refused.
    problem: Option<Box<Problem>>,
}

/// What became of the one document that was signed, with the service's answer.
#[derive(Serialize)]
struct AnsweredReport<V> {
    about: String,
    #[serde(flatten)]
    told: Told,
    /// What the document is about, as the service knows it.
    answer: Option<Box<V>>,
}

type Resolved<V> = Result<Outcome<V>, PaymentError>;

/// Reports the one order that was sent.
pub(super) fn one(
    output: &Output,
    order: OrderId,
    outcome: Outcome<OrderView>,
) -> Result<(), Fault> {
    let (told, payment, fault) = taken_apart::<Order>(&order.to_string(), Ok(outcome));
    let document = Document {
        order,
        told,
        payment,
    };
    // A script reads the order id also when the outcome is unknown; a person is told by the fault.
    if output.json() || fault.is_none() {
        output.result(&document, || {
            accepted(output, "order-accepted", document.payment.as_deref())
        })?;
    }
    fault
        .or_else(|| not_carried_out(document.payment.as_deref()))
        .map_or(Ok(()), Err)
}

/// Reports an order that was accepted, in its present state.
pub(super) fn accepted_one(output: &Output, view: OrderView) -> Result<(), Fault> {
    let order = view.order;
    one(output, order, Outcome::Accepted(Box::new(view)))
}

/// Reports the one decision that was sent.
pub(crate) fn decision(
    output: &Output,
    order: OrderId,
    decision: Decision,
    outcome: Outcome<OrderView>,
) -> Result<(), Fault> {
    let (told, payment, fault) = taken_apart::<DecisionDocument>(&order.to_string(), Ok(outcome));
    let report = DecisionReport {
        about: Some(DecisionAbout { order, decision }),
        told,
        payment,
    };
    if output.json() || fault.is_none() {
        output.result(&report, || {
            accepted(output, "decision-taken", report.payment.as_deref())
        })?;
    }
    let approved = (decision == Decision::Approve).then_some(report.payment.as_deref());
    fault
        .or_else(|| not_carried_out(approved.flatten()))
        .map_or(Ok(()), Err)
}

/// Reports the one standing instruction that was sent.
pub(crate) fn instruction(
    output: &Output,
    instruction: InstructionId,
    outcome: Outcome<StandingInstructionView>,
) -> Result<(), Fault> {
    let id = instruction.to_string();
    let (told, view, fault) = taken_apart::<StandingInstruction>(&id, Ok(outcome));
    let report = InstructionReport {
        instruction: Some(instruction),
        told,
        standing_instruction: view,
    };
    if output.json() || fault.is_none() {
        output.result(&report, || {
            let view = report.standing_instruction.as_deref();
            let shown = view.map(|view| standing::human(output, view));
            format!(
                "{}\n\n{}",
                output.text().get("instruction-taken"),
                shown.unwrap_or_default()
            )
        })?;
    }
    fault.map_or(Ok(()), Err)
}

/// Reports the one document that was sent; `said` when it was taken, then what `human` makes of the
/// answer.
pub(crate) fn answered<D: Kind>(
    output: &Output,
    about: &str,
    outcome: Outcome<D::View>,
    said: &str,
    human: impl FnOnce(&D::View) -> String,
) -> Result<(), Fault>
where
    D::View: Serialize,
{
    let (told, answer, fault) = taken_apart::<D>(about, Ok(outcome));
    let report = AnsweredReport {
        about: about.to_owned(),
        told,
        answer,
    };
    if output.json() || fault.is_none() {
        output.result(&report, || {
            let shown = report.answer.as_deref().map(human);
            format!(
                "{}\n\n{}",
                output.text().get(said),
                shown.unwrap_or_default()
            )
        })?;
    }
    fault.map_or(Ok(()), Err)
}

/// An order that was accepted and came to nothing: nobody is paid.
fn not_carried_out(view: Option<&OrderView>) -> Option<Fault> {
    let view = view?;
    let code = match view.state {
        OrderState::Rejected | OrderState::Returned => "order-rejected",
        OrderState::Refused | OrderState::Cancelled | OrderState::Lapsed => "order-withdrawn",
        OrderState::AwaitingApproval
        | OrderState::Accepted
        | OrderState::Submitted
        | OrderState::Settled => return None,
    };
    let state = Value::Message(format!("state-{}", view.state));
    let fault = Fault::new(code, Exit::OrderRefused).with("order", view.order.to_string());
    Some(fault.with("state", state))
}

fn accepted(output: &Output, said: &str, view: Option<&OrderView>) -> String {
    let note = match view.map(|view| view.state) {
        Some(OrderState::AwaitingApproval) => "order-awaits-approval",
        _ => said,
    };
    let shown = view.map(|view| payments::human(output, view));
    format!(
        "{}\n\n{}",
        output.text().get(note),
        shown.unwrap_or_default()
    )
}

/// What became of a document, the service's answer, and what is wrong.
fn taken_apart<D: Kind>(
    id: &str,
    outcome: Resolved<D::View>,
) -> (Told, Option<Box<D::View>>, Option<Fault>) {
    let told = |outcome| Told {
        outcome,
        state: None,
        problem: None,
    };
    match outcome {
        Ok(Outcome::Accepted(view)) => {
            let state = Some(D::state(&view));
            let told = Told {
                state,
                ..told("accepted")
            };
            (told, Some(view), None)
        }
        Ok(Outcome::Refused(problem)) => {
            let fault = Fault::from(problem.clone());
            let problem = Some(problem);
            let told = Told {
                problem,
                ..told("refused")
            };
            (told, None, Some(fault))
        }
        Ok(Outcome::NeverAccepted) => {
            let fault = Fault::new("never-accepted", Exit::OrderRefused).with("order", id);
            (told("never-accepted"), None, Some(fault))
        }
        Ok(Outcome::Unknown(why)) => (told("unknown"), None, Some(unknown_fault(id, why))),
        Err(error) => (told("unknown"), None, Some(error.into())),
    }
}

fn unknown_fault(id: &str, why: Unknown) -> Fault {
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
    .with("order", id)
}

#[cfg(test)]
mod tests;
