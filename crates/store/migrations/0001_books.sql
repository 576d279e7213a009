-- Amounts are minor units, times seconds since 1970, dates ISO 8601, ids the texts of PROTOCOL.md.

-- From the marketing system. ---------------------------------------------------------------------

CREATE TABLE payee (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    name        TEXT NOT NULL,
    account     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    creditor_id TEXT NOT NULL,
    currency    TEXT NOT NULL,
    time_zone   TEXT NOT NULL
) STRICT;

CREATE TABLE customers (
    id     TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    locale TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id       TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customers (id),
    name     TEXT NOT NULL,
    rights   TEXT NOT NULL -- JSON array of strings
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id       TEXT PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES customers (id),
    name     TEXT NOT NULL,
    address  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_customer ON accounts (customer, id);

CREATE TABLE mandates (
    id             TEXT PRIMARY KEY,
    customer       TEXT NOT NULL REFERENCES customers (id),
    debtor_name    TEXT NOT NULL,
    debtor_account TEXT NOT NULL,
    debtor_agent   TEXT NOT NULL,
    signed         TEXT NOT NULL,
    currency       TEXT NOT NULL,
    valid_from     TEXT NOT NULL,
    ended          TEXT -- from this day on it may not be used
) STRICT, WITHOUT ROWID;
CREATE INDEX mandates_by_customer ON mandates (customer, id);

CREATE TABLE bills (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts (id),
    customer   TEXT NOT NULL REFERENCES customers (id),
    period     TEXT NOT NULL,
    currency   TEXT NOT NULL,
    issued     TEXT NOT NULL,
    due        TEXT NOT NULL,
    total      INTEGER NOT NULL CHECK (total >= 0),
    -- What the receivable's transfers sum to; kept here for the reads, checked by `verify`.
    open_minor INTEGER NOT NULL DEFAULT 0 CHECK (open_minor >= 0),
    document   BLOB NOT NULL,
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    -- Where in the journal its own transfers begin; NULL where nothing is owed.
    posted_process  BLOB CHECK (length(posted_process) = 16),
    posted_sequence INTEGER,
    posted_position INTEGER
) STRICT;
CREATE INDEX bills_by_customer ON bills (customer, issued DESC, id DESC);
CREATE INDEX bills_by_account ON bills (account, issued DESC, id DESC);

CREATE TRIGGER bills_stay BEFORE UPDATE OF
    id, account, customer, period, currency, issued, due, total, document, digest,
    posted_process, posted_sequence, posted_position ON bills
BEGIN SELECT raise(ABORT, 'a bill is never changed'); END;
CREATE TRIGGER bills_are_kept BEFORE DELETE ON bills
BEGIN SELECT raise(ABORT, 'a bill is never deleted'); END;

-- What was paid through another channel; `id` is channel and reference.
CREATE TABLE payments (
    id        TEXT PRIMARY KEY,
    channel   TEXT NOT NULL,
    reference TEXT NOT NULL,
    bill      TEXT NOT NULL REFERENCES bills (id),
    amount    INTEGER NOT NULL CHECK (amount > 0),
    currency  TEXT NOT NULL,
    paid      TEXT NOT NULL
) STRICT;
CREATE INDEX payments_by_bill ON payments (bill);

CREATE TRIGGER payments_stay BEFORE UPDATE ON payments
BEGIN SELECT raise(ABORT, 'a payment is never changed'); END;
CREATE TRIGGER payments_are_kept BEFORE DELETE ON payments
BEGIN SELECT raise(ABORT, 'a payment is never deleted'); END;

-- Orders. ----------------------------------------------------------------------------------------

CREATE TABLE orders (
    id        TEXT PRIMARY KEY,
    customer  TEXT NOT NULL REFERENCES customers (id),
    user_id   TEXT NOT NULL REFERENCES users (id),
    -- Where the money comes from: `mandate`, `transfer` or `deposit`.
    -- (SQLite makes a table in memory for each `IN` of three and more that it looks at.)
    source    TEXT NOT NULL
        CHECK (source = 'mandate' OR source = 'transfer' OR source = 'deposit'),
    -- Of the source, or that a refund goes to.
    mandate   TEXT REFERENCES mandates (id),
    -- Of the source.
    creditor_reference TEXT CHECK ((creditor_reference IS NOT NULL) = (source = 'transfer')),
    source_account     TEXT REFERENCES accounts (id)
        CHECK ((source_account IS NOT NULL) = (source = 'deposit')),
    -- What is paid into a deposit, and which.
    deposit_account    TEXT REFERENCES accounts (id),
    deposit_minor      INTEGER CHECK (deposit_minor > 0),
    -- What is paid back out of the deposit of the source.
    refund_minor       INTEGER CHECK (refund_minor > 0),
    -- The day of collection, where it was scheduled.
    execute   TEXT,
    currency  TEXT NOT NULL,
    total     INTEGER NOT NULL CHECK (total > 0),
    reference TEXT NOT NULL,
    jws       TEXT NOT NULL,
    digest    BLOB NOT NULL CHECK (length(digest) = 32),
    -- When it was taken in.
    accepted  INTEGER NOT NULL,
    -- When it lapses: while it awaits approval, or by transfer and nothing has come.
    lapses    INTEGER,
    state     TEXT NOT NULL,
    CHECK (refund_minor IS NULL OR source = 'deposit'),
    CHECK (deposit_minor IS NULL OR source <> 'deposit'),
    CHECK ((deposit_minor IS NULL) = (deposit_account IS NULL)),
    CHECK ((mandate IS NOT NULL) = (source = 'mandate' OR refund_minor IS NOT NULL))
) STRICT;
CREATE INDEX orders_by_customer ON orders (customer, accepted DESC, id DESC);
CREATE UNIQUE INDEX orders_by_creditor_reference ON orders (creditor_reference)
    WHERE creditor_reference IS NOT NULL;
CREATE INDEX orders_that_lapse ON orders (lapses, id)
    WHERE lapses IS NOT NULL AND state IN ('awaiting-approval', 'accepted');

CREATE TRIGGER orders_stay BEFORE UPDATE OF
    id, customer, user_id, source, mandate, creditor_reference, source_account, deposit_account,
    deposit_minor, refund_minor, execute, currency, total, reference, jws, digest, accepted, lapses
    ON orders
BEGIN SELECT raise(ABORT, 'an order is never changed'); END;
CREATE TRIGGER orders_are_kept BEFORE DELETE ON orders
BEGIN SELECT raise(ABORT, 'an order is never deleted'); END;

CREATE TABLE order_bills (
    order_id  TEXT NOT NULL REFERENCES orders (id),
    position  INTEGER NOT NULL,
    bill      TEXT NOT NULL REFERENCES bills (id),
    principal INTEGER NOT NULL CHECK (principal > 0),
    penalty   INTEGER NOT NULL CHECK (penalty >= 0),
    -- 1 while the order holds this much of the bill.
    claimed   INTEGER NOT NULL CHECK (claimed IN (0, 1)),
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX live_claims ON order_bills (bill) WHERE claimed = 1;
CREATE INDEX order_bills_by_bill ON order_bills (bill);

CREATE TRIGGER order_bills_stay BEFORE UPDATE OF order_id, position, bill, principal, penalty ON order_bills
BEGIN SELECT raise(ABORT, 'what an order pays is never changed'); END;
CREATE TRIGGER order_bills_are_kept BEFORE DELETE ON order_bills
BEGIN SELECT raise(ABORT, 'what an order pays is never deleted'); END;

-- A state and the batch of the journal in which the order came into it.
CREATE TABLE order_events (
    order_id TEXT NOT NULL REFERENCES orders (id),
    position INTEGER NOT NULL,
    state    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    note     TEXT,
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- Built once per state, by the platform.
CREATE TABLE receipts (
    order_id TEXT NOT NULL REFERENCES orders (id),
    state    TEXT NOT NULL,
    jws      BLOB NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (order_id, state)
) STRICT, WITHOUT ROWID;

-- The books. -------------------------------------------------------------------------------------

CREATE TABLE transfers (
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    position INTEGER NOT NULL CHECK (position >= 0),
    event    TEXT NOT NULL,
    subject  TEXT NOT NULL,
    debit    TEXT NOT NULL,
    credit   TEXT NOT NULL CHECK (credit <> debit),
    amount   INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (process, sequence, position)
) STRICT, WITHOUT ROWID;
-- A bill says itself where its own are: most of all transfers.
CREATE INDEX transfers_by_subject ON transfers (subject) WHERE event <> 'bill';

-- PROTOCOL.md section 13: one chain per process, one link per commit batch.
CREATE TABLE journal (
    process  BLOB NOT NULL CHECK (length(process) = 16),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    link     BLOB NOT NULL CHECK (length(link) = 32),
    count    INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (process, sequence)
) STRICT, WITHOUT ROWID;

-- The bank. --------------------------------------------------------------------------------------

CREATE TABLE outbox (
    id           TEXT PRIMARY KEY,
    -- One of the two: whose message it is.
    order_id     TEXT REFERENCES orders (id),
    return_id    TEXT,
    body         BLOB NOT NULL,
    created      INTEGER NOT NULL,
    -- Not to be sent before; `created` where it need not wait.
    not_before   INTEGER NOT NULL,
    leased_until INTEGER,
    attempts     INTEGER NOT NULL DEFAULT 0,
    sent         INTEGER,
    CHECK ((order_id IS NULL) <> (return_id IS NULL))
) STRICT;
CREATE INDEX outbox_unsent ON outbox (created, id) WHERE sent IS NULL;

CREATE TRIGGER outbox_stays BEFORE UPDATE OF id, order_id, return_id, body, created, not_before ON outbox
BEGIN SELECT raise(ABORT, 'a message is never changed'); END;
CREATE TRIGGER outbox_is_kept BEFORE DELETE ON outbox
BEGIN SELECT raise(ABORT, 'a message is never deleted'); END;

-- How far the bank's messages are read; one row.
CREATE TABLE bank_cursor (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL
) STRICT;

-- Each thing the bank said, once, and what came of it. `order_id` may name no order of ours; of a
-- fee and of a credit that matches no order there is none. `return_id` is of money that we send back.
CREATE TABLE bank_events (
    reference TEXT PRIMARY KEY,
    order_id  TEXT,
    return_id TEXT,
    event     TEXT NOT NULL,
    amount    INTEGER,
    currency  TEXT,
    note      TEXT,
    at        INTEGER NOT NULL,
    outcome   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Bindings. --------------------------------------------------------------------------------------

CREATE TABLE binding_steps (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    jws      TEXT NOT NULL,
    digest   BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

-- What is only ever added. -----------------------------------------------------------------------

CREATE TRIGGER order_events_stay BEFORE UPDATE ON order_events
BEGIN SELECT raise(ABORT, 'the history of an order is never changed'); END;
CREATE TRIGGER order_events_are_kept BEFORE DELETE ON order_events
BEGIN SELECT raise(ABORT, 'the history of an order is never deleted'); END;
CREATE TRIGGER receipts_stay BEFORE UPDATE ON receipts
BEGIN SELECT raise(ABORT, 'a receipt is never changed'); END;
CREATE TRIGGER receipts_are_kept BEFORE DELETE ON receipts
BEGIN SELECT raise(ABORT, 'a receipt is never deleted'); END;
CREATE TRIGGER transfers_stay BEFORE UPDATE ON transfers
BEGIN SELECT raise(ABORT, 'a transfer is never changed'); END;
CREATE TRIGGER transfers_are_kept BEFORE DELETE ON transfers
BEGIN SELECT raise(ABORT, 'a transfer is never deleted'); END;
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'a link is never changed'); END;
CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'a link is never deleted'); END;
CREATE TRIGGER bank_events_stay BEFORE UPDATE ON bank_events
BEGIN SELECT raise(ABORT, 'what the bank said is never changed'); END;
CREATE TRIGGER bank_events_are_kept BEFORE DELETE ON bank_events
BEGIN SELECT raise(ABORT, 'what the bank said is never deleted'); END;
CREATE TRIGGER binding_steps_stay BEFORE UPDATE ON binding_steps
BEGIN SELECT raise(ABORT, 'a binding step is never changed'); END;
CREATE TRIGGER binding_steps_are_kept BEFORE DELETE ON binding_steps
BEGIN SELECT raise(ABORT, 'a binding step is never deleted'); END;
