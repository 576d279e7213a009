//! `./demo --headless`, as often as one likes.

use wattkey_e2e::{Program, provision::programs};

#[test]
fn the_demonstration_runs_goes_on_and_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let demo = |more: &[&str]| {
        let program = Program::new(&programs().unwrap().join("wattkey-demo"));
        let program = program.args([
            "--headless".into(),
            "--folder".into(),
            state.clone().into_os_string(),
            // All halls are for people.
            "--halls".into(),
            "1".into(),
        ]);
        program.args(more.iter().copied()).succeed().unwrap().stdout
    };
    let first = demo(&[]);
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
    let again = demo(&[]);
    assert!(
        again.contains("going on with") && again.contains("issue a new USB key"),
        "{again}"
    );
    let fresh = demo(&["--fresh"]);
    assert!(fresh.contains("make both CAs"), "{fresh}");
}
