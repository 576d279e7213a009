use wattkey_domain::OrderId;

use super::*;

const SIGNED: &str = "eyJhbGciOiJFUzI1NiJ9.eyJvcmRlciI6IngifQ.c2lnbmF0dXJl";

fn order(n: u8) -> OrderId {
    format!("7d3f0000-0000-4000-8000-0000000000{n:02x}")
        .parse()
        .unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&folder.path().join("a/journal")).unwrap();
    (folder, journal)
}

#[test]
fn what_was_recorded_is_read_by_another_process() {
    let (_folder, journal) = journal();
    journal.record_signed(order(1), SIGNED, at(0)).unwrap();
    journal.append(order(1), Event::Sent, at(1)).unwrap();
    journal
        .append(
            order(1),
            Event::Accepted {
                state: "accepted".into(),
            },
            at(2),
        )
        .unwrap();
    let again = Journal::open(journal.folder())
        .unwrap()
        .entry(order(1))
        .unwrap()
        .unwrap();
    assert_eq!(again.signed, SIGNED);
    assert_eq!(again.records.len(), 3);
    assert_eq!(
        again.standing(),
        Standing::Accepted {
            state: "accepted".into()
        }
    );
    assert_eq!(journal.entry(order(2)).unwrap(), None);
}

#[test]
fn an_order_id_keeps_its_first_signature() {
    let (_folder, journal) = journal();
    journal.record_signed(order(1), SIGNED, at(0)).unwrap();
    journal.append(order(1), Event::Sent, at(1)).unwrap();
    let same = journal.record_signed(order(1), SIGNED, at(9)).unwrap();
    assert_eq!(same.standing(), Standing::Sent);
    let other = journal.record_signed(order(1), "a.b.c", at(9));
    assert!(matches!(other, Err(JournalError::OtherSignature(id)) if id == order(1).into()));
    let unknown = journal.append(order(2), Event::Sent, at(9));
    assert!(matches!(unknown, Err(JournalError::Unknown(id)) if id == order(2).into()));
}

#[test]
fn a_torn_file_is_damaged_at_every_length_and_never_another_record() {
    let (_folder, journal) = journal();
    journal.record_signed(order(1), SIGNED, at(0)).unwrap();
    journal.append(order(1), Event::Sent, at(1)).unwrap();
    let path = journal.path(order(1).into());
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() - 1 {
        std::fs::write(&path, &whole[..length]).unwrap();
        let read = journal.entry(order(1));
        assert!(
            matches!(read, Err(JournalError::Damaged { .. })),
            "{length}: {read:?}"
        );
    }
    let sent = journal.append(order(1), Event::Sent, at(2));
    assert!(
        matches!(sent, Err(JournalError::Damaged { .. })),
        "it must not be overwritten"
    );
}

#[test]
fn each_changed_byte_is_noticed() {
    let (_folder, journal) = journal();
    journal.record_signed(order(1), SIGNED, at(0)).unwrap();
    let path = journal.path(order(1).into());
    let whole = std::fs::read(&path).unwrap();
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert!(journal.entry(order(1)).is_err(), "byte {place}");
    }
}

#[test]
fn a_damaged_order_does_not_hide_the_others_nor_does_a_half_written_file() {
    let (_folder, journal) = journal();
    journal.record_signed(order(2), SIGNED, at(2)).unwrap();
    journal.record_signed(order(1), SIGNED, at(5)).unwrap();
    journal.record_signed(order(3), SIGNED, at(3)).unwrap();
    std::fs::write(journal.path(order(3).into()), b"").unwrap();
    std::fs::write(journal.folder().join(".new"), b"{\"order").unwrap();
    let listing = journal.list().unwrap();
    let orders: Vec<_> = listing.entries.iter().map(|entry| entry.key).collect();
    assert_eq!(orders, [order(2).into(), order(1).into()], "oldest first");
    assert_eq!(listing.damaged.len(), 1);
    assert_eq!(listing.damaged[0].0, journal.path(order(3).into()));
}

#[test]
fn a_file_of_another_order_is_not_taken() {
    let (_folder, journal) = journal();
    journal.record_signed(order(1), SIGNED, at(0)).unwrap();
    std::fs::copy(journal.path(order(1).into()), journal.path(order(2).into())).unwrap();
    let read = journal.entry(order(2));
    assert!(matches!(
        read,
        Err(JournalError::Damaged {
            damage: Damage::OtherOrder,
            ..
        })
    ));
}

#[test]
fn decisions_and_instructions_are_kept_beside_orders() {
    let (_folder, journal) = journal();
    let digest = wattkey_pki::Digest::of(SIGNED.as_bytes());
    let keys = [
        order(1).into(),
        Key::Decision(digest),
        Key::Instruction(digest),
    ];
    for (key, second) in keys.into_iter().zip(0..) {
        journal.record_signed(key, SIGNED, at(second)).unwrap();
    }
    journal.append(keys[1], Event::Sent, at(9)).unwrap();
    let listing = journal.list().unwrap();
    let listed: Vec<_> = listing.entries.iter().map(|entry| entry.key).collect();
    assert_eq!(listed, keys);
    assert_eq!(listing.entries[1].standing(), Standing::Sent);
}

/// Neither a file that is damaged nor one that cannot be read or is of a form that this program
/// does not know hides the others.
#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_found() {
    use wattkey_protocol::decision::{DecisionDocument, Draft};
    let (_folder, journal) = journal();
    let order_file = |n| journal.path(order(n).into());
    let document: DecisionDocument = serde_json::from_value(serde_json::json!({
        "order": order(9), "order_digest": wattkey_pki::Digest::of(b"order"),
        "audience": "https://pay.example", "decision": "approve",
        "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
        "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
    }))
    .unwrap();
    let draft = Draft::new(&document).unwrap();
    let digest = wattkey_pki::Digest::of(b"certificate");
    let signed = draft.sign(&wattkey_pki::MemorySigner::generate(), digest);
    let good = Key::Decision(digest);
    journal
        .record_signed(good, signed.unwrap().as_str(), at(4))
        .unwrap();
    for n in 1..=2 {
        journal
            .record_signed(order(n), SIGNED, at(n.into()))
            .unwrap();
    }
    std::fs::write(order_file(2), "torn").unwrap();
    std::fs::create_dir(order_file(3)).unwrap();
    let listing = journal.unresolved().unwrap();
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(listing.entries[0].key, good);
    let damaged = [
        (order_file(1), Damage::OtherForm),
        (order_file(2), Damage::Torn),
        (order_file(3), Damage::Unreadable),
    ];
    assert_eq!(listing.damaged, damaged);
    // What came to an end in an old form is history, and no damage.
    let refused = Event::Refused {
        problem: "limit".into(),
    };
    journal.append(order(1), refused, at(5)).unwrap();
    assert_eq!(journal.unresolved().unwrap().damaged, damaged[1..]);
}

/// Files of orders that were written when there was nothing else.
#[test]
fn an_older_file_is_read() {
    let (_folder, journal) = journal();
    let line = format!(
        "{{\"order\":\"{}\",\"signed\":\"{SIGNED}\",\"records\":[{{\"at\":\"2026-11-22T08:00:00Z\",\"event\":\"signed\"}}]}}",
        order(1)
    );
    let digest = wattkey_pki::Digest::of(line.as_bytes());
    std::fs::write(journal.path(order(1).into()), format!("{line}\n{digest}\n")).unwrap();
    assert!(journal.entry(order(1)).unwrap().unwrap().is_unresolved());
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_the_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, journal) = journal();
    journal.record_signed(order(1), SIGNED, at(0)).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(journal.folder()), 0o700);
    assert_eq!(mode(&journal.path(order(1).into())), 0o600);
}
