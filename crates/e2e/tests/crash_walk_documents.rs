//! The platform is killed wherever it takes in something that is signed and is no order, and where a
//! deposit pays by itself. Started again, `pay --resume` knows what became of it, it is in the books
//! once, and the books are sound.
//!
//! The list of failpoints is made from the source: one that no deed here names fails a test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use common::walk::Walk;
use common::{OF_DOCUMENTS, Person, Stage, balance, until};
use jiff::ToSpan as _;
use serde_json::{Value, json};
use wattkey_e2e::{Running, provision::today, sample, world::USER_PIN};

const LIMIT: Duration = Duration::from_secs(30);
/// The contract account of the extra bills.
const ACCOUNT: &str = "C-1001";

const DECISION: [&str; 2] = [
    "platform.decision-posted-not-committed",
    "platform.decision-committed",
];
const INSTRUCTION: [&str; 2] = [
    "platform.instruction-written-not-committed",
    "platform.instruction-committed",
];
const DEPOSIT_USE: [&str; 2] = [
    "platform.deposit-use-posted-not-committed",
    "platform.deposit-use-committed",
];
const DISPUTE: [&str; 2] = [
    "platform.dispute-written-not-committed",
    "platform.dispute-committed",
];
const ACKNOWLEDGEMENT: [&str; 2] = [
    "platform.acknowledgement-written-not-committed",
    "platform.acknowledgement-committed",
];
const CHANGE: [&str; 2] = [
    "platform.change-written-not-committed",
    "platform.change-committed",
];
const CHANGE_DECISION: [&str; 2] = [
    "platform.change-written-not-committed",
    "platform.change-decision-committed",
];

impl Walk {
    /// Signs something while the platform dies there, and asks what became of it when everything is
    /// up again, until `looked` has seen it.
    fn interrupted<T>(
        &self,
        name: &str,
        person: &Person,
        arguments: &[&str],
        looked: impl FnOnce() -> T,
    ) -> T {
        let platform = self.doomed_platform(name);
        let running = Running {
            bank: Some(self.stage.world.start_bank().unwrap()),
            platform: None,
            gateway: Some(self.stage.world.start_gateway().unwrap()),
        };
        let output = signing(person, arguments).run().unwrap();
        assert!(
            !output.status.success(),
            "{name}: an answer came: {}",
            output.stdout
        );
        self.died(platform, name);
        running.stop().unwrap();

        let running = self.stage.world.start().unwrap();
        let resumed = person.ask(&["pay", "--resume"]);
        assert_eq!(unknown(&resumed), 1, "{name}: {resumed}");
        let again = person.ask(&["pay", "--resume"]);
        assert_eq!(unknown(&again), 0, "{name}: {again}");
        let seen = looked();
        running.stop().unwrap();
        let books = self.stage.world.verify_books().unwrap();
        assert_eq!(books["sound"], true, "{name}: {books}");
        assert_eq!(balance(&books, "in-transit"), 0, "{name}: {books}");
        seen
    }
}

/// How many documents but orders were of unknown outcome.
fn unknown(resumed: &Value) -> usize {
    let lists = ["decisions", "instructions", "others"];
    let lists = lists.iter().filter_map(|list| resumed[list].as_array());
    lists.map(Vec::len).sum()
}

/// What a person signs, with both PINs; not run yet.
fn signing(person: &Person, arguments: &[&str]) -> wattkey_e2e::Program {
    let program = person.program(arguments);
    let program = program.args(["--yes", "--sign-pin-fd", "0"]);
    program.input_line(USER_PIN)
}

fn sign(person: &Person, arguments: &[&str]) -> Value {
    let output = signing(person, arguments).succeed().unwrap();
    serde_json::from_str(&output.stdout).unwrap()
}

/// The document of the extra bill of that number.
fn document(number: usize) -> Value {
    let (_, record) = sample::extra_bill(today(), number);
    let record: Value = serde_json::from_str(&record).unwrap();
    let bytes = record["document"].as_str().unwrap();
    let bytes = Base64UrlUnpadded::decode_vec(bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Takes that bill in, due so many days from today; gives its id.
fn bill_due_in(stage: &Stage, number: usize, days: i32) -> String {
    let mut document = document(number);
    let due = today() + days.days();
    document["due"] = due.to_string().into();
    document["issued"] = (due - 14.days()).to_string().into();
    let bytes = serde_json::to_vec(&document).unwrap();
    let bytes = Base64UrlUnpadded::encode_string(&bytes);
    let record = json!({"type": "bill", "document": bytes});
    stage.world.import(&format!("{record}\n")).unwrap();
    document["bill"].as_str().unwrap().to_owned()
}

#[test]
fn every_failpoint_has_a_deed() {
    let walked = [
        DECISION,
        INSTRUCTION,
        DEPOSIT_USE,
        DISPUTE,
        ACKNOWLEDGEMENT,
        CHANGE,
        CHANGE_DECISION,
    ];
    let walked = walked.as_flattened();
    for name in common::failpoints("platform") {
        let is_one = OF_DOCUMENTS.iter().any(|sort| name.starts_with(sort));
        assert_eq!(is_one, walked.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_decision_is_made_once_wherever_the_platform_dies() {
    let walk = Walk::new();
    let cashier = walk.stage.cashier();
    let maker = walk.calmly(|stage| {
        let id = "5e1f0000-0000-4000-8000-000000000105";
        stage.colleague("maker", id, "Sun Yan", &["view", "prepare"])
    });
    let bill = bill_due_in(&walk.stage, 0, 9);
    for name in DECISION {
        for (decision, state) in [
            ("approve", "settled"),
            ("refuse", "refused"),
            ("cancel", "cancelled"),
        ] {
            let part = format!("{bill}=700.00");
            let order = ["pay", "--amount", &part, "--expect-total", "700.00"];
            let signed = walk.calmly(|_| sign(&maker, &order));
            let order = signed["order"].as_str().unwrap();
            let decide = [decision, order, "--expect-total", "700.00"];
            walk.interrupted(name, &cashier, &decide, || {
                until(state, LIMIT, || {
                    let shown = cashier.ask(&["payment", "show", order]);
                    (shown["payment"]["state"] == state).then_some(())
                });
            });
        }
    }
}

#[test]
fn a_standing_instruction_is_kept_once_wherever_the_platform_dies() {
    let walk = Walk::new();
    let cashier = walk.stage.cashier();
    let instructions = || {
        let list = cashier.ask(&["standing", "list"]);
        list["standing_instructions"].as_array().unwrap().clone()
    };
    for (name, count) in INSTRUCTION.into_iter().zip(1..) {
        let give = ["standing", "give", ACCOUNT, "--account", ACCOUNT];
        let given = walk.interrupted(name, &cashier, &give, instructions);
        assert_eq!(given.len(), count, "{name}: {given:?}");
        let open = given.iter().find(|one| one["ended"].is_null()).unwrap();
        let end = ["standing", "end", open["instruction"].as_str().unwrap()];
        let ended = walk.interrupted(name, &cashier, &end, instructions);
        assert_eq!(ended.len(), count, "{name}: {ended:?}");
        assert!(ended.iter().all(|one| one["ended"].is_object()), "{name}");
    }
}

#[test]
fn a_deposit_pays_once_wherever_the_platform_dies() {
    let walk = Walk::new();
    let cashier = walk.stage.cashier();
    walk.calmly(|_| {
        sign(
            &cashier,
            &["standing", "give", ACCOUNT, "--account", ACCOUNT],
        )
    });
    for (name, number) in DEPOSIT_USE.into_iter().zip(0..) {
        let total = document(number)["total"].as_i64().unwrap();
        let total = format!("{}.{:02}", total / 100, total % 100);
        let filled = walk.calmly(|_| {
            let fill = ["top-up", ACCOUNT, &total, "--expect-total", &total];
            sign(&cashier, &[&fill[..], &["--wait", "60"]].concat())
        });
        assert_eq!(filled["state"], "settled", "{filled}");
        let bill = bill_due_in(&walk.stage, number, 0);
        // The platform looks as soon as it is up.
        walk.died(walk.doomed_platform(name), name);
        walk.calmly(|_| {
            until("paid", LIMIT, || {
                let shown = cashier.ask(&["bill", "show", &bill]);
                (shown["bill"]["state"] == "paid").then_some(())
            });
        });
        let books = walk.stage.world.verify_books().unwrap();
        assert_eq!(books["sound"], true, "{name}: {books}");
        assert_eq!(balance(&books, "deposit"), 0, "{name}: {books}");
    }
}

#[test]
fn a_dispute_is_kept_once_wherever_the_platform_dies() {
    let walk = Walk::new();
    let cashier = walk.stage.cashier();
    for (name, number) in DISPUTE.into_iter().zip(0..) {
        let bill = bill_due_in(&walk.stage, number, 9);
        let disputes = || {
            let list = cashier.ask(&["disputes", "--bill", &bill]);
            list["disputes"].as_array().unwrap().clone()
        };
        let open = ["disputes", "open", &bill, "--amount", "1.00", "--reason"];
        let open = [&open[..], &["meter", "--text", "It stood."]].concat();
        let opened = walk.interrupted(name, &cashier, &open, disputes);
        assert_eq!(opened.len(), 1, "{name}: {opened:?}");
        assert_eq!(opened[0]["state"], "open", "{name}");
        let dispute = opened[0]["dispute"].as_str().unwrap();
        let withdraw = ["disputes", "withdraw", dispute];
        let gone = walk.interrupted(name, &cashier, &withdraw, disputes);
        assert_eq!(gone.len(), 1, "{name}: {gone:?}");
        assert_eq!(gone[0]["state"], "withdrawn", "{name}");
    }
}

#[test]
fn a_notice_is_acknowledged_once_wherever_the_platform_dies() {
    let walk = Walk::new();
    let cashier = walk.stage.cashier();
    let notices = || {
        let list = cashier.ask(&["notices"]);
        list["notices"].as_array().unwrap().clone()
    };
    let read_by = |notice: &Value| notice["acknowledged"].as_array().unwrap().len();
    for (name, number) in ACKNOWLEDGEMENT.into_iter().zip(0..) {
        bill_due_in(&walk.stage, number, -40);
        let notice = walk.calmly(|_| {
            until("a notice", LIMIT, || {
                let served = notices();
                let new = served
                    .iter()
                    .find(|one| one["account"] == ACCOUNT && read_by(one) == 0);
                new.map(|one| one["notice"].as_str().unwrap().to_owned())
            })
        });
        let acknowledge = ["notices", "acknowledge", &notice];
        let served = walk.interrupted(name, &cashier, &acknowledge, notices);
        let read = served.iter().find(|one| one["notice"] == notice.as_str());
        assert_eq!(read.map(read_by), Some(1), "{name}: {served:?}");
    }
}

#[test]
fn own_data_change_once_wherever_the_platform_dies() {
    let walk = Walk::new();
    let cashier = walk.stage.cashier();
    let rights = ["view", "prepare", "approve", "administer"];
    let [first, second] = walk.calmly(|stage| {
        [("first", "106", "He Ping"), ("other", "107", "Ma Yun")].map(|(key, id, name)| {
            let id = format!("5e1f0000-0000-4000-8000-000000000{id}");
            stage.colleague(key, &id, name, &rights)
        })
    });
    for (name, number) in CHANGE.into_iter().zip(1..) {
        let contact = format!("name=He Ping;role=billing;phone=021 5555 010{number};language=en");
        let set = ["profile", "set", "contacts", &contact];
        let profile = walk.interrupted(name, &first, &set, || cashier.ask(&["profile"]));
        assert_eq!(profile["contacts"]["version"], number, "{name}: {profile}");
    }
    let (user, _) = sample::CUSTOMERS[0].user;
    for (name, given) in CHANGE_DECISION.into_iter().zip(["view", "view,prepare"]) {
        let asked = walk.calmly(|_| sign(&first, &["rights", "set", user, ACCOUNT, given]));
        let change = asked["about"].as_str().unwrap_or_else(|| panic!("{asked}"));
        let approve = ["changes", "approve", change];
        let shown = walk.interrupted(name, &second, &approve, || {
            second.ask(&["changes", "show", change])
        });
        assert_eq!(shown["state"], "done", "{name}: {shown}");
    }
}
