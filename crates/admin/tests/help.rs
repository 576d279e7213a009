//! The help texts.

#[test]
fn help() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}
