//! Commands that come in pieces and answers that go in pieces (ISO 7816-4, 5.3.3 and 5.3.4).
//!
//! A short APDU carries 255 bytes one way and 256 the other; certificates are longer. A chain of
//! commands (class bit 5) is put together here, an answer that is too long is kept and handed out
//! on GET RESPONSE. A short command without Le gets up to 256 bytes: Yubico's tools leave it out.

use iso7816::{Instruction, Status, command::CommandView};

/// The longest command, all its pieces together, in bytes: the firmware's own bound.
const MAX_COMMAND: usize = 7609;

/// The most bytes of an answer to a short command.
const SHORT_ANSWER: usize = 256;

/// The bit of the class byte that announces further pieces.
const CHAINING: u8 = 0x10;

/// What is between the pieces.
#[derive(Default)]
pub(crate) struct Framing {
    chain: Option<Chain>,
    rest: Option<Answer>,
}

/// A whole answer.
pub(crate) struct Answer {
    /// The bytes before the status word.
    pub(crate) data: Vec<u8>,
    /// The status word.
    pub(crate) status: Status,
}

impl From<Status> for Answer {
    fn from(status: Status) -> Self {
        Self {
            data: Vec::new(),
            status,
        }
    }
}

struct Chain {
    header: [u8; 4],
    data: Vec<u8>,
}

impl Framing {
    /// Takes one APDU and gives what the card answers to it; `run` is called when it completes a
    /// command.
    pub(crate) fn exchange(
        &mut self,
        apdu: &[u8],
        run: impl FnOnce(CommandView<'_>) -> Answer,
    ) -> Vec<u8> {
        let Ok(command) = CommandView::try_from(apdu) else {
            *self = Self::default();
            return self.send(Status::WrongLength.into(), SHORT_ANSWER);
        };
        let room = room(&command);
        let rest = self.rest.take();
        if command.instruction() == Instruction::GetResponse {
            let rest = rest.unwrap_or(Status::ConditionsOfUseNotSatisfied.into());
            return self.send(rest, room);
        }
        let answer = match self.collect(&command) {
            Ok(None) => Status::Success.into(),
            Ok(Some(whole)) => {
                CommandView::try_from(whole.as_slice()).map_or(Status::WrongLength.into(), run)
            }
            Err(status) => status.into(),
        };
        self.send(answer, room)
    }

    /// The whole command in extended form, once its last piece is there.
    fn collect(&mut self, command: &CommandView<'_>) -> Result<Option<Vec<u8>>, Status> {
        let class = command.class().into_inner();
        let header = [
            class & !CHAINING,
            command.instruction().into(),
            command.p1,
            command.p2,
        ];
        let mut chain = match self.chain.take() {
            Some(chain) if chain.header == header => chain,
            _ => Chain {
                header,
                data: Vec::new(),
            },
        };
        if chain.data.len() + command.data().len() > MAX_COMMAND {
            return Err(Status::WrongLength);
        }
        chain.data.extend_from_slice(command.data());
        if class & CHAINING == 0 {
            return Ok(Some(extended(&chain)));
        }
        self.chain = Some(chain);
        Ok(None)
    }

    /// Sends as much as there is room for and keeps the rest.
    fn send(&mut self, answer: Answer, room: usize) -> Vec<u8> {
        let Answer { mut data, status } = answer;
        if data.len() <= room {
            data.extend_from_slice(&<[u8; 2]>::from(status));
            return data;
        }
        let rest = data.split_off(room);
        // SW2 00: 256 bytes or more are left.
        let left = u8::try_from(rest.len()).unwrap_or(0);
        self.rest = Some(Answer { data: rest, status });
        data.extend_from_slice(&<[u8; 2]>::from(Status::MoreAvailable(left)));
        data
    }
}

/// How many bytes the sender of a command takes.
fn room(command: &CommandView<'_>) -> usize {
    match (command.expected(), command.extended) {
        (0, true) => usize::from(u16::MAX),
        (0, false) => SHORT_ANSWER,
        (expected, _) => expected,
    }
}

/// ISO 7816-3, 12.1.3: cases 2E and 4E.
fn extended(chain: &Chain) -> Vec<u8> {
    let mut apdu = chain.header.to_vec();
    if let Ok(length @ 1..) = u16::try_from(chain.data.len()) {
        apdu.push(0);
        apdu.extend_from_slice(&length.to_be_bytes());
        apdu.extend_from_slice(&chain.data);
        apdu.extend_from_slice(&[0, 0]);
    } else {
        apdu.extend_from_slice(&[0, 0, 0]);
    }
    apdu
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: [u8; 2] = [0x90, 0x00];

    /// Answers with the data of the command, twice.
    fn twice(command: CommandView<'_>) -> Answer {
        Answer {
            data: [command.data(), command.data()].concat(),
            status: Status::Success,
        }
    }

    fn not_run(_: CommandView<'_>) -> Answer {
        panic!("the command is not complete")
    }

    fn short(class: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).unwrap();
        [&[class, 0xDB, 0x3F, 0xFF, length], data].concat()
    }

    #[test]
    fn a_chain_is_one_command_and_a_long_answer_comes_in_pieces() {
        let mut framing = Framing::default();
        assert_eq!(framing.exchange(&short(0x10, &[1; 255]), not_run), OK);
        let first = framing.exchange(&short(0x00, &[2; 45]), twice);
        assert_eq!(first.len(), 258);
        assert_eq!(first[255..], [2, 0x61, 0x00]);
        let second = framing.exchange(&[0, 0xC0, 0, 0, 0], not_run);
        assert_eq!(second[254..], [1, 1, 0x61, 88]);
        let third = framing.exchange(&[0, 0xC0, 0, 0, 88], not_run);
        assert_eq!(third.len(), 90);
        assert_eq!(third[88..], OK);
        let nothing_left = framing.exchange(&[0, 0xC0, 0, 0, 0], not_run);
        assert_eq!(nothing_left, [0x69, 0x85]);
    }

    #[test]
    fn another_command_ends_a_chain() {
        let mut framing = Framing::default();
        framing.exchange(&short(0x10, &[1; 255]), not_run);
        let other = framing.exchange(&[0, 0xCB, 0x3F, 0xFF, 1, 9, 0], twice);
        assert_eq!(other, [9, 9, 0x90, 0x00]);
        let alone = framing.exchange(&short(0x00, &[2]), twice);
        assert_eq!(alone, [2, 2, 0x90, 0x00]);
    }

    #[test]
    fn chains_are_bounded() {
        let mut framing = Framing::default();
        let piece = short(0x10, &[1; 255]);
        let accepted = (0..100)
            .take_while(|_| framing.exchange(&piece, not_run) == OK)
            .count();
        assert_eq!(accepted, MAX_COMMAND / 255);
    }

    #[test]
    fn any_bytes_get_a_status() {
        let mut framing = Framing::default();
        for length in 0..12 {
            for byte in [0x00, 0x01, 0x10, 0x80, 0xFF] {
                let answer = framing.exchange(&vec![byte; length], twice);
                assert!(answer.len() >= 2, "{length} bytes {byte:02x}");
            }
        }
    }

    #[test]
    fn le_is_respected() {
        let mut framing = Framing::default();
        let answer = framing.exchange(&[0, 0xCB, 0x3F, 0xFF, 2, 7, 8, 3], twice);
        assert_eq!(answer, [7, 8, 7, 0x61, 1]);
    }
}
