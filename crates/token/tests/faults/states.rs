//! What a token says of its PIN, before anybody types one.

use wattkey_token::PinState;

use crate::setup::{PIN, Setup};

#[test]
fn each_flag_of_the_token_is_told() {
    let setup = Setup::new();
    let key = setup.usb_key();
    let usual = PinState {
        initialised: true,
        ..PinState::default()
    };
    assert_eq!(key.pin_state().unwrap(), usual);
    let cases: [(&str, PinState); 6] = [
        (
            "count-low",
            PinState {
                count_low: true,
                ..usual
            },
        ),
        (
            "final-try",
            PinState {
                final_try: true,
                ..usual
            },
        ),
        (
            "locked",
            PinState {
                locked: true,
                ..usual
            },
        ),
        (
            "to-be-changed",
            PinState {
                to_be_changed: true,
                ..usual
            },
        ),
        (
            "protected-path",
            PinState {
                protected_path: true,
                ..usual
            },
        ),
        (
            "not-initialised",
            PinState {
                initialised: false,
                ..usual
            },
        ),
    ];
    for (flag, expected) in cases {
        setup.faults.set(&format!("flags {flag}")).unwrap();
        assert_eq!(key.pin_state().unwrap(), expected, "{flag}");
        assert_eq!(setup.usb_key().info().pin, expected, "{flag}");
    }
    setup.faults.clear().unwrap();
    assert_eq!(key.pin_state().unwrap(), usual);
    assert_eq!(setup.faults.shown(PIN), 0);
}
