//! The payment software's window, where there is a display.

use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use wattkey_e2e::{
    Running, World,
    layout::Token,
    sample::CUSTOMERS,
    world::{USER_PIN, WINDOW},
};

use crate::{by_hand, setup::APPROVER_KEY, stay, steps::say};

/// How long the window may take to end when asked.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// Whose window it is: the steelworks' cashier.
pub(crate) const CUSTOMER: usize = 0;

/// Whether a window can be opened here.
pub(crate) fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens the window and stays up until it is closed. Where it cannot be opened, the command line is left.
pub(crate) fn open(world: &World, mut running: Running) -> Result<()> {
    let program = world.programs().join(WINDOW);
    if !program.exists() {
        say("\nThe window is not built: cargo build -p wattkey-desktop, or ./demo, builds it.");
        return stay(world, running);
    }
    let (_, name) = CUSTOMERS[CUSTOMER].user;
    say(&by_hand(world));
    say(&format!(
        "\nThe window of {name} ({}) opens; the demonstration ends when it is closed, or with Ctrl-C.\n\
         Her PIN: {USER_PIN}. Above 18,000,000 CNY a second person decides, in a window of hers:\n\n  \
         SOFTHSM2_CONF={folder}/usb-keys/{APPROVER_KEY}/softhsm2.conf \\\n    \
         {} --config {}",
        CUSTOMERS[CUSTOMER].name,
        program.display(),
        world.client_configuration("approver")?.display(),
        folder = world.layout().root().display(),
    ));
    let key = world.usb_key(CUSTOMER);
    let mut window = Command::new(&program)
        .arg("--config")
        .arg(world.client_configuration("cashier")?)
        .env(
            "SOFTHSM2_CONF",
            world.layout().token_configuration(Token::UsbKey(&key))?,
        )
        // Ctrl-C is for this program, which stops everything in order.
        .process_group(0)
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("{} does not start", program.display()))?;
    let waited = running.wait_until(|| Ok(window.try_wait()?.is_some()));
    let ended_well = end(&mut window)?;
    waited?;
    if !ended_well && !wattkey_e2e::interrupt::asked() {
        say(
            "\nThe window could not be kept open; what it said is above. The command line is left:",
        );
        return stay(world, running);
    }
    running.stop()?;
    say("The window was closed, and all ended well.");
    Ok(())
}

/// Whether it ended by itself and well; one that still runs is asked to end.
fn end(window: &mut Child) -> Result<bool> {
    if let Some(status) = window.try_wait()? {
        return Ok(status.success());
    }
    let process = i32::try_from(window.id())?;
    if let Some(process) = rustix::process::Pid::from_raw(process) {
        // It may have ended in between.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
    let limit = Instant::now() + STOP_LIMIT;
    while window.try_wait()?.is_none() {
        if Instant::now() >= limit {
            window.kill()?;
            window.wait()?;
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(false)
}
