//! `./demo --headless`, as often as one likes.

use wattkey_e2e::{Program, provision::programs};

#[test]
fn the_demonstration_runs_goes_on_and_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let demo = |more: &[&str]| {
        let program = Program::new(&programs().unwrap().join("wattkey-demo"));
        let program = program.args([
            "--folder".into(),
            state.clone().into_os_string(),
            // All halls are for people.
            "--halls".into(),
            "1".into(),
        ]);
        program.args(more.iter().copied()).succeed().unwrap().stdout
    };
    let first = demo(&["--headless"]);
    for step in [
        "make both CAs",
        "file 1, signed",
        "file 2",
        "unlock",
        "accounts",
        "reckon that bill again",
        "pay ",
        "save the receipt",
        "verify the receipt",
        "same order",
        "the maker signs",
        "the approver",
        "statement",
        "consumption",
        "forewarnings",
        "changed and signed",
        "by two administrators",
        "PDF",
        "lost",
        "refused",
        "stop everything",
    ] {
        assert!(first.contains(step), "no {step:?} in\n{first}");
    }
    let again = demo(&["--headless"]);
    assert!(
        again.contains("going on with") && again.contains("issue a new USB key"),
        "{again}"
    );
    let fresh = demo(&["--headless", "--fresh"]);
    assert!(fresh.contains("make both CAs"), "{fresh}");
    // There is no display in its environment, and its input is at its end.
    let stays = demo(&[]);
    assert!(
        stays.contains("There is no display here") && stays.contains("wattkey-admin list"),
        "{stays}"
    );
}
