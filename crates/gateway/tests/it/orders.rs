//! Orders: what the gateway verifies itself, and over which key agreement.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use wattkey_pki::{Digest, MemorySigner, Role, Signer as _};
use wattkey_protocol::change::{Change, ChangeDecision};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::fields::byte_sequence;
use wattkey_protocol::notice::Acknowledgement;
use wattkey_protocol::order::Order;
use wattkey_protocol::signed::{Document, Draft};
use wattkey_protocol::standing_instruction::StandingInstruction;
use wattkey_protocol::time;
use wattkey_transport::{Identity, clock};

use crate::authorities::{GATEWAY_NAME, User};
use crate::client::{Client, Inner, open, seal};
use crate::world::{AUDIENCE, World};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

fn signed(audience: &str, key: &Identity, named: &Identity) -> String {
    let now = clock::now();
    let later = now + jiff::SignedDuration::from_mins(10);
    let order: Order = serde_json::from_value(json!({
        "order": "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11", "audience": audience,
        "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
        "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
        "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
        "bills": [{"bill": "B-1", "account": "C-1", "period": "2026-08",
            "document": Digest::of(b"bill").to_string(), "principal": 100, "penalty": 5,
            "quote_until": time::format(later)}],
        "deposit": null, "refund": null, "total": 105, "currency": "CNY", "execute": null,
        "source": {"kind": "mandate", "mandate": "M-1", "debtor_account": "GB33BUKB20201555555555"},
        "reference": "", "created": time::format(now), "expires": time::format(later),
    }))
    .unwrap();
    let signed = Draft::new(&order)
        .unwrap()
        .sign(&*key.signer, named.chain[0].thumbprint());
    signed.unwrap().as_str().to_owned()
}

fn order(inner: Inner, certificate: &Identity) -> Inner {
    inner.with("content-type", "application/jose").with(
        "wattkey-signature-certificate",
        byte_sequence(certificate.chain[0].der()),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_order_reaches_the_platform_as_it_was_signed() {
    let world = World::start().await;
    let user = User::new(&world.users, "0001");
    let mut client = Client::new(&world, &user).await;
    let text = signed(AUDIENCE, &user.signature, &user.signature);
    let inner = order(client.post("/v1/orders", text.clone()), &user.signature);
    assert_eq!(client.ask(&inner).await.status, 201);
    let seen = world.platform.only();
    assert_eq!(seen.body, text.as_bytes());
    assert_eq!(
        seen.header["wattkey-signature-certificate"],
        inner.field("wattkey-signature-certificate")
    );
    assert_eq!(seen.header["content-type"], "application/jose");
    assert_eq!(seen.header["content-length"], text.len().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_not_good_end_at_the_gateway() {
    let world = World::start().await;
    let (user, other) = (
        User::new(&world.users, "0001"),
        User::new(&world.users, "0002"),
    );
    let mut client = Client::new(&world, &user).await;
    let mut ask = async |text: String, certificate: Option<&Identity>| {
        let inner = client
            .post("/v1/orders", text)
            .with("content-type", "application/jose");
        let inner = match certificate {
            Some(certificate) => order(inner, certificate),
            None => inner,
        };
        client.ask(&inner).await.problem()
    };
    let (key, authentication) = (&user.signature, &user.authentication);
    let good = signed(AUDIENCE, key, key);
    let refused = (403, "order-signature");

    assert_eq!(ask(good.clone(), None).await, refused);
    world.logged(&["order-certificate-missing"]);
    let twin = world.users.identity(Role::UserSignature, Some("0001"));
    assert_eq!(
        ask(good, Some(&twin)).await,
        refused,
        "another certificate than x5t#S256"
    );
    assert_eq!(
        ask(
            signed(AUDIENCE, authentication, authentication),
            Some(authentication)
        )
        .await,
        refused
    );
    world.logged(&["order-certificate-role"]);
    assert_eq!(
        ask(
            signed(AUDIENCE, &other.signature, &other.signature),
            Some(&other.signature)
        )
        .await,
        refused
    );
    world.logged(&["order-other-key"]);
    let foreign =
        crate::authorities::Ca::new("issuing CA").identity(Role::UserSignature, Some("0001"));
    assert_eq!(
        ask(signed(AUDIENCE, &foreign, &foreign), Some(&foreign)).await,
        refused
    );
    assert_eq!(
        ask(signed(AUDIENCE, authentication, key), Some(key)).await,
        refused,
        "signed by another key"
    );

    let malformed = (400, "order-malformed");
    assert_eq!(
        ask(signed("https://other.example", key, key), Some(key)).await,
        malformed
    );
    assert_eq!(ask("not a JWS".to_owned(), Some(key)).await, malformed);
    assert_eq!(ask(String::new(), Some(key)).await, malformed);
    assert!(world.platform.seen().is_empty());
}

const ORDER: &str = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11";

/// What the other requests of the class *order* bring.
fn document<D: Document>(mut document: Value, key: &Identity) -> String {
    let now = clock::now();
    document["user"] = json!({"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"});
    document["created"] = time::format(now).into();
    document["expires"] = time::format(now + jiff::SignedDuration::from_mins(10)).into();
    let document: D = serde_json::from_value(document).unwrap();
    let draft = Draft::new(&document).unwrap();
    let signed = draft.sign(&*key.signer, key.chain[0].thumbprint());
    signed.unwrap().as_str().to_owned()
}

fn decision(audience: &str, order: &str, key: &Identity) -> String {
    let digest = Digest::of(b"order").to_string();
    let text = json!({"order": order, "order_digest": digest, "audience": audience,
        "decision": "approve"});
    document::<DecisionDocument>(text, key)
}

fn instruction(key: &Identity) -> String {
    let text = json!({"instruction": "5b0c9d3e-1f2a-4b3c-8d4e-5f60718293a4",
        "audience": AUDIENCE, "terms": null,
        "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"}});
    document::<StandingInstruction>(text, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_and_instructions_are_judged_like_orders() {
    let world = World::start().await;
    let (user, other) = (
        User::new(&world.users, "0001"),
        User::new(&world.users, "0002"),
    );
    let mut client = Client::new(&world, &user).await;
    let decisions = format!("/v1/orders/{ORDER}/decisions");
    let instructions = "/v1/standing-instructions";
    let key = &user.signature;
    for (path, text) in [
        (decisions.as_str(), decision(AUDIENCE, ORDER, key)),
        (instructions, instruction(key)),
    ] {
        let inner = order(client.post(path, text.clone()), key);
        assert_eq!(client.ask(&inner).await.status, 201, "{path}");
        let seen = world.platform.seen();
        assert_eq!(seen.last().unwrap().target, path);
        assert_eq!(seen.last().unwrap().body, text.as_bytes());
    }
    let passed = world.platform.seen().len();

    let (malformed, refused) = ((400, "order-malformed"), (403, "order-signature"));
    let elsewhere = "00000000-0000-4000-8000-000000000002";
    let (theirs, authentication) = (&other.signature, &user.authentication);
    for (path, text, signer, wanted) in [
        (
            decisions.as_str(),
            decision(AUDIENCE, elsewhere, key),
            key,
            malformed,
        ),
        (
            &decisions,
            decision("https://other.example", ORDER, key),
            key,
            malformed,
        ),
        (&decisions, instruction(key), key, malformed),
        (&decisions, signed(AUDIENCE, key, key), key, malformed),
        ("/v1/orders", decision(AUDIENCE, ORDER, key), key, malformed),
        (instructions, decision(AUDIENCE, ORDER, key), key, malformed),
        (
            &decisions,
            decision(AUDIENCE, ORDER, theirs),
            theirs,
            refused,
        ),
        (instructions, instruction(theirs), theirs, refused),
        (
            instructions,
            instruction(authentication),
            authentication,
            refused,
        ),
    ] {
        let inner = order(client.post(path, text), signer);
        assert_eq!(client.ask(&inner).await.problem(), wanted, "{path}");
    }
    assert_eq!(
        world.platform.seen().len(),
        passed,
        "nothing else got there"
    );
}

const ABOUT: &str = "7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d6";

/// A change, a decision on one, a dispute and an acknowledgement about this id.
fn about(id: &str, key: &Identity) -> [String; 4] {
    let customer = json!({"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"});
    let digest = Digest::of(b"payload").to_string();
    let change = json!({"change": id, "audience": AUDIENCE, "customer": customer, "replaces": 0,
        "what": {"kind": "contacts", "contacts": []}});
    let decision = json!({"change": id, "change_digest": digest, "audience": AUDIENCE,
        "decision": "approve"});
    let dispute = json!({"dispute": id, "audience": AUDIENCE, "customer": customer,
        "terms": null});
    let acknowledgement = json!({"notice": id, "notice_digest": digest, "audience": AUDIENCE,
        "customer": customer});
    [
        document::<Change>(change, key),
        document::<ChangeDecision>(decision, key),
        document::<Dispute>(dispute, key),
        document::<Acknowledgement>(acknowledgement, key),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn own_data_disputes_and_acknowledgements_are_judged_like_orders() {
    let world = World::start().await;
    let user = User::new(&world.users, "0001");
    let stranger = User::new(&world.users, "0002");
    let mut client = Client::new(&world, &user).await;
    let (decisions, notices) = (
        format!("/v1/changes/{ABOUT}/decisions"),
        format!("/v1/notices/{ABOUT}/acknowledgements"),
    );
    let paths = ["/v1/changes", &decisions, "/v1/disputes", &notices];
    let key = &user.signature;
    for (path, text) in paths.into_iter().zip(about(ABOUT, key)) {
        let inner = order(client.post(path, text.clone()), key);
        assert_eq!(client.ask(&inner).await.status, 201, "{path}");
        let seen = world.platform.seen();
        assert_eq!(seen.last().unwrap().target, path);
        assert_eq!(seen.last().unwrap().body, text.as_bytes());
    }
    let passed = world.platform.seen().len();

    // Each in the place of another one.
    let mut elsewhere = about(ABOUT, key);
    elsewhere.rotate_left(1);
    for (path, text) in paths.into_iter().zip(elsewhere) {
        let inner = order(client.post(path, text), key);
        let problem = client.ask(&inner).await.problem();
        assert_eq!(problem, (400, "order-malformed"), "{path}");
    }
    // Of a stranger's key.
    for (path, text) in paths.into_iter().zip(about(ABOUT, &stranger.signature)) {
        let inner = order(client.post(path, text), &stranger.signature);
        let problem = client.ask(&inner).await.problem();
        assert_eq!(problem, (403, "order-signature"), "{path}");
    }
    // About another one than the path says.
    let [_, decision, _, acknowledgement] = about(ORDER, key);
    for (path, text) in [(&decisions, decision), (&notices, acknowledgement)] {
        let inner = order(client.post(path, text), key);
        let problem = client.ask(&inner).await.problem();
        assert_eq!(problem, (400, "order-malformed"), "{path}");
    }
    assert_eq!(world.platform.seen().len(), passed, "nothing of these");
}

/// The approver's client verifies the signature of the order with the certificate that comes along.
#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_of_a_signed_order_comes_back() {
    let world = World::start().await;
    let user = User::new(&world.users, "0001");
    let mut client = Client::new(&world, &user).await;
    let inner = client.get(&format!("/v1/orders/{ORDER}/document"));
    let answer = client.ask(&inner).await;
    assert_eq!(answer.status, 200);
    let certificate = (
        "wattkey-signature-certificate".to_owned(),
        ":AAAA:".to_owned(),
    );
    assert!(answer.fields.contains(&certificate), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_classical_group_one_may_read_but_not_order() {
    let world = World::start().await;
    let user = User::new(&world.users, "0001");
    let keys = Client::new(&world, &user).await.keys;
    let (signer, pem) = MemorySigner::generate_pkcs8_pem();
    let certificate =
        world
            .users
            .certify(signer.public_key(), Role::UserAuthentication, Some("0001"));
    let thumbprint = certificate.thumbprint().to_string();

    let provider = CryptoProvider {
        kx_groups: vec![kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(
            world.service.certificate.der().to_vec(),
        ))
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let ask = |inner: &Inner| {
        let (capsule, pending) = seal(&keys, inner);
        let sealed =
            tokio::task::block_in_place(|| post(&world.gateway.address, &config, &capsule));
        open(sealed, pending)
    };

    assert_eq!(ask(&Inner::new("GET", "/v1/me", &thumbprint)).status, 200);
    let text = signed(AUDIENCE, &user.signature, &user.signature);
    let inner = Inner {
        body: text.into_bytes(),
        ..Inner::new("POST", "/v1/orders", &thumbprint)
    };
    let answer = ask(&order(inner, &user.signature));
    assert_eq!(answer.problem(), (403, "classical-group"));
    world.logged(&["group=\"X25519\"", "classical-group"]);
    assert_eq!(world.platform.only().method, "GET");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_does_not_go_to_the_platform_over_the_classical_group() {
    let mut world = World::start().await;
    let (address, requests) = classical_platform(&world);
    let file = world.folder.path().join("gateway.toml");
    let hybrid = world.platform.address.to_string();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&hybrid, &address.to_string())).unwrap();
    world.gateway.terminate();
    world.restart();

    let user = User::new(&world.users, "0001");
    let mut client = Client::new(&world, &user).await;
    let read = client.ask(&client.get("/v1/me")).await;
    assert_eq!(read.status, 200, "reading goes over any group");
    for _ in 0..2 {
        let text = signed(AUDIENCE, &user.signature, &user.signature);
        let inner = order(client.post("/v1/orders", text), &user.signature);
        assert_eq!(client.ask(&inner).await.problem(), (403, "classical-group"));
    }
    world.logged(&["platform-classical-group", "X25519"]);
    let seen = requests.lock().unwrap().clone();
    assert_eq!(seen, ["GET /v1/me HTTP/1.1"], "nothing of the orders left");
}

/// A platform in plain rustls that knows X25519 only; the first lines of its requests.
fn classical_platform(world: &World) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let (signer, pem) = MemorySigner::generate_pkcs8_pem();
    let certificate = world
        .service
        .certify(signer.public_key(), Role::Platform, None);
    let provider = CryptoProvider {
        kx_groups: vec![kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (config, seen) = (Arc::clone(&config), Arc::clone(&seen));
            std::thread::spawn(move || {
                let tls = ServerConnection::new(config).unwrap();
                let mut stream = BufReader::new(StreamOwned::new(tls, stream.unwrap()));
                let mut line = String::new();
                // The end of the connection is the end of the requests.
                while matches!(stream.read_line(&mut line), Ok(1..)) {
                    if line.ends_with(" HTTP/1.1\r\n") {
                        seen.lock().unwrap().push(line.trim_end().to_owned());
                    }
                    if line == "\r\n" {
                        stream.get_mut().write_all(ANSWER).unwrap();
                    }
                    line.clear();
                }
            });
        }
    });
    (address, requests)
}

/// One request over plain rustls, written by hand.
fn post(address: &str, config: &Arc<ClientConfig>, capsule: &[u8]) -> http::Response<bytes::Bytes> {
    let name = ServerName::try_from(GATEWAY_NAME).unwrap();
    let tls = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut stream = StreamOwned::new(tls, TcpStream::connect(address).unwrap());
    write!(
        stream,
        "POST /.well-known/ohttp-gateway HTTP/1.1\r\nhost: pay.example\r\nconnection: close\r\n\
         content-type: message/ohttp-req\r\ncontent-length: {}\r\n\r\n",
        capsule.len()
    )
    .unwrap();
    stream.write_all(capsule).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = std::str::from_utf8(&bytes[..end])
        .unwrap()
        .to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: message/ohttp-res"), "{head}");
    http::Response::builder()
        .header("content-type", "message/ohttp-res")
        .body(bytes[end + 4..].to_vec().into())
        .unwrap()
}
