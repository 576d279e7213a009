//! The help texts.

#[test]
fn help() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}

/// A full disk is an error; a reader that went away is none.
#[test]
fn what_cannot_be_written_is_said() {
    use std::process::{Command, Stdio};
    let schema = |stdout: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wattkey-admin"));
        command.args(["file", "schema", "import", "--lang", "en"]);
        command.stdout(stdout).stderr(Stdio::piped());
        let child = command.spawn().expect("the program starts");
        child.wait_with_output().expect("it ends")
    };
    let full = std::fs::File::create("/dev/full").expect("it is there");
    let output = schema(full.into());
    assert_eq!(output.status.code(), Some(50), "{output:?}");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = schema(writer.into());
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
