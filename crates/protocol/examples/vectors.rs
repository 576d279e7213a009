//! Makes the test vectors of `PROTOCOL.md` with fresh keys and prints that section; with names, only
//! the vectors of these names.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{AUDIENCE, INSTANCE, SERIAL, now};
use wattkey_pki::{
    Certificate, Digest, MemorySigner, Role, Signer as _,
    issue::{Subject, certificate, self_signed_ca},
};
use wattkey_protocol::{
    binding::{BoundKey, Holder, HolderKind, Place, Step},
    fields::{Fields, string},
    keys,
    names::{FIELD_CERTIFICATE, FIELD_IDEMPOTENCY_KEY, FIELD_REQUEST, FIELD_SESSION, MEDIA_JOSE},
    receipt, request, session,
    signed::{Document, Draft, Signed},
    time,
};
use wattkey_seal::{Aead, KeyConfiguration, message::Request};

fn main() {
    let users = Ca::new("Example issuing CA");
    let services = Ca::new("Example service CA");
    let (auth, auth_key) = users.issue(Role::UserAuthentication, "Li Na");
    let (sign, sign_key) = users.issue(Role::UserSignature, "Li Na");
    let (approver, approver_key) = users.issue(Role::UserSignature, "Zhao Lei");
    let (configuration, configuration_key) = services.issue(Role::KeyConfiguration, INSTANCE);
    let (platform, platform_key) = services.issue(Role::PlatformReceipt, "platform");
    let (gateway, gateway_key) = services.issue(Role::GatewayReceipt, INSTANCE);

    block("issuing-ca", users.certificate.pem().trim());
    block("service-ca", services.certificate.pem().trim());
    block("user-authentication", auth.pem().trim());
    block("user-signature", sign.pem().trim());
    block("approver-signature", approver.pem().trim());

    let session_key = MemorySigner::generate();
    let statement = session::sign(
        &auth_key,
        auth.thumbprint(),
        AUDIENCE,
        session_key.public_key(),
        now(),
        900,
    )
    .expect("signs");
    block("session-statement", &statement);

    let order = signed(&common::order(), &sign, &sign_key);
    let inner = inner_request(&session_key, &statement, &auth, order.as_str());
    block("signed-request", &http_text(&inner));
    block(
        "capsule-content",
        &wrap(hex::encode(inner.encode_padded().expect("encodes")).trim_end_matches("00")),
    );

    let configurations = KeyConfiguration {
        key_id: 7,
        public_key: *MemorySigner::generate().public_key().as_uncompressed(),
        aeads: vec![Aead::Aes256Gcm, Aead::Aes128Gcm],
    };
    let body = KeyConfiguration::encode_list(&[configurations]).expect("encodes");
    let answer = keys::sign(
        &configuration_key,
        &configuration,
        INSTANCE,
        body,
        now(),
        3600,
    )
    .expect("signs");
    let lines: Vec<String> = answer
        .fields
        .iter()
        .map(|(n, v)| format!("{n}: {v}"))
        .collect();
    block(
        "key-configuration",
        &format!("{}\n\n{}", lines.join("\n"), hex::encode(&answer.body)),
    );

    block("order", order.as_str());
    for (name, document) in [
        ("order-transfer", common::transfer_order()),
        ("order-deposit", common::deposit_order()),
    ] {
        block(name, signed(&document, &sign, &sign_key).as_str());
    }
    let decision = common::decision(order.digest());
    let decision = signed(&decision, &approver, &approver_key);
    block("decision", decision.as_str());
    let instruction = common::standing_instruction();
    let instruction = signed(&instruction, &sign, &sign_key);
    block("standing-instruction", instruction.as_str());

    let chain = |c: &Certificate| vec![c.clone(), services.certificate.clone()];
    let signed = receipt::sign(
        &common::receipt(order.digest()),
        &platform_key,
        &chain(&platform),
    )
    .expect("signs");
    let anchor = wattkey_pki::TrustAnchor::new(services.certificate.clone()).expect("a CA");
    let document = common::receipt(order.digest());
    let asked = receipt::Asked {
        audience: &document.audience,
        order: document.order,
    };
    let signed = signed.as_bytes();
    let both = receipt::countersign(signed, &asked, &anchor, &gateway_key, &chain(&gateway));
    block("receipt", &both.expect("countersigns"));

    let holder = Holder {
        kind: HolderKind::User,
        id: common::user().id,
        customer: Some(common::order().customer.id),
        name: "Li Na".into(),
    };
    let key = BoundKey {
        serial: SERIAL.into(),
        authentication: auth,
        signature: sign,
    };
    let step = Step::bind(Place::first(now()), AUDIENCE, holder, key);
    let step = step
        .sign(&users.key, users.certificate.thumbprint())
        .expect("signs");
    block("binding-step", step.as_str());
    block(
        "journal-link",
        &Digest::from_bytes(common::journal()).to_string(),
    );
    resolutions(&users);
    disputes(&users);
    changes(&users);
}

/// What a customer changes of its own data, and another person's word on it.
fn changes(users: &Ca) {
    let (first, first_key) = users.issue(Role::UserSignature, "Li Na");
    let (second, second_key) = users.issue(Role::UserSignature, "Zhao Lei");
    block("change-signature", first.pem().trim());
    block("change-decision-signature", second.pem().trim());
    let contacts = signed(&common::change(), &first, &first_key);
    block("change", contacts.as_str());
    let rights = signed(&common::rights_change(), &first, &first_key);
    block("change-rights", rights.as_str());
    let word = common::change_decision(rights.digest());
    block(
        "change-decision",
        signed(&word, &second, &second_key).as_str(),
    );
}

/// What a customer disputes, a notice, and who has read it.
fn disputes(users: &Ca) {
    let (certificate, key) = users.issue(Role::UserSignature, "Li Na");
    block("dispute-signature", certificate.pem().trim());
    let opened = signed(&common::dispute(), &certificate, &key);
    block("dispute", opened.as_str());
    let withdrawn = signed(&common::withdrawal(), &certificate, &key);
    block("dispute-withdrawal", withdrawn.as_str());
    let notice = common::notice().to_json();
    block("notice", &String::from_utf8_lossy(&notice));
    let read = common::acknowledgement(Digest::of(&notice));
    let read = signed(&read, &certificate, &key);
    block("notice-acknowledgement", read.as_str());
}

/// What two managers sign.
fn resolutions(users: &Ca) {
    let (first, first_key) = users.issue(Role::ManagerSignature, "Wang Fang");
    let (second, second_key) = users.issue(Role::ManagerSignature, "Sun Li");
    block("manager-signature", first.pem().trim());
    block("second-manager-signature", second.pem().trim());
    let sign = |document: &common::Resolution| {
        let signed = Signed::sign(document, &first_key, first.thumbprint());
        signed.expect("signs")
    };
    let matched = sign(&common::resolution());
    block("resolution", matched.as_str());
    block(
        "resolution-order",
        sign(&common::order_resolution()).as_str(),
    );
    block(
        "resolution-return",
        sign(&common::return_resolution()).as_str(),
    );
    let word = common::resolution_decision(matched.digest());
    let word = Signed::sign(&word, &second_key, second.thumbprint()).expect("signs");
    block("resolution-decision", word.as_str());
}

fn signed<D: Document>(document: &D, certificate: &Certificate, key: &MemorySigner) -> Signed<D> {
    let draft = Draft::new(document).expect("a document");
    draft.sign(key, certificate.thumbprint()).expect("signs")
}

fn inner_request(
    session: &MemorySigner,
    statement: &str,
    certificate: &Certificate,
    order: &str,
) -> Request {
    let mut fields: Fields = vec![
        (
            "date".into(),
            time::format_http(now()).expect("a date").into_bytes(),
        ),
        (
            FIELD_CERTIFICATE.into(),
            certificate.thumbprint().to_string().into_bytes(),
        ),
        (
            FIELD_REQUEST.into(),
            b"1b4e28ba-2fa1-4d2d-883f-0016d3cca427".to_vec(),
        ),
        (FIELD_SESSION.into(), statement.as_bytes().to_vec()),
        ("content-type".into(), MEDIA_JOSE.as_bytes().to_vec()),
        (
            FIELD_IDEMPOTENCY_KEY.into(),
            string(&common::order().order.to_string()).into_bytes(),
        ),
    ];
    let parts = request::RequestParts {
        method: "POST",
        authority: "pay.example",
        path_and_query: "/v1/orders",
        fields: &fields,
        body: order.as_bytes(),
    };
    let more = request::sign(session, &parts, now()).expect("signs");
    fields.extend(more.into_iter().map(|(n, v)| (n, v.into_bytes())));
    Request {
        method: "POST".into(),
        scheme: "https".into(),
        authority: "pay.example".into(),
        path: "/v1/orders".into(),
        fields,
        body: order.as_bytes().to_vec(),
    }
}

fn http_text(request: &Request) -> String {
    let mut text = format!(
        "{} {} HTTP/1.1\nhost: {}\n",
        request.method, request.path, request.authority
    );
    for (name, value) in &request.fields {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value)));
    }
    format!("{text}\n{}", String::from_utf8_lossy(&request.body))
}

fn wrap(text: &str) -> String {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(100)
        .map(|c| std::str::from_utf8(c).expect("hex"))
        .collect();
    lines.join("\n")
}

fn block(name: &str, content: &str) {
    let mut wanted = std::env::args().skip(1).peekable();
    if wanted.peek().is_some() && !wanted.any(|one| one == name) {
        return;
    }
    println!("```vector {name}\n{content}\n```\n");
}

struct Ca {
    key: MemorySigner,
    certificate: Certificate,
}

impl Ca {
    fn new(name: &str) -> Self {
        let key = MemorySigner::generate();
        let certificate =
            self_signed_ca(name, "Example Power", &key, now(), 5_475).expect("issues");
        Self { key, certificate }
    }

    fn issue(&self, role: Role, name: &str) -> (Certificate, MemorySigner) {
        let key = MemorySigner::generate();
        let person = matches!(
            role,
            Role::UserAuthentication | Role::UserSignature | Role::ManagerSignature
        );
        let subject = Subject {
            common_name: name.into(),
            organisation: "Example".into(),
            key_serial: person.then(|| SERIAL.to_owned()),
            dns_names: vec![],
        };
        let days = if person { 1_095 } else { 365 };
        let made = certificate(
            &self.certificate,
            &self.key,
            role,
            &subject,
            key.public_key(),
            now(),
            days,
        );
        (made.expect("issues"), key)
    }
}
