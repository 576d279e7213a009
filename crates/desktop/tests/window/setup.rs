//! The first start, the settings, and the report for support.

use slint::ComponentHandle as _;
use wattkey_client::config::{Config, Draft};
use wattkey_client::fault::{Exit, Fault};
use wattkey_desktop::model::setup::{Authority, Input, Service, Setup, Tried, Wanted};
use wattkey_desktop::model::{Effect, Event, Page, personal};
use wattkey_desktop::settings::{Language, Theme};
use wattkey_desktop_ui::Diagnostics;

use super::harness::{PIN, Stage, fine, opened};

const FILE: &str = "/media/li/.config/wattkey/config.toml";

pub(crate) fn stage(language: Language, theme: Theme) -> Stage {
    let stage = Stage::new(language, theme);
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1100.0));
    stage.happened(Event::FirstStart(Box::new(Setup::new(FILE.into(), None))));
    let wanted = stage.wanted();
    let [Effect::Setup(wanted)] = wanted.as_slice() else {
        panic!("{wanted:?}")
    };
    assert!(matches!(**wanted, Wanted::Modules));
    stage.happened(Event::Setup(Input::Modules(vec![
        "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so".into(),
    ])));
    stage
}

pub(crate) fn to_service(stage: &Stage) {
    stage.happened(Event::Setup(Input::Keys(Ok(vec![
        "19e5fc63c321d7c3 (Li Na)".into(),
    ]))));
    stage.happened(Event::Setup(Input::Next));
}

pub(crate) fn to_try(stage: &Stage) {
    to_service(stage);
    stage.happened(Event::Setup(Input::Taken(Ok(Draft {
        audience: "https://pay.example".into(),
        server: "pay.example:443".into(),
        service_ca: "/media/usb/service-ca.pem".into(),
        issuing_ca: "/media/usb/issuing-ca.pem".into(),
        module: Default::default(),
    }))));
    let authority = |name: &str| Authority {
        name: name.into(),
        thumbprint: "SAFAq9-JwRCYXR2Vb60YgDFXwuDO0sdOe2YaORoQZsc".into(),
    };
    stage.happened(Event::Setup(Input::Authorities(Ok([
        authority("Example Power Service CA"),
        authority("Example Power Issuing CA"),
    ]))));
    stage.happened(Event::Setup(Input::Tried(Tried {
        reached: Err(Fault::new("server-unreachable", Exit::Unreachable).with("cause", "refused")),
        key: Ok("19e5fc63c321d7c3 (Li Na)".into()),
    })));
}

fn says(stage: &Stage, what: &str) -> bool {
    stage.said().iter().any(|said| said.contains(what))
}

#[test]
fn without_a_configuration_it_is_made_step_by_step() {
    for (language, look, next, take, from, finish, found, wrong) in [
        (
            Language::En,
            "Look for the USB key",
            "Next",
            "Take over",
            "Configuration from your power company, as a file",
            "Finish",
            "Found: 19e5fc63c321d7c3 (Li Na)",
            "Write the address with its port: pay.example:443",
        ),
        (
            Language::Zh,
            "查找 USB Key",
            "下一步",
            "导入",
            "供电公司提供的配置文件",
            "完成设置",
            "已找到：19e5fc63c321d7c3 (Li Na)",
            "请填写地址和端口，例如 pay.example:443",
        ),
    ] {
        let stage = stage(language, Theme::Light);
        assert!(stage.find("Unlock").is_none() && stage.find("解锁").is_none());
        stage.press(next);
        assert!(stage.wanted().is_empty(), "no key was looked for");
        stage.press(look);
        let wanted = stage.wanted();
        let [Effect::Setup(one)] = wanted.as_slice() else {
            panic!("{wanted:?}")
        };
        assert!(matches!(&**one, Wanted::Keys(_)));
        stage.happened(Event::Setup(Input::Keys(Ok(vec![
            "19e5fc63c321d7c3 (Li Na)".into(),
        ]))));
        assert!(says(&stage, found), "{found}");
        stage.press(next);
        stage.write(from, "/media/usb/config.toml");
        stage.press(take);
        let wanted = stage.wanted();
        let [Effect::Setup(one)] = wanted.as_slice() else {
            panic!("{wanted:?}")
        };
        assert!(matches!(&**one, Wanted::Read(path) if path == "/media/usb/config.toml"));
        stage.happened(Event::Setup(Input::Taken(Ok(Draft {
            audience: "https://pay.example".into(),
            server: "pay.example".into(),
            service_ca: "/media/usb/service-ca.pem".into(),
            issuing_ca: "/media/usb/issuing-ca.pem".into(),
            module: Default::default(),
        }))));
        assert!(says(&stage, wrong), "{wrong}");
        to_try(&stage);
        stage.wanted();
        assert!(says(&stage, "SAFAq9-JwRCYXR2Vb60YgDFXwuDO0sdOe2YaORoQZsc") && says(&stage, FILE));
        stage.press(finish);
        let wanted = stage.wanted();
        let [Effect::Setup(one)] = wanted.as_slice() else {
            panic!("{wanted:?}")
        };
        assert!(matches!(&**one, Wanted::Write(file, _) if file.to_str() == Some(FILE)));
        stage.happened(Event::SetUp(Box::new(config())));
        assert!(matches!(stage.wanted().as_slice(), [Effect::Start(_)]));
        stage.plug_in(fine());
        let unlock = if language == Language::En {
            "Unlock"
        } else {
            "解锁"
        };
        assert!(stage.find(unlock).is_some(), "on to unlocking");
    }
}

fn config() -> Config {
    Config {
        file: FILE.into(),
        audience: "https://pay.example".into(),
        authority: "pay.example".into(),
        server: "pay.example:443".into(),
        service_ca: "/media/li/.config/wattkey/service-ca.pem".into(),
        issuing_ca: "/media/li/.config/wattkey/issuing-ca.pem".into(),
        module: "/usr/lib/opensc-pkcs11.so".into(),
        journal: "/media/li/.local/state/wattkey/journal".into(),
    }
}

#[test]
fn each_step_says_what_is_wrong_and_what_to_do() {
    let stage = stage(Language::En, Theme::Light);
    let fault = Fault::new("config-shape", Exit::Usage)
        .with("file", "/media/usb/config.toml")
        .with("reason", "line 1: no");
    stage.happened(Event::Setup(Input::Keys(Ok(Vec::new()))));
    assert!(says(&stage, "sees no USB key. Plug it in and look again"));
    stage.happened(Event::Setup(Input::Next));
    stage.happened(Event::Setup(Input::Taken(Err(fault))));
    assert!(says(
        &stage,
        "The configuration /media/usb/config.toml is not right: line 1: no"
    ));
}

#[test]
fn the_settings_say_which_service_in_the_language_that_is_chosen_now() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1600.0));
    stage.plug_in(fine());
    stage.happened(Event::Service(Service::from(&config())));
    let mut off = opened();
    off.clock_off = Some(-754);
    stage.happened(Event::Opened(Box::new(off)));
    // On every page.
    assert!(says(&stage, "This PC’s clock is 13 minutes off"));
    stage.happened(Event::Go(Page::Settings));
    assert!(says(&stage, "Payment service: https://pay.example"));
    assert!(says(&stage, "Clock: This PC’s clock is 13 minutes off"));
    stage.press("简体中文");
    assert!(says(&stage, "缴费服务: https://pay.example"));
    assert!(!says(&stage, "Payment service: https://pay.example"));
}

#[test]
fn the_report_has_nothing_secret_and_nothing_of_the_customers() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage
        .ui()
        .window()
        .set_size(slint::LogicalSize::new(1280.0, 1600.0));
    stage.plug_in(fine());
    stage.happened(Event::Service(Service::from(&config())));
    stage.type_text(PIN);
    super::personal::open(&stage);
    stage.open();
    super::personal::load(&stage);
    stage.happened(Event::PayDue);
    stage.happened(Event::Pay(wattkey_desktop::model::pay::Input::Reference(
        "furnace 1".into(),
    )));
    stage.happened(Event::Personal(personal::Input::Tab(1)));
    let told = Fault::new("no-such-thing", Exit::NotFound).with("word", "C-1001");
    stage.happened(Event::NotPrepared(told));
    stage.happened(Event::Go(Page::Settings));
    let report = String::from(stage.ui().global::<Diagnostics<'_>>().get_report());
    for there in [
        "Wattkey window",
        "PIN ok",
        "https://pay.example",
        "bills: 1800",
        "session: open",
    ] {
        assert!(report.contains(there), "{there} in {report}");
    }
    for secret in [
        PIN,
        "C-10",
        "B-20",
        "M-1001",
        "GB33",
        "DE89",
        "5555",
        "Dongshan",
        "Li Na",
        "Wang",
        "91310000",
        "6217",
        "furnace",
        "19e5fc63c321d7c3",
        "5e1f0000",
        "4a01",
        "Furnace Road",
        "steel.example",
        "BEGIN",
    ] {
        assert!(!report.contains(secret), "{secret} in {report}");
    }
    // Nor is a certificate's thumbprint, or its key, in any writing.
    for certificate in &super::personal::key_facts("2028-11-22T08:00:00Z").certificates {
        assert!(!report.contains(&certificate.thumbprint.to_string()));
        assert!(!report.contains(&certificate.serial));
    }
}
