use wattkey_domain::{AccountId, BillId, CustomerId, InstructionId};

use jiff::civil::Date;

use super::Store;
use crate::StoreError;
use crate::read::deposits::{self, InstructionCursor, InstructionRecord};
use crate::read::people::{self, AccountRow};
use crate::read::statement::{self, StatementQuery, StatementRecord};
use crate::read::tax_invoices::{self, TaxInvoiceBytes, TaxInvoiceRow};
use crate::read::viewer::Viewer;
use crate::read::{Page, bounded};

/// What belongs to contract accounts, page by page.
impl Store {
    /// The statement of a contract account; `None` when it is not the customer's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn statement(
        &self,
        query: StatementQuery,
    ) -> Result<Option<StatementRecord>, StoreError> {
        self.readers
            .call(move |session| statement::read(session, &query))
            .await
    }

    /// The tax invoices of a customer's bill, the oldest first; `None` when there is no such bill.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tax_invoices(
        &self,
        customer: CustomerId,
        bill: BillId,
    ) -> Result<Option<Vec<TaxInvoiceRow>>, StoreError> {
        self.readers
            .call(move |session| tax_invoices::of_bill(session, customer, &bill))
            .await
    }

    /// The file of a tax invoice, where one came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tax_invoice_file(
        &self,
        customer: CustomerId,
        number: String,
    ) -> Result<Option<TaxInvoiceBytes>, StoreError> {
        self.readers
            .call(move |session| tax_invoices::file(session, customer, &number))
            .await
    }

    /// The contract accounts that a user may look at, after one of them, by id, with what is open as of
    /// `today`: at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accounts_page(
        &self,
        viewer: Viewer,
        today: Date,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Page<AccountRow>, StoreError> {
        let limit = bounded(limit);
        self.readers
            .call(move |session| {
                people::accounts_page(session, &viewer, today, after.as_ref(), limit)
            })
            .await
    }

    /// The standing instructions that a user may look at, after one of them, oldest first, those that have
    /// ended as well: at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn instructions_page(
        &self,
        viewer: Viewer,
        after: Option<InstructionCursor>,
        limit: u32,
    ) -> Result<Page<InstructionRecord>, StoreError> {
        let limit = bounded(limit);
        self.readers
            .call(move |session| {
                deposits::instructions_page(session, &viewer, after.as_ref(), limit)
            })
            .await
    }

    /// A standing instruction of a customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn instruction(
        &self,
        customer: CustomerId,
        id: InstructionId,
    ) -> Result<Option<InstructionRecord>, StoreError> {
        self.readers
            .call(move |session| deposits::instruction_of(session, customer, id))
            .await
    }
}
