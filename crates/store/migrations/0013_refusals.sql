-- Collections that were not sent, because on their day the mandate had ended: what it said then.
CREATE TABLE mandate_refusals (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    mandate  TEXT NOT NULL REFERENCES mandates (id),
    ended    TEXT NOT NULL,
    -- The day of the service on which it was to be sent.
    day      TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER mandate_refusals_stay BEFORE UPDATE ON mandate_refusals
BEGIN SELECT raise(ABORT, 'why an order was not sent is never changed'); END;
CREATE TRIGGER mandate_refusals_are_kept BEFORE DELETE ON mandate_refusals
BEGIN SELECT raise(ABORT, 'why an order was not sent is never deleted'); END;

-- As in 0008: the import looks it up, and a row of a bill would be locked out of its order.
-- postgres: ALTER TABLE tax_invoices DROP CONSTRAINT tax_invoices_bill_fkey;
