-- Rows to lock where there is none yet: what a lock by name is elsewhere, in words that every
-- database knows. They are never changed.
CREATE TABLE locks (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO locks (name) VALUES ('bank'), ('bindings'), ('checkpoints'), ('import');

-- PROTOCOL.md section 13: how far each chain of the journal was, and the checkpoint before.
CREATE TABLE checkpoints (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    at       INTEGER NOT NULL,
    jws      TEXT -- signed by the platform, where it has the key
) STRICT;

CREATE TABLE checkpoint_heads (
    checkpoint INTEGER NOT NULL REFERENCES checkpoints (sequence),
    process    BLOB NOT NULL CHECK (length(process) = 16),
    sequence   INTEGER NOT NULL CHECK (sequence > 0),
    link       BLOB NOT NULL CHECK (length(link) = 32),
    PRIMARY KEY (checkpoint, process)
) STRICT, WITHOUT ROWID;

CREATE INDEX checkpoint_heads_by_process ON checkpoint_heads (process, sequence);

CREATE TRIGGER locks_stay BEFORE UPDATE ON locks
BEGIN SELECT raise(ABORT, 'a lock is never changed'); END;
CREATE TRIGGER locks_are_kept BEFORE DELETE ON locks
BEGIN SELECT raise(ABORT, 'a lock is never deleted'); END;
CREATE TRIGGER checkpoints_stay BEFORE UPDATE ON checkpoints
BEGIN SELECT raise(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER checkpoints_are_kept BEFORE DELETE ON checkpoints
BEGIN SELECT raise(ABORT, 'a checkpoint is never deleted'); END;
CREATE TRIGGER checkpoint_heads_stay BEFORE UPDATE ON checkpoint_heads
BEGIN SELECT raise(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER checkpoint_heads_are_kept BEFORE DELETE ON checkpoint_heads
BEGIN SELECT raise(ABORT, 'a checkpoint is never deleted'); END;
