//! Initialising tokens, making their keys, writing certificates.

use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use wattkey_token::{Pin, TokenError};

use super::bench::{certificates, pin, wrong_pin};
use super::token::provision;

contract! {
    fn private_keys_are_made_on_the_token_and_cannot_leave(bench) {
        let serial = bench.issued_token("user");
        let session = bench.session_of_user(&serial);
        let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
        assert_eq!(keys.len(), 2);
        for key in keys {
            let attributes = session
                .get_attributes(key, &[
                    AttributeType::Id,
                    AttributeType::Sensitive,
                    AttributeType::AlwaysSensitive,
                    AttributeType::Extractable,
                    AttributeType::NeverExtractable,
                    AttributeType::Local,
                    AttributeType::Private,
                    AttributeType::Sign,
                    AttributeType::Derive,
                    AttributeType::AlwaysAuthenticate,
                    AttributeType::Value,
                ])
                .unwrap();
            let Attribute::Id(id) = &attributes[0] else {
                panic!("{attributes:?}")
            };
            // The value is not among them.
            assert_eq!(attributes[1..], [
                Attribute::Sensitive(true),
                Attribute::AlwaysSensitive(true),
                Attribute::Extractable(false),
                Attribute::NeverExtractable(true),
                Attribute::Local(true),
                Attribute::Private(true),
                Attribute::Sign(true),
                Attribute::Derive(false),
                Attribute::AlwaysAuthenticate(id == &[0x02]),
            ]);
        }
    }

    fn keys_are_not_overwritten(bench) {
        let serial = bench.issued_token("user");
        let module = bench.module();
        let error = provision::issue_key_pairs(&module, &serial, &pin()).unwrap_err();
        assert!(matches!(error, TokenError::KeyExists { .. }), "{error:?}");
        bench.usb_key().unlock(&pin()).unwrap().authentication_signer().sign(b"still").unwrap();

        provision::erase_keys(&module, &serial, &pin()).unwrap();
        assert!(bench.usb_key().authentication_certificate().is_none());
        assert!(bench.usb_key().signature_certificate().is_none());
        provision::issue_key_pairs(&module, &serial, &pin()).unwrap();
    }

    fn certificates_are_replaced(bench) {
        let serial = bench.issued_token("user");
        let key = bench.usb_key();
        let old = key.authentication_certificate().unwrap();
        let signature = key.signature_certificate().unwrap();
        let [first, second] = certificates(&serial, old.public_key(), signature.public_key());
        provision::write_certificates(&bench.module(), &serial, &pin(), &first, &second).unwrap();
        assert_eq!(bench.usb_key().authentication_certificate(), Some(&first));
        assert_eq!(bench.usb_key().signature_certificate(), Some(&second));
        let all = [Attribute::Class(ObjectClass::CERTIFICATE)];
        assert_eq!(bench.session(&serial).find_objects(&all).unwrap().len(), 2);
    }

    fn a_certificate_of_another_key_is_refused(bench) {
        let serial = bench.issued_token("user");
        let key = bench.usb_key();
        let first = key.authentication_certificate().unwrap();
        let second = key.signature_certificate().unwrap();
        let error = provision::write_certificates(&bench.module(), &serial, &pin(), second, first)
            .unwrap_err();
        assert!(matches!(error, TokenError::KeyMissing { .. }), "{error:?}");
        assert_eq!(bench.usb_key().authentication_certificate(), Some(first));
    }

    fn an_issued_token_is_not_initialised_again(bench) {
        let first = bench.issued_token("first");
        let second = bench.empty_token("second");
        assert_ne!(first, second);
        let keys = bench.module().usb_keys().unwrap();
        let key = keys.into_iter().find(|key| key.info().serial == first).unwrap();
        key.unlock(&pin()).unwrap().authentication_signer().sign(b"still").unwrap();
    }

    fn provisioning_wants_the_pin_and_gives_up_the_login(bench) {
        let serial = bench.empty_token("user");
        let module = bench.module();
        for _ in 0..2 {
            let error = provision::issue_key_pairs(&module, &serial, &wrong_pin()).unwrap_err();
            assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
        }
        provision::issue_key_pairs(&module, &serial, &pin()).unwrap();
        let error = provision::erase_keys(&module, &serial, &wrong_pin()).unwrap_err();
        assert!(matches!(error, TokenError::WrongPin { .. }), "{error:?}");
        let error = provision::erase_keys(&module, "no such serial", &pin()).unwrap_err();
        assert!(matches!(error, TokenError::TokenMissing { .. }), "{error:?}");
    }

    fn what_a_token_cannot_take_is_refused_before_it_is_touched(bench) {
        let module = bench.module();
        let good = || Pin::new("12345678".to_owned());
        let bad = || Pin::new("1".to_owned());
        let refused = [
            provision::init_token(&module, &"x".repeat(33), &good(), &good()),
            provision::init_token(&module, "label", &bad(), &good()),
            provision::init_token(&module, "label", &good(), &bad()),
        ];
        let [Err(TokenError::LabelLength), Err(TokenError::PinLength), Err(TokenError::PinLength)] =
            refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!(module.tokens().unwrap(), []);
    }
}
