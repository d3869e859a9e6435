"""What is read column by column is what is read row by row."""

import pytest

from core.store import AnalyticsStore
from core.store.by_column import each

ROWS = """
    SELECT i AS whole, CASE WHEN i % 3 > 0 THEN i END AS some, i / 7 AS real, CASE WHEN i % 2 = 0 THEN i / 7 END AS gaps,
           'é' || i AS text, CASE WHEN i > 5 THEN repeat('x', i) END AS late, NULL::VARCHAR AS never, i > 4 AS truth,
           TIMESTAMP '2026-01-01' + to_hours(i) AS at, 'nan'::DOUBLE AS no_number
    FROM range(?) r(i)
"""  # noqa: E501


@pytest.mark.parametrize("n", [0, 1, 9, 3_000])
def test_rows_come_as_they_do_one_by_one(n: int) -> None:
    store = AnalyticsStore.open(None)
    with store.reading() as cursor:
        one_by_one = cursor.execute(ROWS, [n]).fetchall()
        by_column = list(each(cursor.execute(ROWS, [n]), lambda *cells: cells))
    store.close()
    # A NaN equals nothing, itself included.
    assert repr(by_column) == repr(one_by_one)
    assert len(by_column) == n
