"""Every damage is found and called by its name, by both verifiers; what is well is never accused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from core.chain import entries
from core.chain.checkpoints import read_anchor
from core.chain.entries import Draft, Entry, Private, Record
from core.errors import InvalidInput
from tests.tampering import DAMAGES, Made, forge_checkpoint, judged, made

N_DAMAGED = 300
N_CLEAN = 40


@pytest.fixture
def ledger() -> Made:
    """Twenty entries, a checkpoint every ten, both anchored."""
    return made(Random(1), 20)


def test_an_entry_s_hash_by_hand() -> None:
    """The digest of the format's own example in docs/ledger.md, written out by hand."""
    draft = Draft(kind="incident_resolved", actor="ann", model="local/loans", facts={"incident": "i1"})
    private = Private(salt="00" * 32, content='{"cause":"feed mended"}')
    entry = entries.seal(
        draft, seq=2, prev="ab" * 32, at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC), private=private
    )
    payload = sha256(bytes(32) + b'{"cause":"feed mended"}').hexdigest()
    written = (
        '{"actor":"ann","at":"2026-11-25T09:30:00.000000Z","body":{"incident":"i1"},"kind":"incident_resolved",'
        f'"model":"local/loans","payload":"{payload}","prev":"{"ab" * 32}","seq":2}}'
    )
    assert entry.payload == payload
    assert entry.hash == sha256(written.encode()).hexdigest()
    told = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert f"→ payload {payload}\n" in told
    assert f"→ hash {entry.hash}\n" in told
    assert f"\n{written}\n" in told


@pytest.mark.parametrize("part", range(6))
def test_damage_is_found_and_named_by_both_verifiers(tmp_path: Path, part: int) -> None:
    for case in range(part, N_DAMAGED, 6):
        random = Random(f"damage {case}")
        ledger = made(
            random,
            random.randint(3, 40),
            checkpoint_every=random.choice([1, 5, 10, 100]),
            anchor_every=random.choice([1, 2]),
        )
        how = DAMAGES[case % len(DAMAGES)]
        damage = how(ledger, random, ledger.anchors[-1].seq)
        wrong = judged(ledger, damage, tmp_path)
        assert wrong is None, f"case {case}, {how.__name__}: {wrong}"


def test_clean_ledgers_are_never_accused(tmp_path: Path) -> None:
    for case in range(N_CLEAN):
        random = Random(f"clean {case}")
        ledger = made(random, random.randint(1, 40), checkpoint_every=random.choice([1, 5, 10]))
        ledger.anchors = ledger.anchors[: random.randint(0, len(ledger.anchors))]
        first, second = ledger.proof(), ledger.second_proof(tmp_path)
        assert first.ok, first
        assert second["ok"], second
        assert (first.rows, first.unanchored, first.n_erased) == (
            second["rows"],
            second["unanchored"],
            second["erased"],
        )


def test_an_empty_ledger_holds_unless_an_anchor_saw_more(ledger: Made, tmp_path: Path) -> None:
    empty = Made(records=[], checkpoints=[], anchors=[])
    assert (empty.proof().ok, empty.proof().head, empty.proof().rows) == (True, None, 0)
    assert empty.second_proof(tmp_path)["ok"]
    gone = replace(empty, anchors=ledger.anchors)
    assert (gone.proof().kind, gone.proof().first_bad) == ("truncate", 1)
    assert gone.second_proof(tmp_path)["kind"] == "truncate"


def test_rows_after_the_newest_anchor_are_counted(ledger: Made) -> None:
    assert ledger.proof().unanchored == 0
    assert replace(ledger, anchors=ledger.anchors[:1]).proof().unanchored == 10
    assert replace(ledger, anchors=[]).proof().unanchored == 20


def test_without_anchors_a_cut_below_the_checkpoints_is_still_seen() -> None:
    ledger = next(
        one
        for one in (made(Random(seed), 20) for seed in range(100))
        if all(record.entry.kind != entries.ERASED for record in one.records)
    )
    cut = replace(ledger, anchors=[], records=ledger.records[:15])
    assert (cut.proof().kind, cut.proof().first_bad) == ("truncate", 16)
    # With the checkpoints gone too, nothing inside tells: that is what anchors are for.
    assert replace(cut, checkpoints=ledger.checkpoints[:1]).proof().ok


def test_another_ledger_in_its_place_is_seen(ledger: Made, tmp_path: Path) -> None:
    other = replace(made(Random(2), 25), anchors=ledger.anchors)
    assert (other.proof().kind, other.proof().first_bad) == ("edit", 1)
    assert other.second_proof(tmp_path)["first_bad"] == 1


def test_a_private_part_beside_an_entry_without_one_is_seen(ledger: Made) -> None:
    (place, *_) = [n for n, one in enumerate(ledger.records) if one.entry.payload is None]
    one = ledger.records[place]
    ledger.records[place] = replace(one, private=Private(salt="00" * 32, content="{}"))
    assert (ledger.proof().kind, ledger.proof().first_bad) == ("insert", place + 1)


def test_an_erasure_covers_only_what_was_there_before(ledger: Made) -> None:
    """An entry cannot note the erasure of a private part that came after it."""
    early = Draft(kind=entries.ERASED, actor="x", facts={"seqs": [22]})
    last = ledger.records[-1].entry
    one = entries.seal(early, seq=21, prev=last.hash, at=datetime(2026, 1, 1, tzinfo=UTC))
    private = Private(salt="11" * 32, content="{}")
    late = Draft(kind="x", actor="x")
    two = entries.seal(late, seq=22, prev=one.hash, at=datetime(2026, 1, 1, tzinfo=UTC), private=private)
    ledger.records += [Record(entry=one), Record(entry=two)]
    assert (ledger.proof().kind, ledger.proof().first_bad) == ("delete", 22)


def test_forged_signatures_are_called_that(ledger: Made, tmp_path: Path) -> None:
    for case in range(10):
        damaged = ledger.copy()
        damage = forge_checkpoint(damaged, Random(case), 20)
        assert judged(damaged, damage, tmp_path) is None
        assert damaged.proof().kind == "signature"


def test_a_tampered_anchor_is_called_a_signature(ledger: Made, tmp_path: Path) -> None:
    ledger.anchors[1] = replace(ledger.anchors[1], seq=19)
    assert (ledger.proof().kind, ledger.proof().first_bad) == ("signature", 19)
    assert ledger.second_proof(tmp_path)["kind"] == "signature"


def test_an_unsigned_change_of_keys_is_seen(tmp_path: Path) -> None:
    ledger = made(Random(3), 5)
    draft = Draft(kind=entries.ROTATED, actor="x", facts={"key": "00" * 32, "signature": "00" * 64})
    last = ledger.records[-1].entry
    sealed = entries.seal(draft, seq=6, prev=last.hash, at=datetime(2026, 1, 1, tzinfo=UTC))
    ledger.records.append(Record(entry=sealed))
    assert (ledger.proof().kind, ledger.proof().first_bad) == ("signature", 6)
    assert ledger.second_proof(tmp_path)["kind"] == "signature"


@pytest.mark.parametrize("seq", [None, "5", b"5", 5.0, 2**60])
@pytest.mark.parametrize("field", ["seq", "body", "actor", "payload", "prev", "hash"])
def test_values_of_any_kind_are_judged_not_stumbled_over(
    ledger: Made, tmp_path: Path, field: str, seq: object
) -> None:
    entry: Entry = replace(ledger.records[4].entry, **{field: seq})  # type: ignore[arg-type]
    if entry == ledger.records[4].entry:
        return
    ledger.records[4] = replace(ledger.records[4], entry=entry)
    first, second = ledger.proof(), ledger.second_proof(tmp_path)
    assert (first.ok, second["ok"]) == (False, False)
    assert (first.first_bad, first.kind) == (second["first_bad"], second["kind"])


def test_half_a_line_of_an_anchor_is_left_out_and_strangers_are_refused(ledger: Made) -> None:
    line = ledger.anchors[0].line()
    assert read_anchor([line[:50], line]) == [ledger.anchors[0]]
    for lines in ([], [line[:50]], ["{}"], ["[1]"], [line.replace('"seq":10', '"seq":"10"')]):
        with pytest.raises(InvalidInput, match="anchor"):
            read_anchor(lines)
    assert json.loads(line)["checkpoint"]["type"] == "trimtab ledger checkpoint"
