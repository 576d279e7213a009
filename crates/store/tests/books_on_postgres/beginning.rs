//! Deposits that begin in a file while something is posted into them, whatever the order of its
//! records. Those of opening balances the file has to itself before its first record is taken in; those
//! that begin with a surplus keep nobody waiting before its last one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use wattkey_domain::{AccountId, BankEvent, BillId, Currency};
use wattkey_store::{
    AcceptOutcome, BankEventOutcome, BankReport, BankSubject, FileOutcome, NumberedFile, Record,
    RecordSource, SourceError, Store,
};
use wattkey_test_postgres::Database;

use crate::world::{CUSTOMER, World, bill_id, bill_record, document_of, noon, order_id};

const DAY: &str = "2026-08-20";
const LIMIT: Duration = Duration::from_secs(10);

fn file_of_two() -> NumberedFile {
    NumberedFile {
        source: "marketing".to_owned(),
        number: 1,
        digest: [1; 32],
        records: 2,
        totals: "{}".to_owned(),
        signature: "a.b.c".to_owned(),
    }
}

type Posting = Arc<Mutex<Option<JoinHandle<BankEventOutcome>>>>;

/// Opening balances, each a piece of its own. Before the second one something is posted into the
/// deposit of the second, and must wait.
struct Balances {
    deposits: Vec<(AccountId, Currency)>,
    left: VecDeque<Record>,
    runtime: Handle,
    store: Store,
    database: Database,
    posting: Posting,
}

impl Balances {
    fn record((account, currency): &(AccountId, Currency)) -> Record {
        let line = format!(
            r#"{{"type":"opening-balance","account":"{account}","amount":500,"currency":"{currency}","as_of":"2026-08-01"}}"#
        );
        Record::parse(line.as_bytes()).unwrap()
    }

    fn post(&self) {
        let store = self.store.clone();
        let posting = self.runtime.spawn(async move {
            let booked = BankReport {
                reference: "fill 1".to_owned(),
                other_references: Vec::new(),
                subject: BankSubject::Order {
                    order: order_id(1),
                    event: BankEvent::Booked,
                    amount: None,
                    note: None,
                },
                now: noon(DAY),
            };
            store.apply_bank_event(booked).await.unwrap()
        });
        let waits = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let deadline = Instant::now() + LIMIT;
        while self.database.sql(waits) == "0" {
            let over = posting.is_finished();
            assert!(
                !over,
                "it did not wait for the file that begins its deposit"
            );
            assert!(Instant::now() < deadline, "nobody waits");
            std::thread::sleep(Duration::from_millis(10));
        }
        *self.posting.lock().unwrap() = Some(posting);
    }
}

impl RecordSource for Balances {
    fn begin(&mut self) -> Result<(), SourceError> {
        self.left = self.deposits.iter().map(Self::record).collect();
        Ok(())
    }

    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        if self.left.len() == 1 && self.posting.lock().unwrap().is_none() {
            self.post();
        }
        Ok(self.left.pop_front().into_iter().collect())
    }

    fn bills(&self) -> &[BillId] {
        &[]
    }

    fn deposits(&self) -> &[(AccountId, Currency)] {
        &self.deposits
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_locks_the_deposits_that_begin_in_it_before_its_first_record() {
    let world = World::new(&[]).await;
    let filling = world.filling(1, "C-1", 70, DAY);
    let taken = world.accept(filling).await;
    assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    let posting = Posting::default();
    let deposits = ["C-2", "C-1"].map(|account| (account.parse().unwrap(), Currency::CNY));
    let balances = Balances {
        deposits: deposits.to_vec(),
        left: VecDeque::new(),
        runtime: Handle::current(),
        store: world.store.clone(),
        database: world.place.database.clone(),
        posting: Arc::clone(&posting),
    };
    let file = file_of_two();
    let outcome =
        world
            .store
            .import_file(file, Box::new(balances), Arc::default(), noon("2026-08-26"));
    let outcome = outcome.await.unwrap();
    assert!(matches!(outcome, FileOutcome::Taken { .. }), "{outcome:?}");
    let posting = posting.lock().unwrap().take().unwrap();
    let posted = posting.await.unwrap();
    assert!(
        matches!(posted, BankEventOutcome::Moved { .. }),
        "{posted:?}"
    );
    assert_eq!(world.deposit("C-1").await, 570);
    assert_eq!(world.deposit("C-2").await, 500);
    world.assert_sound().await;
}

/// Payments of more than is open, each a piece of its own, of accounts in the wrong order. Before the
/// second one the first money comes into both deposits, and must not wait.
struct Surpluses {
    bills: Vec<BillId>,
    left: VecDeque<Record>,
    runtime: Handle,
    store: Store,
    begun: Arc<AtomicU32>,
    /// How many records are in.
    progress: Arc<AtomicU64>,
}

impl Surpluses {
    fn record(bill: &BillId) -> Record {
        let line = format!(
            r#"{{"type":"payment","bill":"{bill}","amount":130,"currency":"CNY","paid":"2026-08-20","channel":"counter","reference":"{bill}"}}"#
        );
        Record::parse(line.as_bytes()).unwrap()
    }

    fn post(&self) {
        let deadline = Instant::now() + LIMIT;
        while self.progress.load(Ordering::Relaxed) == 0 {
            assert!(Instant::now() < deadline, "the first record is not in");
            std::thread::sleep(Duration::from_millis(10));
        }
        for number in [1, 2] {
            let booked = BankReport {
                reference: format!("fill {number}"),
                other_references: Vec::new(),
                subject: BankSubject::Order {
                    order: order_id(number),
                    event: BankEvent::Booked,
                    amount: None,
                    note: None,
                },
                now: noon(DAY),
            };
            let posting = self.store.apply_bank_event(booked);
            let posted = async { tokio::time::timeout(LIMIT, posting).await };
            let posted = self.runtime.block_on(posted);
            let posted = posted.expect("it waits for the file").unwrap();
            assert!(
                matches!(posted, BankEventOutcome::Moved { .. }),
                "{posted:?}"
            );
        }
    }
}

impl RecordSource for Surpluses {
    fn begin(&mut self) -> Result<(), SourceError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.left = self.bills.iter().map(Self::record).collect();
        Ok(())
    }

    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        if self.left.len() == 1 && self.begun.load(Ordering::Relaxed) == 1 {
            self.post();
        }
        Ok(self.left.pop_front().into_iter().collect())
    }

    fn bills(&self) -> &[BillId] {
        &self.bills
    }

    fn deposits(&self) -> &[(AccountId, Currency)] {
        &[]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deposit_that_begins_with_a_surplus_keeps_nobody_waiting() {
    let world = World::new(&[("B-1", 100)]).await;
    let other = bill_record(&document_of("D-1", "C-2", CUSTOMER, "CNY", 100));
    let imported = world.store.import(vec![other], noon("2026-08-05")).await;
    assert_eq!(imported.unwrap().added, 1);
    for (number, account) in [(1, "C-1"), (2, "C-2")] {
        let filling = world.filling(number, account, 70, DAY);
        let taken = world.accept(filling).await;
        assert!(matches!(taken, AcceptOutcome::Accepted(_)), "{taken:?}");
    }
    let (begun, progress) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU64::new(0)));
    let surpluses = Surpluses {
        bills: ["D-1", "B-1"].map(bill_id).to_vec(),
        left: VecDeque::new(),
        runtime: Handle::current(),
        store: world.store.clone(),
        begun: Arc::clone(&begun),
        progress: Arc::clone(&progress),
    };
    let file = file_of_two();
    let now = noon("2026-08-26");
    let outcome = world
        .store
        .import_file(file, Box::new(surpluses), progress, now);
    let outcome = outcome.await.unwrap();
    assert!(matches!(outcome, FileOutcome::Taken { .. }), "{outcome:?}");
    // The deposits came meanwhile, so it was begun again; it had not kept them.
    assert_eq!(begun.load(Ordering::Relaxed), 2);
    assert_eq!(world.deposit("C-1").await, 100);
    assert_eq!(world.deposit("C-2").await, 100);
    world.assert_sound().await;
}
