//! How a module is run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How the process of a module is started and how long it may take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostOptions {
    /// The program that calls [`serve_if_asked`](crate::host::serve_if_asked); this very program when there is none.
    pub program: Option<PathBuf>,
    /// Added to the environment: a module's own settings, such as `SOFTHSM2_CONF`.
    pub environment: Vec<(OsString, OsString)>,
    /// How long calls may take.
    pub deadlines: Deadlines,
}

/// How long each kind of call may take before the module counts as hung and its process is killed.
///
/// A call that has to start the module first may take [`load`](Self::load) longer, one that showed a PIN
/// [`reread`](Self::reread).
///
/// Many modules do one thing at a time, so a call is not blamed for those ahead of it. Where a token is worked with, each
/// answer to another such call begins the deadline anew, sixteen times at most. Listing, locking and watching are not
/// overdue while a token is worked with in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Loading the module.
    pub load: Duration,
    /// Listing tokens and reading what they say of themselves.
    pub list: Duration,
    /// Reading public keys, certificates and key identifiers.
    pub read: Duration,
    /// Showing a PIN: unlocking, signing with the signature key, changing and unblocking the PIN.
    pub login: Duration,
    /// Signing.
    pub sign: Duration,
    /// ECDH.
    pub derive: Duration,
    /// Making, writing and destroying keys and certificates.
    pub generate: Duration,
    /// Showing a PIN that a person types on the token's own pad.
    pub pin_pad: Duration,
    /// Locking. The process is killed then, which locks too.
    pub lock: Duration,
    /// Reading the state of the PIN after a call that showed one was lost.
    pub reread: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            load: Duration::from_secs(10),
            list: Duration::from_secs(5),
            read: Duration::from_secs(5),
            login: Duration::from_secs(15),
            sign: Duration::from_secs(10),
            derive: Duration::from_secs(5),
            generate: Duration::from_secs(60),
            pin_pad: Duration::from_secs(90),
            lock: Duration::from_secs(2),
            reread: Duration::from_secs(3),
        }
    }
}
