//! Programs run to their end, and servers that are started and stopped.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long a server may take to stop when asked.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// How long a program may run.
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// One of the programs of this workspace, with what it needs to run.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    input: String,
}

/// What a program printed, and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// Exit status.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// A program by its path. Its environment is empty but for `PATH`, `HOME` and `LANG=C.UTF-8`.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let mut environment = vec![("LANG".into(), "C.UTF-8".into())];
        for name in ["PATH", "HOME", "RUST_BACKTRACE"] {
            environment.extend(std::env::var_os(name).map(|value| (name.into(), value)));
        }
        Self {
            path: path.to_owned(),
            arguments: Vec::new(),
            environment,
            input: String::new(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item: Into<OsString>>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Adds a line to its standard input: a PIN for `--pin-fd 0`.
    #[must_use]
    pub fn input_line(mut self, line: &str) -> Self {
        self.input.push_str(line);
        self.input.push('\n');
        self
    }

    /// Runs it in a network namespace, named by its file; that takes root.
    #[must_use]
    pub fn in_network(mut self, namespace: &Path) -> Self {
        let program = std::mem::replace(&mut self.path, "nsenter".into());
        let mut net = OsString::from("--net=");
        net.push(namespace);
        let before = [net, "--".into(), program.into_os_string()];
        self.arguments.splice(0..0, before);
        self
    }

    fn spawn(&self) -> Result<(Child, ChildStdin)> {
        let mut child = Command::new(&self.path)
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(n, v)| (n, v)))
            // Ctrl-C in the terminal is for the program that started this one.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start; build it first", self.path.display()))?;
        let mut input = child.stdin.take().context("standard input is piped")?;
        // A program that ends before it reads gives a broken pipe; how it ended says why.
        let _ = input.write_all(self.input.as_bytes());
        Ok((child, input))
    }

    /// Starts it and leaves it running.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self) -> Result<Started> {
        let (mut child, input) = self.spawn()?;
        let stdout = read_all(child.stdout.take().context("standard output is piped")?);
        let stderr = read_all(child.stderr.take().context("standard error is piped")?);
        Ok(Started {
            child,
            input: Some(input),
            stdout,
            stderr,
            name: self.path.display().to_string(),
        })
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started, or does not end in time.
    pub fn run(&self) -> Result<Output> {
        self.start()?.finish()
    }

    /// Runs it to its end and wants success.
    ///
    /// # Errors
    /// When it fails; the error holds what it said.
    pub fn succeed(&self) -> Result<Output> {
        let output = self.run()?;
        if output.status.success() {
            return Ok(output);
        }
        let arguments: Vec<_> = self.arguments.iter().map(|a| a.to_string_lossy()).collect();
        bail!(
            "{} {} ended with {}\n{}{}",
            self.path.display(),
            arguments.join(" "),
            output.status,
            output.stdout,
            output.stderr
        )
    }

    /// Starts it as a server and waits until it says `listening …`. Its log goes to `log`.
    ///
    /// # Errors
    /// When it ends or stays silent instead; the error holds the end of its log.
    pub fn serve(&self, log: &Path) -> Result<Server> {
        let (mut child, _) = self.spawn()?;
        let stderr = child.stderr.take().context("standard error is piped")?;
        let log_thread = append_to(log, stderr)?;
        let stdout = BufReader::new(child.stdout.take().context("standard output is piped")?);
        let (say, said) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // Nobody listens once the server is up; its output is still read, so that it
                // never waits for a full pipe.
                let _ = say.send(line);
            }
        });
        let mut server = Server {
            child,
            name: self.path.display().to_string(),
            listening: String::new(),
            _log: log_thread,
        };
        let deadline = Instant::now() + START_LIMIT;
        while let Ok(line) = said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if let Some(place) = line.strip_prefix("listening ") {
                place.clone_into(&mut server.listening);
                return Ok(server);
            }
        }
        let text = std::fs::read_to_string(log).unwrap_or_default();
        // What it says, without the frames of a backtrace.
        let is_frame = |line: &&str| {
            let line = line.trim_start();
            line.starts_with("at ") || line.starts_with(|first: char| first.is_ascii_digit())
        };
        let said = text.lines().rev().filter(|line| !is_frame(line));
        let tail: Vec<&str> = said.take(12).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        bail!(
            "{} does not listen; its log ends with:\n{}",
            server.name,
            tail.join("\n")
        )
    }
}

/// A program that is running and will end by itself.
#[derive(Debug)]
pub struct Started {
    child: Child,
    input: Option<ChildStdin>,
    stdout: thread::JoinHandle<String>,
    stderr: thread::JoinHandle<String>,
    name: String,
}

impl Started {
    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has read all of its input: the last PIN is in its hands, and what it does
    /// with it comes next.
    ///
    /// # Errors
    /// When it ends, or does not read within the limit.
    pub fn wait_until_input_is_read(&mut self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        let input = self.input.as_ref().context("the input is open")?;
        while rustix::io::ioctl_fionread(input)? > 0 {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before it read all", self.name);
            }
            if Instant::now() >= deadline {
                bail!("{} does not read its input", self.name);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Kills it at once, as a crash would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(mut self) -> Result<Output> {
        self.child.kill()?;
        self.finish()
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn finish(mut self) -> Result<Output> {
        drop(self.input.take());
        let status = wait(&mut self.child, RUN_LIMIT)?;
        let Some(status) = status else {
            self.child.kill()?;
            bail!("{} did not end within {RUN_LIMIT:?}", self.name);
        };
        let text = |thread: thread::JoinHandle<String>| thread.join().unwrap_or_default();
        Ok(Output {
            status,
            stdout: text(self.stdout),
            stderr: text(self.stderr),
        })
    }
}

/// A server that is running; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    name: String,
    listening: String,
    _log: thread::JoinHandle<()>,
}

impl Server {
    /// Where it says that it listens.
    #[must_use]
    pub fn listening(&self) -> &str {
        &self.listening
    }

    /// Whether it has ended by itself, and how.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it does not within the limit.
    pub fn wait_for_end(&mut self, limit: Duration) -> Result<ExitStatus> {
        wait(&mut self.child, limit)?.with_context(|| format!("{} still runs", self.name))
    }

    /// Stops it where it is: what is asked of it waits, until it goes on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn hold(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Goes on after [`Server::hold`].
    ///
    /// # Errors
    /// When the system refuses.
    pub fn go_on(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Kills it at once, as a crash would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits.
    ///
    /// # Errors
    /// When it does not stop in time or ends with an error.
    pub fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        match wait(&mut self.child, STOP_LIMIT)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("{} ended with {status} when asked to stop", self.name),
            None => bail!("{} does not stop", self.name),
        }
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let stopped = self
            .signal(Signal::TERM)
            // One that is held ends once it goes on.
            .and_then(|()| self.go_on())
            .and_then(|()| wait(&mut self.child, STOP_LIMIT));
        if !matches!(stopped, Ok(Some(_))) {
            // Nothing is left to be done about a process that cannot be killed.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn read_all(mut from: impl std::io::Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could be read before an error is what is shown.
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn append_to(
    log: &Path,
    mut from: impl std::io::Read + Send + 'static,
) -> Result<thread::JoinHandle<()>> {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)?;
    Ok(thread::spawn(move || {
        // A log that cannot be written is not worth a test's life.
        let _ = std::io::copy(&mut from, &mut file);
    }))
}
