//! What can be seen of the child process from outside, and how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use wattkey_token::{HostOptions, Module};

use crate::setup::{PIN, RECOVERY, Setup, host, is_installed, pin, sign, wait_until};

/// Set in the process of a test that is killed: its folder.
const FOLDER: &str = "WATTKEY_TEST_FOLDER";
const NOBODY: u32 = 65_534;

/// The child of the faulty module that runs now.
fn child(setup: &Setup) -> u32 {
    *setup.processes().last().unwrap()
}

fn is_alive(process: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/stat")) else {
        return false;
    };
    let state = status
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state != Some(true)
}

/// Children of this process that have ended and were not waited for.
fn zombies() -> Vec<u32> {
    let mut zombies = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let Some((before, after)) = stat.rsplit_once(") ") else {
            continue;
        };
        let mut after = after.split(' ');
        let is_zombie = after.next() == Some("Z");
        if is_zombie && after.next() == Some(&std::process::id().to_string()) {
            zombies.push(before.split(' ').next().unwrap().parse().unwrap());
        }
    }
    zombies
}

#[test]
fn no_pin_is_in_the_childs_arguments_or_environment() {
    let setup = Setup::new();
    let key = setup.unlocked();
    key.sign_with_signature_key(&pin(), b"an order").unwrap();
    let child = child(&setup);
    for file in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{child}/{file}")).unwrap();
        assert!(!bytes.is_empty(), "{file}");
        let found = bytes
            .windows(PIN.len())
            .any(|window| window == PIN.as_bytes());
        assert!(!found, "{file}");
    }
}

#[test]
fn a_crash_leaves_no_core() {
    let setup = Setup::new();
    let key = setup.unlocked();
    let child = child(&setup);
    let limits = fs::read_to_string(format!("/proc/{child}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{core:?}");
    let folder = fs::read_link(format!("/proc/{child}/cwd")).unwrap();
    setup.faults.set("C_Sign once crash segv").unwrap();
    sign(&*key.authentication_signer()).unwrap_err();
    let cores = fs::read_dir(folder).unwrap().flatten();
    let cores = cores.filter(|entry| entry.file_name().to_string_lossy().starts_with("core"));
    assert_eq!(cores.count(), 0);
}

#[test]
fn others_of_the_same_user_cannot_look_into_the_child() {
    let setup = Setup::new();
    let mut library = wattkey_faulty_module::library();
    let options = if rustix::process::geteuid().is_root() {
        // Root may look everywhere: the child runs as somebody else, and somebody else looks. What it
        // loads lies where somebody else can read it: the build folder may be root's alone.
        let copy = setup.folder.path().join("module.so");
        fs::copy(&library, &copy).unwrap();
        library = copy;
        assert!(
            is_installed("setpriv"),
            "util-linux is part of every Debian"
        );
        open_to_all(setup.folder.path());
        HostOptions {
            program: Some(host_as_nobody(&setup)),
            ..setup.options()
        }
    } else {
        setup.options()
    };
    let module = Module::load_with(&library, &options).unwrap();
    let key = setup.usb_key_of(&module).unwrap().unlock(&pin()).unwrap();
    sign(&*key.authentication_signer()).unwrap();
    let child = child(&setup);

    // An ordinary process of that user can be looked into: the test would see it if ours could.
    let mut ordinary = as_nobody("sleep")
        .arg("30")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let (open, closed) = (can_read(ordinary.id()), can_read(child));
    ordinary.kill().unwrap();
    ordinary.wait().unwrap();
    assert!(open, "the test itself works");
    assert!(!closed, "the child can be read");
}

/// Whether somebody of the child's user can read a process's environment, which needs the right to trace it.
fn can_read(process: u32) -> bool {
    let mut cat = as_nobody("cat");
    cat.arg(format!("/proc/{process}/environ"));
    cat.stdout(Stdio::null()).stderr(Stdio::null());
    cat.status().unwrap().success()
}

fn as_nobody(program: &str) -> Command {
    let mut command = Command::new(program);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// A program that becomes nobody and then the host, from a folder that nobody can reach.
fn host_as_nobody(setup: &Setup) -> std::path::PathBuf {
    let copy = setup.folder.path().join("host");
    fs::copy(host(), &copy).unwrap();
    let script = setup.folder.path().join("as-nobody");
    let lines = format!(
        "#!/bin/sh\nexec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups '{}' \"$@\"\n",
        copy.display()
    );
    fs::write(&script, lines).unwrap();
    for file in [&copy, &script] {
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    script
}

fn open_to_all(path: &Path) {
    if path.is_dir() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        for entry in fs::read_dir(path).unwrap() {
            open_to_all(&entry.unwrap().path());
        }
    } else {
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
    }
}

#[test]
fn no_zombie_is_left() {
    let setup = Setup::new();
    for fault in ["C_GetSlotList once hang", "C_GetSlotList once crash segv"] {
        let module = setup.module();
        module.tokens().unwrap();
        let before = child(&setup);
        setup.faults.set(fault).unwrap();
        module.tokens().unwrap_err();
        module.tokens().unwrap();
        wait_until(RECOVERY, "the old child is gone", || !is_alive(before));
        wait_until(RECOVERY, "it was waited for", || zombies().is_empty());
    }
}

#[test]
fn the_child_ends_with_its_module() {
    let setup = Setup::new();
    let module = setup.module();
    module.tokens().unwrap();
    let child = child(&setup);
    assert!(is_alive(child));
    drop(module);
    wait_until(RECOVERY, "the child has ended", || !is_alive(child));
    wait_until(RECOVERY, "it was waited for", || zombies().is_empty());
}

#[test]
fn the_child_ends_when_its_parent_is_killed() {
    killed_in("the_child_ends_when_its_parent_is_killed", "");
}

#[test]
fn a_child_that_hangs_ends_when_its_parent_is_killed() {
    killed_in(
        "a_child_that_hangs_ends_when_its_parent_is_killed",
        "C_GetSlotList hang",
    );
}

/// Kills a process of ours whose child is idle or hangs; the child ends.
fn killed_in(test: &str, rules: &str) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return be_killed(Path::new(&folder));
    }
    let setup = Setup::new();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args([&format!("process::{test}"), "--exact", "--nocapture"])
        .env(FOLDER, setup.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let limit = Duration::from_secs(10);
    wait_until(limit, "the child lists tokens", || {
        setup.faults.count("C_GetTokenInfo") > 1
    });
    let child = child(&setup);
    let lists = setup.faults.count("C_GetSlotList");
    setup.faults.set(rules).unwrap();
    wait_until(limit, "another list", || {
        setup.faults.count("C_GetSlotList") > lists
    });
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until(RECOVERY, "the child has ended", || !is_alive(child));
}

/// Lists tokens until it is killed.
fn be_killed(folder: &Path) {
    let faults = wattkey_faulty_module::Faults::new(folder).unwrap();
    let mut environment = faults.environment();
    environment.push(("SOFTHSM2_CONF".into(), folder.join("softhsm2.conf").into()));
    let options = HostOptions {
        program: Some(host()),
        environment,
        deadlines: wattkey_token::Deadlines::default(),
    };
    let module = Module::load_with(&wattkey_faulty_module::library(), &options).unwrap();
    loop {
        module.tokens().unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
}
