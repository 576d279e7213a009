//! `./demo` where there is a display: it pays a bill, opens the window, and ends with it.

use std::{fs, time::Duration};

use wattkey_e2e::{Program, provision::programs, world::USER_PIN};

use crate::seat::{ENGLISH, Seat};

/// Provisioning and a bill paid before included, on a busy machine.
const OPENS: Duration = Duration::from_secs(120);

#[test]
fn the_demonstration_opens_the_window_and_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let program = Program::new(&programs().unwrap().join("wattkey-demo"));
    let program = program
        .args(["--folder".into(), state.clone().into_os_string()])
        .args(["--halls", "1"]);
    let mut seat = Seat::of_another(program, OPENS, || child_named("wattkey-desktop", &state));
    seat.unlock(ENGLISH, USER_PIN);
    let said = seat.close_and_hear();
    assert!(
        said.contains(USER_PIN)
            && said.contains("accepted, submitted, settled")
            && said.contains("all ended well"),
        "{said}"
    );
}

/// The process of that program whose configuration is below a folder (proc(5), `cmdline`).
fn child_named(program: &str, folder: &std::path::Path) -> Option<u32> {
    fs::read_dir("/proc").unwrap().find_map(|process| {
        let process = process.ok()?;
        let line = fs::read(process.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let ours = line.split('\0').next()?.ends_with(program) && line.contains(folder.to_str()?);
        // Its process of the key's module has another command line.
        let window = ours && line.contains("--config");
        window
            .then(|| process.file_name().to_str()?.parse().ok())
            .flatten()
    })
}
