//! A window without a display, whose effects are kept instead of carried out.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Once;

use i_slint_backend_testing::{ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions};
use i_slint_core::accessibility::AccessibleStringProperty;
use i_slint_core::input::FocusReason;
use i_slint_core::item_tree::{ItemRc, ParentItemTraversalMode};
use i_slint_core::window::WindowInner;
use jiff::civil::date;
use serde_json::{Value, json};
use slint::ComponentHandle as _;
use slint::platform::{Key, WindowEvent};
use wattkey_client::journal;
use wattkey_client::keys::{Identity, KeySummary};
use wattkey_client::words::Lang;
use wattkey_desktop::model::{Effect, Event, Loaded, Opened, unlock};
use wattkey_desktop::settings::{Language, Settings, Theme};
use wattkey_desktop::window::Window;
use wattkey_desktop_ui::AppWindow;
use wattkey_pki::Digest;
use wattkey_protocol::api::{BillState, BillSummary, Me};
use wattkey_token::PinState;

/// What a user types here; no test may find it anywhere in what is drawn.
pub(crate) const PIN: &str = "246810";

/// A window with what it wanted done.
pub(crate) struct Stage {
    pub(crate) window: Window,
    effects: Rc<RefCell<Vec<Effect>>>,
}

thread_local! {
    static BACKEND: Once = const { Once::new() };
}

fn backend() {
    BACKEND.with(|once| {
        once.call_once(|| {
            let options = TestingBackendOptions {
                mock_time: true,
                threading: false,
                renderer_name: Some("software".into()),
            };
            slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
        });
    });
}

impl Stage {
    pub(crate) fn new(language: Language, theme: Theme) -> Stage {
        backend();
        let settings = Settings {
            language: Some(language),
            theme,
            text_percent: 100,
        };
        let effects = Rc::new(RefCell::new(Vec::new()));
        let kept = Rc::clone(&effects);
        let ui = AppWindow::new().unwrap();
        ui.window().set_size(slint::LogicalSize::new(1280.0, 880.0));
        let carry_out = Box::new(move |effect| kept.borrow_mut().push(effect));
        let window = Window::new(ui, settings, Lang::En, carry_out);
        window.ui().show().unwrap();
        Stage { window, effects }
    }

    pub(crate) fn ui(&self) -> &AppWindow {
        self.window.ui()
    }

    pub(crate) fn happened(&self, event: Event) {
        self.window.happened(event);
    }

    /// What the window wanted done since it was last asked.
    pub(crate) fn wanted(&self) -> Vec<Effect> {
        self.effects.take()
    }

    /// One key is plugged in, in this state.
    pub(crate) fn plug_in(&self, pin: PinState) {
        self.happened(Event::Unlock(unlock::Input::Keys(vec![key(pin)])));
    }

    /// A session is open, and what the service says is there.
    pub(crate) fn open(&self) {
        self.happened(Event::Opened(Box::new(opened())));
        self.wanted();
        self.happened(Event::Loaded(Loaded::Bills(bills())));
        self.happened(Event::Loaded(Loaded::Accounts(vec![
            serde_json::from_value(json!({"account": "C-1001", "name": "Arc furnace 1", "address": "1 Furnace Road",
                "currency": "CNY", "open": 1_293_276_956, "overdue": 1_293_276_956, "in_collection": 0}))
            .unwrap(),
        ])));
        self.happened(Event::Loaded(Loaded::Mandates(vec![
            serde_json::from_value(json!({"mandate": "M-1001", "debtor_name": "Dongshan Steelworks",
                "debtor_account": "GB33BUKB20201555555555", "currency": "CNY", "signed": "2026-01-01"}))
            .unwrap(),
        ])));
    }

    /// The element that a screen reader names so.
    pub(crate) fn find(&self, label: &str) -> Option<ElementHandle> {
        ElementHandle::find_by_accessible_label(self.ui(), label).next()
    }

    /// What stands in the field that a screen reader names so.
    pub(crate) fn value(&self, label: &str) -> Option<String> {
        let named = ElementHandle::find_by_accessible_label(self.ui(), label);
        named
            .filter_map(|element| element.accessible_value())
            .map(String::from)
            .next()
    }

    /// Writes into the field that a screen reader names so.
    pub(crate) fn write(&self, label: &str, text: &str) {
        let named = ElementHandle::find_by_accessible_label(self.ui(), label);
        let fields: Vec<_> = named
            .filter(|element| element.accessible_value().is_some())
            .collect();
        assert!(
            !fields.is_empty(),
            "{label} is not there; there are: {:#?}",
            self.labels()
        );
        fields[0].set_accessible_value(text);
    }

    /// Everything that is drawn as text, also what a screen reader leaves out.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts = self.said();
        for element in ElementQuery::from_root(self.ui()).find_all() {
            texts.extend(element.accessible_label().map(String::from));
        }
        texts
    }

    /// Whether what is drawn, or what only waits to be drawn, has this text.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let page = self.ui().global::<wattkey_desktop_ui::Personal<'_>>();
        use slint::Model as _;
        let mut known: Vec<String> = [
            page.get_said(),
            page.get_key_data(),
            page.get_lost(),
            page.get_account(),
        ]
        .map(String::from)
        .to_vec();
        known.extend(page.get_contacts().iter().map(|row| format!("{row:?}")));
        known.extend(page.get_addresses().iter().map(|row| format!("{row:?}")));
        known.extend(page.get_rights().iter().map(|row| format!("{row:?}")));
        known.extend(page.get_changes().iter().map(|row| format!("{row:?}")));
        known.extend(page.get_invoice().iter().map(String::from));
        known.extend(page.get_users().iter().map(String::from));
        known.extend(page.get_key().iter().map(|row| format!("{row:?}")));
        let file = self.ui().global::<wattkey_desktop_ui::OrderFile<'_>>();
        known.extend(
            [
                file.get_path(),
                file.get_name(),
                file.get_total(),
                file.get_noted(),
            ]
            .map(String::from),
        );
        known.extend(file.get_rows().iter().map(|row| format!("{row:?}")));
        known.extend(file.get_wrong().iter().map(|row| format!("{row:?}")));
        known.extend(file.get_sums().iter().map(|row| format!("{row:?}")));
        known.iter().any(|known| known.contains(text))
    }

    /// Does what a person does who clicks there.
    pub(crate) fn press(&self, label: &str) {
        let element = self.find(label);
        assert!(
            element.is_some(),
            "{label} is not there; there are: {:#?}",
            self.labels()
        );
        element.unwrap().invoke_accessible_default_action();
    }

    /// A key of the keyboard.
    pub(crate) fn key(&self, text: impl Into<slint::SharedString>) {
        let text = text.into();
        let window = self.ui().window();
        window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(WindowEvent::KeyReleased { text });
    }

    pub(crate) fn type_text(&self, text: &str) {
        for character in text.chars() {
            self.key(character);
        }
    }

    /// Some of a PIN, as far as boxes are filled.
    pub(crate) fn type_pin(&self) {
        self.type_text(&PIN[..4]);
    }

    /// What a screen reader says of what has the focus.
    pub(crate) fn focused(&self) -> String {
        let mut item = self.focus_item();
        while let Some(one) = item {
            let label = one.accessible_string_property(AccessibleStringProperty::Label);
            if let Some(label) = label.filter(|label| !label.is_empty()) {
                return label.into();
            }
            item = one.parent_item(ParentItemTraversalMode::StopAtPopups);
        }
        String::new()
    }

    /// Where that is in the window: left, top, right, bottom.
    pub(crate) fn focused_place(&self) -> [i32; 4] {
        let Some(item) = self.focus_item() else {
            return [0; 4];
        };
        let size = item.geometry().size;
        let place = item.map_to_window(Default::default());
        let [left, top, width, height] = [place.x, place.y, size.width, size.height].map(whole);
        [left, top, left + width, top + height]
    }

    fn focus_item(&self) -> Option<ItemRc> {
        // What is new is made when it is first looked at, as it is when it is drawn.
        let _ = self.said();
        // What follows from a focus that moved, such as scrolling, is done before anybody looks.
        slint::platform::update_timers_and_animations();
        let window = WindowInner::from_pub(self.ui().window());
        window.focus_item.borrow().upgrade()
    }

    /// What is drawn while nothing has the focus; what had it has it again afterwards.
    pub(crate) fn drawn_without_focus(&self) -> Vec<u8> {
        let window = WindowInner::from_pub(self.ui().window());
        let item = self.focus_item();
        let set = |on| {
            if let Some(item) = &item {
                window.set_focus_item(item, on, FocusReason::Programmatic);
                slint::platform::update_timers_and_animations();
            }
        };
        set(false);
        let drawn = self.drawn();
        set(true);
        drawn
    }

    /// What is drawn, as bytes.
    pub(crate) fn drawn(&self) -> Vec<u8> {
        self.ui()
            .window()
            .take_snapshot()
            .unwrap()
            .as_bytes()
            .to_vec()
    }

    pub(crate) fn tab(&self) {
        self.key(Key::Tab);
    }

    /// Everything that a screen reader can say of it: labels, values, descriptions.
    pub(crate) fn said(&self) -> Vec<String> {
        let mut said = Vec::new();
        for element in ElementQuery::from_root(self.ui()).find_all() {
            let words = [
                element.accessible_label(),
                element.accessible_value(),
                element.accessible_description(),
                element.accessible_placeholder_text(),
            ];
            said.extend(words.into_iter().flatten().map(String::from));
        }
        said
    }

    fn labels(&self) -> Vec<String> {
        let mut labels = self.said();
        labels.retain(|label| !label.is_empty());
        labels
    }

    /// What is drawn, as a picture in `target/screens`.
    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        let buffer = self.ui().window().take_snapshot().unwrap();
        let folder = screens();
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        let out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
        let mut encoder = png::Encoder::new(out, buffer.width(), buffer.height());
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(buffer.as_bytes()).unwrap();
        file
    }
}

fn screens() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")));
    target.join("screens/window")
}

/// A key of Li Na's.
pub(crate) fn key(pin: PinState) -> KeySummary {
    KeySummary {
        serial: "19e5fc63c321d7c3".into(),
        label: "Wattkey".into(),
        reader: "Reader 0".into(),
        holder: Some("Li Na".into()),
        organisation: Some("Dongshan Steelworks".into()),
        valid_until: Some("2028-11-22T08:00:00Z".parse().unwrap()),
        pin,
        fault: None,
    }
}

pub(crate) fn fine() -> PinState {
    PinState {
        initialised: true,
        ..PinState::default()
    }
}

pub(crate) fn identity(serial: &str) -> Identity {
    Identity::new(
        serial.to_owned(),
        Digest::of(b"authentication"),
        Digest::of(b"signature"),
    )
}

pub(crate) fn me() -> Me {
    serde_json::from_value(json!({
        "user": {"id": "5e1f0000-0000-4000-8000-000000000101", "name": "Li Na"},
        "customer": {"id": "5e1f0000-0000-4000-8000-000000000001", "name": "Dongshan Steelworks"},
        "key": {"serial": "19e5fc63c321d7c3", "bound": "2026-11-01T08:00:00Z", "expires": "2028-11-22T08:00:00Z"},
        "rights": ["view", "prepare", "approve"],
        "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
        "time_zone": "Asia/Shanghai", "limits": null,
    }))
    .unwrap()
}

pub(crate) fn opened() -> Opened {
    Opened {
        identity: identity("19e5fc63c321d7c3"),
        serial: "19e5fc63c321d7c3".into(),
        me: me(),
        clock_off: None,
    }
}

/// Thirty-six months of fifty accounts, the newest open, one overdue.
pub(crate) fn bills() -> Vec<BillSummary> {
    let mut bills = Vec::new();
    for account in 0..50 {
        for months in 0..36_i32 {
            let first = date(2026, 10, 1).saturating_sub(jiff::Span::new().months(months));
            let state = match months {
                0 => BillState::Open,
                1 if account == 0 => BillState::Overdue,
                _ => BillState::Paid,
            };
            let total = 1_293_276_956 - i64::from(months) * 1_234_567 - i64::from(account) * 77_001;
            let open = if state == BillState::Paid { 0 } else { total };
            bills.push(BillSummary {
                bill: format!("B-{}-{}", first.strftime("%Y-%m"), 1001 + account)
                    .parse()
                    .unwrap(),
                account: format!("C-{}", 1001 + account).parse().unwrap(),
                period: first.strftime("%Y-%m").to_string().parse().unwrap(),
                issued: first.saturating_add(jiff::Span::new().months(1)),
                due: first.saturating_add(jiff::Span::new().months(1).days(15)),
                currency: "CNY".parse().unwrap(),
                total,
                open,
                in_collection: 0,
                state,
                disputed: 0,
                transfer: None,
            });
        }
    }
    bills
}

/// What names that order in the journal.
pub(crate) fn document() -> journal::Key {
    journal::Key::Order("7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".parse().unwrap())
}

/// A payment order as it is signed.
pub(crate) fn order() -> Value {
    json!({
        "order": "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11", "audience": "https://pay.example",
        "payee": {"name": "Example Power", "account": "DE89370400440532013000"},
        "customer": {"id": "5e1f0000-0000-4000-8000-000000000001", "name": "Dongshan Steelworks"},
        "user": {"id": "5e1f0000-0000-4000-8000-000000000101", "name": "Li Na"},
        "bills": [{"bill": "B-2026-09-1001", "account": "C-1001", "period": "2026-09",
            "document": Digest::of(b"bill"), "principal": 1_292_042_389,
            "penalty": 98_289_049, "quote_until": "2026-11-22T16:00:00Z"}],
        "deposit": null, "refund": null, "total": 1_390_331_438, "currency": "CNY",
        "source": {"kind": "mandate", "mandate": "M-1001", "debtor_account": "GB33BUKB20201555555555"},
        "execute": null,
        "reference": "furnace 1", "created": "2026-11-22T08:00:00Z", "expires": "2026-11-22T08:15:00Z",
    })
}

/// Of a length in pixels.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a window is not that large"
)]
pub(crate) fn whole(length: f32) -> i32 {
    length.round() as i32
}
