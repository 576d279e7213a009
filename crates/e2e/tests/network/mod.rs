//! Hosts as network namespaces, with wires between them.

use std::{
    fs::File,
    io::{self, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Says to the second process of the test that it is alone.
const ALONE: &str = "WATTKEY_TEST_NETWORK";
/// How long a connection is waited for that rules may drop: the first packet and its repetition.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How a connection went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// It was made.
    Open,
    /// Somebody said no.
    Refused,
    /// Nobody answered.
    Silent,
}

/// Starts the test again, alone in a network and mount namespace, and wants it to pass; `true` in
/// that second process. Namespaces that it makes are seen by nobody else, and end with it.
pub(crate) fn alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        run("mount", &["-t", "tmpfs", "tmpfs", "/run"]);
        run("ip", &["link", "set", "lo", "up"]);
        return true;
    }
    let mut command = unshare();
    let test = command
        .args(["--net", "--mount", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&test.stdout);
    // A name that no test has would pass as well.
    let passed = test.status.success() && said.contains(" 1 passed");
    assert!(
        passed,
        "the test in its own network: {}\n{said}",
        test.status
    );
    false
}

/// `unshare` as root, or as one who may be root in a namespace of users, or through sudo.
fn unshare() -> Command {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let quiet = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    };
    if rustix::process::geteuid().is_root() {
        return Command::new("unshare");
    }
    if works(
        "unshare",
        &["--user", "--map-root-user", "--net", "--mount", "true"],
    ) {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user"]);
        return command;
    }
    let keep = format!("--preserve-env=PATH,HOME,RUST_BACKTRACE,{ALONE}");
    if works("sudo", &["--non-interactive", "true"]) {
        let mut command = Command::new("sudo");
        command.args(["--non-interactive", &keep, "unshare"]);
        return command;
    }
    panic!(
        "this test makes network namespaces: run it as root, or allow unprivileged user namespaces \
         (sysctl kernel.unprivileged_userns_clone=1), or sudo without a password"
    );
}

/// Hosts. They are gone with this, and with the process.
pub(crate) struct Network {
    names: Vec<&'static str>,
}

impl Network {
    /// Hosts with nothing but loopback, each willing to forward.
    pub(crate) fn new(names: &[&'static str]) -> Self {
        let network = Self {
            names: names.to_vec(),
        };
        for name in names {
            run("ip", &["netns", "add", &network.namespace(name)]);
            network.ip(name, &["link", "set", "lo", "up"]);
            within(&network.host(name), || {
                std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
            });
        }
        network
    }

    fn namespace(&self, name: &str) -> String {
        assert!(self.names.contains(&name), "{name} is no host");
        format!("wattkey-{}-{name}", std::process::id())
    }

    /// The file of a host's namespace.
    pub(crate) fn host(&self, name: &str) -> PathBuf {
        PathBuf::from("/run/netns").join(self.namespace(name))
    }

    fn ip(&self, host: &str, arguments: &[&str]) {
        let namespace = self.namespace(host);
        run("ip", &[&["-netns", &namespace], arguments].concat());
    }

    /// A wire between two hosts, each with its address.
    pub(crate) fn wire(&self, (one, address): (&str, &str), (other, its_address): (&str, &str)) {
        let names = (format!("to-{other}"), format!("to-{one}"));
        let (here, there) = (self.namespace(one), self.namespace(other));
        run(
            "ip",
            &[
                "link", "add", &names.0, "netns", &here, "type", "veth", "peer", "name", &names.1,
                "netns", &there,
            ],
        );
        for (host, device, address) in [(one, &names.0, address), (other, &names.1, its_address)] {
            self.ip(host, &["address", "add", address, "dev", device]);
            self.ip(host, &["link", "set", device, "up"]);
        }
    }

    /// One more address of a host.
    pub(crate) fn own(&self, host: &str, address: &str) {
        self.ip(host, &["address", "add", address, "dev", "lo"]);
    }

    pub(crate) fn route(&self, host: &str, to: &str, via: &str) {
        self.ip(host, &["route", "add", to, "via", via]);
    }

    pub(crate) fn default_route(&self, host: &str, via: &str) {
        self.route(host, "default", via);
    }

    /// `nft -f -` on a host.
    pub(crate) fn nft(&self, host: &str, more: &[&str], rules: &str) {
        let mut child = Command::new("nsenter")
            .arg(format!("--net={}", self.host(host).display()))
            .args(["--", "nft"])
            .args(more)
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(rules.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "nft on {host}: {said}\n{rules}");
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.names {
            // What is left goes with the process.
            let _ = Command::new("ip")
                .args(["netns", "delete", &self.namespace(name)])
                .stderr(Stdio::null())
                .status();
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; ./test installs it"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
}

/// Does something on a host: on a thread of its own, which is all that moves there.
fn within<T: Send>(namespace: &PathBuf, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let file = File::open(namespace).unwrap();
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        });
        thread.join().unwrap()
    })
}

/// Connects from a host, and hangs up.
pub(crate) fn probe(network: &Network, from: &str, to: &str) -> Probe {
    let address: SocketAddr = to.parse().unwrap();
    let connected = within(&network.host(from), || {
        TcpStream::connect_timeout(&address, PATIENCE).map(drop)
    });
    match connected.map_err(|error| error.kind()) {
        Ok(()) => Probe::Open,
        // A packet that is dropped on its way out is an error at once.
        Err(
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::PermissionDenied,
        ) => Probe::Silent,
        Err(_) => Probe::Refused,
    }
}

/// A service on every address of a host that accepts and says nothing.
pub(crate) fn listen(network: &Network, host: &str, port: u16) {
    serve(network, host, &format!("0.0.0.0:{port}"), |stream| {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && stream.peek(&mut [0]).is_ok_and(|read| read > 0) {
            thread::sleep(Duration::from_millis(10));
        }
    });
}

/// What carries bytes from one address to another, as a bank's connector does.
pub(crate) fn forward(network: &Network, host: &str, from: &str, to: &str) {
    let to: SocketAddr = to.parse().unwrap();
    serve(network, host, from, move |near| {
        let Ok(far) = TcpStream::connect_timeout(&to, PATIENCE) else {
            return;
        };
        let (mut near_in, mut far_out) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let (mut near_out, mut far_in) = (near, far);
        let there = thread::spawn(move || {
            // A connection that ends is over for both.
            let _ = io::copy(&mut near_in, &mut far_out);
            let _ = far_out.shutdown(std::net::Shutdown::Write);
        });
        let _ = io::copy(&mut far_in, &mut near_out);
        let _ = near_out.shutdown(std::net::Shutdown::Write);
        let _ = there.join();
    });
}

/// Threads of the thread that is on the host are there too.
fn serve(
    network: &Network,
    host: &str,
    at: &str,
    each: impl Fn(TcpStream) + Send + Sync + 'static,
) {
    let (namespace, at) = (network.host(host), at.to_owned());
    let (say, listens) = mpsc::channel();
    thread::spawn(move || {
        let file = File::open(namespace).unwrap();
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
        let listener = TcpListener::bind(&at).unwrap();
        say.send(()).unwrap();
        let each = std::sync::Arc::new(each);
        for stream in listener.incoming().map_while(Result::ok) {
            let each = std::sync::Arc::clone(&each);
            thread::spawn(move || each(stream));
        }
    });
    listens.recv().unwrap();
}
