//! Large text in a small window: nothing is cut off. Pictures to be looked at, and what can be reckoned.

use i_slint_backend_testing::{AccessibleRole, ElementQuery};
use wattkey_client::words::Lang;
use wattkey_desktop::settings::{Language, Theme};
use wattkey_desktop::window::words;

use super::harness::{Stage, whole};
use super::walk::{Sight, every_page};

/// Pages whose tables are wider than a window with large text, and are scrolled to the sides.
const WIDE: [&str; 9] = [
    "overview",
    "usage",
    "bills",
    "bill",
    "reckoned",
    "history",
    "payment",
    "statement",
    "receipt",
];

/// What a screen reader says lies between the sides of the window.
fn fits(stage: &Stage, page: &str) {
    for element in ElementQuery::from_root(stage.ui()).find_all() {
        if element
            .accessible_role()
            .is_none_or(|role| role == AccessibleRole::None)
        {
            continue;
        }
        let Some(label) = element.accessible_label().filter(|label| !label.is_empty()) else {
            continue;
        };
        let [left, width] = [element.absolute_position().x, element.size().width].map(whole);
        let inside = left >= -1 && left + width <= 1281;
        assert!(inside, "{page}: {label} is {width} wide at {left}");
    }
}

/// What a page can do stands in its heading, which stays where the window is when the page is wider.
fn can_be_done(stage: &Stage, page: &str, language: Language) {
    let text = words(match language {
        Language::En => Lang::En,
        Language::Zh => Lang::Zh,
    });
    let ids: &[&str] = match page {
        "overview" => &["window-refresh"],
        "usage" => &["window-refresh", "window-export-csv", "window-export-png"],
        "bills" => &["window-export-csv", "window-pay-selected"],
        "payment" => &["window-back", "window-cancel-order"],
        _ => &[],
    };
    for label in ids.iter().map(|id| text.get(id)) {
        // What it is done with may stand behind it.
        let said = stage.said().into_iter();
        let said = said
            .filter(|said| said.starts_with(&label))
            .min_by_key(String::len);
        let button = said.and_then(|said| stage.find(&said));
        let button = button.unwrap_or_else(|| panic!("{page}: no {label}"));
        let [left, width] = [button.absolute_position().x, button.size().width].map(whole);
        assert!(
            left >= 0 && left + width <= 1281,
            "{page}: {label} is {width} wide at {left}"
        );
    }
}

#[test]
fn large_text_in_both_languages_is_cut_off_nowhere() {
    for (percent, language, name) in [
        (150, Language::Zh, "zh-150"),
        (200, Language::Zh, "zh-200"),
        (200, Language::En, "en-200"),
    ] {
        let sight = Sight {
            language,
            theme: Theme::Light,
            percent,
            height: 800.0,
        };
        every_page(sight, &mut |stage, page| {
            slint::platform::update_timers_and_animations();
            stage.picture(&format!("large-{page}-{name}"));
            can_be_done(stage, page, language);
            if !WIDE.contains(&page) {
                fits(stage, page);
            }
        });
    }
}
