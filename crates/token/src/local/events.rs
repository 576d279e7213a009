//! Which keys come and go.
//!
//! The slots are looked at, also where a module has `C_WaitForSlotEvent`: while OpenSC 0.23 waits in it, calls from
//! other threads were seen to hang when a second key came. Listing the slots is a call to the reader alone, without a
//! command to the card.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::slot::Slot;

use crate::local::Module;
use crate::{Event, TokenError, TokenInfo};

/// How often the slots are looked at.
const POLL: Duration = Duration::from_millis(200);
/// Every so many looks the tokens are read though no slot has changed: another one might have taken the place.
const READ_EVERY: u32 = 5;

/// Watches the tokens of a module.
#[derive(Debug)]
pub struct Events {
    module: Arc<Module>,
    occupied: Vec<Slot>,
    known: Vec<TokenInfo>,
    pending: VecDeque<Event>,
    looks: u32,
}

impl Events {
    pub(crate) fn new(module: &Arc<Module>) -> Result<Self, TokenError> {
        Ok(Self {
            occupied: module.slots_with_token()?,
            known: module.tokens()?,
            pending: VecDeque::new(),
            looks: 0,
            module: Arc::clone(module),
        })
    }

    /// The next event, or nothing when none comes in time.
    ///
    /// # Errors
    ///
    /// Failures of the module.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Event>, TokenError> {
        let deadline = Instant::now() + wait;
        loop {
            if self.pending.is_empty() {
                self.look()?;
            }
            if let Some(event) = self.pending.pop_front() {
                return Ok(Some(event));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            thread::sleep(left.min(POLL));
        }
    }

    fn look(&mut self) -> Result<(), TokenError> {
        let occupied = self.module.slots_with_token()?;
        self.looks = self.looks.wrapping_add(1);
        if occupied == self.occupied && !self.looks.is_multiple_of(READ_EVERY) {
            return Ok(());
        }
        let now = self.module.tokens_in(&occupied)?;
        self.pending = differences(&self.known, &now);
        self.known = now;
        self.occupied = occupied;
        Ok(())
    }
}

/// What happened between two looks: first what went, then what came.
fn differences(before: &[TokenInfo], now: &[TokenInfo]) -> VecDeque<Event> {
    let among = |token: &TokenInfo, others: &[TokenInfo]| {
        let same = |other: &TokenInfo| other.serial == token.serial && other.reader == token.reader;
        others.iter().any(same)
    };
    let went = before.iter().filter(|token| !among(token, now));
    let went = went.map(|token| Event::PulledOut {
        serial: token.serial.clone(),
        reader: token.reader.clone(),
    });
    let came = now.iter().filter(|token| !among(token, before));
    went.chain(came.map(|token| Event::PluggedIn(token.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PinState;

    fn token(serial: &str, reader: &str) -> TokenInfo {
        TokenInfo {
            label: String::new(),
            serial: serial.to_owned(),
            manufacturer: String::new(),
            model: String::new(),
            reader: reader.to_owned(),
            pin: PinState::default(),
            pin_length: None,
        }
    }

    fn told(before: &[TokenInfo], now: &[TokenInfo]) -> Vec<String> {
        let text = |event| match event {
            Event::PulledOut { serial, reader } => format!("-{serial}@{reader}"),
            Event::PluggedIn(info) => format!("+{}@{}", info.serial, info.reader),
            Event::ModuleRestarted => "restarted".to_owned(),
        };
        differences(before, now).into_iter().map(text).collect()
    }

    #[test]
    fn another_key_in_the_same_reader_is_one_out_and_one_in() {
        let (one, two) = (token("1", "a"), token("2", "a"));
        let other = token("3", "b");
        let before = [one.clone(), other.clone()];
        assert_eq!(told(&before, &[two, other.clone()]), ["-1@a", "+2@a"]);
        assert_eq!(told(&before, &[other]), ["-1@a"]);
        assert_eq!(told(&[], std::slice::from_ref(&one)), ["+1@a"]);
        assert_eq!(told(&[one], &[token("1", "b")]), ["-1@a", "+1@b"]);
        assert_eq!(told(&before, &before), [""; 0]);
    }

    #[test]
    fn another_pin_state_is_no_event() {
        let before = token("1", "a");
        let mut now = before.clone();
        now.pin.final_try = true;
        assert_eq!(told(&[before], &[now]), [""; 0]);
    }
}
