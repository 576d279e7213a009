use std::error::Error as _;

use jiff::{SignedDuration, Timestamp};
use wattkey_pki::issue::{self, Subject};
use wattkey_pki::{MemorySigner, Signer};
use wattkey_protocol::binding::{BoundKey, Holder, UnbindReason};

use super::*;

const AUDIENCE: &str = "https://pay.example";

fn start() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

struct Ca {
    signer: MemorySigner,
    certificate: Certificate,
}

struct Key {
    signature: MemorySigner,
    bound: BoundKey,
    holder: Holder,
}

impl Ca {
    fn new() -> Self {
        let signer = MemorySigner::generate();
        let certificate =
            issue::self_signed_ca("Users CA", "Example Power", &signer, start(), 365).unwrap();
        Self {
            signer,
            certificate,
        }
    }

    fn key(&self, kind: HolderKind, serial: &str) -> Key {
        let (roles, customer) = match kind {
            HolderKind::User => (
                [Role::UserAuthentication, Role::UserSignature],
                Some("00000000-0000-0000-0000-000000000007".parse().unwrap()),
            ),
            HolderKind::Manager => ([Role::ManagerAuthentication, Role::ManagerSignature], None),
        };
        let subject = Subject {
            common_name: serial.to_owned(),
            organisation: "Example".into(),
            key_serial: Some(serial.to_owned()),
            dns_names: Vec::new(),
        };
        let signature = MemorySigner::generate();
        let authentication = MemorySigner::generate();
        let certificate = |role, key: &MemorySigner| {
            let (ca, key) = (&self.certificate, key.public_key());
            issue::certificate(ca, &self.signer, role, &subject, key, start(), 30).unwrap()
        };
        Key {
            bound: BoundKey {
                serial: serial.to_owned(),
                authentication: certificate(roles[0], &authentication),
                signature: certificate(roles[1], &signature),
            },
            signature,
            holder: Holder {
                kind,
                id: "00000000-0000-0000-0000-000000000001".parse().unwrap(),
                customer,
                name: serial.to_owned(),
            },
        }
    }

    fn verify(&self, steps: &[String]) -> Result<Log, LogError> {
        self.verify_from(None, steps)
    }

    fn verify_from(&self, head: Option<(u64, Digest)>, steps: &[String]) -> Result<Log, LogError> {
        let anchor = TrustAnchor::new(self.certificate.clone()).unwrap();
        Log::verify(AUDIENCE, &anchor, head, steps)
    }

    fn sign(&self, step: &Step) -> String {
        let signed = step.sign(&self.signer, self.certificate.thumbprint());
        signed.unwrap().as_str().to_owned()
    }
}

impl Key {
    fn sign(&self, step: &Step) -> String {
        let signed = step.sign(&self.signature, self.bound.signature.thumbprint());
        signed.unwrap().as_str().to_owned()
    }

    fn bind_at(&self, place: Place) -> Step {
        Step::bind(place, AUDIENCE, self.holder.clone(), self.bound.clone())
    }

    fn unbind_at(&self, place: Place) -> Step {
        let authentication = self.bound.authentication.thumbprint();
        let serial = &self.bound.serial;
        Step::unbind(place, AUDIENCE, serial, authentication, UnbindReason::Lost)
    }
}

/// Where the next step of a good log goes.
fn next(ca: &Ca, steps: &[String]) -> Place {
    ca.verify(steps).unwrap().next(start())
}

fn wrong(result: Result<Log, LogError>) -> String {
    result.unwrap_err().source().unwrap().to_string()
}

/// A log in which a manager, a user and another manager are bound and the user
/// is unbound again.
struct Scene {
    ca: Ca,
    manager: Key,
    user: Key,
    other: Key,
    steps: Vec<String>,
}

fn scene() -> Scene {
    let ca = Ca::new();
    let manager = ca.key(HolderKind::Manager, "m1");
    let user = ca.key(HolderKind::User, "u1");
    let other = ca.key(HolderKind::Manager, "m2");
    let mut steps = vec![ca.sign(&manager.bind_at(Place::first(start())))];
    steps.push(manager.sign(&user.bind_at(next(&ca, &steps))));
    steps.push(manager.sign(&other.bind_at(next(&ca, &steps))));
    steps.push(other.sign(&user.unbind_at(next(&ca, &steps))));
    Scene {
        ca,
        manager,
        user,
        other,
        steps,
    }
}

#[test]
fn a_good_log_verifies_and_says_who_is_bound() {
    let scene = scene();
    let log = scene.ca.verify(&scene.steps).unwrap();
    let bound = |key: &Key| log.bound(key.bound.authentication.thumbprint());
    assert_eq!(bound(&scene.manager), Some(1));
    assert_eq!(bound(&scene.other), Some(3));
    assert_eq!(bound(&scene.user), None);
    let user = scene.user.bound.authentication.thumbprint();
    assert_eq!(log.unbound(user), Some(4));
    assert_eq!(log.bound_count(), 2);
    assert_eq!(scene.ca.verify(&[]).unwrap().head(), (0, Digest::of(b"")));
}

#[test]
fn removing_swapping_and_cutting_are_noticed() {
    let scene = scene();
    let head = scene.ca.verify(&scene.steps).unwrap().head();
    for at in 0..scene.steps.len() - 1 {
        let mut removed = scene.steps.clone();
        removed.remove(at);
        assert!(scene.ca.verify(&removed).is_err(), "without step {at}");
        let mut swapped = scene.steps.clone();
        swapped.swap(at, at + 1);
        assert!(scene.ca.verify(&swapped).is_err(), "step {at} swapped");
    }
    for length in 0..scene.steps.len() {
        let cut = &scene.steps[..length];
        assert!(scene.ca.verify(cut).is_ok());
        let error = scene.ca.verify_from(Some(head), cut);
        assert!(wrong(error).contains("missing"), "cut to {length}");
    }
    // A manager could write another fourth step; the desk knows the one it saw.
    let mut rewritten = scene.steps[..3].to_vec();
    let place = next(&scene.ca, &rewritten);
    rewritten.push(scene.manager.sign(&scene.user.unbind_at(place)));
    assert!(scene.ca.verify(&rewritten).is_ok());
    let error = scene.ca.verify_from(Some(head), &rewritten);
    assert!(wrong(error).contains("saw before"));
}

#[test]
fn only_managers_who_are_bound_sign() {
    let Scene {
        ca,
        manager,
        user,
        other,
        steps,
    } = scene();
    let place = next(&ca, &steps);
    let new = ca.key(HolderKind::User, "u2");
    let with = |step: String| ca.verify(&[steps.clone(), vec![step]].concat());
    assert!(with(manager.sign(&new.bind_at(place))).is_ok());
    assert!(with(other.sign(&new.bind_at(place))).is_ok());
    // A user, a stranger, the CA while managers are bound.
    let stranger = ca.key(HolderKind::Manager, "m3");
    for step in [
        user.sign(&new.bind_at(place)),
        stranger.sign(&stranger.bind_at(place)),
        ca.sign(&stranger.bind_at(place)),
    ] {
        assert!(wrong(with(step)).contains("signed it"));
    }
    // A manager's certificate named, another key signs.
    let step = new.bind_at(place);
    let forged = step
        .sign(&stranger.signature, manager.bound.signature.thumbprint())
        .unwrap();
    assert!(wrong(with(forged.as_str().to_owned())).contains("signed it"));
}

#[test]
fn the_authority_binds_a_manager_only_while_none_is_bound() {
    let ca = Ca::new();
    let manager = ca.key(HolderKind::Manager, "m1");
    let user = ca.key(HolderKind::User, "u1");
    let first = Place::first(start());
    assert!(wrong(ca.verify(&[ca.sign(&user.bind_at(first))])).contains("signed it"));
    assert!(wrong(ca.verify(&[manager.sign(&manager.bind_at(first))])).contains("signed it"));
    let mut steps = vec![ca.sign(&manager.bind_at(first))];
    steps.push(manager.sign(&manager.unbind_at(next(&ca, &steps))));
    let again = ca.key(HolderKind::Manager, "m2");
    steps.push(ca.sign(&again.bind_at(next(&ca, &steps))));
    assert_eq!(ca.verify(&steps).unwrap().bound_count(), 1);
}

#[test]
fn what_was_unbound_never_comes_back() {
    let scene = scene();
    let place = next(&scene.ca, &scene.steps);
    let again = scene.manager.sign(&scene.user.bind_at(place));
    let steps = [scene.steps.clone(), vec![again]].concat();
    assert!(wrong(scene.ca.verify(&steps)).contains("bound before"));
    let twice = scene.manager.sign(&scene.user.unbind_at(place));
    let steps = [scene.steps, vec![twice]].concat();
    assert!(wrong(scene.ca.verify(&steps)).contains("not bound"));
}

#[test]
fn other_certificates_times_and_audiences_are_refused() {
    let scene = scene();
    let ca = &scene.ca;
    let place = next(ca, &scene.steps);
    let with = |step: &Step| {
        let step = scene.manager.sign(step);
        wrong(ca.verify(&[scene.steps.clone(), vec![step]].concat()))
    };
    let new = ca.key(HolderKind::User, "u2");
    let foreign = Ca::new().key(HolderKind::User, "u2");
    assert!(with(&foreign.bind_at(place)).contains("certificate is not good"));
    let mut swapped = ca.key(HolderKind::User, "u2");
    std::mem::swap(
        &mut swapped.bound.authentication,
        &mut swapped.bound.signature,
    );
    assert!(with(&swapped.bind_at(place)).contains("certificate is not good"));
    let mut renamed = ca.key(HolderKind::User, "u2");
    renamed.bound.serial = "u3".into();
    assert!(with(&renamed.bind_at(place)).contains("name the USB key"));
    let late = Place {
        at: start() + SignedDuration::from_hours(31 * 24),
        ..place
    };
    assert!(with(&new.bind_at(late)).contains("certificate is not good"));
    let early = Place {
        at: start() - SignedDuration::from_secs(1),
        ..place
    };
    assert!(with(&new.bind_at(early)).contains("older"));
    let skipped = Place {
        sequence: place.sequence + 1,
        ..place
    };
    assert!(with(&new.bind_at(skipped)).contains("number"));
    let elsewhere = Place {
        previous: Digest::of(b"x"),
        ..place
    };
    assert!(with(&new.bind_at(elsewhere)).contains("follow"));
    let audience = "https://other.example";
    let step = Step::bind(place, audience, new.holder.clone(), new.bound.clone());
    assert!(with(&step).contains("other.example"));
    assert!(wrong(ca.verify(&["x".into()])).contains("read"));
}

#[test]
fn a_desk_whose_clock_is_behind_does_not_turn_time_back() {
    let scene = scene();
    let log = scene.ca.verify(&scene.steps).unwrap();
    let behind = start() - SignedDuration::from_hours(1);
    assert_eq!(log.next(behind).at, start());
    let ahead = start() + SignedDuration::from_hours(1);
    assert_eq!(log.next(ahead).at, ahead);
}
