//! A test peer in the platform's place: mutual TLS as the platform does it, canned answers, and
//! a record of every request that reached it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use wattkey_pki::{Certificate, Digest, Role};
use wattkey_protocol::fields::content_digest;
use wattkey_protocol::receipt::{self, Receipt};
use wattkey_transport::{Identity, Limits, serve, server_tls};

use crate::authorities::Ca;
use crate::world::AUDIENCE;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) header: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) struct TestPlatform {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Lets one request for [`HELD`] be answered.
    pub(crate) release: Arc<Notify>,
}

/// Answered when the test says so.
pub(crate) const HELD: &str = "/v1/accounts";

pub(crate) const ORDER: &str = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";
/// Its receipt has a signature of nobody.
pub(crate) const FORGED: &str = "00000000-0000-4000-8000-000000000001";
/// Its receipt is of another service.
pub(crate) const ELSEWHERE: &str = "00000000-0000-4000-8000-000000000002";

struct ReceiptKey {
    identity: Identity,
    ca: Certificate,
}

impl TestPlatform {
    pub(crate) async fn start(service: &Ca) -> Self {
        let identity = service.identity(Role::Platform, None);
        let tls = server_tls(&identity, service.trust(), Role::Gateway).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let key = Arc::new(ReceiptKey {
            identity: service.identity(Role::PlatformReceipt, None),
            ca: service.certificate.clone(),
        });
        let (records, release) = (Arc::clone(&seen), Arc::new(Notify::new()));
        let released = Arc::clone(&release);
        let answering = service_fn(move |request: Request<Incoming>| {
            let (records, key) = (Arc::clone(&records), Arc::clone(&key));
            let released = Arc::clone(&released);
            async move {
                let seen = read(request).await;
                records.lock().unwrap().push(seen.clone());
                if seen.target == HELD {
                    released.notified().await;
                }
                Ok::<_, Infallible>(answer(&seen, &key))
            }
        });
        tokio::spawn(serve(
            listener,
            tls,
            Limits::default(),
            answering,
            std::future::pending(),
        ));
        Self {
            address,
            seen,
            release,
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

async fn read(request: Request<Incoming>) -> Seen {
    let (parts, body) = request.into_parts();
    Seen {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        header: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

fn answer(seen: &Seen, key: &ReceiptKey) -> Response<Full<Bytes>> {
    let (status, media, content) = match (seen.method.as_str(), seen.target.as_str()) {
        ("GET", "/v1/me") => (200, "application/json", b"{\"user\":\"Li Na\"}".to_vec()),
        ("GET", "/v1/mandates") => (200, "application/json", vec![b' '; 2 << 20]),
        ("POST", _) => (
            201,
            "application/json",
            b"{\"state\":\"accepted\"}".to_vec(),
        ),
        ("GET", target) if target.contains(FORGED) => {
            let signed = String::from_utf8(signed_receipt(key, FORGED, AUDIENCE)).unwrap();
            (
                200,
                "application/jose+json",
                signed
                    .replacen("\"payload\":\"e", "\"payload\":\"f", 1)
                    .into_bytes(),
            )
        }
        ("GET", target) if target.contains(ELSEWHERE) => {
            let signed = signed_receipt(key, ELSEWHERE, "https://other.example");
            (200, "application/jose+json", signed)
        }
        ("GET", target) if target.ends_with("/document") => {
            (200, "application/jose", b"e30.e30.AAAA".to_vec())
        }
        // Whatever order is asked for.
        ("GET", target) if target.ends_with("/receipt") => {
            let signed = signed_receipt(key, ORDER, AUDIENCE);
            (200, "application/jose+json", signed)
        }
        _ => (
            404,
            "application/problem+json",
            b"{\"type\":\"https://wattkey.example/problems#not-found\",\"status\":404}".to_vec(),
        ),
    };
    let mut answer = Response::builder();
    if media == "application/jose" {
        answer = answer.header("wattkey-signature-certificate", ":AAAA:");
    }
    answer
        .status(status)
        .header("content-type", media)
        .header("content-digest", content_digest(&content))
        .header("x-powered-by", "nobody's business")
        .header("set-cookie", "a=b")
        .body(Full::new(content.into()))
        .unwrap()
}

fn signed_receipt(key: &ReceiptKey, order: &str, audience: &str) -> Vec<u8> {
    let document: Receipt = serde_json::from_value(json!({
        "order": order,
        "order_digest": Digest::of(b"order").to_string(),
        "audience": audience,
        "customer": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968",
        "state": "accepted",
        "as_of": wattkey_protocol::time::format(wattkey_transport::clock::now()),
        "total": 100, "currency": "CNY",
        "bills": [{"bill": "B-1", "principal": 100, "penalty": 0}],
        "deposit": null, "refund": null, "source": "mandate", "reference": "",
        "journal": {"sequence": 1, "link": Digest::of(b"link").to_string()},
        "supersedes": null,
    }))
    .unwrap();
    let chain = [key.identity.chain[0].clone(), key.ca.clone()];
    receipt::sign(&document, &*key.identity.signer, &chain)
        .unwrap()
        .into_bytes()
}
