-- PROTOCOL.md section 16: files of the internal network, in and out.

-- Something of a bill is not owed. `surplus` is what of it went to the deposit of its account.
CREATE TABLE credit_notes (
    id       TEXT PRIMARY KEY,
    bill     TEXT NOT NULL REFERENCES bills (id),
    issued   TEXT NOT NULL,
    currency TEXT NOT NULL,
    revenue  INTEGER NOT NULL CHECK (revenue >= 0),
    tax      INTEGER NOT NULL CHECK (tax >= 0),
    levies   INTEGER NOT NULL CHECK (levies >= 0),
    reason   TEXT NOT NULL,
    surplus  INTEGER NOT NULL CHECK (surplus >= 0)
) STRICT;
CREATE INDEX credit_notes_by_bill ON credit_notes (bill);

-- What of a payment through another channel was more than was open.
ALTER TABLE payments ADD COLUMN surplus INTEGER NOT NULL DEFAULT 0 CHECK (surplus >= 0);
-- Sum of its credit notes: a bill of which all is credited is cancelled.
ALTER TABLE bills ADD COLUMN credited_minor INTEGER NOT NULL DEFAULT 0 CHECK (credited_minor >= 0);

CREATE TABLE opening_balances (
    account  TEXT PRIMARY KEY REFERENCES accounts (id),
    currency TEXT NOT NULL,
    amount   INTEGER NOT NULL CHECK (amount > 0),
    as_of    TEXT NOT NULL
) STRICT;

CREATE TABLE tax_invoices (
    number TEXT PRIMARY KEY,
    bill   TEXT NOT NULL REFERENCES bills (id),
    issued TEXT NOT NULL
) STRICT;
CREATE INDEX tax_invoices_by_bill ON tax_invoices (bill);

-- Files that were taken in, each with the last link that covers what it posted.
CREATE TABLE import_files (
    source    TEXT NOT NULL,
    number    INTEGER NOT NULL CHECK (number > 0),
    digest    BLOB NOT NULL CHECK (length(digest) = 32),
    records   INTEGER NOT NULL CHECK (records >= 0),
    totals    TEXT NOT NULL, -- JSON
    signature TEXT NOT NULL,
    taken     INTEGER NOT NULL,
    process   BLOB NOT NULL CHECK (length(process) = 16),
    sequence  INTEGER NOT NULL CHECK (sequence > 0),
    link      BLOB NOT NULL CHECK (length(link) = 32),
    PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;

-- Signed once, after the commit.
CREATE TABLE import_acknowledgements (
    source TEXT NOT NULL,
    number INTEGER NOT NULL,
    jws    TEXT NOT NULL,
    PRIMARY KEY (source, number),
    FOREIGN KEY (source, number) REFERENCES import_files (source, number)
) STRICT, WITHOUT ROWID;

-- Files that went out, byte for byte.
CREATE TABLE exports (
    number  INTEGER PRIMARY KEY CHECK (number > 0),
    created INTEGER NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    records INTEGER NOT NULL CHECK (records >= 0),
    totals  TEXT NOT NULL, -- JSON
    body    BLOB NOT NULL
) STRICT;

-- How far the chains are that grew since the file before.
CREATE TABLE export_heads (
    export   INTEGER NOT NULL REFERENCES exports (number),
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    PRIMARY KEY (export, process)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_heads_by_process ON export_heads (process, sequence);

CREATE TABLE export_signatures (
    number INTEGER PRIMARY KEY REFERENCES exports (number),
    jws    TEXT NOT NULL
) STRICT;

CREATE TABLE export_acknowledgements (
    number INTEGER PRIMARY KEY REFERENCES exports (number),
    jws    TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

INSERT INTO locks (name) VALUES ('exports');

CREATE TRIGGER credit_notes_stay BEFORE UPDATE ON credit_notes
BEGIN SELECT raise(ABORT, 'a credit note is never changed'); END;
CREATE TRIGGER credit_notes_are_kept BEFORE DELETE ON credit_notes
BEGIN SELECT raise(ABORT, 'a credit note is never deleted'); END;
CREATE TRIGGER opening_balances_stay BEFORE UPDATE ON opening_balances
BEGIN SELECT raise(ABORT, 'an opening balance is never changed'); END;
CREATE TRIGGER opening_balances_are_kept BEFORE DELETE ON opening_balances
BEGIN SELECT raise(ABORT, 'an opening balance is never deleted'); END;
CREATE TRIGGER tax_invoices_stay BEFORE UPDATE ON tax_invoices
BEGIN SELECT raise(ABORT, 'a tax invoice is never changed'); END;
CREATE TRIGGER tax_invoices_are_kept BEFORE DELETE ON tax_invoices
BEGIN SELECT raise(ABORT, 'a tax invoice is never deleted'); END;
CREATE TRIGGER import_files_stay BEFORE UPDATE ON import_files
BEGIN SELECT raise(ABORT, 'a file that was taken in is never changed'); END;
CREATE TRIGGER import_files_are_kept BEFORE DELETE ON import_files
BEGIN SELECT raise(ABORT, 'a file that was taken in is never deleted'); END;
CREATE TRIGGER import_acknowledgements_stay BEFORE UPDATE ON import_acknowledgements
BEGIN SELECT raise(ABORT, 'an acknowledgement is never changed'); END;
CREATE TRIGGER import_acknowledgements_are_kept BEFORE DELETE ON import_acknowledgements
BEGIN SELECT raise(ABORT, 'an acknowledgement is never deleted'); END;
CREATE TRIGGER exports_stay BEFORE UPDATE ON exports
BEGIN SELECT raise(ABORT, 'a file that went out is never changed'); END;
CREATE TRIGGER exports_are_kept BEFORE DELETE ON exports
BEGIN SELECT raise(ABORT, 'a file that went out is never deleted'); END;
CREATE TRIGGER export_heads_stay BEFORE UPDATE ON export_heads
BEGIN SELECT raise(ABORT, 'a file that went out is never changed'); END;
CREATE TRIGGER export_heads_are_kept BEFORE DELETE ON export_heads
BEGIN SELECT raise(ABORT, 'a file that went out is never deleted'); END;
CREATE TRIGGER export_signatures_stay BEFORE UPDATE ON export_signatures
BEGIN SELECT raise(ABORT, 'a signature is never changed'); END;
CREATE TRIGGER export_signatures_are_kept BEFORE DELETE ON export_signatures
BEGIN SELECT raise(ABORT, 'a signature is never deleted'); END;
CREATE TRIGGER export_acknowledgements_stay BEFORE UPDATE ON export_acknowledgements
BEGIN SELECT raise(ABORT, 'an acknowledgement is never changed'); END;
CREATE TRIGGER export_acknowledgements_are_kept BEFORE DELETE ON export_acknowledgements
BEGIN SELECT raise(ABORT, 'an acknowledgement is never deleted'); END;
