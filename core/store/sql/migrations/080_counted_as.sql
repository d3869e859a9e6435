-- By which way of counting a profile came about (core.profiles.count.COUNTED_AS): one that holds less than is
-- counted now is counted again, not carried on, when labels come late. NULL: before ways had numbers.
ALTER TABLE profiles ADD COLUMN counted_as INTEGER;
