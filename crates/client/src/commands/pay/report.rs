//! What became of what was signed, said and turned into exit codes.

use serde::Serialize;
use wattkey_client::journal::Key;
use wattkey_client::sending::{Kind, Outcome, PaymentError, Unknown};
use wattkey_domain::{Decision, InstructionId, OrderId, OrderState};
use wattkey_pki::Digest;
use wattkey_protocol::api::{OrderView, StandingInstructionView};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::order::Order;
use wattkey_protocol::problem::Problem;
use wattkey_protocol::standing_instruction::StandingInstruction;

use crate::cli::fault::{Exit, Fault, Value};
use crate::cli::output::Output;
use crate::cli::show;
use crate::commands::{payments, standing};

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

#[derive(Serialize)]
struct Documents {
    orders: Vec<Document>,
    decisions: Vec<DecisionReport>,
    instructions: Vec<InstructionReport>,
    others: Vec<OtherReport>,
}

/// A change, a decision on one, a dispute, an acknowledgement.
#[derive(Serialize)]
struct OtherReport {
    /// What names it in the journal.
    document: Key,
    /// Id of the change, dispute or notice; null when the journal's file has none.
    about: Option<String>,
    #[serde(flatten)]
    told: Told,
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

/// What `pay --resume` found out; of the others than orders the digest, and what was signed where
/// the journal's file can be read.
#[derive(Default)]
pub(crate) struct Resumed {
    pub(crate) orders: Vec<(OrderId, Resolved<OrderView>)>,
    pub(super) decisions: Vec<(Digest, Option<DecisionDocument>, Resolved<OrderView>)>,
    pub(super) instructions: Vec<(
        Digest,
        Option<StandingInstruction>,
        Resolved<StandingInstructionView>,
    )>,
    pub(super) others: Vec<Other>,
}

/// One of the documents that need no more than their outcome told.
pub(super) struct Other {
    document: Key,
    about: Option<String>,
    told: Told,
    fault: Option<Fault>,
}

impl Other {
    pub(super) fn of<D: Kind>(
        document: Key,
        about: Option<&D>,
        outcome: Resolved<D::View>,
    ) -> Other {
        let about = about.map(Kind::id);
        let id = about.clone().unwrap_or_else(|| document.to_string());
        let (told, _, fault) = taken_apart::<D>(&id, outcome);
        Other {
            document,
            about,
            told,
            fault,
        }
    }
}

impl Resumed {
    /// Whether something is of unknown outcome still.
    pub(crate) fn has_unknown(&self) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|(_, outcome)| matches!(outcome, Ok(Outcome::Unknown(_)) | Err(_)))
    }
}

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

/// Reports all that was resumed. What is still unknown makes the exit code, then what the bank did
/// not carry out.
pub(crate) fn all(output: &Output, resumed: Resumed) -> Result<(), Fault> {
    let mut told = Several {
        output,
        worst: None,
        not_paid: None,
        lines: String::new(),
    };
    let orders = resumed.orders.into_iter().map(|(order, outcome)| {
        let id = order.to_string();
        let (document, payment, fault) = taken_apart::<Order>(&id, outcome);
        told.add(&id, &document, fault);
        told.not_paid(not_carried_out(payment.as_deref()));
        Document {
            order,
            told: document,
            payment,
        }
    });
    let orders: Vec<_> = orders.collect();
    let decisions = resumed
        .decisions
        .into_iter()
        .map(|(digest, about, outcome)| {
            let id = about
                .as_ref()
                .map_or_else(|| digest.to_string(), |about| about.order.to_string());
            let (document, payment, fault) = taken_apart::<DecisionDocument>(&id, outcome);
            told.add(&id, &document, fault);
            let about = about.map(|about| DecisionAbout {
                order: about.order,
                decision: about.decision,
            });
            DecisionReport {
                about,
                told: document,
                payment,
            }
        });
    let decisions: Vec<_> = decisions.collect();
    let instructions = resumed
        .instructions
        .into_iter()
        .map(|(digest, about, outcome)| {
            let about = about.map(|about| about.instruction);
            let id = about.map_or_else(|| digest.to_string(), |id| id.to_string());
            let (document, view, fault) = taken_apart::<StandingInstruction>(&id, outcome);
            told.add(&id, &document, fault);
            InstructionReport {
                instruction: about,
                told: document,
                standing_instruction: view,
            }
        });
    let instructions: Vec<_> = instructions.collect();
    let others = resumed.others.into_iter().map(|other| {
        let id = other.about.clone();
        let id = id.unwrap_or_else(|| other.document.to_string());
        told.add(&id, &other.told, other.fault);
        OtherReport {
            document: other.document,
            about: other.about,
            told: other.told,
        }
    });
    let others: Vec<_> = others.collect();
    let Several {
        worst,
        not_paid,
        mut lines,
        ..
    } = told;
    if lines.is_empty() {
        lines = output.text().get("nothing-to-resume") + "\n";
    }
    let documents = Documents {
        orders,
        decisions,
        instructions,
        others,
    };
    output.result(&documents, || lines)?;
    worst.or(not_paid).map_or(Ok(()), Err)
}

/// What several documents come to.
struct Several<'a> {
    output: &'a Output,
    worst: Option<Fault>,
    not_paid: Option<Fault>,
    lines: String,
}

impl Several<'_> {
    fn add(&mut self, id: &str, told: &Told, fault: Option<Fault>) {
        let said = match (&fault, told.state) {
            (Some(fault), _) => self.output.words_of(fault).0,
            (None, Some(state)) => payments::state(self.output, state),
            (None, None) => told.outcome.to_owned(),
        };
        self.lines += &(show::safe(&format!("{id}  {said}")) + "\n");
        // Refused and never accepted are known outcomes: nothing is left to do.
        if self.worst.is_none() {
            self.worst = fault.filter(|fault| !is_known(fault));
        }
    }

    fn not_paid(&mut self, fault: Option<Fault>) {
        if self.not_paid.is_none() {
            self.not_paid = fault;
        }
    }
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

fn is_known(fault: &Fault) -> bool {
    fault.code == "never-accepted" || fault.problem.is_some()
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
mod tests {
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
}
