//! What a screen reader that we did not write finds, over the real accessibility bus.

use wattkey_e2e::world::USER_PIN;
use wattkey_virtual_display::{Element, Key};

use crate::{
    common::{Stage, until},
    seat::{CHINESE, ENGLISH, PAGE, Seat, Words},
};

fn find<'e>(seen: &'e [Element], role: &str, name: &str) -> &'e Element {
    let named = seen
        .iter()
        .find(|element| element.name == name && element.role == role);
    named.unwrap_or_else(|| {
        let all: Vec<_> = seen
            .iter()
            .map(|element| (&element.role, &element.name))
            .collect();
        panic!("no {role} {name:?} in {all:#?}")
    })
}

/// Types the first characters of the PIN: they are taken in, which can be seen, and are in nothing that is said.
fn types_unheard(seat: &mut Seat, characters: &str) {
    let before = seat.desk.picture().unwrap();
    seat.desk.type_text(characters).unwrap();
    until("something is drawn for what was typed", PAGE, || {
        (seat.desk.picture().unwrap() != before).then_some(())
    });
    let said = seat.said();
    assert!(said.len() > 3, "{said:?}");
    for said in said {
        assert!(
            !said.contains(&characters[..4]),
            "the PIN is said: {said:?}"
        );
    }
}

#[test]
fn unlocking_and_paying_are_told_and_the_pin_is_not() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let mut seat = Seat::open(&cashier.world, &cashier.usb_key, &cashier.pc, "en", "light");

    seat.wait_for_pin(ENGLISH.of("window-pin"));
    let seen = seat.desk.look().unwrap();
    assert_eq!(seen[0].role, "application");
    assert!(
        seen.iter()
            .any(|element| element.role == "frame" && element.name == "Wattkey")
    );
    let field = find(&seen, "entry", ENGLISH.of("window-pin"));
    assert!(field.is("focused") && field.is("enabled"), "{field:?}");
    find(&seen, "button", ENGLISH.of("window-unlock"));
    let key = seen
        .iter()
        .find(|element| element.role == "radio button")
        .unwrap();
    assert!(
        key.name.starts_with("Li Na, ") && key.is("checked"),
        "{key:?}"
    );
    // Everything that can be reached has a name.
    let nameless = |element: &&Element| element.is("focusable") && element.name.is_empty();
    assert_eq!(seen.iter().filter(nameless).count(), 0, "{seen:#?}");

    types_unheard(&mut seat, &USER_PIN[..5]);
    seat.desk.type_text(&USER_PIN[5..]).unwrap();
    seat.desk.press(Key::Enter).unwrap();
    seat.desk
        .wait_for(ENGLISH.of("window-page-overview"), PAGE)
        .unwrap();
    seat.loaded(ENGLISH);

    seat.enter(ENGLISH.of("window-settle-arrears"));
    let review = seat
        .desk
        .wait_for(ENGLISH.of("window-review"), PAGE)
        .unwrap();
    assert_eq!(review.role, "button");
    let seen = seat.desk.look().unwrap();
    find(&seen, "entry", ENGLISH.of("window-reference"));
    let bill = Stage::overdue_bill();
    assert!(
        seen.iter().any(|element| element.name.contains(&bill)),
        "{bill} is not told"
    );
    assert_eq!(seen.iter().filter(nameless).count(), 0, "{seen:#?}");

    seat.enter(ENGLISH.of("window-review"));
    let pin = ENGLISH.of("window-pin-sign");
    let agree = |element: &Element| {
        element.role == "check box" && element.name.starts_with(ENGLISH.of("window-i-agree"))
    };
    let agree = seat
        .desk
        .wait_until("what is agreed to", PAGE, agree)
        .unwrap();
    seat.desk.go_to(&agree.name).unwrap();
    seat.desk.press(Key::Space).unwrap();
    seat.desk.go_to(pin).unwrap();
    types_unheard(&mut seat, &USER_PIN[..5]);
    seat.close();
    running.stop().unwrap();
}

/// Each page of the navigation is told with its name, in both languages.
#[test]
fn pages_are_told_in_both_languages() {
    let stage = Stage::new();
    let running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let mut pages = Vec::new();
    for words in [ENGLISH, CHINESE] {
        let pc = format!("{}-pc", words.language);
        let mut seat = Seat::open(
            &cashier.world,
            &cashier.usb_key,
            &pc,
            words.language,
            "light",
        );
        seat.unlock(words, USER_PIN);
        pages.push(pages_told(&mut seat, words));
        seat.close();
    }
    let [english, chinese] = &pages[..] else {
        panic!("two languages")
    };
    assert!(
        english.len() >= 6 && english.len() == chinese.len(),
        "{pages:?}"
    );
    assert!(
        english.iter().zip(chinese).all(|(one, other)| one != other),
        "{pages:?}"
    );
    running.stop().unwrap();
}

/// Goes to each page; gives what they are called.
fn pages_told(seat: &mut Seat, words: Words) -> Vec<String> {
    let pages = seat.pages(words);
    for page in &pages {
        seat.turn_to(page, words);
    }
    pages
}
