"""Adding by hand."""

from dataclasses import fields, replace

import pytest

from core.domain import CategoricalProfile, NumericProfile, OutcomeCells, Profile, Window
from core.profiles.merge import merge, merge_all, merge_categorical, merge_cells, merge_numeric
from tests.unit.profiles.stream import DAY, START

EMPTY = Profile(
    version="1", window=Window(index=0, start=START, end=START + DAY), n=0, n_labelled=0, n_errors=0,
    numeric={}, categorical={}, scores={}, predictions=None, labels=None, latency=None, outcomes=None,
)  # fmt: skip
NUMBERS = NumericProfile(
    n=3, n_null=1, n_nonfinite=0, total=3.0, total_squares=5.0, low=1.0, high=2.0, counts=(0, 2)
)
CLASSES = CategoricalProfile(n=3, n_null=0, counts=(1, 1), n_other=1, new={"x": 1})


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="no profile"):
        merge_all(())


def test_an_empty_window_adds_nothing_but_its_time() -> None:
    later = Window(index=1, start=START + DAY, end=START + 2 * DAY, closed=False)
    full = replace(EMPTY, n=3, numeric={"a": NUMBERS}, labels=CLASSES, window=later)
    both = merge(EMPTY, full)
    assert both.numeric == {"a": NUMBERS}
    assert both.labels == CLASSES
    assert both.window == Window(index=None, start=START, end=START + 2 * DAY, closed=False)


def test_versions_of_one_window_keep_its_index() -> None:
    assert merge(EMPTY, replace(EMPTY, version="0")).window.index == 0
    assert merge(EMPTY, replace(EMPTY, version="0")).version == "0"


def test_extremes_of_a_column_without_values_are_none() -> None:
    blank = replace(NUMBERS, low=None, high=None, counts=(0, 0))
    assert merge_numeric([blank, blank]).low is None
    assert merge_numeric([blank, NUMBERS]).high == 2.0


def test_new_categories_of_both_stay_named() -> None:
    other = replace(CLASSES, n_other=3, new={"y": 2, "x": 1})
    assert merge_categorical([CLASSES, other]).new == {"x": 2, "y": 2}


def test_other_edges_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        merge_numeric([NUMBERS, replace(NUMBERS, counts=(0, 1, 1))])


def test_numbers_and_classes_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        merge(replace(EMPTY, labels=CLASSES), replace(EMPTY, labels=NUMBERS))


def test_cells_of_the_same_kind_are_one() -> None:
    cells = OutcomeCells(
        groups=(("f",), ("f",)), label=("1", None), prediction=("1", "1"), score_bin=(3, 3), n=(2, 1),
        n_labelled=(2, 0), score_total=(1.0, 0.5), score_squares=(0.5, 0.25), error_total=(0.0, 0.0),
        error_absolute=(0.0, 0.0), error_squares=(0.0, 0.0), label_total=(0.0, 0.0),
        label_absolute=(0.0, 0.0), label_squares=(0.0, 0.0),
    )  # fmt: skip
    both = merge_cells([cells, cells])
    assert both.label == (None, "1")
    assert both.n == (2, 4)
    assert both.score_total == (1.0, 2.0)


def test_no_cells_are_no_cells() -> None:
    none = OutcomeCells(**{field.name: () for field in fields(OutcomeCells)})
    assert merge_cells([none, none]) == none
