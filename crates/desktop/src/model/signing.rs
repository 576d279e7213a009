//! What is signed: exactly that is shown, agreed to, signed with the PIN; and what became of it.
//!
//! ```text
//! shown ──agree──▶ PIN ──Sign──▶ signed ──▶ sent ──▶ accepted ──▶ settled
//!                          └──▶ not signed: shown again
//! ```
//!
//! Signing is asked for once: from then on nothing but an outcome changes the step, so a second
//! click does nothing, and what is not known is said to be unknown.

use jiff::Timestamp;
use wattkey_client::fault::{Exit, Fault};
use wattkey_domain::{Currency, OrderId, OrderState};
use wattkey_pki::Digest;
use wattkey_protocol::api::OrderView;
use wattkey_protocol::lines::Line;
use wattkey_token::{Pin, PinState};

use super::order_file::{At, OrderFile};
use super::pin::PinEntry;
use super::{Effect, Open, Wanted};

/// Something that a user may sign.
#[derive(Debug)]
pub struct Signing {
    /// What it is.
    pub kind: Kind,
    /// Every member of the bytes that will be signed.
    pub lines: Vec<Line>,
    /// The total, of what has one.
    pub total: Option<(i64, Currency)>,
    /// Digest of what was signed by somebody else and is decided on.
    pub digest: Option<Digest>,
    /// Another person has to approve it.
    pub needs_approval: bool,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// How the key's PIN stands.
    pub standing: PinState,
    /// The user agreed to what is shown.
    pub agreed: bool,
    /// The user agreed to the last try.
    pub last_try_agreed: bool,
    /// The PIN.
    pub pin: PinEntry,
    /// Where it is.
    pub step: Step,
    /// Why it was not signed.
    pub fault: Option<Fault>,
    /// When it was signed, by this PC's clock.
    pub signed_at: Option<Timestamp>,
    /// What the service said last of the order.
    pub view: Option<Box<OrderView>>,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An order.
    Payment,
    /// Somebody else's order is approved.
    Approval,
    /// Somebody else's order is refused.
    Refusal,
    /// An order is cancelled.
    Cancellation,
    /// A notice is acknowledged.
    Acknowledgement,
    /// Something of a bill is disputed.
    Dispute,
    /// A dispute is taken back.
    Withdrawal,
    /// All orders of a file.
    OrderFile,
    /// Own data, or rights, are changed.
    Change,
    /// Somebody else's change of rights is approved.
    ChangeApproval,
    /// Somebody else's change of rights is refused.
    ChangeRefusal,
}

impl Kind {
    /// Whether it is about own data.
    #[must_use]
    pub fn is_of_change(self) -> bool {
        matches!(
            self,
            Kind::Change | Kind::ChangeApproval | Kind::ChangeRefusal
        )
    }

    /// Whether money moves by it.
    #[must_use]
    pub fn pays(self) -> bool {
        matches!(self, Kind::Payment | Kind::Approval | Kind::OrderFile)
    }
}

/// Where it is.
#[derive(Debug)]
pub enum Step {
    /// It is shown.
    Shown,
    /// The key is asked to sign.
    Signing,
    /// It is signed, in the journal, and on its way.
    Sent,
    /// The service has it.
    Accepted,
    /// It was refused; nothing was posted.
    Refused(Fault),
    /// It ended without having been accepted.
    NeverAccepted,
    /// It is not known what became of it.
    Unknown(Fault),
}

/// What is to be shown before anything is signed.
#[derive(Debug)]
pub struct ToSign {
    /// What it is.
    pub kind: Kind,
    /// Every member.
    pub lines: Vec<Line>,
    /// The total.
    pub total: Option<(i64, Currency)>,
    /// Digest of what is decided on.
    pub digest: Option<Digest>,
    /// Another person has to approve it.
    pub needs_approval: bool,
    /// The order.
    pub order: Option<OrderId>,
    /// How the PIN stands.
    pub standing: PinState,
}

/// What becomes of it.
#[derive(Debug)]
pub enum Came {
    /// The key did not sign; nothing left this PC.
    NotSigned(Fault),
    /// It is signed and in the journal.
    Signed(Timestamp),
    /// The service has it.
    Accepted(Option<Box<OrderView>>),
    /// The service refused it.
    Refused(Fault),
    /// It ended without having been accepted.
    NeverAccepted,
    /// Not known yet.
    Unknown(Fault),
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// Agreed, or not.
    Agree(bool),
    /// The last try is agreed to, or not.
    AgreeLast(bool),
    /// A key of the keyboard.
    Key(String),
    /// The last character goes.
    Back,
    /// Sign.
    Sign,
    /// Ask what became of it.
    AskAgain,
    /// The receipt as a file.
    SaveReceipt,
}

impl Signing {
    /// Shows it.
    #[must_use]
    pub fn new(shown: ToSign) -> Signing {
        Signing {
            kind: shown.kind,
            lines: shown.lines,
            total: shown.total,
            digest: shown.digest,
            needs_approval: shown.needs_approval,
            order: shown.order,
            standing: shown.standing,
            agreed: false,
            last_try_agreed: false,
            pin: PinEntry::default(),
            step: Step::Shown,
            fault: None,
            signed_at: None,
            view: None,
        }
    }

    /// Whether the key can be asked.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let has_pin = self.standing.protected_path || !self.pin.is_empty();
        let last = self.standing.final_try && !self.last_try_agreed;
        matches!(self.step, Step::Shown) && self.agreed && has_pin && !self.standing.locked && !last
    }

    /// Whether nothing has been signed, so that one can go back.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        matches!(self.step, Step::Shown)
    }

    /// Whether the page may be left: what became of it is known, or said to be unknown.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !matches!(self.step, Step::Shown | Step::Signing | Step::Sent)
    }

    /// Whether the order moves on by itself, so that it is asked for now and then.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let state = self.view.as_ref().map(|view| view.state);
        matches!(self.step, Step::Accepted)
            && matches!(state, Some(OrderState::Accepted | OrderState::Submitted))
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Agree(on) if matches!(self.step, Step::Shown) => {
                self.agreed = on;
                if !on {
                    self.pin.clear();
                }
            }
            Input::AgreeLast(on) => self.last_try_agreed = on,
            Input::Key(text) if matches!(self.step, Step::Shown) => self.pin.push(&text),
            Input::Back if matches!(self.step, Step::Shown) => self.pin.back(),
            Input::Sign if self.can_sign() => {
                self.step = Step::Signing;
                self.fault = None;
                let pin = match self.standing.protected_path {
                    true => Pin::on_device(),
                    false => self.pin.take(),
                };
                return vec![Effect::Sign(pin)];
            }
            Input::AskAgain if matches!(self.step, Step::Unknown(_)) => {
                return self.order.map(Effect::Resolve).into_iter().collect();
            }
            Input::SaveReceipt => {
                return self.order.map(Effect::SaveReceipt).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    /// What became of it.
    pub fn came(&mut self, came: Came) -> Vec<Effect> {
        match came {
            Came::NotSigned(fault) => {
                self.step = Step::Shown;
                self.fault = Some(fault);
                self.agreed = false;
                self.last_try_agreed = false;
                self.pin.clear();
            }
            Came::Signed(at) => {
                self.signed_at = Some(at);
                self.step = Step::Sent;
            }
            Came::Accepted(view) => {
                self.view = view.or_else(|| self.view.take());
                self.step = Step::Accepted;
                return vec![Effect::Load(Wanted::Bills), Effect::Load(Wanted::Orders)];
            }
            Came::Refused(fault) => self.step = Step::Refused(fault),
            Came::NeverAccepted => self.step = Step::NeverAccepted,
            Came::Unknown(fault) => self.step = Step::Unknown(fault),
        }
        Vec::new()
    }

    /// What became of the orders of a file, some of which were unknown.
    pub fn seen_file(&mut self, file: &OrderFile) {
        let unknown = file.run.iter().any(|row| matches!(row.at, At::Unknown));
        if self.kind != Kind::OrderFile || !matches!(self.step, Step::Unknown(_)) || unknown {
            return;
        }
        let accepted = file.accepted();
        self.step = match accepted == file.run.len() {
            true => Step::Accepted,
            false => Step::Refused(
                Fault::new("window-file-part", Exit::OrderRefused)
                    .with("accepted", accepted.to_string())
                    .with("of", file.run.len().to_string()),
            ),
        };
    }

    /// What the service says of an order now.
    pub fn seen(&mut self, view: &OrderView) {
        if self.order == Some(view.order) && matches!(self.step, Step::Accepted) {
            self.view = Some(Box::new(view.clone()));
        }
    }
}

impl Open {
    /// What became of an order that was asked for: it is told where its outcome is awaited, not where
    /// another one is read.
    pub(super) fn resolved(&mut self, order: OrderId, came: Came) -> Vec<Effect> {
        let awaited = self.signing.as_ref().is_some_and(|signing| {
            signing.order == Some(order) && matches!(signing.step, Step::Unknown(_))
        });
        match awaited {
            true => self.came(came),
            false => Vec::new(),
        }
    }
}
