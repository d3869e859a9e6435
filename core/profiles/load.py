"""Profiles read back from the tables in which they are kept."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.columnar import Coded, Numbers
from core.domain import (
    ALL_ROWS,
    CategoricalProfile,
    NumericProfile,
    OutcomeCells,
    Profile,
    Window,
)
from core.profiles import beside, class_scores, errors
from core.profiles.relation import WHOLE, utc
from core.profiles.segments import segments_by_code
from core.profiles.wanted import Owner, wanted
from core.store import Cursor, statement

_CELL_NUMBERS = tuple(
    each.name for each in fields(OutcomeCells) if each.name not in {"groups", "label", "prediction"}
)


@dataclass(slots=True)
class _Parts:
    """What has been read of one profile so far, by role."""

    numeric: dict[str, dict[str, NumericProfile]] = field(default_factory=lambda: defaultdict(dict))
    categorical: dict[str, dict[str, CategoricalProfile]] = field(default_factory=lambda: defaultdict(dict))
    cells: OutcomeCells | None = None

    def target(self, role: str) -> NumericProfile | CategoricalProfile | None:
        """Return the one column in the role of prediction or label, numbers or classes."""
        numbers = next(iter(self.numeric[role].values()), None)
        return numbers or next(iter(self.categorical[role].values()), None)


def load_profiles(cursor: Cursor, key: str, indexes: Sequence[int] | None = None) -> list[Profile]:
    """Return a model's current profiles, one per window, model version and segment, in that order.

    Parameters
    ----------
    indexes
        The windows wanted; None for all. Windows that were never profiled are left out.

    Returns
    -------
    list of Profile
        A window without rows is one profile with n = 0 and no columns.
    """
    return read_profiles(cursor, key, is_reference=False, indexes=indexes)


def read_profiles(
    cursor: Cursor, key: str, *, is_reference: bool, indexes: Sequence[int] | None = None
) -> list[Profile]:
    """Return current or reference profiles; the whole reference has the window index None and comes last."""
    asked = wanted([key], is_reference=is_reference, indexes=indexes)
    return _read(cursor, asked).get(key, [])


def load_of_models(cursor: Cursor, indexes: Mapping[str, Collection[int]]) -> Mapping[str, Sequence[Profile]]:
    """Return the current profiles of several models: by key those of :func:`load_profiles`.

    Models of which the same windows are wanted are read together.

    Parameters
    ----------
    indexes
        The windows wanted of each model, by its key.
    """
    alike: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for key, own in indexes.items():
        alike[tuple(sorted(own))].append(key)
    found: dict[str, Sequence[Profile]] = {}
    for places, keys in alike.items():
        found |= _read(cursor, wanted(keys, is_reference=False, indexes=places))
    return found


def _read(cursor: Cursor, asked: Mapping[str, object]) -> dict[str, list[Profile]]:
    is_reference = bool(asked["is_reference"])
    parts: dict[Owner, _Parts] = defaultdict(_Parts)
    _read_numeric(cursor, asked, parts)
    _read_categorical(cursor, asked, parts)
    _read_outcomes(cursor, asked, parts)
    class_cells = dict(class_scores.read(cursor, asked))
    moments, leaves = dict(errors.read_moments(cursor, asked)), dict(errors.read_leaves(cursor, asked))
    asides = beside.read(cursor, asked)
    heads = cursor.execute(statement("profiles_headers"), dict(asked)).fetchall()
    segments = {key: segments_by_code(cursor, key) for key in {key for key, _, _, code, *_ in heads if code}}
    profiles: dict[str, list[Profile]] = defaultdict(list)
    for key, index, version, code, start, end, closed, n, n_labelled, n_errors in heads:
        owner: Owner = (key, index, version, code)
        own, aside = parts[owner], asides.get(owner, beside.NOTHING)
        profiles[key].append(
            Profile(
                version=version,
                window=Window(
                    index=None if is_reference and index == WHOLE else index,
                    start=utc(start),
                    end=utc(end),
                    closed=closed,
                ),
                n=n,
                n_labelled=n_labelled,
                n_errors=n_errors,
                numeric=own.numeric["feature"],
                categorical=own.categorical["feature"],
                scores=own.numeric["score"],
                predictions=own.target("prediction"),
                labels=own.target("label"),
                latency=next(iter(own.numeric["latency"].values()), None),
                outcomes=own.cells,
                class_scores=class_cells.get(owner),
                errors=moments.get(owner),
                leaves=leaves.get(owner),
                attributions=own.numeric["attribution"],
                segment=segments[key][code] if code else ALL_ROWS,
                label_delay=next(iter(own.numeric["label_delay"].values()), None),
                n_unlabellable=aside.n_unlabellable,
                refused=aside.refused,
            )
        )
    return profiles


def _read_numeric(cursor: Cursor, asked: Mapping[str, object], parts: Mapping[Owner, _Parts]) -> None:
    for (
        key,
        index,
        version,
        code,
        role,
        name,
        n,
        n_null,
        n_nonfinite,
        total,
        squares,
        low,
        high,
        counts,
    ) in cursor.execute(statement("profiles_numeric"), dict(asked)).fetchall():
        parts[key, index, version, code].numeric[role][name] = NumericProfile(
            n=n,
            n_null=n_null,
            n_nonfinite=n_nonfinite,
            total=total,
            total_squares=squares,
            low=low,
            high=high,
            counts=tuple(counts),
        )


def _read_categorical(cursor: Cursor, asked: Mapping[str, object], parts: Mapping[Owner, _Parts]) -> None:
    for key, index, version, code, role, name, n, n_null, n_other, counts, new, new_counts in cursor.execute(
        statement("profiles_categorical"), dict(asked)
    ).fetchall():
        parts[key, index, version, code].categorical[role][name] = CategoricalProfile(
            n=n,
            n_null=n_null,
            counts=tuple(counts),
            n_other=n_other,
            new=dict(zip(new, new_counts, strict=True)),
        )


def _read_outcomes(cursor: Cursor, asked: Mapping[str, object], parts: Mapping[Owner, _Parts]) -> None:
    # The cells are the bulk: they stay the columns that they are read as, cut where the owner changes.
    found = cursor.execute(statement("profiles_outcomes"), dict(asked)).to_arrow_table().combine_chunks()
    if not len(found):
        return
    index, segment = (found[name].to_numpy() for name in ("window_index", "segment"))
    (keys, key), (versions, version) = (_coded(found[name]) for name in ("model_key", "version"))
    texts, group = _coded(found["groups"])
    groups = [tuple(json.loads(text)) for text in texts if text is not None]
    (labels, label), (calls, call) = (_coded(found[name]) for name in ("label", "prediction"))
    numbers = {name: found[name].to_numpy() for name in _CELL_NUMBERS}
    changes = [np.flatnonzero(np.diff(codes)) + 1 for codes in (key, index, version, segment)]
    for first, last in pairwise([0, *np.unique(np.concatenate(changes)).tolist(), len(found)]):
        whose, by = str(keys[key[first]]), str(versions[version[first]])
        owner: Owner = (whose, int(index[first]), by, int(segment[first]))
        parts[owner].cells = OutcomeCells(
            groups=Coded(groups, group[first:last]),
            label=Coded(labels, label[first:last]),
            prediction=Coded(calls, call[first:last]),
            **{name: Numbers(values[first:last]) for name, values in numbers.items()},
        )


def _coded(values: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.intp]]:
    """Return a column's different texts, None last, and which of them each entry is."""
    coded = values.combine_chunks().dictionary_encode()
    texts = [*coded.dictionary.to_pylist(), None]
    return texts, coded.indices.fill_null(len(texts) - 1).to_numpy().astype(np.intp)
