-- Segments: profiles of the parts of the rows that a spec names, beside those of all rows.
-- segment 0 means all rows, any other number is a code of profile_segments.
ALTER TABLE profiles ADD COLUMN segment INTEGER DEFAULT 0;
ALTER TABLE profile_numeric ADD COLUMN segment INTEGER DEFAULT 0;
ALTER TABLE profile_categorical ADD COLUMN segment INTEGER DEFAULT 0;
ALTER TABLE profile_outcomes ADD COLUMN segment INTEGER DEFAULT 0;
ALTER TABLE profile_class_scores ADD COLUMN segment INTEGER DEFAULT 0;

-- What a code means, fixed when the reference is pinned. entry: place in the spec's list of segments.
-- code_text: the values by which rows are told apart, parted by U+001F. content: column → value as JSON.
-- expected: whether the reference has enough of them to miss them where they do not come.
CREATE TABLE profile_segments (
    model_key VARCHAR NOT NULL,
    entry INTEGER NOT NULL,
    code INTEGER NOT NULL,
    code_text VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    expected BOOLEAN NOT NULL
);
