//! The managers' listener: the issuing desk reads and extends the binding log.

use http::Method;
use jiff::ToSpan as _;
use wattkey_pki::Certificate;
use wattkey_protocol::binding::{SignedStep, Step, UnbindReason};
use wattkey_transport::Group;

use super::world::{Answer, Outgoing, World, customer, field, first_manager};
use crate::binding_log::Head;
use crate::testing::{AUDIENCE, Pki, UsbKey, after, now, sign, user};

pub(super) fn get(target: &str) -> Outgoing {
    Outgoing {
        method: Method::GET,
        target: target.to_owned(),
        fields: Vec::new(),
        body: Vec::new(),
        group: Group::X25519MlKem768,
    }
}

fn post(step: &str) -> Outgoing {
    Outgoing {
        method: Method::POST,
        fields: vec![field("content-type", "application/jose")],
        body: step.as_bytes().to_vec(),
        ..get("/v1/binding-steps")
    }
}

async fn append(world: &World, step: &SignedStep) -> Answer {
    world
        .manage(&world.manager.authentication, post(step.as_str()))
        .await
}

fn bind(world: &World, holder: wattkey_protocol::binding::Holder, key: &UsbKey) -> SignedStep {
    let step = Step::bind(
        after(world.writer.head, now()),
        AUDIENCE,
        holder,
        key.bound(),
    );
    sign(
        &step,
        &world.manager.signature,
        &world.manager.signature_signer,
    )
}

#[tokio::test]
async fn the_log_is_read_and_extended() {
    let world = World::new().await;
    let manager = &world.manager.authentication;
    let steps = world.manage(manager, get("/v1/binding-steps")).await.json();
    assert_eq!(steps["steps"].as_array().unwrap().len(), 4);
    assert_eq!(steps["more"], false);
    let rest = world
        .manage(manager, get("/v1/binding-steps?after=3"))
        .await
        .json();
    assert_eq!(rest["steps"][0], world.writer.steps[3].as_str());

    let key = world.pki.user_key("U10");
    let step = bind(&world, user(8, 0x70), &key);
    let answer = append(&world, &step).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.json(),
        serde_json::json!({"sequence": 5, "digest": step.digest()})
    );
    let user = super::world::Client::new(user(8, 0x70), key);
    assert_eq!(
        world.get(&user, "/v1/me").await.json()["user"]["name"],
        "Chen Yu"
    );
}

#[tokio::test]
async fn bindings_and_users_are_listed() {
    let world = World::new().await;
    let manager = &world.manager.authentication;
    let bindings = world.manage(manager, get("/v1/bindings")).await.json();
    insta::assert_json_snapshot!(World::redacted(bindings["items"][1].clone()), @r#"
    {
      "authentication": "[digest]",
      "bound": "2026-08-31T02:00:00Z",
      "customer": "00000000-0000-0000-0000-000000000070",
      "expires": "2027-08-31T02:00:00Z",
      "holder": {
        "id": "00000000-0000-0000-0000-000000000007",
        "name": "Li Na"
      },
      "kind": "user",
      "serial": "U7"
    }
    "#);
    assert_eq!(bindings["items"].as_array().unwrap().len(), 4);
    let users = world.manage(manager, get("/v1/users")).await.json();
    insta::assert_json_snapshot!(users, @r#"
    {
      "items": [
        {
          "customer": {
            "id": "00000000-0000-0000-0000-000000000070",
            "name": "Example Steel"
          },
          "keys": [
            "U8"
          ],
          "rights": [
            "view"
          ],
          "user": {
            "id": "00000000-0000-0000-0000-000000000008",
            "name": "Chen Yu"
          }
        },
        {
          "customer": {
            "id": "00000000-0000-0000-0000-000000000070",
            "name": "Example Steel"
          },
          "keys": [
            "U7"
          ],
          "rights": [
            "view",
            "prepare",
            "approve"
          ],
          "user": {
            "id": "00000000-0000-0000-0000-000000000007",
            "name": "Li Na"
          }
        },
        {
          "customer": {
            "id": "00000000-0000-0000-0000-000000000080",
            "name": "Example Hospital"
          },
          "keys": [
            "U9"
          ],
          "rights": [
            "view",
            "approve"
          ],
          "user": {
            "id": "00000000-0000-0000-0000-000000000009",
            "name": "Zhao Lei"
          }
        }
      ],
      "next": null
    }
    "#);
}

#[tokio::test]
async fn a_lost_key_is_reported_and_stops_at_once() {
    let world = World::new().await;
    assert_eq!(world.get(&world.li_na, "/v1/me").await.status, 200);
    let key = &world.li_na.key;
    let place = after(world.writer.head, now());
    let step = Step::unbind(
        place,
        AUDIENCE,
        &key.serial,
        key.authentication.thumbprint(),
        UnbindReason::Lost,
    );
    let step = sign(
        &step,
        &world.manager.signature,
        &world.manager.signature_signer,
    );
    assert_eq!(append(&world, &step).await.status, 201);
    assert_eq!(world.get(&world.li_na, "/v1/me").await.problem(), "unbound");
}

#[tokio::test]
async fn only_bound_managers_are_let_in() {
    let world = World::new().await;
    let stranger = world.pki.manager_key("M2");
    for target in ["/v1/binding-steps", "/v1/bindings", "/v1/users"] {
        let answer = |certificate: Certificate| async {
            world.manage(&{ certificate }, get(target)).await.problem()
        };
        assert_eq!(answer(stranger.authentication.clone()).await, "unbound");
        assert_eq!(
            answer(world.li_na.key.authentication.clone()).await,
            "certificate-role"
        );
        assert_eq!(
            answer(world.manager.signature.clone()).await,
            "certificate-role"
        );
        assert_eq!(
            answer(Pki::new().manager_key("M1").authentication).await,
            "unbound"
        );
    }
    let step = bind(&world, user(8, 0x70), &world.pki.user_key("U10"));
    let answer = world
        .manage(&stranger.authentication, post(step.as_str()))
        .await;
    assert_eq!(answer.problem(), "unbound");
}

#[tokio::test]
async fn the_first_manager_hands_in_the_step_of_the_authority() {
    let world = World::new().await;
    // All managers gone: the issuing CA may bind one again, who comes with the new key.
    let own = &world.manager;
    let place = after(world.writer.head, now());
    let step = Step::unbind(
        place,
        AUDIENCE,
        &own.serial,
        own.authentication.thumbprint(),
        UnbindReason::Left,
    );
    let step = sign(&step, &own.signature, &own.signature_signer);
    assert_eq!(append(&world, &step).await.status, 201);

    // Who was unbound stays out, also as the last: the key may be in a thief's hands.
    for target in ["/v1/binding-steps", "/v1/bindings", "/v1/users"] {
        let answer = world.manage(&own.authentication, get(target)).await;
        assert_eq!(answer.problem(), "unbound", "{target}");
    }
    // Who was never bound sees the log, to add to it, and nothing else.
    let next = world.pki.manager_key("M2");
    for (target, status) in [
        ("/v1/binding-steps", 200),
        ("/v1/bindings", 403),
        ("/v1/users", 403),
    ] {
        let answer = world.manage(&next.authentication, get(target)).await;
        assert_eq!(answer.status, status, "{target}");
    }

    let head = Head {
        sequence: 5,
        digest: step.digest(),
    };
    let step = Step::bind(after(head, now()), AUDIENCE, first_manager(), next.bound());
    let by_authority = sign(&step, &world.pki.users.certificate, &world.pki.users.signer);
    let answer = world
        .manage(&next.authentication, post(by_authority.as_str()))
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        world
            .manage(&own.authentication, get("/v1/users"))
            .await
            .problem(),
        "unbound"
    );
    assert_eq!(
        world
            .manage(&next.authentication, get("/v1/users"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn steps_that_do_not_fit_are_refused_with_a_reason() {
    let world = World::new().await;
    let key = world.pki.user_key("U10");
    let good = bind(&world, user(8, 0x70), &key);
    let refused = async |step: &SignedStep, reason: &str| {
        let answer = append(&world, step).await;
        assert_eq!(answer.problem(), "binding-step");
        assert_eq!(answer.member("sequence"), 4);
        let told = answer.member("reason").as_str().unwrap().to_owned();
        assert!(told.contains(reason), "{told}");
    };
    refused(&world.writer.steps[3], "number 4").await;
    refused(
        &bind(&world, user(8, 0x70), &world.li_na.key),
        "earlier step",
    )
    .await;
    refused(&bind(&world, user(99, 0x70), &key), "no user").await;
    refused(&bind(&world, user(8, 0x80), &key), "no user").await;
    let place = after(world.writer.head, now() + 6.minutes());
    let step = Step::bind(place, AUDIENCE, user(8, 0x70), key.bound());
    refused(
        &sign(
            &step,
            &world.manager.signature,
            &world.manager.signature_signer,
        ),
        "five minutes",
    )
    .await;
    refused(
        &sign(good.step(), &key.signature, &key.signature_signer),
        "no manager",
    )
    .await;

    assert_eq!(append(&world, &good).await.status, 201);
    let answer = append(&world, &good).await;
    assert_eq!(
        (answer.problem(), answer.member("sequence")),
        ("binding-step", 5.into())
    );
    let answer = world
        .manage(&world.manager.authentication, post("a.b.c"))
        .await;
    assert_eq!(answer.problem(), "binding-step");
    let other = post(good.as_str()).with("content-type", "text/plain");
    assert_eq!(
        world
            .manage(&world.manager.authentication, other)
            .await
            .problem(),
        "malformed"
    );
}

#[tokio::test]
async fn the_managers_listener_serves_no_bills() {
    let world = World::new().await;
    for target in ["/v1/me", "/v1/bills", "/v1/orders"] {
        assert_eq!(
            world
                .manage(&world.manager.authentication, get(target))
                .await
                .problem(),
            "route"
        );
    }
    assert_eq!(customer(0x70), world.li_na.holder.customer.unwrap());
}
