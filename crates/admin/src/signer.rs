//! The CA's key, in a process of its own.
//!
//! The other process is this program as `ca-signer`. Its stdout is one end of
//! a pair of connected sockets, on which both sides write lines:
//!
//! | who | line |
//! | --- | --- |
//! | signer, first | `ready` and the public key (uncompressed point) |
//! | we | `sign` and the message |
//! | signer | `signed` and the signature (raw), or `failed` and why |
//!
//! Bytes are base64url. stdin and all descriptors stay those of this process,
//! so that the PIN can come from any of them; errors and prompts go to the
//! person directly. The signer ends when the socket closes.

mod serve;

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};

use wattkey_pki::{PublicKey, SignError, Signature, Signer, b64u};

pub(crate) use self::serve::serve;

use crate::args::{CaPins, SignerArguments};
use crate::config::CaConfig;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::text::Language;

/// Longest line: a CRL of the largest size that is read, in base64.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// The CA's key behind the socket.
pub(crate) struct CaSigner {
    public_key: PublicKey,
    channel: Mutex<Channel>,
    child: Child,
}

struct Channel(BufReader<UnixStream>);

/// What the signer answers when it cannot.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

impl CaSigner {
    /// Starts the signer of that token; with `create` it makes the token and
    /// the key first.
    pub(crate) fn start(
        config: &CaConfig,
        token: &str,
        pins: &CaPins,
        create: bool,
        output: &Output,
    ) -> Result<Self, Failure> {
        let fault = |error: std::io::Error| Failure::new(Kind::Fault, &error);
        let (ours, theirs) = UnixStream::pair().map_err(fault)?;
        let mut command = Command::new(std::env::current_exe().map_err(fault)?);
        command
            .args(SignerArguments::line(&config.module, token, pins, create))
            .args(["--lang", language_name(output.language)])
            .envs(&config.environment)
            .stdout(OwnedFd::from(theirs));
        let mut child = command.spawn().map_err(fault)?;
        // The command keeps the other end open until it is dropped; then the
        // end of the signer is the end of the stream.
        drop(command);
        let mut channel = Channel(BufReader::new(ours));
        let key = match channel.read("ready") {
            Ok(point) => PublicKey::from_uncompressed(&point)
                .map_err(|error| Failure::new(Kind::TokenUnusable, &error))?,
            Err(_) => return Err(end_of(&mut child)),
        };
        Ok(Self {
            public_key: key,
            channel: Mutex::new(channel),
            child,
        })
    }
}

impl Signer for CaSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let mut channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: Refused| SignError(Box::new(error));
        channel.write("sign", message).map_err(failed)?;
        let raw = channel.read("signed").map_err(failed)?;
        Signature::from_raw(&raw).map_err(|error| SignError(Box::new(error)))
    }
}

impl Channel {
    fn write(&mut self, word: &str, bytes: &[u8]) -> Result<(), Refused> {
        let line = format!("{word} {}\n", b64u::encode(bytes));
        self.0
            .get_mut()
            .write_all(line.as_bytes())
            .map_err(|error| Refused(format!("the CA's signer is gone: {error}")))
    }

    fn read(&mut self, word: &str) -> Result<Vec<u8>, Refused> {
        let mut line = String::new();
        (&mut self.0)
            .take(MAX_LINE)
            .read_line(&mut line)
            .map_err(|error| Refused(format!("the CA's signer is gone: {error}")))?;
        match line.trim_end_matches('\n').split_once(' ') {
            Some((said, text)) if said == word => {
                b64u::decode(text).ok_or_else(|| Refused("not base64url".into()))
            }
            Some(("failed", why)) => Err(Refused(why.to_owned())),
            _ => Err(Refused("the CA's signer ended".into())),
        }
    }
}

impl fmt::Debug for CaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaSigner")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

impl Drop for CaSigner {
    fn drop(&mut self) {
        let channel = self
            .channel
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // Its socket closed, the signer logs out and ends. Whether it manages
        // to changes nothing for us.
        let _ = channel.0.get_mut().shutdown(std::net::Shutdown::Both);
        let _ = self.child.wait();
    }
}

/// The signer has told the person why; its exit code says it to us.
fn end_of(child: &mut Child) -> Failure {
    match child.wait().map(|status| status.code()) {
        Ok(Some(code)) if code != 0 => Failure::said_elsewhere(Kind::of_code(code)),
        _ => Failure::because(
            Kind::TokenUnusable,
            "the process of the CA's token broke down",
        ),
    }
}

fn language_name(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Chinese => "zh",
    }
}
