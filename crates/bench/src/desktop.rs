//! `./bench desktop [--quick]`: the window as it ships, drawn without a graphics card, before the servers of the
//! demonstration with 1,800 bills of one customer.
//!
//! What a person waits for is measured from outside: from the key, click or wheel (XTEST) to the last change of what
//! the display shows (DAMAGE). A screen reader listens all the while, which makes the window do more, not less.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use wattkey_e2e::World;
use wattkey_e2e::layout::Token;
use wattkey_e2e::provision::programs;
use wattkey_e2e::world::{Ports, USER_PIN, WINDOW};
use wattkey_virtual_display::{Button, Desk, Element, Key};

use crate::figure::{Figure, Unit};
use crate::options;
use crate::report::Report;

/// The data centre: an account for each hall, 36 bills each.
const CUSTOMER: usize = 2;
const SEED: u64 = 2026;
/// Nothing more is drawn, though time was told to the window in between.
const QUIET: Duration = Duration::from_millis(700);
const LIMIT: Duration = Duration::from_secs(30);
/// Notches of the wheel, down and up again.
const NOTCHES: usize = 400;
/// A notch after which nothing is drawn is at the end of the list.
const NO_FRAME: Duration = Duration::from_millis(200);

const START_TARGET_MS: u64 = 1_000;
const CLICK_TARGET_MS: u64 = 100;
const FRAME_TARGET_MS: u64 = 33;
const MEMORY_TARGET_MB: u64 = 80;

pub(crate) fn run(report: &mut Report) -> anyhow::Result<()> {
    let halls = if options::is_quick() { 5 } else { 50 };
    let programs = programs()?;
    ensure!(
        programs.join(WINDOW).exists(),
        "the window is not built: ./bench desktop builds it"
    );
    let folder = tempfile::tempdir()?;
    let world = World::new(folder.path(), &programs, Ports::free()?);
    let (world, running) = world.with_large_sample(SEED, halls)?;
    started(report, &world)?;
    let mut open = Open::start(&world)?;
    open.unlock()?;
    open.pages(report)?;
    open.scroll(report, halls)?;
    open.end()?;
    running.stop()?;
    report.note(
        "drawn by the software renderer on a virtual display of 1280 x 880, with a screen reader that listens",
    );
    Ok(())
}

/// From the start of the program to a field that waits for the PIN.
fn started(report: &mut Report, world: &World) -> anyhow::Result<()> {
    let mut worst = Figure::from_thousandths(0);
    report.alone("start to the PIN prompt", Unit::Milliseconds, || {
        let open = Open::start(world)?;
        let took = Figure::milliseconds(open.started_in);
        worst = worst.max(took);
        open.end()?;
        Ok(took)
    })?;
    target(
        report,
        "start to the PIN prompt",
        worst,
        START_TARGET_MS,
        "ms",
    );
    Ok(())
}

/// The window, attended to.
struct Open {
    desk: Desk,
    program: Child,
    started_in: Duration,
}

impl Open {
    /// Opens it and waits until it asks for the PIN.
    fn start(world: &World) -> anyhow::Result<Self> {
        let desk = Desk::start(1280, 880)?;
        let key = world.usb_key(CUSTOMER);
        let mut command = Command::new(world.programs().join(WINDOW));
        command
            .arg("--config")
            .arg(world.client_configuration("bench")?)
            .env(
                "SOFTHSM2_CONF",
                world.layout().token_configuration(Token::UsbKey(&key))?,
            )
            .env_remove("WAYLAND_DISPLAY")
            .envs(desk.environment())
            .env("LANG", "en_US.UTF-8")
            .stdin(Stdio::null());
        let (program, started_in) = {
            let mut changes = desk.display().all_changes()?;
            let start = Instant::now();
            let program = command.spawn().context("the window does not start")?;
            let first = changes.next(LIMIT)?.context("nothing is drawn")?;
            let last = changes.until_quiet(QUIET, LIMIT)?.unwrap_or(first);
            (program, last.duration_since(start))
        };
        let mut open = Self {
            desk,
            program,
            started_in,
        };
        open.desk.attend(open.program.id(), LIMIT)?;
        // What was drawn last is the field: it has the focus.
        let is_pin = |element: &Element| element.role == "entry" && element.is("focused");
        open.desk
            .wait_until("the field for the PIN", LIMIT, is_pin)?;
        Ok(open)
    }

    fn unlock(&mut self) -> anyhow::Result<()> {
        self.desk.type_text(USER_PIN)?;
        self.desk.press(Key::Enter)?;
        let is_page = |element: &Element| element.role == "page tab" && element.is("selected");
        self.desk.wait_until("the first page", LIMIT, is_page)?;
        self.rest()
    }

    /// Waits until nothing is drawn any more.
    fn rest(&self) -> anyhow::Result<()> {
        self.desk.changes()?.until_quiet(QUIET, LIMIT)?;
        Ok(())
    }

    fn tabs(&mut self) -> anyhow::Result<Vec<Element>> {
        let mut tabs = self.desk.below("landmark", "page tab")?;
        // The last one locks.
        tabs.pop();
        ensure!(tabs.len() > 2, "there are no pages");
        Ok(tabs)
    }

    /// From a click in the side bar to the whole page, and the memory that is resident on it.
    fn pages(&mut self, report: &mut Report) -> anyhow::Result<()> {
        let tabs = self.tabs()?;
        let (mut slowest, mut largest) = (Figure::from_thousandths(0), Figure::from_thousandths(0));
        for (place, tab) in tabs.iter().enumerate() {
            let elsewhere = &tabs[(place + 1) % tabs.len()];
            // Without how much awaits there.
            let page = tab.name.split(" (").next().unwrap_or_default();
            let name = format!("click to content: {page}");
            report.alone(&name, Unit::Milliseconds, || {
                self.desk.click(elsewhere)?;
                self.rest()?;
                let mut changes = self.desk.changes()?;
                let clicked = Instant::now();
                self.desk.click(tab)?;
                let drawn = changes.until_quiet(QUIET, LIMIT)?;
                let drawn = drawn.context("nothing was drawn")?;
                let took = Figure::milliseconds(drawn.duration_since(clicked));
                slowest = slowest.max(took);
                Ok(took)
            })?;
            let resident = self.resident()?;
            largest = largest.max(resident);
            report.once(
                &format!("resident memory: {page}"),
                Unit::Megabytes,
                resident,
            );
        }
        target(report, "click to content", slowest, CLICK_TARGET_MS, "ms");
        target(report, "resident memory", largest, MEMORY_TARGET_MB, "MB");
        Ok(())
    }

    /// Notch by notch through all bills: from each to the frame that follows.
    fn scroll(&mut self, report: &mut Report, halls: u32) -> anyhow::Result<()> {
        let bills = halls * wattkey_e2e::large::MONTHS;
        let tab = self.tabs()?.into_iter().find(|tab| tab.name == "Bills");
        self.desk
            .click(&tab.context("there is no page of bills")?)?;
        self.rest()?;
        let (width, height) = self.desk.display().size();
        let middle = |length: u16| i16::try_from(length / 2).unwrap_or(i16::MAX);
        self.desk.display().point(middle(width), middle(height))?;
        let mut frames = Vec::new();
        let mut changes = self.desk.changes()?;
        let mut wheel = Button::WheelDown;
        for _ in 0..NOTCHES {
            let turned = Instant::now();
            self.desk.display().click(wheel)?;
            match changes.next(NO_FRAME)? {
                Some(drawn) => frames.push(drawn.duration_since(turned)),
                None if wheel == Button::WheelDown => wheel = Button::WheelUp,
                None => wheel = Button::WheelDown,
            }
        }
        drop(changes);
        ensure!(
            frames.len() > NOTCHES / 2,
            "only {} frames were drawn",
            frames.len()
        );
        frames.sort_unstable();
        let at = |share: usize| Figure::milliseconds(frames[(frames.len() - 1) * share / 1_000]);
        let name = format!("scrolling {bills} bills, notch to frame");
        report.once(&format!("{name}, median"), Unit::Milliseconds, at(500));
        report.once(&format!("{name}, worst"), Unit::Milliseconds, at(1_000));
        let limit = Duration::from_millis(FRAME_TARGET_MS);
        let late = frames.iter().filter(|frame| **frame > limit).count();
        report.note(format!(
            "{late} of {} frames took longer than {FRAME_TARGET_MS} ms",
            frames.len()
        ));
        Ok(())
    }

    /// What the window's process holds in memory (proc(5), `VmRSS`).
    fn resident(&self) -> anyhow::Result<Figure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: u64 = kilobytes.context("no VmRSS")?.parse()?;
        Ok(Figure::from_thousandths(kilobytes * 1_024 / 1_000))
    }

    /// Closes it; it ends well.
    fn end(mut self) -> anyhow::Result<()> {
        self.desk.close()?;
        let status = self.program.wait()?;
        ensure!(status.success(), "the window ended with {status}");
        Ok(())
    }
}

/// A line that says whether a target is met.
fn target(report: &mut Report, what: &str, worst: Figure, limit: u64, unit: &str) {
    let missed = if worst > Figure::from_thousandths(limit * 1_000) {
        ", over the target"
    } else {
        ""
    };
    report.note(format!(
        "{what}: {worst} {unit} at most{missed} (target: under {limit} {unit})"
    ));
}
