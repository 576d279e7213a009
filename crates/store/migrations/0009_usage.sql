-- PROTOCOL.md section 16: tariffs, metering points, and what they metered.

-- The documents may come again with other content.
CREATE TABLE tariffs (
    id       TEXT PRIMARY KEY,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    document BLOB NOT NULL -- JSON, packed
) STRICT;

CREATE TABLE schedules (
    id       TEXT PRIMARY KEY,
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    document BLOB NOT NULL -- JSON, packed
) STRICT;

CREATE TABLE metering_points (
    id            TEXT PRIMARY KEY,
    account       TEXT NOT NULL REFERENCES accounts (id),
    name          TEXT NOT NULL,
    address       TEXT NOT NULL,
    under         TEXT REFERENCES metering_points (id),
    tariff        TEXT NOT NULL REFERENCES tariffs (id),
    schedule      TEXT REFERENCES schedules (id),
    capacity_kva  TEXT,
    contracted_kw TEXT,
    prepaid       INTEGER NOT NULL CHECK (prepaid IN (0, 1))
) STRICT;
CREATE INDEX metering_points_by_account ON metering_points (account, id);
CREATE INDEX metering_points_by_under ON metering_points (under) WHERE under IS NOT NULL;

-- What a bill was reckoned from.
CREATE TABLE metered (
    bill     TEXT PRIMARY KEY REFERENCES bills (id),
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    document BLOB NOT NULL -- JSON, packed
) STRICT;

-- The grid of a metering point's readings: `resolution` seconds apart, `phase` seconds after a
-- multiple of that since 1970; and from where to where there are any.
CREATE TABLE load_curves (
    point      TEXT PRIMARY KEY REFERENCES metering_points (id),
    resolution INTEGER NOT NULL CHECK (resolution > 0),
    phase      INTEGER NOT NULL CHECK (phase >= 0 AND phase < resolution),
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL CHECK (last > first)
) STRICT, WITHOUT ROWID;

-- 32 days of a metering point, counted from 1970 plus its phase, in one piece (`store::block`).
CREATE TABLE readings (
    point TEXT NOT NULL REFERENCES metering_points (id),
    block INTEGER NOT NULL,
    body  BLOB NOT NULL,
    PRIMARY KEY (point, block)
) STRICT;

CREATE TRIGGER metered_stays BEFORE UPDATE ON metered
BEGIN SELECT raise(ABORT, 'what a bill was reckoned from is never changed'); END;
CREATE TRIGGER metered_is_kept BEFORE DELETE ON metered
BEGIN SELECT raise(ABORT, 'what a bill was reckoned from is never deleted'); END;
CREATE TRIGGER metering_points_are_kept BEFORE DELETE ON metering_points
BEGIN SELECT raise(ABORT, 'a metering point is never deleted'); END;
CREATE TRIGGER readings_are_kept BEFORE DELETE ON readings
BEGIN SELECT raise(ABORT, 'readings are never deleted'); END;
