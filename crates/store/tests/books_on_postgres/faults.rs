//! Two platforms on one database, backends that end, a server that is killed, commits that nobody
//! hears of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use wattkey_domain::OrderState;
use wattkey_store::{
    AcceptOrder, AcceptOutcome, AppendOutcome, BindingStep, Location, OrderPosted,
    PostgresSettings, Store, StoreError,
};
use wattkey_test_postgres::{Cut, Database, Proxy, Server};

use crate::place::Place;
use crate::world::{CUSTOMER, World, noon, order_id};

/// How long a caller repeats its order until it knows what became of it.
const PATIENCE: Duration = Duration::from_secs(40);
const DAY: &str = "2026-09-01";

fn open(url: &str) -> Store {
    let settings = PostgresSettings::parse(url)
        .unwrap()
        .timeouts(Duration::from_secs(3), Duration::from_secs(2));
    Store::open_at(&Location::Postgres(settings)).unwrap()
}

async fn world_with(place: Place, bills: usize) -> (World, Vec<AcceptOrder>) {
    let names: Vec<_> = (0..bills).map(|n| format!("B-{n}")).collect();
    let bills: Vec<_> = names.iter().map(|name| (name.as_str(), 10_000)).collect();
    let world = World::at(place, &bills).await;
    let mut orders = Vec::new();
    for (number, name) in (1..).zip(&names) {
        orders.push(world.order(number, &[name], noon(DAY)).await);
    }
    (world, orders)
}

/// Sends an order until the answer is known, as a client does: the same order, the same id.
async fn insist(store: Store, order: AcceptOrder) -> AcceptOutcome {
    let end = Instant::now() + PATIENCE;
    loop {
        match store.accept_order(order.clone()).await {
            Ok(outcome) => return outcome,
            Err(error) => {
                assert!(Instant::now() < end, "{error:?}");
                sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

fn posted(outcome: &AcceptOutcome) -> OrderPosted {
    match outcome {
        AcceptOutcome::Accepted(posted) | AcceptOutcome::Exists(posted) => *posted,
        other => panic!("{other:?}"),
    }
}

/// Every order is in the books, once, and where its caller was told.
async fn assert_each_posted_once(world: &World, store: &Store, told: &[OrderPosted]) {
    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.orders, told.len() as u64);
    for (number, told) in (1..).zip(told) {
        let record = store.order(CUSTOMER, order_id(number)).await.unwrap();
        let record = record.unwrap();
        assert_eq!(record.state, OrderState::Accepted);
        assert_eq!(record.history.len(), 1);
        assert_eq!(record.history[0].journal, told.journal);
    }
    let transfers = world.place.rows(
        "SELECT count(*), count(DISTINCT subject) FROM transfers WHERE event = 'order-accepted'",
    );
    assert_eq!(transfers, [format!("{0}|{0}", told.len())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_platforms_race_for_one_bill() {
    const CALLERS: u128 = 24;
    let world = World::new(&[("B-1", 10_000), ("B-2", 10_000)]).await;
    let stores = [world.store.clone(), world.place.open()];
    let mut callers = Vec::new();
    for number in 1..=CALLERS {
        let bills: &[&str] = if number % 3 == 0 {
            &["B-2", "B-1"]
        } else {
            &["B-1", "B-2"]
        };
        let order = world.order(number, bills, noon(DAY)).await;
        let store = stores[usize::try_from(number % 2).unwrap()].clone();
        callers.push(tokio::spawn(insist(store, order)));
    }
    let (mut winners, mut holders) = (Vec::new(), Vec::new());
    for (number, caller) in (1..).zip(callers) {
        match caller.await.unwrap() {
            AcceptOutcome::Accepted(_) => winners.push(order_id(number)),
            AcceptOutcome::BillClaimed { order, .. } => holders.push(order),
            other => panic!("{other:?}"),
        }
    }
    holders.dedup();
    assert_eq!(winners.len(), 1);
    assert_eq!(holders, winners);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_order_on_two_platforms() {
    let (world, orders) = world_with(Place::new(), 40).await;
    let other = world.place.open();
    let mut told = Vec::new();
    for order in orders {
        let (one, two) = tokio::join!(
            tokio::spawn(insist(world.store.clone(), order.clone())),
            tokio::spawn(insist(other.clone(), order))
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        let accepted = |outcome: &AcceptOutcome| matches!(outcome, AcceptOutcome::Accepted(_));
        assert!(accepted(&one) != accepted(&two), "{one:?} {two:?}");
        assert_eq!(posted(&one).journal, posted(&two).journal);
        told.push(posted(&one));
    }
    assert_each_posted_once(&world, &other, &told).await;
}

/// Both platforms take orders while the backends of one are ended again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_platform_loses_its_backends_and_the_other_goes_on() {
    let place = Place::new();
    let database = place.database.clone();
    let (world, orders) = world_with(place, 240).await;
    let unlucky = open(&format!("{}?application_name=unlucky", database.url()));
    let stop = Arc::new(AtomicBool::new(false));
    let killer = std::thread::spawn({
        let (stop, database) = (Arc::clone(&stop), database.clone());
        move || {
            let mut ended = 0;
            while !stop.load(Ordering::SeqCst) {
                let rows = database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'unlucky'");
                ended += rows.lines().count();
                std::thread::sleep(Duration::from_millis(15));
            }
            ended
        }
    });
    let mut told = Vec::new();
    for round in orders.chunks(24) {
        let callers = round.iter().enumerate().map(|(index, order)| {
            let store = if index % 2 == 0 {
                &unlucky
            } else {
                &world.store
            };
            tokio::spawn(insist(store.clone(), order.clone()))
        });
        for caller in callers.collect::<Vec<JoinHandle<_>>>() {
            told.push(posted(&caller.await.unwrap()));
        }
    }
    stop.store(true, Ordering::SeqCst);
    assert!(killer.join().unwrap() > 3);
    assert_each_posted_once(&world, &world.store, &told).await;
}

/// What was acknowledged before the server was killed is there when it is back, and once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_server_is_killed_under_load() {
    const KILLS: usize = 3;
    let mut server = Server::start();
    let database: Database = server.database();
    let (world, orders) = world_with(
        Place {
            database: database.clone(),
        },
        400,
    )
    .await;
    let other = open(&database.url());
    let mut callers = Vec::new();
    for (index, order) in orders.into_iter().enumerate() {
        let store = if index % 2 == 0 {
            world.store.clone()
        } else {
            other.clone()
        };
        callers.push(tokio::spawn(async move {
            sleep(Duration::from_millis(index as u64 * 4)).await;
            insist(store, order).await
        }));
    }
    let killer = tokio::task::spawn_blocking(move || {
        for _ in 0..KILLS {
            std::thread::sleep(Duration::from_millis(fastrand::u64(100..400)));
            server.kill();
            server.restart();
        }
        server
    });
    let mut told = Vec::new();
    for caller in callers {
        told.push(posted(&caller.await.unwrap()));
    }
    let server = killer.await.unwrap();
    assert_each_posted_once(&world, &world.store, &told).await;
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_nobody_heard_of() {
    let place = Place::new();
    let proxy = Proxy::start(place.database.port());
    let url = place.database.url_through(proxy.port());
    let (world, orders) = world_with(place, 3).await;
    let store = open(&url);
    let cuts = [Cut::BeforeCommit, Cut::AfterCommit, Cut::SilentAfterCommit];
    let mut told = Vec::new();
    for (order, cut) in orders.into_iter().zip(cuts) {
        proxy.cut_next_commit(cut);
        let error = store.accept_order(order.clone()).await.unwrap_err();
        assert!(proxy.has_cut());
        // Neither yes nor no, and the caller is told so.
        assert!(error.is_unknown(), "{cut:?}: {error:?}");
        let outcome = insist(store.clone(), order).await;
        match cut {
            Cut::BeforeCommit => assert!(matches!(outcome, AcceptOutcome::Accepted(_))),
            _ => assert!(matches!(outcome, AcceptOutcome::Exists(_)), "{outcome:?}"),
        }
        told.push(posted(&outcome));
    }
    assert_each_posted_once(&world, &world.store, &told).await;
}

/// Somebody holds one bill; the orders that only came at the same time do not wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bill_that_is_held_fails_no_other_order() {
    let (world, orders) = world_with(Place::new(), 12).await;
    let store = world.place.open();
    let place = Arc::clone(&world.place);
    let holder = std::thread::spawn(move || {
        let hold = "BEGIN; SELECT id FROM bills WHERE id = 'B-0' FOR UPDATE;
                    SELECT pg_sleep(10); ROLLBACK";
        place.try_sql(hold)
    });
    let is_held = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while world.place.rows(is_held).is_empty() {
        sleep(Duration::from_millis(20)).await;
    }
    let mut callers = Vec::new();
    for order in orders {
        let store = store.clone();
        callers.push(tokio::spawn(async move { store.accept_order(order).await }));
    }
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    let (first, others) = answers.split_first().unwrap();
    assert!(first.as_ref().is_err_and(StoreError::is_busy), "{first:?}");
    for other in others {
        posted(other.as_ref().unwrap());
    }
    holder.join().unwrap().unwrap();
    world.assert_sound().await;
}

/// Platforms that always have orders share the lock of the binding log all the time; a step gets in
/// all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_binding_step_gets_in_between_busy_platforms() {
    const PLATFORMS: usize = 3;
    const SOON: Duration = Duration::from_secs(3);
    let (world, orders) = world_with(Place::new(), PLATFORMS).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut busy = Vec::new();
    for order in orders {
        let (stop, store) = (Arc::clone(&stop), world.place.open());
        busy.push(tokio::spawn(async move {
            let mut answers = 0;
            while !stop.load(Ordering::SeqCst) {
                // Sent again and again: each time a batch of its own that looks at the log.
                let answer = store.accept_order(order.clone()).await;
                answers += u32::from(answer.is_ok());
            }
            answers
        }));
    }
    let mut longest = Duration::ZERO;
    for sequence in 1..=5 {
        let step = BindingStep {
            sequence,
            jws: format!("step {sequence}"),
        };
        let begun = Instant::now();
        let appended = world.store.append_binding_step(step).await;
        assert!(
            matches!(appended, Ok(AppendOutcome::Appended(_))),
            "{appended:?}"
        );
        longest = longest.max(begun.elapsed());
    }
    stop.store(true, Ordering::SeqCst);
    for platform in busy {
        assert!(platform.await.unwrap() > 0);
    }
    println!("a step waited {longest:?} at most");
    assert!(longest < SOON, "{longest:?}");
}
