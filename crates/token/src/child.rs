//! One child process, from its start to its end, as its parent has it.

mod calls;
mod gate;
mod kind;
mod opensc;
mod start;

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::{self, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::wire::frame::{self, FrameError};
use crate::wire::{Answer, Operation, Reply, Request};
use crate::{Deadlines, TokenError};
use calls::{Rank, UnderWay};
use gate::Gate;
pub(crate) use start::nonsense;

/// How long a call waits until fewer are under way.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// How long a child may take to end by itself, and how often it is looked at meanwhile.
const FAREWELL: Duration = Duration::from_millis(800);
const FAREWELL_PAUSE: Duration = Duration::from_millis(5);

/// A process with the module loaded. It ends with this value.
pub(crate) struct Child(Arc<Process>);

struct Process {
    socket: UnixStream,
    /// The turn to write.
    writing: Mutex<()>,
    calls: Mutex<Calls>,
    /// Until it is reaped.
    child: Mutex<Option<process::Child>>,
    status: OnceLock<ExitStatus>,
    last_id: AtomicU64,
    gate: Gate,
    started: Instant,
}

/// Calls that wait for their reply; or why there are no more.
enum Calls {
    Waiting(UnderWay),
    Ended(End),
}

/// Why a child does not answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A call was not answered in time, so it was killed.
    Hung,
    /// It ended by itself.
    Crashed,
    /// It sent what is no reply, so it was killed.
    Nonsense,
}

/// What came of a call: what the child said, if it said anything.
pub(crate) type Outcome = Result<Result<Answer, TokenError>, Unanswered>;

/// Why a call was not answered.
pub(crate) enum Unanswered {
    /// The child ended meanwhile. Whether it did what was asked is not known.
    Lost(End),
    /// The child had ended before: nothing was asked of it.
    NotAsked,
}

impl Child {
    /// Asks, and waits for the answer until the deadline of the operation; past it the child is killed, unless the call
    /// waits for others ([`Rank`]).
    pub(crate) fn call(&self, operation: Operation, deadlines: &Deadlines) -> Outcome {
        let (rank, deadline) = (operation.rank(), operation.deadline(deadlines));
        let _turn = if operation.waits_its_turn() {
            match self.0.gate.enter(MAX_WAIT) {
                Some(turn) => Some(turn),
                None => return Ok(Err(TokenError::Busy)),
            }
        } else {
            None
        };
        let id = self.0.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        // The frame is wiped once it is sent, and the operation with its PINs here.
        let Ok(frame) = frame::encode(&Request { id, operation }) else {
            return Ok(Err(TokenError::answer("the request is too long")));
        };
        self.0.ask(id, frame, rank, deadline)
    }

    /// Whether it answers no more.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(&*self.0.calls(), Calls::Ended(_))
    }

    /// Kills it.
    pub(crate) fn kill(&self) {
        self.0.end(End::Hung);
    }

    /// When it was started.
    pub(crate) fn started(&self) -> Instant {
        self.0.started
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Process {
    fn ask(&self, id: u64, frame: Zeroizing<Vec<u8>>, rank: Rank, deadline: Duration) -> Outcome {
        let (sender, receiver) = sync_channel(1);
        match &mut *self.calls() {
            Calls::Ended(_) => return Err(Unanswered::NotAsked),
            Calls::Waiting(calls) => calls.add(id, rank, deadline, sender),
        };
        if let Err(error) = self.write(&frame) {
            // The buffer is full and nobody empties it, or nobody is there.
            let full = error.kind() == std::io::ErrorKind::WouldBlock;
            self.end(if full { End::Hung } else { End::Crashed });
        }
        drop(frame);
        match self.wait(id, &receiver) {
            Ok(answer) => return Ok(answer),
            Err(RecvTimeoutError::Timeout) => self.end(End::Hung),
            Err(RecvTimeoutError::Disconnected) => {}
        }
        // An answer may have come at the last moment.
        match receiver.try_recv() {
            Ok(answer) => Ok(answer),
            Err(_) => Err(Unanswered::Lost(match &*self.calls() {
                Calls::Ended(end) => *end,
                // Its sender is gone without an answer: only the end of the child does that.
                Calls::Waiting(_) => End::Crashed,
            })),
        }
    }

    /// Waits until the call is answered, overdue or lost.
    fn wait(
        &self,
        id: u64,
        receiver: &Receiver<Result<Answer, TokenError>>,
    ) -> Result<Result<Answer, TokenError>, RecvTimeoutError> {
        loop {
            let patience = match &*self.calls() {
                Calls::Waiting(calls) => calls.patience(id),
                Calls::Ended(_) => None,
            };
            let Some(patience) = patience else {
                // Its answer is on the way from the other thread, or its sender is gone.
                return receiver.recv().map_err(|_| RecvTimeoutError::Disconnected);
            };
            match receiver.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) if !patience.is_zero() => {}
                end => return end,
            }
        }
    }

    fn write(&self, frame: &[u8]) -> std::io::Result<()> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        frame::write(&self.socket, frame)
    }

    /// Kills the child, unless it has ended. All calls under way are lost.
    fn end(&self, end: End) {
        {
            let mut calls = self.calls();
            if let Calls::Waiting(_) = &*calls {
                *calls = Calls::Ended(end);
            }
        }
        // Whatever fails here has ended already. The thread that reads the replies sees the end, and reaps.
        if let Some(child) = self.child().as_mut() {
            let _ = child.kill();
        }
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Lets the child end by itself, which it does as soon as it sees the connection closed, so that its module can let
    /// go of the cards. Waits for that, because this process may be about to end; kills it when it takes too long.
    fn leave(&self) {
        let waiting = matches!(&*self.calls(), Calls::Waiting(_));
        if waiting {
            *self.calls() = Calls::Ended(End::Crashed);
            let _ = self.socket.shutdown(Shutdown::Both);
            let due = Instant::now() + FAREWELL;
            while Instant::now() < due {
                if !self.is_running() {
                    return;
                }
                std::thread::sleep(FAREWELL_PAUSE);
            }
        }
        self.end(End::Crashed);
    }

    /// Hands replies to their callers until the child ends, and reaps it.
    fn read_replies(&self) {
        let end = loop {
            let reply: Reply = match frame::read(&self.socket) {
                Ok(Some(reply)) => reply,
                Ok(None) | Err(FrameError::Broken(_)) => break End::Crashed,
                Err(_) => break End::Nonsense,
            };
            let caller = match &mut *self.calls() {
                Calls::Waiting(calls) => calls.answered(reply.id),
                Calls::Ended(end) => break *end,
            };
            // Nobody waits for a reply to what was never asked.
            let Some(caller) = caller else {
                break End::Nonsense;
            };
            let _ = caller.try_send(reply.answer);
        };
        let was_waiting = matches!(&*self.calls(), Calls::Waiting(_));
        if was_waiting {
            self.end(end);
        } else {
            // We ended it: it is dying, or on leave. It stays within reach of a kill until it is gone.
            while self.is_running() {
                std::thread::sleep(FAREWELL_PAUSE);
            }
        }
        let child = self.child().take();
        let status = child.and_then(|mut child| child.wait().ok());
        if let Some(status) = status {
            let _ = self.status.set(status);
        }
    }

    fn is_running(&self) -> bool {
        let mut child = self.child();
        matches!(child.as_mut().map(process::Child::try_wait), Some(Ok(None)))
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn child(&self) -> MutexGuard<'_, Option<process::Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
