-- The message that was tried least often goes first, so that one that always fails holds up none.
DROP INDEX outbox_unsent;
CREATE INDEX outbox_waiting ON outbox (attempts, not_before, id) WHERE sent IS NULL;

-- Other references under which the bank may say the same once more.
CREATE TABLE bank_aliases (
    alias     TEXT PRIMARY KEY,
    reference TEXT NOT NULL REFERENCES bank_events (reference)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER bank_aliases_stay BEFORE UPDATE ON bank_aliases
BEGIN SELECT raise(ABORT, 'what the bank said is never changed'); END;
CREATE TRIGGER bank_aliases_are_kept BEFORE DELETE ON bank_aliases
BEGIN SELECT raise(ABORT, 'what the bank said is never deleted'); END;
