//! Files with a number: in the books once, whole, and none without the one before it. And the files
//! that go out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::{
    CUSTOMER, WANG_WEI, World, bill_id, bill_record, cny, document, document_of, noon, order_id,
};
use wattkey_domain::{AccountId, BankEvent, BillId, Currency, Decision};
use wattkey_store::{
    AcceptOrder, DecideOutcome, ExportDraft, ExportFile, ExportOutcome, FileOutcome, FundsSource,
    ImportError, MovementKind, NumberedFile, Record, RecordSource, SourceError, UserLimits,
};

/// Records in memory that come in pieces of three.
struct Pieces {
    records: Vec<Record>,
    bills: Vec<BillId>,
    deposits: Vec<(AccountId, Currency)>,
    left: VecDeque<Record>,
    /// After how many records reading fails.
    fails: Option<usize>,
    read: usize,
}

impl Pieces {
    fn boxed(records: &[Record]) -> Box<Self> {
        Self::failing(records, None)
    }

    fn failing(records: &[Record], fails: Option<usize>) -> Box<Self> {
        let bills = records.iter().filter_map(|record| match record {
            Record::Payment(payment) => Some(payment.bill.clone()),
            Record::CreditNote(note) => Some(note.bill.clone()),
            _ => None,
        });
        let deposits = records.iter().filter_map(|record| match record {
            Record::OpeningBalance(balance) => {
                Some((balance.account.clone(), balance.amount.currency()))
            }
            _ => None,
        });
        Box::new(Self {
            bills: bills.collect(),
            deposits: deposits.collect(),
            records: records.to_vec(),
            left: VecDeque::new(),
            fails,
            read: 0,
        })
    }
}

impl RecordSource for Pieces {
    fn begin(&mut self) -> Result<(), SourceError> {
        self.left = self.records.iter().cloned().collect();
        self.read = 0;
        Ok(())
    }

    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        let count = self.left.len().min(3);
        self.read += count;
        if self.fails.is_some_and(|fails| self.read > fails) {
            return Err(SourceError("the disk is gone".into()));
        }
        Ok(self.left.drain(..count).collect())
    }

    fn bills(&self) -> &[BillId] {
        &self.bills
    }

    fn deposits(&self) -> &[(AccountId, Currency)] {
        &self.deposits
    }
}

fn file(number: u64, digest: u8) -> NumberedFile {
    NumberedFile {
        source: "marketing".to_owned(),
        number,
        digest: [digest; 32],
        records: 2,
        totals: "{}".to_owned(),
        signature: "a.b.c".to_owned(),
    }
}

fn line(text: &str) -> Record {
    Record::parse(text.as_bytes()).unwrap()
}

fn payment(bill: &str, amount: i64, reference: &str) -> Record {
    line(&format!(
        r#"{{"type":"payment","bill":"{bill}","amount":{amount},"currency":"CNY","paid":"2026-08-20","channel":"counter","reference":"{reference}"}}"#
    ))
}

fn credit_note(id: &str, bill: &str, [revenue, tax, levies]: [i64; 3]) -> Record {
    line(&format!(
        r#"{{"type":"credit-note","id":"{id}","bill":"{bill}","issued":"2026-08-25","currency":"CNY","revenue":{revenue},"tax":{tax},"levies":{levies},"reason":"read again"}}"#
    ))
}

impl World {
    async fn take_file(
        &self,
        file: NumberedFile,
        records: &[Record],
    ) -> Result<FileOutcome, ImportError> {
        let progress = Arc::new(AtomicU64::new(0));
        let now = noon("2026-08-26");
        let taken = self
            .store
            .import_file(file, Pieces::boxed(records), Arc::clone(&progress), now)
            .await;
        if let Ok(FileOutcome::Taken { .. }) = &taken {
            assert_eq!(progress.load(Ordering::Relaxed), records.len() as u64);
        }
        taken
    }

    async fn rehearse(&self, file: NumberedFile, records: &[Record]) -> FileOutcome {
        let now = noon("2026-08-26");
        self.store
            .rehearse_file(file, Pieces::boxed(records), Arc::default(), now)
            .await
            .unwrap()
    }

    /// Makes the next file of the platform, with its draft as its bytes.
    async fn export(&self) -> Option<ExportDraft> {
        let draft = self.store.draft_export().await.unwrap()?;
        let kept = self.store.keep_export(export_of(&draft)).await.unwrap();
        assert!(matches!(kept, ExportOutcome::Kept(_)), "{kept:?}");
        Some(draft)
    }
}

fn export_of(draft: &ExportDraft) -> ExportFile {
    ExportFile {
        number: draft.number,
        created: noon("2026-09-03"),
        from: draft.from.clone(),
        to: draft.to.clone(),
        records: draft.movements.len() as u64,
        totals: "{}".to_owned(),
        body: format!("{draft:?}").into_bytes(),
    }
}

#[tokio::test]
async fn a_numbered_file_is_in_the_books_once() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let records: Vec<_> = (2..10)
        .map(|n| bill_record(&document(&format!("B-{n}"), 100)))
        .collect();
    let FileOutcome::Taken { file: kept, report } =
        world.take_file(file(1, 1), &records).await.unwrap()
    else {
        panic!("not taken");
    };
    assert_eq!((report.added, report.posted), (8, 8));
    assert_eq!(kept.acknowledgement, None);
    // Again, it changes nothing; with other bytes, it is refused; so is one after a gap.
    let FileOutcome::Exists(again) = world.take_file(file(1, 1), &records).await.unwrap() else {
        panic!("taken twice");
    };
    assert_eq!(again, kept);
    let other = world.take_file(file(1, 2), &records).await.unwrap_err();
    assert!(matches!(other, ImportError::NumberTaken { digest } if digest == [1; 32]));
    let gap = world.take_file(file(3, 3), &[]).await.unwrap_err();
    assert!(matches!(gap, ImportError::Gap { expected: 2 }), "{gap}");
    // One that posts nothing has its place in the journal too.
    let FileOutcome::Taken { file: empty, .. } =
        world.take_file(file(2, 2), &records).await.unwrap()
    else {
        panic!("not taken");
    };
    assert!(empty.journal.sequence > kept.journal.sequence);
    // Another source counts for itself.
    let mut elsewhere = file(1, 9);
    elsewhere.source = "readings".to_owned();
    world.take_file(elsewhere, &[]).await.unwrap();
    assert_eq!(
        world
            .store
            .last_import("marketing".to_owned())
            .await
            .unwrap(),
        2
    );
    // From now on records come in files only.
    let unnumbered = world.store.import(records, noon("2026-08-26")).await;
    assert!(matches!(unnumbered, Err(ImportError::Unnumbered)));
    let said = |jws: &str| {
        let (source, jws) = ("marketing".to_owned(), jws.to_owned());
        world.store.acknowledge_import(source, 1, jws)
    };
    assert_eq!(said("first").await.unwrap(), "first");
    assert_eq!(said("second").await.unwrap(), "first");
    let kept = world
        .store
        .imported_file("marketing".to_owned(), 1)
        .await
        .unwrap();
    assert_eq!(kept.unwrap().acknowledgement.as_deref(), Some("first"));
    assert_eq!(world.store.imported_files(2).await.unwrap().len(), 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn nothing_of_a_file_stays_that_cannot_be_read_to_its_end() {
    let world = World::new(&[]).await;
    let records: Vec<_> = (1..10)
        .map(|n| bill_record(&document(&format!("B-{n}"), 100)))
        .collect();
    let now = noon("2026-08-26");
    let broken = Pieces::failing(&records, Some(6));
    let taken = world
        .store
        .import_file(file(1, 1), broken, Arc::default(), now);
    assert!(matches!(taken.await, Err(ImportError::Source(_))));
    assert_eq!(world.place.rows("SELECT count(*) FROM bills"), ["0"]);
    assert_eq!(world.place.rows("SELECT count(*) FROM import_files"), ["0"]);
    world.take_file(file(1, 1), &records).await.unwrap();
    world.assert_sound().await;
}

#[tokio::test]
async fn a_rehearsal_tells_all_that_is_refused_and_changes_nothing() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let mut records = vec![
        bill_record(&document("B-1", 9_999)),
        payment("B-9", 100, "1"),
        bill_record(&document("B-2", 1_000)),
        bill_record(&document_of("B-3", "C-9", CUSTOMER, "CNY", 1)),
        credit_note("CN-1", "B-2", [0, 101, 0]),
        payment("B-2", 100, "2"),
        line(
            r#"{"type":"opening-balance","account":"C-77","amount":1,"currency":"CNY","as_of":"2026-08-01"}"#,
        ),
        line(r#"{"type":"mandate-end","mandate":"M-77","ended":"2026-08-01"}"#),
        line(r#"{"type":"tax-invoice","number":"1","bill":"B-77","issued":"2026-08-01"}"#),
    ];
    let FileOutcome::Rehearsed { report, faults } = world.rehearse(file(1, 1), &records).await
    else {
        panic!("not rehearsed");
    };
    let blamed: Vec<_> = faults.iter().map(|fault| fault.index().unwrap()).collect();
    assert_eq!(blamed, [0, 1, 3, 4, 6, 7, 8]);
    assert_eq!((report.added, report.posted), (2, 2));
    let error = world.take_file(file(1, 1), &records).await.unwrap_err();
    assert_eq!(error.index(), Some(0));
    assert_eq!(world.place.rows("SELECT count(*) FROM bills"), ["1"]);
    let mut at = 0;
    records.retain(|_| {
        at += 1;
        !blamed.contains(&(at - 1))
    });
    let FileOutcome::Rehearsed { faults, .. } = world.rehearse(file(1, 1), &records).await else {
        panic!("not rehearsed");
    };
    assert!(faults.is_empty(), "{faults:?}");
    world.take_file(file(1, 1), &records).await.unwrap();
    world.assert_sound().await;
}

#[tokio::test]
async fn what_is_more_than_is_open_goes_to_the_deposit() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 1_000)]).await;
    // An order holds B-2; it is cancelled meanwhile.
    world.pay(1, &["B-2"], "2026-08-20").await;
    // Of the first set-up.
    let euro = line(
        r#"{"type":"opening-balance","account":"C-2","amount":9,"currency":"EUR","as_of":"2026-08-01"}"#,
    );
    let early = noon("2026-08-20");
    world.store.import(vec![euro], early).await.unwrap();
    let records = [
        payment("B-1", 10_300, "1"),
        // 850 of revenue, 100 of tax, 50 of levies.
        credit_note("CN-1", "B-2", [850, 100, 50]),
        line(
            r#"{"type":"opening-balance","account":"C-1","amount":7,"currency":"CNY","as_of":"2026-08-01"}"#,
        ),
        bill_record(&document_of("B-3", "C-2", CUSTOMER, "CNY", 500)),
        credit_note("CN-2", "B-3", [100, 0, 25]),
        credit_note("CN-3", "B-3", [325, 0, 0]),
    ];
    world.take_file(file(1, 1), &records).await.unwrap();
    assert_eq!(world.open("B-1").await, 0);
    assert_eq!(world.open("B-2").await, 0);
    assert_eq!(world.open("B-3").await, 50);
    let deposits = world.store.deposits(CUSTOMER).await.unwrap();
    let balances: Vec<_> = deposits.iter().map(|one| one.balance.minor()).collect();
    assert_eq!(balances, [300 + 1_000 + 7, 9]);
    let credited = world
        .place
        .rows("SELECT id, total = credited_minor FROM bills ORDER BY id");
    let cancelled = |row: &str| row.ends_with("|1") || row.ends_with("|t");
    assert_eq!(
        credited
            .iter()
            .map(|row| cancelled(row))
            .collect::<Vec<_>>(),
        [false, true, false]
    );
    // More than is left of a part, or for a deposit in another currency.
    let more = world
        .take_file(file(2, 2), &[credit_note("CN-4", "B-3", [1, 0, 0])])
        .await;
    assert!(
        matches!(more, Err(ImportError::Credited { part: "revenue", left, .. }) if left == cny(0))
    );
    let foreign = world
        .take_file(file(2, 2), &[payment("B-3", 51, "2")])
        .await;
    assert!(matches!(foreign, Err(ImportError::DepositCurrency { .. })));
    // The order is rejected after all: the bill is open again, and the deposit stays.
    world
        .bank("r-1", 1, BankEvent::Rejected, "2026-08-27")
        .await;
    assert_eq!(world.open("B-2").await, 1_000);
    world.assert_sound().await;
}

#[tokio::test]
async fn people_change_and_mandates_end() {
    let world = World::new(&[]).await;
    let renamed = format!(
        r#"{{"type":"customer","id":"{CUSTOMER}","name":"Example Steelworks","locale":"zh-CN"}}"#
    );
    let li_na = crate::world::LI_NA;
    let limited = format!(
        r#"{{"type":"user","id":"{li_na}","customer":"{CUSTOMER}","name":"Li Na","rights":["view"],"limits":{{"day":500}}}}"#
    );
    let stolen = limited.replace(
        &CUSTOMER.to_string(),
        &crate::world::OTHER_CUSTOMER.to_string(),
    );
    let ended = r#"{"type":"mandate-end","mandate":"M-1","ended":"2026-09-01"}"#;
    let records = [line(&renamed), line(&limited), line(ended)];
    let FileOutcome::Taken { report, .. } = world.take_file(file(1, 1), &records).await.unwrap()
    else {
        panic!("not taken");
    };
    assert_eq!((report.replaced, report.added), (2, 1));
    let user = world.store.user(li_na).await.unwrap().unwrap();
    let limits = UserLimits {
        day: Some(500),
        alone: None,
    };
    assert_eq!(
        (user.limits, user.rights),
        (limits, vec!["view".to_owned()])
    );
    let mandates = world.store.mandates(CUSTOMER).await.unwrap();
    assert_eq!(mandates[0].ended, Some("2026-09-01".parse().unwrap()));
    // Nobody is handed to another customer, and an end is an end.
    let error = world.take_file(file(2, 2), &[line(&stolen)]).await;
    assert!(matches!(error, Err(ImportError::Conflict { .. })));
    let later = ended.replace("09-01", "10-01");
    let error = world.take_file(file(2, 2), &[line(&later)]).await;
    assert!(matches!(error, Err(ImportError::Conflict { .. })));
    // The first set-up replaces nothing.
    let fresh = World::new(&[]).await;
    let error = fresh
        .store
        .import(vec![line(&renamed)], noon("2026-08-26"))
        .await;
    assert!(matches!(error, Err(ImportError::Conflict { .. })));
}

#[tokio::test]
async fn what_is_not_in_the_payees_currency_is_refused() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let mandate = format!(
        r#"{{"type":"mandate","id":"M-8","customer":"{CUSTOMER}","debtor_name":"D","debtor_account":"CN-8","debtor_agent":"EXAMPLEX","signed":"2026-01-01","currency":"EUR","valid_from":"2026-02-01"}}"#
    );
    let records = [
        bill_record(&document("B-2", 100)),
        bill_record(&document_of("B-3", "C-1", CUSTOMER, "EUR", 100)),
        line(&mandate),
        line(
            r#"{"type":"opening-balance","account":"C-1","amount":7,"currency":"EUR","as_of":"2026-08-01"}"#,
        ),
    ];
    let FileOutcome::Rehearsed { faults, .. } = world.rehearse(file(1, 1), &records).await else {
        panic!("not rehearsed");
    };
    let told: Vec<_> = faults
        .iter()
        .map(|one| (one.index(), one.field()))
        .collect();
    let fields = ["document", "currency", "currency"];
    let wanted = [1, 2, 3].map(Some).into_iter().zip(fields.map(Some));
    assert_eq!(told, wanted.collect::<Vec<_>>());
    assert!(
        faults[0]
            .to_string()
            .ends_with("is in EUR, and the payee is paid in CNY"),
        "{}",
        faults[0]
    );
    let refused = world.take_file(file(1, 1), &records).await.unwrap_err();
    assert_eq!(refused.index(), Some(1));
    assert!(world.take_file(file(1, 1), &records[..1]).await.is_ok());
}

/// A user who comes again, in pieces that lie far apart.
#[tokio::test]
async fn who_is_replaced_twice_is_as_the_last_record_says() {
    let world = World::new(&[]).await;
    let li_na = crate::world::LI_NA;
    let user = |limit: u64| {
        let text = format!(
            r#"{{"type":"user","id":"{li_na}","customer":"{CUSTOMER}","name":"Li Na","rights":["view"],"limits":{{"day":{limit}}}}}"#
        );
        line(&text)
    };
    let mut records = vec![user(500), user(500)];
    records.extend((0..4).map(|n| bill_record(&document(&format!("B-{n}"), 100))));
    records.extend([user(700), user(900), user(900)]);
    let taken = world.take_file(file(1, 1), &records).await.unwrap();
    let FileOutcome::Taken { report, .. } = taken else {
        panic!("not taken");
    };
    assert_eq!((report.replaced, report.unchanged), (3, 2));
    let kept = world.store.user(li_na).await.unwrap().unwrap();
    assert_eq!(kept.limits.day, Some(900));
}

/// No collection was refused, so none is told of.
#[tokio::test]
async fn an_order_that_the_deposit_did_not_cover_is_no_rejection() {
    let world = World::new(&[("B-1", 500), ("B-2", 400)]).await;
    world.fill(1, "C-1", 600, "2026-08-20").await;
    let from_deposit = |mut order: AcceptOrder, needs_approval| {
        order.source = FundsSource::Deposit("C-1".parse().unwrap());
        (order.message, order.needs_approval) = (None, needs_approval);
        order
    };
    let order = world.order(2, &["B-1"], noon("2026-08-20")).await;
    world.accept(from_deposit(order, true)).await;
    let order = world.order(3, &["B-2"], noon("2026-08-20")).await;
    world.accept(from_deposit(order, false)).await;
    let decided = world
        .decide(2, WANG_WEI, Decision::Approve, "2026-08-21")
        .await;
    assert!(matches!(decided, DecideOutcome::Rejected(_)), "{decided:?}");
    let draft = world.export().await.unwrap();
    let kinds: Vec<_> = draft.movements.iter().map(|one| one.kind).collect();
    use MovementKind::{DepositIn, DepositOut, Settlement};
    assert_eq!(kinds, [DepositIn, Settlement, DepositOut]);
}

#[tokio::test]
async fn what_happened_is_told_once() {
    let world = World::new(&[("B-1", 10_000), ("B-2", 1_000), ("B-3", 100)]).await;
    // Bills are not told.
    assert_eq!(world.export().await, None);
    world.pay(1, &["B-1", "B-2"], "2026-09-01").await;
    world.pay(2, &["B-3"], "2026-09-01").await;
    let told = |draft: &ExportDraft| {
        let movements = draft.movements.iter();
        movements
            .map(|one| {
                let of = one
                    .bill
                    .as_ref()
                    .map_or("", |bill| bill.as_str())
                    .to_owned();
                (one.kind, of, one.amount.minor())
            })
            .collect::<Vec<_>>()
    };
    let first = world.export().await.unwrap();
    let fixed = MovementKind::PenaltyFixed;
    // A day late.
    let penalties: Vec<_> = told(&first)
        .iter()
        .map(|one| (one.0, one.1.clone()))
        .collect();
    assert_eq!(
        penalties,
        ["B-1", "B-2"].map(|bill| (fixed, bill.to_owned()))
    );
    assert_eq!(first.number, 1);
    assert_eq!(world.export().await, None);
    world.bank("b-1", 1, BankEvent::Booked, "2026-09-02").await;
    world
        .bank("r-2", 2, BankEvent::Rejected, "2026-09-02")
        .await;
    let second = world.store.draft_export().await.unwrap().unwrap();
    let (settled, rejected) = (MovementKind::Settlement, MovementKind::Rejection);
    assert_eq!(
        told(&second),
        [
            (settled, "B-1".to_owned(), 10_020),
            (settled, "B-2".to_owned(), 1_002),
            (rejected, "B-3".to_owned(), 100)
        ]
    );
    assert_eq!(second.movements[0].order, Some(order_id(1)));
    assert_eq!(
        second.movements[0].account.as_ref().unwrap().as_str(),
        "C-1"
    );
    // Another platform is faster: what it kept stays.
    world.export().await.unwrap();
    let late = world.store.keep_export(export_of(&second)).await.unwrap();
    assert_eq!(late, ExportOutcome::Overtaken);
    world
        .bank("x-1", 1, BankEvent::Returned, "2026-09-03")
        .await;
    let third = world.export().await.unwrap();
    let (returned, back) = (MovementKind::Return, MovementKind::PenaltyTakenBack);
    assert_eq!(
        told(&third),
        [
            (returned, "B-1".to_owned(), 10_020),
            (returned, "B-2".to_owned(), 1_002),
            (back, "B-1".to_owned(), 20),
            (back, "B-2".to_owned(), 2)
        ]
    );
    assert_eq!(world.store.next_export().await.unwrap(), 4);
    assert_eq!(
        world.store.sign_export(3, "one".to_owned()).await.unwrap(),
        "one"
    );
    assert_eq!(
        world.store.sign_export(3, "two".to_owned()).await.unwrap(),
        "one"
    );
    let at = noon("2026-09-04");
    let said = world
        .store
        .acknowledge_export(3, "jws".to_owned(), at)
        .await
        .unwrap();
    let again = world
        .store
        .acknowledge_export(3, "other".to_owned(), noon("2026-09-05"))
        .await;
    assert_eq!((said, again.unwrap()), (at, at));
    let exports = world.store.exports(10).await.unwrap();
    assert_eq!(
        exports.iter().map(|one| one.number).collect::<Vec<_>>(),
        [3, 2, 1]
    );
    assert_eq!(exports[0].acknowledged, Some(at));
    let body = world.store.export_body(1).await.unwrap().unwrap();
    assert_eq!(body, format!("{first:?}").into_bytes());
    assert_eq!(world.open(bill_id("B-1").as_str()).await, 10_000);
    world.assert_sound().await;
}

/// Which deposits begin with a surplus is known when the record comes, and pieces come in any order.
#[tokio::test]
async fn surpluses_of_several_pieces_begin_each_deposit_once() {
    let world = World::new(&[("B-1", 100), ("B-2", 100)]).await;
    let in_c_2 = |bill: &str| bill_record(&document_of(bill, "C-2", CUSTOMER, "CNY", 100));
    let bills = vec![in_c_2("D-1"), in_c_2("D-2")];
    world.store.import(bills, noon("2026-08-05")).await.unwrap();
    let note = credit_note("N-1", "B-2", [85, 10, 5]);
    let records = [
        // C-2 begins.
        payment("D-1", 110, "1"),
        payment("D-2", 60, "2"),
        payment("B-2", 40, "3"),
        // C-1 begins, C-2 goes on.
        payment("B-1", 120, "4"),
        payment("D-2", 45, "5"),
        payment("D-2", 1, "6"),
        // Both go on.
        payment("D-1", 3, "7"),
        note,
        payment("B-1", 1, "8"),
    ];
    let FileOutcome::Rehearsed { report, faults } = world.rehearse(file(1, 1), &records).await
    else {
        panic!("it is a rehearsal")
    };
    assert_eq!((report.surpluses, faults.len()), (7, 0), "{faults:?}");
    assert_eq!(world.deposit("C-2").await, 0);
    let taken = world.take_file(file(1, 1), &records).await.unwrap();
    let FileOutcome::Taken { report, .. } = taken else {
        panic!("{taken:?}")
    };
    assert_eq!((report.added, report.surpluses), (9, 7));
    assert_eq!(world.deposit("C-1").await, 20 + 40 + 1);
    assert_eq!(world.deposit("C-2").await, 10 + 5 + 1 + 3);
    // What is there goes on.
    let more = [payment("D-1", 4, "9"), payment("B-2", 2, "10")];
    world.take_file(file(2, 2), &more).await.unwrap();
    assert_eq!(world.deposit("C-1").await, 63);
    assert_eq!(world.deposit("C-2").await, 23);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_was_changed_in_kept_files_is_found() {
    let world = World::new(&[("B-1", 10_000)]).await;
    let records = [
        payment("B-1", 10_300, "1"),
        line(
            r#"{"type":"opening-balance","account":"C-1","amount":7,"currency":"CNY","as_of":"2026-08-01"}"#,
        ),
    ];
    world.take_file(file(1, 1), &records).await.unwrap();
    world.export().await.unwrap();
    world.assert_sound().await;
    for table in [
        "import_files",
        "exports",
        "credit_notes",
        "opening_balances",
        "tax_invoices",
    ] {
        let error = world.place.try_sql(&format!("DELETE FROM {table}"));
        let rows = world.place.rows(&format!("SELECT count(*) FROM {table}"));
        assert!(error.is_err() || rows == ["0"], "{table}");
    }
    let World { place, store, .. } = world;
    drop(store);
    for (change, blamed) in [
        (
            "UPDATE import_files SET link = zeroblob(32)",
            "import marketing 1",
        ),
        ("UPDATE import_files SET number = 2", "import marketing 2"),
        ("UPDATE exports SET body = digest", "export 1"),
        (
            "UPDATE export_heads SET sequence = sequence + 7",
            "export 1",
        ),
        (
            "UPDATE opening_balances SET amount = 8",
            "opening balance of C-1",
        ),
        ("DELETE FROM opening_balances", "opening balance of C-1"),
        ("UPDATE payments SET surplus = 299", "bill B-1"),
        ("UPDATE bills SET credited_minor = 5", "bill B-1"),
    ] {
        let copy = place.copy();
        copy.tamper(change);
        let report = copy.open().verify().await.unwrap();
        let found = report.findings.iter().any(|one| one.place == blamed);
        assert!(found, "{change}: {:#?}", report.findings);
    }
}
