//! The commands that sign: wider orders, decisions on orders of others, standing instructions.

use serde_json::{Value, json};
use wattkey_client::journal::{Journal, Key, Standing};
use wattkey_domain::{CreditorReference, Decision};
use wattkey_protocol::order::{Order, Source};
use wattkey_protocol::problem::ProblemType;

use crate::bench::{Bench, Issue, PIN, Ran, SOFTHSM, run};
use crate::gateway::{Gateway, Running};
use crate::signed_world::{Lose, Shared, decided, reactions, service, with_colleagues_order};
use crate::terminal;

const PINS: [&str; 4] = ["--pin-fd", "0", "--sign-pin-fd", "0"];

/// Runs the program against this service.
pub(crate) fn wattkey(bench: &Bench, service: &Shared, arguments: &[&str]) -> Ran {
    with_server(bench, service, |bench| {
        let all: Vec<&str> = arguments.iter().copied().chain(PINS).collect();
        bench.wattkey(&all, &format!("{PIN}\n{PIN}\n"))
    })
}

/// The same without a signature.
pub(crate) fn asked(bench: &Bench, service: &Shared, arguments: &[&str]) -> Ran {
    with_server(bench, service, |bench| {
        let all: Vec<&str> = arguments.iter().copied().chain(["--pin-fd", "0"]).collect();
        bench.wattkey(&all, &format!("{PIN}\n"))
    })
}

pub(crate) fn with_server<T>(bench: &Bench, service: &Shared, body: impl FnOnce(&Bench) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server: Running = Gateway::genuine(bench)
            .start(bench, reactions(service))
            .await;
        bench.configure_server(SOFTHSM, &server.address);
        tokio::task::block_in_place(|| body(bench))
    })
}

pub(crate) fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn only_order(service: &Shared) -> Order {
    let service = service.lock().unwrap();
    assert_eq!(service.orders.len(), 1);
    service.orders[0].order().clone()
}

pub(crate) fn journal(bench: &Bench) -> Journal {
    Journal::open(&bench.folder().join("journal")).unwrap()
}

#[test]
fn a_part_of_a_bill_and_the_deposit_by_transfer() {
    run(
        "signed::a_part_of_a_bill_and_the_deposit_by_transfer",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let file = bench.folder().join("transfer.xml");
            let ran = wattkey(
                bench,
                &service,
                &[
                    "pay",
                    "--amount",
                    "B-1=5000.00",
                    "--to-deposit",
                    "C-2=10.00",
                    "--by-transfer",
                    "--save-transfer",
                    file.to_str().unwrap(),
                    "--yes",
                    "--expect-total",
                    "5060.00",
                ],
            );
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let order = only_order(&service);
            let paid = &order.bills[0];
            assert_eq!(
                (paid.principal, paid.penalty, order.total),
                (500_000, 5_000, 506_000)
            );
            let deposit = order.deposit.as_ref().unwrap();
            assert_eq!((deposit.account.as_str(), deposit.amount), ("C-2", 1_000));
            let reference = CreditorReference::for_order(&order.order);
            assert_eq!(
                order.source,
                Source::Transfer {
                    creditor_reference: reference.as_str().to_owned()
                }
            );
            // Shown before it was signed, and told afterwards as it is copied from paper.
            assert!(ran.stdout.contains(reference.as_str()), "{ran:#?}");
            assert!(ran.stderr.contains(&reference.printed()), "{ran:#?}");
            assert!(ran.stderr.contains("5,060.00"), "{ran:#?}");
            assert_eq!(std::fs::read(&file).unwrap(), b"<Document/>");
            let entries = journal(bench).list().unwrap().entries;
            assert_eq!(entries[0].key, order.order.into());
            let state = "accepted".to_owned();
            assert_eq!(entries[0].standing(), Standing::Accepted { state });
        },
    );
}

#[test]
fn an_amount_goes_to_the_oldest_bills_first() {
    run(
        "signed::an_amount_goes_to_the_oldest_bills_first",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            // The older bill takes 10,100.00 with its penalty; 1,010.00 are a part of the other.
            let pay = |amount: &'static str, total: &'static str| {
                let arguments = [
                    "pay",
                    "--oldest-first",
                    amount,
                    "--yes",
                    "--expect-total",
                    total,
                ];
                wattkey(bench, &service, &arguments)
            };
            let ran = pay("11110.00", "11110.00");
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let order = only_order(&service);
            let parts = order.bills.iter();
            let parts: Vec<_> = parts
                .map(|bill| (bill.bill.as_str(), bill.principal))
                .collect();
            assert_eq!(parts, [("B-1", 1_000_000), ("B-2", 100_000)]);
            // More than all that is open: what is left is said.
            let ran = pay("13000.00", "12120.00");
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(ran.stderr.contains("880.00"), "{ran:#?}");
            // Or goes into a deposit, in the same order.
            let rest = [
                "pay",
                "--oldest-first",
                "13000.00",
                "--rest-to-deposit",
                "C-2",
                "--yes",
                "--expect-total",
                "13000.00",
            ];
            assert_eq!(wattkey(bench, &service, &rest).code, Some(0));
            let deposit = service.lock().unwrap().orders[2].order().deposit.clone();
            assert_eq!(deposit.unwrap().amount, 88_000);
            pay("12.3", "0.01").failed(2, "\"12.3\" is not an amount");
        },
    );
}

#[test]
fn all_that_is_due_is_scheduled_or_paid_from_the_deposit() {
    run(
        "signed::all_that_is_due_is_scheduled_or_paid_from_the_deposit",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            let agreed = ["--yes", "--expect-total", "12120.00"];
            let all = |more: &[&'static str]| {
                let start = ["pay", "--all-due", "--account", "C-1"];
                let arguments: Vec<&str> = start
                    .into_iter()
                    .chain(more.to_vec())
                    .chain(agreed)
                    .collect();
                wattkey(bench, &service, &arguments)
            };
            assert_eq!(all(&["--on", "2027-01-15"]).code, Some(0));
            let order = only_order(&service);
            assert_eq!(order.execute.unwrap().to_string(), "2027-01-15");
            assert_eq!(order.bills.len(), 2);
            let ran = all(&["--from-deposit", "C-1"]);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let source = service.lock().unwrap().orders[1].order().source.clone();
            let account = "C-1".parse().unwrap();
            assert_eq!(source, Source::Deposit { account });
            service.lock().unwrap().refuse = Some(ProblemType::Deposit);
            all(&["--from-deposit", "C-1"]).failed(40, "has too little");
            service.lock().unwrap().refuse = Some(ProblemType::ExecuteDay);
            all(&["--on", "2027-01-15"]).failed(40, "1 to 90 days ahead");
            // What cannot be is not signed.
            let count = service.lock().unwrap().orders.len();
            all(&["--on", "2028-01-15"]).failed(2, "no day that a collection");
            assert_eq!(service.lock().unwrap().orders.len(), count);
        },
    );
}

#[test]
fn a_deposit_is_topped_up_listed_and_paid_out() {
    run(
        "signed::a_deposit_is_topped_up_listed_and_paid_out",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            service.lock().unwrap().limits =
                json!({"day": 10_000_000, "alone": 9_999, "used": 5, "currency": "CNY"});
            service.lock().unwrap().state = "awaiting-approval";
            let top_up = [
                "top-up",
                "C-1",
                "100.00",
                "--yes",
                "--expect-total",
                "100.00",
            ];
            let ran = wattkey(bench, &service, &top_up);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(
                ran.stderr.contains("another person has to approve"),
                "{ran:#?}"
            );
            assert!(ran.stdout.contains("waits for the approval"), "{ran:#?}");
            let order = only_order(&service);
            assert!(order.bills.is_empty());
            assert_eq!(order.deposit.unwrap().amount, 10_000);

            let refund = ["refund", "C-1", "50.00", "--yes", "--expect-total", "50.00"];
            let ran = wattkey(bench, &service, &refund);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let refund = service.lock().unwrap().orders[1]
                .order()
                .refund
                .clone()
                .unwrap();
            assert_eq!((refund.mandate.as_str(), refund.amount), ("M-1", 5_000));
            let ran = asked(bench, &service, &["deposits", "--json"]);
            assert_eq!(json(&ran)["deposits"][0]["balance"], 70_000);
            let ran = asked(bench, &service, &["whoami"]);
            assert!(ran.stdout.contains("100,000.00"), "{ran:#?}");
            let nowhere = ["top-up", "C-9", "1.00", "--yes", "--expect-total", "1.00"];
            wattkey(bench, &service, &nowhere).failed(45, "no contract account C-9");
        },
    );
}

fn colleagues_order(service: &Shared) -> String {
    let service = service.lock().unwrap();
    let (signed, _) = service.colleagues.as_ref().unwrap();
    signed.order().order.to_string()
}

#[test]
fn an_approver_sees_what_was_signed_and_signs_its_digest() {
    run(
        "signed::an_approver_sees_what_was_signed_and_signs_its_digest",
        |bench| {
            bench.key(&Issue::default());
            let service = with_colleagues_order(bench, true);
            let order = colleagues_order(&service);
            let ran = asked(bench, &service, &["approvals", "--json"]);
            assert_eq!(json(&ran)["approvals"][0]["order"], order);

            let approve = ["approve", &order, "--yes", "--expect-total", "12369.69"];
            let ran = wattkey(bench, &service, &approve);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            let (digest, document) = {
                let service = service.lock().unwrap();
                let (signed, _) = service.colleagues.as_ref().unwrap();
                let document = service.decisions[0].document().clone();
                (signed.digest(), document)
            };
            assert_eq!(document.order_digest, digest);
            assert_eq!(document.decision, Decision::Approve);
            for shown in [
                "Zhao Lei",
                "B-1",
                "4b1d0c2e",
                &digest.to_string(),
                "approved",
            ] {
                assert!(ran.stdout.contains(shown), "{shown}: {ran:#?}");
            }
            let entries = journal(bench).list().unwrap().entries;
            assert!(matches!(entries[0].key, Key::Decision(_)), "{entries:?}");
            assert!(!entries[0].is_unresolved());
            let wrong = ["refuse", &order, "--yes", "--expect-total", "1.00"];
            wattkey(bench, &service, &wrong).failed(42, "The total is 12369.69");
            assert_eq!(decided(&service).len(), 1);
        },
    );
}

#[test]
fn an_order_that_is_not_genuine_is_not_decided_on() {
    run(
        "signed::an_order_that_is_not_genuine_is_not_decided_on",
        |bench| {
            bench.key(&Issue::default());
            // Signed with a key that somebody else issued.
            let service = with_colleagues_order(bench, false);
            let order = colleagues_order(&service);
            let approve = ["approve", &order, "--yes", "--expect-total", "12369.69"];
            wattkey(bench, &service, &approve).failed(44, "cannot be trusted");
            // Signed with one of ours, but the certificate is another one of ours.
            let service = with_colleagues_order(bench, true);
            let other = bench.colleague(true);
            service.lock().unwrap().colleagues.as_mut().unwrap().1 = other;
            let order = colleagues_order(&service);
            let approve = ["approve", &order, "--yes", "--expect-total", "12369.69"];
            wattkey(bench, &service, &approve).failed(44, "its signature");
            assert!(decided(&service).is_empty());
            assert!(journal(bench).list().unwrap().entries.is_empty());
        },
    );
}

#[test]
fn a_decision_is_typed_and_shown_first() {
    run("signed::a_decision_is_typed_and_shown_first", |bench| {
        bench.key(&Issue::default());
        let service = with_colleagues_order(bench, true);
        let order = colleagues_order(&service);
        let dialogue =
            |total: &'static str| [("PIN of the USB key", PIN), ("to refuse the order", total)];
        let screen = with_server(bench, &service, |bench| {
            terminal::type_in_and_aloud(bench, &["refuse", &order], &dialogue("no"))
        });
        assert!(screen.contains("was not confirmed"), "{screen}");
        assert!(decided(&service).is_empty());
    });
}

#[test]
fn a_lost_answer_to_a_decision_is_resolved_by_asking() {
    run(
        "signed::a_lost_answer_to_a_decision_is_resolved_by_asking",
        |bench| {
            bench.key(&Issue::default());
            for lose in [Lose::Answer, Lose::Request] {
                let service = with_colleagues_order(bench, true);
                service.lock().unwrap().lose = Some(lose);
                let order = colleagues_order(&service);
                let cancel = [
                    "cancel",
                    &order,
                    "--yes",
                    "--expect-total",
                    "12369.69",
                    "--json",
                ];
                let told = json(&wattkey(bench, &service, &cancel));
                assert_eq!(
                    (&told["outcome"], &told["state"]),
                    (&json!("accepted"), &json!("cancelled"))
                );
                assert_eq!(decided(&service), [Decision::Cancel], "taken once");
                std::fs::remove_dir_all(bench.folder().join("journal")).unwrap();
            }
        },
    );
}

#[test]
fn a_refused_decision_is_an_outcome() {
    run("signed::a_refused_decision_is_an_outcome", |bench| {
        bench.key(&Issue::default());
        let service = with_colleagues_order(bench, true);
        let order = colleagues_order(&service);
        for (kind, says) in [
            (ProblemType::OwnOrder, "does not decide on it"),
            (ProblemType::AlreadySent, "the bank has the order already"),
            (ProblemType::Lapsed, "not decided in time"),
        ] {
            service.lock().unwrap().refuse = Some(kind);
            let approve = ["approve", &order, "--yes", "--expect-total", "12369.69"];
            wattkey(bench, &service, &approve).failed(40, says);
        }
        let entries = journal(bench).list().unwrap().entries;
        assert!(
            entries.iter().all(|entry| !entry.is_unresolved()),
            "{entries:?}"
        );
    });
}

#[test]
fn a_standing_instruction_is_given_listed_and_ended() {
    run(
        "signed::a_standing_instruction_is_given_listed_and_ended",
        |bench| {
            bench.key(&Issue::default());
            let service = service();
            service.lock().unwrap().lose = Some(Lose::Answer);
            let give = [
                "standing",
                "give",
                "C-1",
                "--account",
                "C-1",
                "--account",
                "C-2",
                "--most",
                "50000.00",
                "--keep",
                "10.00",
                "--until",
                "2099-12-31",
                "--yes",
                "--json",
            ];
            let told = json(&wattkey(bench, &service, &give));
            assert_eq!(told["state"], "in-force");
            let terms = &told["standing_instruction"]["terms"];
            assert_eq!(
                (&terms["most"], &terms["keep"]),
                (&json!(5_000_000), &json!(1_000))
            );
            let id = told["instruction"].as_str().unwrap().to_owned();
            let listed = asked(bench, &service, &["standing", "list"]);
            for shown in [id.as_str(), "50,000.00", "C-2", "in force", "2099-12-31"] {
                assert!(listed.stdout.contains(shown), "{shown}: {listed:#?}");
            }
            let ran = wattkey(bench, &service, &["standing", "end", &id, "--yes"]);
            assert_eq!(ran.code, Some(0), "{ran:#?}");
            assert!(ran.stdout.contains("ended"), "{ran:#?}");
            let end = ["standing", "end", &id, "--yes"];
            wattkey(bench, &service, &end).failed(45, "has ended already");
            assert_eq!(service.lock().unwrap().instructions.len(), 2);
            let entries = journal(bench).list().unwrap().entries;
            assert_eq!(entries.len(), 2);
            assert!(
                entries
                    .iter()
                    .all(|entry| matches!(entry.key, Key::Instruction(_)))
            );
        },
    );
}

/// What is of unknown outcome of every kind is found out with one command.
#[test]
fn all_kinds_are_resumed() {
    run("signed::all_kinds_are_resumed", |bench| {
        bench.key(&Issue::default());
        let service = with_colleagues_order(bench, true);
        let order = colleagues_order(&service);
        // The server is gone when the answer is asked for.
        let lost = |arguments: &[&str]| {
            service.lock().unwrap().lose = Some(Lose::Answer);
            let all: Vec<&str> = arguments.iter().copied().chain(PINS).collect();
            with_server(bench, &service, |bench| {
                bench.wattkey(&all, &format!("{PIN}\n{PIN}\n"))
            })
        };
        let approve = [
            "approve",
            order.as_str(),
            "--yes",
            "--expect-total",
            "12369.69",
        ];
        assert_eq!(lost(&approve).code, Some(0));
        // As if the program had been killed before it knew.
        let journal = journal(bench);
        let entry = journal.list().unwrap().entries.remove(0);
        let other = bench
            .folder()
            .join("journal")
            .join(format!("{}.json", entry.key));
        std::fs::remove_file(&other).unwrap();
        journal
            .record_signed(entry.key, &entry.signed, entry.signed_at())
            .unwrap();
        let again = [
            "approve",
            order.as_str(),
            "--yes",
            "--expect-total",
            "12369.69",
        ];
        wattkey(bench, &service, &again).failed(41, "of unknown outcome");
        let ran = asked(bench, &service, &["pay", "--resume", "--json"]);
        let told = json(&ran);
        assert_eq!(told["decisions"][0]["outcome"], "accepted");
        assert_eq!(told["decisions"][0]["decision"], "approve");
        assert_eq!(told["orders"], json!([]));
        assert_eq!(decided(&service).len(), 1);
    });
}
