//! One file as the flash memory below littlefs.
//!
//! Each write goes to the operating system at once, and littlefs never leaves its blocks in a state
//! that it could not mount: so the process can be killed at any moment and the key has everything
//! that it had answered for. A crash of the whole machine is not covered (no `fsync`: it would cost
//! milliseconds a write).

use std::{fs::File, os::unix::fs::FileExt};

use littlefs2::{
    consts::{U8, U512},
    driver::Storage,
    io::{Error, Result},
};

/// What an erased byte of flash memory reads as.
const ERASED: u8 = 0xFF;

/// Flash memory of [`Flash::SIZE`] bytes in a file.
pub(crate) struct Flash(File);

impl Flash {
    /// The length of the file, in bytes.
    pub(crate) const SIZE: usize = Self::BLOCK_SIZE * Self::BLOCK_COUNT;

    /// Takes a file of [`Flash::SIZE`] bytes.
    pub(crate) fn new(file: File) -> Self {
        Self(file)
    }
}

impl Storage for Flash {
    const READ_SIZE: usize = 16;
    const WRITE_SIZE: usize = 16;
    const BLOCK_SIZE: usize = 512;
    const BLOCK_COUNT: usize = 128;
    type CACHE_SIZE = U512;
    type LOOKAHEAD_SIZE = U8;

    fn read(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize> {
        let position = position(offset, buffer.len())?;
        self.0
            .read_exact_at(buffer, position)
            .map_err(|_| Error::IO)?;
        Ok(buffer.len())
    }

    fn write(&mut self, offset: usize, data: &[u8]) -> Result<usize> {
        let position = position(offset, data.len())?;
        self.0.write_all_at(data, position).map_err(|_| Error::IO)?;
        Ok(data.len())
    }

    fn erase(&mut self, offset: usize, length: usize) -> Result<usize> {
        self.write(offset, &vec![ERASED; length])
    }
}

/// The place of `length` bytes at `offset`, when they lie inside of the memory.
fn position(offset: usize, length: usize) -> Result<u64> {
    match offset.checked_add(length) {
        Some(end) if end <= Flash::SIZE => u64::try_from(offset).map_err(|_| Error::INVALID),
        _ => Err(Error::NO_SPACE),
    }
}

#[cfg(test)]
mod tests {
    use littlefs2::{fs::Filesystem, path};

    use super::*;

    fn formatted() -> File {
        let file = tempfile::tempfile().unwrap();
        file.set_len(Flash::SIZE as u64).unwrap();
        Filesystem::format(&mut Flash::new(file.try_clone().unwrap())).unwrap();
        file
    }

    #[test]
    fn nothing_lies_outside() {
        let mut flash = Flash::new(formatted());
        assert_eq!(flash.write(Flash::SIZE - 8, &[0; 16]), Err(Error::NO_SPACE));
        assert_eq!(flash.erase(usize::MAX, 512), Err(Error::NO_SPACE));
        assert_eq!(flash.read(Flash::SIZE, &mut [0; 16]), Err(Error::NO_SPACE));
    }

    /// Keeps what a kill after each change of the memory would leave behind.
    struct Watched {
        flash: Flash,
        left_behind: Vec<Vec<u8>>,
    }

    impl Watched {
        fn new(file: &File) -> Self {
            Self {
                flash: Flash::new(file.try_clone().unwrap()),
                left_behind: Vec::new(),
            }
        }

        fn changed(&mut self) {
            let mut bytes = vec![0; Flash::SIZE];
            self.flash.0.read_exact_at(&mut bytes, 0).unwrap();
            self.left_behind.push(bytes);
        }
    }

    impl Storage for Watched {
        const READ_SIZE: usize = Flash::READ_SIZE;
        const WRITE_SIZE: usize = Flash::WRITE_SIZE;
        const BLOCK_SIZE: usize = Flash::BLOCK_SIZE;
        const BLOCK_COUNT: usize = Flash::BLOCK_COUNT;
        type CACHE_SIZE = <Flash as Storage>::CACHE_SIZE;
        type LOOKAHEAD_SIZE = <Flash as Storage>::LOOKAHEAD_SIZE;

        fn read(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize> {
            self.flash.read(offset, buffer)
        }

        fn write(&mut self, offset: usize, data: &[u8]) -> Result<usize> {
            let written = self.flash.write(offset, data);
            self.changed();
            written
        }

        fn erase(&mut self, offset: usize, length: usize) -> Result<usize> {
            let erased = self.flash.erase(offset, length);
            self.changed();
            erased
        }
    }

    /// The value of the file "counter" in a memory that a killed process left behind.
    fn survivor(bytes: &[u8]) -> u8 {
        let copy = tempfile::tempfile().unwrap();
        copy.write_all_at(bytes, 0).unwrap();
        let found = Filesystem::mount_and_then(&mut Flash::new(copy), |fs| {
            fs.read::<512>(path!("counter"))
        })
        .unwrap();
        assert_eq!(found.len(), 300);
        assert!(found.iter().all(|byte| *byte == found[0]), "half written");
        found[0]
    }

    #[test]
    fn a_kill_at_any_moment_loses_nothing_committed() {
        let file = formatted();
        let write = |round: u8| {
            let mut watched = Watched::new(&file);
            Filesystem::mount_and_then(&mut watched, |fs| {
                fs.write(path!("counter"), &[round; 300])
            })
            .unwrap();
            watched.left_behind
        };
        write(0);
        for round in 1..=40 {
            let left_behind = write(round);
            let (last, before) = left_behind.split_last().unwrap();
            for bytes in before {
                let found = survivor(bytes);
                assert!(found == round || found == round - 1);
            }
            assert_eq!(survivor(last), round);
        }
    }
}
