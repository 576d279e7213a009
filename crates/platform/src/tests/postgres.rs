//! The platform on PostgreSQL: what the store's own suite does not see of it.

use wattkey_store::{Location, PostgresSettings, Store};
use wattkey_test_postgres::Database;

use super::world::World;
use crate::binding_log::HeadFile;
use crate::checkpoints;

#[tokio::test]
async fn a_payment() {
    let database = Database::new();
    let settings = PostgresSettings::parse(&database.url()).unwrap();
    let location = Location::Postgres(settings);
    let world = World::on(tempfile::tempdir().unwrap(), &location).await;
    let order = world.order(1, &["B-1", "B-2"]).await;
    let signed = world.li_na.sign_order(&order);
    let first = world.post(&world.li_na, &signed).await;
    assert_eq!(first.status, 201);
    let again = world.post(&world.li_na, &signed).await;
    assert_eq!(again.status, 200);
    assert_eq!(first.json(), again.json());

    // Another platform, whose answer rests on what it finds: it commits before it tells.
    let other = Store::open_at(&location).unwrap();
    let before = other.counters().commits;
    let customer = order.customer.id;
    let found = other.order(customer, order.order).await.unwrap();
    assert_eq!(found.map(|found| found.order), Some(order.order));
    assert_eq!(other.counters().commits, before + 1);
    let file = HeadFile::of_checkpoints(world.folder.path(), world.pki.services.anchor());
    assert_eq!(checkpoints::make(&world.app, &file).await.unwrap(), Some(1));
    let audit = checkpoints::audit(&other, &file).await.unwrap();
    assert_eq!((audit.signed, audit.problems.len()), (1, 0));
    let report = other.verify().await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!((report.orders, report.checkpoints), (1, 1));
}
