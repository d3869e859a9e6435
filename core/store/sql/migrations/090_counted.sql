-- Up to which row or label a model's windows are counted, which may be ahead of what is judged, and the windows
-- counted since it was last judged. NULL: counted as far as judged, by a Trimtab that did both at once.
ALTER TABLE model_state ADD COLUMN counted_arrival BIGINT;
ALTER TABLE model_state ADD COLUMN unjudged INTEGER[];
