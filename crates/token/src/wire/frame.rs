//! Frames. Every buffer that may have held a secret is wiped.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Longest frame in bytes. Certificates are the longest things in it, and a module has few tokens.
pub(crate) const MAX_FRAME: usize = 1024 * 1024;
const PREFIX: usize = size_of::<u32>();

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The other end is gone.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// The bytes are none of ours.
    #[error("not a frame")]
    Nonsense,
    /// What is to be sent has no place in a frame.
    #[error("too long for a frame")]
    TooLong,
}

/// A value as a frame.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    // Measured first: a buffer that grows would leave copies behind.
    let length = postcard::experimental::serialized_size(value).map_err(|_| FrameError::TooLong)?;
    let prefix = u32::try_from(length)
        .ok()
        .filter(|_| length <= MAX_FRAME)
        .ok_or(FrameError::TooLong)?;
    let mut frame = Zeroizing::new(vec![0; PREFIX + length]);
    let (head, body) = frame.split_at_mut(PREFIX);
    head.copy_from_slice(&prefix.to_le_bytes());
    let written = postcard::to_slice(value, body).map_err(|_| FrameError::TooLong)?;
    if written.len() == length {
        Ok(frame)
    } else {
        Err(FrameError::TooLong)
    }
}

/// The value of a frame's bytes after the length; all of them, no more and no less.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(FrameError::Nonsense),
    }
}

/// Writes a frame that [`encode`] made.
pub(crate) fn write(mut to: impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(frame)
}

/// Reads one frame; nothing at the end of the connection.
pub(crate) fn read<T: DeserializeOwned>(mut from: impl Read) -> Result<Option<T>, FrameError> {
    let mut prefix = [0; PREFIX];
    match from.read_exact(&mut prefix) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = usize::try_from(u32::from_le_bytes(prefix)).map_err(|_| FrameError::Nonsense)?;
    if length > MAX_FRAME {
        return Err(FrameError::Nonsense);
    }
    let mut body = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut body)?;
    decode(&body).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Operation, Request, TokenName};
    use crate::{Pin, PinState, TokenError};

    fn request() -> Request {
        Request {
            id: 7,
            operation: Operation::OpenCard {
                token: TokenName::Label("card".to_owned()),
                pin: Pin::new("123456".to_owned()),
            },
        }
    }

    #[test]
    fn a_request_arrives() {
        let frame = encode(&request()).unwrap();
        let arrived: Request = read(frame.as_slice()).unwrap().unwrap();
        assert_eq!(arrived.id, 7);
        let Operation::OpenCard { token, pin } = arrived.operation else {
            panic!("{arrived:?}")
        };
        assert_eq!(token, TokenName::Label("card".to_owned()));
        assert_eq!(pin.len(), Some(6));
        assert_eq!(
            frame.windows(6).filter(|bytes| bytes == b"123456").count(),
            1
        );
    }

    #[test]
    fn an_error_arrives() {
        let state = PinState {
            final_try: true,
            ..PinState::default()
        };
        for error in [
            TokenError::WrongPin { state },
            TokenError::KeyMissing { id: vec![0x20, 7] },
            TokenError::answer("nonsense"),
            TokenError::ModuleFile {
                path: "/a/b".into(),
                source: io::Error::from_raw_os_error(2),
            },
        ] {
            let shown = format!("{error:?}");
            let frame = encode(&error).unwrap();
            let arrived: TokenError = read(frame.as_slice()).unwrap().unwrap();
            assert_eq!(format!("{arrived:?}"), shown);
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let frame = encode(&request()).unwrap();
        // Cut anywhere, the connection broke; before the first byte it ended.
        assert!(read::<Request>(&frame[..0]).unwrap().is_none());
        for length in 4..frame.len() {
            assert!(matches!(
                read::<Request>(&frame[..length]),
                Err(FrameError::Broken(_))
            ));
        }
        let too_long = u32::try_from(MAX_FRAME + 1).unwrap().to_le_bytes();
        let one_more = {
            let mut frame = frame.to_vec();
            frame.push(0);
            frame[0] += 1;
            frame
        };
        for bytes in [&too_long[..], &one_more, &[1, 0, 0, 0, 0xff], &[0; 4]] {
            assert!(matches!(read::<Request>(bytes), Err(FrameError::Nonsense)));
        }
    }

    #[test]
    fn what_is_too_long_is_not_sent() {
        let operation = Operation::Token {
            serial: "x".repeat(MAX_FRAME),
        };
        assert!(matches!(
            encode(&Request { id: 1, operation }),
            Err(FrameError::TooLong)
        ));
    }
}
