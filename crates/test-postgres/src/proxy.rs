use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The server never hears the `COMMIT`.
    BeforeCommit,
    /// The server commits, and the client never hears of it.
    AfterCommit,
    /// The server commits, and the client waits for an answer that never comes.
    SilentAfterCommit,
}

/// Stands between clients and a server, and cuts.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    to: u16,
    next: Mutex<Option<Cut>>,
    closed: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// In front of a server on this host.
    #[must_use]
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            to,
            next: Mutex::new(None),
            closed: AtomicBool::new(false),
            open: Mutex::new(Vec::new()),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.closed.load(Ordering::SeqCst) {
                    return;
                }
                relay(&accepting, client);
            }
        });
        Self { port, shared }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the connection that commits next, once.
    pub fn cut_next_commit(&self, cut: Cut) {
        *self.shared.next.lock().unwrap() = Some(cut);
    }

    /// Whether the cut that was asked for has happened.
    #[must_use]
    pub fn has_cut(&self) -> bool {
        self.shared.next.lock().unwrap().is_none()
    }

    /// Cuts all connections now.
    pub fn cut_all(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.cut_all();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn relay(shared: &Arc<Shared>, client: TcpStream) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", shared.to)) else {
        return;
    };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
        shared
            .open
            .lock()
            .unwrap()
            .push(stream.try_clone().unwrap());
    }
    let answer = Arc::new(Mutex::new(Answer::Pass));
    let (up, down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn({
        let (shared, answer) = (Arc::clone(shared), Arc::clone(&answer));
        move || client_to_server(&shared, up, down, &answer)
    });
    thread::spawn(move || server_to_client(server, client, &answer));
}

/// A simple query is `Q`, its length, its text and a zero (PostgreSQL's documentation, 55.7). Ours
/// come in one piece; a test whose `COMMIT` did not would wait for its cut in vain and fail.
fn commits(bytes: &[u8]) -> bool {
    bytes
        .windows(12)
        .any(|window| window == b"Q\0\0\0\x0bCOMMIT\0")
}

/// What becomes of the server's answers.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Pass,
    /// The next one ends the connection instead.
    Cut,
    Swallow,
}

fn client_to_server(
    shared: &Shared,
    mut client: TcpStream,
    mut server: TcpStream,
    answer: &Mutex<Answer>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let bytes = &buffer[..count];
        let mut next = shared.next.lock().unwrap();
        let cut = if commits(bytes) { next.take() } else { None };
        drop(next);
        match cut {
            Some(Cut::BeforeCommit) => break,
            Some(Cut::AfterCommit) => *answer.lock().unwrap() = Answer::Cut,
            Some(Cut::SilentAfterCommit) => *answer.lock().unwrap() = Answer::Swallow,
            None => {}
        }
        if server.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
}

fn server_to_client(mut server: TcpStream, mut client: TcpStream, answer: &Mutex<Answer>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let answer = *answer.lock().unwrap();
        match answer {
            Answer::Pass if client.write_all(&buffer[..count]).is_err() => break,
            Answer::Pass | Answer::Swallow => {}
            Answer::Cut => break,
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
}
