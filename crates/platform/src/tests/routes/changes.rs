//! `/v1/changes`, `/v1/profile`, and rights by contract account in every other request.

use serde_json::{Value, json};
use uuid::Uuid;
use wattkey_domain::{AccountId, ChangeId, Decision, OrderId, Rights, UserId};
use wattkey_pki::Digest;
use wattkey_protocol::change::{
    Change, ChangeDecision, Contact, ContactRole, Language, Profile, What,
};
use wattkey_protocol::file::ExportNews;
use wattkey_protocol::order::Named;
use wattkey_protocol::signed::{Document, Signed};

use crate::schedule;
use crate::testing::AUDIENCE;
use crate::tests::files::{get, post};
use crate::tests::world::{Administrators, Answer, Client, World};

fn contacts(name: &str) -> What {
    What::Contacts {
        contacts: vec![Contact {
            name: name.to_owned(),
            role: ContactRole::Billing,
            phone: Some("021 5555 0100".to_owned()),
            email: None,
            language: Language::Zh,
        }],
    }
}

fn address(of: Option<&str>) -> What {
    What::NoticeAddress {
        account: of.map(|of| of.parse().unwrap()),
        post: Some("1 Mill Road".to_owned()),
        email: None,
    }
}

pub(crate) fn rights(user: UserId, of: &str, given: Option<&[&str]>) -> What {
    What::Rights {
        user,
        account: of.parse::<AccountId>().unwrap(),
        rights: given.map(Rights::of_names),
    }
}

async fn named(world: &World, client: &Client) -> Named<UserId> {
    let me = world.get(client, "/v1/me").await.json();
    serde_json::from_value(me["user"].clone()).unwrap()
}

async fn change(world: &World, client: &Client, id: u128, replaces: i64, what: What) -> Change {
    Change {
        change: ChangeId::from_uuid(Uuid::from_u128(id)),
        audience: AUDIENCE.to_owned(),
        customer: Named {
            id: client.holder.customer.unwrap(),
            name: "Example Steel".to_owned(),
        },
        user: named(world, client).await,
        replaces,
        what,
        created: world.now(),
        expires: world.now() + jiff::SignedDuration::from_secs(600),
    }
}

async fn decision(
    world: &World,
    client: &Client,
    of: &Signed<Change>,
    decision: Decision,
) -> ChangeDecision {
    ChangeDecision {
        change: of.document().change,
        change_digest: of.digest(),
        audience: AUDIENCE.to_owned(),
        user: named(world, client).await,
        decision,
        created: world.now(),
        expires: world.now() + jiff::SignedDuration::from_secs(600),
    }
}

async fn send<D: Document>(
    world: &World,
    client: &Client,
    target: &str,
    id: ChangeId,
    document: &D,
) -> Answer {
    let signed = client.sign_document(document);
    let request = client.post_to(target, signed.as_str(), &id.to_string(), world.now());
    world.send(request).await
}

async fn propose(world: &World, client: &Client, document: &Change) -> Answer {
    send(world, client, "/v1/changes", document.change, document).await
}

async fn decide(world: &World, client: &Client, document: &ChangeDecision) -> Answer {
    let target = format!("/v1/changes/{}/decisions", document.change);
    send(world, client, &target, document.change, document).await
}

/// Ma Yun signs, He Ping approves.
pub(crate) async fn give(
    world: &World,
    people: &Administrators,
    id: u128,
    replaces: i64,
    what: What,
) {
    let document = change(world, &people.ma_yun, id, replaces, what).await;
    let answer = propose(world, &people.ma_yun, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let signed = people.ma_yun.sign_document(&document);
    let approved = decision(world, &people.he_ping, &signed, Decision::Approve).await;
    let answer = decide(world, &people.he_ping, &approved).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["state"], "done");
}

/// Ma Yun signs that Chen Yu may do nothing on an account; nobody has decided on it.
pub(crate) async fn waiting(world: &World, people: &Administrators) -> (ChangeId, Signed<Change>) {
    let what = rights(world.chen_yu.holder.id, "C-1", Some(&[]));
    let document = change(world, &people.ma_yun, 1, 0, what).await;
    let answer = propose(world, &people.ma_yun, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    (document.change, people.ma_yun.sign_document(&document))
}

/// He Ping's word on it.
pub(crate) async fn approval(
    world: &World,
    people: &Administrators,
    of: &Signed<Change>,
) -> ChangeDecision {
    decision(world, &people.he_ping, of, Decision::Approve).await
}

/// Contacts, and rights that one administrator gave and another approved.
pub(crate) async fn changed_and_decided(world: &World, people: &Administrators) {
    let document = change(world, &world.li_na, 1, 0, contacts("Wang Fang")).await;
    assert_eq!(propose(world, &world.li_na, &document).await.status, 201);
    let chen_yu = world.chen_yu.holder.id;
    give(world, people, 2, 0, rights(chen_yu, "C-2", Some(&[]))).await;
}

#[tokio::test]
async fn own_data_is_changed_shown_and_not_overwritten_unseen() {
    let (world, _) = World::with_administrators().await;
    let profile = async || world.get(&world.chen_yu, "/v1/profile").await.json();
    let before = profile().await;
    assert_eq!(
        before["contacts"],
        json!({"version": 0, "contacts": [], "since": null})
    );
    assert_eq!(before["invoice_data"]["data"], json!(null));

    let document = change(&world, &world.li_na, 1, 0, contacts("Wang Fang")).await;
    let answer = propose(&world, &world.li_na, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let shown = answer.json();
    assert_eq!(
        (&shown["state"], &shown["version"]),
        (&json!("done"), &json!(1))
    );
    assert_eq!(shown["what"], serde_json::to_value(&document.what).unwrap());
    let again = propose(&world, &world.li_na, &document).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, shown));
    assert_eq!(
        profile().await["contacts"]["contacts"][0]["name"],
        "Wang Fang"
    );

    let mut other = document.clone();
    other.what = contacts("Wang Fan");
    let answer = propose(&world, &world.li_na, &other).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    let stale = change(&world, &world.li_na, 2, 0, contacts("Li Na")).await;
    let answer = propose(&world, &world.li_na, &stale).await;
    assert_eq!(answer.problem(), "changed");
    assert_eq!(answer.member("version"), json!(1));
    for (id, of) in [(3, None), (4, Some("C-1"))] {
        let document = change(&world, &world.li_na, id, 0, address(of)).await;
        assert_eq!(propose(&world, &world.li_na, &document).await.status, 201);
    }
    let shown = profile().await;
    let addresses = shown["notice_addresses"].as_array().unwrap();
    assert_eq!(addresses.len(), 2);
    assert_eq!(addresses[1]["account"], "C-1");
    // The same page by page.
    let mut pages = Vec::new();
    let mut target = "/v1/profile?limit=2".to_owned();
    loop {
        let page = world.get(&world.chen_yu, &target).await.json();
        let next = page["next"].as_str().map(str::to_owned);
        pages.push(page);
        let Some(next) = next else { break };
        target = format!("/v1/profile?limit=2&cursor={}", next.replace(':', "%3A"));
    }
    let read = |page: &Value| -> Profile { serde_json::from_value(page.clone()).unwrap() };
    let mut all = read(&pages[0]);
    assert_eq!((pages.len(), all.users.len()), (2, 1));
    all.extend(read(&pages[1]));
    assert_eq!(all, read(&shown));
    // Another customer has none of it.
    let foreign = world.get(&world.zhao_lei, "/v1/profile").await.json();
    assert_eq!(foreign["contacts"]["version"], 0);
    assert_eq!(foreign["notice_addresses"], json!([]));
    world.sound().await;
}

#[tokio::test]
async fn a_change_is_looked_at_as_strictly_as_an_order() {
    let (world, people) = World::with_administrators().await;
    let good = change(&world, &world.li_na, 1, 0, contacts("Wang Fang")).await;
    type Edit = fn(&mut Change);
    let edits: [(&str, Edit, &str); 8] = [
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
        ("account", |d| d.what = address(Some("C-9")), "not-found"),
        (
            "rights",
            |d| d.what = rights(d.user.id, "C-1", None),
            "right",
        ),
        ("version", |d| d.replaces = 1, "changed"),
    ];
    for (what, edit, problem) in edits {
        let mut edited = good.clone();
        edit(&mut edited);
        let answer = propose(&world, &world.li_na, &edited).await;
        assert_eq!(answer.problem(), problem, "{what}");
    }
    // A viewer changes nothing; another key's signature is nobody's.
    let by_viewer = change(&world, &world.chen_yu, 2, 0, contacts("Chen Yu")).await;
    let answer = propose(&world, &world.chen_yu, &by_viewer).await;
    assert_eq!(
        (answer.problem(), answer.member("right")),
        ("right", json!("approve"))
    );
    let forged = people.he_ping.sign_document(&good);
    let key = good.change.to_string();
    let forged = world
        .li_na
        .post_to("/v1/changes", forged.as_str(), &key, world.now());
    assert_eq!(world.send(forged).await.problem(), "order-signature");
    let signed = world.li_na.sign_document(&good);
    let mut bytes = signed.as_str().to_owned();
    bytes.replace_range(bytes.len() - 2.., "AA");
    let broken = world
        .li_na
        .post_to("/v1/changes", &bytes, &key, world.now());
    assert!(["order-malformed", "order-signature"].contains(&world.send(broken).await.problem()));
    let wrong_key = world.li_na.post_to(
        "/v1/changes",
        signed.as_str(),
        "00000000-0000-0000-0000-000000000009",
        world.now(),
    );
    assert_eq!(world.send(wrong_key).await.problem(), "malformed");
    let list = world.get(&world.li_na, "/v1/changes").await.json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn rights_are_given_by_two() {
    let (world, people) = World::with_administrators().await;
    let (ma_yun, he_ping) = (&people.ma_yun, &people.he_ping);
    let what = rights(he_ping.holder.id, "C-1", Some(&["view"]));
    let document = change(&world, ma_yun, 1, 0, what).await;
    let answer = propose(&world, ma_yun, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["state"], "waiting");
    assert!(answer.json()["until"].is_string());
    let target = format!("/v1/changes/{}/document", document.change);
    // What an approver reads and digests is what was signed.
    let text = world.get(&people.lin_tao, &target).await;
    let read = Signed::<Change>::parse(text.text()).unwrap();
    assert_eq!(read.verify(&ma_yun.key.signature).unwrap(), &document);
    assert!(text.fields.contains_key("wattkey-signature-certificate"));
    assert_eq!(
        world.get(&world.chen_yu, &target).await.problem(),
        "not-found"
    );
    assert_eq!(
        world.get(&world.zhao_lei, &target).await.problem(),
        "not-found"
    );

    for (who, word, problem) in [
        // Who signed it, whose rights it is about, who has no right, and somebody else's customer.
        (ma_yun, Decision::Approve, "own-change"),
        (ma_yun, Decision::Refuse, "own-change"),
        (he_ping, Decision::Approve, "own-change"),
        (&world.li_na, Decision::Approve, "not-found"),
        (&world.zhao_lei, Decision::Approve, "not-found"),
    ] {
        let decided = decision(&world, who, &read, word).await;
        let answer = decide(&world, who, &decided).await;
        assert_eq!(answer.problem(), problem, "{word} by {}", decided.user.name);
    }
    let approve = decision(&world, &people.lin_tao, &read, Decision::Approve).await;
    let mut other = approve.clone();
    other.change_digest = Digest::of(b"another");
    let answer = decide(&world, &people.lin_tao, &other).await;
    assert_eq!(answer.problem(), "order-exists-with-different-payload");
    let answer = decide(&world, &people.lin_tao, &approve).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["decisions"][0]["user"]["name"], "Lin Tao");
    assert_eq!(decide(&world, &people.lin_tao, &approve).await.status, 200);
    let refuse = decision(&world, &people.lin_tao, &read, Decision::Refuse).await;
    assert_eq!(
        decide(&world, &people.lin_tao, &refuse).await.problem(),
        "decision"
    );

    let profile = world.get(&people.lin_tao, "/v1/profile").await.json();
    let given = &profile["rights"][0];
    assert_eq!(given["effective"], json!(["view"]));
    assert_eq!(profile["users"].as_array().unwrap().len(), 5);
    let profile = world.get(&world.chen_yu, "/v1/profile").await.json();
    assert_eq!(profile["rights"], json!([]), "another user's");
    assert_eq!(profile["users"].as_array().unwrap().len(), 1);
    world.sound().await;
}

#[tokio::test]
async fn a_change_of_a_key_that_was_unbound_is_approved_by_nobody_and_one_that_waits_too_long_lapses()
 {
    let (mut world, people) = World::with_administrators().await;
    let what = rights(world.chen_yu.holder.id, "C-1", Some(&[]));
    let document = change(&world, &people.ma_yun, 1, 0, what.clone()).await;
    propose(&world, &people.ma_yun, &document).await;
    let signed = people.ma_yun.sign_document(&document);
    let waits = change(&world, &people.lin_tao, 2, 0, what).await;
    propose(&world, &people.lin_tao, &waits).await;
    let waits = people.lin_tao.sign_document(&waits);
    world.unbind(&people.ma_yun).await;
    let approve = decision(&world, &people.he_ping, &signed, Decision::Approve).await;
    let answer = decide(&world, &people.he_ping, &approve).await;
    assert_eq!(answer.problem(), "order-signature");
    let refuse = decision(&world, &people.he_ping, &signed, Decision::Refuse).await;
    assert_eq!(decide(&world, &people.he_ping, &refuse).await.status, 201);

    let later = world.now() + jiff::SignedDuration::from_hours(14 * 24);
    world.set_clock(&later.to_string());
    let he_ping = people.he_ping.renewed(later);
    let approve = decision(&world, &he_ping, &waits, Decision::Approve).await;
    assert_eq!(decide(&world, &he_ping, &approve).await.problem(), "lapsed");
    schedule::look(&world.app).await;
    let list = world.get(&he_ping, "/v1/changes").await.json();
    let states: Vec<_> = list["items"].as_array().unwrap().iter().collect();
    let states: Vec<_> = states.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&json!("lapsed")) && states.contains(&json!("refused")));
    world.sound().await;
}

#[tokio::test]
async fn a_hidden_account_is_nowhere() {
    let (world, people) = World::with_administrators().await;
    let (li_na, chen_yu) = (&world.li_na, &world.chen_yu);
    let seen = world.order(1, &["B-2"]).await;
    let hidden = world.order(2, &["B-3"]).await;
    for order in [&seen, &hidden] {
        assert_eq!(world.pay(li_na, order).await.status, 201);
    }
    let hidden = hidden.order;
    let document = change(&world, li_na, 1, 0, address(Some("C-2"))).await;
    assert_eq!(propose(&world, li_na, &document).await.status, 201);
    let lists = ["/v1/accounts", "/v1/bills", "/v1/orders", "/v1/changes"];
    let count = async |client: &Client| {
        let mut counts = Vec::new();
        for list in lists {
            let items = world.get(client, list).await.json()["items"].clone();
            counts.push(items.as_array().unwrap().len());
        }
        counts
    };
    let before = count(chen_yu).await;
    give(
        &world,
        &people,
        2,
        0,
        rights(chen_yu.holder.id, "C-2", Some(&[])),
    )
    .await;
    let after = count(chen_yu).await;
    // Less an account, its bills, the order, its address; the change of own rights is about C-2.
    let of_c2 = async |target| {
        let items = world.get(li_na, target).await.json()["items"].clone();
        let items = items.as_array().unwrap().iter();
        items.filter(|item| item["account"] == "C-2").count()
    };
    let (entries, bills) = (of_c2("/v1/accounts").await, of_c2("/v1/bills").await);
    assert!(entries > 0 && bills > 0);
    let wanted = [
        before[0] - entries,
        before[1] - bills,
        before[2] - 1,
        before[3] - 1,
    ];
    assert_eq!(after, wanted);
    for target in [
        "/v1/bills?account=C-2".to_owned(),
        "/v1/bills/B-3".to_owned(),
        "/v1/bills/B-3/document".to_owned(),
        "/v1/bills/B-3/quote".to_owned(),
        "/v1/bills/B-3/tax-invoices".to_owned(),
        format!("/v1/orders/{hidden}"),
        format!("/v1/orders/{hidden}/document"),
        format!("/v1/orders/{hidden}/receipt"),
    ] {
        let seen = world.get(li_na, &target).await.status;
        assert_ne!(seen, 404, "{target}");
        assert_eq!(
            world.get(chen_yu, &target).await.problem(),
            "not-found",
            "{target}"
        );
    }
    let profile = world.get(chen_yu, "/v1/profile").await.json();
    assert_eq!(profile["notice_addresses"], json!([]));
    assert_eq!(profile["rights"], json!([]));
    // Its address cannot be told from that of an account that there is not.
    for (id, account, problem) in [
        (20, "C-1", "right"),
        (21, "C-2", "not-found"),
        (22, "C-9", "not-found"),
    ] {
        let document = change(&world, chen_yu, id, 0, address(Some(account))).await;
        let answer = propose(&world, chen_yu, &document).await;
        assert_eq!(answer.problem(), problem, "{account}: {}", answer.text());
    }
    // Taken back, all of it is there again.
    give(
        &world,
        &people,
        3,
        1,
        rights(chen_yu.holder.id, "C-2", None),
    )
    .await;
    let again = count(chen_yu).await;
    assert_eq!(again[..3], before[..3]);
    world.sound().await;
}

#[tokio::test]
async fn orders_need_the_right_on_each_of_their_accounts() {
    let (world, people) = World::with_administrators().await;
    let (li_na, he_ping) = (&world.li_na, &people.he_ping);
    let both = world.order(1, &["B-2", "B-3"]).await;
    give(
        &world,
        &people,
        1,
        0,
        rights(li_na.holder.id, "C-2", Some(&["view"])),
    )
    .await;
    let answer = world.pay(li_na, &both).await;
    assert_eq!(answer.problem(), "right");
    assert_eq!(
        (answer.member("right"), answer.member("account")),
        (json!("prepare"), json!("C-2"))
    );
    let one = world.order(2, &["B-2"]).await;
    assert_eq!(world.pay(li_na, &one).await.json()["state"], "accepted");
    give(
        &world,
        &people,
        2,
        1,
        rights(li_na.holder.id, "C-2", Some(&["prepare"])),
    )
    .await;
    let part = world.order(3, &["B-3"]).await;
    let answer = world.pay(li_na, &part).await;
    assert_eq!(
        answer.json()["state"],
        "awaiting-approval",
        "{}",
        answer.text()
    );
    // He Ping approves orders by himself, and not about this account.
    let what = rights(he_ping.holder.id, "C-2", Some(&["prepare"]));
    let document = change(&world, &people.ma_yun, 3, 0, what).await;
    propose(&world, &people.ma_yun, &document).await;
    let signed = people.ma_yun.sign_document(&document);
    let word = decision(&world, &people.lin_tao, &signed, Decision::Approve).await;
    assert_eq!(decide(&world, &people.lin_tao, &word).await.status, 201);
    let answer = world.decide(he_ping, part.order, Decision::Approve).await;
    assert_eq!(
        (answer.problem(), answer.member("account")),
        ("right", json!("C-2"))
    );
    // Its signer sees the order, also when the account is hidden from him since.
    give(
        &world,
        &people,
        4,
        2,
        rights(li_na.holder.id, "C-2", Some(&[])),
    )
    .await;
    let target = format!("/v1/orders/{}", part.order);
    assert_eq!(world.get(li_na, &target).await.status, 200);
    assert_eq!(world.pay(li_na, &part).await.status, 200, "the same again");
    let mut other = part.clone();
    other.order = OrderId::from_uuid(Uuid::from_u128(5));
    assert_eq!(world.pay(li_na, &other).await.problem(), "not-found");
    world.sound().await;
}

#[tokio::test]
async fn changes_go_out_to_the_marketing_system() {
    let (world, people) = World::with_administrators().await;
    changed_and_decided(&world, &people).await;
    let asked = json!({"number": 1}).to_string();
    let made = world
        .ask(post("/v1/exports", "application/json", asked.as_bytes()))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(
        made.json()["totals"],
        json!({"profile-change": {"count": 2, "amounts": {}}})
    );
    let body = world.ask(get("/v1/exports/1")).await;
    let lines: Vec<_> = body.text().lines().skip(1).collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| ExportNews::parse(line.as_bytes()).unwrap())
        .collect();
    let ExportNews::ProfileChange { what, by, .. } = &told[0] else {
        panic!("{told:?}")
    };
    assert_eq!((what, by), (&contacts("Wang Fang"), &None));
    let ExportNews::ProfileChange { by, .. } = &told[1] else {
        panic!("{told:?}")
    };
    assert_eq!(*by, Some(people.he_ping.holder.id));
    // Once, and the same again.
    let asked = json!({"number": 2}).to_string();
    let next = world
        .ask(post("/v1/exports", "application/json", asked.as_bytes()))
        .await;
    assert_eq!(next.status, 204);
    assert_eq!(world.ask(get("/v1/exports/1")).await.body, body.body);
}
