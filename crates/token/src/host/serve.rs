//! Taking requests and answering them, many at once.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::execute::Executor;
use crate::TokenError;
use crate::local::{Module, foreign};
use crate::wire::frame::{self, FrameError};
use crate::wire::{Answer, Hello, Operation, Reply, Request, VERSION};

/// Most threads that take requests. The parent sends fewer at a time, so one is always left for a lock.
const MAX_WORKERS: usize = 24;

/// How long the module may take to let go of its cards.
const FAREWELL_TIME: Duration = Duration::from_millis(500);

/// What this process serves, for its end.
static MODULE: OnceLock<Arc<Module>> = OnceLock::new();

/// Serves until the parent is gone, and does not come back.
pub(super) fn serve() -> io::Result<Infallible> {
    let socket = take_socket()?;
    crate::harden_process()?;
    ignore_signals()?;
    end_with_parent(socket.try_clone()?)?;
    // What panics has lost a call, and its caller would wait. The message may hold anything: it is not written.
    std::panic::set_hook(Box::new(|_| std::process::abort()));

    let hello: Hello = match frame::read(&socket) {
        Ok(Some(hello)) => hello,
        Ok(None) => end(),
        Err(error) => return Err(io::Error::other(error)),
    };
    if hello.version != VERSION {
        return Err(io::Error::other("another version of the program asks"));
    }
    let loaded = Module::load(&hello.module);
    let (module, answer) = match loaded {
        Ok(module) => {
            let _ = MODULE.set(Arc::clone(&module));
            (Some(module), Ok(Answer::Done))
        }
        Err(error) => (None, Err(error)),
    };
    let host = Arc::new(Host {
        reader: Mutex::new(socket.try_clone()?),
        writer: Mutex::new(socket),
        executor: Executor::new(module),
        workers: AtomicUsize::new(1),
        idle: AtomicUsize::new(1),
    });
    host.reply(0, answer);
    host.work()
}

/// Makes standard input a descriptor of ours, and closes all others that came along: the module must neither read
/// our frames nor find, say, the descriptor of a PIN.
fn take_socket() -> io::Result<UnixStream> {
    let socket: OwnedFd = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    foreign::close_all_but(&socket)?;
    let socket = UnixStream::from(socket);
    socket.peer_addr()?;
    Ok(socket)
}

/// A terminal's Ctrl-C does not reach this process, which has a process group of its own; but a service manager
/// signals all processes of a service, and the parent wants to log out first. It ends this process when it is done.
fn ignore_signals() -> io::Result<()> {
    let seen = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
        signal_hook::flag::register(signal, Arc::clone(&seen))?;
    }
    Ok(())
}

/// Ends this process as soon as the parent's end of the connection is closed, also when every other thread is stuck
/// in the module. (Linux could signal a parent's death, but means the death of the thread that started the child.)
fn end_with_parent(socket: UnixStream) -> io::Result<()> {
    thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            loop {
                let mut ends = [PollFd::new(&socket, PollFlags::RDHUP)];
                match poll(&mut ends, None) {
                    Err(rustix::io::Errno::INTR) => {}
                    _ => end(),
                }
            }
        })
        .map(drop)
}

/// Ends this process, after the module has had a moment to let go of its cards. Leaving by `exit` would run all of the
/// module's own endings, which may hang.
fn end() -> ! {
    // Several threads see the end; the first one's farewell is not cut short by the others.
    static FAREWELL: Mutex<()> = Mutex::new(());
    let _farewell = FAREWELL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = MODULE.get() {
        let (done, wait) = mpsc::channel();
        let started = thread::Builder::new().spawn(move || {
            module.let_go();
            let _ = done.send(());
        });
        if started.is_ok() {
            let _ = wait.recv_timeout(FAREWELL_TIME);
        }
    }
    let _ = kill_process(getpid(), Signal::KILL);
    std::process::abort()
}

struct Host {
    /// Held by the one worker that waits for a request.
    reader: Mutex<UnixStream>,
    writer: Mutex<UnixStream>,
    executor: Executor,
    workers: AtomicUsize,
    /// Workers that wait for a request, or for their turn to.
    idle: AtomicUsize,
}

impl Host {
    /// Takes one request after the other. Each worker reads for itself, so that a request wakes one thread only.
    fn work(self: &Arc<Self>) -> ! {
        loop {
            let Request { id, operation } = self.next();
            if matches!(operation, Operation::NextEvent { .. }) {
                // It waits for a long time, so it takes no worker's place.
                self.on_a_thread(move |host| host.execute(id, operation));
                continue;
            }
            let was_last = self.idle.fetch_sub(1, Ordering::Relaxed) == 1;
            if was_last && self.workers.load(Ordering::Relaxed) < MAX_WORKERS {
                self.workers.fetch_add(1, Ordering::Relaxed);
                self.idle.fetch_add(1, Ordering::Relaxed);
                self.on_a_thread(|host| host.work());
            }
            self.execute(id, operation);
            self.idle.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Request {
        let socket = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        match frame::read(&*socket) {
            Ok(Some(request)) => request,
            // A parent that talks nonsense is not ours.
            Ok(None) | Err(_) => end(),
        }
    }

    fn execute(&self, id: u64, operation: Operation) {
        let answer = self.executor.execute(operation);
        self.reply(id, answer);
    }

    fn reply(&self, id: u64, answer: Result<Answer, TokenError>) {
        let frame = match frame::encode(&Reply { id, answer }) {
            Err(FrameError::TooLong) => frame::encode(&Reply {
                id,
                answer: Err(TokenError::answer("it is longer than any answer")),
            }),
            frame => frame,
        };
        let Ok(frame) = frame else { end() };
        let socket = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if frame::write(&*socket, &frame).is_err() {
            end();
        }
    }

    fn on_a_thread(self: &Arc<Self>, work: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let host = Arc::clone(self);
        let started = thread::Builder::new().spawn(move || work(&host));
        if started.is_err() {
            // The system has no thread left: the parent starts another process, when there is one.
            end();
        }
    }
}
