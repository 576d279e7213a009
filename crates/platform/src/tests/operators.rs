//! What operators see.

use std::sync::Arc;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::bank::{notification, take, world_with_order};
use super::world::World;
use crate::metrics::ready;

async fn ask(world: &World, path: &str) -> (u16, String) {
    let router = wattkey_operators::router(world.app.metrics.all(), ready(Arc::clone(&world.app)));
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn requests_and_messages_are_counted_and_name_nobody() {
    let (world, order) = world_with_order().await;
    world.get(&world.li_na, "/v1/bills/B-1").await;
    world.get(&world.li_na, "/v1/nothing").await;
    take(&world, &notification(1, &order, "10840.00", |body| body)).await;
    take(&world, &notification(2, &order, "1.00", |body| body)).await;
    let (status, text) = ask(&world, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "wattkey_platform_gateways_requests_total{route=\"/v1/orders\",status=\"201\"} 1",
        "wattkey_platform_gateways_requests_total{route=\"/v1/bills/{bill}\",status=\"200\"} 2",
        "wattkey_platform_gateways_requests_total{route=\"none\",status=\"404\"} 1",
        "wattkey_platform_bank_messages_total{kind=\"camt.054\"} 2",
        "wattkey_platform_bank_reports_total 2",
        "wattkey_platform_bank_listed_total 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    for secret in ["B-1", "Li Na", &order.order.to_string()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_platform_is_ready_when_it_can_serve() {
    let world = World::new().await;
    let good = "database: good\nbinding-log: good\ncheckpoints: good\npayee: good\n";
    assert_eq!(ask(&world, "/readyz").await, (200, good.to_owned()));
}
