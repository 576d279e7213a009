//! A world of its own for each test, and people who act in it.
#![allow(dead_code, reason = "each test uses some of it")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

pub(crate) mod managers;
pub(crate) mod metered;
pub(crate) mod walk;

use std::{
    path::Path,
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use wattkey_e2e::{
    Output, Program, World,
    provision::{programs, today},
    sample,
    world::{Ports, USER_PIN},
};

/// How the failpoints of the platform begin that no payment reaches: those of files, those of what
/// managers resolve, and those of what else is signed or happens by itself, have tests of their own.
pub(crate) const OF_FILES: &str = "platform.file-";
pub(crate) const OF_RESOLUTIONS: &str = "platform.resolution-";
pub(crate) const OF_DOCUMENTS: [&str; 6] = [
    "platform.decision-",
    "platform.instruction-",
    "platform.deposit-use-",
    "platform.dispute-",
    "platform.acknowledgement-",
    "platform.change-",
];

/// Names of the failpoints of a part.
pub(crate) fn failpoints(part: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let list = xtask::failpoints::list(root.unwrap()).unwrap();
    let of_part = list.into_iter().filter(|failpoint| failpoint.part == part);
    of_part.map(|failpoint| failpoint.name).collect()
}

/// Whether a program died at that failpoint.
pub(crate) fn was_reached(hits: &Path, name: &str) -> bool {
    let recorded = std::fs::read_to_string(hits).unwrap_or_default();
    recorded.lines().any(|hit| hit == name)
}

/// How long a bill may take, once nobody is killed any more.
const PAY_LIMIT: Duration = Duration::from_secs(60);

/// A provisioned world in a folder that goes when the test ends.
pub(crate) struct Stage {
    pub(crate) world: World,
    _folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with_programs(&programs().unwrap())
    }

    pub(crate) fn with_programs(programs: &Path) -> Self {
        Self::of(|folder| World::new(folder, programs, Ports::free().unwrap()))
    }

    /// With its books in a database on a server.
    pub(crate) fn on_postgres(url: &str, password: &str) -> Self {
        let programs = programs().unwrap();
        Self::of(|folder| {
            let world = World::new(folder, &programs, Ports::free().unwrap());
            world.with_postgres(url, password)
        })
    }

    fn of(world: impl FnOnce(&Path) -> World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut world = world(folder.path());
        world.provision(7).unwrap();
        Self {
            world,
            _folder: folder,
        }
    }

    /// With the programs that were built with failpoints, whose clocks can be set.
    pub(crate) fn with_failpoints() -> Self {
        let folder = programs().unwrap().join("failpoints");
        assert!(
            folder.join("wattkey-gateway").exists(),
            "not built: run ./test, or cargo xtask programs"
        );
        Self::with_programs(&folder)
    }

    /// The cashier of the steelworks at the usual PC.
    pub(crate) fn cashier(&self) -> Person {
        Person {
            world: self.world.clone(),
            usb_key: self.world.usb_key(0),
            pc: "cashier".into(),
        }
    }

    /// Another cashier of the steelworks, with a USB key and a PC of her own.
    pub(crate) fn second_cashier(&self) -> Person {
        let id = "5e1f0000-0000-4000-8000-000000000104";
        self.colleague("second", id, "Zhao Lei", &["view", "prepare", "approve"])
    }

    /// Somebody of the steelworks with these rights, and a USB key and a PC of that name. The
    /// platform is running.
    pub(crate) fn colleague(&self, key: &str, id: &str, name: &str, rights: &[&str]) -> Person {
        self.colleague_within(key, id, name, rights, &serde_json::json!({}))
    }

    /// The same, who may order so much.
    pub(crate) fn colleague_within(
        &self,
        key: &str,
        id: &str,
        name: &str,
        rights: &[&str],
        limits: &Value,
    ) -> Person {
        let customer = sample::CUSTOMERS[0];
        let user = serde_json::json!({"type": "user", "id": id, "customer": customer.id,
            "name": name, "rights": rights, "limits": limits});
        self.world.import(&format!("{user}\n")).unwrap();
        let kind = ["--kind", "user", "--customer", customer.id];
        let serial = self.world.issue(key, &kind, id, name, customer.name);
        self.world.bind(&serial.unwrap()).unwrap();
        self.cashier().with_key(key).at(&format!("{key}-pc"))
    }

    pub(crate) fn overdue_bill() -> String {
        sample::overdue_bill(today())
    }
}

/// A person with a USB key at a PC.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) world: World,
    pub(crate) usb_key: String,
    pub(crate) pc: String,
}

impl Person {
    pub(crate) fn at(&self, pc: &str) -> Self {
        Self {
            pc: pc.into(),
            ..self.clone()
        }
    }

    pub(crate) fn with_key(&self, usb_key: &str) -> Self {
        Self {
            usb_key: usb_key.into(),
            ..self.clone()
        }
    }

    /// `wattkey --json …` with the PIN on standard input.
    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        let program = self.world.wattkey(&self.usb_key, &self.pc).unwrap();
        program
            .args(["--json", "--pin-fd", "0"])
            .args(arguments.iter().copied())
            .input_line(USER_PIN)
    }

    pub(crate) fn ask(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.program(arguments).succeed().unwrap().stdout).unwrap()
    }

    /// Runs it and wants that exit code; gives what it said.
    pub(crate) fn refused(&self, arguments: &[&str], code: i32) -> Output {
        let output = self.program(arguments).run().unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}{}",
            output.stdout,
            output.stderr
        );
        output
    }

    /// The same command told to a person in both languages: the exit code, and words that each
    /// message has.
    pub(crate) fn told(&self, arguments: &[&str], code: i32, english: &str, chinese: &str) {
        for (language, words) in [("en", english), ("zh", chinese)] {
            let program = self.world.wattkey(&self.usb_key, &self.pc).unwrap();
            let program = program
                .args(["--lang", language, "--pin-fd", "0"])
                .args(arguments.iter().copied())
                .input_line(USER_PIN);
            assert_told(&program.run().unwrap(), code, words);
        }
    }

    /// What paying a bill takes, as `--expect-total` wants it.
    pub(crate) fn total(&self, bill: &str) -> String {
        let shown = self.ask(&["bill", "show", bill]);
        let quote = &shown["bill"]["quote"];
        let minor = quote["principal"].as_i64().unwrap() + quote["penalty"].as_i64().unwrap();
        format!("{}.{:02}", minor / 100, minor % 100)
    }

    /// Pays a bill and waits until the bank has booked it; gives the order's id.
    pub(crate) fn settle(&self, bill: &str) -> String {
        let total = self.total(bill);
        let output = self.pay(bill, &total, &["--wait", "60"]).succeed().unwrap();
        let paid: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(paid["state"], "settled", "{paid}");
        paid["order"].as_str().unwrap().to_owned()
    }

    /// `wattkey pay BILL` with both PINs; not run yet.
    pub(crate) fn pay(&self, bill: &str, total: &str, more: &[&str]) -> Program {
        self.program(&[
            "pay",
            bill,
            "--yes",
            "--expect-total",
            total,
            "--sign-pin-fd",
            "0",
        ])
        .args(more.iter().copied())
        .input_line(USER_PIN)
    }
}

/// A person is told these words, and what to do next.
pub(crate) fn assert_told(output: &Output, code: i32, words: &str) {
    assert_eq!(output.status.code(), Some(code), "{output:#?}");
    assert!(output.stderr.contains(words), "no {words:?} in {output:#?}");
    let lines = output.stderr.lines().count();
    assert!(lines >= 2, "what is wrong and what to do: {output:#?}");
}

/// Asks until there is an answer.
pub(crate) fn until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Minor units of one sort of ledger account in the trial balance of `wattkey-platform verify`.
pub(crate) fn balance(books: &Value, account: &str) -> i64 {
    let rows = books["trial_balance"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["account"] == account)
        .map(|row| row["minor"].as_i64().unwrap())
        .sum()
}

/// Pays one bill after the other until the time is over; those that it paid.
pub(crate) fn pay_until(
    person: &Person,
    waiting: &Mutex<Vec<String>>,
    end: Instant,
) -> Vec<String> {
    let mut paid = Vec::new();
    while Instant::now() < end {
        let Some(bill) = waiting.lock().unwrap().pop() else {
            break;
        };
        pay_whatever_happens(person, &bill, end + PAY_LIMIT);
        paid.push(bill);
    }
    paid
}

/// As a person would: find out what became of it, look at the bill, pay when it is open.
fn pay_whatever_happens(person: &Person, bill: &str, deadline: Instant) {
    loop {
        assert!(Instant::now() < deadline, "{bill} is not settled");
        if answered(person, &["pay", "--resume"]).is_none() {
            continue;
        }
        let Some(shown) = answered(person, &["bill", "show", bill]) else {
            continue;
        };
        match shown["bill"]["state"].as_str().unwrap() {
            "paid" => return,
            "in-collection" => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let quote = &shown["bill"]["quote"];
                let minor =
                    quote["principal"].as_i64().unwrap() + quote["penalty"].as_i64().unwrap();
                let total = format!("{}.{:02}", minor / 100, minor % 100);
                let output = person.pay(bill, &total, &[]).run().unwrap();
                assert!(
                    matches!(output.status.code(), Some(0 | 30 | 41)),
                    "{bill}: {output:#?}"
                );
            }
        }
    }
}

/// The answer, or nothing while a server is away.
fn answered(person: &Person, arguments: &[&str]) -> Option<Value> {
    let output = person.program(arguments).run().unwrap();
    match output.status.code() {
        Some(0) => Some(serde_json::from_str(&output.stdout).unwrap()),
        Some(30 | 41) => None,
        _ => panic!("{arguments:?}: {output:#?}"),
    }
}

/// What the bank holds: its collections.
pub(crate) fn collections(world: &World) -> Vec<Value> {
    held_by_bank(world, "collections")
}

/// What the bank holds: transfers that it was asked for.
pub(crate) fn transfers(world: &World) -> Vec<Value> {
    held_by_bank(world, "transfers")
}

fn held_by_bank(world: &World, what: &str) -> Vec<Value> {
    let database = world.layout().path("bank/bank.db");
    let output = world
        .program("wattkey-banksim", None)
        .unwrap()
        .args(["list", "--json", "--database"])
        .args([database])
        .succeed()
        .unwrap();
    let list: Value = serde_json::from_str(&output.stdout).unwrap();
    list[what]
        .as_array()
        .unwrap_or_else(|| panic!("{list}"))
        .clone()
}
