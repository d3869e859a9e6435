"""A column beside its reference: few bins, shares that add up, what is new and what is missing."""

import pytest

from core.store import AnalyticsStore, Cursor
from core.views.build.bins import distribution
from core.views.series import Distribution


@pytest.fixture
def cursor():
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        yield cursor
    store.close()


def add_column(cursor: Cursor, role: str, name: str, *, edges=None, categories=None) -> None:
    cursor.execute(
        "INSERT INTO profile_columns VALUES ('k', $physical, $role, $name, 0, $edges, $categories)",
        {"physical": name, "role": role, "name": name, "edges": edges, "categories": categories},
    )


def add_numeric(cursor: Cursor, name: str, counts: list[int], *, is_reference: bool, n_null: int = 0) -> None:
    cursor.execute(
        "INSERT INTO profile_numeric VALUES"
        " ('k', $ref, $index, '1', $name, $n, $n_null, 0, 0, 0, NULL, NULL, $counts, 0)",
        {"ref": is_reference, "index": 0 if is_reference else 4, "name": name, "n": sum(counts) + n_null,
         "n_null": n_null, "counts": counts},
    )  # fmt: skip


def add_categorical(
    cursor: Cursor, name: str, counts: list[int], *, is_reference: bool, new: dict[str, int]
) -> None:
    cursor.execute(
        "INSERT INTO profile_categorical VALUES"
        " ('k', $ref, $index, '1', $name, $n, 0, $other, $counts, $new, $new_counts, 0)",
        {"ref": is_reference, "index": 0 if is_reference else 4, "name": name,
         "n": sum(counts) + sum(new.values()), "other": sum(new.values()), "counts": counts,
         "new": list(new), "new_counts": list(new.values())},
    )  # fmt: skip


def read(cursor: Cursor, role: str, name: str | None) -> Distribution | None:
    return distribution(cursor, "k", role=role, name=name, version="1", index=4)


def test_numbers_are_cut_at_the_reference_s_deciles(cursor: Cursor) -> None:
    add_column(cursor, "feature", "income", edges=[float(i) for i in range(1, 64)])
    add_numeric(cursor, "income", [10] * 64, is_reference=True)
    add_numeric(cursor, "income", [0] * 32 + [20] * 32, is_reference=False, n_null=160)
    shares = read(cursor, "feature", "income")
    assert shares is not None
    assert 9 <= len(shares.labels) <= 11
    assert all(0.05 < share < 0.15 for share in shares.reference)
    assert sum(shares.reference) == pytest.approx(1)
    assert sum(shares.current) == pytest.approx(1)
    assert (shares.n_current, shares.missing_current) == (640, pytest.approx(0.2))
    assert (shares.lows[0], shares.highs[-1]) == (None, None)


def test_scores_get_even_bins(cursor: Cursor) -> None:
    add_column(cursor, "score", "score", edges=[i / 100 for i in range(1, 100)])
    for is_reference in (True, False):
        add_numeric(cursor, "score", [1] * 100, is_reference=is_reference)
    shares = read(cursor, "score", None)
    assert shares is not None
    assert shares.column == "score"
    assert len(shares.labels) == 40


def test_a_new_category_stands_beside_the_known_ones(cursor: Cursor) -> None:
    add_column(cursor, "feature", "channel", categories=["online", "branch"])
    add_categorical(cursor, "channel", [60, 40], is_reference=True, new={})
    add_categorical(cursor, "channel", [30, 20], is_reference=False, new={"partner": 50})
    shares = read(cursor, "feature", "channel")
    assert shares is not None
    assert dict(zip(shares.labels, shares.current, strict=True)) == {
        "online": 0.3,
        "branch": 0.2,
        "partner (new)": 0.5,
    }


def test_rare_categories_share_one_bin(cursor: Cursor) -> None:
    add_column(cursor, "feature", "city", categories=[f"c{i}" for i in range(30)])
    for is_reference in (True, False):
        add_categorical(cursor, "city", list(range(30, 0, -1)), is_reference=is_reference, new={})
    shares = read(cursor, "feature", "city")
    assert shares is not None
    assert (len(shares.labels), shares.labels[-1]) == (13, "(other)")
    assert sum(shares.current) == pytest.approx(1)


def test_an_empty_window_has_no_shares_and_no_missing_rate(cursor: Cursor) -> None:
    add_column(cursor, "feature", "income", edges=[1.0])
    add_numeric(cursor, "income", [5, 5], is_reference=True)
    add_numeric(cursor, "income", [0, 0], is_reference=False)
    shares = read(cursor, "feature", "income")
    assert shares is not None
    assert (shares.current, shares.missing_current) == ((0.0, 0.0), None)


def test_a_column_that_was_never_profiled_has_no_distribution(cursor: Cursor) -> None:
    assert read(cursor, "feature", "income") is None
