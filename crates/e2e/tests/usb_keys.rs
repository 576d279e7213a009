//! USB keys that must not work: each is refused with its own message and exit code, by the client
//! alone where it can tell and by the servers where only they can.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use common::{Person, Stage};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    object::{Attribute, ObjectClass},
    session::UserType,
    types::AuthPin,
};
use wattkey_e2e::{
    World,
    layout::Token,
    provision::MANAGER_KEY,
    sample::CUSTOMERS,
    world::{AUTHORITY, CARD_PIN, MODULE, USER_PIN},
};

/// Set in a process of this test that may use the tokens of one directory.
const SWAP: &str = "WATTKEY_TEST_SWAP_SERIAL";

/// A user's key of this power company's.
fn issue(world: &World, usb_key: &str) -> String {
    let customer = &CUSTOMERS[0];
    world
        .issue(
            usb_key,
            &["--kind", "user", "--customer", customer.id],
            customer.user.0,
            customer.user.1,
            customer.name,
        )
        .unwrap()
}

/// The desk of another power company, in a folder below this one's.
fn other_desk(world: &World) -> World {
    let folder = world.layout().path("other-company");
    fs::create_dir_all(&folder).unwrap();
    let other = World::new(&folder, world.programs(), world.ports());
    other.make_desk().unwrap();
    other
}

/// This PC with `issuing_ca` in its settings.
fn pc_that_trusts(person: &Person, pc: &str, issuing_ca: &Path) -> Person {
    let person = person.at(pc);
    person
        .world
        .wattkey(&person.usb_key, pc)
        .expect("settings are written");
    let file = person
        .world
        .layout()
        .path("pcs")
        .join(pc)
        .join("wattkey.toml");
    let text = fs::read_to_string(&file).unwrap();
    let old = "../../desk/users-ca.pem";
    assert!(text.contains(old));
    fs::write(&file, text.replace(old, issuing_ca.to_str().unwrap())).unwrap();
    person
}

#[test]
fn keys_that_the_client_knows_to_be_wrong() {
    if let Ok(serial) = std::env::var(SWAP) {
        return swap_certificates(&serial);
    }
    let stage = Stage::new();
    let world = &stage.world;
    let running = world.start().unwrap();
    let cashier = stage.cashier();
    let command = ["accounts"];

    cashier
        .with_key("empty-port")
        .told(&command, 10, "No USB key is plugged in", "未插入 USB Key");

    let one = issue(world, "two-in-one-port");
    issue(world, "two-in-one-port");
    let two = cashier.with_key("two-in-one-port");
    two.told(
        &command,
        11,
        "Several USB keys are plugged in",
        "插入了多个 USB Key",
    );
    // Named, it is taken; and it was never bound.
    two.told(
        &["accounts", "--key", &one],
        14,
        "not bound to a user",
        "未绑定用户",
    );

    let other = other_desk(world);
    issue(&other, "theirs");
    // The same PC, with the other company's key plugged in.
    let theirs = other.layout().path("usb-keys/theirs");
    let here = world.layout().path("usb-keys/theirs");
    copy_tokens(&theirs, &here, world);
    let foreign = cashier.with_key("theirs");
    foreign.told(
        &command,
        12,
        "was issued by somebody else",
        "由其他机构签发",
    );
    // A client that trusts the other company comes as far as the security server.
    let misled = pc_that_trusts(
        &foreign,
        "misled-pc",
        &other.layout().path("desk/users-ca.pem"),
    );
    misled.told(
        &command,
        12,
        "does not know the issuer",
        "不识别此 USB Key 的签发机构",
    );

    let manager = cashier.with_key(MANAGER_KEY);
    manager.told(&command, 16, "certificate in 01", "01 处的证书用途不符");
    let serial = world.usb_key_serial(1).unwrap();
    swap_in_own_process(world, serial);
    let swapped = cashier.with_key(&world.usb_key(1));
    swapped.told(&command, 16, "certificate in 01", "01 处的证书用途不符");
    swapped.told(
        &["pay", "--resume"],
        16,
        "certificate in 01",
        "01 处的证书用途不符",
    );

    // None of them left a trace, and the right key still works.
    assert_eq!(cashier.ask(&["whoami"])["user"]["name"], "Li Na");
    running.stop().unwrap();
}

/// What was plugged in elsewhere is plugged in here.
fn copy_tokens(from: &Path, to: &Path, world: &World) {
    world
        .layout()
        .token_configuration(Token::UsbKey("theirs"))
        .unwrap();
    for token in fs::read_dir(from.join("store")).unwrap() {
        let token = token.unwrap();
        let copy = to.join("store").join(token.file_name());
        fs::create_dir_all(&copy).unwrap();
        for file in fs::read_dir(token.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
    }
}

/// SoftHSM finds its tokens through the environment, and setting that of a running process is
/// unsafe: so this program is run again, with this test only.
fn swap_in_own_process(world: &World, serial: &str) {
    let usb_key = world.usb_key(1);
    let tokens = world
        .layout()
        .token_configuration(Token::UsbKey(&usb_key))
        .unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["keys_that_the_client_knows_to_be_wrong", "--exact"])
        .env(SWAP, serial)
        .env("SOFTHSM2_CONF", tokens)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{output:?}"
    );
}

/// The certificate of 9C in the place of 9A, and the other way round.
fn swap_certificates(serial: &str) {
    let module = Pkcs11::new(MODULE).unwrap();
    module
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .unwrap();
    let slots = module.get_slots_with_initialized_token().unwrap();
    let slot = slots
        .into_iter()
        .find(|slot| module.get_token_info(*slot).unwrap().serial_number() == serial)
        .unwrap();
    let session = module.open_rw_session(slot).unwrap();
    session
        .login(UserType::User, Some(&AuthPin::new(USER_PIN.into())))
        .unwrap();
    let certificate = |id: u8| {
        let wanted = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::Id(vec![id]),
        ];
        let found = session.find_objects(&wanted).unwrap();
        assert_eq!(found.len(), 1);
        found[0]
    };
    for (object, id) in [(certificate(1), 2), (certificate(2), 1)] {
        session
            .update_attributes(object, &[Attribute::Id(vec![id])])
            .unwrap();
    }
}

#[test]
fn keys_that_only_the_servers_know_to_be_wrong() {
    let mut stage = Stage::new();
    let mut running = stage.world.start().unwrap();
    let cashier = stage.cashier();
    let command = ["accounts"];
    let crl = stage.world.layout().path("desk/users-ca.crl");
    let before = fs::read(&crl).unwrap();

    // Unbound; the list of revoked certificates has not reached the servers.
    stage.world.report_lost(0).unwrap();
    let after = fs::read(&crl).unwrap();
    assert_ne!(before, after);
    fs::write(&crl, &before).unwrap();
    cashier.told(&command, 14, "not bound to a user", "未绑定用户");
    // Now it has.
    fs::write(&crl, &after).unwrap();
    cashier.told(&command, 15, "certificate is revoked", "证书已吊销");

    // Revoked, while its binding still stands: the platform could not be told.
    running.platform.take().unwrap().stop().unwrap();
    let serial = stage.world.usb_key_serial(1).unwrap().to_owned();
    let told = stage
        .world
        .admin(Token::UsbKey(MANAGER_KEY))
        .unwrap()
        .args(["report-lost", &serial, "--yes", "--ca-pin-fd", "0"])
        .args(["--pin-fd", "0", "--sign-pin-fd", "0"])
        .input_line(CARD_PIN)
        .input_line(USER_PIN)
        .input_line(USER_PIN)
        .run()
        .unwrap();
    assert_eq!(told.status.code(), Some(30), "{told:?}");
    running.platform = Some(stage.world.start_platform().unwrap());
    let revoked = cashier.with_key(&stage.world.usb_key(1)).at("hospital");
    revoked.told(&command, 15, "certificate is revoked", "证书已吊销");
    assert_eq!(
        stage.world.verify_books().unwrap()["binding_log"]["bound"],
        3
    );

    // Somebody without any certificate hears nothing but that one is missing.
    let uninvited = Command::new("openssl")
        .args(["s_client", "-quiet", "-tls1_3", "-servername", AUTHORITY])
        .args([
            "-connect",
            &format!("127.0.0.1:{}", stage.world.ports().gateway),
        ])
        .arg("-CAfile")
        .arg(stage.world.layout().path("desk/service-ca.pem"))
        .stdin(Stdio::null())
        .output()
        .expect("./test installs openssl");
    let said = String::from_utf8_lossy(&uninvited.stderr);
    assert!(
        !uninvited.status.success() && said.contains("alert certificate required"),
        "{uninvited:?}"
    );
    assert!(uninvited.stdout.is_empty(), "{uninvited:?}");
    running.stop().unwrap();
}
