//! A world, a reader, cards, and the people who use them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;
use wattkey_e2e::{
    Program, Running, World,
    layout::Token,
    provision::MANAGER_KEY,
    sample::CUSTOMERS,
    world::{CARD_PIN, MODULE, USER_PIN},
};
use wattkey_virtual_reader::{MANAGEMENT_KEY, PluggedKey, Reader, Slot, opensc, run, ykcs11};

use crate::common::{Person, Stage, until};

/// PUK of the cards that are issued here. Their PIN is [`USER_PIN`].
pub(crate) const PUK: &str = "90817263";
const SELECT_PIV: &str = "00:A4:04:00:09:A0:00:00:03:08:00:00:10:00:00";
/// VERIFY without a PIN.
const TRIES: &str = "00:20:00:80";
/// Longest run of a foreign tool.
const TOOL_LIMIT: Duration = Duration::from_secs(20);

/// Dropped in order: the servers stop before the reader.
pub(crate) struct Scene {
    pub(crate) running: Running,
    pub(crate) reader: Reader,
    pub(crate) stage: Stage,
}

/// A card: the folder that is its memory, and its maker's number.
pub(crate) struct Card {
    pub(crate) memory: PathBuf,
    pub(crate) number: u32,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let stage = Stage::new();
        // Only then: others may be waiting for the reader.
        Self {
            running: stage.world.start().unwrap(),
            reader: Reader::start().unwrap(),
            stage,
        }
    }

    pub(crate) fn world(&self) -> &World {
        &self.stage.world
    }

    pub(crate) fn card(&self, number: u32) -> Card {
        Card {
            memory: self.reader.folder().join(number.to_string()),
            number,
        }
    }

    pub(crate) fn plug_in(&self, slot: Slot, card: &Card) -> PluggedKey {
        self.reader
            .plug_in(slot, &card.memory, card.number)
            .unwrap()
    }

    /// The cashier of the steelworks at a PC that uses OpenSC.
    pub(crate) fn cashier(&self) -> Person {
        let person = self.stage.cashier().at("opensc-pc");
        let settings = person.world.layout().path("pcs/opensc-pc/wattkey.toml");
        if !settings.exists() {
            // Writes them.
            person.world.wattkey(&person.usb_key, &person.pc).unwrap();
            let text = fs::read_to_string(&settings).unwrap();
            assert!(text.contains(MODULE));
            let text = text.replace(MODULE, opensc().to_str().unwrap());
            fs::write(&settings, text).unwrap();
        }
        person
    }

    /// A card that was issued to the cashier and bound; gives its serial number.
    pub(crate) fn issue_and_bind(&self) -> String {
        let issued = self.issue().succeed().unwrap();
        let serial = text(&json(&issued.stdout)["serial"]);
        self.world().bind(&serial).unwrap();
        serial
    }

    /// `key issue` of the blank card that is plugged in.
    pub(crate) fn issue(&self) -> Program {
        issue(self.world())
            .input_line(CARD_PIN)
            .input_line(MANAGEMENT_KEY)
            .input_line(USER_PIN)
            .input_line(PUK)
    }

    /// `wattkey-admin --json key info`.
    pub(crate) fn info(&self, module: &Path) -> Vec<Value> {
        let program = admin(self.world())
            .args(["key", "info", "--module"])
            .args([module]);
        let answer = json(&program.succeed().unwrap().stdout);
        answer.as_array().unwrap().clone()
    }

    /// The desk gives a key a new PIN.
    pub(crate) fn unblock(&self, serial: &str, puk: &str, pin: &str) -> Program {
        admin(self.world())
            .args(["key", "unblock", serial, "--yes", "--module"])
            .args([opensc()])
            .args(["--puk-fd", "0", "--pin-fd", "0"])
            .input_line(puk)
            .input_line(pin)
    }
}

/// Whether the card would let anybody use its keys now: it says so in place of the counter
/// (NIST SP 800-73-4 part 2, 3.2.1).
pub(crate) fn is_open(slot: Slot) -> bool {
    let answer = raw(slot, &["-s", SELECT_PIV, "-s", TRIES]);
    let status = answer.split("SW1=0x").last().unwrap();
    assert!(answer.matches("SW1=").count() == 2, "{answer}");
    status.starts_with("90, SW2=0x00")
}

/// The card's own counter, after a reset.
pub(crate) fn tries_left(slot: Slot) -> u32 {
    until("the card's counter", Duration::from_secs(10), || {
        raw(slot, &["--reset=cold"]);
        let answer = raw(slot, &["-s", SELECT_PIV, "-s", TRIES]);
        match answer.split("SW1=0x").last()? {
            status if status.starts_with("69, SW2=0x83") => Some(0),
            status => status.strip_prefix("63, SW2=0xC")?.get(..1)?.parse().ok(),
        }
    })
}

/// Commands as they are.
fn raw(slot: Slot, arguments: &[&str]) -> String {
    let mut tool = Command::new("opensc-tool");
    let tool = tool.args(["--card-driver", "default", "--reader", &slot.reader()]);
    run(tool.args(arguments), TOOL_LIMIT).unwrap().output
}

/// The management tool of that desk, with the manager's key at hand.
pub(crate) fn admin(world: &World) -> Program {
    world.admin(Token::UsbKey(MANAGER_KEY)).unwrap()
}

/// `key issue` for the cashier, without its PINs: the CA's, the management key, PIN, PUK.
pub(crate) fn issue(world: &World) -> Program {
    admin(world)
        .args(["key", "issue", "--yes"])
        .args(cashier_arguments())
        .args(["--module".into(), ykcs11().into_os_string()])
        .args(["--ca-pin-fd", "0", "--so-pin-fd", "0"])
        .args(["--pin-fd", "0", "--puk-fd", "0"])
}

/// Who the cashier is, for `key issue` and `key certify`.
pub(crate) fn cashier_arguments() -> [&'static str; 10] {
    let customer = &CUSTOMERS[0];
    let (id, name) = customer.user;
    [
        "--kind",
        "user",
        "--customer",
        customer.id,
        "--holder-id",
        id,
        "--name",
        name,
        "--organisation",
        customer.name,
    ]
}

/// Yubico's tool at that reader; it must succeed.
pub(crate) fn piv_tool(slot: Slot, arguments: &[&str]) -> String {
    let mut tool = Command::new("yubico-piv-tool");
    tool.args(["--reader", &slot.reader()]).args(arguments);
    succeed(&mut tool)
}

/// OpenSC's tool with OpenSC's module; it must succeed.
pub(crate) fn pkcs11_tool(arguments: &[&str]) -> String {
    let mut tool = Command::new("pkcs11-tool");
    tool.arg("--module").arg(opensc()).args(arguments);
    succeed(&mut tool)
}

/// A foreign tool, bounded: OpenSC's can hang.
pub(crate) fn succeed(tool: &mut Command) -> String {
    let finished = run(tool, TOOL_LIMIT).unwrap();
    assert!(finished.status.success(), "{tool:?}: {finished:?}");
    finished.output
}

/// The USB keys as `wattkey keys` shows them.
pub(crate) fn keys(person: &Person) -> Vec<Value> {
    let program = person.world.wattkey(&person.usb_key, &person.pc).unwrap();
    let answer = json(&program.args(["--json", "keys"]).run().unwrap().stdout);
    answer["keys"].as_array().unwrap().clone()
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
