use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::{Lang, Text};
use wattkey_desktop_ui::{AppWindow, Diagnostics, Settings as Page, Tone};

use super::{clock, count, model, pair, said};
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
    service(state, text, &page);
    page.set_version(concat!("Wattkey ", env!("CARGO_PKG_VERSION")).into());
    ui.global::<Diagnostics<'_>>()
        .set_report(crate::report::report(state).into());
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

/// Which service it is, where its configuration is, and whether this PC's clock goes with it.
fn service(state: &State, text: &Text, page: &Page<'_>) {
    let Some(service) = &state.service else {
        page.set_service(model(Vec::new()));
        return;
    };
    let mut pairs = vec![
        pair(text.get("window-service-name"), &service.audience.clone()),
        pair(text.get("window-service-address"), &service.server.clone()),
        pair(text.get("window-configuration"), &show::path(&service.file)),
        pair(text.get("window-module"), &show::path(&service.module)),
    ];
    if let Some(open) = &state.open {
        let said = match open.clock_off {
            None => text.get("window-clock-fine").into(),
            off => clock(off, text),
        };
        pairs.push(pair(text.get("window-clock"), &said));
    }
    page.set_service(model(pairs));
}
