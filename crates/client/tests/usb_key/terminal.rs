//! A terminal with a person at it: waits for a prompt, then types.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::bench::Bench;

const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `wattkey` on a terminal; types each PIN when its prompt is there. What the screen showed.
pub(crate) fn type_in(bench: &Bench, arguments: &[&str], dialogue: &[(&str, &str)]) -> String {
    type_when(bench, arguments, dialogue, wait_until_silent)
}

/// The same with answers that the terminal shows.
pub(crate) fn type_aloud(bench: &Bench, arguments: &[&str], dialogue: &[(&str, &str)]) -> String {
    type_when(bench, arguments, dialogue, |_| {})
}

/// The same with a PIN first, and then answers that the terminal shows.
pub(crate) fn type_in_and_aloud(
    bench: &Bench,
    arguments: &[&str],
    dialogue: &[(&str, &str)],
) -> String {
    let first = std::cell::Cell::new(true);
    type_when(bench, arguments, dialogue, |terminal| {
        if first.replace(false) {
            wait_until_silent(terminal);
        }
    })
}

fn type_when(
    bench: &Bench,
    arguments: &[&str],
    dialogue: &[(&str, &str)],
    ready: impl Fn(&File),
) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let [stdin, stdout, stderr] =
        [(); 3].map(|()| Stdio::from(File::from(slave.try_clone().unwrap())));
    drop(slave);

    // util-linux's setsid makes the pty the program's controlling terminal.
    let mut command = Command::new("setsid");
    command
        .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_wattkey")])
        .args(arguments);
    bench.environment(&mut command);
    let mut child = command
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .unwrap();
    // The command keeps the pty open on our side; without it the screen ends with the program.
    drop(command);

    let mut keyboard = File::from(master.try_clone().unwrap());
    let (shown, screen) = mpsc::channel();
    let mut reader = File::from(master);
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        // Linux ends a pty with EIO.
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if shown.send(bytes[..count].to_vec()).is_err() {
                break;
            }
        }
    });

    let (mut seen, mut answered) = (Vec::new(), 0);
    for (prompt, answer) in dialogue {
        // A prompt comes after the answer to the one before, and may be the same again.
        while !String::from_utf8_lossy(&seen[answered..]).contains(prompt) {
            seen.extend(screen.recv_timeout(PATIENCE).expect("the prompt comes"));
        }
        // The prompt is written before echo is off; what comes after it is the terminal's settings.
        ready(&keyboard);
        answered = seen.len();
        keyboard
            .write_all(format!("{answer}\n").as_bytes())
            .unwrap();
    }
    while let Ok(more) = screen.recv_timeout(PATIENCE) {
        seen.extend(more);
    }
    child.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

/// Until the terminal does not show what is typed.
fn wait_until_silent(terminal: &File) {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let modes = rustix::termios::tcgetattr(terminal).unwrap().local_modes;
        if !modes.contains(rustix::termios::LocalModes::ECHO) {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "the terminal shows what is typed"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
