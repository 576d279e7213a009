//! Model, drawing and worker, tied together on the thread that draws.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slint::ComponentHandle as _;
use wattkey_client::config::Config;
use wattkey_client::fault::Fault;
use wattkey_client::words::{Lang, Text};
use wattkey_desktop_ui::{AppWindow, Shell, Words};

use crate::fonts;
use crate::hands::Hands;
use crate::model::setup::{Service, Setup};
use crate::model::{self, Effect, Event, Page, State};
use crate::settings::Settings;
use crate::show::{self, Drawn};
use crate::worker::Tell;

/// The window's own messages; all others are the payment software's.
const ENGLISH: &str = include_str!("../i18n/en.ftl");
const CHINESE: &str = include_str!("../i18n/zh.ftl");
/// What to do after a fault, in place of what the command line says.
const ENGLISH_FAULTS: &str = include_str!("../i18n/faults.en.ftl");
const CHINESE_FAULTS: &str = include_str!("../i18n/faults.zh.ftl");

/// Name of the desktop entry (`packaging`): Wayland's `app_id`, X11's `WM_CLASS`.
pub const APP_ID: &str = "org.wattkey.Wattkey";

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

    /// Shows it until it is closed; desktops find its entry, with name and icon, by [`APP_ID`].
    ///
    /// # Errors
    /// What the system says.
    pub fn run(&self) -> Result<(), slint::PlatformError> {
        slint::set_xdg_app_id(APP_ID)?;
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
mod pages;
mod personal;
mod setup;

fn index(place: i32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
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
    on!(inner, Shell<'_>, on_ask_again, || Event::AskAgain);
    pages::connect(inner);
    information::connect(inner);
    personal::connect(inner);
    order_file::connect(inner);
    setup::connect(inner);
    chooser::connect(inner);
}
