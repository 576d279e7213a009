use wattkey_seal::ReplayWindow;

use super::*;

const NOW: i64 = 1_700_000_000;
const REQUEST: &str = "0f3c2f8e-6f0a-4b0e-9c39-0d8f6f1b2a3c";

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn certificate() -> Digest {
    Digest::of(b"certificate")
}

fn context() -> Context<'static> {
    Context {
        authority: "pay.example",
        certificate: certificate(),
        group: Group::X25519MlKem768,
        now: time(NOW),
    }
}

fn good() -> Request {
    Request {
        method: "GET".into(),
        scheme: "https".into(),
        authority: "pay.example".into(),
        path: "/v1/bills?state=open".into(),
        fields: vec![
            (
                "date".into(),
                time::format_http(time(NOW)).unwrap().into_bytes(),
            ),
            (
                FIELD_CERTIFICATE.into(),
                certificate().to_string().into_bytes(),
            ),
            (FIELD_REQUEST.into(), REQUEST.as_bytes().to_vec()),
            ("wattkey-session".into(), b"statement".to_vec()),
            ("x-forwarded-for".into(), b"192.0.2.1".to_vec()),
        ],
        body: Vec::new(),
    }
}

fn order() -> Request {
    Request {
        method: "POST".into(),
        path: "/v1/orders".into(),
        body: b"jws".to_vec(),
        ..good()
    }
}

fn set(request: &mut Request, name: &str, value: impl AsRef<[u8]>) {
    request.fields.retain(|(n, _)| n != name);
    request
        .fields
        .push((name.to_owned(), value.as_ref().to_vec()));
}

fn decide(request: Request, context: &Context<'_>) -> Result<Admitted, Refusal> {
    admit(request, context, |_| Replay::Fresh)
}

fn refused(change: impl FnOnce(&mut Request)) -> (&'static str, u16) {
    let mut request = good();
    change(&mut request);
    let refusal = decide(request, &context()).unwrap_err();
    (
        refusal.problem.kind().unwrap().name(),
        refusal.problem.status,
    )
}

#[test]
fn a_good_request_passes_unchanged() {
    let admitted = decide(good(), &context()).unwrap();
    assert_eq!(admitted.method(), Method::GET);
    assert_eq!(admitted.target, "/v1/bills?state=open");
    assert_eq!(admitted.fields["wattkey-session"], "statement");
    assert_eq!(admitted.keep_until, NOW + 120);
    assert!(!admitted.fields.contains_key("x-forwarded-for"));
    assert_eq!(decide(order(), &context()).unwrap().body, b"jws");
}

#[test]
fn malformed() {
    let wanted = ("malformed", 400);
    assert_eq!(refused(|r| set(r, FIELD_REQUEST, "1")), wanted);
    assert_eq!(
        refused(|r| set(r, FIELD_REQUEST, REQUEST.to_uppercase())),
        wanted
    );
    assert_eq!(
        refused(|r| r.fields.retain(|(n, _)| n != FIELD_REQUEST)),
        wanted
    );
    assert_eq!(refused(|r| r.scheme = "http".into()), wanted);
    assert_eq!(
        refused(|r| r.fields.push(("wattkey-session".into(), b"2".to_vec()))),
        wanted
    );
    // Also what does not pass may not be there twice.
    for name in ["x-note", "host"] {
        let twice = |r: &mut Request| {
            for _ in 0..2 {
                r.fields.push((name.into(), b"pay.example".to_vec()));
            }
        };
        assert_eq!(refused(twice), wanted, "{name}");
    }
    let trailers = super::malformed(&MessageError::Trailers);
    assert_eq!(trailers.problem.kind(), Some(ProblemType::Malformed));
}

#[test]
fn forbidden_field() {
    for name in [
        "client-cert",
        "client_cert",
        "client-cert-chain",
        "client_cert_chain",
        "client-cert_chain",
    ] {
        let mut request = good();
        set(&mut request, name, ":AA==:");
        let refusal = decide(request, &context()).unwrap_err();
        assert_eq!(refusal.problem.kind(), Some(ProblemType::ForbiddenField));
        assert_eq!(refusal.problem.members["field"], name);
    }
}

#[test]
fn authority() {
    let wanted = ("authority", 421);
    assert_eq!(refused(|r| r.authority = "evil.example".into()), wanted);
    assert_eq!(refused(|r| r.authority = "pay.example:443".into()), wanted);
    assert_eq!(refused(|r| r.authority = String::new()), wanted);
    assert_eq!(refused(|r| set(r, "host", "evil.example")), wanted);
}

#[test]
fn certificate_mismatch() {
    let wanted = ("certificate-mismatch", 403);
    assert_eq!(
        refused(|r| set(r, FIELD_CERTIFICATE, Digest::of(b"other").to_string())),
        wanted
    );
    assert_eq!(
        refused(|r| r.fields.retain(|(n, _)| n != FIELD_CERTIFICATE)),
        wanted
    );
    let again = (
        FIELD_CERTIFICATE.to_owned(),
        certificate().to_string().into_bytes(),
    );
    assert_eq!(refused(|r| r.fields.push(again)), wanted);
}

#[test]
fn replay_comes_before_date_and_route() {
    let mut window = ReplayWindow::new(10);
    let mut late = good();
    late.path = "/nowhere".into();
    let mut ask = |request: Request, now| {
        let context = Context {
            now: time(now),
            ..context()
        };
        admit(request, &context, |until| {
            window.insert([7; 32], until, now)
        })
        .map_err(|refusal| refusal.reason)
    };
    assert!(ask(good(), NOW).is_ok());
    assert_eq!(ask(late, NOW + 90).unwrap_err(), "replay");
    // The window has closed: forgotten, but the date is out too.
    assert_eq!(ask(good(), NOW + 121).unwrap_err(), "date");
}

#[test]
fn full_table_lets_nothing_through() {
    let refusal = admit(good(), &context(), |_| Replay::Full).unwrap_err();
    assert_eq!(
        (refusal.problem.status, refusal.reason),
        (503, "replay-full")
    );
    let refusal = admit(good(), &context(), |_| Replay::Expired).unwrap_err();
    assert_eq!(
        (refusal.problem.status, refusal.reason),
        (400, "clock-set-back")
    );
}

#[test]
fn date_is_within_a_minute() {
    let at = |second| {
        let mut request = good();
        set(
            &mut request,
            "date",
            time::format_http(time(second)).unwrap(),
        );
        decide(request, &context())
            .map(|admitted| admitted.keep_until)
            .map_err(|r| r.reason)
    };
    assert_eq!(at(NOW - 60), Ok(NOW + 60));
    assert_eq!(at(NOW + 60), Ok(NOW + 180));
    assert_eq!(at(NOW - 61), Err("date"));
    assert_eq!(at(NOW + 61), Err("date"));
    assert_eq!(refused(|r| set(r, "date", "yesterday")), ("date", 400));
    assert_eq!(
        refused(|r| r.fields.retain(|(n, _)| n != "date")),
        ("date", 400)
    );
}

#[test]
fn a_date_out_of_the_window_cannot_fill_the_table_for_long() {
    let mut request = good();
    set(
        &mut request,
        "date",
        time::format_http(time(NOW + 1_000_000)).unwrap(),
    );
    let mut kept = 0;
    let outcome = admit(request, &context(), |until| {
        kept = until;
        Replay::Fresh
    });
    assert_eq!(outcome.unwrap_err().reason, "date");
    assert_eq!(kept, NOW + 120);
}

#[test]
fn route() {
    assert_eq!(
        refused(|r| r.path = "/v1/binding-steps".into()),
        ("route", 404)
    );
    assert_eq!(refused(|r| r.method = "DELETE".into()), ("route", 404));
}

#[test]
fn body() {
    assert_eq!(refused(|r| r.body = vec![0]), ("body", 413));
    let mut request = order();
    request.body = vec![b'x'; 64 * 1024];
    assert!(decide(request.clone(), &context()).is_ok());
    request.body.push(b'x');
    let refusal = decide(request, &context()).unwrap_err();
    assert_eq!(refusal.problem.members["limit"], 64 * 1024);
}

#[test]
fn classical_group_is_for_reading_only() {
    let classical = Context {
        group: Group::X25519,
        ..context()
    };
    assert!(decide(good(), &classical).is_ok());
    let refusal = decide(order(), &classical).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.problem.status),
        ("classical-group", 403)
    );
}
