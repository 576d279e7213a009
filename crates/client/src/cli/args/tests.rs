use super::*;

fn parsed(line: &str) -> Parsed {
    parse(&Text::new(Lang::En), line.split(' ').map(OsString::from))
}

fn misuse_of(line: &str) -> (&'static str, String) {
    match parsed(line) {
        Parsed::Wrong(misuse) => (misuse.code, misuse.word),
        _ => panic!("{line} is understood"),
    }
}

#[test]
fn the_command_is_consistent_in_both_languages() {
    command(&Text::new(Lang::En)).debug_assert();
    command(&Text::new(Lang::Zh)).debug_assert();
}

#[test]
fn everything_is_explained_in_both_languages() {
    for lang in [Lang::En, Lang::Zh] {
        explained(&command(&Text::new(lang)));
    }
}

fn explained(command: &clap::Command) {
    let about = command.get_about().unwrap().to_string();
    assert!(!about.starts_with("help"), "{about} is no message");
    for argument in command.get_arguments() {
        let help = argument.get_help().unwrap().to_string();
        assert!(!help.starts_with("help-"), "{help} is no message");
    }
    command.get_subcommands().for_each(explained);
}

#[test]
fn yes_needs_the_total_and_the_bills() {
    assert!(matches!(
        parsed("wattkey pay B-1 --yes --expect-total 1.00"),
        Parsed::Run(_)
    ));
    assert_eq!(misuse_of("wattkey pay B-1 --yes").0, "usage-missing");
    assert_eq!(
        misuse_of("wattkey pay --yes --expect-total 1.00").0,
        "usage-missing"
    );
    assert_eq!(
        misuse_of("wattkey pay --resume --yes --expect-total 1.00").0,
        "usage-conflict"
    );
    assert_eq!(misuse_of("wattkey pay --resume B-1").0, "usage-conflict");
}

#[test]
fn what_does_not_go_together_is_refused() {
    for good in [
        "wattkey pay --all-due --account C-1 --account C-2",
        "wattkey pay --oldest-first 500.00 --on 2026-11-30",
        "wattkey pay B-1 --amount B-2=10.00 --to-deposit C-1=5.00 --by-transfer",
        "wattkey pay --to-deposit C-1=5.00",
        "wattkey pay --oldest-first 500.00 --rest-to-deposit C-1",
        "wattkey pay B-1 --from-deposit C-1",
        "wattkey top-up C-1 500.00 --by-transfer --save-transfer t.xml",
        "wattkey refund C-1 500.00 --yes --expect-total 500.00",
        "wattkey standing give C-1 --most 5.00 --until 2027-01-01 --yes",
    ] {
        assert!(matches!(parsed(good), Parsed::Run(_)), "{good}");
    }
    for (bad, code) in [
        ("wattkey pay", "usage-missing"),
        ("wattkey pay B-1 --all-due", "usage-conflict"),
        (
            "wattkey pay --all-due --oldest-first 5.00",
            "usage-conflict",
        ),
        ("wattkey pay B-1 --account C-1", "usage-conflict"),
        (
            "wattkey pay B-1 --from-deposit C-1 --mandate M-1",
            "usage-conflict",
        ),
        (
            "wattkey pay B-1 --from-deposit C-1 --by-transfer",
            "usage-conflict",
        ),
        (
            "wattkey pay B-1 --from-deposit C-1 --to-deposit C-1=5.00",
            "usage-conflict",
        ),
        (
            "wattkey pay B-1 --by-transfer --on 2026-11-30",
            "usage-conflict",
        ),
        ("wattkey pay B-1 --save-transfer t.xml", "usage-missing"),
        ("wattkey pay B-1 --rest-to-deposit C-1", "usage-conflict"),
        ("wattkey pay --resume --all-due", "usage-conflict"),
        ("wattkey pay B-1 --on tomorrow", "usage-day"),
        ("wattkey top-up C-1", "usage-missing"),
        ("wattkey approve", "usage-missing"),
        ("wattkey refuse 7d3f --yes", "usage-missing"),
    ] {
        assert_eq!(misuse_of(bad).0, code, "{bad}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    assert_eq!(
        misuse_of("wattkey pay --pin 1234"),
        ("usage-unknown", "--pin".into())
    );
    assert_eq!(misuse_of("wattkey paid"), ("usage-command", "paid".into()));
    assert_eq!(misuse_of("wattkey bills --state late").0, "usage-value");
    assert_eq!(misuse_of("wattkey keys --for 3").0, "usage-missing");
    assert_eq!(
        misuse_of("wattkey pin unblock --pin-fd 0 --puk-fd 0").0,
        "usage-conflict"
    );
}
