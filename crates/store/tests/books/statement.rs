//! Statements of account: what they say, and that they always come to what the books hold.

use jiff::civil::Date;
use wattkey_domain::{Access, AccountId, BankEvent, CustomerId, Decision, Right, Rights};
use wattkey_store::{
    FundsSource, MAX_PAGE, Record, StatementBalances, StatementEntry, StatementLedger,
    StatementQuery, StatementRecord, Viewer,
};

use crate::world::{
    CUSTOMER, OTHER_CUSTOMER, WANG_WEI, World, bill_record, cny, document_of, lines, noon,
};

const ACCOUNTS: [&str; 2] = ["C-1", "C-2"];
/// Days that all of a test lies between.
const ALWAYS: [&str; 2] = ["2000-01-01", "2100-01-01"];

/// Who may look at all contract accounts but these.
fn viewer(customer: CustomerId, hidden: &[&str]) -> Viewer {
    let view: Rights = [Right::View].into_iter().collect();
    let hidden = hidden
        .iter()
        .map(|account| (account.parse().unwrap(), Rights::default()));
    Viewer {
        customer,
        user: WANG_WEI,
        access: Access::new(view, hidden),
    }
}

fn query(world: &World, account: &str, [from, to]: [&str; 2]) -> StatementQuery {
    StatementQuery {
        viewer: viewer(CUSTOMER, &[]),
        account: account.parse().unwrap(),
        currency: cny(1).currency(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        time_zone: world.quoting.time_zone.clone(),
        after: None,
        limit: MAX_PAGE,
    }
}

async fn page(world: &World, query: StatementQuery) -> StatementRecord {
    world.store.statement(query).await.unwrap().unwrap()
}

/// The whole statement, `limit` entries at a time.
async fn whole(world: &World, account: &str, days: [&str; 2], limit: u32) -> StatementRecord {
    let mut query = query(world, account, days);
    query.limit = limit;
    let mut all = page(world, query.clone()).await;
    while let Some(next) = all.entries.next.take() {
        query.after = Some(next.parse().unwrap());
        let more = page(world, query.clone()).await;
        assert_eq!((more.opening, more.closing), (all.opening, all.closing));
        assert!(more.entries.items.len() <= limit as usize);
        all.entries.items.extend(more.entries.items);
        all.entries.next = more.entries.next;
    }
    all
}

/// What the books say of an account now; nothing, where the overview has more than an amount can be.
async fn now(world: &World, account: &str) -> Option<StatementBalances> {
    let (account, currency): (AccountId, _) = (account.parse().unwrap(), cny(1).currency());
    let day: Date = "2026-09-01".parse().unwrap();
    let rows = world.store.accounts(CUSTOMER, day).await.ok()?;
    let row = rows.into_iter().find(|row| row.account.id == account);
    let mut sums = row?.sums.into_iter();
    let sums = sums.find(|sums| sums.currency == currency);
    let mut deposits = world.store.deposits(CUSTOMER).await.unwrap().into_iter();
    let deposit = deposits.find(|one| (&one.account, one.currency) == (&account, currency));
    Some(StatementBalances {
        open: sums.map_or(0, |sums| sums.open.minor()),
        in_collection: sums.map_or(0, |sums| sums.in_collection.minor()),
        deposit: deposit.map_or(0, |deposit| deposit.balance.minor()),
    })
}

fn owed(balances: StatementBalances) -> i64 {
    balances.open + balances.in_collection
}

/// Each entry's balance is the one before and what it changes; the last ones are the closing's.
fn assert_adds_up(statement: &StatementRecord) {
    let mut bills = owed(statement.opening);
    let mut deposit = statement.opening.deposit;
    let mut before = None;
    for entry in &statement.entries.items {
        let balance = match entry.ledger {
            StatementLedger::Bills => &mut bills,
            StatementLedger::Deposit => &mut deposit,
        };
        *balance += entry.change;
        assert_eq!(*balance, entry.balance, "{entry:?}");
        assert!(before < Some(entry.place), "{entry:?}");
        before = Some(entry.place);
    }
    assert_eq!(bills, owed(statement.closing));
    assert_eq!(deposit, statement.closing.deposit);
}

/// From nothing to what the books hold, entry by entry.
pub(crate) async fn agrees(world: &World) {
    for account in ACCOUNTS {
        let statement = whole(world, account, ALWAYS, MAX_PAGE).await;
        assert_eq!(statement.opening, StatementBalances::default(), "{account}");
        if let Some(now) = now(world, account).await {
            assert_eq!(statement.closing, now, "{account}");
        }
        assert_adds_up(&statement);
    }
}

/// In pieces and in parts it says the same.
pub(crate) async fn agrees_in_parts(world: &World) {
    agrees(world).await;
    for account in ACCOUNTS {
        let all = whole(world, account, ALWAYS, MAX_PAGE).await;
        let pages = whole(world, account, ALWAYS, 3).await;
        assert_eq!(pages.entries.items, all.entries.items);
        let mut entries: Vec<StatementEntry> = Vec::new();
        let mut balances = StatementBalances::default();
        let month = |month: &str| [format!("{month}-01"), format!("{month}-31")];
        for [from, to] in [
            ["2000-01-01".to_owned(), "2026-07-31".to_owned()],
            month("2026-08"),
            ["2026-09-01".to_owned(), "2026-12-20".to_owned()],
            ["2026-12-21".to_owned(), "2100-01-01".to_owned()],
        ] {
            let part = whole(world, account, [&from, &to], 7).await;
            assert_eq!(part.opening, balances, "{account} {from}");
            assert_adds_up(&part);
            entries.extend(part.entries.items);
            balances = part.closing;
        }
        assert_eq!(entries, all.entries.items);
        assert_eq!(balances, all.closing);
    }
}

/// An entry as a line: what it is, its way, the bill, channel and number, the order's reference.
fn line(entry: &StatementEntry) -> String {
    let ledger = format!("{:?}", entry.ledger).to_lowercase();
    let reference = entry.reference.as_ref().map(|text| format!("({text})"));
    let words = [
        Some(kebab(&format!("{:?}", entry.kind))),
        entry.way.map(|way| kebab(&format!("{way:?}"))),
        entry.bill.as_ref().map(ToString::to_string),
        entry.channel.clone(),
        entry.number.clone(),
        reference,
    ];
    let words: Vec<_> = words.into_iter().flatten().collect();
    let (day, words) = (entry.place.day, words.join(" "));
    let (change, balance) = (entry.change, entry.balance);
    format!("{day} | {ledger} | {words} | {change:+} | {balance}")
}

fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (place, letter) in name.char_indices() {
        if place > 0 && letter.is_uppercase() {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn told(statement: &StatementRecord) -> String {
    let told: Vec<_> = statement.entries.items.iter().map(line).collect();
    told.join("\n")
}

async fn import(world: &World, day: &str, records: &[String]) {
    let records = records.iter();
    let records = records.map(|line| Record::parse(line.as_bytes()).unwrap());
    let imported = world.store.import(records.collect(), noon(day));
    imported.await.unwrap();
}

#[tokio::test]
async fn a_statement_tells_what_happened() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 20_000)]).await;
    // Over the counter in August, told in September: it stands in August.
    import(
        &world,
        "2026-09-02",
        &[
            r#"{"type":"payment","bill":"B-1","amount":10500,"currency":"CNY","paid":"2026-08-28","channel":"counter","reference":"R-7"}"#.into(),
            r#"{"type":"credit-note","id":"CN-1","bill":"B-2","issued":"2026-08-30","currency":"CNY","revenue":900,"tax":60,"levies":40,"reason":"meter read again"}"#.into(),
            r#"{"type":"opening-balance","account":"C-1","amount":3000,"currency":"CNY","as_of":"2026-08-01"}"#.into(),
        ],
    )
    .await;
    // A late bill is paid in part by mandate, and the bank takes it back.
    let order = world.part(1, "B-2", 5_000, "2026-09-10").await;
    world.accept(order).await;
    world.bank("k1", 1, BankEvent::Booked, "2026-09-11").await;
    world.bank("k2", 1, BankEvent::Returned, "2026-09-14").await;
    // Another part, of which nothing comes.
    let mut order = world.part(2, "B-2", 4_000, "2026-09-15").await;
    order.needs_approval = true;
    order.message = None;
    world.accept(order).await;
    world
        .decide(2, WANG_WEI, Decision::Refuse, "2026-09-16")
        .await;
    // The deposit pays another.
    let mut order = world.part(3, "B-2", 3_000, "2026-09-17").await;
    order.source = FundsSource::Deposit("C-1".parse().unwrap());
    order.message = None;
    world.accept(order).await;
    // One is on its way.
    let order = world.part(4, "B-2", 1_000, "2026-09-18").await;
    world.accept(order).await;

    let all = whole(&world, "C-1", ALWAYS, MAX_PAGE).await;
    assert_eq!(
        told(&all),
        lines(
            "2026-08-01 | deposit | opening-balance | +3000 | 3000
             2026-08-05 | bills | bill B-1 | +10000 | 10000
             2026-08-05 | bills | bill B-2 | +20000 | 30000
             2026-08-28 | bills | paid-elsewhere elsewhere B-1 counter R-7 | -10000 | 20000
             2026-08-28 | deposit | paid-elsewhere elsewhere B-1 counter R-7 | +500 | 3500
             2026-08-30 | bills | credit-note B-2 CN-1 | -1000 | 19000
             2026-09-10 | bills | penalty B-2 (PO 7) | +100 | 19100
             2026-09-11 | bills | payment mandate B-2 (PO 7) | -5100 | 14000
             2026-09-14 | bills | return mandate B-2 (PO 7) | +5100 | 19100
             2026-09-14 | bills | penalty-taken-back B-2 (PO 7) | -100 | 19000
             2026-09-15 | bills | penalty B-2 (PO 7) | +120 | 19120
             2026-09-16 | bills | penalty-taken-back B-2 (PO 7) | -120 | 19000
             2026-09-17 | bills | penalty B-2 (PO 7) | +102 | 19102
             2026-09-17 | bills | payment deposit B-2 (PO 7) | -3102 | 16000
             2026-09-17 | deposit | deposit-out deposit (PO 7) | -3102 | 398
             2026-09-18 | bills | penalty B-2 (PO 7) | +36 | 16036"
        )
    );
    let september = whole(&world, "C-1", ["2026-09-01", "2026-09-30"], 2).await;
    let opening = StatementBalances {
        open: 19_000,
        in_collection: 0,
        deposit: 3_500,
    };
    assert_eq!(september.opening, opening);
    assert_eq!(Some(september.closing), now(&world, "C-1").await);
    agrees_in_parts(&world).await;
}

/// An order over a visible and a hidden contract account: the visible one's statement has the movement
/// of its own bill, without the order that would tell of the other.
#[tokio::test]
async fn what_is_hidden_is_not_named_in_the_statement_of_what_is_visible() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let other = document_of("B-9", "C-2", CUSTOMER, "CNY", 7_000);
    let imported = world
        .store
        .import(vec![bill_record(&other)], noon("2026-08-06"));
    imported.await.unwrap();
    world.pay(1, &["B-1", "B-9"], "2026-08-10").await;
    world.bank("k1", 1, BankEvent::Booked, "2026-08-11").await;
    let ask = async |hidden: &[&str]| {
        let query = StatementQuery {
            viewer: viewer(CUSTOMER, hidden),
            ..query(&world, "C-1", ALWAYS)
        };
        page(&world, query).await
    };
    let named = |statement: &StatementRecord| {
        let entries = statement.entries.items.iter();
        let paid = entries.filter(|entry| entry.order.is_some() || entry.reference.is_some());
        paid.count()
    };
    let (all, some) = (ask(&[]).await, ask(&["C-2"]).await);
    assert!(named(&all) > 0);
    assert_eq!(named(&some), 0);
    // The same movements and sums, each of a bill that may be seen.
    assert_eq!(all.closing, some.closing);
    assert_eq!(all.entries.items.len(), some.entries.items.len());
    for entry in &some.entries.items {
        assert_eq!(entry.bill, Some("B-1".parse().unwrap()));
    }
}

#[tokio::test]
async fn of_another_customer_there_is_none() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let ask = |customer: CustomerId, account: &str| {
        let query = StatementQuery {
            viewer: viewer(customer, &[]),
            ..query(&world, account, ALWAYS)
        };
        world.store.statement(query)
    };
    assert!(ask(CUSTOMER, "C-1").await.unwrap().is_some());
    assert_eq!(ask(OTHER_CUSTOMER, "C-1").await.unwrap(), None);
    assert_eq!(ask(CUSTOMER, "C-404").await.unwrap(), None);
    // In another currency nothing happened.
    let mut other = query(&world, "C-1", ALWAYS);
    other.currency = "EUR".parse().unwrap();
    let statement = page(&world, other).await;
    assert_eq!(statement.closing, StatementBalances::default());
    assert!(statement.entries.items.is_empty());
}
