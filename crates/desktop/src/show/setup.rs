use slint::{ComponentHandle as _, SharedString};
use wattkey_client::config::Member;
use wattkey_client::show;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, Setup as Page, Tone};

use super::{Drawn, code, model, pair, safe, said};
use crate::model::State;
use crate::model::setup::{Setup, Step};

pub(super) fn show(state: &State, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    page.set_shown(state.setup.is_some());
    let Some(setup) = &state.setup else { return };
    page.set_step(match setup.step {
        Step::Module => 0,
        Step::Service => 1,
        Step::Try => 2,
    });
    page.set_said(said(setup.fault.as_ref(), text));
    page.set_modules(model(setup.modules.iter().map(|path| safe(path)).collect()));
    page.set_working(setup.working);
    page.set_can_go_on(setup.can_go_on());
    page.set_wrong(wrong(setup, text));
    page.set_file(file(setup, text));
    // Fields are made anew only when they are others: one that is typed into would lose its focus.
    let version = Some((setup.version, code(text)));
    if drawn.setup != version {
        drawn.setup = version;
        let draft = &setup.draft;
        page.set_module(show::path(&draft.module).into());
        page.set_from(setup.from.as_str().into());
        let fields = [
            draft.audience.clone(),
            draft.server.clone(),
            show::path(&draft.service_ca),
            show::path(&draft.issuing_ca),
        ];
        page.set_fields(model(fields.map(SharedString::from).to_vec()));
    }
    keys(setup, text, &page);
    tried(setup, text, &page);
}

fn wrong(setup: &Setup, text: &Text) -> SharedString {
    let id = match setup.draft.wrong() {
        None => return SharedString::new(),
        Some(Member::Audience) => "window-need-audience",
        Some(Member::Server) => "window-need-server",
        Some(Member::ServiceCa) => "window-need-service-ca",
        Some(Member::IssuingCa) => "window-need-issuing-ca",
        Some(Member::Module) => "window-need-module",
    };
    text.get(id).into()
}

fn file(setup: &Setup, text: &Text) -> SharedString {
    let file = show::path(&setup.file);
    safe(&text.with("window-setup-file", &[("file", file.into())]))
}

fn keys(setup: &Setup, text: &Text, page: &Page<'_>) {
    let (said, tone) = match &setup.keys {
        None => (SharedString::new(), Tone::Neutral),
        Some(Err(fault)) => (said(Some(fault), text), Tone::Bad),
        Some(Ok(keys)) if keys.is_empty() => (text.get("window-no-key-seen").into(), Tone::Warn),
        Some(Ok(keys)) => {
            let names = keys.join(", ");
            let words = text.with("window-keys-seen", &[("keys", names.into())]);
            (safe(&words), Tone::Good)
        }
    };
    page.set_keys(said);
    page.set_keys_tone(tone);
}

fn tried(setup: &Setup, text: &Text, page: &Page<'_>) {
    let authorities = match &setup.authorities {
        Some(Ok(found)) => ["window-service-ca", "window-issuing-ca"]
            .iter()
            .zip(found)
            .flat_map(|(id, one)| {
                [
                    pair(text.get(id), &one.name.clone()),
                    pair(text.get("window-thumbprint"), &one.thumbprint.clone()),
                ]
            })
            .collect(),
        _ => Vec::new(),
    };
    page.set_authorities(model(authorities));
    let Some(tried) = &setup.tried else {
        page.set_reached(SharedString::new());
        page.set_own_key(SharedString::new());
        return;
    };
    let (reached, tone) = match &tried.reached {
        Ok(()) => (text.get("window-test-reached").into(), Tone::Good),
        Err(fault) => (said(Some(fault), text), Tone::Warn),
    };
    page.set_reached(reached);
    page.set_reached_tone(tone);
    let (key, tone) = match &tried.key {
        Ok(name) => {
            let words = text.with("window-key-good", &[("key", name.as_str().into())]);
            (safe(&words), Tone::Good)
        }
        Err(fault) => (said(Some(fault), text), Tone::Warn),
    };
    page.set_own_key(key);
    page.set_own_key_tone(tone);
}
