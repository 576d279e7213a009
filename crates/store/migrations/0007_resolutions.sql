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

-- What no longer waits for a person: each thing once.
CREATE TABLE resolved_items (
    item       TEXT PRIMARY KEY,
    resolution TEXT NOT NULL REFERENCES resolutions (id)
) STRICT, WITHOUT ROWID;

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
CREATE TRIGGER resolved_items_stay BEFORE UPDATE ON resolved_items
BEGIN SELECT raise(ABORT, 'what is resolved stays resolved'); END;
CREATE TRIGGER resolved_items_are_kept BEFORE DELETE ON resolved_items
BEGIN SELECT raise(ABORT, 'what is resolved stays resolved'); END;
