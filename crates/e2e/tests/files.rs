//! Files of the internal network with the real programs: the platform is killed at every failpoint
//! while a file is handed in or made; the same command goes on, and all of the file is in the books
//! once.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{OF_FILES, Stage, was_reached};
use serde_json::Value;
use wattkey_e2e::{World, provision::today, sample};

fn failpoints() -> Vec<String> {
    let mut names = common::failpoints("platform");
    names.retain(|name| name.starts_with(OF_FILES));
    names
}

fn json(output: &wattkey_e2e::Output) -> Value {
    assert!(
        output.status.success(),
        "{}{}",
        output.stdout,
        output.stderr
    );
    serde_json::from_str(&output.stdout).unwrap()
}

fn bills(world: &World) -> u64 {
    let books = world.verify_books().unwrap();
    books["counted"]["bills"].as_u64().unwrap()
}

#[test]
fn a_file_is_taken_in_once_wherever_the_platform_dies() {
    let stage = Stage::with_failpoints();
    let world = &stage.world;
    let hits = world.layout().path("hits");
    let names = failpoints();
    assert!(names.len() >= 5, "{names:?}");
    let before = bills(world);
    let mut exported = 0;
    for (name, number) in names.iter().zip(1_u64..) {
        let (bill, record) = sample::extra_bill(today(), usize::try_from(number).unwrap());
        // More than is open, so that there is something to tell.
        let open: Value = serde_json::from_str(&record).unwrap();
        let total = total(&open);
        let payment = serde_json::json!({"type": "payment", "bill": bill, "amount": total + 7,
            "currency": "CNY", "paid": today(), "channel": "counter", "reference": bill});
        let file = world
            .write_file(number, &format!("{record}{payment}\n"))
            .unwrap();
        let import = ["import", file.to_str().unwrap()];
        let is_export = name.contains("export");

        let mut doomed = world.with_failpoint(name, &hits).start_platform().unwrap();
        let first = world.manage(&import).unwrap();
        if is_export {
            json(&first);
            let _ = world.manage(&["export", "next"]).unwrap();
        } else if !name.ends_with("acknowledged") {
            // The last one may lie behind the answer.
            assert!(!first.status.success(), "{name}: {}", first.stdout);
        }
        doomed.wait_for_end(Duration::from_secs(15)).unwrap();
        assert!(was_reached(&hits, name), "{name} was not reached");

        let platform = world.start_platform().unwrap();
        let said = json(&world.manage(&import).unwrap());
        assert_eq!(said["import"]["state"], "taken", "{name}");
        let again = json(&world.manage(&import).unwrap());
        assert_eq!(again["acknowledgement"], said["acknowledgement"], "{name}");
        // What went to the deposit is told, once.
        let made = json(&world.manage(&["export", "next"]).unwrap());
        exported += made["export"]["records"].as_u64().unwrap_or(0);
        let listed = json(&world.manage(&["export", "list"]).unwrap());
        let told = listed["items"].as_array().unwrap().iter();
        let told: u64 = told.map(|one| one["records"].as_u64().unwrap()).sum();
        assert_eq!(told, number, "{name}");
        assert!(exported <= number);
        platform.stop().unwrap();
        assert_eq!(bills(world), before + number, "{name}");
    }

    // The last file of the platform is saved and acknowledged by the marketing system.
    let platform = world.start_platform().unwrap();
    let list = json(&world.manage(&["export", "list"]).unwrap());
    let number = list["items"][0]["number"].to_string();
    let to = world.layout().path("marketing/out.ndjson");
    let save = ["export", "save", &number, "--to", to.to_str().unwrap()];
    json(&world.manage(&save).unwrap());
    let acknowledgement = world.acknowledge_file(&to).unwrap();
    let acknowledge = [
        "export",
        "acknowledge",
        &number,
        acknowledgement.to_str().unwrap(),
    ];
    let kept = json(&world.manage(&acknowledge).unwrap());
    assert!(kept["export"]["acknowledged"].is_string());
    // A number that is missing, and a dry run that takes nothing in.
    let next = u64::try_from(names.len()).unwrap() + 1;
    let (_, record) = sample::extra_bill(today(), usize::try_from(next).unwrap());
    let gap = world.write_file(next + 1, &record).unwrap();
    let refused = world.manage(&["import", gap.to_str().unwrap()]).unwrap();
    assert_eq!(refused.status.code(), Some(49), "{}", refused.stderr);
    assert!(
        refused.stderr.contains(&format!("file {next} is expected")),
        "{}",
        refused.stderr
    );
    let good = world.write_file(next, &record).unwrap();
    let dry = world
        .manage(&["import", good.to_str().unwrap(), "--dry-run"])
        .unwrap();
    assert_eq!(json(&dry)["state"], "checked");
    platform.stop().unwrap();
    assert_eq!(bills(world), before + next - 1);
}

fn total(record: &Value) -> i64 {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    let bytes = Base64UrlUnpadded::decode_vec(record["document"].as_str().unwrap()).unwrap();
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    document["total"].as_i64().unwrap()
}
