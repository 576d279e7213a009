//! Every page in both languages and themes, as pictures for people to look at.

use wattkey_desktop::model::{Event, Loaded, Page, bills};
use wattkey_desktop::settings::{Language, Theme};

use super::harness::{Stage, fine};
use super::walk::{Sight, every_page};

const LOOKS: [(Language, Theme, &str); 4] = [
    (Language::En, Theme::Light, "en-light"),
    (Language::En, Theme::Dark, "en-dark"),
    (Language::Zh, Theme::Light, "zh-light"),
    (Language::Zh, Theme::Dark, "zh-dark"),
];

#[test]
fn every_page_is_drawn_in_both_languages_and_themes() {
    for (language, theme, look) in LOOKS {
        let sight = Sight {
            language,
            theme,
            percent: 100,
            height: 880.0,
        };
        every_page(sight, &mut |stage, page| {
            let file = stage.picture(&format!("{page}-{look}"));
            // A page with nothing on it is a few kilobytes.
            let size = std::fs::metadata(&file).unwrap().len();
            assert!(size > 8_000, "{}", file.display());
        });
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
