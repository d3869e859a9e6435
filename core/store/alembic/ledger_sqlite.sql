-- Guards of the ledger on SQLite: no change, no removal, no gap. One statement a paragraph.
-- REPLACE removes the row that is in the way without firing its delete trigger (recursive_triggers is off),
-- so the insert triggers refuse every number but the next. No other column is unique, for the same reason.

CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry is changed'); END

CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry is removed'); END

CREATE TRIGGER ledger_insert BEFORE INSERT ON ledger
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
BEGIN SELECT RAISE(ABORT, 'the ledger has no gaps: an entry takes the next number'); END

CREATE TRIGGER ledger_link BEFORE INSERT ON ledger
WHEN NEW.seq > 1 AND NEW.prev IS NOT (SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'the ledger is a chain: an entry follows the last'); END

CREATE TRIGGER ledger_payloads_update BEFORE UPDATE ON ledger_payloads
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no private part is changed'); END

CREATE TRIGGER ledger_payloads_delete BEFORE DELETE ON ledger_payloads
WHEN NOT EXISTS (
    SELECT 1 FROM ledger, json_each(ledger.body, '$.seqs') AS gone
    WHERE ledger.kind = 'payload_erased' AND gone.value = OLD.seq
)
BEGIN SELECT RAISE(ABORT, 'a private part goes only where an entry says so'); END

CREATE TRIGGER ledger_payloads_insert BEFORE INSERT ON ledger_payloads
WHEN NEW.seq IS NOT (SELECT max(seq) FROM ledger) OR NEW.seq IN (SELECT seq FROM ledger_payloads)
BEGIN SELECT RAISE(ABORT, 'a private part comes with its entry'); END

CREATE TRIGGER ledger_checkpoints_update BEFORE UPDATE ON ledger_checkpoints
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no checkpoint is changed'); END

CREATE TRIGGER ledger_checkpoints_delete BEFORE DELETE ON ledger_checkpoints
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no checkpoint is removed'); END

CREATE TRIGGER ledger_checkpoints_insert BEFORE INSERT ON ledger_checkpoints
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM ledger_checkpoints)
BEGIN SELECT RAISE(ABORT, 'a checkpoint takes the next number'); END
