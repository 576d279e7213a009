-- Disputes of bills, notices before supply is cut, who has read them, and plans to cut it.

-- A dispute as it was signed. One at a time for each bill.
CREATE TABLE disputes (
    id        TEXT PRIMARY KEY,
    bill      TEXT NOT NULL REFERENCES bills (id),
    customer  TEXT NOT NULL REFERENCES customers (id),
    user_id   TEXT NOT NULL,
    line      INTEGER CHECK (line > 0),
    amount    INTEGER NOT NULL CHECK (amount > 0),
    currency  TEXT NOT NULL,
    reason    TEXT NOT NULL,
    words     TEXT NOT NULL,
    -- The first and the last day of the service for which the amount owes no penalty. NULL: it is
    -- open.
    day       TEXT NOT NULL,
    until     TEXT CHECK (until >= day),
    jws       TEXT NOT NULL,
    digest    BLOB NOT NULL CHECK (length(digest) = 32),
    at        INTEGER NOT NULL,
    process   BLOB NOT NULL CHECK (length(process) = 16),
    sequence  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX disputes_open ON disputes (bill) WHERE until IS NULL;
CREATE INDEX disputes_by_bill ON disputes (bill);
CREATE INDEX disputes_by_customer ON disputes (customer, at DESC, id DESC);
CREATE INDEX disputes_by_time ON disputes (at DESC, id DESC);
CREATE INDEX disputes_by_link ON disputes (process, sequence);

CREATE TRIGGER disputes_stay BEFORE UPDATE OF id, bill, customer, user_id, line, amount, currency, reason, words, day, jws, digest, at, process, sequence ON disputes
BEGIN SELECT raise(ABORT, 'a dispute is never changed'); END;
CREATE TRIGGER disputes_are_kept BEFORE DELETE ON disputes
BEGIN SELECT raise(ABORT, 'a dispute is never deleted'); END;

CREATE TABLE dispute_withdrawals (
    dispute  TEXT PRIMARY KEY REFERENCES disputes (id),
    user_id  TEXT NOT NULL,
    day      TEXT NOT NULL,
    jws      TEXT NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    at       INTEGER NOT NULL,
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dispute_withdrawals_by_link ON dispute_withdrawals (process, sequence);

CREATE TRIGGER dispute_withdrawals_stay BEFORE UPDATE ON dispute_withdrawals
BEGIN SELECT raise(ABORT, 'a withdrawal is never changed'); END;
CREATE TRIGGER dispute_withdrawals_are_kept BEFORE DELETE ON dispute_withdrawals
BEGIN SELECT raise(ABORT, 'a withdrawal is never deleted'); END;

-- What the marketing system answers. It may come for a dispute that was withdrawn meanwhile, and then
-- changes nothing.
CREATE TABLE dispute_answers (
    dispute  TEXT PRIMARY KEY REFERENCES disputes (id),
    outcome  TEXT NOT NULL,
    words    TEXT NOT NULL,
    answered TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER dispute_answers_stay BEFORE UPDATE ON dispute_answers
BEGIN SELECT raise(ABORT, 'an answer is never changed'); END;
CREATE TRIGGER dispute_answers_are_kept BEFORE DELETE ON dispute_answers
BEGIN SELECT raise(ABORT, 'an answer is never deleted'); END;

-- A notice as it was served.
CREATE TABLE notices (
    id       TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customers (id),
    account  TEXT NOT NULL REFERENCES accounts (id),
    kind     TEXT NOT NULL CHECK (kind IN ('demand', 'cut-off', 'last-call')),
    bills    INTEGER NOT NULL CHECK (bills > 0),
    total    INTEGER NOT NULL CHECK (total > 0),
    currency TEXT NOT NULL,
    served   INTEGER NOT NULL,
    -- The moment that was planned; a demand has none.
    cut_off  INTEGER,
    document BLOB NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL,
    CHECK ((kind = 'demand') = (cut_off IS NULL))
) STRICT, WITHOUT ROWID;
-- Each once for a planned moment.
CREATE UNIQUE INDEX notices_of_plan ON notices (account, cut_off, kind) WHERE cut_off IS NOT NULL;
CREATE INDEX notices_by_customer ON notices (customer, served DESC, id DESC);

CREATE TRIGGER notices_stay BEFORE UPDATE ON notices
BEGIN SELECT raise(ABORT, 'a notice is never changed'); END;
CREATE TRIGGER notices_are_kept BEFORE DELETE ON notices
BEGIN SELECT raise(ABORT, 'a notice is never deleted'); END;

CREATE TABLE notice_bills (
    notice   TEXT NOT NULL REFERENCES notices (id),
    position INTEGER NOT NULL,
    bill     TEXT NOT NULL REFERENCES bills (id),
    open     INTEGER NOT NULL CHECK (open > 0),
    penalty  INTEGER NOT NULL CHECK (penalty >= 0),
    demanded INTEGER NOT NULL CHECK (demanded IN (0, 1)),
    PRIMARY KEY (notice, position)
) STRICT, WITHOUT ROWID;
-- A bill is demanded again only for more than before.
CREATE UNIQUE INDEX notice_bills_demanded ON notice_bills (bill, open) WHERE demanded = 1;

CREATE TRIGGER notice_bills_stay BEFORE UPDATE ON notice_bills
BEGIN SELECT raise(ABORT, 'a notice is never changed'); END;
CREATE TRIGGER notice_bills_are_kept BEFORE DELETE ON notice_bills
BEGIN SELECT raise(ABORT, 'a notice is never deleted'); END;

-- Who says with the USB key that a notice was read, as it was signed.
CREATE TABLE notice_acknowledgements (
    notice   TEXT NOT NULL REFERENCES notices (id),
    user_id  TEXT NOT NULL,
    jws      TEXT NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    at       INTEGER NOT NULL,
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL,
    PRIMARY KEY (notice, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_acknowledgements_by_link ON notice_acknowledgements (process, sequence);

CREATE TRIGGER notice_acknowledgements_stay BEFORE UPDATE ON notice_acknowledgements
BEGIN SELECT raise(ABORT, 'an acknowledgement is never changed'); END;
CREATE TRIGGER notice_acknowledgements_are_kept BEFORE DELETE ON notice_acknowledgements
BEGIN SELECT raise(ABORT, 'an acknowledgement is never deleted'); END;

-- Plans to cut the supply of a contract account, one at a time for each.
CREATE TABLE cut_offs (
    account      TEXT NOT NULL REFERENCES accounts (id),
    position     INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    manager      TEXT NOT NULL,
    manager_name TEXT NOT NULL,
    planned      INTEGER NOT NULL,
    dropped      INTEGER,
    dropped_by   TEXT,
    PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cut_offs_planned ON cut_offs (account) WHERE dropped IS NULL;

CREATE TRIGGER cut_offs_stay BEFORE UPDATE OF account, position, at, manager, manager_name, planned ON cut_offs
BEGIN SELECT raise(ABORT, 'a plan is dropped, not changed'); END;
CREATE TRIGGER cut_offs_are_kept BEFORE DELETE ON cut_offs
BEGIN SELECT raise(ABORT, 'a plan is dropped, not deleted'); END;

INSERT INTO locks (name) VALUES ('notices');
