//! One walk over every page, with something on it.

use serde_json::json;
use slint::ComponentHandle as _;
use wattkey_desktop::model::order_file::Input as FileInput;
use wattkey_desktop::model::{Event, Loaded, Page, history, personal as own};
use wattkey_desktop::settings::{Language, Settings, Theme};
use wattkey_protocol::api::OrderView;

use super::harness::{Stage, fine, order};
use super::{information, order_file, paying, personal, samples, setup};

/// How the pages are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    /// Size of text.
    pub(crate) percent: u16,
    /// Of the window, which is 1280 wide.
    pub(crate) height: f32,
}

impl Sight {
    fn on(self, stage: &Stage) {
        stage.happened(Event::Settings(Settings {
            language: Some(self.language),
            theme: self.theme,
            text_percent: self.percent,
        }));
        let size = slint::LogicalSize::new(1280.0, self.height);
        stage.ui().window().set_size(size);
        stage.wanted();
    }
}

/// Goes everywhere; `look` is told the names of the pages.
pub(crate) fn every_page(sight: Sight, look: &mut dyn FnMut(&Stage, &str)) {
    let Sight {
        language, theme, ..
    } = sight;
    let stage = Stage::new(language, theme);
    sight.on(&stage);
    stage.plug_in(fine());
    stage.type_pin();
    look(&stage, "unlock");
    personal::open(&stage);
    stage.open();
    personal::load(&stage);
    for (page, name) in [
        (Page::Overview, "overview"),
        (Page::Usage, "usage"),
        (Page::Bills, "bills"),
        (Page::Pay, "pay"),
        (Page::Approvals, "approvals"),
        (Page::History, "history"),
        (Page::Settings, "settings"),
    ] {
        stage.happened(Event::Go(page));
        match page {
            Page::Usage => information::with_usage(&stage),
            Page::Pay => stage.happened(Event::PayDue),
            Page::Approvals => {
                let waiting = payment("awaiting-approval");
                stage.happened(Event::Loaded(Loaded::Approvals(vec![waiting])));
            }
            Page::History => {
                let rows = ["settled", "rejected", "awaiting-approval"].map(payment);
                stage.happened(Event::Loaded(Loaded::Orders(rows.into(), Vec::new())));
            }
            _ => {}
        }
        look(&stage, name);
    }
    stage.happened(Event::Go(Page::History));
    let one = payment("awaiting-approval");
    let opened = history::Input::Open(one.order);
    stage.happened(Event::Loaded(Loaded::Orders(vec![one], Vec::new())));
    stage.happened(Event::History(opened));
    look(&stage, "payment");
    of_a_bill(sight, look);
    of_own_data(sight, look);
    of_orders(sight, look);
    of_the_first_start(sight, look);
}

/// A payment in this state, as the service tells it.
pub(crate) fn payment(state: &str) -> OrderView {
    let order = order();
    let link = wattkey_pki::Digest::of(b"link");
    let awaiting = json!({"what": "approval", "until": "2026-12-04T08:00:00Z"});
    serde_json::from_value(json!({
        "order": order["order"], "digest": wattkey_pki::Digest::of(b"order"), "user": order["user"], "state": state,
        "total": order["total"], "currency": "CNY", "reference": "furnace 1",
        "source": {"kind": "mandate", "mandate": "M-1001"}, "deposit": null, "refund": null,
        "bills": [{"bill": "B-2026-09-1001", "principal": 1_292_042_389, "penalty": 98_289_049}],
        "execute": null, "awaiting": if state == "awaiting-approval" { awaiting } else { json!(null) },
        "history": [{"state": state, "at": "2026-11-20T08:00:00Z", "journal": {"sequence": 7, "link": link}}],
    }))
    .unwrap()
}

fn of_a_bill(sight: Sight, look: &mut dyn FnMut(&Stage, &str)) {
    let (stage, _) = information::with_bill(sight.language, sight.theme);
    sight.on(&stage);
    look(&stage, "bill");
    information::reckon(&stage);
    look(&stage, "reckoned");
    stage.happened(Event::Go(Page::History));
    for (tab, name) in [
        (history::Tab::Statement, "statement"),
        (history::Tab::Receipt, "receipt"),
    ] {
        stage.happened(Event::History(history::Input::Tab(tab)));
        let statement = Box::new(samples::statement());
        stage.happened(Event::Loaded(Loaded::Statement(statement)));
        look(&stage, name);
    }
}

fn of_own_data(sight: Sight, look: &mut dyn FnMut(&Stage, &str)) {
    let stage = personal::stage(sight.language, sight.theme);
    sight.on(&stage);
    for (tab, name) in personal::TABS.iter().enumerate() {
        stage.happened(Event::Personal(own::Input::Tab(tab)));
        look(&stage, &format!("personal-{name}"));
    }
}

fn of_orders(sight: Sight, look: &mut dyn FnMut(&Stage, &str)) {
    let file = order_file::stage(sight.language, sight.theme);
    sight.on(&file);
    let previewed = Box::new(order_file::previewed());
    file.happened(Event::OrderFile(FileInput::Previewed(previewed)));
    look(&file, "order-file");
    order_file::reviewing(&file);
    look(&file, "order-file-review");
    let review = paying::reviewing(sight.language, sight.theme);
    sight.on(&review);
    look(&review, "review");
}

fn of_the_first_start(sight: Sight, look: &mut dyn FnMut(&Stage, &str)) {
    let first = setup::stage(sight.language, sight.theme);
    sight.on(&first);
    look(&first, "setup-module");
    setup::to_service(&first);
    look(&first, "setup-service");
    setup::to_try(&first);
    look(&first, "setup-try");
}
