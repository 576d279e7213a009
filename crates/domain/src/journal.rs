//! The books' journal: a hash chain over commit batches (PROTOCOL.md section 13).
//!
//! One chain per platform process. Whoever changes, removes or moves a transfer breaks its link
//! and every link after it.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ledger::{Posting, Transfer};

/// Domain separation: a link is never mistaken for another hash of this protocol.
const LABEL: &[u8] = b"wattkey-journal-1\0";

/// Domain separation of checkpoints.
const CHECKPOINT_LABEL: &[u8] = b"wattkey-checkpoint-1\0";

/// One link of a chain: SHA-256.
pub type Link = [u8; 32];

/// What the first link of a chain names as the one before it.
pub const FIRST_PREVIOUS: Link = [0; 32];

/// A transfer as the journal hashes it, in the texts that the database keeps, so that a check
/// needs no reading of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Text form of the debit account.
    pub debit: String,
    /// Text form of the credit account.
    pub credit: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Text form of the event.
    pub event: String,
    /// Text form of the subject: an order, a bill, a deposit, a report of the bank.
    pub subject: String,
    /// Seconds since 1970.
    pub at: i64,
    /// SHA-256 of the document that brought it, of a bill: it is kept with the bill, and whoever
    /// changes both there breaks the link.
    pub document: Option<Link>,
}

impl Entry {
    /// The entry of one transfer of a posting.
    #[must_use]
    pub fn new(posting: &Posting, transfer: &Transfer) -> Self {
        Self {
            debit: transfer.debit().to_string(),
            credit: transfer.credit().to_string(),
            amount_minor: transfer.amount().minor(),
            currency: transfer.amount().currency().to_string(),
            event: posting.event.to_string(),
            subject: posting.subject.to_string(),
            at: posting.at.as_second(),
            document: posting.document,
        }
    }
}

/// The link that covers one commit batch; a batch without transfers has a link too.
///
/// Texts longer than 65,535 bytes and more than 2^32-1 entries cannot come from this crate's
/// types; from a tampered database they can, and then hash to some other value than before.
#[must_use]
pub fn link(previous: &Link, process: &Uuid, sequence: u64, entries: &[Entry]) -> Link {
    let mut hash = Sha256::new();
    hash.update(LABEL);
    hash.update(previous);
    hash.update(process.as_bytes());
    hash.update(sequence.to_be_bytes());
    hash.update(
        u32::try_from(entries.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    for entry in entries {
        text(&mut hash, &entry.debit);
        text(&mut hash, &entry.credit);
        hash.update(entry.amount_minor.to_be_bytes());
        hash.update(entry.currency.as_bytes());
        text(&mut hash, &entry.event);
        text(&mut hash, &entry.subject);
        hash.update(entry.at.to_be_bytes());
        if let Some(document) = &entry.document {
            hash.update(document);
        }
    }
    hash.finalize().into()
}

/// How far a chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainHead {
    /// The process whose chain it is.
    pub process: Uuid,
    /// Number of its last link.
    pub sequence: u64,
    /// That link.
    pub link: Link,
}

/// The digest of a checkpoint: it joins the chains of all processes, and the checkpoints before.
///
/// `heads` are those of the chains that grew since the checkpoint before, by process.
#[must_use]
pub fn checkpoint(previous: &Link, sequence: u64, at: i64, heads: &[ChainHead]) -> Link {
    let mut hash = Sha256::new();
    hash.update(CHECKPOINT_LABEL);
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    hash.update(at.to_be_bytes());
    let count = u32::try_from(heads.len()).unwrap_or(u32::MAX);
    hash.update(count.to_be_bytes());
    for head in heads {
        hash.update(head.process.as_bytes());
        hash.update(head.sequence.to_be_bytes());
        hash.update(head.link);
    }
    hash.finalize().into()
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    hash.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            debit: "bank".to_owned(),
            credit: "in-transit:x".to_owned(),
            amount_minor: 258,
            currency: "CNY".to_owned(),
            event: "booked".to_owned(),
            subject: "x".to_owned(),
            at: 1_700_000_000,
            document: None,
        }
    }

    #[test]
    fn the_bytes_of_the_protocol() {
        let process = Uuid::from_bytes([7; 16]);
        let mut bytes = b"wattkey-journal-1\0".to_vec();
        bytes.extend([9; 32]);
        bytes.extend([7; 16]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 5]);
        bytes.extend([0, 0, 0, 1]);
        bytes.extend(b"\0\x04bank\0\x0cin-transit:x\0\0\0\0\0\0\x01\x02CNY\0\x06booked\0\x01x");
        bytes.extend([0, 0, 0, 0, 0x65, 0x53, 0xf1, 0x00]);
        let wanted: Link = Sha256::digest(&bytes).into();
        assert_eq!(link(&[9; 32], &process, 5, &[entry()]), wanted);
        bytes.extend([3; 32]);
        let wanted: Link = Sha256::digest(&bytes).into();
        let entry = Entry {
            document: Some([3; 32]),
            ..entry()
        };
        assert_eq!(link(&[9; 32], &process, 5, &[entry]), wanted);
    }

    /// The vector of PROTOCOL.md section 13.
    #[test]
    fn the_checkpoint_of_the_protocol() {
        let head = |byte: u8, sequence| ChainHead {
            process: Uuid::from_bytes([byte; 16]),
            sequence,
            link: [byte; 32],
        };
        let mut bytes = b"wattkey-checkpoint-1\0".to_vec();
        bytes.extend([9; 32]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 5]);
        bytes.extend([0, 0, 0, 0, 0x65, 0x53, 0xf1, 0x00]);
        bytes.extend([0, 0, 0, 2]);
        for (byte, sequence) in [(7, 1), (8, 2)] {
            bytes.extend([byte; 16]);
            bytes.extend([0, 0, 0, 0, 0, 0, 0, sequence]);
            bytes.extend([byte; 32]);
        }
        let wanted: Link = Sha256::digest(&bytes).into();
        let digest = checkpoint(&[9; 32], 5, 1_700_000_000, &[head(7, 1), head(8, 2)]);
        assert_eq!(digest, wanted);
        let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            text,
            "b42aad82188a7d1a706a5c865019531c26b25e484998f696cf7664d2c3743673"
        );
    }

    #[test]
    fn every_part_counts() {
        let process = Uuid::from_bytes([7; 16]);
        let changes: [fn(&mut Entry); 8] = [
            |entry| entry.debit.push('1'),
            |entry| entry.credit.push('1'),
            |entry| entry.amount_minor += 1,
            |entry| entry.currency = "EUR".to_owned(),
            |entry| entry.event.push('1'),
            |entry| entry.subject.push('1'),
            |entry| entry.at += 1,
            |entry| entry.document = Some([0; 32]),
        ];
        let mut links = vec![
            link(&FIRST_PREVIOUS, &process, 1, &[]),
            link(&FIRST_PREVIOUS, &process, 1, &[entry()]),
            link(&FIRST_PREVIOUS, &process, 1, &[entry(), entry()]),
            link(&FIRST_PREVIOUS, &process, 2, &[entry()]),
            link(&FIRST_PREVIOUS, &Uuid::from_bytes([8; 16]), 1, &[entry()]),
            link(&[1; 32], &process, 1, &[entry()]),
        ];
        for change in changes {
            let mut changed = entry();
            change(&mut changed);
            links.push(link(&FIRST_PREVIOUS, &process, 1, &[changed]));
        }
        let count = links.len();
        links.sort_unstable();
        links.dedup();
        assert_eq!(links.len(), count);
    }
}
