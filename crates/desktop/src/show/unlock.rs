use slint::{ComponentHandle as _, SharedString};
use wattkey_client::fault::{Fault, token};
use wattkey_client::keys::KeySummary;
use wattkey_client::words::Text;
use wattkey_desktop_ui::{AppWindow, Asked as Drawn, KeyRow, Tone, Unlock as Page};

use super::{count, model, safe};
use crate::model::unlock::{Asked, Said, Unlock};

/// Boxes for a PIN that is not typed yet.
const BOXES: i32 = 6;

pub(super) fn show(unlock: &Unlock, text: &Text, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    let chosen = unlock.chosen.as_deref();
    let keys = unlock
        .keys
        .iter()
        .flatten()
        .map(|key| row(key, chosen, text));
    page.set_keys(model(keys.collect()));
    page.set_asked(match unlock.asks() {
        None => Drawn::Nothing,
        Some(Asked::Unlock) => Drawn::Pin,
        Some(Asked::Change) => Drawn::Change,
        Some(Asked::Unblock) => Drawn::Unblock,
    });
    let (said, next, tone) = said(unlock, text);
    page.set_said(said);
    page.set_next(next);
    page.set_said_tone(tone);
    let (standing, tone) = standing(unlock, text);
    page.set_standing(standing);
    page.set_standing_tone(tone);
    page.set_last_try(unlock.is_last_try());
    page.set_last_try_agreed(unlock.last_try_agreed);
    page.set_on_pad(unlock.standing().is_some_and(|pin| pin.protected_path));
    page.set_typed(count(unlock.pin.count()));
    page.set_typed_new(count(unlock.new.count()));
    page.set_typed_again(count(unlock.again.count()));
    page.set_boxes(BOXES);
    page.set_ready(unlock.is_ready());
    page.set_working(unlock.working);
    page.set_can_change(
        unlock
            .standing()
            .is_some_and(|pin| !pin.locked && !pin.to_be_changed),
    );
}

fn row(key: &KeySummary, chosen: Option<&str>, text: &Text) -> KeyRow {
    let (state, tone) = match (&key.fault, key.pin.name()) {
        (Some(_), _) => ("window-key-unusable", Tone::Bad),
        (None, "locked") => ("window-key-locked", Tone::Bad),
        (None, "last-try") => ("window-key-last-try", Tone::Warn),
        (None, _) => ("window-key-ready", Tone::Good),
    };
    let valid = key.valid_until.map_or_else(String::new, |until| {
        let day = until.to_zoned(jiff::tz::TimeZone::system()).date();
        text.with("window-valid-until", &[("day", day.to_string().into())])
    });
    KeyRow {
        serial: key.serial.as_str().into(),
        holder: key
            .holder
            .as_deref()
            .map_or_else(|| text.get("window-no-holder").into(), safe),
        organisation: safe(key.organisation.as_deref().unwrap_or_default()),
        valid: valid.into(),
        state: text.get(state).into(),
        tone,
        chosen: chosen == Some(key.serial.as_str()),
    }
}

/// How the PIN stands, said before it is typed.
fn standing(unlock: &Unlock, text: &Text) -> (SharedString, Tone) {
    let Some(pin) = unlock.standing() else {
        return (SharedString::new(), Tone::Neutral);
    };
    let (id, tone) = match pin.name() {
        "locked" => ("window-pin-locked", Tone::Bad),
        "last-try" => ("window-pin-last-try", Tone::Bad),
        "low" => ("window-pin-low", Tone::Warn),
        "to-be-changed" => ("window-pin-first", Tone::Info),
        "not-set" => ("window-pin-not-set", Tone::Bad),
        _ => ("window-pin-ok", Tone::Neutral),
    };
    (text.get(id).into(), tone)
}

fn said(unlock: &Unlock, text: &Text) -> (SharedString, SharedString, Tone) {
    let fault = |fault: &Fault, tone| {
        let (message, next) = fault.told(text);
        (safe(&text.sentence(message)), safe(&next), tone)
    };
    let only = |id, tone| (text.get(id).into(), SharedString::new(), tone);
    match &unlock.said {
        Said::Fault(found) => fault(found, Tone::Bad),
        Said::Locked(why) => fault(&token::locked(*why), Tone::Warn),
        Said::Idle => only("window-locked-idle", Tone::Info),
        Said::NotSame => only("window-pin-not-same", Tone::Bad),
        Said::PinRight => only("window-pin-right", Tone::Good),
        Said::Changed => only("window-pin-changed", Tone::Good),
        Said::Nothing => match unlock
            .key()
            .and_then(|key| key.fault.as_ref().map(|fault| (key, fault)))
        {
            Some((key, found)) => {
                let unusable = wattkey_client::keys::KeyError::Unusable {
                    serial: key.serial.clone(),
                    fault: found.clone(),
                };
                fault(&unusable.into(), Tone::Bad)
            }
            None => (SharedString::new(), SharedString::new(), Tone::Neutral),
        },
    }
}
