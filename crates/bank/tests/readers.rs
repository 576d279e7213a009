//! Nothing that comes from outside makes a reader panic, and damage to a real message is either
//! refused or read.

use proptest::prelude::*;
use wattkey_bank::{camt, camt054, pain002};

const SAMPLE: &[u8] = include_bytes!("../../../testdata/iso20022/camt054.v8.sample.xml");
const STATEMENT: &[u8] = include_bytes!("../../../testdata/iso20022/camt053.v8.sample.xml");

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = pain002::read(&bytes);
        let _ = camt::read(&bytes);
    }

    #[test]
    fn a_damaged_message_is_refused_or_read(
        at in 0..SAMPLE.len(),
        byte in any::<u8>(),
        cut in 0..SAMPLE.len() - 20,
    ) {
        let mut damaged = SAMPLE.to_vec();
        damaged[at] = byte;
        if let Ok(notification) = camt054::read(&damaged) {
            let _ = notification.bookings();
        }
        damaged.truncate(cut);
        prop_assert!(camt054::read(&damaged).is_err());
    }

    #[test]
    fn a_damaged_statement_is_refused_or_read(at in 0..STATEMENT.len(), byte in any::<u8>()) {
        let mut damaged = STATEMENT.to_vec();
        damaged[at] = byte;
        if let Ok(statement) = camt::read(&damaged) {
            let _ = statement.bookings();
            let _ = statement.accounts.iter().map(camt::AccountReport::unexplained_minor).count();
        }
    }
}
