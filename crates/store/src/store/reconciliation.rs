use std::collections::HashMap;

use jiff::Timestamp;
use wattkey_domain::{AccountId, BillId, Currency, CustomerId, Item, ResolutionId};

use super::Store;
use crate::StoreError;
use crate::database::Session;
use crate::outcome::{
    DecideResolution, DecideResolutionOutcome, ProposeOutcome, ProposeResolution,
};
use crate::read::bank::{self, KeptBankEvent, KeptBankMessage, KeptCredit, Remark};
use crate::read::candidates::{self, OpenBill, TakenBack};
use crate::read::close::{self, CloseOf, LedgerDay, LedgerSink};
use crate::read::resolutions::{
    self, BankItem, KeptResolution, Resolved, Waiting, WhichResolutions,
};

/// What managers and the daily close look at, and what managers make of it.
impl Store {
    /// The first message of the bank after a number that was taken in between two times.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_message_between(
        &self,
        after: u64,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Option<KeptBankMessage>, StoreError> {
        self.readers
            .call(move |session| bank::message_between(session, after, from, until))
            .await
    }

    /// What came of things that the bank calls by these references, by the references as given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_events(
        &self,
        references: Vec<String>,
    ) -> Result<HashMap<String, KeptBankEvent>, StoreError> {
        self.readers
            .call(move |session| bank::events(session, &references))
            .await
    }

    /// What the bank said under references that begin so, up to a number: the sum of its amounts, in
    /// minor units.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_sum(&self, begins: String) -> Result<i64, StoreError> {
        self.readers
            .call(move |session| bank::sum_under(session, &begins))
            .await
    }

    /// Credits that came by themselves, by the references under which they are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_credits(
        &self,
        references: Vec<String>,
    ) -> Result<HashMap<String, KeptCredit>, StoreError> {
        self.readers
            .call(move |session| bank::credits(session, &references))
            .await
    }

    /// The references under which the books keep what the bank said, after one of them, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_references(
        &self,
        after: String,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.readers
            .call(move |session| bank::references(session, &after, limit))
            .await
    }

    /// Why things were listed of messages, by the bank's references of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_remarks(
        &self,
        messages: Vec<u64>,
    ) -> Result<HashMap<String, Remark>, StoreError> {
        self.readers
            .call(move |session| bank::remarks(session, &messages))
            .await
    }

    /// Of these items those that managers resolved, and by which resolution.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn resolved_items(
        &self,
        items: Vec<Item>,
    ) -> Result<HashMap<Item, Resolved>, StoreError> {
        self.readers
            .call(move |session| resolutions::resolved(session, &items))
            .await
    }

    /// What the bank said and what waits for a person, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_items(&self) -> Result<Waiting, StoreError> {
        self.readers.call(resolutions::waiting).await
    }

    /// Something that the bank said and that waits for a person, or did.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bank_item(&self, item: Item) -> Result<Option<BankItem>, StoreError> {
        self.readers
            .call(move |session| Ok(resolutions::item(session, &item)?))
            .await
    }

    /// The message to the bank that sends money back, its exact bytes, and when it was made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn return_message(
        &self,
        resolution: ResolutionId,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        self.readers
            .call(move |session| resolutions::return_message(session, resolution))
            .await
    }

    /// Customers with a debit mandate on one of these bank accounts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mandates_on(
        &self,
        accounts: Vec<String>,
    ) -> Result<Vec<(String, CustomerId)>, StoreError> {
        self.readers
            .call(move |session| candidates::mandates_on(session, &accounts))
            .await
    }

    /// Bills of a customer of which something is open, oldest due first; the first 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_bills(
        &self,
        customer: CustomerId,
        currency: Currency,
    ) -> Result<Vec<OpenBill>, StoreError> {
        self.readers
            .call(move |session| candidates::open_bills(session, customer, currency))
            .await
    }

    /// Of these bills those of which something is open, oldest due first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_of(&self, bills: Vec<BillId>) -> Result<Vec<OpenBill>, StoreError> {
        self.readers
            .call(move |session| candidates::open_of(session, &bills))
            .await
    }

    /// What is open of a bill, of whichever customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_bill(&self, bill: BillId) -> Result<Option<OpenBill>, StoreError> {
        self.readers
            .call(move |session| candidates::bill(session, &bill))
            .await
    }

    /// Of these the contract accounts that there are, and whose they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn account_holders(
        &self,
        accounts: Vec<AccountId>,
    ) -> Result<Vec<(AccountId, CustomerId)>, StoreError> {
        self.readers
            .call(move |session| candidates::accounts(session, &accounts))
            .await
    }

    /// Orders of one of these totals that were returned or cancelled, the newest 100.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn orders_taken_back(&self, totals: Vec<i64>) -> Result<Vec<TakenBack>, StoreError> {
        self.readers
            .call(move |session| candidates::taken_back(session, &totals))
            .await
    }

    /// A resolution.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn resolution(&self, id: ResolutionId) -> Result<Option<KeptResolution>, StoreError> {
        self.readers
            .call(move |session| resolutions::one(session, id))
            .await
    }

    /// Resolutions, the first 1,000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn resolutions(
        &self,
        which: WhichResolutions,
    ) -> Result<Vec<KeptResolution>, StoreError> {
        self.readers
            .call(move |session| resolutions::list(session, which))
            .await
    }

    /// Keeps what a manager makes of an item until a second one decides, when it could be done now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn propose_resolution(
        &self,
        resolution: ProposeResolution,
    ) -> Result<ProposeOutcome, StoreError> {
        self.engine.call(resolution).await
    }

    /// Takes in a second manager's word: confirmed, it is checked again and posted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decide_resolution(
        &self,
        word: DecideResolution,
    ) -> Result<DecideResolutionOutcome, StoreError> {
        self.engine.call(word).await
    }

    /// What a day came to; `sink` gets each of its transfers, in the order of the journal.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Export`] when the sink fails.
    pub async fn ledger_day(
        &self,
        of: CloseOf,
        sink: Option<LedgerSink>,
    ) -> Result<LedgerDay, StoreError> {
        let read = move |session: &mut dyn Session| close::day(session, &of, sink);
        self.readers.run(read).await
    }
}
