//! A person in front of the window.

use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use wattkey_e2e::{Program, World, process::Started};
use wattkey_virtual_display::{Desk, Element, Key};

use crate::common::until;

/// How long a page may take until its content is there, on a busy machine.
pub(crate) const PAGE: Duration = Duration::from_secs(20);
/// How long the service may take to send notices of what is overdue.
const NOTICES: Duration = Duration::from_secs(60);
/// How long the window may take to open.
const OPEN: Duration = Duration::from_secs(30);
pub(crate) const WIDTH: u16 = 1280;
pub(crate) const HEIGHT: u16 = 880;

/// The window's words in one language: its own, what to do there after a fault, and the payment software's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) language: &'static str,
    messages: [&'static str; 3],
}

pub(crate) const ENGLISH: Words = Words {
    language: "en",
    messages: [
        include_str!("../../../desktop/i18n/en.ftl"),
        include_str!("../../../desktop/i18n/faults.en.ftl"),
        include_str!("../../../client/i18n/en/wattkey.ftl"),
    ],
};

pub(crate) const CHINESE: Words = Words {
    language: "zh",
    messages: [
        include_str!("../../../desktop/i18n/zh.ftl"),
        include_str!("../../../desktop/i18n/faults.zh.ftl"),
        include_str!("../../../client/i18n/zh/wattkey.ftl"),
    ],
};

impl Words {
    /// A message of one line.
    pub(crate) fn of(self, id: &str) -> &'static str {
        let lines = self.messages.into_iter().flat_map(str::lines);
        let messages = lines.filter_map(|line| line.split_once(" = "));
        let mut named = messages.filter(|(name, _)| *name == id);
        named.next().unwrap_or_else(|| panic!("no {id}")).1
    }

    /// A message of one line with its values in it.
    pub(crate) fn with(self, id: &str, values: &[(&str, &str)]) -> String {
        let filled = |words: String, (name, value): &(&str, &str)| {
            words.replace(&format!("{{ ${name} }}"), value)
        };
        values.iter().fold(self.of(id).to_owned(), filled)
    }
}

/// The window on a display of its own.
pub(crate) struct Seat {
    pub(crate) desk: Desk,
    started: Started,
}

impl Seat {
    /// Opens the window of that PC in a language and a theme.
    pub(crate) fn open(
        world: &World,
        usb_key: &str,
        pc: &str,
        language: &str,
        theme: &str,
    ) -> Self {
        let settings = world.client_configuration(pc).unwrap();
        let home = settings.with_file_name("home");
        fs::create_dir_all(&home).unwrap();
        let settings = settings.with_file_name("window.toml");
        let chosen = format!("language = \"{language}\"\ntheme = \"{theme}\"\n");
        fs::write(settings, chosen).unwrap();
        Self::start(world.window(usb_key, pc).unwrap().env("HOME", home))
    }

    fn start(program: Program) -> Self {
        let (mut desk, started) = Self::begin(program);
        desk.attend(started.id(), OPEN).unwrap();
        Self { desk, started }
    }

    /// Starts a program whose child opens the window.
    pub(crate) fn of_another(
        program: Program,
        limit: Duration,
        child: impl Fn() -> Option<u32>,
    ) -> Self {
        let (mut desk, started) = Self::begin(program);
        let child = until("the window's process", limit, child);
        desk.attend(child, OPEN).unwrap();
        Self { desk, started }
    }

    fn begin(program: Program) -> (Desk, Started) {
        let desk = Desk::start(WIDTH, HEIGHT).unwrap();
        let with = |program: Program, (name, value): (OsString, OsString)| {
            program.env(name.to_str().unwrap(), value)
        };
        let program = desk.environment().into_iter().fold(program, with);
        let started = program.start().unwrap();
        (desk, started)
    }

    /// The pages that the side bar has; what locks is none.
    pub(crate) fn pages(&mut self, words: Words) -> Vec<String> {
        let lock = words.of("window-lock");
        let tabs = self.desk.below("landmark", "page tab").unwrap();
        let names = tabs.iter().map(|tab| page(&tab.name).to_owned());
        names.filter(|name| name != lock).collect()
    }

    /// By the keyboard to a page of the side bar, until its content is there.
    pub(crate) fn turn_to(&mut self, name: &str, words: Words) {
        let is_tab = |element: &Element| element.role == "page tab" && page(&element.name) == name;
        self.desk.go_until(name, is_tab).unwrap();
        self.desk.press(Key::Enter).unwrap();
        let loading = words.of("window-loading");
        until(name, PAGE, || {
            let seen = self.desk.look_briefly().unwrap();
            let is_open = |element: &Element| is_tab(element) && element.is("selected");
            let is_loading = |element: &Element| element.name == loading;
            (seen.iter().any(is_open) && !seen.iter().any(is_loading)).then_some(())
        });
    }

    /// Asks again on the overview until it has everything: the service sends notices in its own time, and
    /// the sums of months come one by one.
    pub(crate) fn wait_for_overview(&mut self, words: Words) {
        let all = ["window-acknowledge", "window-consumption-by-month"].map(|id| words.of(id));
        let name = words.of("window-page-overview");
        until(name, NOTICES, || {
            self.turn_to(name, words);
            let seen = self.desk.look_briefly().unwrap();
            let there = |name: &&str| seen.iter().any(|element| element.name.starts_with(name));
            if all.iter().all(there) {
                return Some(());
            }
            self.enter(words.of("window-refresh"));
            None
        });
    }

    /// Types the PIN where the window asks for it first, and waits for the first page.
    pub(crate) fn unlock(&mut self, words: Words, pin: &str) {
        self.wait_for_pin(words.of("window-pin"));
        self.desk.type_text(pin).unwrap();
        self.desk.press(Key::Enter).unwrap();
        let overview = words.of("window-page-overview");
        self.desk.wait_for(overview, PAGE).unwrap();
        self.loaded(words);
    }

    /// Waits until the field for a PIN has the focus by itself.
    pub(crate) fn wait_for_pin(&mut self, name: &str) -> Element {
        self.desk
            .wait_until(&format!("the focus on {name:?}"), PAGE, |element| {
                element.name == name && element.is("focused")
            })
            .unwrap()
    }

    /// Waits until nothing is being loaded any more.
    pub(crate) fn loaded(&mut self, words: Words) {
        self.desk
            .wait_until_gone(words.of("window-loading"), PAGE)
            .unwrap();
    }

    /// By the keyboard: to the control of that name, and Enter.
    pub(crate) fn enter(&mut self, name: &str) {
        self.desk.go_to(name).unwrap();
        self.desk.press(Key::Enter).unwrap();
    }

    /// All that a screen reader can say of the window.
    pub(crate) fn said(&mut self) -> Vec<String> {
        let seen = self.desk.look().unwrap();
        let said = seen.iter().flat_map(Element::said);
        said.filter(|said| !said.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// What is shown, as a picture in `target/screens`.
    pub(crate) fn picture(&self, name: &str) {
        // The same picture twice: nothing is being drawn.
        let mut picture = self.desk.picture().unwrap();
        loop {
            std::thread::sleep(Duration::from_millis(60));
            let next = self.desk.picture().unwrap();
            if next == picture {
                break;
            }
            picture = next;
        }
        assert!(
            picture.colours(20) == 20,
            "{name}: hardly anything is drawn"
        );
        picture
            .write(&screens().join(format!("{name}.png")))
            .unwrap();
    }

    /// Kills the program at once, as a crash or a power cut would.
    pub(crate) fn kill(self) {
        let ended = self.started.kill().unwrap();
        assert_eq!(ended.status.code(), None, "{ended:?}");
    }

    /// Waits until the program has been killed at the failpoint that it was started with.
    pub(crate) fn dies(self) {
        let ended = self.started.finish().unwrap();
        assert_eq!(ended.status.code(), None, "{ended:?}");
    }

    /// Closes the window as a person does; the program ends well, and says nothing.
    pub(crate) fn close(self) {
        assert_eq!(self.close_and_hear(), "");
    }

    /// The same; gives what the program said.
    pub(crate) fn close_and_hear(mut self) -> String {
        self.desk.close().unwrap();
        let ended = self.started.finish().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        assert_eq!(ended.stderr, "");
        ended.stdout
    }
}

/// What a page is called, without how much awaits there.
fn page(name: &str) -> &str {
    name.split(" (").next().unwrap_or(name)
}

fn screens() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")));
    target.join("screens")
}
