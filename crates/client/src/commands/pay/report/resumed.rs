//! What became of several documents that were resumed.

use serde::Serialize;
use wattkey_client::journal::Key;
use wattkey_client::sending::{Kind, Outcome};
use wattkey_domain::OrderId;
use wattkey_pki::Digest;
use wattkey_protocol::api::{OrderView, StandingInstructionView};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::order::Order;
use wattkey_protocol::standing_instruction::StandingInstruction;

use super::{
    DecisionAbout, DecisionReport, Document, InstructionReport, Resolved, Told, not_carried_out,
    taken_apart,
};
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::commands::payments;

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

/// What `pay --resume` found out; of the others than orders the digest, and what was signed where
/// the journal's file can be read.
#[derive(Default)]
pub(crate) struct Resumed {
    pub(crate) orders: Vec<(OrderId, Resolved<OrderView>)>,
    pub(in crate::commands::pay) decisions:
        Vec<(Digest, Option<DecisionDocument>, Resolved<OrderView>)>,
    pub(in crate::commands::pay) instructions: Vec<(
        Digest,
        Option<StandingInstruction>,
        Resolved<StandingInstructionView>,
    )>,
    pub(in crate::commands::pay) others: Vec<Other>,
}

/// One of the documents that need no more than their outcome told.
pub(in crate::commands::pay) struct Other {
    document: Key,
    about: Option<String>,
    told: Told,
    fault: Option<Fault>,
}

impl Other {
    pub(in crate::commands::pay) fn of<D: Kind>(
        document: Key,
        about: Option<&D>,
        outcome: Resolved<D::View>,
    ) -> Other {
        let about = about.map(D::id);
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
            let (document, payment) = told.take(digest, about.as_ref(), outcome);
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
            let (document, view) = told.take(digest, about.as_ref(), outcome);
            InstructionReport {
                instruction: about.map(|about| about.instruction),
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
    /// Adds a document under its id, or its digest where the journal's file has none. What became of
    /// it, and the service's answer.
    fn take<D: Kind>(
        &mut self,
        digest: Digest,
        about: Option<&D>,
        outcome: Resolved<D::View>,
    ) -> (Told, Option<Box<D::View>>) {
        let id = about.map_or_else(|| digest.to_string(), D::id);
        let (told, view, fault) = taken_apart::<D>(&id, outcome);
        self.add(&id, &told, fault);
        (told, view)
    }

    fn add(&mut self, id: &str, told: &Told, fault: Option<Fault>) {
        let said = match (&fault, told.state) {
            (Some(fault), _) => fault.words(self.output.text()).0,
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

fn is_known(fault: &Fault) -> bool {
    fault.code == "never-accepted" || fault.problem.is_some()
}
