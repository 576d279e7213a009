//! Help, misuse and what needs neither USB key nor server: one file per case in `tests/cmd`.

#[test]
fn commands() {
    trycmd::TestCases::new()
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "en_GB.UTF-8")
        .env("TZ", "UTC")
        .env("WATTKEY_CONFIG", "")
        .env("XDG_CONFIG_HOME", "")
        .env("XDG_STATE_HOME", "")
        .case("tests/cmd/*.trycmd");
}
