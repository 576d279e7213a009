use jiff::ToSpan as _;
use wattkey_protocol::binding::{BoundKey, Place, UnbindReason};

use super::*;
use crate::testing::{AUDIENCE, Pki, UsbKey, after, manager, now, sign, user};

/// A log of one manager, and what tests do to it.
struct Desk {
    pki: Pki,
    manager: UsbKey,
    state: State,
}

impl Desk {
    fn new() -> Self {
        let pki = Pki::new();
        let key = pki.manager_key("M1");
        let mut desk = Self {
            manager: key.clone(),
            pki,
            state: State::default(),
        };
        let step = Step::bind(Place::first(now()), AUDIENCE, manager(1), key.bound());
        desk.take(&desk.by_authority(&step)).unwrap();
        desk
    }

    fn take(&mut self, step: &SignedStep) -> Result<(), Refused> {
        self.state = self.try_step(step)?;
        Ok(())
    }

    fn try_step(&self, step: &SignedStep) -> Result<State, Refused> {
        self.state.clone().apply(&self.pki.rules(), step.as_str())
    }

    fn place(&self) -> Place {
        after(self.state.head(), now())
    }

    fn by_authority(&self, step: &Step) -> SignedStep {
        sign(step, &self.pki.users.certificate, &self.pki.users.signer)
    }

    fn by(key: &UsbKey, step: &Step) -> SignedStep {
        sign(step, &key.signature, &key.signature_signer)
    }

    fn by_manager(&self, step: &Step) -> SignedStep {
        Self::by(&self.manager, step)
    }

    fn bind_user(&self, key: BoundKey) -> Step {
        Step::bind(self.place(), AUDIENCE, user(7, 70), key)
    }

    fn unbind(&self, key: &UsbKey) -> Step {
        let thumbprint = key.authentication.thumbprint();
        Step::unbind(
            self.place(),
            AUDIENCE,
            &key.serial,
            thumbprint,
            UnbindReason::Lost,
        )
    }
}

#[test]
fn a_manager_binds_and_unbinds_a_user() {
    let mut desk = Desk::new();
    let key = desk.pki.user_key("U1");
    desk.take(&desk.by_manager(&desk.bind_user(key.bound())))
        .unwrap();
    let binding = desk.state.binding(&key.authentication).unwrap();
    assert_eq!(
        (binding.serial.as_str(), &binding.holder),
        ("U1", &user(7, 70))
    );
    assert_eq!(desk.state.bindings_of(user(7, 70).id).count(), 1);
    assert!(
        desk.state.binding(&key.signature).is_none(),
        "the signature key does not connect"
    );

    desk.take(&desk.by_manager(&desk.unbind(&key))).unwrap();
    assert!(desk.state.binding(&key.authentication).is_none());
    assert_eq!(desk.state.head().sequence, 3);
}

#[test]
fn what_was_unbound_never_comes_back() {
    let mut desk = Desk::new();
    let key = desk.pki.user_key("U1");
    desk.take(&desk.by_manager(&desk.bind_user(key.bound())))
        .unwrap();
    desk.take(&desk.by_manager(&desk.unbind(&key))).unwrap();
    let again = desk.by_manager(&desk.bind_user(key.bound()));
    assert_eq!(
        desk.try_step(&again).unwrap_err(),
        Refused::SeenBefore {
            which: "authentication"
        }
    );

    let (fresh, _) = desk
        .pki
        .users
        .issue(Role::UserAuthentication, Some("U1"), now());
    let half = BoundKey {
        authentication: fresh,
        ..key.bound()
    };
    let again = desk.by_manager(&desk.bind_user(half));
    assert_eq!(
        desk.try_step(&again).unwrap_err(),
        Refused::SeenBefore { which: "signature" }
    );
}

#[test]
fn a_bound_key_is_not_bound_twice() {
    let mut desk = Desk::new();
    let key = desk.pki.user_key("U1");
    desk.take(&desk.by_manager(&desk.bind_user(key.bound())))
        .unwrap();
    let step = Step::bind(desk.place(), AUDIENCE, user(8, 80), key.bound());
    assert!(matches!(
        desk.try_step(&desk.by_manager(&step)),
        Err(Refused::SeenBefore { .. })
    ));
}

#[test]
fn a_step_is_refused_at_another_place() {
    let mut desk = Desk::new();
    let key = desk.pki.user_key("U1");
    let step = desk.by_manager(&desk.bind_user(key.bound()));
    desk.take(&step).unwrap();
    assert_eq!(
        desk.try_step(&step).unwrap_err(),
        Refused::Sequence {
            wanted: 3,
            found: 2
        }
    );

    let gap = Place {
        sequence: 9,
        ..desk.place()
    };
    let step = Step::bind(gap, AUDIENCE, user(8, 80), desk.pki.user_key("U2").bound());
    assert_eq!(
        desk.try_step(&desk.by_manager(&step)).unwrap_err(),
        Refused::Sequence {
            wanted: 3,
            found: 9
        }
    );

    let elsewhere = Place {
        previous: Digest::of(b"another log"),
        ..desk.place()
    };
    let step = Step::bind(
        elsewhere,
        AUDIENCE,
        user(8, 80),
        desk.pki.user_key("U2").bound(),
    );
    assert_eq!(
        desk.try_step(&desk.by_manager(&step)).unwrap_err(),
        Refused::Previous
    );
}

#[test]
fn a_step_for_another_service_is_refused() {
    let desk = Desk::new();
    let key = desk.pki.user_key("U1");
    let step = Step::bind(
        desk.place(),
        "https://other.example",
        user(7, 70),
        key.bound(),
    );
    assert_eq!(
        desk.try_step(&desk.by_manager(&step)).unwrap_err(),
        Refused::Audience
    );
}

#[test]
fn time_does_not_decrease() {
    let desk = Desk::new();
    let key = desk.pki.user_key("U1");
    let earlier = Place {
        at: now() - 1.second(),
        ..desk.place()
    };
    let step = Step::bind(earlier, AUDIENCE, user(7, 70), key.bound());
    assert_eq!(
        desk.try_step(&desk.by_manager(&step)).unwrap_err(),
        Refused::Time
    );
    let step = Step::bind(desk.place(), AUDIENCE, user(7, 70), key.bound());
    assert!(
        desk.try_step(&desk.by_manager(&step)).is_ok(),
        "the same second is fine"
    );
}

#[test]
fn only_a_bound_manager_signs() {
    let mut desk = Desk::new();
    let key = desk.pki.user_key("U1");
    desk.take(&desk.by_manager(&desk.bind_user(key.bound())))
        .unwrap();
    let step = Step::bind(
        desk.place(),
        AUDIENCE,
        user(8, 80),
        desk.pki.user_key("U2").bound(),
    );

    let stranger = desk.pki.manager_key("M2");
    assert_eq!(
        desk.try_step(&Desk::by(&stranger, &step)).unwrap_err(),
        Refused::Signer
    );
    assert_eq!(
        desk.try_step(&Desk::by(&key, &step)).unwrap_err(),
        Refused::Signer,
        "a user"
    );
    // The manager's authentication key, under either certificate.
    for named in [&desk.manager.authentication, &desk.manager.signature] {
        let signed = sign(&step, named, &desk.manager.authentication_signer);
        assert_eq!(desk.try_step(&signed).unwrap_err(), Refused::Signer);
    }
    // Somebody who names the CA without its key.
    let signed = sign(
        &step,
        &desk.pki.users.certificate,
        &stranger.signature_signer,
    );
    assert_eq!(desk.try_step(&signed).unwrap_err(), Refused::Signer);
}

#[test]
fn an_unbound_manager_signs_no_more() {
    let mut desk = Desk::new();
    let second = desk.pki.manager_key("M2");
    let step = Step::bind(desk.place(), AUDIENCE, manager(2), second.bound());
    desk.take(&desk.by_manager(&step)).unwrap();
    desk.take(&Desk::by(&second, &desk.unbind(&desk.manager)))
        .unwrap();
    let step = desk.bind_user(desk.pki.user_key("U1").bound());
    assert_eq!(
        desk.try_step(&desk.by_manager(&step)).unwrap_err(),
        Refused::Signer
    );
    assert!(desk.try_step(&Desk::by(&second, &step)).is_ok());
}

#[test]
fn a_manager_signs_only_while_the_certificate_lasts() {
    let desk = Desk::new();
    let later = now() + (24 * 400).hours();
    let (authentication, _) = desk
        .pki
        .users
        .issue(Role::UserAuthentication, Some("U1"), later);
    let (signature, _) = desk.pki.users.issue(Role::UserSignature, Some("U1"), later);
    let key = BoundKey {
        serial: "U1".to_owned(),
        authentication,
        signature,
    };
    let step = Step::bind(
        Place {
            at: later,
            ..desk.place()
        },
        AUDIENCE,
        user(7, 70),
        key,
    );
    let refused = desk.try_step(&desk.by_manager(&step)).unwrap_err();
    assert!(
        matches!(
            refused,
            Refused::Certificate {
                which: "signer's",
                source: ChainError::Expired { .. }
            }
        ),
        "{refused}"
    );
}

#[test]
fn the_authority_binds_managers_only_while_none_is_bound() {
    let mut desk = Desk::new();
    let second = desk.pki.manager_key("M2");
    let step = Step::bind(desk.place(), AUDIENCE, manager(2), second.bound());
    assert_eq!(
        desk.try_step(&desk.by_authority(&step)).unwrap_err(),
        Refused::Authority
    );

    desk.take(&desk.by_manager(&desk.unbind(&desk.manager)))
        .unwrap();
    let user_step = desk.bind_user(desk.pki.user_key("U1").bound());
    assert_eq!(
        desk.try_step(&desk.by_authority(&user_step)).unwrap_err(),
        Refused::Authority
    );
    let step = Step::bind(desk.place(), AUDIENCE, manager(2), second.bound());
    desk.take(&desk.by_authority(&step)).unwrap();
    assert!(desk.state.has_manager());
}

#[test]
fn the_authority_unbinds_nobody() {
    let desk = Desk::new();
    let step = desk.unbind(&desk.manager);
    assert_eq!(
        desk.try_step(&desk.by_authority(&step)).unwrap_err(),
        Refused::Authority
    );
}

#[test]
fn the_first_step_is_the_authority_s_and_binds_a_manager() {
    let pki = Pki::new();
    let rules = pki.rules();
    let key = pki.manager_key("M1");
    let first =
        |holder, key: &UsbKey| Step::bind(Place::first(now()), AUDIENCE, holder, key.bound());
    let own = sign(
        &first(manager(1), &key),
        &key.signature,
        &key.signature_signer,
    );
    assert_eq!(
        State::default().apply(&rules, own.as_str()).unwrap_err(),
        Refused::Signer
    );
    let step = first(user(7, 70), &pki.user_key("U1"));
    let signed = sign(&step, &pki.users.certificate, &pki.users.signer);
    assert_eq!(
        State::default().apply(&rules, signed.as_str()).unwrap_err(),
        Refused::Authority
    );
}

#[test]
fn certificates_must_be_of_their_role() {
    use Role::{
        ManagerAuthentication as MA, ManagerSignature as MS, UserAuthentication as UA,
        UserSignature as US,
    };
    let desk = Desk::new();
    // Holder, roles of the two certificates, which one is wrong.
    let table = [
        (user(7, 70), [US, UA], "authentication"),
        (user(7, 70), [UA, UA], "signature"),
        (user(7, 70), [MA, MS], "authentication"),
        (user(7, 70), [UA, MS], "signature"),
        (manager(2), [UA, US], "authentication"),
        (manager(2), [MA, US], "signature"),
    ];
    for (holder, roles, wrong) in table {
        let key = desk.pki.key_with(roles, ["X1"; 2]);
        let step = Step::bind(desk.place(), AUDIENCE, holder, key.bound());
        let refused = desk.try_step(&desk.by_manager(&step)).unwrap_err();
        match refused {
            Refused::Certificate {
                which,
                source: ChainError::WrongRole { .. },
            } => assert_eq!(which, wrong, "{roles:?}"),
            other => panic!("{roles:?}: {other:?}"),
        }
    }
}

#[test]
fn both_certificates_are_of_one_usb_key() {
    let desk = Desk::new();
    let mixed = desk.pki.key_with(
        [Role::UserAuthentication, Role::UserSignature],
        ["U1", "U2"],
    );
    let step = desk.by_manager(&desk.bind_user(mixed.bound()));
    assert_eq!(
        desk.try_step(&step).unwrap_err(),
        Refused::Serial { which: "signature" }
    );
    let other = BoundKey {
        serial: "U3".to_owned(),
        ..desk.pki.user_key("U1").bound()
    };
    let step = desk.by_manager(&desk.bind_user(other));
    assert_eq!(
        desk.try_step(&step).unwrap_err(),
        Refused::Serial {
            which: "authentication"
        }
    );
}

#[test]
fn certificates_are_the_issuing_ca_s_and_valid_at_the_time() {
    let desk = Desk::new();
    let foreign = Pki::new().user_key("U1");
    let step = desk.by_manager(&desk.bind_user(foreign.bound()));
    let wanted = Refused::Certificate {
        which: "authentication",
        source: ChainError::Foreign,
    };
    assert_eq!(desk.try_step(&step).unwrap_err(), wanted);

    let (late, _) = desk
        .pki
        .users
        .issue(Role::UserSignature, Some("U1"), now() + 24.hours());
    let key = BoundKey {
        signature: late,
        ..desk.pki.user_key("U1").bound()
    };
    let step = desk.by_manager(&desk.bind_user(key));
    let wanted = Refused::Certificate {
        which: "signature",
        source: ChainError::NotYetValid,
    };
    assert_eq!(desk.try_step(&step).unwrap_err(), wanted);
}

#[test]
fn only_what_is_bound_is_unbound() {
    let mut desk = Desk::new();
    let key = desk.pki.user_key("U1");
    assert_eq!(
        desk.try_step(&desk.by_manager(&desk.unbind(&key)))
            .unwrap_err(),
        Refused::NotBound
    );
    desk.take(&desk.by_manager(&desk.bind_user(key.bound())))
        .unwrap();
    let other = UsbKey {
        serial: "U2".to_owned(),
        ..key.clone()
    };
    assert_eq!(
        desk.try_step(&desk.by_manager(&desk.unbind(&other)))
            .unwrap_err(),
        Refused::NotBound
    );
    desk.take(&desk.by_manager(&desk.unbind(&key))).unwrap();
    assert_eq!(
        desk.try_step(&desk.by_manager(&desk.unbind(&key)))
            .unwrap_err(),
        Refused::NotBound
    );
}

#[test]
fn bytes_that_are_no_step_are_refused() {
    let desk = Desk::new();
    let good = desk.by_manager(&desk.bind_user(desk.pki.user_key("U1").bound()));
    let payload = good.as_str().split('.').nth(1).unwrap();
    let shorter = good
        .as_str()
        .replace(payload, &payload[..payload.len() - 8]);
    for text in [
        "",
        "a.b.c",
        &good.as_str()[1..],
        &shorter,
        &format!("{} ", good.as_str()),
    ] {
        let refused = desk
            .state
            .clone()
            .apply(&desk.pki.rules(), text)
            .unwrap_err();
        assert!(matches!(refused, Refused::Unreadable(_)), "{refused:?}");
    }
}

#[test]
fn a_changed_payload_is_not_what_was_signed() {
    let desk = Desk::new();
    let step = |serial: &str| desk.by_manager(&desk.bind_user(desk.pki.user_key(serial).bound()));
    let (one, two) = (step("U1"), step("U2"));
    let part =
        |signed: &SignedStep, n: usize| signed.as_str().split('.').nth(n).unwrap().to_owned();
    let mixed = format!("{}.{}.{}", part(&one, 0), part(&one, 1), part(&two, 2));
    let refused = desk
        .state
        .clone()
        .apply(&desk.pki.rules(), &mixed)
        .unwrap_err();
    assert_eq!(refused, Refused::Signer);
}
