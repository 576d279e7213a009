//! Keys, the PIN, and locks.

use slint::platform::Key;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::lock::Locked;
use wattkey_desktop::model::pay::Input;
use wattkey_desktop::model::{Effect, Event, Opened, Page, bills, unlock};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_token::PinState;

use super::harness::{PIN, Stage, fine, identity, opened};

fn stage() -> Stage {
    Stage::new(Language::En, Theme::Light)
}

#[test]
fn without_a_key_it_says_what_to_do_and_takes_no_pin() {
    let stage = stage();
    assert!(
        stage
            .find("Plug in the USB key that your power company gave you.")
            .is_some()
    );
    assert!(stage.find("Unlock").is_none());
}

#[test]
fn the_state_of_the_pin_is_said_before_anything_is_typed() {
    let stage = stage();
    for (pin, said) in [
        (fine(), "No wrong PIN so far: all tries are left."),
        (
            PinState {
                count_low: true,
                ..fine()
            },
            "A wrong PIN was typed before: fewer tries are left.",
        ),
        (
            PinState {
                count_low: true,
                final_try: true,
                ..fine()
            },
            "One try is left. A wrong PIN now locks the key.",
        ),
    ] {
        stage.plug_in(pin);
        assert!(stage.find(said).is_some(), "{said}");
    }
}

/// OpenSC's module does not tell of a wrong PIN of a PIV card before the last try.
#[test]
fn a_wrong_pin_stays_said_until_a_right_one_whatever_the_module_tells() {
    let stage = stage();
    let (low, fine_said) = (
        "A wrong PIN was typed before: fewer tries are left.",
        "No wrong PIN so far: all tries are left.",
    );
    for right in [unlock::Input::Changed, unlock::Input::PinRight] {
        stage.plug_in(fine());
        assert!(stage.find(fine_said).is_some());
        let wrong = Fault::new("wrong-pin", Exit::WrongPin);
        stage.happened(Event::Unlock(unlock::Input::Failed(wrong)));
        stage.plug_in(fine());
        assert!(stage.find(low).is_some() && stage.find(fine_said).is_none());
        stage.type_text(PIN);
        stage.key(Key::Return);
        stage.happened(Event::Unlock(right));
        assert!(stage.find(low).is_none() && stage.find(fine_said).is_some());
    }
}

#[test]
fn the_pin_goes_to_the_key_once_and_is_in_nothing_that_is_drawn() {
    let stage = stage();
    stage.plug_in(fine());
    stage.type_text(PIN);
    let field = stage.find("PIN of the USB key").unwrap();
    assert_eq!(field.accessible_value().unwrap(), "characters typed: 6");
    for said in stage.said() {
        let digits: String = said.chars().filter(char::is_ascii_digit).collect();
        assert!(!digits.contains(PIN), "{said}");
    }
    stage.key(Key::Return);
    stage.key(Key::Return);
    let wanted = stage.wanted();
    let unlocks = wanted
        .iter()
        .filter(|effect| matches!(effect, Effect::Unlock { .. }));
    assert_eq!(unlocks.count(), 1, "{wanted:?}");
    assert!(!format!("{wanted:?}").contains(PIN));
}

#[test]
fn a_keyboard_is_enough_to_unlock() {
    let stage = stage();
    stage.plug_in(fine());
    // The PIN has the focus; the key's card comes before it, the button after it.
    stage.type_text(PIN);
    stage.tab();
    stage.key(' ');
    assert!(matches!(stage.wanted().as_slice(), [Effect::Unlock { .. }]));
}

#[test]
fn the_last_try_wants_to_be_agreed_to() {
    let stage = stage();
    stage.plug_in(PinState {
        count_low: true,
        final_try: true,
        ..fine()
    });
    stage.type_text(PIN);
    stage.press("Unlock");
    assert!(stage.wanted().is_empty());
    stage.press("I know that a wrong PIN now locks the key");
    stage.find("PIN of the USB key").unwrap();
    stage.ui().invoke_focus_pin();
    stage.type_text(PIN);
    stage.press("Unlock");
    assert!(matches!(stage.wanted().as_slice(), [Effect::Unlock { .. }]));
}

#[test]
fn a_pulled_key_hides_everything_at_once_and_the_form_comes_back_with_it() {
    let stage = stage();
    stage.plug_in(fine());
    stage.open();
    stage.happened(Event::Go(Page::Bills));
    stage.happened(Event::Bills(bills::Input::Search("2026-09-1001".into())));
    stage.press("B-2026-09-1001, C-1001, 2026-09, ¥ 12,920,423.89, 2026-10-16, Overdue");
    stage.happened(Event::PayDue);
    stage.happened(Event::Pay(Input::Reference("furnace 1".into())));
    stage.happened(Event::Locked(Locked::KeyPulled));
    for said in stage.said() {
        for secret in ["Dongshan", "B-2026", "C-1001", "furnace"] {
            // The key's own card says whose it is, to everyone.
            let own = said.contains("Dongshan Steelworks") && said.contains("19e5fc63c321d7c3");
            assert!(own || !said.contains(secret), "{said}");
        }
    }
    stage.happened(Event::Opened(Box::new(opened())));
    assert_eq!(stage.value("Your reference").as_deref(), Some("furnace 1"));
    // Another key gets nothing of it.
    stage.happened(Event::Locked(Locked::KeyPulled));
    stage.happened(Event::Opened(Box::new(Opened {
        identity: identity("another"),
        ..opened()
    })));
    assert!(stage.find("Your reference").is_none());
}
