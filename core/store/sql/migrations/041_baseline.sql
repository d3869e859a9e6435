-- Baselines: what a measurement was compared with, the whole reference (fixed) or its like windows (seasonal).
ALTER TABLE measurements ADD COLUMN baseline VARCHAR DEFAULT 'fixed';
ALTER TABLE verdicts ADD COLUMN baseline VARCHAR DEFAULT 'fixed';
