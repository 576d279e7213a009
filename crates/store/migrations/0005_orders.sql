-- Deposits, decisions, standing instructions, and credits that come by themselves.

-- What a user may spend: in minor units, of a day and without another person. NULL: no limit.
ALTER TABLE users ADD COLUMN day_limit INTEGER CHECK (day_limit >= 0);
ALTER TABLE users ADD COLUMN alone_limit INTEGER CHECK (alone_limit >= 0);

-- What the deposit's transfers sum to, kept here as `bills.open_minor` is. Below zero when a debit
-- that funded it was returned. There is no row before the first transfer.
CREATE TABLE deposits (
    account  TEXT PRIMARY KEY REFERENCES accounts (id),
    currency TEXT NOT NULL,
    balance  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER deposits_stay BEFORE UPDATE OF account, currency ON deposits
BEGIN SELECT raise(ABORT, 'a deposit keeps its currency'); END;
CREATE TRIGGER deposits_are_kept BEFORE DELETE ON deposits
BEGIN SELECT raise(ABORT, 'a deposit is never deleted'); END;

-- What was decided on an order, each as it was signed. Users are locked before orders, so their
-- rows are not referred to from here.
CREATE TABLE order_decisions (
    order_id TEXT NOT NULL REFERENCES orders (id),
    position INTEGER NOT NULL,
    user_id  TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('approve', 'refuse', 'cancel')),
    jws      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (order_id, position),
    UNIQUE (order_id, user_id, decision)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER order_decisions_stay BEFORE UPDATE ON order_decisions
BEGIN SELECT raise(ABORT, 'a decision is never changed'); END;
CREATE TRIGGER order_decisions_are_kept BEFORE DELETE ON order_decisions
BEGIN SELECT raise(ABORT, 'a decision is never deleted'); END;

CREATE TABLE standing_instructions (
    id          TEXT PRIMARY KEY,
    customer    TEXT NOT NULL REFERENCES customers (id),
    user_id     TEXT NOT NULL,
    deposit     TEXT NOT NULL REFERENCES accounts (id),
    -- The most that one bill may take; NULL: any amount.
    most        INTEGER CHECK (most > 0),
    -- What stays in the deposit.
    keep        INTEGER NOT NULL CHECK (keep >= 0),
    currency    TEXT NOT NULL,
    valid_from  TEXT NOT NULL,
    valid_until TEXT,
    jws         TEXT NOT NULL,
    digest      BLOB NOT NULL CHECK (length(digest) = 32),
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_instructions_by_customer ON standing_instructions (customer, at, id);

-- Whose bills it pays.
CREATE TABLE standing_accounts (
    instruction TEXT NOT NULL REFERENCES standing_instructions (id),
    position    INTEGER NOT NULL,
    account     TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (instruction, position),
    UNIQUE (instruction, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE standing_ends (
    instruction TEXT PRIMARY KEY REFERENCES standing_instructions (id),
    user_id     TEXT NOT NULL,
    jws         TEXT NOT NULL,
    digest      BLOB NOT NULL CHECK (length(digest) = 32),
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER standing_instructions_stay BEFORE UPDATE ON standing_instructions
BEGIN SELECT raise(ABORT, 'a standing instruction is never changed'); END;
CREATE TRIGGER standing_instructions_are_kept BEFORE DELETE ON standing_instructions
BEGIN SELECT raise(ABORT, 'a standing instruction is never deleted'); END;
CREATE TRIGGER standing_accounts_stay BEFORE UPDATE ON standing_accounts
BEGIN SELECT raise(ABORT, 'a standing instruction is never changed'); END;
CREATE TRIGGER standing_accounts_are_kept BEFORE DELETE ON standing_accounts
BEGIN SELECT raise(ABORT, 'a standing instruction is never deleted'); END;
CREATE TRIGGER standing_ends_stay BEFORE UPDATE ON standing_ends
BEGIN SELECT raise(ABORT, 'the end of a standing instruction is never changed'); END;
CREATE TRIGGER standing_ends_are_kept BEFORE DELETE ON standing_ends
BEGIN SELECT raise(ABORT, 'the end of a standing instruction is never deleted'); END;

-- A bill that a deposit paid under a standing instruction, and the batch of the journal.
CREATE TABLE applications (
    process     BLOB NOT NULL CHECK (length(process) = 16),
    sequence    INTEGER NOT NULL,
    bill        TEXT NOT NULL REFERENCES bills (id),
    instruction TEXT NOT NULL REFERENCES standing_instructions (id),
    deposit     TEXT NOT NULL REFERENCES deposits (account),
    principal   INTEGER NOT NULL CHECK (principal > 0),
    penalty     INTEGER NOT NULL CHECK (penalty >= 0),
    -- The day of the service up to which the penalty was counted.
    day         TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (process, sequence, bill)
) STRICT, WITHOUT ROWID;
CREATE INDEX applications_by_bill ON applications (bill);
CREATE INDEX applications_by_instruction ON applications (instruction, at);

CREATE TRIGGER applications_stay BEFORE UPDATE ON applications
BEGIN SELECT raise(ABORT, 'what a deposit paid is never changed'); END;
CREATE TRIGGER applications_are_kept BEFORE DELETE ON applications
BEGIN SELECT raise(ABORT, 'what a deposit paid is never deleted'); END;

-- A credit that came for an order by transfer, what it paid, and the batch of the journal.
CREATE TABLE credits (
    reference TEXT PRIMARY KEY REFERENCES bank_events (reference),
    order_id  TEXT NOT NULL REFERENCES orders (id),
    amount    INTEGER NOT NULL CHECK (amount > 0),
    currency  TEXT NOT NULL,
    -- The bank's value date, up to which penalties were counted.
    value     TEXT NOT NULL,
    -- What of it went into a deposit, and which.
    deposit_account TEXT REFERENCES accounts (id),
    deposit_minor   INTEGER NOT NULL CHECK (deposit_minor >= 0),
    at        INTEGER NOT NULL,
    process   BLOB NOT NULL CHECK (length(process) = 16),
    sequence  INTEGER NOT NULL,
    CHECK ((deposit_account IS NULL) = (deposit_minor = 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX credits_by_order ON credits (order_id);

CREATE TABLE credit_bills (
    reference TEXT NOT NULL REFERENCES credits (reference),
    position  INTEGER NOT NULL,
    bill      TEXT NOT NULL REFERENCES bills (id),
    principal INTEGER NOT NULL CHECK (principal > 0),
    penalty   INTEGER NOT NULL CHECK (penalty >= 0),
    PRIMARY KEY (reference, position)
) STRICT, WITHOUT ROWID;

-- A credit that nobody can place yet.
CREATE TABLE unmatched_receipts (
    reference      TEXT PRIMARY KEY REFERENCES bank_events (reference),
    amount         INTEGER NOT NULL CHECK (amount > 0),
    currency       TEXT NOT NULL,
    value          TEXT NOT NULL,
    debtor_name    TEXT,
    debtor_account TEXT,
    text           TEXT,
    -- The creditor references that it carried, divided by spaces.
    creditor_references TEXT NOT NULL,
    at             INTEGER NOT NULL,
    process        BLOB NOT NULL CHECK (length(process) = 16),
    sequence       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER credits_stay BEFORE UPDATE ON credits
BEGIN SELECT raise(ABORT, 'a credit is never changed'); END;
CREATE TRIGGER credits_are_kept BEFORE DELETE ON credits
BEGIN SELECT raise(ABORT, 'a credit is never deleted'); END;
CREATE TRIGGER credit_bills_stay BEFORE UPDATE ON credit_bills
BEGIN SELECT raise(ABORT, 'what a credit paid is never changed'); END;
CREATE TRIGGER credit_bills_are_kept BEFORE DELETE ON credit_bills
BEGIN SELECT raise(ABORT, 'what a credit paid is never deleted'); END;
CREATE TRIGGER unmatched_receipts_stay BEFORE UPDATE ON unmatched_receipts
BEGIN SELECT raise(ABORT, 'a receipt is never changed'); END;
CREATE TRIGGER unmatched_receipts_are_kept BEFORE DELETE ON unmatched_receipts
BEGIN SELECT raise(ABORT, 'a receipt is never deleted'); END;
