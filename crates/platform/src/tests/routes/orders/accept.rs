//! `POST /v1/orders`: once, signed by whom it must be, of its time; what it claims is in `claims`.

mod claims;

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::SignedDuration;
use wattkey_domain::OrderId;
use wattkey_pki::jws;
use wattkey_protocol::fields;
use wattkey_protocol::order::{Order, Source, TYPE};
use wattkey_transport::Group;

use crate::auth::Caller;
use crate::routes::orders::accept::accept;
use crate::testing::now;
use crate::tests::world::{Answer, World, field};

/// Sends a changed order of Li Na's for B-1 and B-2.
async fn changed(world: &World, change: impl FnOnce(&mut Order)) -> Answer {
    let mut order = world.order(1, &["B-1", "B-2"]).await;
    change(&mut order);
    world
        .post(&world.li_na, &world.li_na.sign_order(&order))
        .await
}

async fn nothing_posted(world: &World) {
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.orders, 0);
    let bill = world.get(&world.li_na, "/v1/bills/B-2").await.json();
    assert_eq!(bill["state"], "open");
}

/// A request that was let in, and is overtaken by a step of the log before it posts.
async fn overtaken(world: &mut World, step: impl FnOnce(&mut World)) -> Result<u16, &'static str> {
    let order = world.li_na.sign_order(&world.order(1, &["B-1"]).await);
    let request = world.li_na.post(&order, now());
    let state = world.app.bindings().await.unwrap();
    let binding = state.binding(&world.li_na.key.authentication).unwrap();
    let caller = Caller {
        binding: Arc::clone(binding),
        log: state.head().sequence,
        customer: binding.holder.customer.unwrap(),
        group: Group::X25519MlKem768,
        now: now(),
    };
    step(world);
    world.store_steps().await;
    let mut headers = HeaderMap::new();
    for (name, value) in &request.fields {
        let name = HeaderName::try_from(name).unwrap();
        headers.insert(name, HeaderValue::from_bytes(value).unwrap());
    }
    accept(
        State(Arc::clone(&world.app)),
        Extension(caller),
        headers,
        request.body.into(),
    )
    .await
    .map(|answer| answer.status().as_u16())
    .map_err(|refusal| refusal.problem().kind().unwrap().name())
}

#[tokio::test]
async fn a_key_that_is_unbound_while_its_order_is_looked_at_posts_nothing() {
    let mut world = World::new().await;
    let outcome = overtaken(&mut world, |world| {
        world.writer.unbind(&world.manager, &world.li_na.key);
    });
    assert_eq!(outcome.await, Err("unbound"));
    let report = world.app.store.verify().await.unwrap();
    assert_eq!(report.orders, 0);
}

#[tokio::test]
async fn a_step_about_another_key_holds_up_no_order() {
    let mut world = World::new().await;
    let outcome = overtaken(&mut world, |world| {
        world.writer.unbind(&world.manager, &world.chen_yu.key);
    });
    assert_eq!(outcome.await, Ok(201));
}

#[tokio::test]
async fn an_order_is_accepted_once_however_often_it_comes() {
    let world = World::new().await;
    let order = world
        .li_na
        .sign_order(&world.order(1, &["B-1", "B-2"]).await);
    let first = world.post(&world.li_na, &order).await;
    assert_eq!(first.status, 201);
    insta::assert_json_snapshot!(World::redacted(first.json()), @r#"
    {
      "awaiting": null,
      "bills": [
        {
          "bill": "B-1",
          "penalty": 84000,
          "principal": 1000000
        },
        {
          "bill": "B-2",
          "penalty": 0,
          "principal": 2000000
        }
      ],
      "currency": "CNY",
      "decisions": [],
      "deposit": null,
      "digest": "[digest]",
      "execute": null,
      "history": [
        {
          "at": "2026-08-31T02:00:00Z",
          "journal": {
            "link": "[digest]",
            "sequence": 2
          },
          "state": "accepted"
        }
      ],
      "order": "00000000-0000-0000-0000-000000000001",
      "reference": "PO-4711",
      "refund": null,
      "source": {
        "kind": "mandate",
        "mandate": "M-1"
      },
      "state": "accepted",
      "total": 3084000,
      "user": {
        "id": "00000000-0000-0000-0000-000000000007",
        "name": "Li Na"
      }
    }
    "#);

    // The same document signed again has other bytes: ECDSA is randomised.
    let again = world.li_na.sign_order(order.order());
    assert_ne!(again.as_str(), order.as_str());
    for same in [&order, &again] {
        let answer = world.post(&world.li_na, same).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), first.json());
    }
    let report = world.app.store.verify().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.orders, 1);
}

#[tokio::test]
async fn an_expired_order_that_was_accepted_is_still_known() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-1"]).await);
    assert_eq!(world.post(&world.li_na, &order).await.status, 201);
    world.set_clock("2026-09-02T02:00:00Z");
    let li_na = world.li_na.renewed(world.now());
    let answer = world.post(&li_na, &order).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["state"].clone()),
        (200, "accepted".into())
    );
}

#[tokio::test]
async fn an_order_id_is_used_for_one_payload() {
    let world = World::new().await;
    let first = world.li_na.sign_order(&world.order(1, &["B-1"]).await);
    assert_eq!(world.post(&world.li_na, &first).await.status, 201);
    let second = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let answer = world.post(&world.li_na, &second).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    assert_eq!(answer.member("order_digest"), first.digest().to_string());
    // Another customer who guesses the id learns nothing of the order.
    let other = world
        .zhao_lei
        .sign_order(&world.order_of(&world.zhao_lei, 1, &["B-9"]).await);
    let answer = world.post(&world.zhao_lei, &other).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    assert!(answer.member("order_digest").is_null());
}

#[tokio::test]
async fn orders_need_the_hybrid_group() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let mut request = world.li_na.post(&order, now());
    request.group = Group::X25519;
    assert_eq!(world.send(request).await.problem(), "classical-group");
    let mut read = world.li_na.get("/v1/orders", now());
    read.group = Group::X25519;
    assert_eq!(world.send(read).await.status, 200);
    nothing_posted(&world).await;
}

#[tokio::test]
async fn only_the_bound_signature_key_signs() {
    let world = World::new().await;
    let order = world.order(1, &["B-2"]).await;
    let bytes = serde_json::to_vec(&order).unwrap();
    let (li_na, chen_yu) = (&world.li_na.key, &world.chen_yu.key);
    let by = |signer: &dyn wattkey_pki::Signer, certificate: &wattkey_pki::Certificate| {
        jws::sign_compact(signer, TYPE, certificate.thumbprint(), &bytes).unwrap()
    };
    let fresh = world.pki.user_key("U7");
    for (name, text) in [
        (
            "authentication key",
            by(&*li_na.authentication_signer, &li_na.authentication),
        ),
        (
            "authentication key under the other certificate",
            by(&*li_na.authentication_signer, &li_na.signature),
        ),
        (
            "another user's key",
            by(&*chen_yu.signature_signer, &chen_yu.signature),
        ),
        (
            "a certificate that is not bound",
            by(&*fresh.signature_signer, &fresh.signature),
        ),
    ] {
        let answer = world
            .send(world.li_na.post_text(&text, order.order, now()))
            .await;
        assert_eq!(answer.problem(), "order-signature", "{name}");
    }
    nothing_posted(&world).await;
}

#[tokio::test]
async fn the_certificate_that_comes_along_is_the_bound_one() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let name = "wattkey-signature-certificate";
    let other = fields::byte_sequence(world.chen_yu.key.signature.der());
    for value in [None, Some("x"), Some(other.as_str())] {
        let mut request = world.li_na.post(&order, now()).without(name);
        request.fields.extend(value.map(|value| field(name, value)));
        assert_eq!(
            world.send(request).await.problem(),
            "order-signature",
            "{value:?}"
        );
    }
    nothing_posted(&world).await;
}

#[tokio::test]
async fn the_order_is_the_caller_s_own() {
    let world = World::new().await;
    let other_user = changed(&world, |order| order.user.id = world.chen_yu.holder.id).await;
    assert_eq!(other_user.problem(), "order-signature");
    let other_customer = changed(&world, |order| {
        order.customer.id = crate::tests::world::customer(0x80);
    })
    .await;
    assert_eq!(other_customer.problem(), "order-signature");
    // Li Na's order through Chen Yu's session.
    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    assert_eq!(
        world.post(&world.chen_yu, &order).await.problem(),
        "order-signature"
    );
    // Chen Yu may look, not sign.
    let order = world
        .chen_yu
        .sign_order(&world.order_of(&world.chen_yu, 1, &["B-2"]).await);
    let answer = world.post(&world.chen_yu, &order).await;
    assert_eq!(answer.problem(), "right");
    assert_eq!(answer.member("right"), "prepare");
    nothing_posted(&world).await;
}

#[tokio::test]
async fn documents_that_break_section_9() {
    let world = World::new().await;
    let order = world.order(1, &["B-2"]).await;
    let good = serde_json::to_string(&order).unwrap();
    let key = &world.li_na.key;
    for (from, to) in [
        (r#""reference""#, r#""extra":1,"reference""#),
        (
            r#""reference":"PO-4711""#,
            r#""reference":"PO-4711","reference":"x""#,
        ),
        (r#""reference":"PO-4711","#, ""),
        (r#""total":2000000"#, r#""total":2000001"#),
        (r#""penalty":0"#, r#""penalty":0.0"#),
        (r#""period":"2026-07""#, r#""period":"2026-7""#),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let text = jws::sign_compact(
            &*key.signature_signer,
            TYPE,
            key.signature.thumbprint(),
            bad.as_bytes(),
        )
        .unwrap();
        let answer = world
            .send(world.li_na.post_text(&text, order.order, now()))
            .await;
        assert_eq!(answer.problem(), "order-malformed", "{to}");
        assert!(answer.member("reason").is_string(), "{to}");
    }
    let answer = world
        .send(world.li_na.post_text("a.b.c", order.order, now()))
        .await;
    assert_eq!(answer.problem(), "order-malformed");
    nothing_posted(&world).await;
}

/// The problem and its detail, which the log repeats.
#[tokio::test]
async fn what_is_said_of_a_bad_order_repeats_nothing_of_it() {
    let world = World::new().await;
    let order = world.order(1, &["B-2"]).await;
    let good = serde_json::to_string(&order).unwrap();
    let Source::Mandate {
        debtor_account: account,
        ..
    } = &order.source
    else {
        panic!("{order:?}");
    };
    let key = &world.li_na.key;
    for from in [
        r#""total":2000000"#,
        r#""period":"2026-07""#,
        r#""kind":"mandate""#,
        r#""bill":"B-2""#,
        r#""currency":"CNY""#,
        &format!(
            r#""created":"{}""#,
            wattkey_protocol::time::format(order.created)
        ),
    ] {
        let (name, _) = from.split_once(':').unwrap();
        let bad = good.replacen(from, &format!(r#"{name}:"{account}, x""#), 1);
        assert_ne!(bad, good, "{from}");
        let text = jws::sign_compact(
            &*key.signature_signer,
            TYPE,
            key.signature.thumbprint(),
            bad.as_bytes(),
        );
        let request = world.li_na.post_text(&text.unwrap(), order.order, now());
        let answer = world.send(request).await;
        assert_eq!(answer.problem(), "order-malformed", "{from}");
        let said = answer.text();
        assert!(said.contains("line 1 column"), "{said}");
        assert!(!said.contains(account.as_str()), "{said}");
    }
}

/// An import may hold the lock for longer than a statement waits.
#[tokio::test]
async fn while_another_process_holds_the_database_orders_are_unavailable() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let path = world.folder.path().join("books.sqlite");
    let import = rusqlite::Connection::open(path).unwrap();
    import.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = world.post(&world.li_na, &order).await;
    assert_eq!(answer.problem(), "unavailable");
    assert_eq!(answer.status, 503);
    import.execute_batch("ROLLBACK").unwrap();
    nothing_posted(&world).await;
    assert_eq!(world.post(&world.li_na, &order).await.status, 201);
}

#[tokio::test]
async fn names_and_audience_are_what_the_platform_says() {
    let world = World::new().await;
    let reason = async |change: fn(&mut Order)| {
        let answer = changed(&world, change).await;
        assert_eq!(answer.problem(), "order-malformed");
        answer.member("reason").as_str().unwrap().to_owned()
    };
    assert!(
        reason(|order| order.audience = "https://other.example".to_owned())
            .await
            .contains("audience")
    );
    assert!(
        reason(|order| order.customer.name = "Somebody".to_owned())
            .await
            .contains("customer.name")
    );
    assert!(
        reason(|order| order.user.name = "Somebody".to_owned())
            .await
            .contains("user.name")
    );
    nothing_posted(&world).await;
}

#[tokio::test]
async fn content_type_and_idempotency_key() {
    let world = World::new().await;
    let order = world.li_na.sign_order(&world.order(1, &["B-2"]).await);
    let other = OrderId::from_uuid(uuid::Uuid::from_u128(2));
    let answer = world
        .send(world.li_na.post_text(order.as_str(), other, now()))
        .await;
    assert_eq!(answer.problem(), "malformed");
    let mut request = world.li_na.post(&order, now());
    request
        .fields
        .retain(|(name, _)| !name.starts_with("signature") && name != "content-digest");
    request = request
        .without("client-cert")
        .without("wattkey-session")
        .without("wattkey-request");
    let request = world
        .li_na
        .sign(request.with("content-type", "application/json"), now());
    assert_eq!(world.send(request).await.problem(), "malformed");
    nothing_posted(&world).await;
}

#[tokio::test]
async fn an_order_has_its_time() {
    let world = World::new().await;
    let shifted = |seconds: i64, lifetime: i64| {
        move |order: &mut Order| {
            order.created = now() + SignedDuration::from_secs(seconds);
            order.expires = order.created + SignedDuration::from_secs(lifetime);
        }
    };
    assert_eq!(
        changed(&world, shifted(-60, 60)).await.problem(),
        "order-expired"
    );
    assert_eq!(
        changed(&world, shifted(-301, 900)).await.problem(),
        "order-expired"
    );
    assert_eq!(
        changed(&world, shifted(301, 900)).await.problem(),
        "order-malformed"
    );
    nothing_posted(&world).await;
    assert_eq!(changed(&world, shifted(-300, 900)).await.status, 201);
}
