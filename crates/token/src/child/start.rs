//! Starting a child.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::calls::{Rank, UnderWay};
use super::gate::Gate;
use super::{Calls, Child, End, Process, Unanswered, opensc};
use crate::wire::frame;
use crate::wire::{Hello, VERSION};
use crate::{HostOptions, TokenError, host};

/// The id of the hello.
const HELLO: u64 = 0;
/// What the child has to empty its end of the connection, before it counts as hung.
const MAX_WRITE: Duration = Duration::from_secs(5);
/// How long a child that ended at once is waited for, to tell how.
const MAX_REAP: Duration = Duration::from_secs(1);
const REAP_PAUSE: Duration = Duration::from_millis(2);

impl Child {
    /// Starts a process and loads the module in it.
    pub(crate) fn start(
        module: &Path,
        options: &HostOptions,
        load: Duration,
    ) -> Result<Self, TokenError> {
        let process = spawn(module, options).map_err(|source| TokenError::HostStart { source })?;
        let child = Self(process);
        let hello = Hello {
            version: VERSION.to_owned(),
            module: module.to_owned(),
        };
        let frame = frame::encode(&hello)
            .map_err(|_| TokenError::answer("the module's path is not text, or too long"))?;
        match child.0.ask(HELLO, frame, Rank::Work, load) {
            Ok(answer) => answer.map(|_| child),
            Err(Unanswered::Lost(End::Hung)) => Err(TokenError::Hung {
                operation: STARTING.into(),
                pin: None,
            }),
            Err(Unanswered::Lost(End::Nonsense)) => Err(nonsense()),
            Err(Unanswered::Lost(End::Crashed) | Unanswered::NotAsked) => {
                Err(child.ended_at_once())
            }
        }
    }

    /// A program that does not serve ends with an exit code; a module that crashes, with a signal.
    fn ended_at_once(&self) -> TokenError {
        let due = Instant::now() + MAX_REAP;
        let status = loop {
            match self.0.status.get() {
                None if Instant::now() < due => thread::sleep(REAP_PAUSE),
                status => break status,
            }
        };
        match status {
            Some(status) if status.code().is_some() => TokenError::HostStart {
                source: io::Error::other(format!("it ended with {status} before it served")),
            },
            _ => TokenError::Crashed {
                operation: STARTING.into(),
                pin: None,
            },
        }
    }
}

/// What a child does first, as a verb.
const STARTING: &str = "start";

/// What a child sent that is no reply.
pub(crate) fn nonsense() -> TokenError {
    TokenError::answer("its process sent something else than an answer")
}

fn spawn(module: &Path, options: &HostOptions) -> io::Result<Arc<Process>> {
    if std::env::var_os(host::MARK).is_some() {
        return Err(io::Error::other(
            "this process is one itself: the program does not serve when it is asked to",
        ));
    }
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_write_timeout(Some(MAX_WRITE))?;
    let mut command = match &options.program {
        Some(program) => Command::new(program),
        None => this_program(),
    };
    command
        .arg(host::ARGUMENT)
        .env(host::MARK, "1")
        .stdin(OwnedFd::from(theirs))
        // What a module writes there is for its makers, and may hold what was sent to the card.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C is for us: the module has to live until we have logged out.
        .process_group(0);
    if let Some(([variable, name], file)) = opensc::configuration(module, &options.environment)? {
        command.env(variable, name).stdout(file);
    }
    command.envs(
        options
            .environment
            .iter()
            .map(|(name, value)| (name, value)),
    );
    let child = command.spawn()?;
    let process = Arc::new(Process {
        socket: ours,
        writing: Mutex::default(),
        calls: Mutex::new(Calls::Waiting(UnderWay::default())),
        child: Mutex::new(Some(child)),
        status: OnceLock::new(),
        last_id: AtomicU64::new(HELLO),
        gate: Gate::default(),
        started: Instant::now(),
    });
    let reader = Arc::clone(&process);
    let reading = thread::Builder::new()
        .name("module".to_owned())
        .spawn(move || reader.read_replies());
    if let Err(error) = reading {
        process.end(End::Crashed);
        let child = process.child().take();
        if let Some(mut child) = child {
            child.wait()?;
        }
        return Err(error);
    }
    Ok(process)
}

/// The very file that runs here, also when a newer one has taken its name.
fn this_program() -> Command {
    let mut command = Command::new("/proc/self/exe");
    if let Some(name) = std::env::args_os().next() {
        command.arg0(name);
    }
    command
}
