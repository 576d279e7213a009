//! Model, drawing and worker, tied together on the thread that draws.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slint::ComponentHandle as _;
use wattkey_client::config::Config;
use wattkey_client::fault::Fault;
use wattkey_client::words::{Lang, Text};
use wattkey_desktop_ui::{
    AppWindow, Approvals, Bills, History, Overview, Pay, Settings as SettingsPage, Shell, Sign,
    Unlock, Words,
};
use wattkey_domain::Decision;

use crate::fonts;
use crate::hands::Hands;
use crate::model::setup::{Service, Setup};
use crate::model::unlock::Field;
use crate::model::{
    self, Effect, Event, Page, State, bills, history, overview, pay, signing, unlock,
};
use crate::settings::{Language, SIZES, Settings, Theme};
use crate::show::{self, Drawn};
use crate::worker::Tell;

/// The window's own messages; all others are the payment software's.
const ENGLISH: &str = include_str!("../i18n/en.ftl");
const CHINESE: &str = include_str!("../i18n/zh.ftl");
/// What to do after a fault, in place of what the command line says.
const ENGLISH_FAULTS: &str = include_str!("../i18n/faults.en.ftl");
const CHINESE_FAULTS: &str = include_str!("../i18n/faults.zh.ftl");

/// How often time is told to the model.
const TICK: Duration = Duration::from_millis(500);

/// The messages of a language.
#[must_use]
pub fn words(lang: Lang) -> Text {
    let more = match lang {
        Lang::En => [ENGLISH, ENGLISH_FAULTS],
        Lang::Zh => [CHINESE, CHINESE_FAULTS],
    };
    Text::with_more(lang, &more)
}

/// The window with what is behind it.
pub struct Window {
    inner: Rc<Inner>,
    _timer: slint::Timer,
}

struct Inner {
    ui: AppWindow,
    state: RefCell<State>,
    text: RefCell<Rc<Text>>,
    drawn: RefCell<Drawn>,
    carry_out: Box<dyn Fn(Effect)>,
    system: Lang,
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Window")
    }
}

impl Window {
    /// A window whose effects are carried out by a worker; without a configuration it begins with the
    /// first start.
    ///
    /// # Errors
    /// When no window can be opened, or no worker started.
    pub fn open(
        config: Result<Config, Box<Setup>>,
        settings_file: std::path::PathBuf,
        system: Lang,
    ) -> Result<Window, OpenError> {
        let settings = Settings::read(&settings_file);
        let ui = AppWindow::new()?;
        // Events come from other threads: they are handed over to the one that draws.
        let (told, events) = std::sync::mpsc::channel::<Event>();
        let weak = ui.as_weak();
        let tell: Tell = Arc::new(move |event| {
            // Without a window nobody is told any more.
            let _ = told.send(event);
            let _ = weak.upgrade_in_event_loop(|ui| ui.invoke_come());
        });
        let hands = Rc::new(Hands::new(settings_file, tell));
        let carry_out = Rc::clone(&hands);
        let window = Window::new(
            ui,
            settings,
            system,
            Box::new(move |effect| carry_out.carry_out(effect)),
        );
        match config {
            Ok(config) => {
                window.happened(Event::Service(Service::from(&config)));
                hands.start(config).map_err(OpenError::Worker)?;
            }
            Err(setup) => window.happened(Event::FirstStart(setup)),
        }
        let inner = Rc::downgrade(&window.inner);
        window.inner.ui.on_come(move || {
            let Some(inner) = inner.upgrade() else { return };
            for event in events.try_iter() {
                inner.happened(event);
            }
        });
        Ok(window)
    }

    /// A window with somebody who carries out effects.
    #[must_use]
    pub fn new(
        ui: AppWindow,
        settings: Settings,
        system: Lang,
        carry_out: Box<dyn Fn(Effect)>,
    ) -> Window {
        fonts::fall_back(ui.window());
        let lang = settings.language.map_or(system, Lang::from);
        let inner = Rc::new(Inner {
            ui,
            state: RefCell::new(State::new(settings, Instant::now())),
            text: RefCell::new(Rc::new(words(lang))),
            drawn: RefCell::default(),
            carry_out,
            system,
        });
        look_up_words(&inner);
        connect(&inner);
        let timer = slint::Timer::default();
        let weak = Rc::downgrade(&inner);
        timer.start(slint::TimerMode::Repeated, TICK, move || {
            if let Some(inner) = weak.upgrade() {
                inner.happened_quietly(Event::Tick(Instant::now()));
            }
        });
        inner.show();
        Window {
            inner,
            _timer: timer,
        }
    }

    /// What is drawn.
    #[must_use]
    pub fn ui(&self) -> &AppWindow {
        &self.inner.ui
    }

    /// Tells the window that something happened.
    pub fn happened(&self, event: Event) {
        self.inner.happened(event);
    }

    /// Shows it until it is closed.
    ///
    /// # Errors
    /// What the system says.
    pub fn run(&self) -> Result<(), slint::PlatformError> {
        self.inner.ui.run()
    }
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no display, or it cannot be drawn on.
    #[error("no window can be opened: {0}")]
    Display(#[from] slint::PlatformError),
    /// The worker was not started.
    #[error("the worker cannot be started: {}", .0.code)]
    Worker(Fault),
}

impl Inner {
    fn happened(&self, event: Event) {
        self.update(event);
        self.show();
    }

    /// Time goes by: drawn only when something follows from it.
    fn happened_quietly(&self, event: Event) {
        if self.update(event) {
            self.show();
        }
    }

    fn update(&self, event: Event) -> bool {
        let effects = model::update(&mut self.state.borrow_mut(), event);
        let any = !effects.is_empty();
        for effect in effects {
            (self.carry_out)(effect);
        }
        any
    }

    fn show(&self) {
        let state = self.state.borrow();
        let lang = state.settings.language.map_or(self.system, Lang::from);
        if self.text.borrow().lang() != lang {
            *self.text.borrow_mut() = Rc::new(words(lang));
        }
        let text = Rc::clone(&self.text.borrow());
        show::all(&state, &text, &self.ui, &mut self.drawn.borrow_mut());
    }

    fn settings(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.state.borrow().settings.clone();
        change(&mut settings);
        self.happened(Event::Settings(settings));
    }
}

fn look_up_words(inner: &Rc<Inner>) {
    let weak = Rc::downgrade(inner);
    inner.ui.global::<Words<'_>>().on_look_up(move |_, key| {
        let Some(inner) = weak.upgrade() else {
            return key;
        };
        let text = Rc::clone(&inner.text.borrow());
        text.get(&key).into()
    });
}

/// Ties a callback of a page to an event.
macro_rules! on {
    ($inner:expr, $page:ty, $callback:ident, || $event:expr) => {
        let weak = Rc::downgrade($inner);
        $inner.ui.global::<$page>().$callback(move || {
            if let Some(inner) = weak.upgrade() {
                inner.happened($event);
            }
        });
    };
    ($inner:expr, $page:ty, $callback:ident, |$($argument:ident),+| $event:expr) => {
        let weak = Rc::downgrade($inner);
        $inner.ui.global::<$page>().$callback(move |$($argument),+| {
            if let Some(inner) = weak.upgrade() {
                inner.happened($event);
            }
        });
    };
}

// Below the macro that they use.
mod chooser;
mod information;
mod order_file;
mod personal;
mod setup;

fn index(place: i32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn field(number: i32) -> Field {
    match number {
        0 => Field::Pin,
        1 => Field::New,
        _ => Field::Again,
    }
}

fn connect(inner: &Rc<Inner>) {
    let weak = Rc::downgrade(inner);
    inner.ui.on_active(move || {
        if let Some(inner) = weak.upgrade() {
            inner.happened_quietly(Event::Active(Instant::now()));
        }
    });
    on!(inner, Shell<'_>, on_go, |page| Event::Go(
        Page::ALL.get(index(page)).copied().unwrap_or_default()
    ));
    on!(inner, Shell<'_>, on_lock, || Event::Lock);
    connect_unlock(inner);
    connect_bills(inner);
    connect_pay(inner);
    connect_lists(inner);
    connect_settings(inner);
    information::connect(inner);
    personal::connect(inner);
    order_file::connect(inner);
    setup::connect(inner);
    chooser::connect(inner);
}

fn connect_unlock(inner: &Rc<Inner>) {
    on!(inner, Unlock<'_>, on_choose, |serial| Event::Unlock(
        unlock::Input::Choose(serial.into())
    ));
    on!(inner, Unlock<'_>, on_key, |number, text| Event::Unlock(
        unlock::Input::Key(field(number), text.into())
    ));
    on!(inner, Unlock<'_>, on_back, |number| Event::Unlock(
        unlock::Input::Back(field(number))
    ));
    on!(inner, Unlock<'_>, on_agree, |on| Event::Unlock(
        unlock::Input::Agree(on)
    ));
    on!(inner, Unlock<'_>, on_go, || Event::Unlock(
        unlock::Input::Go
    ));
    on!(inner, Unlock<'_>, on_ask_change, || Event::Unlock(
        unlock::Input::AskChange
    ));
    on!(inner, Unlock<'_>, on_cancel_change, || Event::Unlock(
        unlock::Input::CancelChange
    ));
}

fn connect_bills(inner: &Rc<Inner>) {
    on!(inner, Bills<'_>, on_searched, |text| Event::Bills(
        bills::Input::Search(text.into())
    ));
    on!(inner, Bills<'_>, on_choose_state, |place| {
        Event::Bills(bills::Input::State(
            bills::STATES.get(index(place)).copied().flatten(),
        ))
    });
    on!(inner, Bills<'_>, on_sort, |place| {
        Event::Bills(bills::Input::Sort(
            bills::Column::ALL
                .get(index(place))
                .copied()
                .unwrap_or_default(),
        ))
    });
    on!(inner, Bills<'_>, on_select, |place, on| Event::Bills(
        bills::Input::Select(index(place), on)
    ));
    on!(inner, Bills<'_>, on_select_all, |on| Event::Bills(
        bills::Input::SelectAll(on)
    ));
    on!(inner, Bills<'_>, on_open, |place| Event::Bills(
        bills::Input::Open(index(place))
    ));
    on!(inner, Bills<'_>, on_close, || Event::Bills(
        bills::Input::Close
    ));
    on!(inner, Bills<'_>, on_again, || Event::Bills(
        bills::Input::Again
    ));
    on!(inner, Bills<'_>, on_save_csv, || Event::Bills(
        bills::Input::SaveCsv
    ));
    on!(inner, Bills<'_>, on_pay_selected, || Event::PayChosen);
    on!(inner, Bills<'_>, on_pay_this, || Event::PayOpened);
}

fn connect_pay(inner: &Rc<Inner>) {
    on!(inner, Pay<'_>, on_amount, |place, text| Event::Pay(
        pay::Input::Amount(index(place), text.into())
    ));
    on!(inner, Pay<'_>, on_leave_out, |place| Event::Pay(
        pay::Input::LeaveOut(index(place))
    ));
    on!(inner, Pay<'_>, on_choose_bills, || Event::Go(Page::Bills));
    on!(inner, Pay<'_>, on_all_due, || Event::PayDue);
    on!(inner, Pay<'_>, on_choose_source, |place| Event::Pay(
        pay::Input::Source(index(place))
    ));
    on!(inner, Pay<'_>, on_set_reference, |text| Event::Pay(
        pay::Input::Reference(text.into())
    ));
    on!(inner, Pay<'_>, on_set_day, |text| Event::Pay(
        pay::Input::Day(text.into())
    ));
    on!(inner, Pay<'_>, on_prepare, || Event::Pay(
        pay::Input::Prepare
    ));
    on!(inner, Sign<'_>, on_agree, |on| Event::Signing(
        signing::Input::Agree(on)
    ));
    on!(inner, Sign<'_>, on_agree_last, |on| Event::Signing(
        signing::Input::AgreeLast(on)
    ));
    on!(inner, Sign<'_>, on_key, |text| Event::Signing(
        signing::Input::Key(text.into())
    ));
    on!(inner, Sign<'_>, on_back, || Event::Signing(
        signing::Input::Back
    ));
    on!(inner, Sign<'_>, on_sign, || Event::Signing(
        signing::Input::Sign
    ));
    on!(inner, Sign<'_>, on_go_back, || Event::Leave);
    on!(inner, Sign<'_>, on_ask_again, || Event::Signing(
        signing::Input::AskAgain
    ));
    on!(inner, Sign<'_>, on_save_receipt, || Event::Signing(
        signing::Input::SaveReceipt
    ));
    on!(inner, Sign<'_>, on_done, || Event::Leave);
}

fn connect_lists(inner: &Rc<Inner>) {
    on!(inner, Overview<'_>, on_act, |place| Event::Overview(
        overview::Input::Act(index(place))
    ));
    on!(inner, Overview<'_>, on_acknowledge, |place| {
        Event::Overview(overview::Input::Acknowledge(index(place)))
    });
    on!(inner, Overview<'_>, on_pay_arrears, || Event::Overview(
        overview::Input::PayArrears
    ));
    on!(inner, Overview<'_>, on_again, || Event::Overview(
        overview::Input::Again
    ));
    on!(inner, History<'_>, on_searched, |text| Event::History(
        history::Input::Search(text.into())
    ));
    on!(inner, History<'_>, on_save_receipt, |place| Event::History(
        history::Input::SaveReceipt(index(place))
    ));
    on!(inner, History<'_>, on_resolve, |place| Event::History(
        history::Input::Resolve(index(place))
    ));
    on!(inner, History<'_>, on_save_csv, || Event::History(
        history::Input::SaveCsv
    ));
    on!(inner, History<'_>, on_again, || Event::History(
        history::Input::Again
    ));
    decide(inner, Decision::Approve);
    decide(inner, Decision::Refuse);
    on!(inner, Approvals<'_>, on_again, || Event::Go(
        Page::Approvals
    ));
}

/// The row's order is fetched, verified and shown before anything is signed.
fn decide(inner: &Rc<Inner>, decision: Decision) {
    let weak = Rc::downgrade(inner);
    let decided = move |place: i32| {
        let Some(inner) = weak.upgrade() else { return };
        let order = {
            let state = inner.state.borrow();
            let waiting = state.open.as_ref().and_then(|open| open.approvals.as_ref());
            waiting
                .and_then(|orders| orders.get(index(place)))
                .map(|order| order.order)
        };
        if let Some(order) = order {
            inner.happened(Event::Decide(order, decision));
        }
    };
    let page = inner.ui.global::<Approvals<'_>>();
    match decision {
        Decision::Approve => page.on_approve(decided),
        _ => page.on_refuse(decided),
    }
}

fn connect_settings(inner: &Rc<Inner>) {
    let page = inner.ui.global::<SettingsPage<'_>>();
    let weak = Rc::downgrade(inner);
    page.on_choose_language(move |place| {
        let Some(inner) = weak.upgrade() else { return };
        let language = if place == 0 {
            Language::En
        } else {
            Language::Zh
        };
        inner.settings(|settings| settings.language = Some(language));
    });
    let weak = Rc::downgrade(inner);
    page.on_choose_theme(move |place| {
        let Some(inner) = weak.upgrade() else { return };
        let theme = Theme::ALL.get(index(place)).copied().unwrap_or_default();
        inner.settings(|settings| settings.theme = theme);
    });
    let weak = Rc::downgrade(inner);
    page.on_choose_size(move |place| {
        let Some(inner) = weak.upgrade() else { return };
        let size = SIZES.get(index(place)).copied().unwrap_or(100);
        inner.settings(|settings| settings.text_percent = size);
    });
    on!(inner, SettingsPage<'_>, on_test, || Event::Test);
}
