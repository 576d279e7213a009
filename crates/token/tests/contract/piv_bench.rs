//! Where a contract test runs on a PIV card: a reader of its own, with new cards.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wattkey_pki::{Certificate, PublicKey};
use wattkey_token::provision::KeyPairs;
use wattkey_virtual_reader::{PluggedKey, Slot};

use super::desk::{self, Desk};
use super::differences::difference;
use super::token::{Module, UnlockedKey, UsbKey};

pub(crate) use super::desk::{PIN, pin, wrong_pin};

/// Runs a test, or what takes its place on a PIV card.
pub(crate) fn run(test: &str, body: impl FnOnce(&Bench)) {
    let bench = Bench {
        cards: RefCell::default(),
        module_path: wattkey_virtual_reader::opensc(),
        desk: Desk::open(),
    };
    match difference(test) {
        Some(claim) => claim(&bench),
        None => body(&bench),
    }
}

/// The module under test, with no cards at first.
pub(crate) struct Bench {
    // The cards go before their reader.
    cards: RefCell<Vec<PluggedKey>>,
    module_path: PathBuf,
    pub(crate) desk: Desk,
}

impl Bench {
    pub(crate) fn folder(&self) -> &Path {
        self.desk.reader.folder()
    }

    pub(crate) fn module_path(&self) -> &Path {
        &self.module_path
    }

    pub(crate) fn module(&self) -> Arc<Module> {
        self.desk.opensc()
    }

    /// OpenSC never tells it.
    pub(crate) fn tells_count_low(&self) -> bool {
        assert_eq!(self.module_path, wattkey_virtual_reader::opensc());
        false
    }

    /// A new card; its serial number. A PIV card has no label of its own.
    pub(crate) fn empty_token(&self, _label: &str) -> String {
        let (slot, _) = self.plug_in();
        let tokens = self.module().tokens().unwrap();
        let token = tokens.into_iter().find(|info| info.reader == slot.reader());
        token.unwrap().serial
    }

    /// A card with both keys and their certificates; its serial number.
    pub(crate) fn issued_token(&self, _label: &str) -> String {
        let (slot, number) = self.plug_in();
        let serial = self.desk.issue(slot);
        // OpenSC reads a card when it is plugged in, and a module of another test's step may have seen it before.
        let card = self.cards.borrow_mut().pop().unwrap();
        card.pull_out().unwrap();
        let card = self.desk.plug_in(slot, number);
        self.cards.borrow_mut().push(card);
        serial
    }

    /// The only USB key.
    pub(crate) fn usb_key(&self) -> UsbKey {
        self.desk.usb_key()
    }

    /// The only USB key, issued and unlocked.
    pub(crate) fn unlocked_key(&self) -> UnlockedKey {
        self.issued_token("user");
        self.usb_key().unlock(&pin()).unwrap()
    }

    /// Pulls the last card out.
    pub(crate) fn pull_out(&self) {
        let card = self.cards.borrow_mut().pop().unwrap();
        card.pull_out().unwrap();
    }

    fn plug_in(&self) -> (Slot, u32) {
        let (slot, number) = match self.cards.borrow().len() {
            0 => (Slot::First, desk::NUMBER),
            1 => (Slot::Second, desk::NUMBER + 1),
            _ => panic!("a reader has two slots"),
        };
        let card = self.desk.plug_in(slot, number);
        self.cards.borrow_mut().push(card);
        (slot, number)
    }
}

/// Certificates of a user's two keys.
pub(crate) fn certificates(
    serial: &str,
    authentication: &PublicKey,
    signature: &PublicKey,
) -> [Certificate; 2] {
    let keys = KeyPairs {
        authentication: authentication.clone(),
        signature: signature.clone(),
    };
    desk::certificates(serial, &keys)
}
