//! Tax invoices of bills, and their files as the marketing system gave them.

use jiff::civil::Date;
use wattkey_domain::{AccountId, BillId, CustomerId};

use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};

/// A tax invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxInvoiceRow {
    /// Its number.
    pub number: String,
    /// The bill that it is for.
    pub bill: BillId,
    /// The day of the invoice.
    pub issued: Date,
    /// What there is to know of its file, where one came.
    pub file: Option<TaxInvoiceFileRow>,
}

/// A file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxInvoiceFileRow {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of it.
    pub digest: [u8; 32],
}

/// The file of a tax invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxInvoiceBytes {
    /// The contract account of its bill.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
}

/// The tax invoices of a customer's bill, the oldest first; `None` when the bill is not the
/// customer's. A bill has a handful at most.
pub(crate) fn of_bill(
    session: &mut dyn Session,
    customer: CustomerId,
    bill: &BillId,
) -> Result<Option<Vec<TaxInvoiceRow>>, StoreError> {
    let key = [bill.as_str().into(), Value::text(customer)];
    if !session.exists("SELECT 1 FROM bills WHERE id = $1 AND customer = $2", &key)? {
        return Ok(None);
    }
    let [bill, _] = key;
    let rows = session.query(
        "SELECT invoices.number, invoices.bill, invoices.issued, files.name, files.media_type,
                CAST(length(files.bytes) AS BIGINT), files.digest
         FROM tax_invoices AS invoices
         LEFT JOIN tax_invoice_files AS files ON files.number = invoices.number
         WHERE invoices.bill = $1 ORDER BY invoices.issued, invoices.number",
        &[bill],
    )?;
    Ok(Some(rows.iter().map(read).collect::<Result<_, _>>()?))
}

fn read(row: &Row) -> Result<TaxInvoiceRow, DatabaseError> {
    let file = row.optional(3, Row::string)?.map(|name| {
        Ok::<_, DatabaseError>(TaxInvoiceFileRow {
            name,
            media_type: row.string(4)?,
            bytes: row.count(5)?,
            digest: row.array(6)?,
        })
    });
    Ok(TaxInvoiceRow {
        number: row.string(0)?,
        bill: row.parsed(1)?,
        issued: row.parsed(2)?,
        file: file.transpose()?,
    })
}

/// The file of a tax invoice of a customer's bill.
pub(crate) fn file(
    session: &mut dyn Session,
    customer: CustomerId,
    number: &str,
) -> Result<Option<TaxInvoiceBytes>, StoreError> {
    let row = session.query_one(
        "SELECT bills.account, files.name, files.media_type, files.bytes
         FROM tax_invoice_files AS files
         JOIN tax_invoices AS invoices ON invoices.number = files.number
         JOIN bills ON bills.id = invoices.bill
         WHERE files.number = $1 AND bills.customer = $2",
        &[number.into(), Value::text(customer)],
    )?;
    let file = row.map(|row| {
        Ok::<_, DatabaseError>(TaxInvoiceBytes {
            account: row.parsed(0)?,
            name: row.string(1)?,
            media_type: row.string(2)?,
            bytes: row.bytes(3)?.to_vec(),
        })
    });
    Ok(file.transpose()?)
}
