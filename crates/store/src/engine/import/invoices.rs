//! The files of tax invoices: each comes once, with its number or after it.

use std::collections::HashMap;

use super::piece::Piece;
use super::rows::{Stored, Table};
use crate::database::Type::{Bytes, Text};
use crate::database::{DatabaseError, Session, Type, Value};
use crate::engine::write::insert;
use crate::record::{Record, TaxInvoice, TaxInvoiceFile};

const TABLE: &str = "tax_invoice_files";
/// What is compared first, then the bytes, for which their digest stands.
const COLUMNS: [(&str, Type); 5] = [
    ("number", Text),
    ("name", Text),
    ("media_type", Text),
    ("digest", Bytes),
    ("bytes", Bytes),
];

/// Files by the number of their tax invoice: what is there, and what came in this piece.
#[derive(Debug, Default)]
pub(super) struct InvoiceFiles {
    there: HashMap<String, Vec<Value>>,
    new: Vec<Vec<Value>>,
}

/// What comes of a record's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileOf {
    /// There is none, or it is there already.
    Same,
    /// It is new.
    New,
    /// Another one is there.
    Other,
}

impl InvoiceFiles {
    pub(super) fn load(
        &mut self,
        session: &mut dyn Session,
        records: &[Record],
    ) -> Result<(), DatabaseError> {
        let numbers = records.iter().filter_map(|record| match record {
            Record::TaxInvoice(invoice) if invoice.file.is_some() => Some(&invoice.number),
            _ => None,
        });
        let numbers: Vec<_> = numbers.collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let sql = "SELECT number, name, media_type, digest FROM tax_invoice_files
            WHERE number = ANY($1)";
        for row in session.query(sql, &[Value::texts(numbers)])? {
            self.there.insert(row.string(0)?, row.into_values());
        }
        Ok(())
    }

    /// Takes a record's file in, when there is none yet.
    pub(super) fn take(&mut self, invoice: &TaxInvoice) -> FileOf {
        let Some(file) = &invoice.file else {
            return FileOf::Same;
        };
        let mut values = known(&invoice.number, file);
        match self.there.get(&invoice.number) {
            Some(there) if *there == values => FileOf::Same,
            Some(_) => FileOf::Other,
            None => {
                self.there.insert(invoice.number.clone(), values.clone());
                values.push(file.bytes().into());
                self.new.push(values);
                FileOf::New
            }
        }
    }

    pub(super) fn write(self, session: &mut dyn Session) -> Result<(), DatabaseError> {
        insert(session, TABLE, &COLUMNS, &self.new)
    }
}

fn known(number: &str, file: &TaxInvoiceFile) -> Vec<Value> {
    vec![
        number.into(),
        (&file.name).into(),
        (&file.media_type).into(),
        file.digest().into(),
    ]
}

impl Piece<'_> {
    /// What comes of the file of a record whose number is known with the same content, or is new.
    pub(super) fn invoice_file(&mut self, record: &Record, row: &Stored) -> FileOf {
        let key = (
            Table::TaxInvoices,
            row.values.first().cloned().unwrap_or(Value::Null),
        );
        match record {
            Record::TaxInvoice(invoice)
                if self.known_as(&key).is_none_or(|there| there == row.values) =>
            {
                self.files.take(invoice)
            }
            _ => FileOf::Same,
        }
    }
}
