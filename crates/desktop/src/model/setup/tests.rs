use wattkey_client::fault::Exit;

use super::*;

fn authority() -> Authority {
    Authority {
        name: "Example Power Service CA".into(),
        thumbprint: "abc".into(),
    }
}

fn filled() -> Setup {
    let mut setup = Setup::new("/media/li/.config/wattkey/config.toml".into(), None);
    let _ = setup.update(Input::Modules(vec!["/usr/lib/opensc-pkcs11.so".into()]));
    let _ = setup.update(Input::Keys(Ok(Vec::new())));
    let _ = setup.update(Input::Next);
    for (place, text) in [
        "https://pay.example",
        "pay.example:443",
        "/media/service-ca.pem",
        "/media/issuing-ca.pem",
    ]
    .iter()
    .enumerate()
    {
        let _ = setup.update(Input::Write(place, (*text).to_owned()));
    }
    setup
}

#[test]
fn a_module_that_does_not_work_leads_nowhere() {
    let mut setup = Setup::default();
    let _ = setup.update(Input::Module("/usr/lib/none.so".into()));
    assert!(matches!(
        setup.update(Input::Look).as_slice(),
        [Effect::Setup(_)]
    ));
    assert!(setup.update(Input::Look).is_empty(), "a second click");
    let _ = setup.update(Input::Keys(Err(Fault::new("module", Exit::Fault))));
    assert!(!setup.can_go_on());
    let _ = setup.update(Input::Next);
    assert_eq!(setup.step, Step::Module);
}

#[test]
fn it_goes_from_the_module_over_the_service_to_a_file() {
    let mut setup = filled();
    let effects = setup.update(Input::Next);
    assert_eq!(effects.len(), 1, "the certificates are read");
    assert_eq!(setup.step, Step::Service);
    let effects = setup.update(Input::Authorities(Ok([authority(), authority()])));
    assert_eq!(
        (effects.len(), setup.step),
        (1, Step::Try),
        "it is tried at once"
    );
    assert!(
        setup.update(Input::Finish).is_empty(),
        "not before it was tried"
    );
    let _ = setup.update(Input::Tried(Tried {
        reached: Ok(()),
        key: Ok("Li Na".into()),
    }));
    let effects = setup.update(Input::Finish);
    let [Effect::Setup(wanted)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(matches!(&**wanted, Wanted::Write(..)));
}

#[test]
fn an_address_that_is_none_is_not_gone_on_with() {
    let mut setup = filled();
    for (place, wrong) in [(0, "http://pay.example"), (1, "pay.example")] {
        let mut setup = filled();
        let _ = setup.update(Input::Write(place, wrong.into()));
        assert!(setup.update(Input::Next).is_empty(), "{wrong}");
    }
    let _ = setup.update(Input::Next);
    let _ = setup.update(Input::Authorities(Err(Fault::new("anchor", Exit::Usage))));
    assert!(setup.fault.is_some() && setup.step == Step::Service);
}

#[test]
fn what_the_power_company_gave_is_taken_over_but_for_the_module() {
    let mut setup = filled();
    let _ = setup.update(Input::From("/media/wattkey.toml".into()));
    assert_eq!(setup.update(Input::Take).len(), 1);
    let draft = Draft {
        audience: "https://other.example".into(),
        ..Draft::default()
    };
    let _ = setup.update(Input::Taken(Ok(draft)));
    assert_eq!(setup.draft.audience, "https://other.example");
    assert_eq!(
        setup.draft.module,
        PathBuf::from("/usr/lib/opensc-pkcs11.so")
    );
}
