//! Binding and unbinding over mutual TLS.

use wattkey_pki::{Certificate, Crl, Digest};
use wattkey_protocol::binding::{SignedStep, Step};

use crate::desk::{CA_PIN, Desk, Ended, MANAGER_PIN};
use crate::platform::{Mode, Platform};

const MANAGER: &str = "wang";
const USER: &str = "li-na";

/// A desk with a manager's and a user's USB key, and a platform.
struct Scene {
    desk: Desk,
    platform: Platform,
    manager: String,
    user: String,
}

impl Scene {
    fn new() -> Self {
        let desk = Desk::new();
        desk.issue_platform();
        Self {
            manager: desk.issue_key(MANAGER, "manager", 1),
            user: desk.issue_key(USER, "user", 2),
            platform: Platform::start(&desk),
            desk,
        }
    }

    /// With the manager bound.
    fn with_manager() -> Self {
        let scene = Self::new();
        scene.bind_first().expect(0);
        scene
    }

    fn run(&self, command: &[&str], pins: &[&str]) -> Ended {
        let more = ["--managers-address", &self.platform.address];
        self.desk.run(MANAGER, &[command, &more].concat(), pins)
    }

    fn bind_first(&self) -> Ended {
        let line = ["bind", &self.manager, "--first", "--yes"];
        let fds = ["--ca-pin-fd", "0", "--pin-fd", "0"];
        self.run(&[&line[..], &fds].concat(), &[CA_PIN, MANAGER_PIN])
    }

    fn bind_user_with(&self, sign_pin: &str) -> Ended {
        let line = ["bind", &self.user, "--yes"];
        let fds = ["--pin-fd", "0", "--sign-pin-fd", "0"];
        self.run(&[&line[..], &fds].concat(), &[MANAGER_PIN, sign_pin])
    }

    fn bind_user(&self) -> Ended {
        self.bind_user_with(MANAGER_PIN)
    }

    fn lose_user(&self) -> Ended {
        let line = ["report-lost", &self.user, "--yes"];
        let fds = ["--ca-pin-fd", "0", "--pin-fd", "0", "--sign-pin-fd", "0"];
        self.run(
            &[&line[..], &fds].concat(),
            &[CA_PIN, MANAGER_PIN, MANAGER_PIN],
        )
    }

    fn log(&self) -> Ended {
        self.run(&["log", "--pin-fd", "0"], &[MANAGER_PIN])
    }

    fn state(&self, serial: &str) -> String {
        let listed = self.desk.run("nobody", &["list"], &[]).json();
        let key = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["serial"] == serial)
            .unwrap();
        format!("{} {}", key["state"].as_str().unwrap(), key["revoked"])
    }

    fn crl(&self) -> Crl {
        let read = |name: &str| std::fs::read_to_string(self.desk.path(name)).unwrap();
        let ca = Certificate::from_pem(&read("desk/users-ca.pem")).unwrap();
        Crl::read(read("desk/users-ca.crl").as_bytes(), &ca).unwrap()
    }
}

#[test]
fn from_the_first_manager_to_a_lost_key() {
    let scene = Scene::new();
    scene.bind_first().expect(0);
    scene.bind_user().expect(0);
    assert_eq!(scene.state(&scene.user), "bound false");
    scene.lose_user().expect(0);
    assert_eq!(scene.state(&scene.user), "unbound true");
    assert_eq!(scene.crl().len(), 2);

    let steps = scene.platform.steps();
    let parsed: Vec<_> = steps
        .iter()
        .map(|step| SignedStep::parse(step).unwrap())
        .collect();
    let Step::Bind(first) = parsed[0].step() else {
        panic!("the first step binds")
    };
    assert_eq!(first.previous, Digest::of(b""));
    assert_eq!(first.key.serial, scene.manager);
    let manager = first.key.signature.thumbprint();
    assert_eq!(parsed[1].certificate(), manager);
    assert_eq!(parsed[2].certificate(), manager);
    let Step::Unbind(last) = parsed[2].step() else {
        panic!("the last step unbinds")
    };
    assert_eq!(last.serial, scene.user);
    for certificate in [&first.key.authentication, &first.key.signature] {
        assert!(!scene.crl().is_revoked(certificate.serial_number()));
    }
    let log = scene.log().json();
    assert_eq!(log.as_array().unwrap().len(), 3);
    assert_eq!(log[2]["reason"], "lost");

    // All of it again changes nothing but the number of the CRL.
    scene.bind_first().expect(0);
    scene.lose_user().expect(0);
    scene.bind_user().expect(46);
    assert_eq!(scene.platform.steps(), steps);
}

#[test]
fn first_is_for_the_first_manager() {
    let scene = Scene::new();
    scene.bind_user().expect(2);
    let line = ["bind", &scene.user, "--first", "--yes"];
    scene.run(&line, &[]).expect(2);
    scene.bind_first().expect(0);
    let second = scene.desk.issue_key("zhao", "manager", 3);
    let line = ["bind", &second, "--first", "--yes", "--key", &scene.manager];
    let fds = ["--ca-pin-fd", "0", "--pin-fd", "0"];
    let line = [&line[..], &fds].concat();
    scene.run(&line, &[CA_PIN, MANAGER_PIN]).expect(2);
    assert_eq!(scene.platform.steps().len(), 1);
    scene.run(&["bind", "unknown", "--yes"], &[]).expect(45);
}

#[test]
fn without_the_second_pin_nothing_is_signed() {
    let scene = Scene::with_manager();
    scene.bind_user_with("wrong").expect(20);
    let line = ["bind", &scene.user, "--yes", "--pin-fd", "0"];
    let fds = ["--sign-pin-fd", "0"];
    let line = [&line[..], &fds].concat();
    scene.run(&line, &[MANAGER_PIN]).expect(22);
    scene.run(&line, &["wrong", MANAGER_PIN]).expect(20);
    assert_eq!(scene.platform.steps().len(), 1);
    assert_eq!(scene.state(&scene.user), "pending false");
}

#[test]
fn a_lost_answer_is_found_again() {
    let scene = Scene::with_manager();
    scene.platform.set(Mode::DropsTheAnswer);
    scene.bind_user().expect(41);
    assert_eq!(scene.state(&scene.user), "pending false");
    scene.platform.set(Mode::Honest);
    scene.bind_user().expect(0);
    assert_eq!(scene.state(&scene.user), "bound false");
    assert_eq!(scene.platform.steps().len(), 2);
}

#[test]
fn a_platform_that_refuses_is_heard() {
    let scene = Scene::with_manager();
    scene.platform.set(Mode::Refuses);
    let ended = scene.bind_user().expect(40);
    assert!(ended.stderr.contains("because"), "{}", ended.stderr);
    scene.platform.set(Mode::LiesAboutTheHead);
    scene.bind_user().expect(44);
}

#[test]
fn a_log_that_was_cut_or_changed_stops_the_desk() {
    let scene = Scene::with_manager();
    scene.bind_user().expect(0);
    let steps = scene.platform.steps();
    let put = |steps: &[String]| {
        scene.platform.state.lock().unwrap().steps = steps.to_vec();
    };
    put(&steps[..1]);
    scene.log().expect(44);
    put(&steps[1..]);
    scene.log().expect(44);
    put(&[steps[0].clone(), steps[0].clone()]);
    scene.log().expect(44);
    // Nobody gets a signature over a log that is not whole.
    scene.lose_user().expect(44);
    assert_eq!(scene.platform.steps().len(), 2);
    put(&steps);
    scene.log().expect(0);
}

#[test]
fn a_lost_key_is_revoked_also_when_the_platform_is_away() {
    let scene = Scene::with_manager();
    scene.bind_user().expect(0);
    let line = ["report-lost", &scene.user, "--yes"];
    let fds = ["--ca-pin-fd", "0", "--pin-fd", "0", "--sign-pin-fd", "0"];
    let away = ["--managers-address", "127.0.0.1:1"];
    let line = [&line[..], &fds, &away].concat();
    let ended = scene
        .desk
        .run(MANAGER, &line, &[CA_PIN, MANAGER_PIN, MANAGER_PIN])
        .expect(30);
    assert!(ended.stderr.contains("was not told"), "{}", ended.stderr);
    assert_eq!(scene.crl().len(), 2);
    assert_eq!(scene.state(&scene.user), "bound true");
    scene.lose_user().expect(0);
    assert_eq!(scene.state(&scene.user), "unbound true");
    // A wrong PIN is this desk's trouble: nothing is done then.
    let number = scene.crl().number().to_vec();
    scene
        .run(&line[..line.len() - 2], &[CA_PIN, "wrong", MANAGER_PIN])
        .expect(20);
    assert_eq!(scene.crl().number(), number);
}

#[test]
fn what_is_not_the_platform_gets_no_step() {
    let scene = Scene::with_manager();
    // Another service CA's certificate of the same name.
    let other = Desk::new();
    other.issue_platform();
    for name in ["users-ca.pem", "users-ca.crl"] {
        let name = format!("desk/{name}");
        std::fs::copy(scene.desk.path(&name), other.path(&name)).unwrap();
    }
    let impostor = Platform::start(&other);
    let line = ["bind", &scene.user, "--yes", "--pin-fd", "0"];
    let more = [
        "--sign-pin-fd",
        "0",
        "--managers-address",
        &impostor.address,
    ];
    let line = [&line[..], &more].concat();
    scene
        .desk
        .run(MANAGER, &line, &[MANAGER_PIN, MANAGER_PIN])
        .expect(31);
    assert!(impostor.steps().is_empty());
}
