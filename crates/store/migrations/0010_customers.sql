-- Own data of customers (PROTOCOL.md section 10): each change as it was signed, how it ended, and
-- which of them hold.
CREATE TABLE changes (
    id       TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customers (id),
    user_id  TEXT NOT NULL,
    -- What has a version of its own: `contacts`, `notice-address`, `notice-address:ACCOUNT`,
    -- `invoice-data`, `rights:USER:ACCOUNT`.
    subject  TEXT NOT NULL,
    account  TEXT REFERENCES accounts (id),
    -- The version that its signer saw; 0: none.
    replaces INTEGER NOT NULL CHECK (replaces >= 0),
    -- JSON.
    what     TEXT NOT NULL,
    jws      TEXT NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32), -- of the JWS payload
    at       INTEGER NOT NULL,
    -- Until when another person may decide; NULL: nobody has to.
    lapses   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_customer ON changes (customer, at, id);
CREATE INDEX changes_by_lapse ON changes (lapses) WHERE lapses IS NOT NULL;

-- Another person's word on it.
CREATE TABLE change_decisions (
    change_id TEXT PRIMARY KEY REFERENCES changes (id),
    user_id   TEXT NOT NULL,
    decision  TEXT NOT NULL CHECK (decision IN ('approve', 'refuse')),
    jws       TEXT NOT NULL,
    digest    BLOB NOT NULL CHECK (length(digest) = 32),
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How a change ended, and the batch of the journal.
CREATE TABLE change_ends (
    change_id TEXT PRIMARY KEY REFERENCES changes (id),
    state     TEXT NOT NULL CHECK (state IN ('done', 'refused', 'lapsed')),
    -- The version that it made.
    version   INTEGER CHECK (version > 0),
    at        INTEGER NOT NULL,
    process   BLOB NOT NULL CHECK (length(process) = 16),
    sequence  INTEGER NOT NULL,
    CHECK ((state = 'done') = (version IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX change_ends_by_link ON change_ends (process, sequence);

-- What holds.
CREATE TABLE own_data (
    customer  TEXT NOT NULL REFERENCES customers (id),
    subject   TEXT NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0),
    change_id TEXT NOT NULL REFERENCES changes (id),
    PRIMARY KEY (customer, subject)
) STRICT, WITHOUT ROWID;

-- What was given to users on single contract accounts, in place of their own rights.
CREATE TABLE account_rights (
    user_id TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    -- JSON; NULL: it was taken back.
    rights  TEXT,
    PRIMARY KEY (user_id, account)
) STRICT, WITHOUT ROWID;

INSERT INTO locks (name) VALUES ('own-data');

CREATE TRIGGER changes_stay BEFORE UPDATE ON changes
BEGIN SELECT raise(ABORT, 'a change is never changed'); END;
CREATE TRIGGER changes_are_kept BEFORE DELETE ON changes
BEGIN SELECT raise(ABORT, 'a change is never deleted'); END;
CREATE TRIGGER change_decisions_stay BEFORE UPDATE ON change_decisions
BEGIN SELECT raise(ABORT, 'a decision is never changed'); END;
CREATE TRIGGER change_decisions_are_kept BEFORE DELETE ON change_decisions
BEGIN SELECT raise(ABORT, 'a decision is never deleted'); END;
CREATE TRIGGER change_ends_stay BEFORE UPDATE ON change_ends
BEGIN SELECT raise(ABORT, 'the end of a change is never changed'); END;
CREATE TRIGGER change_ends_are_kept BEFORE DELETE ON change_ends
BEGIN SELECT raise(ABORT, 'the end of a change is never deleted'); END;
CREATE TRIGGER own_data_stay BEFORE UPDATE OF customer, subject ON own_data
BEGIN SELECT raise(ABORT, 'own data keep what they are of'); END;
CREATE TRIGGER own_data_are_kept BEFORE DELETE ON own_data
BEGIN SELECT raise(ABORT, 'own data are never deleted'); END;
CREATE TRIGGER account_rights_stay BEFORE UPDATE OF user_id, account ON account_rights
BEGIN SELECT raise(ABORT, 'rights keep their user and account'); END;
CREATE TRIGGER account_rights_are_kept BEFORE DELETE ON account_rights
BEGIN SELECT raise(ABORT, 'rights are never deleted'); END;
