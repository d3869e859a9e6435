-- Guards of the ledger on PostgreSQL: no change, no removal, no gap. One statement a paragraph.

CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only: nothing in it is changed or removed'; END $$

CREATE TRIGGER ledger_change BEFORE UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION ledger_refuses()

CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()

CREATE TRIGGER ledger_payloads_change BEFORE UPDATE ON ledger_payloads
FOR EACH ROW EXECUTE FUNCTION ledger_refuses()

CREATE TRIGGER ledger_payloads_truncate BEFORE TRUNCATE ON ledger_payloads
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()

CREATE TRIGGER ledger_checkpoints_change BEFORE UPDATE OR DELETE ON ledger_checkpoints
FOR EACH ROW EXECUTE FUNCTION ledger_refuses()

CREATE TRIGGER ledger_checkpoints_truncate BEFORE TRUNCATE ON ledger_checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()

CREATE FUNCTION ledger_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
        OR (NEW.seq > 1 AND NEW.prev <> (SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1))
    THEN RAISE EXCEPTION 'the ledger is a chain without gaps: an entry follows the last';
    END IF;
    RETURN NEW;
END $$

CREATE TRIGGER ledger_insert BEFORE INSERT ON ledger
FOR EACH ROW EXECUTE FUNCTION ledger_follows()

CREATE FUNCTION ledger_payloads_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq IS DISTINCT FROM (SELECT max(seq) FROM ledger)
    THEN RAISE EXCEPTION 'a private part comes with its entry';
    END IF;
    RETURN NEW;
END $$

CREATE TRIGGER ledger_payloads_insert BEFORE INSERT ON ledger_payloads
FOR EACH ROW EXECUTE FUNCTION ledger_payloads_follow()

CREATE FUNCTION ledger_payloads_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM ledger
        WHERE kind = 'payload_erased' AND body::jsonb -> 'seqs' @> to_jsonb(OLD.seq)
    )
    THEN RAISE EXCEPTION 'a private part goes only where an entry says so';
    END IF;
    RETURN OLD;
END $$

CREATE TRIGGER ledger_payloads_delete BEFORE DELETE ON ledger_payloads
FOR EACH ROW EXECUTE FUNCTION ledger_payloads_stay()

CREATE FUNCTION ledger_checkpoints_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM ledger_checkpoints)
    THEN RAISE EXCEPTION 'a checkpoint takes the next number';
    END IF;
    RETURN NEW;
END $$

CREATE TRIGGER ledger_checkpoints_insert BEFORE INSERT ON ledger_checkpoints
FOR EACH ROW EXECUTE FUNCTION ledger_checkpoints_follow()
