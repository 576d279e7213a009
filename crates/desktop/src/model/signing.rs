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
use wattkey_client::journal::Key;
use wattkey_client::payment::Caution;
use wattkey_domain::{Currency, OrderId, OrderState};
use wattkey_pki::Digest;
use wattkey_protocol::api::OrderView;
use wattkey_protocol::lines::Line;
use wattkey_token::{Pin, PinState};

use super::order_file::{At, OrderFile};
use super::pin::PinEntry;
use super::{Effect, Open, Page, Wanted};

/// Something that a user may sign.
#[derive(Debug)]
pub struct Signing {
    /// What is shown of it.
    pub shown: ToSign,
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
    /// What names it in the journal, once it is signed.
    pub document: Option<Key>,
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
    /// Every member of the bytes that will be signed.
    pub lines: Vec<Line>,
    /// What the user should know of it before.
    pub cautions: Vec<Caution>,
    /// The total, of what has one: minor units and their currency.
    pub total: Option<(i64, Currency)>,
    /// Digest of what was signed by somebody else and is decided on.
    pub digest: Option<Digest>,
    /// Another person has to approve it.
    pub needs_approval: bool,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// How the key's PIN stands.
    pub standing: PinState,
}

impl ToSign {
    /// What has neither a total nor anything that one should know of it.
    #[must_use]
    pub fn new(kind: Kind, lines: Vec<Line>, standing: PinState) -> ToSign {
        ToSign {
            kind,
            lines,
            cautions: Vec::new(),
            total: None,
            digest: None,
            needs_approval: false,
            order: None,
            standing,
        }
    }
}

/// What becomes of it.
#[derive(Debug)]
pub enum Came {
    /// The key did not sign; nothing left this PC.
    NotSigned(Fault),
    /// It is signed, and in the journal by this name.
    Signed(Timestamp, Key),
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
            shown,
            agreed: false,
            last_try_agreed: false,
            pin: PinEntry::default(),
            step: Step::Shown,
            fault: None,
            signed_at: None,
            document: None,
            view: None,
        }
    }

    /// Whether the key can be asked.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let standing = &self.shown.standing;
        let has_pin = standing.protected_path || !self.pin.is_empty();
        let last = standing.final_try && !self.last_try_agreed;
        matches!(self.step, Step::Shown) && self.agreed && has_pin && !standing.locked && !last
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
                let pin = match self.shown.standing.protected_path {
                    true => Pin::on_device(),
                    false => self.pin.take(),
                };
                return vec![Effect::Sign(pin)];
            }
            Input::AskAgain if matches!(self.step, Step::Unknown(_)) => {
                return vec![match self.document {
                    Some(document) => Effect::Resolve(document),
                    // The orders of a file are several documents.
                    None => Effect::ResolveAll,
                }];
            }
            Input::SaveReceipt => {
                let order = self.shown.order;
                return order.map(Effect::SaveReceipt).into_iter().collect();
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
            Came::Signed(at, document) => {
                self.signed_at = Some(at);
                self.document = Some(document);
                self.step = Step::Sent;
            }
            Came::Accepted(view) => {
                self.view = view.or_else(|| self.view.take());
                self.step = Step::Accepted;
                return vec![Effect::Load(Wanted::Bills), Effect::Load(Wanted::Orders)];
            }
            Came::Refused(fault) => self.step = Step::Refused(fault),
            Came::NeverAccepted => self.step = Step::NeverAccepted,
            Came::Unknown(fault) => {
                self.step = Step::Unknown(fault);
                return vec![Effect::Load(Wanted::Unresolved)];
            }
        }
        Vec::new()
    }

    /// What became of the orders of a file, some of which were unknown.
    pub fn seen_file(&mut self, file: &OrderFile) {
        let unknown = file.run.iter().any(|row| matches!(row.at, At::Unknown));
        if self.shown.kind != Kind::OrderFile || !matches!(self.step, Step::Unknown(_)) || unknown {
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
        if self.shown.order == Some(view.order) && matches!(self.step, Step::Accepted) {
            self.view = Some(Box::new(view.clone()));
        }
    }
}

impl Open {
    pub(super) fn came(&mut self, came: Came) -> Vec<Effect> {
        let Some(signing) = &mut self.signing else {
            return Vec::new();
        };
        let mut effects = signing.came(came);
        if matches!(signing.step, Step::Accepted) {
            match signing.shown.kind {
                Kind::OrderFile => {}
                Kind::Payment => {
                    self.pay.clear();
                    self.bills.chosen.clear();
                    self.bills.version += 1;
                }
                Kind::Acknowledgement => effects.push(Effect::Load(Wanted::Notices)),
                Kind::Dispute | Kind::Withdrawal => {
                    effects.extend(self.bills.disputed());
                }
                kind if kind.is_of_change() => effects.extend(self.personal.signed(kind)),
                _ => effects.push(Effect::Load(Wanted::Approvals)),
            }
            effects.extend([Wanted::Accounts, Wanted::Arrears, Wanted::Deposits].map(Effect::Load));
        }
        effects
    }

    /// Back, as long as nothing was signed; otherwise on, once it is over.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        let Some(signing) = &self.signing else {
            return Vec::new();
        };
        if signing.can_go_back() {
            self.signing = None;
            return vec![Effect::Forget];
        }
        if signing.is_over() {
            let page = match signing.shown.kind {
                Kind::Cancellation => Page::History,
                // What was just paid stands first in the list.
                Kind::Payment => {
                    self.history.opened = None;
                    Page::History
                }
                Kind::OrderFile => {
                    self.order_file.leave();
                    self.history.opened = None;
                    Page::History
                }
                Kind::Acknowledgement => Page::Overview,
                Kind::Dispute | Kind::Withdrawal => Page::Bills,
                Kind::Change => Page::Personal,
                _ => Page::Approvals,
            };
            self.signing = None;
            return self.go(page);
        }
        Vec::new()
    }
}
