-- What a manager makes of something that the bank said (PROTOCOL.md section 14), as it was signed.
CREATE TABLE resolutions (
    id      TEXT PRIMARY KEY,
    item    TEXT NOT NULL,
    manager TEXT NOT NULL,
    jws     TEXT NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32), -- of the JWS payload
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX resolutions_by_item ON resolutions (item);

-- A second manager's word on it.
CREATE TABLE resolution_decisions (
    resolution TEXT PRIMARY KEY REFERENCES resolutions (id),
    manager    TEXT NOT NULL,
    decision   TEXT NOT NULL,
    jws        TEXT NOT NULL,
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What no longer waits for a person, unless it was sent back and that failed: `resolved`.
CREATE TABLE resolved_items (
    item       TEXT NOT NULL,
    resolution TEXT NOT NULL REFERENCES resolutions (id),
    PRIMARY KEY (item, resolution)
) STRICT, WITHOUT ROWID;

-- Money that is sent back to whoever paid it, under the resolution that says so, and its states.
CREATE TABLE returns (
    id        TEXT PRIMARY KEY REFERENCES resolutions (id),
    reference TEXT NOT NULL REFERENCES unmatched_receipts (reference),
    amount    INTEGER NOT NULL CHECK (amount > 0),
    currency  TEXT NOT NULL,
    name      TEXT NOT NULL,
    account   TEXT NOT NULL,
    agent     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    state     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX returns_by_reference ON returns (reference);

CREATE TABLE return_events (
    return_id TEXT NOT NULL REFERENCES returns (id),
    position  INTEGER NOT NULL,
    state     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    note      TEXT,
    process   BLOB NOT NULL CHECK (length(process) = 16),
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (return_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_of_returns ON outbox (return_id) WHERE return_id IS NOT NULL;
CREATE INDEX bank_events_of_returns ON bank_events (return_id) WHERE return_id IS NOT NULL;

CREATE VIEW resolved AS SELECT item, resolution FROM resolved_items WHERE NOT EXISTS (
    SELECT 1 FROM returns
    WHERE returns.id = resolved_items.resolution AND returns.state IN ('rejected', 'returned'));

-- What the bank said of orders and that waits for a person.
CREATE INDEX bank_events_waiting ON bank_events (at)
    WHERE outcome IN ('unknown-order', 'amount-mismatch', 'wrong-direction', 'contradiction',
        'unpostable');
CREATE INDEX mandates_by_debtor ON mandates (debtor_account);

INSERT INTO locks (name) VALUES ('resolutions');

CREATE TRIGGER resolutions_stay BEFORE UPDATE ON resolutions
BEGIN SELECT raise(ABORT, 'a resolution is never changed'); END;
CREATE TRIGGER resolutions_are_kept BEFORE DELETE ON resolutions
BEGIN SELECT raise(ABORT, 'a resolution is never deleted'); END;
CREATE TRIGGER resolution_decisions_stay BEFORE UPDATE ON resolution_decisions
BEGIN SELECT raise(ABORT, 'a decision is never changed'); END;
CREATE TRIGGER resolution_decisions_are_kept BEFORE DELETE ON resolution_decisions
BEGIN SELECT raise(ABORT, 'a decision is never deleted'); END;
CREATE TRIGGER returns_stay BEFORE UPDATE OF
    id, reference, amount, currency, name, account, agent, at ON returns
BEGIN SELECT raise(ABORT, 'what is sent back is never changed'); END;
CREATE TRIGGER returns_are_kept BEFORE DELETE ON returns
BEGIN SELECT raise(ABORT, 'what is sent back is never deleted'); END;
CREATE TRIGGER return_events_stay BEFORE UPDATE ON return_events
BEGIN SELECT raise(ABORT, 'what happened is never changed'); END;
CREATE TRIGGER return_events_are_kept BEFORE DELETE ON return_events
BEGIN SELECT raise(ABORT, 'what happened is never deleted'); END;
CREATE TRIGGER resolved_items_stay BEFORE UPDATE ON resolved_items
BEGIN SELECT raise(ABORT, 'what is resolved stays resolved'); END;
CREATE TRIGGER resolved_items_are_kept BEFORE DELETE ON resolved_items
BEGIN SELECT raise(ABORT, 'what is resolved stays resolved'); END;
