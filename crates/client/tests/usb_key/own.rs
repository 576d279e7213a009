//! Own data, disputes and notices: shown, signed, kept, and resolved when an answer gets lost.

use serde_json::json;
use wattkey_client::journal::Key;
use wattkey_domain::Decision;
use wattkey_protocol::change::What;
use wattkey_protocol::problem::ProblemType;

use crate::bench::{Issue, run};
use crate::signed::{asked, journal, json, wattkey};
use crate::signed_world::{COLLEAGUE, Lose, NOTICE, service, with_colleagues_change};

const CONTACT: &str = "name=Li Na;role=technical;email=li@steel.example;language=en";

#[test]
fn contacts_are_changed_from_the_version_that_was_seen() {
    run(
        "own::contacts_are_changed_from_the_version_that_was_seen",
        |bench| {
            bench.key(&Issue::default());
            for lose in [None, Some(Lose::Answer), Some(Lose::Request)] {
                let service = service();
                service.lock().unwrap().lose = lose;
                let set = ["profile", "set", "contacts", CONTACT, "--yes"];
                let ran = wattkey(bench, &service, &set);
                assert_eq!(ran.code, Some(0), "{ran:#?}");
                // What was there, and what is signed.
                for shown in ["Wang Fang", "Li Na", "li@steel.example"] {
                    assert!(ran.stdout.contains(shown), "{shown}: {ran:#?}");
                }
                let service = service.lock().unwrap();
                let [signed] = service.changes.as_slice() else {
                    panic!("taken once")
                };
                assert_eq!(signed.document().replaces, 3);
                let entries = journal(bench).list().unwrap().entries;
                assert!(matches!(entries[0].key, Key::Change(_)), "{entries:?}");
                assert!(!entries[0].is_unresolved());
                std::fs::remove_dir_all(bench.folder().join("journal")).unwrap();
            }
            let shown = asked(bench, &service(), &["profile"]);
            assert!(shown.stdout.contains("version 3"), "{shown:#?}");
            let wrong = ["profile", "set", "contacts", "name=A", "--yes"];
            wattkey(bench, &service(), &wrong).failed(2, "is missing");
        },
    );
}

#[test]
fn rights_are_given_by_name_and_approved_by_another() {
    run(
        "own::rights_are_given_by_name_and_approved_by_another",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let set = ["rights", "set", "Zhao Lei", "C-1", "view,prepare", "--yes"];
            let ran = wattkey(bench, &service, &set);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(ran.stderr.contains("has to approve"), "{ran:#?}");
            let signed = service.lock().unwrap().changes[0].document().clone();
            assert_eq!(signed.replaces, 2);
            let What::Rights { user, rights, .. } = signed.what else {
                panic!("rights")
            };
            assert_eq!(
                (user.to_string().as_str(), rights.unwrap().iter().count()),
                (COLLEAGUE, 2)
            );
            let listed = asked(bench, &service, &["rights", "--csv"]);
            let wanted = format!("{COLLEAGUE},Zhao Lei,C-1,view,view,2");
            assert!(
                listed.stdout.lines().any(|line| line == wanted),
                "{listed:#?}"
            );

            let service = with_colleagues_change(bench);
            let change = "6c1d0e4f-2a3b-4c4d-9e5f-607182930415";
            let ran = wattkey(bench, &service, &["changes", "approve", change, "--yes"]);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(
                ran.stdout.contains("4b1d0c2e"),
                "whose key signed: {ran:#?}"
            );
            let words = service.lock().unwrap().change_decisions.len();
            assert_eq!(words, 1);
            let word = service.lock().unwrap().change_decisions[0]
                .document()
                .clone();
            assert_eq!(word.decision, Decision::Approve);
            service.lock().unwrap().refuse = Some(ProblemType::OwnChange);
            let refuse = ["changes", "refuse", change, "--yes"];
            wattkey(bench, &service, &refuse).failed(40, "does not decide on it");
            // A change that another key signed than the one that is named.
            service
                .lock()
                .unwrap()
                .colleagues_change
                .as_mut()
                .unwrap()
                .1 = bench.colleague(true);
            wattkey(bench, &service, &refuse).failed(44, "cannot be trusted");
        },
    );
}

#[test]
fn a_bill_is_disputed_by_line_and_the_dispute_withdrawn() {
    run(
        "own::a_bill_is_disputed_by_line_and_the_dispute_withdrawn",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let open = |line: &'static str| {
                let arguments = [
                    "disputes",
                    "open",
                    "B-1",
                    "--line",
                    line,
                    "--amount",
                    "1200.00",
                    "--reason",
                    "quantity",
                    "--text",
                    "The meter stood.",
                    "--yes",
                    "--json",
                ];
                wattkey(bench, &service, &arguments)
            };
            open("2").failed_in_json(45, "no-line");
            let told = json(&open("1"));
            assert_eq!(
                (&told["outcome"], &told["state"]),
                (&json!("accepted"), &json!("open"))
            );
            let dispute = told["about"].as_str().unwrap().to_owned();
            let terms = service.lock().unwrap().disputes[0].document().terms.clone();
            assert_eq!(terms.unwrap().amount, 120_000);
            let listed = asked(bench, &service, &["disputes", "--bill", "B-1"]);
            assert!(listed.stdout.contains("1,200.00"), "{listed:#?}");
            let withdraw = ["disputes", "withdraw", &dispute, "--yes"];
            let ran = wattkey(bench, &service, &withdraw);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(
                service.lock().unwrap().disputes[1]
                    .document()
                    .terms
                    .is_none()
            );
            service.lock().unwrap().refuse = Some(ProblemType::Dispute);
            open("1").failed_in_json(40, "dispute-refused");
        },
    );
}

#[test]
fn a_notice_is_read_and_acknowledged_as_it_was_served() {
    run(
        "own::a_notice_is_read_and_acknowledged_as_it_was_served",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let shown = asked(bench, &service, &["notices", "show", NOTICE]);
            assert!(shown.stdout.contains("supply will be cut"), "{shown:#?}");
            let ran = wattkey(
                bench,
                &service,
                &["notices", "acknowledge", NOTICE, "--yes"],
            );
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(
                ran.stdout.contains("The acknowledgement is taken."),
                "{ran:#?}"
            );
            assert_eq!(service.lock().unwrap().acknowledgements.len(), 1);
            let listed = asked(bench, &service, &["notices", "--csv"]);
            assert!(listed.stdout.contains(",10100.00,Li Na"), "{listed:#?}");
        },
    );
}
