//! Mutations that are the same in every run.

/// Pieces that readers treat specially.
const TOKENS: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x80\0\0\0",
    b"\r\n",
    b"\"",
    b"\\u0000",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"-1",
    b"1e400",
    b"9007199254740992",
    b"18446744073709551616",
    b"0.0",
    b",",
    b":",
    b"=",
    b";",
    b".",
    b"<",
    b">",
    b"</",
    b"&#0;",
    b"&amp;",
    b"<!DOCTYPE a [",
    b"<![CDATA[",
    b"-----BEGIN CERTIFICATE-----",
    b"2026-02-30T24:00:60Z",
    b"9999-12-31T23:59:59Z",
    b"\xe2\x80\xae",
];

/// The longest mutated input, in bytes.
const MAX_INPUT: usize = 32 * 1024;

/// Makes inputs from seeds. The same seeds and name give the same inputs, on every machine.
#[derive(Debug)]
pub struct Mutator {
    state: u64,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    /// Starts a sequence; there is always an empty seed.
    #[must_use]
    pub fn new(name: &str, mut seeds: Vec<Vec<u8>>) -> Self {
        seeds.push(Vec::new());
        // FNV-1a, so that each target has another sequence.
        let state = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self {
            state: state | 1,
            seeds,
        }
    }

    /// The next input: a seed with one to four changes.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(MAX_INPUT);
        input
    }

    fn seed(&mut self) -> Vec<u8> {
        let index = self.below(self.seeds.len());
        self.seeds[index].clone()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + 1 + self.below(16)).min(input.len());
        match self.below(7) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.byte(),
            2 => input.truncate(at),
            3 => drop(input.drain(at.min(end)..end)),
            4 => {
                let piece = input[at.min(end)..end].to_vec();
                input.splice(at..at, piece);
            }
            5 => {
                let token = TOKENS[self.below(TOKENS.len())];
                input.splice(at..at, token.iter().copied());
            }
            6 => {
                // The end of another seed behind the beginning of this one.
                let other = self.seed();
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend(&other[from..]);
            }
            _ => input.insert(at, self.byte()),
        }
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % bound
    }

    /// xorshift64*
    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn sequences_repeat_and_differ() {
        let inputs = |name| {
            let mut mutator = Mutator::new(name, vec![b"hello, world".to_vec()]);
            (0..100).map(|_| mutator.input()).collect::<Vec<_>>()
        };
        assert_eq!(inputs("a"), inputs("a"));
        assert_ne!(inputs("a"), inputs("b"));
        let different: HashSet<_> = inputs("a").into_iter().collect();
        assert!(different.len() > 50, "{}", different.len());
    }
}
