//! Books to measure: bills of some customers on either database, and orders that they signed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wattkey_bank::pain008::{self, CollectionRequest};
use wattkey_bank::{Account, Agent, CharacterSet, Identifier};
use wattkey_domain::{
    AccountId, Currency, CustomerId, MandateId, Money, OrderId, PenaltyRules, Quoting, UserId,
};
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{Certificate, Digest, MemorySigner, Role, Signer as _};
use wattkey_protocol::order::{Draft, Named, Order, OrderBill, Payee, SignedOrder, Source};
use wattkey_store::{
    AcceptBill, AcceptOrder, AcceptOutcome, BankMessageDraft, FundsSource, Location,
    PostgresSettings, Record, Store,
};
use wattkey_test_postgres::{Database, Server};

/// Records of one import, so that what is not yet imported stays small in memory.
const PIECE: usize = 50_000;
/// Customers that the orders are of.
const CUSTOMERS: usize = 64;
pub(crate) const TOTAL: i64 = 1_234_500;

/// As a server for a service of this size is set up; fsync is on.
const SERVER: &[&str] = &[
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "wal_compression=off",
];
/// Whoever connects from this host is trusted: 256 connections with a password each would take
/// longer than what is measured with them.
const TRUSTED: &str = "host all all 127.0.0.1/32 trust\n";

/// Both databases.
pub(crate) struct Both {
    pub(crate) sqlite: Location,
    pub(crate) postgres: Location,
    /// The database of those books.
    pub(crate) books: Database,
    /// Another database on the same server.
    pub(crate) beside: Database,
    server: Server,
}

impl Both {
    /// The process that PostgreSQL's processes are children of.
    pub(crate) fn server(&self) -> anyhow::Result<Option<u32>> {
        let file = std::fs::read_to_string(self.server.data().join("postmaster.pid"))?;
        Ok(file
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok()))
    }
}

pub(crate) fn both(folder: &Path) -> anyhow::Result<Both> {
    let server = Server::start_with(SERVER);
    std::fs::write(server.data().join("pg_hba.conf"), TRUSTED)?;
    let books = server.database();
    books.sql("SELECT pg_reload_conf()");
    let settings = PostgresSettings::parse(&books.url())?;
    Ok(Both {
        books,
        sqlite: Location::Sqlite(folder.join("books.sqlite")),
        postgres: Location::Postgres(settings),
        beside: server.database(),
        server,
    })
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
    let document = BASE64_URL_SAFE_NO_PAD.encode(document);
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
        format!(r#"{{"type":"mandate","id":"{}","customer":"{customer}","debtor_name":"Example Steel","debtor_account":"CN-7","debtor_agent":"EXAMPLEX","signed":"2026-01-01","currency":"CNY","valid_from":"2026-02-01"}}"#, mandate(customer)),
    ];
    let accounts = accounts.iter().map(|account| {
        format!(r#"{{"type":"account","id":"{account}","customer":"{customer}","name":"Works","address":"1 Mill Road"}}"#)
    });
    lines.extend(accounts);
    lines
}

/// Somebody who signs for a customer.
struct Signer {
    customer: CustomerId,
    user: UserId,
    mandate: MandateId,
    account: AccountId,
    key: MemorySigner,
    certificate: Certificate,
}

/// Orders that customers signed, one bill each.
pub(crate) struct Orders {
    quoting: Arc<Quoting>,
    signers: Vec<Signer>,
    /// Documents of the bills, by the orders' numbers.
    documents: Vec<Vec<u8>>,
    jws: Vec<String>,
    parties: Parties,
}

impl Orders {
    pub(crate) fn sign(count: usize) -> anyhow::Result<Self> {
        let now = now();
        let signers = signers(now)?;
        let signed = |number: usize| {
            let signer = &signers[number % CUSTOMERS];
            let account = signer.account.as_str();
            let bytes = document(&format!("B-{number}"), account, signer.customer, "2026-08");
            let order = order(number, signer, &bytes, now)?;
            let signed = Draft::new(&order)?.sign(&signer.key, signer.certificate.thumbprint())?;
            anyhow::Ok((bytes, signed.as_str().to_owned()))
        };
        let half = count / 2;
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| (0..half).map(signed).collect::<anyhow::Result<Vec<_>>>());
            let second = (half..count).map(signed);
            let second = second.collect::<anyhow::Result<Vec<_>>>();
            (first.join(), second)
        });
        let first = first.map_err(|_| anyhow!("a thread panicked"))??;
        let (documents, jws) = first.into_iter().chain(second?).unzip();
        Ok(Self {
            quoting: Arc::new(Quoting {
                rules: PenaltyRules::default(),
                time_zone: TimeZone::UTC,
            }),
            signers,
            documents,
            jws,
            parties: Parties::new()?,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.jws.len()
    }

    /// Books with the bills of these orders.
    pub(crate) async fn open(&self, location: &Location) -> anyhow::Result<Store> {
        let store = Store::open_at(location)?;
        let mut lines: Vec<String> = self
            .signers
            .iter()
            .flat_map(|one| people(one.customer, one.user, &[one.account.to_string()]))
            .collect();
        for piece in self.documents.chunks(PIECE) {
            lines.extend(piece.iter().map(|document| bill_line(document)));
            store.import(parsed(&lines)?, now()).await?;
            lines.clear();
        }
        Ok(store)
    }

    /// The collection that the bank is asked for.
    fn message(&self, order: &Order) -> anyhow::Result<Vec<u8>> {
        let Parties {
            creditor,
            debtor,
            mandate,
        } = &self.parties;
        Ok(pain008::write(&CollectionRequest {
            reference: Identifier::for_order(&order.order),
            created: order.created,
            collection_date: "2026-12-01".parse()?,
            creditor: creditor.clone(),
            debtor: debtor.clone(),
            mandate: mandate.clone(),
            amount: Money::new(order.total, order.currency)?,
            bills: order.bills.iter().map(|one| one.bill.to_string()).collect(),
            characters: CharacterSet::Latin,
        })?)
    }

    /// What the platform does with an order that came, from its bytes to the durable answer.
    pub(crate) async fn post(&self, store: &Store, number: usize) -> anyhow::Result<()> {
        match store.accept_order(self.accept(number)?).await? {
            AcceptOutcome::Accepted(_) => Ok(()),
            other => Err(anyhow!("order {number}: {other:?}")),
        }
    }

    /// What of it comes before the books: its signature is verified, its message to the bank made.
    pub(crate) fn accept(&self, number: usize) -> anyhow::Result<AcceptOrder> {
        let signer = &self.signers[number % CUSTOMERS];
        let signed = SignedOrder::parse(&self.jws[number])?;
        let order = signed.verify(&signer.certificate)?;
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
        let Source::Mandate { mandate, .. } = &order.source else {
            return Err(anyhow!("order {number} is not paid under a mandate"));
        };
        Ok(AcceptOrder {
            order: order.order,
            digest: *signed.digest().as_bytes(),
            jws: signed.as_str().to_owned(),
            customer: order.customer.id,
            user: order.user.id,
            bindings: 0,
            bills: bills.collect::<anyhow::Result<_>>()?,
            deposit: None,
            refund: None,
            currency: order.currency,
            source: FundsSource::Mandate(mandate.clone()),
            execute: None,
            reference: order.reference.clone(),
            needs_approval: false,
            quoting: Arc::clone(&self.quoting),
            now: now(),
            message: Some(BankMessageDraft {
                id: Identifier::for_order(&order.order).as_str().to_owned(),
                body: self.message(order)?,
                not_before: None,
            }),
        })
    }
}

fn signers(now: Timestamp) -> anyhow::Result<Vec<Signer>> {
    let authority = MemorySigner::generate();
    let ca = issue::self_signed_ca("Bench CA", "Bench", &authority, now, 30)?;
    let subject = Subject {
        common_name: "Li Na".to_owned(),
        organisation: "Example Steel".to_owned(),
        key_serial: Some("1".to_owned()),
        dns_names: Vec::new(),
    };
    (0..CUSTOMERS as u128)
        .map(|number| {
            let key = MemorySigner::generate();
            let role = Role::UserSignature;
            let certificate =
                issue::certificate(&ca, &authority, role, &subject, key.public_key(), now, 7)?;
            let customer = CustomerId::from_uuid(Uuid::from_u128(0xc100 + number));
            Ok(Signer {
                customer,
                user: UserId::from_uuid(Uuid::from_u128(0xa100 + number)),
                mandate: mandate(customer).parse()?,
                account: format!("C-{number}").parse()?,
                key,
                certificate,
            })
        })
        .collect()
}

/// The id of a customer's mandate.
fn mandate(customer: CustomerId) -> String {
    format!("M-{:x}", customer.as_uuid().as_u128())
}

/// Everybody whom a message to the bank names.
struct Parties {
    creditor: pain008::Creditor,
    debtor: pain008::Party,
    mandate: pain008::Mandate,
}

impl Parties {
    fn new() -> anyhow::Result<Self> {
        let party = |name: &str, account: &str| {
            anyhow::Ok(pain008::Party {
                name: name.to_owned(),
                account: Account::new(account)?,
                agent: Agent::new("EXAMDEFF")?,
            })
        };
        Ok(Self {
            creditor: pain008::Creditor {
                party: party("Example Power", "DE02120300000000202051")?,
                scheme_id: Identifier::new("DE98ZZZ09999999999")?,
            },
            debtor: party("Example Steel", "DE02500105170137075030")?,
            mandate: pain008::Mandate {
                id: Identifier::new("M-c1")?,
                signed: "2026-01-01".parse()?,
            },
        })
    }
}

fn order(number: usize, signer: &Signer, document: &[u8], now: Timestamp) -> anyhow::Result<Order> {
    let until = now + SignedDuration::from_hours(24);
    let bill = OrderBill {
        bill: format!("B-{number}").parse()?,
        account: signer.account.clone(),
        period: "2026-08".parse()?,
        document: Digest::of(document),
        principal: TOTAL,
        penalty: 0,
        quote_until: Timestamp::from_second(until.as_second())?,
    };
    let created = Timestamp::from_second(now.as_second())?;
    // As if signed one after the other.
    let made = now + Duration::from_micros(number as u64 * 100);
    Ok(Order {
        order: OrderId::made_at(made, Uuid::new_v4()),
        audience: "https://pay.example".to_owned(),
        payee: Payee {
            name: "Example Power".to_owned(),
            account: "CN-1".to_owned(),
        },
        customer: Named {
            id: signer.customer,
            name: "Example Steel".to_owned(),
        },
        user: Named {
            id: signer.user,
            name: "Li Na".to_owned(),
        },
        bills: vec![bill],
        deposit: None,
        refund: None,
        total: TOTAL,
        currency: Currency::CNY,
        source: Source::Mandate {
            mandate: signer.mandate.clone(),
            debtor_account: "CN-7".to_owned(),
        },
        execute: None,
        reference: "PO 7".to_owned(),
        created,
        expires: created + SignedDuration::from_secs(600),
    })
}
