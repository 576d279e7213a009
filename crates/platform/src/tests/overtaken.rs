//! Keys that are unbound after everything was looked at and before it is posted. On PostgreSQL,
//! where somebody else can hold the engine up at just that place.

use std::time::{Duration, Instant};

use wattkey_domain::{Decision, OrderState};
use wattkey_pki::Digest;
use wattkey_store::{Location, PostgresSettings};
use wattkey_test_postgres::Database;

use crate::tests::routes::changes;
use crate::tests::world::{Answer, Outgoing, World};

const LIMIT: Duration = Duration::from_secs(10);

async fn world() -> (World, Database) {
    let database = Database::new();
    let settings = PostgresSettings::parse(&database.url()).unwrap();
    let location = Location::Postgres(settings);
    let world = World::on(tempfile::tempdir().unwrap(), &location).await;
    (world, database)
}

/// The statements of another program: it has the binding log to itself, waits until somebody waits
/// for it, adds a step and commits.
fn adding(sequence: u64, jws: &str) -> String {
    let digest = Digest::of(jws.as_bytes());
    let digest: String = digest
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "BEGIN;
         SELECT name FROM locks WHERE name = 'bindings' FOR UPDATE;
         SELECT pg_advisory_xact_lock(1);
         DO $$ BEGIN
             FOR look IN 1..1000 LOOP
                 PERFORM pg_stat_clear_snapshot();
                 EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock');
                 PERFORM pg_sleep(0.01);
             END LOOP;
         END $$;
         INSERT INTO binding_steps (sequence, jws, digest)
             VALUES ({sequence}, '{jws}', decode('{digest}', 'hex'));
         COMMIT"
    )
}

/// Sends a request; the writer's next step is in the log when it is to be posted.
async fn overtaken(world: &World, database: &Database, request: Outgoing) -> Answer {
    let sequence = world.app.store.binding_head().await.unwrap().sequence + 1;
    let step = &world.writer.steps[usize::try_from(sequence).unwrap() - 1];
    let statements = adding(sequence, step.as_str());
    let other = database.clone();
    let other = std::thread::spawn(move || other.sql(&statements));
    let deadline = Instant::now() + LIMIT;
    let has_it = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database
        WHERE locktype = 'advisory' AND granted AND datname = current_database()";
    while database.sql(has_it) != "1" {
        assert!(Instant::now() < deadline, "nobody has the binding log");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let answer = world.send(request).await;
    other.join().unwrap();
    answer
}

#[tokio::test]
async fn an_order_does_not_go_whose_signer_or_approver_is_unbound_meanwhile() {
    for (is_signer, problem) in [(true, "order-signature"), (false, "unbound")] {
        let (world, database) = world().await;
        let (mut world, people) = world.and_people().await;
        let order = world.order_of(&people.sun_li, 1, &["B-2"]).await;
        assert_eq!(world.pay(&people.sun_li, &order).await.status, 201);
        let document = world.decision(&people.wu_min, order.order, Decision::Approve);
        let signed = people.wu_min.sign_document(&document.await);
        let (target, id) = (
            format!("/v1/orders/{}/decisions", order.order),
            order.order.to_string(),
        );
        let wu_min = &people.wu_min;
        let request = wu_min.post_to(&target, signed.as_str(), &id, world.now());
        let unbound = if is_signer { &people.sun_li } else { wu_min };
        world.writer.unbind(&world.manager, &unbound.key);
        let answer = overtaken(&world, &database, request).await;
        assert_eq!(answer.problem(), problem);
        let kept = world.app.store.order(order.customer.id, order.order).await;
        let kept = kept.unwrap().unwrap();
        assert_eq!(kept.state, OrderState::AwaitingApproval);
        assert!(kept.decisions.is_empty());
        assert_eq!(world.sound().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_change_of_a_key_that_is_unbound_meanwhile_does_not_come_to_hold() {
    for (is_signer, problem) in [(true, "order-signature"), (false, "unbound")] {
        let (world, database) = world().await;
        let (mut world, people) = world.and_administrators().await;
        let (id, signed) = changes::waiting(&world, &people).await;
        let approve = changes::approval(&world, &people, &signed).await;
        let approve = people.he_ping.sign_document(&approve);
        let target = format!("/v1/changes/{id}/decisions");
        let request =
            people
                .he_ping
                .post_to(&target, approve.as_str(), &id.to_string(), world.now());
        let unbound = if is_signer {
            &people.ma_yun
        } else {
            &people.he_ping
        };
        world.writer.unbind(&world.manager, &unbound.key);
        let answer = overtaken(&world, &database, request).await;
        assert_eq!(answer.problem(), problem);
        let list = world.get(&people.lin_tao, "/v1/changes").await.json();
        assert_eq!(list["items"][0]["state"], "waiting");
        assert_eq!(world.sound().await, Vec::<String>::new());
    }
}
