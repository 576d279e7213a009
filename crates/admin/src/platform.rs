//! The platform's listener for managers.

mod arrears;
mod files;

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;
use wattkey_pki::{Role, Trust};
use wattkey_protocol::api::{BindingHead, BindingSteps};
use wattkey_protocol::binding::SignedStep;
use wattkey_protocol::names::{MEDIA_JOSE, authority};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_token::UnlockedKey;
use wattkey_transport::{ConnectError, Connection, Identity, SendError, client_tls};

use crate::desk::Desk;
use crate::exit::{Failure, Kind, kind_of};
use crate::register::Ca;

/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// A log of more steps than this is not read.
const MAX_STEPS: usize = 1_000_000;
const STEPS: &str = "/v1/binding-steps";

/// A connection of a manager.
pub(crate) struct Platform {
    runtime: Runtime,
    connection: Connection,
    host: String,
}

impl Platform {
    /// Connects with the manager's authentication key.
    pub(crate) fn connect(
        desk: &Desk,
        address: Option<&str>,
        key: &UnlockedKey,
    ) -> Result<Self, Failure> {
        let config = &desk.config;
        let trust = Trust::load(
            &desk.ca_file(Ca::Service),
            Some(&desk.crl_file(Ca::Service)),
        )
        .map_err(|error| Failure::new(Kind::Fault, &error))?;
        let identity = Identity {
            chain: vec![key.authentication_certificate().clone()],
            signer: key.authentication_signer(),
        };
        let tls = client_tls(&identity, trust, Role::Platform)
            .map_err(|error| Failure::new(Kind::TokenUnusable, &error))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new(Kind::Fault, &error))?;
        let address = address.unwrap_or(&config.managers_address);
        let connection = runtime
            .block_on(Connection::open(
                address,
                &config.managers_server_name,
                Arc::clone(&tls),
            ))
            .map_err(|error| connect_failure(&error))?;
        Ok(Self {
            runtime,
            connection,
            host: authority(&config.audience).unwrap_or_default().to_owned(),
        })
    }

    /// All steps of the log, as they are kept.
    pub(crate) fn steps(&mut self) -> Result<Vec<String>, Failure> {
        let mut steps = Vec::new();
        loop {
            let path = format!("{STEPS}?after={}", steps.len());
            let request = self.request("GET", &path, Bytes::new())?;
            let answer = self
                .send(request)
                .map_err(|error| send_failure(&error, Kind::Unreachable))?;
            let page: BindingSteps = read(&answer, StatusCode::OK)?;
            let (count, more) = (page.steps.len(), page.more);
            steps.extend(page.steps);
            if !more {
                return Ok(steps);
            }
            if count == 0 || steps.len() > MAX_STEPS {
                return Err(Failure::because(Kind::LogInvalid, "the log has no end"));
            }
        }
    }

    /// Hands over a step; the platform's head afterwards must be that step.
    pub(crate) fn post(&mut self, step: &SignedStep) -> Result<(), Failure> {
        let body = Bytes::copy_from_slice(step.as_str().as_bytes());
        let request = self.request("POST", STEPS, body)?;
        let answer = self
            .send(request)
            .map_err(|error| send_failure(&error, Kind::OutcomeUnknown))?;
        let head: BindingHead = read(&answer, StatusCode::CREATED)?;
        let expected = BindingHead {
            sequence: step.step().place().sequence,
            digest: step.digest(),
        };
        if head == expected {
            Ok(())
        } else {
            Err(Failure::because(
                Kind::LogInvalid,
                format!("the platform's head is step {}", head.sequence),
            ))
        }
    }

    /// Asks for a JSON document.
    pub(crate) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        let request = self.request("GET", path, Bytes::new())?;
        let answer = self
            .send(request)
            .map_err(|error| send_failure(&error, Kind::Unreachable))?;
        read(&answer, StatusCode::OK)
    }

    /// Hands over a signed document, which may have been taken in before.
    pub(crate) fn post_document<T: DeserializeOwned>(
        &mut self,
        path: &str,
        jws: &str,
    ) -> Result<T, Failure> {
        let request = self.request("POST", path, Bytes::copy_from_slice(jws.as_bytes()))?;
        let answer = self
            .send(request)
            .map_err(|error| send_failure(&error, Kind::OutcomeUnknown))?;
        let expected = match answer.status() {
            StatusCode::OK => StatusCode::OK,
            _ => StatusCode::CREATED,
        };
        read(&answer, expected)
    }

    fn request(&self, method: &str, path: &str, body: Bytes) -> Result<Request<Bytes>, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::HOST, &self.host);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, MEDIA_JOSE);
        }
        request
            .body(body)
            .map_err(|error| Failure::new(Kind::Fault, &error))
    }

    fn send(&mut self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        self.runtime
            .block_on(self.connection.send(request, MAX_ANSWER))
    }
}

/// A value of a query (RFC 3986 §2.3): all but unreserved characters in hexadecimal.
pub(crate) fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn read<T: DeserializeOwned>(answer: &Response<Bytes>, expected: StatusCode) -> Result<T, Failure> {
    if answer.status() != expected {
        return Err(problem(answer));
    }
    serde_json::from_slice(answer.body())
        .map_err(|error| Failure::because(Kind::Fault, format!("the platform's answer: {error}")))
}

fn problem(answer: &Response<Bytes>) -> Failure {
    let status = answer.status();
    let Some(problem) = Problem::parse(answer.body()) else {
        return Failure::because(Kind::Refused, format!("status {status}"));
    };
    let kind = match problem.kind() {
        Some(ProblemType::BindingStep) => Kind::StepRefused,
        Some(ProblemType::Resolution) => Kind::ResolutionRefused,
        Some(ProblemType::FileNumber | ProblemType::FileSignature | ProblemType::FileContent) => {
            Kind::FileRefused
        }
        Some(ProblemType::Unavailable) => Kind::Unreachable,
        Some(ProblemType::NotFound) => Kind::NoSuch,
        Some(ProblemType::Malformed) => Kind::Usage,
        Some(ProblemType::CutOff) => Kind::NotNow,
        _ => Kind::Refused,
    };
    let reason = problem
        .members
        .get("reason")
        .and_then(|reason| reason.as_str());
    let mut said = vec![problem.title.as_str()];
    let expected = problem.members.get("expected");
    let expected = expected.map(|number| format!("file {number} is expected"));
    // Some parts say the same in both.
    let more = [problem.detail.as_deref(), reason, expected.as_deref()];
    for more in more.into_iter().flatten() {
        if !said.contains(&more) {
            said.push(more);
        }
    }
    Failure::because(kind, format!("{status}: {}", said.join("; ")))
}

fn connect_failure(error: &ConnectError) -> Failure {
    let kind = match error {
        ConnectError::ServerCertificate(_) | ConnectError::ServerName { .. } => Kind::NotGenuine,
        ConnectError::RejectedByServer { .. } => Kind::Refused,
        ConnectError::Signer(_) => kind_of(error),
        ConnectError::NotADnsName { .. } => Kind::Usage,
        _ => Kind::Unreachable,
    };
    Failure::new(kind, error)
}

fn send_failure(error: &SendError, unknown: Kind) -> Failure {
    let kind = match error {
        SendError::RejectedByServer { .. } => Kind::Refused,
        SendError::NotSent(_) => Kind::Unreachable,
        _ => unknown,
    };
    Failure::new(kind, error)
}
