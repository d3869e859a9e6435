"""A thousand malformed files: no crash, nothing lost, each told by field and remedy."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.receipts import IngestReceipt
from core.store import AnalyticsStore, StateStore
from tests.campaigns import more
from tests.faults.malformed import SPEC, Malformed, malformed
from tests.ingest_desk import Desk

MAY_REPEAT = ("ragged", "nothing", "noise", "truncated", "flipped", "another format")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    store, state = AnalyticsStore.open(None), StateStore.open(None)
    yield Desk.open(tmp_path_factory.mktemp("spool"), SPEC, store, state)
    store.close()
    state.close()


@pytest.mark.parametrize("seed", range(100))
def test_a_sample(desk: Desk, seed: int) -> None:
    hand_in(desk, malformed(seed))


@pytest.mark.slow
@pytest.mark.parametrize("hundred", [1, *more(*range(2, 12))])
def test_the_other_thousand(desk: Desk, hundred: int) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        hand_in(desk, malformed(seed))


def hand_in(desk: Desk, sent: Malformed) -> None:
    n_stored, known = stored(desk), waiting(desk)
    try:
        receipt = desk.send(sent.content, sent.name)
    except InvalidInput as caught:
        refused = caught
    else:
        account(desk, sent, receipt, n_stored, known)
        return
    assert refused.problems, sent.spoiled
    assert all(problem.field and problem.message and problem.remedy for problem in refused.problems)
    assert str(Path(desk.folder)) not in str(refused)
    assert stored(desk) == n_stored
    assert waiting(desk) == known


def account(desk: Desk, sent: Malformed, receipt: IngestReceipt, n_stored: int, known: int) -> None:
    if sent.n_rows is not None:
        assert receipt.accepted + receipt.quarantined + receipt.duplicate == sent.n_rows, sent.spoiled
    assert stored(desk) == n_stored + receipt.accepted
    assert sum(receipt.reasons.values()) == receipt.quarantined
    n_new = waiting(desk) - known
    # Lines that say nothing ("," or "null") come in many files and are listed once.
    assert n_new == receipt.quarantined or (n_new < receipt.quarantined and sent.spoiled in MAY_REPEAT)


def test_every_row_in_quarantine_says_why(desk: Desk) -> None:
    """Last in the file: of all that the tests above handed in."""
    for found in desk.waiting():
        assert found.field
        assert found.reason
        assert found.remedy
        assert json.loads(found.row) is not None
    listed = desk.waiting()
    assert len({found.id for found in listed}) == len(listed)


def waiting(desk: Desk) -> int:
    return int(desk.value(f"SELECT count(*) FROM quarantine WHERE model_key = '{desk.monitor.key}'"))


def stored(desk: Desk) -> int:
    n, distinct = (desk.value(f"SELECT count({what}) FROM {{rows}}") for what in ("*", "DISTINCT row_id"))
    assert n == distinct
    return int(n)
