//! The key as the reader sees it: selection, Yubico's numbers, and the firmware's application.

use iso7816::{Instruction, Status, command::CommandView};
use vpicc::VSmartCard;

use crate::{
    firmware::Application,
    framing::{Answer, Framing},
    state::Serial,
};

/// The application's full identifier: NIST SP 800-73-4 part 1, 2.2, version 1.0.
const PIV: [u8; 11] = *b"\xA0\x00\x00\x03\x08\x00\x00\x10\x00\x01\x00";

/// What Yubico's tools select: the registered provider alone.
const PIV_PROVIDER: &[u8] = PIV.split_at(5).0;

/// The oldest firmware that Yubico's tools treat as current; newer ones are asked for more.
const YUBICO_VERSION: [u8; 3] = [5, 4, 3];

/// Yubico's instructions "get version" and "get serial number".
const VERSION_INSTRUCTION: Instruction = Instruction::Unknown(0xFD);
const SERIAL_INSTRUCTION: Instruction = Instruction::Unknown(0xF8);

/// VERIFY with P1 = FF: the PIN counts as not verified from here on (SP 800-73-4 part 2, 3.2.1).
const FORGET_PIN: [u8; 4] = [0x00, 0x20, 0xFF, 0x80];

/// The longest answer, in bytes: the firmware's own bound.
const MAX_ANSWER: usize = 7609;

/// A key that has been under power since it was made.
pub(crate) struct Key<'a> {
    application: Application<'a>,
    serial: Serial,
    framing: Framing,
    selected: bool,
    power: Power,
}

/// Whether the key still has what it knew when the reader gave it power.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    /// The same time under power.
    Kept,
    /// The reader has reset the key or switched it off: make a new [`Key`].
    Lost,
}

impl<'a> Key<'a> {
    /// A key that was given power just now.
    pub(crate) fn new(application: Application<'a>, serial: Serial) -> Self {
        Self {
            application,
            serial,
            framing: Framing::default(),
            selected: false,
            power: Power::Kept,
        }
    }

    /// Whether the reader has taken the power away.
    pub(crate) fn power(&self) -> Power {
        self.power
    }

    fn lose_power(&mut self) {
        // The next key starts with nothing verified anyway; this one must not answer as if it were.
        self.execute(&FORGET_PIN);
        self.power = Power::Lost;
    }
}

impl VSmartCard for Key<'_> {
    fn power_off(&mut self) {
        self.lose_power();
    }

    fn reset(&mut self) {
        self.lose_power();
    }

    fn execute(&mut self, apdu: &[u8]) -> Vec<u8> {
        let Self {
            application,
            serial,
            framing,
            selected,
            ..
        } = self;
        framing.exchange(apdu, |command| run(application, *serial, selected, command))
    }
}

fn run(
    application: &mut Application<'_>,
    serial: Serial,
    selected: &mut bool,
    command: CommandView<'_>,
) -> Answer {
    match command.instruction() {
        Instruction::Select if command.data() == PIV_PROVIDER => {
            *selected = true;
            let select = [&[0x00, 0xA4, 0x04, 0x00, 11], PIV.as_slice()].concat();
            CommandView::try_from(select.as_slice())
                .map_or(Status::UnspecifiedCheckingError.into(), |full| {
                    respond(application, full)
                })
        }
        Instruction::Select => {
            let answer = respond(application, command);
            *selected |= answer.status == Status::Success;
            answer
        }
        _ if !*selected => Status::NotFound.into(),
        VERSION_INSTRUCTION => found(&YUBICO_VERSION),
        SERIAL_INSTRUCTION => found(&serial.to_be_bytes()),
        _ => respond(application, command),
    }
}

fn respond(application: &mut Application<'_>, command: CommandView<'_>) -> Answer {
    let mut data = heapless::Vec::<u8, MAX_ANSWER>::new();
    match application.respond(command, &mut data) {
        Ok(()) => found(&data),
        Err(status) => status.into(),
    }
}

fn found(data: &[u8]) -> Answer {
    Answer {
        data: data.to_vec(),
        status: Status::Success,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{firmware, state::State};

    const SELECT_PROVIDER: &[u8] = b"\x00\xA4\x04\x00\x05\xA0\x00\x00\x03\x08";
    const PIN_STATUS: &[u8] = b"\x00\x20\x00\x80";
    const RIGHT_PIN: &[u8] = b"\x00\x20\x00\x80\x08123456\xFF\xFF";
    const WRONG_PIN: &[u8] = b"\x00\x20\x00\x80\x08999999\xFF\xFF";

    /// Plugs the key in, selects the application, sends the commands and takes the power away.
    fn answers(folder: &Path, commands: &[&[u8]]) -> Vec<Vec<u8>> {
        let state = State::open(folder, Some("7".parse().unwrap())).unwrap();
        firmware::under_power(&state, |application| {
            let mut key = Key::new(application, state.serial);
            assert!(key.execute(SELECT_PROVIDER).ends_with(&[0x90, 0x00]));
            commands
                .iter()
                .map(|command| key.execute(command))
                .collect()
        })
        .unwrap()
    }

    #[test]
    fn nothing_is_answered_before_selection() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path(), None).unwrap();
        let answer = firmware::under_power(&state, |application| {
            Key::new(application, state.serial).execute(PIN_STATUS)
        });
        assert_eq!(answer.unwrap(), [0x6A, 0x82]);
    }

    #[test]
    fn version_and_serial_are_yubico_s() {
        let folder = tempfile::tempdir().unwrap();
        let found = answers(folder.path(), &[&[0, 0xFD, 0, 0], &[0, 0xF8, 0, 0]]);
        assert_eq!(found[0], [5, 4, 3, 0x90, 0x00]);
        assert_eq!(found[1], [0, 0, 0, 7, 0x90, 0x00]);
    }

    #[test]
    fn tries_survive_the_loss_of_power_and_a_verified_pin_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = answers(folder.path(), &[PIN_STATUS, WRONG_PIN, PIN_STATUS]);
        assert_eq!(first, [[0x63, 0xC3], [0x63, 0xC2], [0x63, 0xC2]]);
        let second = answers(folder.path(), &[PIN_STATUS, RIGHT_PIN, PIN_STATUS]);
        assert_eq!(second, [[0x63, 0xC2], [0x90, 0x00], [0x90, 0x00]]);
        assert_eq!(answers(folder.path(), &[PIN_STATUS]), [[0x63, 0xC3]]);
    }

    #[test]
    fn a_reset_forgets_the_pin_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path(), None).unwrap();
        firmware::under_power(&state, |application| {
            let mut key = Key::new(application, state.serial);
            key.execute(SELECT_PROVIDER);
            assert_eq!(key.execute(RIGHT_PIN), [0x90, 0x00]);
            key.reset();
            assert!(key.power() == Power::Lost);
            assert_eq!(key.execute(PIN_STATUS), [0x63, 0xC3]);
        })
        .unwrap();
    }
}
