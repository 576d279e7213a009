//! Which keys are plugged in, and the way from a PIN to an open session.

use std::collections::BTreeSet;

use wattkey_client::fault::{Exit, Fault};
use wattkey_client::keys::KeySummary;
use wattkey_client::lock::Locked;
use wattkey_token::{Pin, PinState};

use super::Effect;
use super::pin::PinEntry;

/// What the page before the session knows.
#[derive(Debug, Default)]
pub struct Unlock {
    /// The keys that are plugged in; none until they were first looked for.
    pub keys: Option<Vec<KeySummary>>,
    /// Serial number of the one that is to be unlocked.
    pub chosen: Option<String>,
    /// What is asked for beyond the PIN.
    pub asked: Asked,
    /// The PIN, or the PUK.
    pub pin: PinEntry,
    /// The new PIN.
    pub new: PinEntry,
    /// The new PIN once more.
    pub again: PinEntry,
    /// The user agreed to the last try.
    pub last_try_agreed: bool,
    /// A PIN is on its way to the key.
    pub working: bool,
    /// What is to be said.
    pub said: Said,
    /// Serial numbers of keys that were shown a wrong PIN here, and no right one since.
    wrong: BTreeSet<String>,
}

/// What a user wants to do with the PIN.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Unlock with it.
    #[default]
    Unlock,
    /// Change it.
    Change,
    /// Have a new one, with the PUK.
    Unblock,
}

/// What the page says above the keys.
#[derive(Debug, Default)]
pub enum Said {
    /// Nothing.
    #[default]
    Nothing,
    /// The session ended.
    Locked(Locked),
    /// The session ended after so many minutes without a key or a click.
    Idle,
    /// Something went wrong.
    Fault(Fault),
    /// The two new PINs are not the same.
    NotSame,
    /// The PIN was changed.
    Changed,
    /// The PIN was right; the service is asked who its holder is.
    PinRight,
}

/// A field of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The PIN, or the PUK.
    Pin,
    /// The new PIN.
    New,
    /// The new PIN again.
    Again,
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// The keys that are plugged in now.
    Keys(Vec<KeySummary>),
    /// They cannot be looked for.
    NoKeys(Fault),
    /// A key was chosen.
    Choose(String),
    /// A key of the keyboard.
    Key(Field, String),
    /// The last character goes.
    Back(Field),
    /// The last try is agreed to, or not.
    Agree(bool),
    /// Go on with what was typed.
    Go,
    /// The PIN is to be changed.
    AskChange,
    /// Not changed after all.
    CancelChange,
    /// The key was not unlocked, or its PIN not changed.
    Failed(Fault),
    /// The PIN was changed.
    Changed,
    /// The PIN was right.
    PinRight,
}

impl Unlock {
    /// The key that is to be unlocked.
    #[must_use]
    pub fn key(&self) -> Option<&KeySummary> {
        let chosen = self.chosen.as_deref()?;
        self.keys.iter().flatten().find(|key| key.serial == chosen)
    }

    /// How its PIN stands. Not every module tells of a wrong one (OpenSC's does not of a PIV card): those that
    /// were shown here are remembered.
    #[must_use]
    pub fn standing(&self) -> Option<PinState> {
        self.key().map(|key| PinState {
            count_low: key.pin.count_low || self.wrong.contains(&key.serial),
            ..key.pin
        })
    }

    /// What is asked for now: a key that is locked wants its PUK, a first PIN wants to be changed.
    #[must_use]
    pub fn asks(&self) -> Option<Asked> {
        let key = self.key()?;
        match self.asked {
            _ if key.pin.locked => Some(Asked::Unblock),
            _ if key.pin.to_be_changed => Some(Asked::Change),
            Asked::Unlock if key.fault.is_some() => None,
            asked => Some(asked),
        }
    }

    /// Whether the next wrong PIN locks the key, and that is what would be typed.
    #[must_use]
    pub fn is_last_try(&self) -> bool {
        let last = self
            .standing()
            .is_some_and(|pin| pin.final_try && !pin.locked);
        last && self.asks() != Some(Asked::Unblock)
    }

    /// Whether enough was typed.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let Some(asks) = self.asks() else {
            return false;
        };
        let on_pad = self.standing().is_some_and(|pin| pin.protected_path);
        let typed = !self.pin.is_empty()
            && (asks == Asked::Unlock || (!self.new.is_empty() && !self.again.is_empty()));
        (on_pad || typed) && !self.working && (!self.is_last_try() || self.last_try_agreed)
    }

    /// The session ended.
    pub fn lock(&mut self, said: Said) {
        self.forget();
        self.asked = Asked::Unlock;
        self.working = false;
        self.said = said;
    }

    fn forget(&mut self) {
        self.pin.clear();
        self.new.clear();
        self.again.clear();
        self.last_try_agreed = false;
    }

    fn entry(&mut self, field: Field) -> &mut PinEntry {
        match field {
            Field::Pin => &mut self.pin,
            Field::New => &mut self.new,
            Field::Again => &mut self.again,
        }
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Keys(keys) => self.found(keys),
            Input::NoKeys(fault) => {
                self.keys = Some(Vec::new());
                self.chosen = None;
                self.forget();
                self.said = Said::Fault(fault);
            }
            Input::Choose(serial) if !self.working => {
                self.chosen = Some(serial);
                self.asked = Asked::Unlock;
                self.said = Said::Nothing;
                self.forget();
            }
            Input::Key(field, text) if !self.working => self.entry(field).push(&text),
            Input::Back(field) if !self.working => self.entry(field).back(),
            Input::Agree(on) => self.last_try_agreed = on,
            Input::Go if self.is_ready() => return self.go(),
            Input::AskChange if !self.working => {
                self.forget();
                self.asked = Asked::Change;
            }
            Input::CancelChange if !self.working => {
                self.forget();
                self.asked = Asked::Unlock;
            }
            Input::Failed(fault) => {
                self.working = false;
                self.forget();
                if fault.exit == Exit::WrongPin {
                    self.wrong.extend(self.chosen.clone());
                }
                self.said = Said::Fault(fault);
                // How the PIN stands now is read from the key, never reckoned.
                return vec![Effect::LookForKeys];
            }
            Input::PinRight if self.working => {
                self.was_right();
                self.said = Said::PinRight;
            }
            Input::Changed => {
                self.was_right();
                self.working = false;
                self.forget();
                self.asked = Asked::Unlock;
                self.said = Said::Changed;
                return vec![Effect::LookForKeys];
            }
            _ => {}
        }
        Vec::new()
    }

    fn was_right(&mut self) {
        if let Some(serial) = &self.chosen {
            self.wrong.remove(serial);
        }
    }

    fn found(&mut self, keys: Vec<KeySummary>) {
        let still = |serial: &String| keys.iter().any(|key| &key.serial == serial);
        if !self.chosen.as_ref().is_some_and(still) {
            if self.chosen.take().is_some() {
                self.forget();
                self.working = false;
            }
            // The only one, or the first that can be used.
            let usable = keys.iter().find(|key| key.fault.is_none());
            let first = usable.or(keys.first());
            self.chosen = first.map(|key| key.serial.clone());
            let is_of_a_key =
                matches!(&self.said, Said::Fault(fault) if fault.exit == Exit::NoService);
            if is_of_a_key {
                self.said = Said::Nothing;
            }
        }
        self.keys = Some(keys);
    }

    fn go(&mut self) -> Vec<Effect> {
        let Some(serial) = self.chosen.clone() else {
            return Vec::new();
        };
        let on_pad = self.standing().is_some_and(|pin| pin.protected_path);
        let asks = self.asks().unwrap_or_default();
        if asks != Asked::Unlock && !on_pad && !self.new.is_same_as(&self.again) {
            self.new.clear();
            self.again.clear();
            self.said = Said::NotSame;
            return Vec::new();
        }
        let mut take = |field| match on_pad {
            true => Pin::on_device(),
            false => self.entry(field).take(),
        };
        let effect = match asks {
            Asked::Unlock => Effect::Unlock {
                serial,
                pin: take(Field::Pin),
            },
            Asked::Change => Effect::ChangePin {
                serial,
                old: take(Field::Pin),
                new: take(Field::New),
            },
            Asked::Unblock => Effect::Unblock {
                serial,
                puk: take(Field::Pin),
                new: take(Field::New),
            },
        };
        self.forget();
        self.working = true;
        self.said = Said::Nothing;
        vec![effect]
    }
}
