//! A test's proxy: plain HTTP on loopback in front of the security server, so that tools which know
//! nothing of capsules, sessions and USB keys can ask what payment software asks.
//!
//! A request is passed on as it came, in a capsule over mutual TLS, with session and signature. Of a
//! body of `application/json` the proxy makes a compact JWS, as payment software would after the
//! user's PIN: it sets who signs and when, and signs what else is in it, be it good or not.
//! `GET /seen` tells how often each request had which status.
#![expect(clippy::print_stdout, reason = "its port is its output")]

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex as StdMutex},
};

use anyhow::{Context as _, Result, bail};
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use clap::Parser;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Mutex};
use uuid::Uuid;
use wattkey_client::{
    config::Config,
    connection::{Link, ServiceError},
    keys,
    session::Session,
};
use wattkey_pki::{Role, Trust, jws};
use wattkey_protocol::{
    change, decision, dispute,
    fields::{byte_sequence, string},
    names::{
        FIELD_CERTIFICATE, FIELD_IDEMPOTENCY_KEY, FIELD_REQUEST, FIELD_SESSION,
        FIELD_SIGNATURE_CERTIFICATE, MAX_JWS, MEDIA_JOSE,
    },
    notice, order, request, standing_instruction, time,
};
use wattkey_seal::message;
use wattkey_token::{Pin, UnlockedKey};
use wattkey_transport::{ClientTls, Identity, client_tls, clock};

/// How long a document lasts that the proxy signs, in seconds.
const LIFETIME_S: i64 = 600;

#[derive(Parser)]
struct Arguments {
    /// Configuration of the payment software.
    #[arg(long)]
    config: PathBuf,
    #[arg(long)]
    pin_fd: u32,
}

/// A user with an unlocked USB key, whose connection is used by one request at a time.
struct User {
    config: Config,
    service_ca: Arc<Trust>,
    key: UnlockedKey,
    pin: Pin,
    tls: Arc<ClientTls>,
    /// The members that say who signs.
    names: Value,
    line: Mutex<Option<(Link, Session)>>,
    seen: StdMutex<BTreeMap<(String, String, u16), u64>>,
    /// What was signed for a path and a body: the same again is the same document.
    signed: StdMutex<BTreeMap<(String, String), (String, String)>>,
}

fn main() -> Result<ExitCode> {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return Ok(code);
    }
    let arguments = Arguments::parse();
    tokio::runtime::Runtime::new()?.block_on(serve(arguments))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(arguments: Arguments) -> Result<()> {
    let pin = Pin::from_fd(arguments.pin_fd)?;
    let config = Config::find(Some(&arguments.config), |_| None)?;
    let module = keys::module(&config.module)?;
    let key = keys::choose(keys::plugged_in(&module)?, None)?;
    let key = key.unlock(&pin).map_err(|refused| refused.error)?;
    let service_ca = Trust::load(&config.service_ca, None)?;
    let identity = Identity {
        chain: vec![key.authentication_certificate().clone()],
        signer: key.authentication_signer(),
    };
    let tls = client_tls(&identity, Arc::clone(&service_ca), Role::Gateway)?;
    let mut user = User {
        config,
        service_ca,
        key,
        pin,
        tls,
        names: Value::Null,
        line: Mutex::new(None),
        seen: StdMutex::default(),
        signed: StdMutex::default(),
    };
    let me = user.pass(Method::GET, "/v1/me", vec![], vec![]).await?;
    let me: Value = serde_json::from_slice(&me.body)?;
    user.names = json!({"user": me["user"], "customer": me["customer"], "payee": me["payee"]});
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("listening {}", listener.local_addr()?);
    let app = Router::new()
        .route("/seen", axum::routing::get(seen))
        .fallback(any)
        .with_state(Arc::new(user));
    let stopped = async {
        let kind = tokio::signal::unix::SignalKind::terminate();
        match tokio::signal::unix::signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped)
        .await?;
    Ok(())
}

async fn seen(State(user): State<Arc<User>>) -> axum::Json<Value> {
    let seen = user.seen.lock().expect("no holder panics");
    let rows = seen.iter().map(|((method, path, status), times)| {
        json!({"method": method, "path": path, "status": status, "times": times})
    });
    axum::Json(rows.collect())
}

async fn any(State(user): State<Arc<User>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 4 * MAX_JWS).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let passed = user
        .answer(&parts.method, target, &parts.headers, body)
        .await;
    let answer = match passed {
        Ok(answer) => answer,
        Err(error) => {
            // Not the service's: the tool is told that its request did not get there.
            let text = format!("the proxy failed: {error:#}");
            return (StatusCode::BAD_GATEWAY, text).into_response();
        }
    };
    let place = (
        parts.method.to_string(),
        parts.uri.path().to_owned(),
        answer.status,
    );
    *user
        .seen
        .lock()
        .expect("no holder panics")
        .entry(place)
        .or_default() += 1;
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.fields {
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().append(name, value);
        }
    }
    response
}

impl User {
    async fn answer(
        &self,
        method: &Method,
        target: &str,
        asked: &HeaderMap,
        body: Bytes,
    ) -> Result<message::Response> {
        let mut fields = Vec::new();
        if let Some(known) = asked.get(header::IF_NONE_MATCH) {
            fields.push(("if-none-match".to_owned(), known.as_bytes().to_vec()));
        }
        if *method == Method::GET {
            return self
                .pass(method.clone(), target, fields, body.to_vec())
                .await;
        }
        let media = asked.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        let is_json = media.is_some_and(|media| media.starts_with(b"application/json"));
        let is_document = is_json && *method == Method::POST;
        let (key, media, body) = match serde_json::from_slice::<Value>(&body) {
            Ok(document) if is_document => {
                let (key, jws) = self.signed_once(target, document)?;
                (
                    string(&key).into_bytes(),
                    MEDIA_JOSE.into(),
                    jws.into_bytes(),
                )
            }
            _ => {
                let key = asked
                    .get(FIELD_IDEMPOTENCY_KEY)
                    .map(|key| key.as_bytes().to_vec());
                (
                    key.unwrap_or_default(),
                    media.unwrap_or_default().to_vec(),
                    body.to_vec(),
                )
            }
        };
        fields.push((FIELD_IDEMPOTENCY_KEY.to_owned(), key));
        fields.push(("content-type".to_owned(), media));
        let certificate = byte_sequence(self.key.signature_certificate().der());
        fields.push((
            FIELD_SIGNATURE_CERTIFICATE.to_owned(),
            certificate.into_bytes(),
        ));
        self.pass(method.clone(), target, fields, body).await
    }

    fn signed_once(&self, target: &str, document: Value) -> Result<(String, String)> {
        let place = (target.to_owned(), document.to_string());
        let known = self
            .signed
            .lock()
            .expect("no holder panics")
            .get(&place)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let signed = self.signed(target, document)?;
        let mut kept = self.signed.lock().expect("no holder panics");
        Ok(kept.entry(place).or_insert(signed).clone())
    }

    /// The document of a path with who signs and when, signed; and its id.
    fn signed(&self, target: &str, mut document: Value) -> Result<(String, String)> {
        let (kind, id) = match target.split('?').next().unwrap_or_default() {
            "/v1/orders" => (order::TYPE, "order"),
            "/v1/standing-instructions" => (standing_instruction::TYPE, "instruction"),
            "/v1/disputes" => (dispute::TYPE, "dispute"),
            "/v1/changes" => (change::TYPE, "change"),
            path if path.starts_with("/v1/orders/") => (decision::TYPE, "order"),
            path if path.starts_with("/v1/changes/") => (change::decision::TYPE, "change"),
            path if path.starts_with("/v1/notices/") => (notice::TYPE, "notice"),
            path => bail!("nothing is signed for {path}"),
        };
        let now = clock::now();
        if let Value::Object(members) = &mut document {
            members.insert("audience".into(), json!(self.config.audience));
            members.insert("user".into(), self.names["user"].clone());
            for name in ["customer", "payee"] {
                if members.contains_key(name) {
                    members.insert(name.into(), self.names[name].clone());
                }
            }
            let ends = now + jiff::SignedDuration::from_secs(LIFETIME_S);
            members.insert("created".into(), json!(time::format(now)));
            members.insert("expires".into(), json!(time::format(ends)));
        }
        let name = document[id].as_str().unwrap_or_default().to_owned();
        let certificate = self.key.signature_certificate().thumbprint();
        let signer = self.key.signature_signer(self.pin.copy());
        let payload = serde_json::to_vec(&document)?;
        Ok((
            name,
            jws::sign_compact(&signer, kind, certificate, &payload)?,
        ))
    }

    /// Sends a request as payment software does; once more on a new connection when the old one ended.
    async fn pass(
        &self,
        method: Method,
        target: &str,
        fields: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
    ) -> Result<message::Response> {
        let mut line = self.line.lock().await;
        for _ in 0..2 {
            if line.as_ref().is_none_or(|(link, session)| {
                let now = clock::now();
                !link.is_usable(now) || !session.is_fresh(link.corrected(now))
            }) {
                *line = Some(self.connect().await?);
            }
            let (link, session) = line.as_mut().context("it was made just now")?;
            let request = self.request(session, &method, target, fields.clone(), body.clone())?;
            match link.exchange(&request).await {
                Ok(answer) => return Ok(answer),
                Err(ServiceError::NotSent(_) | ServiceError::Lost(_)) => *line = None,
                Err(error) => {
                    *line = None;
                    return Err(error.into());
                }
            }
        }
        bail!("the security server is gone")
    }

    async fn connect(&self) -> Result<(Link, Session)> {
        let tls = Arc::clone(&self.tls);
        let link = Link::open(&self.config, tls, &self.service_ca, clock::now).await?;
        let session = Session::begin(
            &*self.key.authentication_signer(),
            self.key.authentication_certificate().thumbprint(),
            &self.config.audience,
            link.corrected(clock::now()),
        )?;
        Ok((link, session))
    }

    fn request(
        &self,
        session: &Session,
        method: &Method,
        target: &str,
        more: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
    ) -> Result<message::Request> {
        let now = clock::now();
        let certificate = self.key.authentication_certificate().thumbprint();
        let date = time::format_http(now).context("a year that HTTP can write")?;
        let own = [
            ("date", date),
            (FIELD_CERTIFICATE, certificate.to_string()),
            (FIELD_REQUEST, Uuid::new_v4().to_string()),
            (FIELD_SESSION, session.statement().to_owned()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.into_bytes()));
        let mut request = message::Request {
            method: method.to_string(),
            scheme: "https".to_owned(),
            authority: self.config.authority.clone(),
            path: target.to_owned(),
            fields: own.into_iter().chain(more).collect(),
            body,
        };
        let signature = request::sign(
            session.key(),
            &request::RequestParts {
                method: &request.method,
                authority: &request.authority,
                path_and_query: &request.path,
                fields: &request.fields,
                body: &request.body,
            },
            now,
        )?;
        let signature = signature.into_iter();
        request
            .fields
            .extend(signature.map(|(name, value)| (name, value.into_bytes())));
        Ok(request)
    }
}
