//! What the window knows, and what follows from what happens: pure, without drawing, network or key.
//!
//! [`update`] takes an [`Event`] and answers with [`Effect`]s, which the [worker](crate::worker) carries
//! out; what they bring comes back as events. Whoever looks for a rule of the window finds it here.

pub mod bills;
pub mod chooser;
pub mod dispute;
mod effect;
mod event;
pub mod history;
mod open;
pub mod order_file;
pub mod overview;
pub mod pay;
pub mod personal;
pub mod pin;
pub mod setup;
pub mod signing;
pub mod statement;
pub mod unknown;
pub mod unlock;
pub mod usage;

use std::time::{Duration, Instant};

use wattkey_client::fault::Fault;
use wattkey_client::keys::Identity;
use wattkey_protocol::api::Me;

pub use effect::{Effect, Wanted};
pub use event::{Event, Loaded};
pub use open::Open;

use crate::settings::Settings;

/// So long without a key or a click, and the session is locked.
pub const IDLE: Duration = Duration::from_secs(15 * 60);
/// So often an order that is on its way is asked for.
pub const FOLLOW: Duration = Duration::from_secs(2);
/// So often the outcome of what is unknown is asked for.
pub const RESOLVE: Duration = Duration::from_secs(20);

/// A page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// What is due.
    #[default]
    Overview,
    /// Consumption of each metering point.
    Usage,
    /// All bills.
    Bills,
    /// Paying.
    Pay,
    /// What awaits a decision.
    Approvals,
    /// What was paid.
    History,
    /// Contacts, invoice data, rights, and the own USB key.
    Personal,
    /// Settings.
    Settings,
}

impl Page {
    /// All, as the sidebar has them.
    pub const ALL: [Page; 8] = [
        Page::Overview,
        Page::Usage,
        Page::Bills,
        Page::Pay,
        Page::Approvals,
        Page::History,
        Page::Personal,
        Page::Settings,
    ];
}

/// What the window knows.
#[derive(Debug)]
pub struct State {
    /// What the user chose for this PC.
    pub settings: Settings,
    /// The first start, while there is no configuration.
    pub setup: Option<Box<setup::Setup>>,
    /// Which service it is.
    pub service: Option<setup::Service>,
    /// The page before the session.
    pub unlock: unlock::Unlock,
    /// The session; none while it is locked.
    pub open: Option<Box<Open>>,
    /// Whose forms are kept while it is locked.
    kept: Option<Box<Kept>>,
    /// The system's file chooser.
    pub chooser: chooser::Chooser,
    /// What the connection test brought.
    pub tested: Option<Result<&'static str, Fault>>,
    /// It is running.
    pub testing: bool,
    /// When a key or click was last seen.
    active: Instant,
    followed: Instant,
}

/// Forms of a session that was locked.
#[derive(Debug)]
struct Kept {
    identity: Identity,
    page: Page,
    pay: pay::Pay,
    forms: personal::Forms,
    order_file: String,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Which key.
    pub identity: Identity,
    /// Its serial number.
    pub serial: String,
    /// Who.
    pub me: Me,
    /// By how many seconds this PC's clock is off.
    pub clock_off: Option<i64>,
}

impl State {
    /// Nothing but settings.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> State {
        State {
            settings,
            setup: None,
            service: None,
            unlock: unlock::Unlock::default(),
            open: None,
            kept: None,
            chooser: chooser::Chooser::default(),
            tested: None,
            testing: false,
            active: now,
            followed: now,
        }
    }

    /// Ends the session: what is the customer's goes, its forms stay for the same key.
    fn lock(&mut self, said: unlock::Said) -> Vec<Effect> {
        if let Some(open) = self.open.take() {
            self.kept = Some(Box::new(Kept {
                identity: open.identity,
                page: open.page,
                pay: open.pay,
                forms: open.personal.forms,
                order_file: open.order_file.path,
            }));
            self.unlock.lock(said);
        }
        self.tested = None;
        vec![Effect::Lock, Effect::LookForKeys]
    }

    /// The key takes a new PIN from somebody who types the old one: the session ends before.
    fn change_pin(&mut self) -> Vec<Effect> {
        let effects = self.lock(unlock::Said::Nothing);
        let _ = self.unlock.update(unlock::Input::AskChange);
        effects
    }

    fn opened(&mut self, opened: Opened) -> Vec<Effect> {
        self.unlock.lock(unlock::Said::Nothing);
        let kept = self
            .kept
            .take()
            .filter(|kept| kept.identity == opened.identity);
        let (page, mut pay, forms, file) = kept.map_or_else(Default::default, |kept| {
            (kept.page, kept.pay, kept.forms, kept.order_file)
        });
        pay.preparing = false;
        self.open = Some(Box::new(Open {
            identity: opened.identity,
            serial: opened.serial,
            me: opened.me,
            clock_off: opened.clock_off,
            page,
            overview: overview::Overview::default(),
            usage: usage::Usage::default(),
            bills: bills::Bills::default(),
            pay,
            history: history::History::default(),
            statement: statement::Statements::default(),
            approvals: None,
            personal: personal::Personal::with(forms),
            order_file: order_file::OrderFile::with(file),
            signing: None,
            fault: None,
            told: None,
            unresolved: Vec::new(),
        }));
        let mut effects = vec![Effect::ResolveAll];
        effects.extend(overview::wanted());
        let rest = [
            Wanted::Bills,
            Wanted::Mandates,
            Wanted::Orders,
            Wanted::Approvals,
        ];
        effects.extend(rest.map(Effect::Load));
        effects.extend(personal::wanted());
        // The PIN was right: how it stands is another now.
        effects.push(Effect::LookForKeys);
        effects
    }

    fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let Some(open) = &self.open else {
            return Vec::new();
        };
        // What is on its way is not cut off by nobody's moving the mouse.
        let busy = open
            .signing
            .as_ref()
            .is_some_and(|signing| !signing.is_over() && !signing.can_go_back());
        if now.duration_since(self.active) >= IDLE && !busy {
            return self.lock(unlock::Said::Idle);
        }
        let since = now.duration_since(self.followed);
        let moving = open.signing.as_ref().filter(|signing| signing.is_moving());
        if let Some(order) = moving.and_then(|signing| signing.shown.order)
            && since >= FOLLOW
        {
            self.followed = now;
            return vec![Effect::Load(Wanted::Order(order))];
        }
        if open.order_file.is_moving() && since >= FOLLOW * 2 {
            self.followed = now;
            return vec![Effect::Load(Wanted::Orders)];
        }
        let unknown = matches!(
            open.signing.as_ref().map(|signing| &signing.step),
            Some(signing::Step::Unknown(_))
        );
        if (unknown || !open.unresolved.is_empty()) && since >= RESOLVE {
            self.followed = now;
            return vec![Effect::ResolveAll];
        }
        Vec::new()
    }
}

/// What follows from an event.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Active(now) => state.active = now,
        Event::Tick(now) => return state.tick(now),
        Event::Unlock(input) => return state.unlock.update(input),
        Event::Opened(opened) => return state.opened(*opened),
        Event::Locked(why) => return state.lock(unlock::Said::Locked(why)),
        Event::Lock => return state.lock(unlock::Said::Nothing),
        Event::ChangePin => return state.change_pin(),
        Event::FirstStart(setup) => {
            state.setup = Some(setup);
            return vec![Effect::Setup(Box::new(setup::Wanted::Modules))];
        }
        Event::Setup(input) => {
            if let Some(setup) = &mut state.setup {
                return setup.update(input);
            }
        }
        Event::SetUp(config) => {
            state.setup = None;
            state.service = Some(setup::Service::from(&*config));
            return vec![Effect::Start(config)];
        }
        Event::NotStarted(fault) => state.unlock.said = unlock::Said::Fault(fault),
        Event::Choose(what) => return state.choose(what),
        Event::Picked(what, picked) => return state.picked(what, picked),
        Event::Service(service) => state.service = Some(service),
        Event::Settings(settings) => {
            state.settings = settings.clone();
            return vec![Effect::KeepSettings(settings)];
        }
        Event::Test if !state.testing => {
            state.testing = true;
            state.tested = None;
            return vec![Effect::Test];
        }
        Event::Tested(brought) => {
            state.testing = false;
            state.tested = Some(brought);
        }
        event => {
            if let Some(open) = &mut state.open {
                return open.update(event);
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
pub(crate) mod tests;
