//! One bad token, and others beside it.

use wattkey_token::{Pin, TokenError, provision};

use crate::setup::{SECURITY_OFFICER_PIN, Setup, pin};

#[test]
fn a_card_that_the_module_does_not_know_hides_no_other() {
    let setup = Setup::new();
    let module = setup.module();
    let all = module.tokens().unwrap().len();
    setup.faults.set("C_GetTokenInfo once fail 0xe1").unwrap();
    assert!(module.tokens().unwrap().len() >= all - 1);
    setup.faults.set("C_GetTokenInfo once fail 0xe1").unwrap();
    assert!(module.usb_keys().unwrap().len() >= all - 1);
    // Nor is it a token, were it the only one.
    setup.faults.set("C_GetTokenInfo fail 0xe1").unwrap();
    assert_eq!(module.tokens().unwrap(), []);
    assert!(module.usb_keys().unwrap().is_empty());
    let officer = Pin::new(SECURITY_OFFICER_PIN.to_owned());
    let error = provision::init_token(&module, "new", &officer, &pin()).unwrap_err();
    assert!(matches!(error, TokenError::NoToken), "{error:?}");
    setup.faults.clear().unwrap();
    provision::init_token(&module, "new", &officer, &pin()).unwrap();
}

#[test]
fn a_key_that_cannot_be_read_hides_no_other() {
    for fault in [
        "C_OpenSession",
        "C_FindObjectsInit",
        "C_FindObjects",
        "C_GetTokenInfo",
    ] {
        let setup = Setup::new();
        let module = setup.module();
        let all = module.usb_keys().unwrap().len();
        setup
            .faults
            .set(&format!("{fault} once fail 0x30"))
            .unwrap();
        assert!(module.usb_keys().unwrap().len() >= all - 1, "{fault}");
        setup.faults.set(&format!("{fault} fail 0x30")).unwrap();
        let error = module.usb_keys().unwrap_err();
        assert!(
            matches!(error, TokenError::Module { .. }),
            "{fault}: {error:?}"
        );
    }
}
