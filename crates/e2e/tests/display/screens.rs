//! Pictures of all pages, in both languages and themes, with the demonstration's data.

use wattkey_e2e::{
    World,
    provision::programs,
    world::{Ports, USER_PIN},
};

use crate::seat::{CHINESE, ENGLISH, Seat, Words};

/// The steelworks.
const CUSTOMER: usize = 0;

#[test]
fn all_pages_are_drawn_in_both_languages_and_themes() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), &programs().unwrap(), Ports::free().unwrap());
    let (world, running) = world.with_large_sample(2026, 1).unwrap();
    for words in [ENGLISH, CHINESE] {
        for theme in ["light", "dark"] {
            let pc = format!("{}-{theme}", words.language);
            let key = world.usb_key(CUSTOMER);
            let seat = Seat::open(&world, &key, &pc, words.language, theme);
            draw(seat, words, theme);
        }
    }
    running.stop().unwrap();
}

fn draw(mut seat: Seat, words: Words, theme: &str) {
    let end = format!("{}-{theme}", words.language);
    seat.wait_for_pin(words.of("window-pin"));
    seat.picture(&format!("unlock-{end}"));
    seat.unlock(words, USER_PIN);
    // Side bar and page: dark is dark, and light is light.
    let brightness = seat.desk.picture().unwrap().brightness_percent();
    assert_eq!(brightness > 50, theme == "light", "{end}: {brightness} %");
    seat.wait_for_overview(words);
    for (number, page) in seat.pages(words).iter().enumerate() {
        if number > 0 {
            seat.turn_to(page, words);
        }
        seat.picture(&format!("page-{number}-{end}"));
    }
    seat.close();
}
