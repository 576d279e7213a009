//! The messages between the parts.

use crate::Outcome;
use crate::fixtures::{AUDIENCE, KEYS, now};
use std::sync::LazyLock;
use wattkey_pki::{Signer as _, jws};
use wattkey_protocol::binding::SignedStep;
use wattkey_protocol::change::{Change, ChangeDecision, ChangeView, Profile};
use wattkey_protocol::decision::DecisionDocument;
use wattkey_protocol::dispute::Dispute;
use wattkey_protocol::notice::{Acknowledgement, NoticeDocument};
use wattkey_protocol::order::{Order, Source};
use wattkey_protocol::problem::Problem;
use wattkey_protocol::request::{RequestParts, RequestSignatureError};
use wattkey_protocol::signed::{Document, Draft, Signed, SignedError};
use wattkey_protocol::standing_instruction::StandingInstruction;
use wattkey_protocol::{api, binding, fields, keys, receipt, session, time};

type Fields = Vec<(String, Vec<u8>)>;

/// The payload of a session statement.
pub(crate) fn session_statement(bytes: &[u8]) -> Outcome {
    let holder = &KEYS.authentication;
    let thumbprint = holder.certificate.thumbprint();
    let text = jws::sign_compact(&holder.key, session::TYPE, thumbprint, bytes).expect("signs");
    Outcome::of(&session::verify(
        &text,
        &holder.certificate,
        AUDIENCE,
        now(),
    ))
}

/// A signed request with the fields of the input in place of its own.
pub(crate) fn signed_request(bytes: &[u8]) -> Outcome {
    static SIGNED: LazyLock<Fields> = LazyLock::new(|| {
        let mut fields: Fields = vec![
            ("wattkey-session".into(), b"e30.e30.AA".to_vec()),
            ("content-type".into(), b"application/jose".to_vec()),
            (
                "idempotency-key".into(),
                b"\"7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11\"".to_vec(),
            ),
        ];
        let parts = parts(&fields);
        let more = wattkey_protocol::request::sign(&KEYS.session, &parts, now()).expect("signs");
        fields.extend(
            more.into_iter()
                .map(|(name, value)| (name, value.into_bytes())),
        );
        fields
    });
    let fields = replace(&SIGNED, bytes);
    let verified =
        wattkey_protocol::request::verify(&parts(&fields), KEYS.session.public_key(), now());
    if fields == *SIGNED {
        assert_eq!(verified, Ok(()));
    }
    if let Err(RequestSignatureError::Window { created, now }) = verified {
        assert!(created.abs_diff(now) > 60);
    }
    Outcome::of(&verified)
}

fn parts(fields: &Fields) -> RequestParts<'_> {
    RequestParts {
        method: "POST",
        authority: "pay.example",
        path_and_query: "/v1/orders",
        fields,
        body: b"e30.e30.AA",
    }
}

/// A signed key configuration with the fields of the input in place of its own.
pub(crate) fn key_configuration(bytes: &[u8]) -> Outcome {
    static ANSWER: LazyLock<(Fields, Vec<u8>)> = LazyLock::new(|| {
        let holder = &KEYS.configuration;
        let instance = "gateway-1.pay.example";
        let answer = keys::sign(
            &holder.key,
            &holder.certificate,
            instance,
            vec![1, 2],
            now(),
            3600,
        )
        .expect("signs");
        let fields = answer.fields.into_iter();
        (
            fields
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            answer.body,
        )
    });
    let (signed, body) = &*ANSWER;
    let fields = replace(signed, bytes);
    let verified = keys::verify(&fields, body, &KEYS.trust(), now());
    assert!(fields != *signed || verified.is_ok(), "{verified:?}");
    Outcome::of(&verified)
}

/// `name: value` lines replace the fields of that name; a line without a value removes them.
fn replace(fields: &Fields, bytes: &[u8]) -> Fields {
    let mut fields = fields.clone();
    for line in bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let colon = line
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let name = String::from_utf8_lossy(name).into_owned();
        fields.retain(|(field, _)| *field != name);
        if let Some(value) = value.strip_prefix(b":") {
            fields.push((name, value.trim_ascii().to_vec()));
        }
    }
    fields
}

/// A document beneath its signature: what is read can be written, means the same, and is shown.
fn document<D: Document>(bytes: &[u8]) -> Result<Signed<D>, SignedError> {
    let holder = &KEYS.signature;
    let thumbprint = holder.certificate.thumbprint();
    let text = jws::sign_compact(&holder.key, D::TYPE, thumbprint, bytes).expect("signs");
    let signed = Signed::<D>::parse(&text);
    if let Ok(signed) = &signed {
        signed.verify(&holder.certificate).expect("was just signed");
        assert!(signed.verify(&KEYS.authentication.certificate).is_err());
        assert!(!signed.document().lines().is_empty());
        let draft = Draft::new(signed.document()).expect("was read");
        assert_eq!(draft.document(), signed.document());
    }
    signed
}

/// The payload of an order.
pub(crate) fn order(bytes: &[u8]) -> Outcome {
    let signed = document::<Order>(bytes);
    if let Ok(signed) = &signed {
        let order = signed.document();
        let bills = order.bills.iter().map(|bill| bill.principal + bill.penalty);
        let deposit = order.deposit.iter().map(|part| part.amount);
        let refund = order.refund.iter().map(|part| part.amount);
        let sum: i64 = bills.chain(deposit).chain(refund).sum();
        assert_eq!(sum, order.total);
        let from_deposit = matches!(order.source, Source::Deposit { .. });
        assert!(order.refund.is_none() || (from_deposit && order.bills.is_empty()));
    }
    Outcome::of(&signed)
}

/// The payload of a decision.
pub(crate) fn decision(bytes: &[u8]) -> Outcome {
    Outcome::of(&document::<DecisionDocument>(bytes))
}

/// The payload of a standing instruction.
pub(crate) fn standing_instruction(bytes: &[u8]) -> Outcome {
    Outcome::of(&document::<StandingInstruction>(bytes))
}

/// The payload of a change of own data.
pub(crate) fn change(bytes: &[u8]) -> Outcome {
    let signed = document::<Change>(bytes);
    if let Ok(signed) = &signed {
        let subject = signed.document().what.subject();
        let again: wattkey_domain::OwnData = subject.to_string().parse().expect("was written");
        assert_eq!(again, subject);
    }
    Outcome::of(&signed)
}

/// The payload of a decision on one.
pub(crate) fn change_decision(bytes: &[u8]) -> Outcome {
    Outcome::of(&document::<ChangeDecision>(bytes))
}

/// The payload of a dispute.
pub(crate) fn dispute(bytes: &[u8]) -> Outcome {
    Outcome::of(&document::<Dispute>(bytes))
}

/// A notice's bytes.
pub(crate) fn notice(bytes: &[u8]) -> Outcome {
    let notice = NoticeDocument::parse(bytes);
    if let Ok(notice) = &notice {
        let sum: i64 = notice
            .bills
            .iter()
            .map(|bill| bill.open + bill.penalty)
            .sum();
        assert_eq!(sum, notice.total);
        let again = NoticeDocument::parse(&notice.to_json()).expect("was read");
        assert_eq!(&again, notice);
    }
    Outcome::of(&notice)
}

/// The payload of an acknowledgement of a notice.
pub(crate) fn notice_acknowledgement(bytes: &[u8]) -> Outcome {
    Outcome::of(&document::<Acknowledgement>(bytes))
}

/// The payload of a receipt with both signatures.
pub(crate) fn receipt(bytes: &[u8]) -> Outcome {
    let keys = &*KEYS;
    let mut general = jws::General::sign(
        &keys.platform.key,
        receipt::TYPE,
        &keys.chain(&keys.platform),
        bytes,
    )
    .expect("signs");
    general
        .countersign(&keys.gateway.key, &keys.chain(&keys.gateway))
        .expect("signs");
    let verified = receipt::verify(general.to_json().as_bytes(), &keys.anchor());
    if let Ok(receipt) = &verified {
        let bills = receipt.bills.iter();
        let bills = bills.map(|bill| bill.principal + bill.penalty);
        let deposit = receipt.deposit.iter().map(|part| part.amount);
        let refund = receipt.refund.iter().map(|part| part.amount);
        let sum: i64 = bills.chain(deposit).chain(refund).sum();
        assert_eq!(sum, receipt.total);
    }
    Outcome::of(&verified)
}

/// The payload of a binding step. `AUTHENTICATION` and `SIGNATURE` stand for certificates in `b64u`.
pub(crate) fn binding_step(bytes: &[u8]) -> Outcome {
    let keys = &*KEYS;
    let payload = String::from_utf8_lossy(bytes)
        .replace(
            "AUTHENTICATION",
            &wattkey_pki::b64u::encode(keys.authentication.certificate.der()),
        )
        .replace(
            "SIGNATURE",
            &wattkey_pki::b64u::encode(keys.signature.certificate.der()),
        );
    let thumbprint = keys.ca.certificate.thumbprint();
    let text = jws::sign_compact(&keys.ca.key, binding::TYPE, thumbprint, payload.as_bytes())
        .expect("signs");
    let step = SignedStep::parse(&text);
    if let Ok(step) = &step {
        assert!(step.signed_by(thumbprint, keys.ca.certificate.public_key()));
        let again = step.step().sign(&keys.ca.key, thumbprint).expect("signs");
        assert_eq!(again.step(), step.step());
    }
    Outcome::of(&step)
}

pub(crate) fn problem(bytes: &[u8]) -> Outcome {
    let problem = Problem::parse(bytes);
    if let Some(problem) = &problem {
        let again = Problem::parse(&problem.to_json());
        assert!(problem.to_json().len() > 16 * 1024 || again.as_ref() == Some(problem));
        let _ = problem.kind();
    }
    Outcome::of(&problem.ok_or(()))
}

/// Values of single fields: structured strings and byte sequences, HTTP dates, our times.
pub(crate) fn field_values(bytes: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Outcome::Refused;
    };
    let text = text.trim_end_matches('\n');
    let string = fields::parse_string(text);
    let sequence = fields::parse_byte_sequence(text);
    let (http, own) = (time::parse_http(text), time::parse(text));
    if let Some(sequence) = &sequence {
        let again = fields::byte_sequence(sequence);
        assert_eq!(fields::parse_byte_sequence(&again).as_ref(), Some(sequence));
    }
    if let Some(date) = http {
        let written = time::format_http(date).expect("was read");
        assert_eq!(time::parse_http(&written), Some(date));
    }
    if let Some(time) = own {
        assert_eq!(time::format(time), text, "a time has one form");
    }
    let read = string.is_some() || sequence.is_some() || http.is_some() || own.is_some();
    if read {
        Outcome::Read
    } else {
        Outcome::Refused
    }
}

/// The platform's answers, as the client reads them.
pub(crate) fn api(bytes: &[u8]) -> Outcome {
    let read = serde_json::from_slice::<api::Me>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<api::Account>>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<api::BillSummary>>(bytes).is_ok()
        | serde_json::from_slice::<api::BillDetail>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<api::Mandate>>(bytes).is_ok()
        | serde_json::from_slice::<api::OrderView>(bytes).is_ok()
        | serde_json::from_slice::<api::Quote>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<api::Deposit>>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<api::StandingInstructionView>>(bytes).is_ok()
        | serde_json::from_slice::<Profile>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<ChangeView>>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<wattkey_protocol::dispute::DisputeView>>(bytes)
            .is_ok()
        | serde_json::from_slice::<api::Page<wattkey_protocol::notice::NoticeView>>(bytes).is_ok()
        | serde_json::from_slice::<wattkey_protocol::arrears::Arrears>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<wattkey_protocol::usage::MeteringPoint>>(bytes)
            .is_ok()
        | serde_json::from_slice::<wattkey_protocol::usage::Readings>(bytes).is_ok()
        | serde_json::from_slice::<api::Page<wattkey_protocol::warnings::Warning>>(bytes).is_ok()
        | serde_json::from_slice::<api::BindingSteps>(bytes).is_ok();
    if read {
        Outcome::Read
    } else {
        Outcome::Refused
    }
}
