//! What parent and child say to each other: whole operations on tokens, in frames of bounded length.
//!
//! A frame is its length (four bytes, little-endian) and as many bytes of `postcard`. The parent speaks first, with a
//! `Hello`; the child answers it once the module is loaded, and from then on answers each `Request` when it is
//! done, in whatever order.

pub(crate) mod frame;
#[doc(hidden)]
pub mod fuzzing;
mod operation;
mod secret;

use serde::{Deserialize, Serialize};

use crate::TokenError;
pub(crate) use operation::{
    Answer, CardOperation, Key, KeyOperation, Operation, Provision, TokenName,
};
pub(crate) use secret::Secret;

/// Both ends are the same program, unless somebody gave another one.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// First frame of the parent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// [`VERSION`] of the parent.
    pub(crate) version: String,
    /// File of the module.
    pub(crate) module: std::path::PathBuf,
}

/// A call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Chosen by the parent, for the reply to name.
    pub(crate) id: u64,
    /// What to do.
    pub(crate) operation: Operation,
}

/// The end of a call. The reply to the hello has the id 0.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// Of the request.
    pub(crate) id: u64,
    /// What came of it.
    pub(crate) answer: Result<Answer, TokenError>,
}
