//! Every page in both languages and themes, as pictures for people to look at.

use wattkey_desktop::model::{Event, Loaded, Page, bills, history};
use wattkey_desktop::settings::{Language, Theme};

use super::harness::{Stage, fine};
use super::{information, order_file, paying, personal, samples, setup};
use slint::ComponentHandle as _;
use wattkey_desktop::model::order_file::Input as FileInput;
use wattkey_desktop::model::personal::Input;

const LOOKS: [(Language, Theme, &str); 4] = [
    (Language::En, Theme::Light, "en-light"),
    (Language::En, Theme::Dark, "en-dark"),
    (Language::Zh, Theme::Light, "zh-light"),
    (Language::Zh, Theme::Dark, "zh-dark"),
];

#[test]
fn every_page_is_drawn_in_both_languages_and_themes() {
    let mut sizes = Vec::new();
    for (language, theme, look) in LOOKS {
        let stage = Stage::new(language, theme);
        stage.plug_in(fine());
        stage.type_pin();
        sizes.push(stage.picture(&format!("unlock-{look}")));
        stage.open();
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
            if page == Page::Usage {
                information::with_usage(&stage);
            }
            if page == Page::Pay {
                stage.happened(Event::PayDue);
            }
            sizes.push(stage.picture(&format!("{name}-{look}")));
        }
        let (stage, _) = information::with_bill(language, theme);
        sizes.push(stage.picture(&format!("bill-{look}")));
        information::reckon(&stage);
        sizes.push(stage.picture(&format!("reckoned-{look}")));
        for (tab, name) in [
            (history::Tab::Statement, "statement"),
            (history::Tab::Receipt, "receipt"),
        ] {
            stage.happened(Event::Go(Page::History));
            stage.happened(Event::History(history::Input::Tab(tab)));
            stage.happened(Event::Loaded(Loaded::Statement(Box::new(
                samples::statement(),
            ))));
            sizes.push(stage.picture(&format!("{name}-{look}")));
        }
        for (tab, name) in crate::personal::TABS.iter().enumerate() {
            let stage = personal::stage(language, theme);
            stage
                .ui()
                .window()
                .set_size(slint::LogicalSize::new(1280.0, 880.0));
            stage.happened(Event::Personal(Input::Tab(tab)));
            sizes.push(stage.picture(&format!("personal-{name}-{look}")));
        }
        let small = slint::LogicalSize::new(1280.0, 880.0);
        let file = order_file::stage(language, theme);
        file.ui().window().set_size(small);
        file.happened(Event::OrderFile(FileInput::Previewed(Box::new(
            order_file::previewed(),
        ))));
        sizes.push(file.picture(&format!("order-file-{look}")));
        order_file::reviewing(&file);
        sizes.push(file.picture(&format!("order-file-review-{look}")));
        let setup = setup::stage(language, theme);
        setup.ui().window().set_size(small);
        sizes.push(setup.picture(&format!("setup-module-{look}")));
        setup::to_service(&setup);
        sizes.push(setup.picture(&format!("setup-service-{look}")));
        setup::to_try(&setup);
        sizes.push(setup.picture(&format!("setup-try-{look}")));
        let review = paying::reviewing(language, theme);
        sizes.push(review.picture(&format!("review-{look}")));
    }
    for file in sizes {
        // A page with nothing on it is a few kilobytes.
        assert!(
            std::fs::metadata(&file).unwrap().len() > 8_000,
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_list_of_1800_bills_is_searched_without_delay() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage.plug_in(fine());
    stage.open();
    stage.happened(Event::Go(Page::Bills));
    stage.happened(Event::Bills(bills::Input::Search("2026-10 1007".into())));
    assert!(
        stage.find("1 of 1800").is_some()
            || stage
                .said()
                .iter()
                .any(|said| said.contains("B-2026-10-1007"))
    );
    stage.happened(Event::Loaded(Loaded::Bills(Vec::new())));
    assert!(stage.find("No bill fits.").is_some());
}
