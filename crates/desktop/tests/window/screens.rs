//! Every page in both languages and themes, as pictures for people to look at.

use wattkey_desktop::model::{Event, Loaded, Page, bills};
use wattkey_desktop::settings::{Language, Theme};

use super::harness::{Stage, fine};
use super::paying;

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
            (Page::Bills, "bills"),
            (Page::Pay, "pay"),
            (Page::Approvals, "approvals"),
            (Page::History, "history"),
            (Page::Settings, "settings"),
        ] {
            stage.happened(Event::Go(page));
            if page == Page::Pay {
                stage.happened(Event::PayDue);
            }
            sizes.push(stage.picture(&format!("{name}-{look}")));
        }
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
