//! The platform's listener for managers, as an adversary may run it: it holds
//! the platform's TLS key, and answers what it likes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use wattkey_pki::{Certificate, Digest, MemorySigner, Role, Trust};
use wattkey_protocol::api::{BindingHead, BindingSteps};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_transport::{Identity, Limits, serve, server_tls};

use crate::desk::Desk;

/// What the platform does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What it should.
    Honest,
    /// It keeps the step and closes the connection.
    DropsTheAnswer,
    /// It takes no step.
    Refuses,
    /// It says that another step came.
    LiesAboutTheHead,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) steps: Vec<String>,
    pub(crate) mode: Mode,
    /// What other paths answer, without their queries.
    pub(crate) answers: BTreeMap<String, Value>,
    /// What was handed over: the path, the document.
    pub(crate) posted: Vec<(String, String)>,
}

pub(crate) struct Platform {
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) address: String,
    _runtime: Runtime,
}

impl Platform {
    /// Starts with the key and certificate that the desk issued.
    pub(crate) fn start(desk: &Desk) -> Self {
        let read = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
        let identity = Identity {
            chain: vec![Certificate::from_pem(&read("platform.pem")).unwrap()],
            signer: Arc::new(MemorySigner::from_pkcs8_pem(&read("platform.key")).unwrap()),
        };
        let users = Trust::load(
            &desk.path("desk/users-ca.pem"),
            Some(&desk.path("desk/users-ca.crl")),
        )
        .unwrap();
        let tls = server_tls(&identity, users, Role::ManagerAuthentication).unwrap();
        let state = Arc::new(Mutex::new(State {
            steps: Vec::new(),
            mode: Mode::Honest,
            answers: BTreeMap::new(),
            posted: Vec::new(),
        }));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let kept = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&kept), request));
        runtime.spawn(serve(
            listener,
            tls,
            Limits::default(),
            service,
            std::future::pending(),
        ));
        Self {
            state,
            address,
            _runtime: runtime,
        }
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state.lock().unwrap().mode = mode;
    }

    pub(crate) fn answer(&self, path: &str, document: Value) {
        let mut state = self.state.lock().unwrap();
        state.answers.insert(path.to_owned(), document);
    }

    /// The last document that was handed over at a path.
    pub(crate) fn last_posted(&self, path: &str) -> Option<String> {
        let state = self.state.lock().unwrap();
        let mut posted = state.posted.iter().rev();
        let posted = posted.find(|(to, _)| to == path);
        posted.map(|(_, document)| document.clone())
    }

    pub(crate) fn steps(&self) -> Vec<String> {
        self.state.lock().unwrap().steps.clone()
    }
}

async fn answer(
    state: Arc<Mutex<State>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut state = state.lock().unwrap();
    let path = parts.uri.path();
    if path != "/v1/binding-steps" {
        if parts.method == Method::POST {
            let document = String::from_utf8(body.to_vec()).unwrap();
            state.posted.push((path.to_owned(), document));
        }
        let answer = state.answers.get(path).map(Value::to_string);
        return Ok(match answer {
            Some(answer) => respond(StatusCode::OK, answer.into_bytes()),
            None => {
                let problem = Problem::new(ProblemType::NotFound);
                respond(StatusCode::NOT_FOUND, problem.to_json())
            }
        });
    }
    if parts.method == Method::GET {
        return Ok(page(&state, parts.uri.query().unwrap()));
    }
    if state.mode == Mode::Refuses {
        let problem = Problem::new(ProblemType::BindingStep).with("reason", "because");
        return Ok(respond(StatusCode::CONFLICT, problem.to_json()));
    }
    state.steps.push(String::from_utf8(body.to_vec()).unwrap());
    let digest = match state.mode {
        Mode::DropsTheAnswer => return Err(std::io::Error::other("dropped")),
        Mode::LiesAboutTheHead => Digest::of(b"another step"),
        _ => Digest::of(&body),
    };
    let head = BindingHead {
        sequence: state.steps.len() as u64,
        digest,
    };
    Ok(respond(
        StatusCode::CREATED,
        serde_json::to_vec(&head).unwrap(),
    ))
}

/// One step a page, so that the desk must ask again.
fn page(state: &State, query: &str) -> Response<Full<Bytes>> {
    let after: usize = query.strip_prefix("after=").unwrap().parse().unwrap();
    let steps = state.steps.iter().skip(after).take(1).cloned().collect();
    let page = BindingSteps {
        steps,
        more: after + 1 < state.steps.len(),
    };
    respond(StatusCode::OK, serde_json::to_vec(&page).unwrap())
}

fn respond(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}
