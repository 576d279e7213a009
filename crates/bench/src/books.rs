//! Books to measure: one customer's bills on either database, and orders that were signed for them.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wattkey_domain::{Currency, CustomerId, Money, OrderId, PenaltyRules, Quoting, UserId};
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, Digest, MemorySigner, Role, Signer as _};
use wattkey_protocol::order::{
    Draft, Named, Order, OrderBill, Payee, SignedOrder, Source, SourceKind,
};
use wattkey_store::{
    AcceptBill, AcceptOrder, AcceptOutcome, Location, PostgresSettings, Record, Store,
};
use wattkey_test_postgres::{Database, Server};

/// Records of one import, so that what is not yet imported stays small in memory.
const PIECE: usize = 50_000;
const CUSTOMER: CustomerId = CustomerId::from_uuid(Uuid::from_u128(0xc1));
const USER: UserId = UserId::from_uuid(Uuid::from_u128(0xa1));
const TOTAL: i64 = 1_234_500;

/// As a server for a service of this size is set up; fsync is on.
const SERVER: &[&str] = &[
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "wal_compression=off",
];

/// Both databases.
pub(crate) struct Both {
    pub(crate) sqlite: Location,
    pub(crate) postgres: Location,
    /// Another database on the same server.
    pub(crate) beside: Database,
    _server: Server,
}

pub(crate) fn both(folder: &Path) -> anyhow::Result<Both> {
    let server = Server::start_with(SERVER);
    let settings = PostgresSettings::parse(&server.database().url())?;
    Ok(Both {
        sqlite: Location::Sqlite(folder.join("books.sqlite")),
        postgres: Location::Postgres(settings),
        beside: server.database(),
        _server: server,
    })
}

/// The number after `--NAME` on the command line, or `usual`.
pub(crate) fn option(name: &str, usual: u64) -> anyhow::Result<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(usual),
        (_, Some(value)) => value.parse().with_context(|| format!("{name} {value}")),
        (_, None) => Err(anyhow!("{name} needs a number")),
    }
}

pub(crate) fn now() -> Timestamp {
    wattkey_transport::clock::now()
}

/// A bill of 12 lines as the marketing system sends it.
pub(crate) fn document(bill: &str, account: &str, customer: CustomerId, period: &str) -> Vec<u8> {
    let lines: Vec<_> = (0..12_i64)
        .map(|n| {
            let amount = if n == 0 { TOTAL - 11 * 1_000 } else { 1_000 };
            serde_json::json!({"kind": "energy", "text": {"en": format!("Energy, period {n}"), "zh": format!("电费 第{n}时段")},
                "quantity": "1234.5", "unit": "kWh", "price": "0.8123", "amount": amount})
        })
        .collect();
    let (tax, levies) = (TOTAL / 10, TOTAL / 20);
    serde_json::json!({"bill": bill, "account": account, "customer": customer, "period": period,
        "currency": "CNY", "issued": format!("{period}-05"), "due": "2099-12-31", "lines": lines,
        "total": TOTAL, "revenue": TOTAL - tax - levies, "tax": tax, "levies": levies})
    .to_string()
    .into_bytes()
}

/// A line of an import file.
pub(crate) fn bill_line(document: &[u8]) -> String {
    let document = Base64UrlUnpadded::encode_string(document);
    format!(r#"{{"type":"bill","document":"{document}"}}"#)
}

pub(crate) fn parsed(lines: &[String]) -> anyhow::Result<Vec<Record>> {
    lines
        .iter()
        .map(|line| Ok(Record::parse(line.as_bytes())?))
        .collect()
}

/// Everybody but bills; `accounts` of one customer.
pub(crate) fn people(customer: CustomerId, user: UserId, accounts: &[String]) -> Vec<String> {
    let mut lines = vec![
        r#"{"type":"payee","name":"Example Power","account":"CN-1","agent":"EXAMPLEX","creditor_id":"CR-1","currency":"CNY","time_zone":"UTC"}"#.to_owned(),
        format!(r#"{{"type":"customer","id":"{customer}","name":"Example Steel","locale":"en"}}"#),
        format!(r#"{{"type":"user","id":"{user}","customer":"{customer}","name":"Li Na","rights":["view","approve"]}}"#),
        format!(r#"{{"type":"mandate","id":"M-{:x}","customer":"{customer}","debtor_name":"Example Steel","debtor_account":"CN-7","debtor_agent":"EXAMPLEX","signed":"2026-01-01","currency":"CNY","valid_from":"2026-02-01"}}"#, customer.as_uuid().as_u128()),
    ];
    let accounts = accounts.iter().map(|account| {
        format!(r#"{{"type":"account","id":"{account}","customer":"{customer}","name":"Works","address":"1 Mill Road"}}"#)
    });
    lines.extend(accounts);
    lines
}

/// Orders that a client signed, one bill each, and the certificate that says by whom.
pub(crate) struct Orders {
    pub(crate) certificate: Certificate,
    pub(crate) quoting: Arc<Quoting>,
    /// Documents of the bills, by the orders' numbers.
    documents: Vec<Vec<u8>>,
    pub(crate) jws: Vec<String>,
}

impl Orders {
    pub(crate) fn sign(count: usize) -> anyhow::Result<Self> {
        let now = now();
        let (authority, key) = (MemorySigner::generate(), MemorySigner::generate());
        let ca = issue::self_signed_ca("Bench CA", "Bench", &authority, now, 30)?;
        let subject = Subject {
            common_name: "Li Na".to_owned(),
            organisation: "Example Steel".to_owned(),
            key_serial: Some("1".to_owned()),
            dns_names: Vec::new(),
        };
        let role = Role::UserSignature;
        let certificate =
            issue::certificate(&ca, &authority, role, &subject, key.public_key(), now, 7)?;
        let quoting = Arc::new(Quoting {
            rules: PenaltyRules::default(),
            time_zone: TimeZone::UTC,
        });
        let (mut documents, mut jws) = (Vec::new(), Vec::new());
        for number in 0..count {
            let bytes = document(&format!("B-{number}"), "C-1", CUSTOMER, "2026-08");
            let order = order(number, &bytes, now)?;
            let signed = Draft::new(&order)?.sign(&key, certificate.thumbprint())?;
            jws.push(signed.as_str().to_owned());
            documents.push(bytes);
        }
        Ok(Self {
            certificate,
            quoting,
            documents,
            jws,
        })
    }

    /// Books with the bills of these orders.
    pub(crate) async fn open(&self, location: &Location) -> anyhow::Result<Store> {
        let store = Store::open_at(location)?;
        let mut lines = people(CUSTOMER, USER, &["C-1".to_owned()]);
        for piece in self.documents.chunks(PIECE) {
            lines.extend(piece.iter().map(|document| bill_line(document)));
            store.import(parsed(&lines)?, now()).await?;
            lines.clear();
        }
        Ok(store)
    }

    /// What the platform does with an order that came, from its bytes to the durable answer.
    pub(crate) async fn post(&self, store: &Store, number: usize) -> anyhow::Result<()> {
        let signed = SignedOrder::parse(&self.jws[number])?;
        let order = signed.verify(&self.certificate)?;
        let money = |minor| Money::new(minor, order.currency);
        let bills = order.bills.iter().map(|bill| {
            Ok(AcceptBill {
                bill: bill.bill.clone(),
                document: *bill.document.as_bytes(),
                principal: money(bill.principal)?,
                penalty: money(bill.penalty)?,
                quote_until: bill.quote_until,
            })
        });
        let accept = AcceptOrder {
            order: order.order,
            digest: *signed.digest().as_bytes(),
            jws: signed.as_str().to_owned(),
            customer: order.customer.id,
            user: order.user.id,
            bindings: 0,
            bills: bills.collect::<anyhow::Result<_>>()?,
            currency: order.currency,
            mandate: order.source.mandate.clone(),
            reference: order.reference.clone(),
            quoting: Arc::clone(&self.quoting),
            now: now(),
            message_id: format!("WK{}", order.order.as_uuid().simple()),
            // As long as a pain.008 for one collection is.
            message: vec![b' '; 2_600],
        };
        match store.accept_order(accept).await? {
            AcceptOutcome::Accepted(_) => Ok(()),
            other => Err(anyhow!("order {number}: {other:?}")),
        }
    }
}

fn order(number: usize, document: &[u8], now: Timestamp) -> anyhow::Result<Order> {
    let id = OrderId::from_uuid(Uuid::new_v4());
    let until = now + SignedDuration::from_hours(24);
    let bill = OrderBill {
        bill: format!("B-{number}").parse()?,
        account: "C-1".parse()?,
        period: "2026-08".parse()?,
        document: Digest::of(document),
        principal: TOTAL,
        penalty: 0,
        quote_until: Timestamp::from_second(until.as_second())?,
    };
    let created = Timestamp::from_second(now.as_second())?;
    Ok(Order {
        order: id,
        audience: "https://pay.example".to_owned(),
        payee: Payee {
            name: "Example Power".to_owned(),
            account: "CN-1".to_owned(),
        },
        customer: Named {
            id: CUSTOMER,
            name: "Example Steel".to_owned(),
        },
        user: Named {
            id: USER,
            name: "Li Na".to_owned(),
        },
        bills: vec![bill],
        total: TOTAL,
        currency: Currency::CNY,
        source: Source {
            kind: SourceKind::Mandate,
            mandate: format!("M-{:x}", CUSTOMER.as_uuid().as_u128()).parse()?,
            debtor_account: "CN-7".to_owned(),
        },
        reference: "PO 7".to_owned(),
        created,
        expires: created + SignedDuration::from_secs(600),
    })
}
