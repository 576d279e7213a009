//! One call for each function of a module that may fail under it.

use wattkey_token::{KeyUse, TokenError};

use crate::setup::{DERIVE, SIGN, Setup, peer, pin, sign, token_error};

/// A call, prepared so far that nothing but it is missing.
pub(crate) type Prepared<'a> = Box<dyn FnOnce() -> Result<(), TokenError> + 'a>;

/// A call of ours that goes through a function of the module.
pub(crate) struct Call {
    /// The module's function.
    pub(crate) function: &'static str,
    pub(crate) prepare: fn(&Setup) -> Prepared<'_>,
}

pub(crate) const LIST: Call = Call {
    function: "C_GetSlotList",
    prepare: |setup| {
        let module = setup.module();
        Box::new(move || module.tokens().map(drop))
    },
};

pub(crate) const READ: Call = Call {
    function: "C_GetTokenInfo",
    prepare: |setup| {
        let key = setup.usb_key();
        Box::new(move || key.pin_state().map(drop))
    },
};

pub(crate) const OPEN: Call = Call {
    function: "C_OpenSession",
    prepare: |setup| {
        let module = setup.module();
        Box::new(move || module.usb_keys().map(drop))
    },
};

pub(crate) const FIND: Call = Call {
    function: "C_FindObjects",
    prepare: OPEN.prepare,
};

pub(crate) const ATTRIBUTE: Call = Call {
    function: "C_GetAttributeValue",
    prepare: OPEN.prepare,
};

pub(crate) const LOGIN: Call = Call {
    function: "C_Login",
    prepare: |setup| {
        let key = setup.usb_key();
        Box::new(move || key.unlock(&pin()).map(drop).map_err(|failed| failed.error))
    },
};

pub(crate) const SIGNATURE: Call = Call {
    function: "C_Sign",
    prepare: |setup| {
        let key = setup.unlocked();
        Box::new(move || sign(&*key.authentication_signer()))
    },
};

pub(crate) const ORDER: Call = Call {
    function: "C_Sign",
    prepare: |setup| {
        let key = setup.unlocked();
        Box::new(move || {
            let signature = key.sign_with_signature_key(&pin(), b"an order")?;
            let public_key = key.signature_certificate().public_key();
            public_key.verify(b"an order", &signature).unwrap();
            Ok(())
        })
    },
};

pub(crate) const ORDER_LOGIN: Call = Call {
    function: "C_Login",
    prepare: ORDER.prepare,
};

pub(crate) const CARD_SIGNATURE: Call = Call {
    function: "C_Sign",
    prepare: |setup| {
        let signer = setup.card().signer(SIGN).unwrap();
        Box::new(move || signer.sign(b"a message").map(drop).map_err(token_error))
    },
};

pub(crate) const DERIVATION: Call = Call {
    function: "C_DeriveKey",
    prepare: |setup| {
        let card = setup.card();
        let peer = peer();
        Box::new(move || card.ecdh(DERIVE, &peer).map(drop))
    },
};

pub(crate) const GENERATION: Call = Call {
    function: "C_GenerateKeyPair",
    prepare: |setup| {
        let card = setup.card();
        Box::new(move || card.generate(&[0x20, 3], KeyUse::Sign, "new").map(drop))
    },
};

pub(crate) const WRITING: Call = Call {
    function: "C_CreateObject",
    prepare: |setup| {
        let certificate = setup
            .usb_key()
            .authentication_certificate()
            .unwrap()
            .clone();
        let card = setup.card();
        Box::new(move || card.write_certificate(SIGN, "sign", &certificate))
    },
};
