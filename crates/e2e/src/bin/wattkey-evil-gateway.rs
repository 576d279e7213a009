//! A test's security server that was taken over: it holds all of the real one's keys and
//! certificates, and tries every operation in the name of a user who is not connected.
//!
//! `capture`, run with the user's USB key, makes what passed through while the user was connected:
//! a session statement and signed requests, fresh ones and ones of a minute ago. `attack`, run with
//! the security server's card, uses all of it against the platform and prints one JSON line per
//! attempt; it judges nothing. The test judges.
#![expect(clippy::print_stdout, reason = "the attempts are its output")]

use std::{fs, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use http::Request;
use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wattkey_pki::{Certificate, Digest, MemorySigner, Role, Signer, Trust, jws};
use wattkey_protocol::{
    fields::{Fields, byte_sequence, string},
    names::{
        FIELD_CERTIFICATE, FIELD_CLIENT_CERT, FIELD_IDEMPOTENCY_KEY, FIELD_REQUEST, FIELD_SESSION,
        MEDIA_JOSE,
    },
    problem::Problem,
    request::{self, RequestParts},
    session, time,
};
use wattkey_token::{Card, Module, Pin};
use wattkey_transport::{Connection, Identity, client_tls, clock};

/// Longest answer that is read.
const MAX_ANSWER: usize = 1024 * 1024;

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    module: PathBuf,
    #[arg(long)]
    audience: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What passed through while the user was connected, to standard output.
    Capture {
        #[arg(long)]
        pin_fd: u32,
        /// Paths of the requests.
        paths: Vec<String>,
    },
    /// Every operation in that user's name, without the user.
    Attack {
        #[arg(long)]
        card_pin_fd: u32,
        #[arg(long)]
        token: String,
        #[arg(long)]
        service_ca: PathBuf,
        #[arg(long)]
        platform: String,
        #[arg(long)]
        platform_name: String,
        /// What `capture` printed.
        #[arg(long)]
        captured: PathBuf,
        /// A signed order of the user's, as it passed through.
        #[arg(long)]
        order: PathBuf,
    },
}

/// What the security server saw of a user.
#[derive(Serialize, Deserialize)]
struct Captured {
    certificate: String,
    statement: String,
    requests: Vec<Passed>,
}

/// A signed request, as it passed through.
#[derive(Clone, Serialize, Deserialize)]
struct Passed {
    method: String,
    path: String,
    fields: Vec<(String, String)>,
    body: String,
    /// Seconds since it was signed.
    age: i64,
}

fn main() -> Result<ExitCode> {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return Ok(code);
    }
    run(Arguments::parse())?;
    Ok(ExitCode::SUCCESS)
}

fn run(arguments: Arguments) -> Result<()> {
    let module = Module::load(&arguments.module)?;
    let audience = &arguments.audience;
    match arguments.command {
        Command::Capture { pin_fd, paths } => {
            capture(&module, audience, &Pin::from_fd(pin_fd)?, &paths)
        }
        Command::Attack {
            card_pin_fd,
            token,
            service_ca,
            platform,
            platform_name,
            captured,
            order,
        } => {
            let card = Card::open(&module, &token, &Pin::from_fd(card_pin_fd)?)?;
            let attacker = Attacker {
                card,
                audience: audience.clone(),
                captured: serde_json::from_slice(&fs::read(captured)?)?,
                order: fs::read_to_string(order)?.trim().to_owned(),
            };
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(attacker.run(&service_ca, &platform, &platform_name))
        }
    }
}

fn capture(module: &Arc<Module>, audience: &str, pin: &Pin, paths: &[String]) -> Result<()> {
    let key = module
        .usb_keys()?
        .into_iter()
        .next()
        .context("no USB key")?;
    let key = key.unlock(pin).map_err(|refused| refused.error)?;
    let certificate = key.authentication_certificate().clone();
    let session_key = MemorySigner::generate();
    let now = clock::now();
    let signer = key.authentication_signer();
    let statement = session::sign(
        &*signer,
        certificate.thumbprint(),
        audience,
        session_key.public_key(),
        now,
        session::MAX_LIFETIME_S,
    )?;
    let mut requests = Vec::new();
    for age in [0, 61] {
        for path in paths {
            let created = now - SignedDuration::from_secs(age);
            requests.push(passed(
                audience,
                path,
                &statement,
                &session_key,
                &certificate,
                created,
                age,
            )?);
        }
    }
    println!(
        "{}",
        serde_json::to_string(&Captured {
            certificate: certificate.pem(),
            statement,
            requests
        })?
    );
    Ok(())
}

fn passed(
    audience: &str,
    path: &str,
    statement: &str,
    session_key: &MemorySigner,
    certificate: &Certificate,
    created: Timestamp,
    age: i64,
) -> Result<Passed> {
    let attempt = Attempt::get(path);
    let mut fields = attempt.fields(certificate, Some(statement));
    fields.extend(attempt.signature(audience, &fields, session_key, created)?);
    let text = |(n, v): (String, Vec<u8>)| Ok((n, String::from_utf8(v)?));
    Ok(Passed {
        method: "GET".into(),
        path: path.into(),
        fields: fields.into_iter().map(text).collect::<Result<_>>()?,
        body: String::new(),
        age,
    })
}

/// One operation that is tried.
struct Attempt {
    method: &'static str,
    path: String,
    body: String,
    idempotency: Option<String>,
}

impl Attempt {
    fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            body: String::new(),
            idempotency: None,
        }
    }

    fn order(jws: &str, id: &str) -> Self {
        Self {
            method: "POST",
            path: "/v1/orders".into(),
            body: jws.into(),
            idempotency: Some(id.into()),
        }
    }

    fn fields(&self, certificate: &Certificate, statement: Option<&str>) -> Fields {
        let mut fields = vec![
            (
                "date".to_owned(),
                time::format_http(clock::now()).unwrap_or_default(),
            ),
            (
                FIELD_CERTIFICATE.to_owned(),
                certificate.thumbprint().to_string(),
            ),
            (
                FIELD_REQUEST.to_owned(),
                "00000000-0000-4000-8000-000000000e71".to_owned(),
            ),
        ];
        fields.extend(statement.map(|s| (FIELD_SESSION.to_owned(), s.to_owned())));
        if let Some(id) = &self.idempotency {
            fields.push((FIELD_IDEMPOTENCY_KEY.to_owned(), string(id)));
            fields.push(("content-type".to_owned(), MEDIA_JOSE.to_owned()));
        }
        fields
            .into_iter()
            .map(|(n, v)| (n, v.into_bytes()))
            .collect()
    }

    fn signature(
        &self,
        audience: &str,
        fields: &Fields,
        key: &dyn Signer,
        created: Timestamp,
    ) -> Result<Fields> {
        let parts = RequestParts {
            method: self.method,
            authority: wattkey_protocol::names::authority(audience).context("an audience")?,
            path_and_query: &self.path,
            fields,
            body: self.body.as_bytes(),
        };
        Ok(request::sign(key, &parts, created)?
            .into_iter()
            .map(|(n, v)| (n, v.into_bytes()))
            .collect())
    }
}

struct Attacker {
    card: Arc<Card>,
    audience: String,
    captured: Captured,
    order: String,
}

impl Attacker {
    async fn run(&self, service_ca: &std::path::Path, platform: &str, name: &str) -> Result<()> {
        let trust = Trust::load(service_ca, None)?;
        let tls_key = self.card.signer(&[0x11])?;
        let own = self
            .card
            .certificate(&[0x11])?
            .context("the card has the TLS certificate")?;
        let identity = Identity {
            chain: vec![own.clone()],
            signer: Arc::clone(&tls_key),
        };
        let tls = client_tls(&identity, trust, Role::Platform)?;
        let mut wire = Wire {
            connection: Connection::open(platform, name, tls).await?,
        };
        let victim = Certificate::from_pem(&self.captured.certificate)?;

        for request in &self.captured.requests {
            let what = if request.age == 0 {
                "control: passes through while connected"
            } else {
                "replay of a recorded request"
            };
            let fields = request
                .fields
                .iter()
                .map(|(n, v)| (n.clone(), v.clone().into_bytes()))
                .collect();
            wire.send(
                what,
                &request.method,
                &request.path,
                fields,
                &request.body,
                &victim,
            )
            .await?;
        }
        for attempt in self.operations()? {
            self.without_the_user(&mut wire, &attempt, &victim, &own, &*tls_key)
                .await?;
        }
        self.borrowed_signature(&mut wire, &victim).await
    }

    /// The operations of the protocol, with orders that the user did not sign in this form.
    fn operations(&self) -> Result<Vec<Attempt>> {
        let mut list: Vec<Attempt> = Vec::new();
        for request in self.captured.requests.iter().filter(|r| r.age == 0) {
            list.push(Attempt::get(&request.path));
        }
        let signed = jws::Compact::parse(&self.order, wattkey_protocol::order::TYPE, MAX_ANSWER)?;
        let payload: serde_json::Value = serde_json::from_slice(signed.payload_unverified())?;
        let id = payload["order"].as_str().context("an order id")?.to_owned();
        list.push(Attempt::order(&self.order, &id));
        let mut changed = payload;
        let other = "00000000-0000-4000-8000-00000000e711";
        changed["order"] = other.into();
        let key = self.card.signer(&[0x13])?;
        let forged = jws::sign_compact(
            &*key,
            wattkey_protocol::order::TYPE,
            signed.certificate(),
            &serde_json::to_vec(&changed)?,
        )?;
        list.push(Attempt::order(&forged, other));
        Ok(list)
    }

    async fn without_the_user(
        &self,
        wire: &mut Wire,
        attempt: &Attempt,
        victim: &Certificate,
        own: &Certificate,
        tls_key: &dyn Signer,
    ) -> Result<()> {
        let mine = MemorySigner::generate();
        let statement = |certificate: Digest| {
            session::sign(
                tls_key,
                certificate,
                &self.audience,
                mine.public_key(),
                clock::now(),
                session::MAX_LIFETIME_S,
            )
        };
        let named_victim = statement(victim.thumbprint())?;
        let named_own = statement(own.thumbprint())?;
        let recorded = self.captured.statement.as_str();
        let nothing: Option<&str> = None;
        for (what, session, signed, client) in [
            ("no session, no signature", nothing, false, victim),
            ("no session, own signature", nothing, true, victim),
            (
                "recorded session, no signature",
                Some(recorded),
                false,
                victim,
            ),
            (
                "recorded session, own signature",
                Some(recorded),
                true,
                victim,
            ),
            (
                "session made with the gateway's key in the user's name",
                Some(named_victim.as_str()),
                true,
                victim,
            ),
            (
                "session of the gateway itself for the user's certificate",
                Some(named_own.as_str()),
                true,
                victim,
            ),
            (
                "the gateway's own certificate as client",
                Some(named_own.as_str()),
                true,
                own,
            ),
        ] {
            let mut fields = attempt.fields(client, session);
            if signed && session.is_some() {
                fields.extend(attempt.signature(&self.audience, &fields, &mine, clock::now())?);
            } else if signed {
                let mut with = fields.clone();
                with.push((FIELD_SESSION.into(), b"none".to_vec()));
                fields.extend(attempt.signature(&self.audience, &with, &mine, clock::now())?);
            }
            wire.send(
                what,
                attempt.method,
                &attempt.path,
                fields,
                &attempt.body,
                client,
            )
            .await?;
        }
        Ok(())
    }

    /// A fresh, good signature of the user's over one request, put on another.
    async fn borrowed_signature(&self, wire: &mut Wire, victim: &Certificate) -> Result<()> {
        let fresh: Vec<&Passed> = self
            .captured
            .requests
            .iter()
            .filter(|r| r.age == 0)
            .collect();
        for (from, to) in fresh.iter().zip(fresh.iter().skip(1)) {
            let fields: Fields = from
                .fields
                .iter()
                .map(|(n, v)| (n.clone(), v.clone().into_bytes()))
                .collect();
            let what = "the signature of another request";
            wire.send(what, "GET", &to.path, fields.clone(), "", victim)
                .await?;
            wire.send(what, "POST", "/v1/orders", fields, &self.order, victim)
                .await?;
        }
        Ok(())
    }
}

struct Wire {
    connection: Connection,
}

impl Wire {
    async fn send(
        &mut self,
        what: &str,
        method: &str,
        path: &str,
        fields: Fields,
        body: &str,
        client: &Certificate,
    ) -> Result<()> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in fields {
            request = request.header(name, value);
        }
        request = request.header(FIELD_CLIENT_CERT, byte_sequence(client.der()));
        request = request.header("host", "pay.wattkey.example");
        let answer = self
            .connection
            .send(request.body(Bytes::from(body.to_owned()))?, MAX_ANSWER)
            .await?;
        let status = answer.status().as_u16();
        let problem = Problem::parse(answer.body())
            .and_then(|p| p.kind())
            .map(wattkey_protocol::problem::ProblemType::name);
        println!(
            "{}",
            json!({"what": what, "method": method, "path": path, "status": status, "problem": problem})
        );
        Ok(())
    }
}
