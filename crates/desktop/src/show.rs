//! From what the window knows to what is drawn: one function for each page, values ready to be read.

mod approvals;
mod bills;
mod chooser;
mod dispute;
mod foot;
mod history;
mod order_file;
mod overview;
mod pay;
mod personal;
mod settings;
mod setup;
mod sign;
mod statement;
mod table;
mod unlock;
mod usage;

use std::rc::Rc;

use slint::{ComponentHandle as _, ModelRc, SharedString, VecModel};
use wattkey_client::fault::Fault;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, Pair, Shell, Words};

use crate::model::{Page, State};
use crate::settings::Theme;

/// What was drawn last, so that long lists are made anew only when they are others.
#[derive(Debug, Default)]
pub struct Drawn {
    bills: Option<(u64, &'static str)>,
    history: Option<(u64, &'static str)>,
    pay: Option<(u64, &'static str)>,
    usage: Option<(u64, &'static str)>,
    statement: Option<(u64, &'static str)>,
    personal: Option<(u64, &'static str)>,
    order_file: Option<(u64, &'static str)>,
    setup: Option<(u64, &'static str)>,
}

/// Draws all of it.
pub fn all(state: &State, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    look(state, text, ui);
    ui.set_locked(state.open.is_none());
    unlock::show(&state.unlock, text, ui);
    settings::show(state, text, ui);
    setup::show(state, text, ui, drawn);
    match &state.open {
        Some(open) => {
            let shell = ui.global::<Shell<'_>>();
            let page = Page::ALL.iter().position(|page| *page == open.page);
            shell.set_page(page.and_then(|page| i32::try_from(page).ok()).unwrap_or(0));
            shell.set_signing(open.signing.is_some());
            shell.set_customer(open.me.customer.name.as_str().into());
            shell.set_user(open.me.user.name.as_str().into());
            shell.set_key(open.serial.as_str().into());
            let changes = open.personal.waiting(open.me.user.id).count();
            shell.set_waiting_approvals(count(
                open.approvals.as_ref().map_or(0, Vec::len) + changes,
            ));
            shell.set_unread_notices(count(open.overview.unread().count()));
            shell.set_clock(clock(open.clock_off, text));
            foot::show(open, text, ui);
            overview::show(open, text, ui);
            usage::show(open, text, ui, drawn);
            bills::show(open, text, ui, drawn);
            statement::show(open, text, ui, drawn);
            pay::show(open, text, ui, drawn);
            sign::show(open, text, ui);
            history::show(open, text, ui, drawn);
            approvals::show(open, text, ui);
            personal::show(open, text, ui, drawn);
            order_file::show(open, text, ui, drawn);
        }
        None => hide(ui, drawn),
    }
    chooser::show(&state.chooser, ui);
}

/// Nothing of the customer's stays where it could be drawn.
fn hide(ui: &AppWindow, drawn: &mut Drawn) {
    let shell = ui.global::<Shell<'_>>();
    shell.set_customer(SharedString::new());
    shell.set_user(SharedString::new());
    shell.set_key(SharedString::new());
    shell.set_clock(SharedString::new());
    shell.set_waiting_approvals(0);
    shell.set_unread_notices(0);
    shell.set_signing(false);
    foot::hide(ui);
    overview::hide(ui);
    usage::hide(ui);
    bills::hide(ui);
    dispute::hide(ui);
    statement::hide(ui);
    pay::hide(ui);
    sign::hide(ui);
    history::hide(ui);
    approvals::hide(ui);
    personal::hide(ui);
    order_file::hide(ui);
    *drawn = Drawn::default();
}

/// That this PC's clock is off, where that is worth saying; rounded to minutes.
fn clock(off: Option<i64>, text: &Text) -> SharedString {
    let Some(seconds) = off else {
        return SharedString::new();
    };
    let minutes = (seconds.saturating_abs() + 30) / 60;
    text.with("clock-off", &[("minutes", minutes.to_string().into())])
        .into()
}

fn look(state: &State, text: &Text, ui: &AppWindow) {
    let theme = ui.global::<wattkey_desktop_ui::Theme<'_>>();
    let dark = match state.settings.theme {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => ui.get_system_is_dark(),
    };
    theme.set_dark(dark);
    theme.set_percent(i32::from(state.settings.text_percent));
    ui.global::<Words<'_>>().set_lang(code(text).into());
}

/// The language's code.
#[must_use]
pub(crate) fn code(text: &Text) -> &'static str {
    match text.lang() {
        wattkey_client::words::Lang::En => "en",
        wattkey_client::words::Lang::Zh => "zh",
    }
}

fn model<T: Clone + 'static>(rows: Vec<T>) -> ModelRc<T> {
    ModelRc::from(Rc::new(VecModel::from(rows)))
}

/// As it stands alone: a word of a sentence begins with a capital letter there.
fn alone(words: &str) -> SharedString {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first
        .chain(letters.as_str().chars())
        .collect::<String>()
        .into()
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn pair(label: String, value: &str) -> Pair {
    Pair {
        label: label.into(),
        value: safe(value),
        strong: false,
    }
}

/// Text from elsewhere: characters that turn the direction of reading, or that nobody sees, are shown.
fn safe(text: &str) -> SharedString {
    wattkey_client::show::safe(text).into()
}

/// A fault in one sentence or two, with what to do.
fn said(fault: Option<&Fault>, text: &Text) -> SharedString {
    let Some(fault) = fault else {
        return SharedString::new();
    };
    let (message, next) = fault.told(text);
    let message = text.sentence(message);
    safe(&format!("{message}{}{next}", text.between_sentences()))
}
