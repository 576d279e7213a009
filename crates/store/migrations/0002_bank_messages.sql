-- What the bank sent, byte for byte, under the bank's number. Kept in the transaction that posts it
-- and moves the cursor.
CREATE TABLE bank_messages (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    kind   TEXT NOT NULL,
    body   BLOB NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

-- What of a message concerns no order, or cannot be read. A person must look.
CREATE TABLE bank_listed (
    message   INTEGER NOT NULL REFERENCES bank_messages (number),
    position  INTEGER NOT NULL,
    reference TEXT,
    why       TEXT NOT NULL,
    PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX bank_events_by_order ON bank_events (order_id);
CREATE INDEX outbox_by_order ON outbox (order_id);

CREATE TRIGGER bank_messages_stay BEFORE UPDATE ON bank_messages
BEGIN SELECT raise(ABORT, 'what the bank sent is never changed'); END;
CREATE TRIGGER bank_messages_are_kept BEFORE DELETE ON bank_messages
BEGIN SELECT raise(ABORT, 'what the bank sent is never deleted'); END;
CREATE TRIGGER bank_listed_stays BEFORE UPDATE ON bank_listed
BEGIN SELECT raise(ABORT, 'what the bank sent is never changed'); END;
CREATE TRIGGER bank_listed_is_kept BEFORE DELETE ON bank_listed
BEGIN SELECT raise(ABORT, 'what the bank sent is never deleted'); END;
