use std::time::{Duration, Instant};

use jiff::civil::date;
use serde_json::json;
use wattkey_protocol::api::{BillState, BillSummary, Me};

use wattkey_client::journal::Key;
use wattkey_client::lock::Locked;

use super::signing::{Came, ToSign};
use super::unknown::Told;
use super::*;

pub(crate) fn bill(id: &str, account: &str, period: &str, total: i64, open: i64) -> BillSummary {
    BillSummary {
        bill: id.parse().unwrap(),
        account: account.parse().unwrap(),
        period: period.parse().unwrap(),
        issued: date(2026, 9, 1),
        due: date(2026, 9, 15),
        currency: "CNY".parse().unwrap(),
        total,
        open,
        in_collection: 0,
        state: if open > 0 {
            BillState::Open
        } else {
            BillState::Paid
        },
        disputed: 0,
        transfer: None,
    }
}

/// A bill of 7.00 in three lines.
pub(crate) fn document() -> wattkey_domain::BillDocument {
    let line = |kind: &str, amount: i64| json!({"kind": kind, "text": {"en": kind, "zh": kind}, "amount": amount});
    let document = json!({"bill": "B-1", "account": "C-1",
        "customer": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "period": "2026-09", "currency": "CNY",
        "issued": "2026-09-01", "due": "2026-09-15",
        "lines": [line("energy", 600), line("levy", 60), line("surcharge", 40)],
        "total": 700, "revenue": 600, "tax": 40, "levies": 60});
    wattkey_domain::BillDocument::parse(document.to_string().as_bytes()).unwrap()
}

pub(crate) fn me() -> Me {
    serde_json::from_value(json!({
        "user": {"id": "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7", "name": "Li Na"},
        "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
        "key": {"serial": "0123456789abcdef", "bound": "2026-11-01T08:00:00Z", "expires": "2028-11-01T08:00:00Z"},
        "rights": ["view", "prepare", "approve"],
        "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
        "time_zone": "Asia/Shanghai", "limits": null,
    }))
    .unwrap()
}

fn identity(serial: &str) -> Identity {
    use wattkey_pki::Digest;
    Identity::new(serial.to_owned(), Digest::of(b"1"), Digest::of(b"2"))
}

fn opened(serial: &str) -> Event {
    Event::Opened(Box::new(Opened {
        identity: identity(serial),
        serial: serial.to_owned(),
        me: me(),
        clock_off: None,
    }))
}

fn open() -> (State, Instant) {
    let now = Instant::now();
    let mut state = State::new(Settings::default(), now);
    let _ = update(&mut state, opened("1"));
    let bills = vec![bill("B-1", "C-1", "2026-09", 700, 700)];
    let _ = update(&mut state, Event::Loaded(Loaded::Bills(bills)));
    let _ = update(&mut state, Event::Bills(bills::Input::SelectAll(true)));
    let _ = update(&mut state, Event::PayChosen);
    (state, now)
}

fn to_sign() -> Event {
    let standing = wattkey_token::PinState {
        initialised: true,
        ..Default::default()
    };
    Event::ToSign(Box::new(ToSign {
        order: Some("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".parse().unwrap()),
        ..ToSign::new(signing::Kind::Payment, Vec::new(), standing)
    }))
}

fn signed(state: &mut State) -> Vec<Effect> {
    let _ = update(state, to_sign());
    let _ = update(state, Event::Signing(signing::Input::Agree(true)));
    let _ = update(state, Event::Signing(signing::Input::Key("1".into())));
    update(state, Event::Signing(signing::Input::Sign))
}

fn unknown() -> Fault {
    Fault::new(
        "unknown-outcome",
        wattkey_client::fault::Exit::UnknownOutcome,
    )
}

#[test]
fn a_quarter_of_an_hour_without_a_key_or_click_locks() {
    let (mut state, now) = open();
    let later = now + IDLE - Duration::from_secs(1);
    assert!(update(&mut state, Event::Tick(later)).is_empty());
    let _ = update(&mut state, Event::Active(later));
    assert!(update(&mut state, Event::Tick(now + IDLE)).is_empty());
    let effects = update(&mut state, Event::Tick(later + IDLE));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Lock, Effect::LookForKeys]
    ));
    assert!(state.open.is_none());
}

#[test]
fn what_is_on_its_way_is_not_cut_off_by_idleness() {
    let (mut state, now) = open();
    assert!(matches!(signed(&mut state).as_slice(), [Effect::Sign(_)]));
    let effects = update(&mut state, Event::Tick(now + IDLE * 2));
    assert!(effects.is_empty() && state.open.is_some());
}

#[test]
fn a_form_comes_back_for_the_same_key_only() {
    let (mut state, _) = open();
    let _ = update(&mut state, Event::Locked(Locked::KeyPulled));
    let _ = update(&mut state, opened("2"));
    assert!(state.open.as_ref().unwrap().pay.parts.is_empty());

    let (mut state, _) = open();
    let _ = update(&mut state, Event::Locked(Locked::KeyPulled));
    let _ = update(&mut state, opened("1"));
    let again = state.open.as_ref().unwrap();
    assert_eq!((again.pay.parts.len(), again.page), (1, Page::Pay));
    // What the service had said is asked for anew.
    assert!(again.bills.all.is_none());
}

#[test]
fn after_a_wrong_pin_it_is_shown_and_agreed_to_anew() {
    let (mut state, _) = open();
    let _ = signed(&mut state);
    let wrong = Fault::new("wrong-pin", wattkey_client::fault::Exit::WrongPin);
    let _ = update(&mut state, Event::Came(Came::NotSigned(wrong)));
    let _ = update(&mut state, to_sign());
    let signing = state.open.as_ref().unwrap().signing.as_ref().unwrap();
    assert!(signing.fault.is_some() && !signing.agreed && !signing.can_sign());
}

#[test]
fn nobody_leaves_what_was_signed_before_its_outcome() {
    let (mut state, _) = open();
    let _ = signed(&mut state);
    for event in [Event::Leave, Event::Go(Page::Bills)] {
        let _ = update(&mut state, event);
        assert!(state.open.as_ref().unwrap().signing.is_some());
    }
    let _ = update(&mut state, Event::Came(Came::Unknown(unknown())));
    let _ = update(&mut state, Event::Leave);
    assert!(state.open.as_ref().unwrap().signing.is_none());
}

#[test]
fn what_is_unknown_is_asked_for_by_itself() {
    let (mut state, now) = open();
    let _ = signed(&mut state);
    let _ = update(&mut state, Event::Came(Came::Unknown(unknown())));
    assert!(update(&mut state, Event::Tick(now + Duration::from_secs(1))).is_empty());
    let effects = update(&mut state, Event::Tick(now + RESOLVE));
    assert!(matches!(effects.as_slice(), [Effect::ResolveAll]));
}

#[test]
fn a_paid_form_is_empty_and_an_unpaid_one_is_kept() {
    let (mut state, _) = open();
    let _ = signed(&mut state);
    let _ = update(&mut state, Event::Came(Came::Refused(unknown())));
    assert_eq!(state.open.as_ref().unwrap().pay.parts.len(), 1);

    let (mut state, _) = open();
    let _ = signed(&mut state);
    let _ = update(&mut state, Event::Came(Came::Accepted(None)));
    let open = state.open.as_ref().unwrap();
    assert!(open.pay.parts.is_empty() && open.bills.chosen.is_empty());
}

#[test]
fn without_a_session_nothing_of_it_is_reached() {
    let mut state = State::new(Settings::default(), Instant::now());
    for event in [
        Event::Go(Page::Bills),
        Event::PayDue,
        to_sign(),
        Event::Pay(pay::Input::Prepare),
    ] {
        assert!(update(&mut state, event).is_empty());
        assert!(state.open.is_none());
    }
}

#[test]
fn what_became_of_another_order_changes_nothing_that_is_shown() {
    let (mut state, _) = open();
    let _ = update(&mut state, to_sign());
    let shown = |state: &State| {
        let signing = state.open.as_ref().and_then(|open| open.signing.as_ref());
        matches!(
            signing.map(|signing| &signing.step),
            Some(signing::Step::Shown)
        )
    };
    // An order of unknown outcome is asked for by itself, while another one is read.
    let document = |id: &str| Key::Order(id.parse().unwrap());
    let other = document("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c22");
    let _ = update(&mut state, Event::Resolved(other, Came::Accepted(None)));
    assert!(shown(&state));
    let this = document("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11");
    let _ = update(&mut state, Event::Resolved(this, Came::Accepted(None)));
    assert!(shown(&state), "it is not even signed");
    let _ = signed(&mut state);
    let at = "2026-11-22T08:00:01Z".parse().unwrap();
    let _ = update(&mut state, Event::Came(Came::Signed(at, this)));
    let _ = update(&mut state, Event::Came(Came::Unknown(unknown())));
    let _ = update(&mut state, Event::Resolved(this, Came::Accepted(None)));
    let signing = state.open.as_ref().and_then(|open| open.signing.as_ref());
    assert!(matches!(
        signing.map(|signing| &signing.step),
        Some(signing::Step::Accepted)
    ));
}

#[test]
fn each_page_says_where_its_file_is_until_one_goes_on() {
    let (mut state, _) = open();
    let saved = |state: &State| {
        let open = state.open.as_ref().unwrap();
        matches!(&open.told, Some(Told::Saved(file)) if file == "a.csv")
    };
    for page in Page::ALL {
        let _ = update(&mut state, Event::Go(page));
        assert!(!saved(&state), "{page:?}");
        let _ = update(&mut state, Event::Saved("a.csv".into()));
        assert!(saved(&state), "{page:?}");
        // What goes on by itself takes nothing away that somebody reads.
        let _ = update(
            &mut state,
            Event::Loaded(Loaded::Orders(Vec::new(), Vec::new())),
        );
        assert!(saved(&state), "{page:?}");
    }
}

/// What is known of orders and of other documents comes apart, and neither forgets the other's.
#[test]
fn orders_and_other_documents_of_unknown_outcome_stay_apart() {
    let (mut state, now) = open();
    let order = "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".parse().unwrap();
    let change = Key::Change(wattkey_pki::Digest::of(b"change"));
    let known = vec![Key::Order(order), change];
    let _ = update(&mut state, Event::Loaded(Loaded::Unresolved(known)));
    let _ = update(
        &mut state,
        Event::Loaded(Loaded::Orders(Vec::new(), Vec::new())),
    );
    assert_eq!(state.open.as_ref().unwrap().unresolved, [change]);
    let effects = update(&mut state, Event::Tick(now + RESOLVE));
    assert!(matches!(effects.as_slice(), [Effect::ResolveAll]));
    let refused = Came::Refused(unknown());
    let _ = update(&mut state, Event::Resolved(change, refused));
    let open = state.open.as_ref().unwrap();
    assert!(open.unresolved.is_empty());
    assert!(matches!(&open.told, Some(Told::Refused(one, _)) if *one == change));
}

/// What was signed, of unknown outcome, and then found to be there needs no starting over.
#[test]
fn a_form_that_came_to_be_there_is_nobodys_any_more() {
    let profile = |version: i64, name: &str| -> wattkey_protocol::change::Profile {
        serde_json::from_value(json!({
            "customer": {"id": "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968", "name": "Example Steel"},
            "contacts": {"version": version, "since": "2026-10-01T08:00:00Z", "contacts": [
                {"name": name, "role": "billing", "phone": "021 5555 0100", "email": null, "language": "zh"}]},
            "notice_addresses": [], "users": [], "rights": [], "invoice_data": {"version": 1,
                "since": "2026-09-01T08:00:00Z", "data": {"title": "Example Steel", "tax_number": "1",
                "address": null, "phone": null, "bank": null, "bank_account": null}},
        }))
        .unwrap()
    };
    let (mut state, _) = open();
    let load = |state: &mut State, profile| {
        let _ = update(state, Event::Loaded(Loaded::Profile(Box::new(profile))));
    };
    let write = |state: &mut State, name: &str| {
        let field = personal::ContactField::Name;
        let input = personal::Input::Contact(0, field, name.into());
        let _ = update(state, Event::Personal(input));
    };
    let stale = |state: &State| state.open.as_ref().unwrap().personal.is_stale();
    load(&mut state, profile(3, "Wang Fang"));
    write(&mut state, "Chen Li");
    load(&mut state, profile(4, "Chen Li"));
    assert!(!stale(&state), "it is what was written");
    write(&mut state, "Wang Fang");
    load(&mut state, profile(5, "Zhao Lei"));
    assert!(stale(&state), "it is another");
}

#[test]
fn how_the_key_stands_is_read_again_after_a_right_pin_and_before_support_is_told() {
    let mut state = State::new(Settings::default(), Instant::now());
    let looks = |effects: Vec<Effect>| {
        let mut effects = effects.iter();
        effects.any(|effect| matches!(effect, Effect::LookForKeys))
    };
    assert!(looks(update(&mut state, opened("1"))));
    assert!(looks(update(&mut state, Event::Go(Page::Settings))));
    assert!(!looks(update(&mut state, Event::Go(Page::Bills))));
}
