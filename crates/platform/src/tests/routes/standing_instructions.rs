//! `/v1/standing-instructions`, and what the schedule does under them.

use jiff::Timestamp;
use wattkey_domain::InstructionId;
use wattkey_protocol::order::Named;
use wattkey_protocol::standing_instruction::{StandingInstruction, Terms};

use crate::schedule;
use crate::testing::AUDIENCE;
use crate::tests::credits::funded;
use crate::tests::world::{Answer, Client, World};

fn terms() -> Terms {
    Terms {
        deposit: "C-1".parse().unwrap(),
        accounts: vec!["C-1".parse().unwrap(), "C-2".parse().unwrap()],
        most: None,
        keep: 0,
        currency: "CNY".parse().unwrap(),
        from: "2026-08-31".parse().unwrap(),
        until: None,
    }
}

fn document(world: &World, client: &Client, id: u128, terms: Option<Terms>) -> StandingInstruction {
    let now: Timestamp = world.now();
    StandingInstruction {
        instruction: InstructionId::from_uuid(uuid::Uuid::from_u128(id)),
        audience: AUDIENCE.to_owned(),
        customer: Named {
            id: client.holder.customer.unwrap(),
            name: "Example Steel".to_owned(),
        },
        user: Named {
            id: client.holder.id,
            name: "Li Na".to_owned(),
        },
        terms,
        created: now,
        expires: now + jiff::SignedDuration::from_secs(600),
    }
}

async fn post(world: &World, client: &Client, document: &StandingInstruction) -> Answer {
    let signed = client.sign_document(document);
    let key = document.instruction.to_string();
    let request = client.post_to(
        "/v1/standing-instructions",
        signed.as_str(),
        &key,
        world.now(),
    );
    world.send(request).await
}

async fn given(world: &World, id: u128, terms: Terms) -> StandingInstruction {
    let document = document(world, &world.li_na, id, Some(terms));
    let answer = post(world, &world.li_na, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    document
}

/// Li Na gives an instruction and ends it.
pub(crate) async fn given_and_ended(world: &World) {
    given(world, 1, terms()).await;
    let end = document(world, &world.li_na, 1, None);
    let answer = post(world, &world.li_na, &end).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[tokio::test]
async fn an_instruction_is_given_shown_and_ended() {
    let world = World::new().await;
    let given = given(&world, 1, terms()).await;
    let again = post(&world, &world.li_na, &given).await;
    assert_eq!(again.status, 200);
    let list = async |client: &Client| {
        let answer = world.get(client, "/v1/standing-instructions").await.json();
        answer["items"].as_array().unwrap().clone()
    };
    let shown = list(&world.chen_yu).await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0], again.json());
    assert_eq!(
        shown[0]["terms"],
        serde_json::to_value(given.terms.as_ref().unwrap()).unwrap()
    );
    assert!(shown[0]["ended"].is_null());
    assert!(list(&world.zhao_lei).await.is_empty());

    let mut other = given.clone();
    other.terms.as_mut().unwrap().keep = 1;
    let answer = post(&world, &world.li_na, &other).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    let end = document(&world, &world.li_na, 1, None);
    let answer = post(&world, &world.li_na, &end).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["ended"]["user"]["name"], "Li Na");
    assert_eq!(post(&world, &world.li_na, &end).await.status, 200);
    let unknown = document(&world, &world.li_na, 2, None);
    let answer = post(&world, &world.li_na, &unknown).await;
    assert_eq!(answer.problem(), "not-found");
    world.sound().await;
}

#[tokio::test]
async fn an_instruction_is_looked_at_as_strictly_as_an_order() {
    let world = World::new().await;
    let good = document(&world, &world.li_na, 1, Some(terms()));
    type Change = fn(&mut StandingInstruction);
    let changes: [(&str, Change, &str); 10] = [
        ("audience", |d| d.audience.push('x'), "order-malformed"),
        ("user", |d| d.user.name.push('x'), "order-malformed"),
        ("customer", |d| d.customer.name.push('x'), "order-malformed"),
        (
            "another's",
            |d| d.customer.id = crate::tests::world::customer(0x80),
            "order-signature",
        ),
        (
            "old",
            |d| {
                d.created -= jiff::SignedDuration::from_secs(601);
                d.expires -= jiff::SignedDuration::from_secs(601);
            },
            "order-expired",
        ),
        (
            "deposit",
            |d| d.terms.as_mut().unwrap().deposit = "C-9".parse().unwrap(),
            "deposit",
        ),
        (
            "account",
            |d| d.terms.as_mut().unwrap().accounts[1] = "C-9".parse().unwrap(),
            "deposit",
        ),
        (
            "currency",
            |d| d.terms.as_mut().unwrap().currency = "EUR".parse().unwrap(),
            "currency",
        ),
        (
            "over",
            |d| {
                let terms = d.terms.as_mut().unwrap();
                terms.from = "2026-08-01".parse().unwrap();
                terms.until = Some("2026-08-30".parse().unwrap());
            },
            "order-malformed",
        ),
        ("nothing", |_| {}, ""),
    ];
    for (what, change, problem) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        let answer = post(&world, &world.li_na, &changed).await;
        if problem.is_empty() {
            assert_eq!(answer.status, 201);
        } else {
            assert_eq!(answer.problem(), problem, "{what}");
        }
    }
    let mut by_a_viewer = document(&world, &world.chen_yu, 2, Some(terms()));
    by_a_viewer.user.name = "Chen Yu".to_owned();
    let answer = post(&world, &world.chen_yu, &by_a_viewer).await;
    assert_eq!(answer.problem(), "right");
    let signed = world.li_na.sign_document(&good);
    let target = "/v1/standing-instructions";
    let wrong_key = world
        .li_na
        .post_to(target, signed.as_str(), "1", world.now());
    assert_eq!(world.send(wrong_key).await.problem(), "malformed");
}

#[tokio::test]
async fn a_deposit_pays_bills_on_their_due_day_and_not_before() {
    let world = World::new().await;
    funded(&world, 1, 4_500_000).await;
    given(&world, 2, terms()).await;
    // B-1 is overdue already; B-2 and B-3 fall due on 20 September.
    schedule::look(&world.app).await;
    assert_eq!(world.open("B-1").await, (0, 0, "paid".into()));
    assert_eq!(world.deposit("C-1").await, 3_416_000);
    world.set_clock("2026-09-19T15:59:59Z");
    schedule::look(&world.app).await;
    let deposit = async || {
        let li_na = world.li_na.renewed(world.now());
        let answer = world.get(&li_na, "/v1/deposits").await.json();
        answer["items"][0]["balance"].as_i64().unwrap()
    };
    assert_eq!(deposit().await, 3_416_000);
    world.set_clock("2026-09-19T16:00:00Z");
    schedule::look(&world.app).await;
    // The first of the two that are due; what is left does not cover the other one.
    assert_eq!(deposit().await, 1_416_000);
    schedule::look(&world.app).await;
    assert_eq!(deposit().await, 1_416_000);
    world.sound().await;
}

#[tokio::test]
async fn an_instruction_has_bounds_and_an_end() {
    let world = World::new().await;
    funded(&world, 1, 3_000_000).await;
    let paid = async || {
        schedule::look(&world.app).await;
        world.open("B-1").await.2 == "paid"
    };
    assert!(!paid().await, "nobody said so");
    let small = Terms {
        most: Some(1_083_999),
        ..terms()
    };
    given(&world, 2, small).await;
    let kept = Terms {
        keep: 1_916_001,
        ..terms()
    };
    given(&world, 3, kept).await;
    let elsewhere = Terms {
        accounts: vec!["C-2".parse().unwrap()],
        ..terms()
    };
    given(&world, 4, elsewhere).await;
    let later = Terms {
        from: "2026-09-01".parse().unwrap(),
        ..terms()
    };
    let later = given(&world, 5, later).await;
    assert!(!paid().await);
    let end = StandingInstruction {
        terms: None,
        ..later
    };
    assert_eq!(post(&world, &world.li_na, &end).await.status, 201);
    let exact = Terms {
        most: Some(1_084_000),
        keep: 1_916_000,
        ..terms()
    };
    given(&world, 6, exact).await;
    assert!(paid().await);
    assert_eq!(world.deposit("C-1").await, 1_916_000);
    world.sound().await;
}
