//! A security server that misbehaves on request: real TLS, real capsules, scripted answers.
//!
//! What a good server does is shown with the real one, in `crates/e2e`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::net::TcpListener;
use wattkey_pki::Role;
use wattkey_protocol::names::{
    FIELD_CERTIFICATE, FIELD_SESSION, GATEWAY_PATH, MEDIA_CAPSULE_RESPONSE,
};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::request::RequestParts;
use wattkey_protocol::{keys, request, session};
use wattkey_seal::message::{self, Request};
use wattkey_seal::{Aead, KeyConfiguration, Responder, SoftwareKey, open_request};
use wattkey_transport::{Identity, Limits, Peer, clock, serve, server_tls};

use crate::bench::Bench;

pub(crate) const AUDIENCE: &str = "https://pay.example";
const HOST: &str = "pay.example";
const KEY_ID: u8 = 7;
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server does with a capsule.
pub(crate) enum Reaction {
    /// Answers in the capsule.
    Answer(u16, serde_json::Value),
    /// Answers a problem in the capsule.
    Problem(Problem),
    /// Answers a problem before opening it.
    Plain(ProblemType),
    /// Reads it and closes the connection.
    Close,
    /// Answers in the capsule, after a while.
    Late(Duration, u16, serde_json::Value),
    /// Reads it and never answers.
    Silence,
    /// Answers what this makes of it; closes the connection when it makes nothing.
    Made(Maker),
}

/// Makes an answer of a request.
pub(crate) type Maker = Box<dyn FnOnce(&Request) -> Option<message::Response> + Send>;

/// A capsule as it arrived.
pub(crate) struct Seen {
    pub(crate) capsule: Bytes,
    pub(crate) request: Request,
}

#[derive(Default)]
struct State {
    script: VecDeque<Reaction>,
    seen: Vec<Seen>,
    key_fetches: usize,
}

/// How a server differs from a genuine one.
pub(crate) struct Gateway {
    pub(crate) tls: Identity,
    pub(crate) keys: Identity,
    /// Its clock, from ours.
    pub(crate) clock: SignedDuration,
}

impl Gateway {
    pub(crate) fn genuine(bench: &Bench) -> Gateway {
        Gateway {
            tls: bench.service.server(Role::Gateway, HOST),
            keys: bench.service.server(Role::KeyConfiguration, HOST),
            clock: SignedDuration::ZERO,
        }
    }

    /// Starts it; the reactions are used one for each capsule.
    pub(crate) async fn start(self, bench: &Bench, script: Vec<Reaction>) -> Running {
        let tls = server_tls(&self.tls, bench.ours_trust(), Role::UserAuthentication).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State {
            script: script.into(),
            ..State::default()
        }));
        let server = Arc::new(Server {
            capsule: SoftwareKey::generate(KEY_ID).unwrap(),
            keys: self.keys,
            clock: self.clock,
            state: Arc::clone(&state),
        });
        let service = service_fn(move |request: http::Request<Incoming>| {
            let server = Arc::clone(&server);
            async move { server.answer(request).await }
        });
        tokio::spawn(serve(
            listener,
            tls,
            Limits::default(),
            service,
            std::future::pending(),
        ));
        Running { address, state }
    }
}

pub(crate) struct Running {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl Running {
    /// Method and path of each capsule that was opened, after making sure that no capsule came twice.
    pub(crate) fn requests(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        for (index, one) in state.seen.iter().enumerate() {
            let again = state
                .seen
                .iter()
                .skip(index + 1)
                .any(|other| other.capsule == one.capsule);
            assert!(!again, "a capsule was sent twice");
        }
        let line = |seen: &Seen| format!("{} {}", seen.request.method, seen.request.path);
        state.seen.iter().map(line).collect()
    }

    /// Bodies of the orders that came.
    pub(crate) fn orders(&self) -> Vec<Vec<u8>> {
        let state = self.state.lock().unwrap();
        let orders = state
            .seen
            .iter()
            .filter(|seen| seen.request.method == "POST");
        orders.map(|seen| seen.request.body.clone()).collect()
    }

    /// Reactions to the next capsules.
    pub(crate) fn follow(&self, script: Vec<Reaction>) {
        self.state.lock().unwrap().script = script.into();
    }

    /// Waits until so many capsules were opened.
    pub(crate) async fn seen(&self, count: usize) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.state.lock().unwrap().seen.len() < count {
            assert!(tokio::time::Instant::now() < deadline, "no capsule comes");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.state.lock().unwrap().key_fetches
    }
}

struct Server {
    capsule: SoftwareKey,
    keys: Identity,
    clock: SignedDuration,
    state: Arc<Mutex<State>>,
}

type Outcome = Result<Response<Full<Bytes>>, std::io::Error>;

impl Server {
    async fn answer(&self, outer: http::Request<Incoming>) -> Outcome {
        assert_eq!(outer.uri().path(), GATEWAY_PATH);
        if outer.method() == Method::GET {
            self.state.lock().unwrap().key_fetches += 1;
            return Ok(self.key_configuration());
        }
        let peer = outer.extensions().get::<Peer>().unwrap().clone();
        let capsule = outer.into_body().collect().await.unwrap().to_bytes();
        let opened = open_request(&self.capsule, &[self.configuration()], &capsule).unwrap();
        let inner = Request::decode(&opened.message).unwrap();
        check(&inner, &peer, self.now());
        let seen = inner.clone();
        let reaction = {
            let mut state = self.state.lock().unwrap();
            state.seen.push(Seen {
                capsule,
                request: inner,
            });
            state
                .script
                .pop_front()
                .expect("the script has a reaction for each capsule")
        };
        let closed = || std::io::Error::other("closed on request");
        let (status, body) = match reaction {
            Reaction::Made(maker) => {
                let answer = maker(&seen).ok_or_else(closed)?;
                return Ok(in_capsule(opened.responder, &answer));
            }
            Reaction::Late(after, status, body) => {
                tokio::time::sleep(after).await;
                (status, body.to_string().into_bytes())
            }
            Reaction::Silence => std::future::pending().await,
            Reaction::Answer(status, body) => (status, body.to_string().into_bytes()),
            Reaction::Problem(problem) => (problem.status, problem.to_json()),
            Reaction::Plain(kind) => return Ok(plain(kind)),
            Reaction::Close => return Err(closed()),
        };
        let answer = message::Response {
            status,
            fields: Vec::new(),
            body,
        };
        Ok(in_capsule(opened.responder, &answer))
    }

    fn key_configuration(&self) -> Response<Full<Bytes>> {
        let body = KeyConfiguration::encode_list(&[self.configuration()]).unwrap();
        let certificate = &self.keys.chain[0];
        let answer = keys::sign(
            &*self.keys.signer,
            certificate,
            "gateway-1",
            body,
            self.now(),
            3600,
        );
        let answer = answer.unwrap();
        let mut response = Response::builder();
        for (name, value) in &answer.fields {
            response = response.header(name, value);
        }
        response.body(Full::from(answer.body)).unwrap()
    }

    fn configuration(&self) -> KeyConfiguration {
        KeyConfiguration {
            key_id: KEY_ID,
            public_key: *self.capsule.public_key(),
            aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
        }
    }

    fn now(&self) -> Timestamp {
        clock::now() + self.clock
    }
}

fn in_capsule(responder: Responder, answer: &message::Response) -> Response<Full<Bytes>> {
    let sealed = responder.seal(&answer.encode_padded().unwrap()).unwrap();
    let answer = Response::builder().header(header::CONTENT_TYPE, MEDIA_CAPSULE_RESPONSE);
    answer.body(Full::from(sealed)).unwrap()
}

/// What gateway and platform check of each request, with their own functions.
fn check(inner: &Request, peer: &Peer, now: Timestamp) {
    assert_eq!(
        (inner.scheme.as_str(), inner.authority.as_str()),
        ("https", HOST)
    );
    let text = |name: &str| std::str::from_utf8(inner.field(name).unwrap()).unwrap();
    assert_eq!(
        text(FIELD_CERTIFICATE),
        peer.certificate.thumbprint().to_string()
    );
    let date = wattkey_protocol::time::parse_http(text("date")).unwrap();
    assert!(
        date.duration_since(now).abs() < SignedDuration::from_secs(60),
        "{date}"
    );
    let key = session::verify(text(FIELD_SESSION), &peer.certificate, AUDIENCE, now).unwrap();
    let parts = RequestParts {
        method: &inner.method,
        authority: &inner.authority,
        path_and_query: &inner.path,
        fields: &inner.fields,
        body: &inner.body,
    };
    request::verify(&parts, &key, now).unwrap();
}

fn plain(kind: ProblemType) -> Response<Full<Bytes>> {
    let body = Problem::new(kind).to_json();
    Response::builder()
        .status(kind.status())
        .body(Full::from(body))
        .unwrap()
}

/// `GET /v1/me` of the sample order's user.
pub(crate) fn me() -> serde_json::Value {
    json!({
        "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
        "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
        "key": {"serial": "1", "bound": "2026-01-01T00:00:00Z", "expires": "2029-01-01T00:00:00Z"},
        "rights": ["view"],
        "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
        "time_zone": "Asia/Shanghai",
    })
}
