//! A client whose capsules are made by the `ohttp` and `bhttp` crates, over mutual TLS.

use std::io::Cursor;
use std::sync::Arc;

use bhttp::{Message, Mode};
use bytes::Bytes;
use http::{Request, Response};
use ohttp::{ClientRequest, ClientResponse};
use uuid::Uuid;
use wattkey_pki::Role;
use wattkey_protocol::problem::Problem;
use wattkey_protocol::{keys, time};
use wattkey_seal::SIZE_CLASSES;
use wattkey_transport::{Connection, Group, client_tls, clock};

use crate::authorities::{GATEWAY_NAME, User};
use crate::world::World;

const PATH: &str = "/.well-known/ohttp-gateway";
const MAX_ANSWER: usize = 2 << 20;
/// What `ohttp` adds to an answer in AES-128-GCM: nonce and tag.
const SEALING: usize = 16 + 16;

pub(crate) struct Client {
    pub(crate) connection: Connection,
    pub(crate) keys: Vec<u8>,
    thumbprint: String,
}

impl Client {
    /// Connects and fetches the key configuration, as PROTOCOL.md, section 4, wants it.
    pub(crate) async fn new(world: &World, user: &User) -> Self {
        let tls = client_tls(&user.authentication, world.service.trust(), Role::Gateway).unwrap();
        let mut connection =
            Connection::open(&world.gateway.address, GATEWAY_NAME, Arc::clone(&tls))
                .await
                .unwrap();
        assert_eq!(connection.group(), Group::X25519MlKem768);
        let request = Request::get(PATH).body(Bytes::new()).unwrap();
        let answer = connection.send(request, MAX_ANSWER).await.unwrap();
        assert_eq!(answer.status(), 200, "{answer:?}");
        let fields: Vec<_> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        let keys = answer.into_body().to_vec();
        let verified = keys::verify(&fields, &keys, &world.service.trust(), clock::now()).unwrap();
        assert_eq!(verified.instance, "gateway-1.pay.example");
        Self {
            connection,
            keys,
            thumbprint: user.certificate().thumbprint().to_string(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Inner {
        Inner::new("GET", path, &self.thumbprint)
    }

    pub(crate) fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Inner {
        Inner {
            body: body.into(),
            ..Inner::new("POST", path, &self.thumbprint)
        }
    }

    pub(crate) fn seal(&self, inner: &Inner) -> (Vec<u8>, ClientResponse) {
        seal(&self.keys, inner)
    }

    /// Sends a capsule as it is; outer fields as they are.
    pub(crate) async fn send(
        &mut self,
        capsule: Vec<u8>,
        outer: &[(&'static str, &str)],
    ) -> Response<Bytes> {
        let mut request = Request::post(PATH).body(Bytes::from(capsule)).unwrap();
        let header = request.headers_mut();
        header.insert("content-type", "message/ohttp-req".parse().unwrap());
        for (name, value) in outer {
            header.insert(*name, value.parse().unwrap());
        }
        self.connection.send(request, MAX_ANSWER).await.unwrap()
    }

    /// One request, sealed, sent, and its answer opened.
    pub(crate) async fn ask(&mut self, inner: &Inner) -> Answer {
        let (capsule, pending) = self.seal(inner);
        let answer = self.send(capsule, &[]).await;
        open(answer, pending)
    }
}

pub(crate) fn seal(keys: &[u8], inner: &Inner) -> (Vec<u8>, ClientResponse) {
    ClientRequest::from_encoded_config_list(keys)
        .unwrap()
        .encapsulate(&inner.encode())
        .unwrap()
}

pub(crate) fn open(answer: Response<Bytes>, pending: ClientResponse) -> Answer {
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.headers()["content-type"], "message/ohttp-res");
    let sealed = answer.into_body();
    assert!(
        SIZE_CLASSES.contains(&(sealed.len() - SEALING)),
        "{}",
        sealed.len()
    );
    let message = pending.decapsulate(&sealed).unwrap();
    let message = Message::read_bhttp(&mut Cursor::new(message)).unwrap();
    let fields = message.header().iter();
    Answer {
        status: message.control().status().unwrap().code(),
        fields: fields
            .map(|field| (text(field.name()), text(field.value())))
            .collect(),
        body: message.content().to_vec(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An inner request, right unless a test changes it.
#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub(crate) method: String,
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) trailers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Inner {
    pub(crate) fn new(method: &str, path: &str, thumbprint: &str) -> Self {
        Self {
            method: method.to_owned(),
            authority: "pay.example".to_owned(),
            path: path.to_owned(),
            fields: vec![
                ("date".into(), time::format_http(clock::now()).unwrap()),
                ("wattkey-certificate".into(), thumbprint.to_owned()),
                ("wattkey-request".into(), Uuid::new_v4().to_string()),
                ("wattkey-session".into(), "a-session-statement".into()),
            ],
            trailers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        &self.fields.iter().find(|(n, _)| n == name).unwrap().1
    }

    fn encode(&self) -> Vec<u8> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let mut message = Message::request(
            bytes(&self.method),
            b"https".to_vec(),
            bytes(&self.authority),
            bytes(&self.path),
        );
        for (name, value) in &self.fields {
            message.put_header(name.as_str(), value.as_str());
        }
        for (name, value) in &self.trailers {
            message.put_trailer(name.as_str(), value.as_str());
        }
        message.write_content(&self.body);
        let mut encoded = Vec::new();
        message
            .write_bhttp(Mode::KnownLength, &mut encoded)
            .unwrap();
        encoded
    }
}

/// What was in the answer's capsule.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Status and name of the problem.
    pub(crate) fn problem(&self) -> (u16, &'static str) {
        let problem = Problem::parse(&self.body).unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(problem.status, self.status);
        (self.status, problem.kind().unwrap().name())
    }
}
