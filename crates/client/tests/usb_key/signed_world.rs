//! A service with two accounts and two late bills, for the commands that sign.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use serde_json::{Value, json};
use wattkey_domain::Decision;
use wattkey_pki::Digest;
use wattkey_protocol::change::{Change, ChangeDecision};
use wattkey_protocol::decision::{self, DecisionDocument};
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::fields::byte_sequence;
use wattkey_protocol::names::FIELD_SIGNATURE_CERTIFICATE;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_protocol::order::{Order, SignedOrder};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::signed::{Document, Signed};
use wattkey_protocol::standing_instruction::StandingInstruction;
use wattkey_protocol::time;
use wattkey_seal::message::{Request, Response};
use wattkey_transport::{Identity, clock};

use crate::bench::Bench;
use crate::gateway::{Reaction, me};
use crate::order;
use crate::pages;

/// Enough for any command here.
const REQUESTS: usize = 120;
/// The penalty of what is late here: one in a hundred.
const PENALTY_PARTS: i64 = 100;

/// What the service has got, and how it behaves.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) orders: Vec<Signed<Order>>,
    pub(crate) decisions: Vec<Signed<DecisionDocument>>,
    pub(crate) instructions: Vec<Signed<StandingInstruction>>,
    /// An order of a colleague, and the certificate that is named for it.
    pub(crate) colleagues: Option<(SignedOrder, Identity)>,
    /// The state of every order here.
    pub(crate) state: &'static str,
    /// The first answer to what is signed gets lost: before it is taken, or after.
    pub(crate) lose: Option<Lose>,
    /// It refuses what is signed.
    pub(crate) refuse: Option<ProblemType>,
    pub(crate) limits: Value,
    /// What penalties grew by meanwhile.
    pub(crate) more_penalty: i64,
    pub(crate) changes: Vec<Signed<Change>>,
    pub(crate) change_decisions: Vec<Signed<ChangeDecision>>,
    pub(crate) disputes: Vec<Signed<Dispute>>,
    pub(crate) acknowledgements: Vec<Signed<Acknowledgement>>,
    /// A change of rights that a colleague signed, and the certificate that is named for it.
    pub(crate) colleagues_change: Option<(Signed<Change>, Identity)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lose {
    Request,
    Answer,
}

pub(crate) type Shared = Arc<Mutex<Service>>;

/// A change of rights that a colleague signed awaits a second person.
pub(crate) fn with_colleagues_change(bench: &Bench) -> Shared {
    let identity = bench.colleague(true);
    let created = time::whole_seconds(clock::now());
    let change: Change = serde_json::from_value(json!({
        "change": "6c1d0e4f-2a3b-4c4d-9e5f-607182930415", "audience": "https://pay.example",
        "customer": me()["customer"], "user": {"id": COLLEAGUE, "name": "Zhao Lei"},
        "replaces": 2, "created": time::format(created),
        "expires": time::format(created + SignedDuration::from_mins(15)),
        "what": {"kind": "rights", "user": COLLEAGUE, "account": "C-1",
            "rights": ["view", "prepare"]},
    }))
    .unwrap();
    let draft = wattkey_protocol::change::Draft::new(&change).unwrap();
    let certificate = identity.chain[0].thumbprint();
    let signed = draft.sign(&*identity.signer, certificate).unwrap();
    Arc::new(Mutex::new(Service {
        colleagues_change: Some((signed, identity)),
        state: "accepted",
        ..Service::default()
    }))
}

/// One order of a colleague awaits approval, signed with a key of ours or of somebody else.
pub(crate) fn with_colleagues_order(bench: &Bench, by_us: bool) -> Shared {
    let identity = bench.colleague(by_us);
    let mut document = order::document("B-1");
    document.user.id = "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6".parse().unwrap();
    document.user.name = "Zhao Lei".into();
    document.created = time::whole_seconds(clock::now());
    document.expires = document.created + SignedDuration::from_mins(15);
    let draft = wattkey_protocol::order::Draft::new(&document).unwrap();
    let certificate = identity.chain[0].thumbprint();
    let signed = draft.sign(&*identity.signer, certificate).unwrap();
    Arc::new(Mutex::new(Service {
        colleagues: Some((signed, identity)),
        state: "awaiting-approval",
        ..Service::default()
    }))
}

pub(crate) fn service() -> Shared {
    Arc::new(Mutex::new(Service {
        state: "accepted",
        ..Service::default()
    }))
}

/// The reactions of this service.
pub(crate) fn reactions(service: &Shared) -> Vec<Reaction> {
    let one = |_| {
        let service = Arc::clone(service);
        Reaction::Made(Box::new(move |request: &Request| {
            service.lock().unwrap().answer(request)
        }))
    };
    (0..REQUESTS).map(one).collect()
}

fn json_answer(status: u16, body: &Value) -> Response {
    Response {
        status,
        fields: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

fn problem(kind: ProblemType) -> Response {
    Response {
        status: kind.status(),
        fields: Vec::new(),
        body: Problem::new(kind).to_json(),
    }
}

fn page(items: &[Value]) -> Value {
    json!({"items": items, "next": null})
}

impl Service {
    fn answer(&mut self, request: &Request) -> Option<Response> {
        if request.method == "POST" {
            return self.take(request);
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let answer = match parts.as_slice() {
            ["me"] => {
                let mut me = me();
                me["rights"] = json!(["view", "approve"]);
                me["limits"] = self.limits.clone();
                me
            }
            ["accounts"] => page(&["C-1", "C-2"].map(account)),
            ["deposits"] => {
                page(&[json!({"account": "C-1", "currency": "CNY", "balance": 70_000})])
            }
            ["mandates"] => page(&[json!({
                "mandate": "M-1", "debtor_name": "Example Steel", "currency": "CNY",
                "debtor_account": "GB33BUKB20201555555555", "signed": "2026-01-01",
            })]),
            ["bills"] if query.contains("state=open") => page(&[]),
            ["bills"] => page(&[summary("B-2"), summary("B-1")]),
            ["bills", bill] => self.detail(bill),
            ["bills", bill, "quote"] => self.quote(bill, parameter(query, "principal")),
            ["bills", bill, "document"] => document(bill),
            ["orders"] => page(&self.views()),
            ["orders", id] => match self.view(id) {
                Some(view) => view,
                None => return Some(problem(ProblemType::NotFound)),
            },
            ["orders", id, "document"] => return Some(self.document(id)),
            ["orders", _, "transfer"] => {
                return Some(Response {
                    status: 200,
                    fields: Vec::new(),
                    body: b"<Document/>".to_vec(),
                });
            }
            ["standing-instructions"] => page(&self.instructions()),
            ["profile"] => profile(),
            ["metering-points"] => page(&[pages::metering_point()]),
            ["metering-points", _, "readings"] => pages::readings(query.contains("step=raw")),
            ["warnings"] => page(&pages::warnings()),
            ["arrears"] => pages::arrears(),
            ["accounts", _, "statement"] => pages::statement(query.contains("cursor=2")),
            ["changes"] => page(&self.change_views()),
            ["changes", _, "document"] => return Some(self.change_document()),
            ["disputes"] => page(&self.dispute_views()),
            ["notices"] => page(&[self.notice_view()]),
            ["notices", _, "document"] => notice(),
            _ => panic!("{} is not asked for", request.path),
        };
        Some(json_answer(200, &answer))
    }

    fn take(&mut self, request: &Request) -> Option<Response> {
        if self.lose == Some(Lose::Request) {
            self.lose = None;
            return None;
        }
        if let Some(kind) = self.refuse {
            return Some(problem(kind));
        }
        let text = std::str::from_utf8(&request.body).unwrap();
        let parts: Vec<&str> = request.path.trim_start_matches("/v1/").split('/').collect();
        let answer = if parts[0] == "changes" && parts.len() == 1 {
            self.changes.push(read(text));
            self.change_views().pop()
        } else if parts[0] == "changes" {
            self.change_decisions.push(read(text));
            self.change_views().pop()
        } else if parts[0] == "disputes" {
            self.disputes.push(read(text));
            self.dispute_views().pop()
        } else if parts[0] == "notices" {
            self.acknowledgements.push(read(text));
            Some(self.notice_view())
        } else if request.path == "/v1/standing-instructions" {
            self.instructions.push(read(text));
            self.instructions().pop()
        } else if request.path.ends_with("/decisions") {
            let signed: Signed<DecisionDocument> = read(text);
            self.state = match signed.document().decision {
                Decision::Approve => "accepted",
                Decision::Refuse => "refused",
                Decision::Cancel => "cancelled",
            };
            let id = signed.document().order.to_string();
            self.decisions.push(signed);
            self.view(&id)
        } else {
            self.orders.push(read(text));
            self.views().pop()
        };
        if self.lose == Some(Lose::Answer) {
            self.lose = None;
            return None;
        }
        Some(json_answer(201, &answer.unwrap()))
    }

    fn known(&self) -> impl Iterator<Item = &SignedOrder> {
        let colleagues = self.colleagues.iter().map(|(order, _)| order);
        colleagues.chain(&self.orders)
    }

    fn views(&self) -> Vec<Value> {
        self.known().map(|signed| self.view_of(signed)).collect()
    }

    fn view(&self, id: &str) -> Option<Value> {
        let mut known = self.known();
        let found = known.find(|signed| signed.order().order.to_string() == id);
        found.map(|signed| self.view_of(signed))
    }

    fn view_of(&self, signed: &SignedOrder) -> Value {
        let order = signed.order();
        let mut source = serde_json::to_value(&order.source).unwrap();
        source.as_object_mut().unwrap().remove("debtor_account");
        let decided = |signed: &Signed<DecisionDocument>| {
            let document = signed.document();
            json!({"user": document.user, "decision": document.decision,
                "at": time::format(document.created)})
        };
        let of_this =
            |decision: &&Signed<DecisionDocument>| decision.document().order == order.order;
        let decisions = self.decisions.iter().filter(of_this).map(decided);
        json!({
            "order": order.order, "digest": signed.digest(), "state": self.state,
            "user": order.user, "total": order.total, "currency": order.currency,
            "bills": order.bills.iter().map(|bill| json!({"bill": bill.bill,
                "principal": bill.principal, "penalty": bill.penalty})).collect::<Vec<_>>(),
            "deposit": order.deposit,
            "refund": order.refund.as_ref().map(|part| json!({"mandate": part.mandate,
                "amount": part.amount})),
            "source": source, "execute": order.execute.map(|day| day.to_string()),
            "reference": order.reference, "awaiting": null,
            "decisions": decisions.collect::<Vec<_>>(), "history": [],
        })
    }

    fn document(&self, id: &str) -> Response {
        let (signed, identity) = self.colleagues.as_ref().unwrap();
        assert_eq!(signed.order().order.to_string(), id);
        let certificate = byte_sequence(identity.chain[0].der());
        Response {
            status: 200,
            fields: vec![(FIELD_SIGNATURE_CERTIFICATE.into(), certificate.into_bytes())],
            body: signed.as_str().as_bytes().to_vec(),
        }
    }

    fn instructions(&self) -> Vec<Value> {
        let of = |signed: &&Signed<StandingInstruction>| signed.document().terms.is_some();
        let given = self.instructions.iter().filter(of);
        given.map(|signed| self.instruction(signed)).collect()
    }

    fn instruction(&self, given: &Signed<StandingInstruction>) -> Value {
        let document = given.document();
        let at = time::format(document.created);
        let end = self.instructions.iter().find(|other| {
            let other = other.document();
            other.terms.is_none() && other.instruction == document.instruction
        });
        json!({
            "instruction": document.instruction, "digest": given.digest(),
            "user": document.user, "terms": document.terms, "at": at,
            "ended": end.map(|end| json!({"digest": end.digest(), "user": document.user,
                "at": at})),
        })
    }
}

fn read<D: Document>(text: &str) -> Signed<D> {
    Signed::parse(text).unwrap()
}

fn parameter(query: &str, name: &str) -> Option<i64> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(value.parse().unwrap())
}

fn account(account: &str) -> Value {
    json!({"account": account, "name": "Works", "address": "1 Road", "currency": "CNY",
        "open": 1_000_000, "overdue": 1_000_000, "in_collection": 0})
}

fn open(bill: &str) -> i64 {
    if bill == "B-1" { 1_000_000 } else { 200_000 }
}

/// `B-1` is the older one.
fn due(bill: &str) -> &'static str {
    if bill == "B-1" {
        "2026-09-20"
    } else {
        "2026-10-20"
    }
}

fn summary(bill: &str) -> Value {
    json!({"bill": bill, "account": "C-1", "period": "2026-08", "issued": "2026-09-01",
        "due": due(bill), "currency": "CNY", "total": open(bill), "open": open(bill),
        "in_collection": 0, "state": "overdue"})
}

impl Service {
    fn detail(&self, bill: &str) -> Value {
        let mut detail = summary(bill);
        detail["document"] = json!(Digest::of(document(bill).to_string().as_bytes()));
        detail["quote"] = self.quote(bill, None);
        detail["order"] = Value::Null;
        detail
    }

    fn quote(&self, bill: &str, principal: Option<i64>) -> Value {
        let principal = principal.unwrap_or_else(|| open(bill));
        let until = time::whole_seconds(clock::now()) + SignedDuration::from_mins(30);
        let penalty = (principal + PENALTY_PARTS / 2) / PENALTY_PARTS + self.more_penalty;
        json!({"principal": principal, "penalty": penalty, "days": 5,
            "until": time::format(until)})
    }

    fn change_views(&self) -> Vec<Value> {
        let colleagues = self.colleagues_change.iter().map(|(change, _)| change);
        let views = colleagues.chain(&self.changes).map(|signed| {
            let change = signed.document();
            let decided = |signed: &Signed<ChangeDecision>| {
                let document = signed.document();
                json!({"user": document.user, "decision": document.decision,
                    "at": time::format(document.created)})
            };
            let of_this = |word: &&Signed<ChangeDecision>| word.document().change == change.change;
            let words = self.change_decisions.iter().filter(of_this);
            json!({"change": change.change, "digest": signed.digest(), "user": change.user,
                "what": change.what, "replaces": change.replaces, "state": "waiting",
                "version": null, "at": time::format(change.created), "until": null,
                "ended": null, "decisions": words.map(decided).collect::<Vec<_>>()})
        });
        views.collect()
    }

    fn change_document(&self) -> Response {
        let (signed, identity) = self.colleagues_change.as_ref().unwrap();
        let certificate = byte_sequence(identity.chain[0].der());
        Response {
            status: 200,
            fields: vec![(FIELD_SIGNATURE_CERTIFICATE.into(), certificate.into_bytes())],
            body: signed.as_str().as_bytes().to_vec(),
        }
    }

    fn dispute_views(&self) -> Vec<Value> {
        let opened = self.disputes.iter();
        let opened = opened.filter(|signed| signed.document().terms.is_some());
        let views = opened.map(|signed| {
            let dispute = signed.document();
            let at = time::format(dispute.created);
            let end = self.disputes.iter().find(|other| {
                let other = other.document();
                other.terms.is_none() && other.dispute == dispute.dispute
            });
            let end =
                end.map(|end| json!({"digest": end.digest(), "user": dispute.user, "at": at}));
            json!({"dispute": dispute.dispute, "digest": signed.digest(),
                "customer": dispute.customer, "account": "C-1", "user": dispute.user,
                "terms": dispute.terms, "at": at, "from": "2026-11-22", "until": null,
                "state": if end.is_some() { "withdrawn" } else { "open" },
                "withdrawn": end, "answer": null})
        });
        views.collect()
    }

    fn notice_view(&self) -> Value {
        let read = self.acknowledgements.iter().map(|signed| {
            let document = signed.document();
            json!({"user": document.user, "at": time::format(document.created),
                "digest": signed.digest()})
        });
        json!({"notice": NOTICE, "digest": Digest::of(notice().to_string().as_bytes()),
            "account": "C-1", "kind": "cut-off", "bills": 1, "total": 1_010_000,
            "currency": "CNY", "served": "2026-12-15T01:00:00Z",
            "cut_off": "2026-12-20T01:00:00Z", "acknowledged": read.collect::<Vec<_>>()})
    }
}

pub(crate) const NOTICE: &str = "7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d6";
/// One more who administers.
const APPROVER: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
pub(crate) const COLLEAGUE: &str = "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6";

fn notice() -> Value {
    json!({"notice": NOTICE, "audience": "https://pay.example", "customer": me()["customer"],
        "account": "C-1", "kind": "cut-off", "total": 1_010_000, "currency": "CNY",
        "bills": [{"bill": "B-1", "due": "2026-09-20", "open": 1_000_000, "penalty": 10_000}],
        "served": "2026-12-15T01:00:00Z", "cut_off": "2026-12-20T01:00:00Z"})
}

fn profile() -> Value {
    let contact = json!({"name": "Wang Fang", "role": "billing", "phone": "021 5555 0100",
        "email": null, "language": "zh"});
    let user = |id: &str, name: &str| json!({"user": {"id": id, "name": name}, "rights": ["view", "approve", "administer"]});
    json!({"customer": me()["customer"],
        "contacts": {"version": 3, "contacts": [contact], "since": "2026-11-01T00:00:00Z"},
        "notice_addresses": [],
        "invoice_data": {"version": 0, "data": null, "since": null},
        "users": [user("2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "Li Na"), user(COLLEAGUE, "Zhao Lei"),
            user(APPROVER, "He Ping")],
        "rights": [{"user": COLLEAGUE, "account": "C-1", "version": 2, "given": ["view"],
            "effective": ["view"], "since": "2026-11-01T00:00:00Z"}]})
}

fn document(bill: &str) -> Value {
    json!({
        "bill": bill, "account": "C-1", "customer": me()["customer"]["id"], "period": "2026-08",
        "currency": "CNY", "issued": "2026-09-01", "due": due(bill),
        "lines": [{"kind": "energy", "text": {"en": "Energy", "zh": "电量电费"},
            "amount": open(bill)}],
        "total": open(bill), "revenue": open(bill), "tax": 0, "levies": 0,
    })
}

/// That a document of this kind was signed by the key that is plugged in, the test server has
/// checked of the request; this is what it says.
pub(crate) fn decided(service: &Shared) -> Vec<Decision> {
    let service = service.lock().unwrap();
    let decisions = service.decisions.iter();
    assert_eq!(decision::TYPE, DecisionDocument::TYPE);
    decisions.map(|signed| signed.document().decision).collect()
}
