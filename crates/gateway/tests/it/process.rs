//! The program: its command line, its start and its end.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::authorities::{Ca, User};
use crate::client::Client;
use crate::world::{World, command, prepare};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_teaches() {
    let output = command("".as_ref()).arg("--help").output().unwrap();
    let help = text(&output.stdout);
    for word in [
        "security server",
        "run",
        "config",
        "users_crl",
        "--card-pin-fd",
        "SIGTERM",
    ] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
}

/// A full disk is an error; a reader that went away is none.
#[test]
fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (users, service) = (Ca::new("issuing CA"), Ca::new("service CA"));
    prepare(folder.path(), &users, &service, "127.0.0.1:1");
    let check = |stdout: Stdio| {
        let mut check = command(folder.path());
        let config = folder.path().join("gateway.toml");
        check.args(["config", "check", "--config"]).arg(config);
        check.stdout(stdout).stderr(Stdio::piped());
        check.spawn().unwrap().wait_with_output().unwrap()
    };
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = check(full.into());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("No space left"), "{output:?}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = check(writer.into());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn configuration_is_checked_without_the_pin() {
    let folder = tempfile::tempdir().unwrap();
    let (users, service) = (Ca::new("issuing CA"), Ca::new("service CA"));
    prepare(folder.path(), &users, &service, "127.0.0.1:1");
    let path = folder.path().join("gateway.toml");
    let check = || -> Output {
        command(folder.path())
            .args(["config", "check", "--config"])
            .arg(&path)
            .output()
            .unwrap()
    };
    let output = check();
    assert_eq!(
        text(&output.stdout),
        "configuration is good\n",
        "{}",
        text(&output.stderr)
    );

    let good = std::fs::read_to_string(&path).unwrap();
    for (from, to, said) in [
        (
            "token = \"gateway\"",
            "token = \"gatway\"",
            "no token with the label \"gatway\"",
        ),
        ("users.crl", "service.crl", "service.crl"),
        ("listen", "lissen", "lissen"),
    ] {
        std::fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let output = check();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_descriptor_that_nobody_gave_is_refused_before_anything_is_opened() {
    let line = ["run", "--config", "missing.toml", "--card-pin-fd", "77"];
    let output = command("".as_ref()).args(line).output().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("PIN was not read"), "{said}");
    assert!(!said.contains("missing.toml"), "{said}");
}

#[test]
fn a_wrong_pin_is_tried_once() {
    let folder = tempfile::tempdir().unwrap();
    let (users, service) = (Ca::new("issuing CA"), Ca::new("service CA"));
    prepare(folder.path(), &users, &service, "127.0.0.1:1");
    let mut child = command(folder.path())
        .args(["run", "--card-pin-fd", "0", "--config"])
        .arg(folder.path().join("gateway.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "654321").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("the token refused the PIN") && !said.contains("654321"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_on_sigterm_and_takes_its_capsule_key_along() {
    let mut world = World::start().await;
    let user = User::new(&world.users, "0001");
    let mut client = Client::new(&world, &user).await;
    assert_eq!(client.ask(&client.get("/v1/me")).await.status, 200);
    let status = world.gateway.terminate();
    assert!(status.success(), "{status}\n{}", world.log());
    world.logged(&["stopped"]);
    let first = client.keys[2];
    world.restart();
    let mut client = Client::new(&world, &user).await;
    assert_eq!(client.keys[2], first + 1, "a new run has a new key id");
    assert_eq!(client.ask(&client.get("/v1/me")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_state_folder_has_one_gateway() {
    let world = World::start().await;
    let mut child = command(world.folder.path())
        .args(["run", "--card-pin-fd", "0", "--config"])
        .arg(world.folder.path().join("gateway.toml"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", crate::card::PIN).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("another gateway uses this state folder"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_gone_is_said_to_be() {
    let mut world = World::start().await;
    world.gateway.terminate();
    let path = world.folder.path().join("gateway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let address = world.platform.address.to_string();
    std::fs::write(&path, text.replace(&address, "127.0.0.1:1")).unwrap();
    world.restart();
    let mut client = Client::new(&world, &User::new(&world.users, "0001")).await;
    let answer = client.ask(&client.get("/v1/me")).await;
    assert_eq!(answer.problem(), (503, "unavailable"));
    world.logged(&["platform-unreachable", "127.0.0.1:1 cannot be reached"]);
}
