//! Frames between a program and the process of its PKCS#11 module, and what that reads from cards.

use crate::Outcome;
use wattkey_token::wire::fuzzing;

pub(crate) fn module_hello(bytes: &[u8]) -> Outcome {
    outcome(fuzzing::hello(bytes))
}

pub(crate) fn module_request(bytes: &[u8]) -> Outcome {
    outcome(fuzzing::request(bytes))
}

pub(crate) fn module_reply(bytes: &[u8]) -> Outcome {
    outcome(fuzzing::reply(bytes))
}

pub(crate) fn card_holder_identifier(bytes: &[u8]) -> Outcome {
    outcome(fuzzing::card_holder_identifier(bytes))
}

fn outcome(taken: bool) -> Outcome {
    if taken {
        Outcome::Read
    } else {
        Outcome::Refused
    }
}
