//! Loading modules, and what they see.

use std::sync::Arc;

use wattkey_token::TokenError;

use super::bench::{pin, wrong_pin};
use super::token::{Card, load};

contract! {
    fn a_missing_file_is_named(bench) {
        let path = bench.folder().join("missing.so");
        let error = load(&path).unwrap_err();
        assert!(matches!(error, TokenError::ModuleFile { .. }), "{error:?}");
        assert!(error.to_string().contains("missing.so"));
    }

    fn a_file_that_is_no_library_is_refused(bench) {
        let path = bench.folder().join("text.so");
        std::fs::write(&path, "not a library").unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, TokenError::ModuleLoad { .. }), "{error:?}");
    }

    fn a_library_that_is_no_module_is_refused(bench) {
        // Any shared library will do: the C library's own names are known to the loader.
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let library = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5))
            .find(|path| path.contains("libc.so"))
            .unwrap();
        let error = load(library.as_ref()).unwrap_err();
        assert!(matches!(error, TokenError::ModuleLoad { .. }), "{error:?}");
        bench.module();
    }

    fn a_module_is_loaded_once(bench) {
        let module = bench.module();
        let link = bench.folder().join("link.so");
        std::os::unix::fs::symlink(bench.module_path(), &link).unwrap();
        assert!(Arc::ptr_eq(&module, &load(&link).unwrap()));
    }

    fn no_token_is_not_an_error(bench) {
        let module = bench.module();
        assert_eq!(module.tokens().unwrap(), []);
        assert!(module.usb_keys().unwrap().is_empty());
        let error = Card::open(&module, "card", &pin()).unwrap_err();
        assert!(matches!(error, TokenError::TokenMissing { .. }), "{error:?}");
    }

    fn a_token_says_who_it_is(bench) {
        let serial = bench.empty_token("Li Na's key");
        let tokens = bench.module().tokens().unwrap();
        let [token] = tokens.as_slice() else {
            panic!("{tokens:?}")
        };
        assert_eq!(token.label, "Li Na's key");
        assert_eq!(token.serial, serial);
        assert!(!token.manufacturer.is_empty() && !token.model.is_empty());
        assert!(token.pin.initialised);
        assert!(!token.pin.count_low && !token.pin.final_try && !token.pin.locked);
    }

    fn two_tokens_are_told_apart(bench) {
        let serials = [bench.issued_token("same"), bench.issued_token("same")];
        assert_ne!(serials[0], serials[1]);
        let keys = bench.module().usb_keys().unwrap();
        let mut found: Vec<_> = keys.iter().map(|key| key.info().serial.clone()).collect();
        found.sort();
        let mut serials = serials.to_vec();
        serials.sort();
        assert_eq!(found, serials);
        for key in &keys {
            let certificate = key.authentication_certificate().unwrap();
            assert_eq!(certificate.key_serial(), Some(key.info().serial.as_str()));
        }
        // The label does not tell which: no PIN is shown to either.
        let error = Card::open(&bench.module(), "same", &wrong_pin()).unwrap_err();
        assert!(matches!(error, TokenError::TokenAmbiguous { .. }), "{error:?}");
        assert!(keys.iter().all(|key| !key.pin_state().unwrap().count_low));
    }

    fn unlocking_one_token_leaves_the_other_locked(bench) {
        bench.issued_token("one");
        bench.issued_token("two");
        let mut keys = bench.module().usb_keys().unwrap();
        let two = keys.pop().unwrap();
        let _one = keys.pop().unwrap().unlock(&pin()).unwrap();
        let error = two.unlock(&wrong_pin()).unwrap_err().error;
        assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
    }
}
