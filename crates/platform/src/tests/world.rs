//! A platform with two customers, their users and bills, and clients that sign as they must.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;
use uuid::Uuid;
use wattkey_domain::{CustomerId, Decision, OrderId, PenaltyHistory, PenaltyRules};
use wattkey_pki::{Certificate, Digest, MemorySigner, Role, Signer as _, b64u};
use wattkey_protocol::binding::Holder;
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::fields::{self, Fields};
use wattkey_protocol::order::{Named, Order, OrderBill, Payee, SignedOrder, Source};
use wattkey_protocol::request::{self, RequestParts};
use wattkey_protocol::session;
use wattkey_protocol::signed::{Document, Draft, Signed};
use wattkey_store::{BindingStep, Location, Record, Store};
use wattkey_transport::{Group, Peer};

use crate::app::App;
use crate::binding_log::{BindingLog, HeadFile};
use crate::config::Audience;
use crate::files::Files;
use crate::routes;
use crate::testing::{AUDIENCE, Marketing, Pki, UsbKey, Writer, manager, now, user};
use crate::verify;

pub(crate) const STEEL: u128 = 0x70;
pub(crate) const HOSPITAL: u128 = 0x80;

pub(crate) struct World {
    pub(crate) pki: Pki,
    pub(crate) folder: TempDir,
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<Mutex<Timestamp>>,
    pub(crate) gateway: Certificate,
    pub(crate) writer: Writer,
    pub(crate) manager: UsbKey,
    /// The marketing system, whose files are taken.
    pub(crate) marketing: Marketing,
    /// Li Na of the steelworks, who may sign.
    pub(crate) li_na: Client,
    /// Chen Yu of the steelworks, who may only look.
    pub(crate) chen_yu: Client,
    /// Zhao Lei of the hospital.
    pub(crate) zhao_lei: Client,
}

/// More users of the steelworks, where several are needed.
pub(crate) struct People {
    /// Wu Min, who may sign as Li Na may.
    pub(crate) wu_min: Client,
    /// Sun Li, who may prepare what others approve.
    pub(crate) sun_li: Client,
    /// Gao Jun, who may sign 30,000.00 a day, 15,000.00 of it alone.
    pub(crate) gao_jun: Client,
}

/// Who says who may do what at the steelworks: one who also approves, one who also looks, and one
/// who does nothing else.
pub(crate) struct Administrators {
    pub(crate) he_ping: Client,
    pub(crate) ma_yun: Client,
    pub(crate) lin_tao: Client,
}

/// A user with a USB key and a session.
pub(crate) struct Client {
    pub(crate) holder: Holder,
    pub(crate) key: UsbKey,
    pub(crate) session: MemorySigner,
    pub(crate) statement: String,
}

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) fields: Fields,
    pub(crate) body: Vec<u8>,
    pub(crate) group: Group,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) media: String,
    pub(crate) fields: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("books.sqlite"));
        Self::on(folder, &location).await
    }

    /// With books elsewhere than in the folder.
    pub(crate) async fn on(folder: TempDir, location: &Location) -> Self {
        let pki = Pki::new();
        let store = Store::open_at(location).unwrap();
        let report = store.import(records(), now()).await.unwrap();
        assert_eq!(report.posted, 5);
        let clock = Arc::new(Mutex::new(now()));
        let receipts = pki.receipt_key();
        let head = HeadFile::new(folder.path(), pki.services.anchor());
        let log = BindingLog::open(pki.rules(), head, receipts.clone(), false).unwrap();
        let marketing = Marketing::new(&pki);
        let sources = marketing.sources();
        let app = Arc::new(App {
            audience: Audience::new(AUDIENCE).unwrap(),
            users: pki.users.trust(),
            services: pki.services.trust(),
            service_ca: pki.services.certificate.clone(),
            log: Arc::new(log),
            store,
            receipts,
            penalty: PenaltyRules::default(),
            cut_off: wattkey_domain::arrears::notice::CutOffRules::default(),
            characters: wattkey_bank::CharacterSet::Latin,
            calendar: Arc::default(),
            files: Arc::new(Files::open(folder.path(), sources).unwrap()),
            metrics: crate::metrics::PlatformMetrics::default(),
            clock: Arc::new({
                let clock = Arc::clone(&clock);
                move || *clock.lock().unwrap()
            }),
        });
        let manager_key = pki.manager_key("M1");
        let mut writer = Writer::new(&pki, &manager_key);
        let mut bound = |id, customer, serial: &str| {
            let (holder, key) = (user(id, customer), pki.user_key(serial));
            writer.bind(&manager_key, holder.clone(), &key);
            Client::new(holder, key)
        };
        let (li_na, chen_yu) = (bound(7, STEEL, "U7"), bound(8, STEEL, "U8"));
        let zhao_lei = bound(9, HOSPITAL, "U9");
        let (gateway, _) = pki.service(Role::Gateway);
        let world = Self {
            folder,
            app,
            clock,
            gateway,
            writer,
            manager: manager_key,
            marketing,
            li_na,
            chen_yu,
            zhao_lei,
            pki,
        };
        world.store_steps().await;
        world
    }

    /// With more users of the steelworks.
    pub(crate) async fn with_people() -> (Self, People) {
        Self::new().await.and_people().await
    }

    /// These, and more users of the steelworks.
    pub(crate) async fn and_people(self) -> (Self, People) {
        let mut world = self;
        let person = |id: u128, name: &str, rights: &[&str]| {
            let (id, customer) = (Uuid::from_u128(id), customer(STEEL));
            json!({"type": "user", "id": id, "customer": customer, "name": name, "rights": rights})
        };
        let mut gao_jun = person(12, "Gao Jun", &["view", "approve"]);
        gao_jun["limits"] = json!({"day": 3_000_000, "alone": 1_500_000});
        world
            .import(&[
                person(10, "Wu Min", &["view", "approve"]),
                person(11, "Sun Li", &["view", "prepare"]),
                gao_jun,
            ])
            .await;
        let mut bound = |id, serial: &str| {
            let (holder, key) = (user(id, STEEL), world.pki.user_key(serial));
            world.writer.bind(&world.manager, holder.clone(), &key);
            Client::new(holder, key)
        };
        let people = People {
            wu_min: bound(10, "U10"),
            sun_li: bound(11, "U11"),
            gao_jun: bound(12, "U12"),
        };
        world.store_steps().await;
        (world, people)
    }

    /// With administrators at the steelworks.
    pub(crate) async fn with_administrators() -> (Self, Administrators) {
        Self::new().await.and_administrators().await
    }

    /// These, and administrators at the steelworks.
    pub(crate) async fn and_administrators(self) -> (Self, Administrators) {
        let mut world = self;
        let person = |id: u128, name: &str, rights: &[&str]| {
            let (id, customer) = (Uuid::from_u128(id), customer(STEEL));
            json!({"type": "user", "id": id, "customer": customer, "name": name, "rights": rights})
        };
        world
            .import(&[
                person(13, "He Ping", &["view", "approve", "administer"]),
                person(14, "Ma Yun", &["view", "administer"]),
                person(15, "Lin Tao", &["administer"]),
            ])
            .await;
        let mut bound = |id, serial: &str| {
            let (holder, key) = (user(id, STEEL), world.pki.user_key(serial));
            world.writer.bind(&world.manager, holder.clone(), &key);
            Client::new(holder, key)
        };
        let people = Administrators {
            he_ping: bound(13, "U13"),
            ma_yun: bound(14, "U14"),
            lin_tao: bound(15, "U15"),
        };
        world.store_steps().await;
        (world, people)
    }

    /// Takes the binding of a user away.
    pub(crate) async fn unbind(&mut self, client: &Client) {
        self.writer.unbind(&self.manager, &client.key);
        self.store_steps().await;
    }

    /// Takes records of the marketing system in.
    pub(crate) async fn import(&self, records: &[Value]) {
        let records = records
            .iter()
            .map(|record| Record::parse(record.to_string().as_bytes()).unwrap())
            .collect();
        self.app.store.import(records, self.now()).await.unwrap();
    }

    /// What is in the deposit of a contract account of the steelworks.
    pub(crate) async fn deposit(&self, account: &str) -> i64 {
        let answer = self.get(&self.li_na, "/v1/deposits").await.json();
        let items = answer["items"].as_array().unwrap().clone();
        let found = items.into_iter().find(|item| item["account"] == account);
        found.map_or(0, |item| item["balance"].as_i64().unwrap())
    }

    /// What is open of a bill of the steelworks, what is in collection, and its state.
    pub(crate) async fn open(&self, bill: &str) -> (i64, i64, String) {
        let detail = self
            .get(&self.li_na, &format!("/v1/bills/{bill}"))
            .await
            .json();
        let minor = |name: &str| detail[name].as_i64().unwrap();
        let state = detail["state"].as_str().unwrap().to_owned();
        (minor("open"), minor("in_collection"), state)
    }

    /// The books are whole; what of the bank's words a person must look at.
    pub(crate) async fn sound(&self) -> Vec<String> {
        let report = self.app.store.verify().await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        let rates = PenaltyHistory::new(self.app.penalty, Vec::new());
        let penalties = verify::penalties::check(&self.app.store, rates).await;
        assert_eq!(penalties.unwrap(), Vec::<String>::new());
        report.attention.iter().map(ToString::to_string).collect()
    }

    /// Brings the steps of the writer into the database, behind the managers' listener's back.
    pub(crate) async fn store_steps(&self) {
        let known = self.app.store.binding_head().await.unwrap().sequence;
        for (step, sequence) in self.writer.steps.iter().zip(1_u64..) {
            if sequence > known {
                let jws = step.as_str().to_owned();
                self.app
                    .store
                    .append_binding_step(BindingStep { sequence, jws })
                    .await
                    .unwrap();
            }
        }
    }

    pub(crate) fn set_clock(&self, time: &str) {
        *self.clock.lock().unwrap() = time.parse().unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    pub(crate) async fn get(&self, client: &Client, target: &str) -> Answer {
        self.send(client.get(target, self.now())).await
    }

    pub(crate) async fn post(&self, client: &Client, order: &SignedOrder) -> Answer {
        self.send(client.post(order, self.now())).await
    }

    /// Signs and posts an order.
    pub(crate) async fn pay(&self, client: &Client, order: &Order) -> Answer {
        self.post(client, &client.sign_order(order)).await
    }

    /// A decision on an order, as the client makes it from what the platform says.
    pub(crate) async fn decision(
        &self,
        client: &Client,
        order: OrderId,
        decision: Decision,
    ) -> DecisionDocument {
        let shown = self
            .get(client, &format!("/v1/orders/{order}"))
            .await
            .json();
        let me = self.get(client, "/v1/me").await.json();
        DecisionDocument {
            order,
            order_digest: shown["digest"].as_str().unwrap().parse().unwrap(),
            audience: AUDIENCE.to_owned(),
            user: Named {
                id: client.holder.id,
                name: me["user"]["name"].as_str().unwrap().to_owned(),
            },
            decision,
            created: self.now(),
            expires: self.now() + jiff::SignedDuration::from_secs(600),
        }
    }

    /// Signs and posts a decision.
    pub(crate) async fn decide(
        &self,
        client: &Client,
        order: OrderId,
        decision: Decision,
    ) -> Answer {
        let document = self.decision(client, order, decision).await;
        self.post_decision(client, &client.sign_document(&document))
            .await
    }

    pub(crate) async fn post_decision(
        &self,
        client: &Client,
        signed: &Signed<DecisionDocument>,
    ) -> Answer {
        let order = signed.document().order;
        let target = format!("/v1/orders/{order}/decisions");
        let key = order.to_string();
        let request = client.post_to(&target, signed.as_str(), &key, self.now());
        self.send(request).await
    }

    /// As a gateway sends it.
    pub(crate) async fn send(&self, request: Outgoing) -> Answer {
        self.send_as(self.gateway.clone(), request).await
    }

    pub(crate) async fn send_as(&self, peer: Certificate, request: Outgoing) -> Answer {
        exchange(routes::gateways(Arc::clone(&self.app)), peer, request).await
    }

    pub(crate) async fn manage(&self, peer: &Certificate, request: Outgoing) -> Answer {
        exchange(
            routes::managers(Arc::clone(&self.app)),
            peer.clone(),
            request,
        )
        .await
    }

    /// An order of Li Na's for some of the steelworks' bills, as the client makes it from what the
    /// platform says.
    pub(crate) async fn order(&self, id: u128, bills: &[&str]) -> Order {
        self.order_of(&self.li_na, id, bills).await
    }

    pub(crate) async fn order_of(&self, client: &Client, id: u128, bills: &[&str]) -> Order {
        let me = self.get(client, "/v1/me").await.json();
        let mut chosen = Vec::new();
        for bill in bills {
            let detail = self.get(client, &format!("/v1/bills/{bill}")).await.json();
            let member =
                |name: &str| serde_json::from_value::<String>(detail[name].clone()).unwrap();
            chosen.push(OrderBill {
                bill: member("bill").parse().unwrap(),
                account: member("account").parse().unwrap(),
                period: member("period").parse().unwrap(),
                document: member("document").parse().unwrap(),
                principal: detail["quote"]["principal"].as_i64().unwrap(),
                penalty: detail["quote"]["penalty"].as_i64().unwrap(),
                quote_until: detail["quote"]["until"].as_str().unwrap().parse().unwrap(),
            });
        }
        let mandate = self.get(client, "/v1/mandates").await.json()["items"][0].clone();
        Order {
            order: OrderId::from_uuid(Uuid::from_u128(id)),
            audience: AUDIENCE.to_owned(),
            payee: serde_json::from_value::<Payee>(me["payee"].clone()).unwrap(),
            customer: Named {
                id: client.holder.customer.unwrap(),
                name: me["customer"]["name"].as_str().unwrap().to_owned(),
            },
            user: Named {
                id: client.holder.id,
                name: me["user"]["name"].as_str().unwrap().to_owned(),
            },
            total: chosen
                .iter()
                .map(|bill| bill.principal + bill.penalty)
                .sum(),
            bills: chosen,
            deposit: None,
            refund: None,
            currency: "CNY".parse().unwrap(),
            source: Source::Mandate {
                mandate: mandate["mandate"].as_str().unwrap().parse().unwrap(),
                debtor_account: mandate["debtor_account"].as_str().unwrap().to_owned(),
            },
            execute: None,
            reference: "PO-4711".to_owned(),
            created: self.now(),
            expires: self.now() + jiff::SignedDuration::from_secs(600),
        }
    }

    /// Hides what differs from run to run: digests and thumbprints.
    pub(crate) fn redacted(mut value: Value) -> Value {
        redact(&mut value);
        value
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) if text.parse::<Digest>().is_ok() => *text = "[digest]".to_owned(),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => members.values_mut().for_each(redact),
        _ => {}
    }
}

async fn exchange(router: Router, peer: Certificate, request: Outgoing) -> Answer {
    let mut outgoing = Request::builder()
        .method(request.method)
        .uri(request.target);
    for (name, value) in &request.fields {
        outgoing = outgoing.header(name, value.as_slice());
    }
    let mut outgoing = outgoing.body(Body::from(request.body)).unwrap();
    let address = "127.0.0.1:9".parse().unwrap();
    outgoing.extensions_mut().insert(Peer {
        certificate: peer,
        group: request.group,
        address,
    });
    let answer = router.oneshot(outgoing).await.unwrap();
    let (parts, body) = answer.into_parts();
    Answer {
        status: parts.status,
        media: parts
            .headers
            .get("content-type")
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        fields: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        assert_eq!(self.media, "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Name of the problem, after checking that it is told as section 15 has it.
    pub(crate) fn problem(&self) -> &'static str {
        let problem = wattkey_protocol::problem::Problem::parse(&self.body);
        let problem = problem.unwrap_or_else(|| panic!("{} {}", self.status, self.text()));
        assert_eq!(self.media, "application/problem+json");
        assert_eq!(problem.status, self.status.as_u16());
        problem.kind().unwrap().name()
    }

    /// A member of the problem.
    pub(crate) fn member(&self, name: &str) -> Value {
        serde_json::from_slice::<Value>(&self.body).unwrap()[name].clone()
    }
}

impl Client {
    pub(crate) fn new(holder: Holder, key: UsbKey) -> Self {
        let session = MemorySigner::generate();
        let statement = statement(&key, &session, now());
        Self {
            holder,
            key,
            session,
            statement,
        }
    }

    /// A new session, from `at` on.
    pub(crate) fn renewed(&self, at: Timestamp) -> Self {
        let session = MemorySigner::generate();
        let statement = statement(&self.key, &session, at);
        Self {
            holder: self.holder.clone(),
            key: self.key.clone(),
            session,
            statement,
        }
    }

    pub(crate) fn get(&self, target: &str, at: Timestamp) -> Outgoing {
        let request = Outgoing {
            method: Method::GET,
            target: target.to_owned(),
            fields: Vec::new(),
            body: Vec::new(),
            group: Group::X25519MlKem768,
        };
        self.sign(request, at)
    }

    pub(crate) fn post(&self, order: &SignedOrder, at: Timestamp) -> Outgoing {
        self.post_text(order.as_str(), order.order().order, at)
    }

    pub(crate) fn post_text(&self, text: &str, key: OrderId, at: Timestamp) -> Outgoing {
        self.post_to("/v1/orders", text, &key.to_string(), at)
    }

    pub(crate) fn post_to(&self, target: &str, text: &str, key: &str, at: Timestamp) -> Outgoing {
        let request = Outgoing {
            method: Method::POST,
            target: target.to_owned(),
            fields: vec![
                field("content-type", "application/jose"),
                field("idempotency-key", &fields::string(key)),
                field(
                    "wattkey-signature-certificate",
                    &fields::byte_sequence(self.key.signature.der()),
                ),
            ],
            body: text.as_bytes().to_vec(),
            group: Group::X25519MlKem768,
        };
        self.sign(request, at)
    }

    /// Adds session, signature and what the gateway adds.
    pub(crate) fn sign(&self, mut request: Outgoing, at: Timestamp) -> Outgoing {
        request.fields.push(field(
            "wattkey-request",
            "6a1c3d1e-0000-4000-8000-000000000001",
        ));
        request
            .fields
            .push(field("wattkey-session", &self.statement));
        let parts = RequestParts {
            method: request.method.as_str(),
            authority: "pay.example",
            path_and_query: &request.target,
            fields: &request.fields,
            body: &request.body,
        };
        let more = request::sign(&self.session, &parts, at).unwrap();
        request.fields.extend(
            more.into_iter()
                .map(|(name, value)| (name, value.into_bytes())),
        );
        request.fields.push(field(
            "client-cert",
            &fields::byte_sequence(self.key.authentication.der()),
        ));
        request
    }

    pub(crate) fn sign_order(&self, order: &Order) -> SignedOrder {
        self.sign_document(order)
    }

    pub(crate) fn sign_document<D: Document>(&self, document: &D) -> Signed<D> {
        let draft = Draft::new(document).unwrap();
        draft
            .sign(&*self.key.signature_signer, self.key.signature.thumbprint())
            .unwrap()
    }
}

impl Outgoing {
    /// Replaces a field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.fields.push(field(name, value));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }
}

pub(crate) fn field(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}

pub(crate) fn statement(key: &UsbKey, session: &MemorySigner, at: Timestamp) -> String {
    let thumbprint = key.authentication.thumbprint();
    session::sign(
        &*key.authentication_signer,
        thumbprint,
        AUDIENCE,
        session.public_key(),
        at,
        900,
    )
    .unwrap()
}

pub(crate) fn customer(id: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(id))
}

/// The manager who is bound in the world's first step.
pub(crate) fn first_manager() -> Holder {
    manager(1)
}

fn records() -> Vec<Record> {
    let (steel, hospital) = (customer(STEEL), customer(HOSPITAL));
    let person = |id: u128, customer: CustomerId, name: &str, rights: &[&str]| {
        let id = Uuid::from_u128(id);
        json!({"type": "user", "id": id, "customer": customer, "name": name, "rights": rights})
    };
    let account = |id: &str, customer: CustomerId| json!({"type": "account", "id": id, "customer": customer, "name": "Works", "address": "1 Mill Road"});
    let mandate = |id: &str, customer: CustomerId, from: &str, currency: &str| {
        json!({"type": "mandate", "id": id, "customer": customer, "debtor_name": "Debtor", "debtor_account": "6222000000000001",
            "debtor_agent": "ICBKCNBJXXX", "signed": "2025-01-02", "currency": currency, "valid_from": from})
    };
    let lines = [
        json!({"type": "payee", "name": "Example Power", "account": "DE89370400440532013000", "agent": "COBADEFFXXX",
            "creditor_id": "DE98ZZZ09999999999", "currency": "CNY", "time_zone": "Asia/Shanghai"}),
        json!({"type": "customer", "id": steel, "name": "Example Steel", "locale": "zh"}),
        json!({"type": "customer", "id": hospital, "name": "Example Hospital", "locale": "en"}),
        person(7, steel, "Li Na", &["view", "prepare", "approve"]),
        person(8, steel, "Chen Yu", &["view"]),
        person(9, hospital, "Zhao Lei", &["view", "approve"]),
        account("C-1", steel),
        account("C-2", steel),
        account("C-9", hospital),
        mandate("M-1", steel, "2025-02-01", "CNY"),
        mandate("M-2", steel, "2030-01-01", "CNY"),
        mandate("M-3", steel, "2025-02-01", "EUR"),
        mandate("M-9", hospital, "2025-02-01", "CNY"),
        bill(
            "B-1",
            "C-1",
            steel,
            "2026-06",
            ["2026-07-01", "2026-07-20"],
            "CNY",
            1_000_000,
        ),
        bill(
            "B-2",
            "C-1",
            steel,
            "2026-07",
            ["2026-08-01", "2026-09-20"],
            "CNY",
            2_000_000,
        ),
        bill(
            "B-3",
            "C-2",
            steel,
            "2026-07",
            ["2026-08-01", "2026-09-20"],
            "CNY",
            3_000_000,
        ),
        bill(
            "B-4",
            "C-2",
            steel,
            "2026-05",
            ["2026-06-01", "2026-09-20"],
            "EUR",
            4_000_000,
        ),
        bill(
            "B-9",
            "C-9",
            hospital,
            "2026-07",
            ["2026-08-01", "2026-09-20"],
            "CNY",
            9_000_000,
        ),
    ];
    lines
        .iter()
        .map(|line| Record::parse(line.to_string().as_bytes()).unwrap())
        .collect()
}

pub(crate) fn bill(
    id: &str,
    account: &str,
    customer: CustomerId,
    period: &str,
    dates: [&str; 2],
    currency: &str,
    total: i64,
) -> Value {
    let document = json!({
        "bill": id, "account": account, "customer": customer, "period": period, "currency": currency,
        "issued": dates[0], "due": dates[1],
        "lines": [{"kind": "energy", "text": {"en": "Energy", "zh": "电量电费"}, "quantity": "10000.0",
            "unit": "kWh", "price": "1.0000", "amount": total}],
        "total": total, "revenue": total - 100, "tax": 60, "levies": 40,
    });
    json!({"type": "bill", "document": b64u::encode(document.to_string().as_bytes())})
}
