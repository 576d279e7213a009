//! Modules that are not there, or are none.

use std::path::Path;

use wattkey_token::{HostOptions, Module, TokenError};

use crate::setup::{SLACK, Setup, deadlines, within};

#[test]
fn a_module_that_is_missing_is_named() {
    let setup = Setup::new();
    let path = setup.folder.path().join("missing.so");
    let error = Module::load_with(&path, &setup.options()).unwrap_err();
    assert!(matches!(error, TokenError::ModuleFile { .. }), "{error:?}");
    assert!(error.to_string().contains("missing.so"), "{error}");
}

#[test]
fn a_file_that_is_no_module_is_named() {
    let setup = Setup::new();
    let text = setup.folder.path().join("text.so");
    std::fs::write(&text, "not a library").unwrap();
    // A library, with no module in it: the one that the faulty module is linked with.
    let library = Path::new("/lib/x86_64-linux-gnu/libm.so.6");
    for path in [text.as_path(), library] {
        if !path.exists() {
            continue;
        }
        let limit = deadlines().load + SLACK;
        let error = within(limit, || Module::load_with(path, &setup.options())).unwrap_err();
        assert!(matches!(error, TokenError::ModuleLoad { .. }), "{error:?}");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_module_without_functions_is_none() {
    let setup = Setup::new();
    setup
        .faults
        .set("C_GetFunctionList nonsense garbage")
        .unwrap();
    let error = setup.load().unwrap_err();
    // The list is nowhere: who reads it crashes.
    let expected = matches!(
        error,
        TokenError::ModuleLoad { .. } | TokenError::Crashed { .. }
    );
    assert!(expected, "{error:?}");
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn a_module_that_does_not_start_works_when_it_does() {
    let setup = Setup::new();
    setup.faults.set("C_Initialize fail 0x30").unwrap();
    for _ in 0..2 {
        let error = setup.load().unwrap_err();
        assert!(matches!(error, TokenError::ModuleLoad { .. }), "{error:?}");
    }
    setup.faults.clear().unwrap();
    setup.assert_recovers();
}

#[test]
fn a_host_that_does_not_start_is_an_error() {
    let setup = Setup::new();
    let options = HostOptions {
        program: Some(setup.folder.path().join("no program")),
        ..setup.options()
    };
    let library = wattkey_faulty_module::library();
    let error = Module::load_with(&library, &options).unwrap_err();
    assert!(matches!(error, TokenError::HostStart { .. }), "{error:?}");
}

#[test]
fn a_host_that_is_another_program_is_an_error_in_time() {
    let setup = Setup::new();
    for program in ["/bin/true", "/bin/cat", "/usr/bin/yes"] {
        let options = HostOptions {
            program: Some(program.into()),
            ..setup.options()
        };
        let library = wattkey_faulty_module::library();
        let limit = deadlines().load + deadlines().list + SLACK;
        let load = || Module::load_with(&library, &options).and_then(|module| module.tokens());
        let error = within(limit, load).expect_err(program);
        assert!(!error.to_string().is_empty());
    }
}
