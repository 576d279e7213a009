//! Large text in a small window: nothing is cut off. Pictures to be looked at, and what can be reckoned.

use i_slint_backend_testing::{AccessibleRole, ElementQuery};
use slint::ComponentHandle as _;
use wattkey_desktop::model::order_file::Input as FileInput;
use wattkey_desktop::model::{Event, Page, personal};
use wattkey_desktop::settings::{Language, Settings, Theme};

use super::harness::{Stage, fine};
use super::{order_file, paying, setup};

/// Pages whose tables are wider than a window with large text, and are scrolled to the sides.
const WIDE: [&str; 3] = ["overview", "bills", "history"];

fn large(stage: &Stage, percent: u16, language: Language) {
    stage.happened(Event::Settings(Settings {
        language: Some(language),
        theme: Theme::Light,
        text_percent: percent,
    }));
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 800.0));
    stage.wanted();
}

/// What a screen reader says lies between the sides of the window, and is as high as its text.
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
        let (place, size) = (element.absolute_position(), element.size());
        let [left, width] = [place.x, size.width].map(|length| length.round() as i32);
        let inside = left >= -1 && left + width <= 1281;
        assert!(inside, "{page}: {label} is {width} wide at {left}");
    }
}

#[test]
fn large_text_in_both_languages_is_cut_off_nowhere() {
    for (percent, language, name) in [
        (150, Language::Zh, "zh-150"),
        (200, Language::Zh, "zh-200"),
        (200, Language::En, "en-200"),
    ] {
        let stage = Stage::new(language, Theme::Light);
        large(&stage, percent, language);
        stage.plug_in(fine());
        let look = |stage: &Stage, page: &str| {
            stage.picture(&format!("large-{page}-{name}"));
            if !WIDE.contains(&page) {
                fits(stage, page);
            }
        };
        look(&stage, "unlock");
        super::personal::open(&stage);
        stage.open();
        super::personal::load(&stage);
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
            look(&stage, name);
        }
        stage.happened(Event::Go(Page::Personal));
        for (tab, name) in crate::personal::TABS.iter().enumerate() {
            stage.happened(Event::Personal(personal::Input::Tab(tab)));
            look(&stage, &format!("personal-{name}"));
        }
        let file = order_file::stage(language, Theme::Light);
        large(&file, percent, language);
        file.happened(Event::OrderFile(FileInput::Previewed(Box::new(
            order_file::previewed(),
        ))));
        look(&file, "order-file");
        let review = paying::reviewing(language, Theme::Light);
        large(&review, percent, language);
        look(&review, "review");
        let first = setup::stage(language, Theme::Light);
        large(&first, percent, language);
        look(&first, "setup");
        setup::to_try(&first);
        look(&first, "setup-try");
    }
}
