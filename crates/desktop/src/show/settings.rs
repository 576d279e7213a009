use slint::{ComponentHandle as _, SharedString};
use wattkey_client::words::{Lang, Text};
use wattkey_desktop_ui::{AppWindow, Settings as Page, Tone};

use super::{count, model, said};
use crate::model::State;
use crate::settings::{SIZES, Theme};

pub(super) fn show(state: &State, text: &Text, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_languages(model(vec!["English".into(), "简体中文".into()]));
    page.set_language(match text.lang() {
        Lang::En => 0,
        Lang::Zh => 1,
    });
    let themes = [
        "window-theme-system",
        "window-theme-light",
        "window-theme-dark",
    ];
    page.set_themes(model(
        themes.map(|id| SharedString::from(text.get(id))).to_vec(),
    ));
    let theme = Theme::ALL
        .iter()
        .position(|theme| *theme == state.settings.theme);
    page.set_theme(count(theme.unwrap_or(0)));
    page.set_sizes(model(
        SIZES
            .map(|size| SharedString::from(format!("{size} %")))
            .to_vec(),
    ));
    let size = SIZES
        .iter()
        .position(|size| *size == state.settings.text_percent);
    page.set_size(count(size.unwrap_or(0)));
    page.set_testing(state.testing);
    match &state.tested {
        None => page.set_tested(SharedString::new()),
        Some(Ok(id)) => {
            page.set_tested(text.get(id).into());
            page.set_tested_tone(Tone::Good);
        }
        Some(Err(fault)) => {
            page.set_tested(said(Some(fault), text));
            page.set_tested_tone(Tone::Bad);
        }
    }
}
