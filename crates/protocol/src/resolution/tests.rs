use uuid::Uuid;
use wattkey_domain::Currency;
use wattkey_pki::{MemorySigner, Signer as _, jws};

use super::*;
use crate::signed::Signed;

fn manager() -> Named<UserId> {
    Named {
        id: UserId::from_uuid(Uuid::from_u128(1)),
        name: "Wang Wei".to_owned(),
    }
}

fn matched() -> Resolution {
    Resolution {
        resolution: ResolutionId::from_uuid(Uuid::from_u128(5)),
        audience: "https://pay.example".to_owned(),
        item: "receipt:camt:DE1|E1|+CNY1000||1".parse().unwrap(),
        item_digest: view().digest(),
        action: Action::Match,
        allocations: vec![Allocation {
            bill: "B-1".parse().unwrap(),
            principal: 900,
            penalty: 10,
        }],
        deposit: Some(DepositPart {
            account: "C-1".parse().unwrap(),
            amount: 90,
        }),
        to: None,
        reason: String::new(),
        manager: manager(),
        created: "2026-11-22T08:00:00Z".parse().unwrap(),
    }
}

fn view() -> ItemView {
    ItemView {
        item: "receipt:camt:DE1|E1|+CNY1000||1".parse().unwrap(),
        at: "2026-11-22T07:00:00Z".parse().unwrap(),
        amount: Some(1000),
        currency: Some(Currency::CNY),
        value: Some("2026-11-21".parse().unwrap()),
        debtor: Some("Example Steel".to_owned()),
        debtor_account: Some("6222000000000001".to_owned()),
        text: Some("for August".to_owned()),
        order: None,
        why: "no order waits for it".to_owned(),
    }
}

#[test]
fn a_resolution_is_read_as_it_was_signed() {
    let key = MemorySigner::generate();
    let signed = Signed::sign(&matched(), &key, Digest::of(b"m")).unwrap();
    let read = Signed::<Resolution>::parse(signed.as_str()).unwrap();
    assert_eq!(read.document(), &matched());
    assert_eq!(read.digest(), signed.digest());
    assert!(read.signed_by(Digest::of(b"m"), key.public_key()));
    assert!(!read.signed_by(Digest::of(b"x"), key.public_key()));
    assert!(!read.signed_by(Digest::of(b"m"), MemorySigner::generate().public_key()));
    assert_eq!(matched().total(), Some(1000));

    let decision = ResolutionDecision {
        resolution: matched().resolution,
        resolution_digest: read.digest(),
        audience: "https://pay.example".to_owned(),
        manager: manager(),
        decision: Verdict::Confirm,
        created: matched().created,
    };
    let signed = Signed::sign(&decision, &key, Digest::of(b"m")).unwrap();
    let read = Signed::<ResolutionDecision>::parse(signed.as_str()).unwrap();
    assert_eq!(read.document(), &decision);
    // One is never taken for the other.
    assert!(Signed::<Resolution>::parse(signed.as_str()).is_err());
}

#[test]
fn what_breaks_the_rules_is_refused() {
    let good = serde_json::to_string(&matched()).unwrap();
    let key = MemorySigner::generate();
    let parse = |payload: &str| {
        let text = jws::sign_compact(&key, TYPE, Digest::of(b"m"), payload.as_bytes()).unwrap();
        Signed::<Resolution>::parse(&text)
    };
    assert!(parse(&good).is_ok());
    for (from, to) in [
        (r#""match""#, r#""note""#),
        (r#""match""#, r#""return""#),
        (r#""item":"receipt:"#, r#""item":"event:"#),
        (r#""item":"receipt:"#, r#""item":"bill:"#),
        (r#""principal":900"#, r#""principal":0"#),
        (r#""principal":900"#, r#""principal":9.5"#),
        (r#""principal":900"#, r#""principal":900,"principal":900"#),
        (r#""penalty":10"#, r#""penalty":-1"#),
        (r#""penalty":10"#, r#""penalty":9007199254740991"#),
        (r#""amount":90"#, r#""amount":0"#),
        (r#""deposit":{"account":"C-1","amount":90},"#, ""),
        (r#""reason":"""#, r#""reason":"\u202e""#),
        (r#""reason":"""#, r#""reason":"","more":1"#),
        (
            r#""penalty":10}"#,
            r#""penalty":10},{"bill":"B-1","principal":1,"penalty":0}"#,
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(parse(&bad).is_err(), "{bad}");
    }
    let empty = Resolution {
        allocations: Vec::new(),
        deposit: None,
        ..matched()
    };
    assert!(Signed::sign(&empty, &key, Digest::of(b"m")).is_err());
    let note = Resolution {
        action: Action::Note,
        ..empty
    };
    assert!(
        Signed::sign(&note, &key, Digest::of(b"m")).is_err(),
        "no reason"
    );
    let note = Resolution {
        reason: "the bank has booked it anew".to_owned(),
        ..note
    };
    assert!(Signed::sign(&note, &key, Digest::of(b"m")).is_ok());
}

/// The vector of PROTOCOL.md section 14.
#[test]
fn the_digest_of_an_item_is_that_of_the_protocol() {
    let mut bytes = b"wattkey-item-1\0".to_vec();
    for member in [
        "receipt:camt:DE1|E1|+CNY1000||1",
        "2026-11-22T07:00:00Z",
        "1000",
        "CNY",
        "2026-11-21",
        "Example Steel",
        "6222000000000001",
        "for August",
        "",
        "no order waits for it",
    ] {
        bytes.extend(u32::try_from(member.len()).unwrap().to_be_bytes());
        bytes.extend(member.as_bytes());
    }
    assert_eq!(view().digest(), Digest::of(&bytes));
    let changes: [fn(&mut ItemView); 4] = [
        |view| view.amount = Some(1001),
        |view| view.value = None,
        |view| view.text = Some("for  August".to_owned()),
        |view| view.why.push('.'),
    ];
    for change in changes {
        let mut changed = view();
        change(&mut changed);
        assert_ne!(changed.digest(), view().digest());
    }
    assert_eq!(
        view().digest().to_string(),
        "LDY5NKaik8M-phXHFtHWkMUTzyPFOOgRUwhs6CKzyb8"
    );
}

#[test]
fn what_is_sent_back_has_a_recipient_and_a_reason_and_nothing_else() {
    let back = Resolution {
        action: Action::Return,
        allocations: Vec::new(),
        deposit: None,
        to: Some(Recipient {
            name: "Example Steel".to_owned(),
            account: "6222000000000001".to_owned(),
            agent: "NOTPROVIDED".to_owned(),
        }),
        reason: "nobody is owed it".to_owned(),
        ..matched()
    };
    assert!(back.check().is_ok());
    let changes: [fn(&mut Resolution); 6] = [
        |one| one.to = None,
        |one| one.reason = String::new(),
        |one| one.deposit = matched().deposit,
        |one| one.allocations = matched().allocations,
        |one| one.item = "listed:1/0".parse().unwrap(),
        |one| one.action = Action::Note,
    ];
    for change in changes {
        let mut wrong = back.clone();
        change(&mut wrong);
        assert!(wrong.check().is_err(), "{wrong:?}");
    }
    // Another action's document has no such member.
    let text = serde_json::to_string(&matched()).unwrap();
    assert!(!text.contains("\"to\""), "{text}");
}
