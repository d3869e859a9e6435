"""The tables that rules ask for, against counts made by hand from the rows."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config import Workspace, create_workspace
from core.logs.upload import Upload, sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.fairness import FairnessScope, Impact
from tests.fair_loans import BINARY, REGRESSION, rows
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0

SPEC = BINARY.replace("region]", "race]")
N_DAYS = 3
File = Callable[[pa.Table], Upload]


def people(day: int, n_days: int) -> pa.Table:
    """Applicants; the race of some is unknown, that of very few is rare."""
    table = rows(day, n_days)
    chance = np.random.default_rng([5, day + 100])
    race = np.array(table["region"].to_pylist(), dtype=object)
    race[race == "islands"] = "north"
    race[chance.random(len(race)) < 0.01] = "rare"
    race[chance.random(len(race)) < 0.05] = None
    return table.append_column("race", pa.array(race, pa.string()))


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trimtab]:
    folder = tmp_path_factory.mktemp("impact")
    opened = Trimtab(
        settings=create_workspace(Workspace(folder / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(None),
        registries={"local": FakeRegistry()},
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    for name, table in (("before", people(-4, 4)), ("after", people(0, N_DAYS))):
        pq.write_table(table, folder / f"{name}.parquet")
    opened.watch(SPEC, reference=sniff(folder / "before.parquet"))
    opened.ingest("loans", sniff(folder / "after.parquet"), kind="predictions")
    opened.monitor("loans")
    yield opened
    opened.close()


def impact(trimtab: Trimtab, **scope: object) -> Impact:
    found = trimtab.fairness_view(FairnessScope(model="loans", **scope)).impact  # type: ignore[arg-type]
    assert found is not None
    return found


def by_hand(hit: np.ndarray, keys: list[tuple[str | None, ...]]) -> dict[str, tuple[int, int]]:
    """Category → persons and hits, of those whose category is known."""
    found: dict[str, tuple[int, int]] = {}
    for key, one in zip(keys, hit.tolist(), strict=True):
        if None not in key:
            n, hits = found.get(", ".join(map(str, key)), (0, 0))
            found[", ".join(map(str, key))] = n + 1, hits + int(one)
    return found


@pytest.mark.parametrize("rate", ["selection", "scoring"])
def test_local_law_144_as_its_rule_defines_it(loans: Trimtab, rate: str) -> None:
    table = people(0, N_DAYS)
    score = table["score"].to_numpy()
    hit = score > np.median(score) if rate == "scoring" else table["decision"].to_numpy() == 1
    sex, race = table["sex"].to_pylist(), table["race"].to_pylist()
    found = impact(loans, preset="ll144", rate=rate)
    assert [one.title for one in found.tables] == [
        "Sex (sex)", "Race/ethnicity (race)", "Sex × race/ethnicity (sex × race)",
    ]  # fmt: skip
    assert found.median == (np.median(score) if rate == "scoring" else None)
    unknown = sum(one is None for one in race)
    assert [one.n_unknown for one in found.tables] == [0, unknown, unknown]
    keys = [[(one,) for one in sex], [(one,) for one in race], list(zip(sex, race, strict=True))]
    for shown, own in zip(found.tables, keys, strict=True):
        expected = by_hand(hit, own)
        kept = {name: h / n for name, (n, h) in expected.items() if n >= 0.02 * len(sex)}
        assert {row.category: (row.n, row.n_hits) for row in shown.rows} == expected
        assert shown.most == max(kept, key=lambda name: kept[name])
        assert shown.n_left_out == len(expected) - len(kept)
        for row in shown.rows:
            assert row.rate == pytest.approx(expected[row.category][1] / expected[row.category][0])
            if row.category in kept:
                assert row.ratio == pytest.approx(kept[row.category] / max(kept.values()), abs=1e-12)
            else:
                assert (row.ratio, row.note) == (None, "left out: under 2 % of the data")
    assert found.tables[1].n_left_out == 1


def test_the_four_fifths_screen_stands_beside_the_highest_rate(loans: Trimtab) -> None:
    view = loans.fairness_view(FairnessScope(model="loans", attribute="race"))
    assert view.impact is not None
    (table,) = view.impact.tables
    rates = {row.category: row.rate for row in table.rows if row.mark != "unknown" and row.rate is not None}
    assert table.most == max(rates, key=lambda name: rates[name])
    beside = {one.name: one for one in view.contrasts}
    for row in table.rows:
        assert (row.ratio, row.mark) == (beside[row.category].value, beside[row.category].mark)
        assert (row.low, row.high) == (beside[row.category].low, beside[row.category].high)
    assert view.verdict is not None
    south = next(row for row in table.rows if row.category == "south")
    assert south.mark == "outside"


def test_columns_of_other_names_are_said_to_be_missing(trimtab: Trimtab, file: File) -> None:
    trimtab.watch(REGRESSION, reference=file(rows(-4, 4)))
    trimtab.ingest("loans", file(rows(0, 2)), kind="predictions")
    trimtab.monitor("loans")
    found = impact(trimtab, preset="ll144")
    assert "race/ethnicity" in found.note
    assert [one.title for one in found.tables] == ["Sex (sex)"]
    assert found.rate == "scoring", "a regression model selects nobody"
    amount = rows(0, 2)["amount"].to_numpy()
    assert found.median == pytest.approx(np.median(amount))
    assert "selects nobody" in impact(trimtab).missing
