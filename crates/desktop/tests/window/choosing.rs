//! Files that are chosen with the system's file chooser instead of written.

use wattkey_desktop::model::chooser::{For, Picked};
use wattkey_desktop::model::order_file::Input;
use wattkey_desktop::model::{Effect, Event, Page, history};
use wattkey_desktop::settings::{Language, Theme};

use super::harness::{Stage, fine};
use super::{order_file, setup};

const CHOOSE: [(Language, &str, &str, &str); 2] = [
    (
        Language::En,
        "Choose …",
        "File",
        "This desktop offers no window for choosing files",
    ),
    (Language::Zh, "选择……", "文件", "本系统没有文件选择窗口"),
];

fn says(stage: &Stage, words: &str) -> bool {
    stage.said().iter().any(|said| said.contains(words))
}

fn picked(stage: &Stage, what: For, file: &str) {
    // What follows from a change is done before anybody looks.
    slint::platform::update_timers_and_animations();
    stage.happened(Event::Picked(what, Picked::File(file.into())));
    slint::platform::update_timers_and_animations();
}

#[test]
fn a_file_of_orders_that_is_chosen_stands_in_the_field_and_is_read() {
    for (language, choose, field, missing) in CHOOSE {
        let stage = order_file::stage(language, Theme::Light);
        stage.write(field, "~/Downloads/typed.csv");
        stage.press(&format!("{choose} {field}"));
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::Choose(For::OrderFile, written)] if written == "~/Downloads/typed.csv"),
            "{wanted:?}"
        );
        // Closed again: all is as it was.
        stage.happened(Event::Picked(For::OrderFile, Picked::Nothing));
        assert!(stage.wanted().is_empty());
        let value = stage.value(field);
        assert_eq!(value.as_deref(), Some("~/Downloads/typed.csv"));
        assert!(!says(&stage, missing));
        picked(&stage, For::OrderFile, "/media/li/chosen.csv");
        let wanted = stage.wanted();
        assert!(
            matches!(wanted.as_slice(), [Effect::ImportOrders(file)] if file == "/media/li/chosen.csv"),
            "{wanted:?}"
        );
        assert_eq!(stage.value(field).as_deref(), Some("/media/li/chosen.csv"));
        // While it is read nothing else is.
        picked(&stage, For::OrderFile, "/media/li/other.csv");
        assert!(stage.wanted().is_empty());
        assert_eq!(stage.value(field).as_deref(), Some("/media/li/chosen.csv"));
        // What is typed after it gives way to the same file, chosen again.
        stage.happened(Event::OrderFile(Input::Stopped));
        stage.write(field, "/media/li/chosen.csv and more");
        picked(&stage, For::OrderFile, "/media/li/chosen.csv");
        assert_eq!(stage.value(field).as_deref(), Some("/media/li/chosen.csv"));
    }
}

#[test]
fn a_system_without_a_file_chooser_is_said_and_the_path_can_be_written() {
    for (language, choose, field, missing) in CHOOSE {
        let stage = order_file::stage(language, Theme::Light);
        stage.write(field, "/media/li/a.csv");
        stage.press(&format!("{choose} {field}"));
        stage.wanted();
        stage.happened(Event::Picked(For::OrderFile, Picked::NoChooser));
        assert!(says(&stage, missing), "{missing}");
        assert_eq!(stage.value(field).as_deref(), Some("/media/li/a.csv"));
        // Asked again it may be there.
        stage.press(&format!("{choose} {field}"));
        assert!(matches!(stage.wanted().as_slice(), [Effect::Choose(..)]));
        stage.happened(Event::Picked(For::OrderFile, Picked::Nothing));
        assert!(!says(&stage, missing));
    }
}

#[test]
fn a_receipt_that_is_chosen_is_checked_at_once() {
    let stage = Stage::new(Language::En, Theme::Light);
    stage.plug_in(fine());
    stage.open();
    stage.happened(Event::Go(Page::History));
    stage.happened(Event::History(history::Input::Tab(history::Tab::Receipt)));
    stage.wanted();
    let field = "File of the receipt (JSON or PDF)";
    stage.press(&format!("Choose … {field}"));
    assert!(matches!(
        stage.wanted().as_slice(),
        [Effect::Choose(For::Receipt, _)]
    ));
    picked(&stage, For::Receipt, "/media/li/receipt-1.pdf");
    let wanted = stage.wanted();
    assert!(
        matches!(wanted.as_slice(), [Effect::VerifyReceipt(file)] if file.ends_with("receipt-1.pdf")),
        "{wanted:?}"
    );
    assert_eq!(
        stage.value(field).as_deref(),
        Some("/media/li/receipt-1.pdf")
    );
}

#[test]
fn the_first_start_takes_files_that_are_chosen() {
    let stage = setup::stage(Language::En, Theme::Light);
    let module = "Module of the USB key";
    stage.write(module, "/usr/lib/typed.so");
    stage.press(&format!("Choose … {module}"));
    let wanted = stage.wanted();
    assert!(
        matches!(wanted.as_slice(), [Effect::Choose(For::Module, written)] if written == "/usr/lib/typed.so"),
        "{wanted:?}"
    );
    picked(&stage, For::Module, "/usr/lib/chosen.so");
    assert_eq!(stage.value(module).as_deref(), Some("/usr/lib/chosen.so"));
    setup::to_service(&stage);
    for (what, field) in [
        (
            For::Configuration,
            "Configuration from your power company, as a file",
        ),
        (For::ServiceCa, "Certificate of the service CA"),
        (For::IssuingCa, "Certificate of the issuing CA"),
    ] {
        stage.write(field, "typed");
        stage.press(&format!("Choose … {field}"));
        stage.wanted();
        let file = format!("/media/usb/{what:?}");
        picked(&stage, what, &file);
        assert_eq!(stage.value(field), Some(file), "{what:?}");
    }
}

#[test]
fn what_was_chosen_for_a_session_that_is_locked_goes_nowhere() {
    let stage = order_file::stage(Language::En, Theme::Light);
    stage.happened(Event::Lock);
    stage.wanted();
    picked(&stage, For::OrderFile, "/media/li/secret.csv");
    assert!(stage.wanted().is_empty());
    assert!(!stage.holds("secret"));
}
