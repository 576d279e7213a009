//! A small world: one customer with two users, two contract accounts, a mandate.

use std::sync::Arc;

use crate::place::Place;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::{
    BankEvent, BillId, Currency, CustomerId, Decision, Money, OrderId, OrderState, PenaltyHistory,
    PenaltyRules, Quoting, UserId,
};
use wattkey_store::{
    AcceptBill, AcceptDeposit, AcceptOrder, AcceptOutcome, BankEventOutcome, BankMessageDraft,
    BankReport, BankSubject, DecideOrder, DecideOutcome, FundsSource, Receipt, Record, Store,
};

pub(crate) const CUSTOMER: CustomerId = CustomerId::from_uuid(Uuid::from_u128(0xc1));
pub(crate) const OTHER_CUSTOMER: CustomerId = CustomerId::from_uuid(Uuid::from_u128(0xc2));
pub(crate) const LI_NA: UserId = UserId::from_uuid(Uuid::from_u128(0xa1));
pub(crate) const WANG_WEI: UserId = UserId::from_uuid(Uuid::from_u128(0xa2));

/// The due date of all bills.
pub(crate) const DUE: &str = "2026-08-31";

pub(crate) struct World {
    pub(crate) place: Arc<Place>,
    pub(crate) store: Store,
    pub(crate) quoting: Arc<Quoting>,
}

pub(crate) fn order_id(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn bill_id(text: &str) -> BillId {
    text.parse().unwrap()
}

pub(crate) fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// Noon of a day in the service's time zone.
pub(crate) fn noon(day: &str) -> Timestamp {
    format!("{day}T04:00:00Z").parse().unwrap()
}

pub(crate) fn document(bill: &str, total: i64) -> Vec<u8> {
    document_of(bill, "C-1", CUSTOMER, "CNY", total)
}

pub(crate) fn document_of(
    bill: &str,
    account: &str,
    customer: CustomerId,
    currency: &str,
    total: i64,
) -> Vec<u8> {
    let (tax, levies) = (total / 10, total / 20);
    let revenue = total - tax - levies;
    format!(
        r#"{{"bill":"{bill}","account":"{account}","customer":"{customer}","period":"2026-08","currency":"{currency}","issued":"2026-08-05","due":"{DUE}","lines":[{{"kind":"energy","text":{{"en":"Energy","zh":"电费"}},"amount":{total}}}],"total":{total},"revenue":{revenue},"tax":{tax},"levies":{levies}}}"#
    )
    .into_bytes()
}

pub(crate) fn bill_record(document: &[u8]) -> Record {
    let line = format!(
        r#"{{"type":"bill","document":"{}"}}"#,
        Base64UrlUnpadded::encode_string(document)
    );
    Record::parse(line.as_bytes()).unwrap()
}

pub(crate) fn people() -> Vec<Record> {
    [
        r#"{"type":"payee","name":"Example Power","account":"CN-1","agent":"EXAMPLEX","creditor_id":"CR-1","currency":"CNY","time_zone":"UTC"}"#.to_owned(),
        format!(r#"{{"type":"customer","id":"{CUSTOMER}","name":"Example Steel","locale":"zh-CN"}}"#),
        format!(r#"{{"type":"customer","id":"{OTHER_CUSTOMER}","name":"Example Hospital","locale":"en"}}"#),
        format!(r#"{{"type":"user","id":"{LI_NA}","customer":"{CUSTOMER}","name":"Li Na","rights":["view","prepare","approve"]}}"#),
        format!(r#"{{"type":"user","id":"{WANG_WEI}","customer":"{CUSTOMER}","name":"Wang Wei","rights":["view","approve"]}}"#),
        format!(r#"{{"type":"account","id":"C-1","customer":"{CUSTOMER}","name":"Works 1","address":"1 Mill Road"}}"#),
        format!(r#"{{"type":"account","id":"C-2","customer":"{CUSTOMER}","name":"Works 2","address":"2 Mill Road"}}"#),
        format!(r#"{{"type":"account","id":"C-9","customer":"{OTHER_CUSTOMER}","name":"Ward","address":"9 Hill Road"}}"#),
        format!(r#"{{"type":"mandate","id":"M-1","customer":"{CUSTOMER}","debtor_name":"Example Steel","debtor_account":"CN-7","debtor_agent":"EXAMPLEX","signed":"2026-01-01","currency":"CNY","valid_from":"2026-02-01"}}"#),
        format!(r#"{{"type":"mandate","id":"M-2","customer":"{CUSTOMER}","debtor_name":"Example Steel","debtor_account":"CN-8","debtor_agent":"EXAMPLEX","signed":"2026-01-01","currency":"EUR","valid_from":"2026-02-01"}}"#),
        format!(r#"{{"type":"mandate","id":"M-3","customer":"{CUSTOMER}","debtor_name":"Example Steel","debtor_account":"CN-9","debtor_agent":"EXAMPLEX","signed":"2026-01-01","currency":"CNY","valid_from":"2027-01-01"}}"#),
    ]
    .iter()
    .map(|line| Record::parse(line.as_bytes()).unwrap())
    .collect()
}

/// What is signed, as far as the books repeat it. Bills are of `C-1`, those with a D of `C-2`.
pub(crate) fn payload(order: &AcceptOrder) -> String {
    let text = |digest: &[u8; 32]| Base64UrlUnpadded::encode_string(digest);
    let parts = order.bills.iter();
    let parts = parts.map(|bill| bill.principal.minor() + bill.penalty.minor());
    let deposit = order.deposit.as_ref();
    let refund = order.refund.as_ref();
    let total = parts.sum::<i64>()
        + deposit.map_or(0, |part| part.amount.minor())
        + refund.map_or(0, |refund| refund.amount.minor());
    let bills: Vec<_> = order
        .bills
        .iter()
        .map(|bill| {
            // By their names, so that an order may have bills of both.
            let account = if bill.bill.as_str().starts_with('D') {
                "C-2"
            } else {
                "C-1"
            };
            serde_json::json!({"bill": bill.bill, "account": account, "period": "2026-08",
                "document": text(&bill.document), "principal": bill.principal.minor(),
                "penalty": bill.penalty.minor(), "quote_until": bill.quote_until.to_string()})
        })
        .collect();
    let source = match &order.source {
        FundsSource::Mandate(mandate) => {
            serde_json::json!({"kind": "mandate", "mandate": mandate})
        }
        FundsSource::Transfer { creditor_reference } => {
            let reference = creditor_reference.as_str();
            serde_json::json!({"kind": "transfer", "creditor_reference": reference})
        }
        FundsSource::Deposit(account) => serde_json::json!({"kind": "deposit", "account": account}),
    };
    let deposit = deposit
        .map(|part| serde_json::json!({"account": part.account, "amount": part.amount.minor()}));
    let refund = refund.map(
        |refund| serde_json::json!({"mandate": refund.mandate, "amount": refund.amount.minor()}),
    );
    serde_json::json!({"order": order.order, "customer": {"id": order.customer},
        "user": {"id": order.user}, "bills": bills, "deposit": deposit, "refund": refund,
        "total": total, "currency": order.currency, "source": source,
        "execute": order.execute.map(|day| day.to_string()), "reference": order.reference})
    .to_string()
}

/// The order as it is signed after what it says was changed.
pub(crate) fn signed(mut order: AcceptOrder) -> AcceptOrder {
    let payload = payload(&order);
    order.digest = Sha256::digest(&payload).into();
    order.jws = format!(
        "e30.{}.c2ln",
        Base64UrlUnpadded::encode_string(payload.as_bytes())
    );
    order
}

pub(crate) fn message(id: &str) -> BankMessageDraft {
    BankMessageDraft {
        id: id.to_owned(),
        body: b"<xml/>".to_vec(),
        not_before: None,
    }
}

/// A receipt of a state as far as the books look into it.
pub(crate) fn receipt(
    order: OrderId,
    event: &wattkey_store::OrderEvent,
    supersedes: Option<&Receipt>,
) -> Receipt {
    let text = |digest: &[u8; 32]| Base64UrlUnpadded::encode_string(digest);
    let journal = event.journal;
    let payload = serde_json::json!({"order": order, "state": event.state,
        "as_of": event.at.to_string(),
        "journal": {"sequence": journal.sequence, "link": text(&journal.link)},
        "supersedes": supersedes.map(|before| text(&before.digest))})
    .to_string();
    let encoded = Base64UrlUnpadded::encode_string(payload.as_bytes());
    Receipt {
        jws: serde_json::json!({"payload": encoded, "signatures": []})
            .to_string()
            .into_bytes(),
        digest: Sha256::digest(&payload).into(),
    }
}

impl World {
    pub(crate) async fn new(bills: &[(&str, i64)]) -> Self {
        Self::at(Place::new(), bills).await
    }

    pub(crate) async fn at(place: Place, bills: &[(&str, i64)]) -> Self {
        let place = Arc::new(place);
        let store = place.open();
        let bills = bills
            .iter()
            .map(|(bill, total)| bill_record(&document(bill, *total)));
        let records = people().into_iter().chain(bills).collect();
        store.import(records, noon("2026-08-05")).await.unwrap();
        let quoting = Arc::new(Quoting {
            rules: PenaltyRules::default(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
        });
        Self {
            place,
            store,
            quoting,
        }
    }

    pub(crate) fn today(&self, now: Timestamp) -> Date {
        self.quoting.today(now)
    }

    /// An order as a client would make it of what it is shown at `now`.
    pub(crate) async fn order(&self, number: u128, bills: &[&str], now: Timestamp) -> AcceptOrder {
        let mut paid = Vec::new();
        for bill in bills {
            let row = self
                .store
                .bill(CUSTOMER, bill_id(bill), self.today(now))
                .await
                .unwrap();
            let row = row.unwrap();
            let quote = self
                .quoting
                .quote(row.open, &row.debt(self.today(now)), now)
                .unwrap();
            paid.push(AcceptBill {
                bill: row.bill,
                document: row.digest,
                principal: quote.principal,
                penalty: quote.penalty,
                quote_until: quote.until,
            });
        }
        self.order_of(number, paid, now)
    }

    pub(crate) fn order_of(
        &self,
        number: u128,
        bills: Vec<AcceptBill>,
        now: Timestamp,
    ) -> AcceptOrder {
        let order = order_id(number);
        signed(AcceptOrder {
            order,
            digest: [0; 32],
            jws: String::new(),
            customer: CUSTOMER,
            user: LI_NA,
            bindings: 0,
            bills,
            deposit: None,
            refund: None,
            currency: Currency::CNY,
            source: FundsSource::Mandate("M-1".parse().unwrap()),
            execute: None,
            reference: "PO 7".to_owned(),
            needs_approval: false,
            quoting: Arc::clone(&self.quoting),
            now,
            message: Some(message(&format!("WK{}", order.as_uuid().simple()))),
        })
    }

    pub(crate) async fn pay(&self, number: u128, bills: &[&str], day: &str) -> AcceptOutcome {
        let order = self.order(number, bills, noon(day)).await;
        self.store.accept_order(order).await.unwrap()
    }

    pub(crate) async fn bank(
        &self,
        reference: &str,
        number: u128,
        event: BankEvent,
        day: &str,
    ) -> BankEventOutcome {
        let report = BankReport {
            reference: reference.to_owned(),
            other_references: Vec::new(),
            subject: BankSubject::Order {
                order: order_id(number),
                event,
                amount: None,
                note: None,
            },
            now: noon(day),
        };
        self.store.apply_bank_event(report).await.unwrap()
    }

    /// Takes an order in as it is signed after what it says was changed.
    pub(crate) async fn accept(&self, order: AcceptOrder) -> AcceptOutcome {
        self.store.accept_order(signed(order)).await.unwrap()
    }

    /// An order for a part of a bill.
    pub(crate) async fn part(
        &self,
        number: u128,
        bill: &str,
        principal: i64,
        day: &str,
    ) -> AcceptOrder {
        let mut order = self.order(number, &[bill], noon(day)).await;
        let today = self.today(noon(day));
        let row = self.store.bill(CUSTOMER, bill_id(bill), today).await;
        let row = row.unwrap().unwrap();
        let debt = row.debt(today);
        let quote = self.quoting.quote(cny(principal), &debt, noon(day));
        let quote = quote.unwrap();
        (order.bills[0].principal, order.bills[0].penalty) = (quote.principal, quote.penalty);
        order
    }

    /// An order that fills the deposit of an account, and nothing else.
    pub(crate) fn filling(
        &self,
        number: u128,
        account: &str,
        minor: i64,
        day: &str,
    ) -> AcceptOrder {
        let mut order = self.order_of(number, Vec::new(), noon(day));
        order.deposit = Some(AcceptDeposit {
            account: account.parse().unwrap(),
            amount: cny(minor),
        });
        order
    }

    /// Fills the deposit of an account, booked by the bank.
    pub(crate) async fn fill(&self, number: u128, account: &str, minor: i64, day: &str) {
        let outcome = self.accept(self.filling(number, account, minor, day)).await;
        assert!(matches!(outcome, AcceptOutcome::Accepted(_)), "{outcome:?}");
        let reference = format!("fill {number}");
        let booked = self.bank(&reference, number, BankEvent::Booked, day).await;
        assert!(
            matches!(booked, BankEventOutcome::Moved { .. }),
            "{booked:?}"
        );
    }

    /// What is in the deposit of an account, in minor units.
    pub(crate) async fn deposit(&self, account: &str) -> i64 {
        let deposits = self.store.deposits(CUSTOMER).await.unwrap();
        let mut deposits = deposits.iter();
        let found = deposits.find(|deposit| deposit.account.as_str() == account);
        found.map_or(0, |deposit| deposit.balance.minor())
    }

    /// A decision as a person signs it.
    pub(crate) async fn decision(
        &self,
        number: u128,
        user: UserId,
        decision: Decision,
        day: &str,
    ) -> DecideOrder {
        let order = order_id(number);
        let record = self.store.order(CUSTOMER, order).await.unwrap().unwrap();
        let payload = serde_json::json!({"order": order,
            "order_digest": Base64UrlUnpadded::encode_string(&record.digest),
            "user": {"id": user}, "decision": decision})
        .to_string();
        let goes_to_bank =
            matches!(record.source, FundsSource::Mandate(_)) || record.refund.is_some();
        let approves = decision == Decision::Approve && goes_to_bank;
        DecideOrder {
            order,
            digest: record.digest,
            user,
            customer: CUSTOMER,
            bindings: 0,
            decision,
            jws: format!(
                "e30.{}.c2ln",
                Base64UrlUnpadded::encode_string(payload.as_bytes())
            ),
            now: noon(day),
            quoting: Arc::clone(&self.quoting),
            message: approves.then(|| message(&format!("WK{}", order.as_uuid().simple()))),
        }
    }

    pub(crate) async fn decide(
        &self,
        number: u128,
        user: UserId,
        decision: Decision,
        day: &str,
    ) -> DecideOutcome {
        let decided = self.decision(number, user, decision, day).await;
        self.store.decide_order(decided).await.unwrap()
    }

    /// Where an order stands.
    pub(crate) async fn state(&self, number: u128) -> OrderState {
        let record = self.store.order(CUSTOMER, order_id(number)).await.unwrap();
        record.unwrap().state
    }

    /// What is open of a bill, in minor units.
    pub(crate) async fn open(&self, bill: &str) -> i64 {
        let today = "2026-08-31".parse().unwrap();
        let row = self
            .store
            .bill(CUSTOMER, bill_id(bill), today)
            .await
            .unwrap();
        row.unwrap().open.minor()
    }

    /// All transfers as lines: event, debit, credit, amount. Orders as `ORDER-n`.
    pub(crate) fn transfers(&self) -> String {
        let lines = self.place.rows("SELECT event || ' | ' || debit || ' | ' || credit || ' | ' || amount FROM transfers WHERE event <> 'bill' ORDER BY process, sequence, position");
        let mut text = lines.join("\n");
        for number in 1..10 {
            text = text.replace(&order_id(number).to_string(), &format!("ORDER-{number}"));
        }
        text
    }

    /// Makes and keeps the receipts of an order, as the platform does.
    pub(crate) async fn receipts(&self, number: u128) {
        let record = self.store.order(CUSTOMER, order_id(number)).await.unwrap();
        let mut before = None;
        for event in record.unwrap().history {
            let receipt = receipt(order_id(number), &event, before.as_ref());
            let saved = self
                .store
                .save_receipt(order_id(number), event.state, receipt.clone());
            saved.await.unwrap();
            before = Some(receipt);
        }
    }

    pub(crate) async fn assert_sound(&self) {
        let report = self.store.verify().await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.findings);
        let findings = penalties_of(&self.store, &self.quoting).await;
        assert!(findings.is_empty(), "{findings:#?}");
        crate::statement::agrees(self).await;
    }
}

/// What is wrong with the penalties of these books.
pub(crate) async fn penalties_of(store: &Store, quoting: &Quoting) -> Vec<String> {
    let rates = PenaltyHistory::new(quoting.rules, Vec::new());
    let findings = store
        .verify_penalties(rates, quoting.time_zone.clone())
        .await;
    findings.unwrap().iter().map(ToString::to_string).collect()
}

pub(crate) fn lines(text: &str) -> String {
    text.trim()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Bytes as [`Place::HEX`] has them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
