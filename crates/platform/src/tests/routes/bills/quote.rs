//! Quotes of a part, and of later days: over the ends of a day, a month and a year.

use crate::tests::world::World;

#[tokio::test]
async fn a_part_owes_its_own_penalty() {
    let world = World::new().await;
    let quote = world
        .get(&world.li_na, "/v1/bills/B-1/quote?principal=250000")
        .await
        .json();
    assert_eq!(
        quote,
        serde_json::json!({"principal": 250_000, "penalty": 21_000, "days": 42, "until": "2026-08-31T16:00:00Z"})
    );
    let whole = world.get(&world.li_na, "/v1/bills/B-1/quote").await.json();
    let detail = world.get(&world.li_na, "/v1/bills/B-1").await.json();
    assert_eq!(whole, detail["quote"]);
}

#[tokio::test]
async fn penalties_of_later_days_over_the_ends_of_month_and_year() {
    let world = World::new().await;
    world.set_clock("2026-12-30T02:00:00Z");
    let li_na = world.li_na.renewed(world.now());
    // Due on 20 September: 102 days in the year at 0.2 %, then 0.3 % a day.
    for (on, penalty, days) in [
        ("2026-12-30", 404_000, 101),
        ("2026-12-31", 408_000, 102),
        ("2027-01-01", 414_000, 103),
        ("2027-01-31", 594_000, 133),
        ("2027-02-01", 600_000, 134),
    ] {
        let target = format!("/v1/bills/B-2/quote?on={on}");
        let quote = world.get(&li_na, &target).await.json();
        assert_eq!(
            (quote["penalty"].clone(), quote["days"].clone()),
            (penalty.into(), days.into()),
            "{on}"
        );
        let until = format!("{on}T16:00:00Z");
        assert_eq!(quote["until"], until, "the end of the day that counts");
    }
    // Midnight in Shanghai.
    for (now, days) in [("2026-12-31T15:59:59Z", 102), ("2026-12-31T16:00:00Z", 103)] {
        world.set_clock(now);
        let li_na = world.li_na.renewed(world.now());
        let quote = world.get(&li_na, "/v1/bills/B-2/quote").await.json();
        assert_eq!(quote["days"], days, "{now}");
    }
}

#[tokio::test]
async fn a_bill_that_is_not_overdue_is_quoted_until_its_due_day_ends() {
    let world = World::new().await;
    for target in [
        "/v1/bills/B-2/quote",
        "/v1/bills/B-2/quote?on=2026-09-10",
        "/v1/bills/B-2/quote?on=2026-09-20",
    ] {
        let quote = world.get(&world.li_na, target).await.json();
        assert_eq!(
            (quote["penalty"].clone(), quote["until"].clone()),
            (0.into(), "2026-09-20T16:00:00Z".into()),
            "{target}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_paid_is_not_quoted() {
    let world = World::new().await;
    for (query, problem) in [
        ("?principal=0", "malformed"),
        ("?principal=-1", "malformed"),
        ("?principal=9007199254740992", "malformed"),
        ("?principal=x", "malformed"),
        ("?on=2026-08-32", "malformed"),
        ("?other=1", "malformed"),
        ("?principal=1000001", "quote-mismatch"),
        ("?on=2026-08-30", "execute-day"),
        ("?on=2026-11-30", "execute-day"),
    ] {
        let answer = world
            .get(&world.li_na, &format!("/v1/bills/B-1/quote{query}"))
            .await;
        assert_eq!(answer.problem(), problem, "{query}");
    }
    let last = world.get(&world.li_na, "/v1/bills/B-1/quote?on=2026-11-29");
    assert_eq!(last.await.status, 200);
    let foreign = world.get(&world.li_na, "/v1/bills/B-9/quote").await;
    assert_eq!(foreign.problem(), "not-found");
    let order = world.order(1, &["B-1"]).await;
    assert_eq!(world.pay(&world.li_na, &order).await.status, 201);
    let claimed = world.get(&world.li_na, "/v1/bills/B-1/quote").await;
    assert_eq!(
        (claimed.problem(), claimed.member("order")),
        ("bill-claimed", order.order.to_string().into())
    );
    crate::tests::bank::settle(&world, &order).await;
    let paid = world.get(&world.li_na, "/v1/bills/B-1/quote").await;
    assert_eq!(paid.problem(), "bill-paid");
}
