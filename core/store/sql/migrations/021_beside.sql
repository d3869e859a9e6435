-- What a profile holds besides its columns, and when the rows in quarantine happened.

-- kind: unlabellable (rows without a label that can never have one) or refused (rows of the window's time in
-- quarantine). field: of refused, the column at fault, and U+0000 sent for all rows that were sent.
CREATE TABLE profile_beside (
    model_key VARCHAR NOT NULL,
    is_reference BOOLEAN NOT NULL,
    window_index INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    segment INTEGER DEFAULT 0,
    kind VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    n BIGINT NOT NULL
);

-- Naive UTC; NULL where the row tells no time, or was refused before times were kept.
ALTER TABLE quarantine ADD COLUMN event_at TIMESTAMP;
