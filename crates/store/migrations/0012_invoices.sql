-- The file of a tax invoice, as the marketing system gave it. Its number may come before it.
CREATE TABLE tax_invoice_files (
    number     TEXT PRIMARY KEY REFERENCES tax_invoices (number),
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL,
    digest     BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

CREATE TRIGGER tax_invoice_files_stay BEFORE UPDATE ON tax_invoice_files
BEGIN SELECT raise(ABORT, 'the file of a tax invoice is never changed'); END;
CREATE TRIGGER tax_invoice_files_are_kept BEFORE DELETE ON tax_invoice_files
BEGIN SELECT raise(ABORT, 'the file of a tax invoice is never deleted'); END;

-- For statements of account: the few orders that a deposit pays or that pay into one, and receipts
-- that managers placed. Each index leaves out what usually comes.
CREATE INDEX orders_of_deposits ON orders (source_account) WHERE source_account IS NOT NULL;
CREATE INDEX orders_into_deposits ON orders (deposit_account) WHERE deposit_account IS NOT NULL;
CREATE INDEX transfers_placed ON transfers (credit) WHERE debit = 'unmatched';
