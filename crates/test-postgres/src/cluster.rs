//! Data folders and the process that serves one.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use crate::USER;

/// How long a server may take to start; it may have a crash to recover from.
const START: Duration = Duration::from_secs(40);

/// Small, durable, and told to say little.
const OPTIONS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=300",
    "shared_buffers=64MB",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "log_min_messages=fatal",
    "logging_collector=off",
    "autovacuum_naptime=10s",
    "max_wal_size=512MB",
    "jit=off",
];

/// A program of PostgreSQL.
pub(crate) fn binary(program: &str) -> PathBuf {
    folder_of_programs().join(program)
}

fn folder_of_programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("WATTKEY_TEST_POSTGRES") {
        return folder.into();
    }
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let version = |path: &PathBuf| -> u32 {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let newest = installed
        .flatten()
        .map(|entry| entry.path())
        .max_by_key(version);
    let newest = newest.expect("PostgreSQL is missing: apt-get install postgresql");
    newest.join("bin")
}

/// Where the folders are: one per user, because a server refuses to run as root and then must reach
/// them from another user's.
pub(crate) fn home() -> PathBuf {
    let user = rustix::process::getuid().as_raw();
    let home = std::env::temp_dir().join(format!("wattkey-test-postgres-{user}"));
    let made = fs::DirBuilder::new().mode(0o711).create(&home);
    if made.is_err() {
        let owner = fs::symlink_metadata(&home).unwrap();
        assert!(
            owner.is_dir() && owner.uid() == user,
            "{} is not ours",
            home.display()
        );
    }
    home
}

/// `setpriv`, and as root the words that make it another user.
fn as_user() -> Command {
    let mut command = Command::new("setpriv");
    if rustix::process::getuid().is_root() {
        let (user, group) = unprivileged();
        command.args([&format!("--reuid={user}"), &format!("--regid={group}")]);
        command.arg("--clear-groups");
    }
    command
}

/// Debian's user `postgres`, or nobody.
fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let ids = line.and_then(|line| {
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    ids.unwrap_or((65_534, 65_534))
}

fn own(path: &Path) {
    if rustix::process::getuid().is_root() {
        let (user, group) = unprivileged();
        std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
    }
}

/// A file that only the server may read.
pub(crate) fn put(path: &Path, bytes: &[u8]) {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(bytes).unwrap();
    own(path);
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}");
}

/// The password of all servers that come from one template.
pub(crate) fn password() -> String {
    fs::read_to_string(home().join("password")).unwrap()
}

/// A fresh data folder. The first one is made by `initdb` and kept as the template of all others.
pub(crate) fn make_data(to: &Path) {
    let lock = fs::File::create(home().join("template.lock")).unwrap();
    lock.lock().unwrap();
    let version = folder_of_programs().to_string_lossy().replace('/', "-");
    let template = home().join(format!("template{version}"));
    if !template.join("ready").exists() {
        let _ = fs::remove_dir_all(&template);
        make_template(&template);
    }
    drop(lock);
    let mut copy = Command::new("cp");
    run(copy
        .args(["--archive", "--reflink=auto"])
        .arg(template.join("data"))
        .arg(to));
}

fn make_template(template: &Path) {
    fs::DirBuilder::new().mode(0o711).create(template).unwrap();
    let secret: String = (0..24).map(|_| fastrand::alphanumeric()).collect();
    let file = home().join("password");
    let _ = fs::remove_file(&file);
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    options
        .open(&file)
        .unwrap()
        .write_all(secret.as_bytes())
        .unwrap();
    let given = template.join("given");
    put(&given, secret.as_bytes());
    let data = template.join("data");
    fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
    own(&data);
    run(as_user()
        .arg(binary("initdb"))
        .args([
            "--username",
            USER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .arg("--no-sync")
        .arg("--pwfile")
        .arg(&given)
        .arg("--pgdata")
        .arg(&data));
    fs::remove_file(&given).unwrap();
    fs::write(template.join("ready"), "").unwrap();
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// What a server dies of when its parent is gone.
pub(crate) enum Parent {
    /// It dies with this process.
    Bound,
    /// It stays, for others; somebody else must stop it.
    Free,
}

/// Starts a server and waits until it accepts connections.
pub(crate) fn serve(data: &Path, port: u16, parent: &Parent, more: &[&str]) -> Child {
    let mut command = as_user();
    if matches!(parent, Parent::Bound) {
        command.args(["--pdeathsig", "INT"]);
    }
    command.arg(binary("postgres")).arg("-D").arg(data);
    command.arg("-p").arg(port.to_string());
    for option in OPTIONS.iter().chain(more) {
        command.arg("-c").arg(option);
    }
    let log = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(data.with_extension("log"))
        .unwrap();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    if matches!(parent, Parent::Free) {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    let command = Arc::new(Mutex::new(command));
    let mut child = spawn(&command);
    let end = Instant::now() + START;
    while !is_ready(data, port) {
        assert!(
            Instant::now() < end,
            "PostgreSQL does not start: {}",
            log_of(data)
        );
        if child.try_wait().unwrap().is_some() {
            // The children of one that was killed hold its memory until they have noticed.
            std::thread::sleep(Duration::from_millis(100));
            child = spawn(&command);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

type Start = (Arc<Mutex<Command>>, mpsc::Sender<Child>);

/// A child dies with the thread that made it, so one thread makes them all and never ends.
fn spawn(command: &Arc<Mutex<Command>>) -> Child {
    static MAKER: OnceLock<mpsc::Sender<Start>> = OnceLock::new();
    let maker = MAKER.get_or_init(|| {
        let (maker, wanted) = mpsc::channel::<Start>();
        std::thread::spawn(move || {
            for (command, made) in wanted {
                let child = command.lock().unwrap().spawn().unwrap();
                made.send(child).unwrap();
            }
        });
        maker
    });
    let (made, child) = mpsc::channel();
    maker.send((Arc::clone(command), made)).unwrap();
    child.recv().unwrap()
}

/// The line that a server writes into `postmaster.pid` when it accepts connections.
fn is_ready(data: &Path, port: u16) -> bool {
    let pid = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    pid.lines().any(|line| line.trim_end() == "ready") && accepts(port)
}

pub(crate) fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn log_of(data: &Path) -> String {
    fs::read_to_string(data.with_extension("log")).unwrap_or_default()
}
