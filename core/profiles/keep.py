"""Profiles that were counted elsewhere, written where those counted here are: the inverse of reading them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from core.domain import CategoricalProfile, NumericProfile, OutcomeCells, Profile, Window
from core.profiles import columns
from core.profiles.build import PROFILE_TABLES
from core.profiles.elsewhere import Counted, Known
from core.profiles.groups import known_groups
from core.profiles.relation import stored, utc
from core.profiles.wanted import wanted
from core.profiles.windows import note_counted, read_state
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement

_CELLS = (
    "n", "n_labelled", "score_total", "score_squares", "error_total", "error_absolute", "error_squares",
    "label_total", "label_absolute", "label_squares",
)  # fmt: skip


def known(cursor: Cursor, layout: Layout) -> Known:
    """Return what is already profiled of a model whose rows lie elsewhere."""
    heads = cursor.execute(statement("profiles_headers"), wanted([layout.key], is_reference=False)).fetchall()
    named = {physical: name for name, physical in layout.sensitive.items()}
    return Known(
        origin=read_state(cursor, layout.key).origin,
        windows={
            (index, version): (
                Window(index=index, start=utc(start), end=utc(end), closed=closed),
                n,
                n_labelled,
            )
            for _, index, version, _, start, end, closed, n, n_labelled, _ in heads
        },
        groups={named[at]: values for at, values in known_groups(cursor, layout.key).items() if at in named},
    )


def keep(cursor: Cursor, layout: Layout, spec: MonitorSpec, counted: Counted, *, now: datetime) -> None:
    """Write what was counted elsewhere, replacing the profiles of the windows that were due.

    They are noted as to be judged. Rows that could not be used are listed in quarantine,
    one line a column, as they are not here to be shown.
    """
    columns.remember(cursor, layout, spec, edges={}, categories={})
    note_counted(cursor, layout.key, (one.index for one in counted.plan.due if one.index is not None))
    indexes = [window.index for window in counted.plan.due]
    for table in PROFILE_TABLES:
        cursor.execute(
            f"DELETE FROM {table} WHERE model_key = $model_key AND NOT is_reference"
            " AND list_contains($indexes, window_index)",
            {"model_key": layout.key, "indexes": indexes},
        )
    cursor.execute(
        "UPDATE model_state SET origin = $origin, origin_set = true WHERE model_key = $model_key",
        {"origin": stored(counted.origin), "model_key": layout.key},
    )
    _name_groups(cursor, layout, counted)
    for name, lines in (
        ("profiles_keep_numeric", [line for one in counted.profiles for line in _numbers(one, layout)]),
        ("profiles_keep_categorical", [line for one in counted.profiles for line in _texts(one, layout)]),
        ("profiles_keep_outcomes", [line for one in counted.profiles for line in _outcomes(one)]),
    ):
        _write(cursor, name, layout.key, lines)
    heads = [_head(one) for one in counted.profiles]
    _write(cursor, "profiles_add", layout.key, heads, is_reference=False, counted_as=None)
    _list_unusable(cursor, layout, spec, counted.unusable, now)


def _write(
    cursor: Cursor, name: str, key: str, lines: Sequence[Mapping[str, object]], **more: object
) -> None:
    if lines:
        values = {column: [line[column] for line in lines] for column in lines[0]}
        cursor.execute(statement(name), {"model_key": key, **values, **more})


def _head(one: Profile) -> Mapping[str, object]:
    return {
        "indexes": one.window.index,
        "versions": one.version,
        "segments": 0,
        "starts": stored(one.window.start),
        "ends": stored(one.window.end),
        "closed": one.window.closed,
        "n": one.n,
        "n_labelled": one.n_labelled,
        "n_errors": one.n_errors,
    }


def _numbers(one: Profile, layout: Layout) -> Iterator[Mapping[str, object]]:
    found = {layout.numeric[name]: numbers for name, numbers in one.numeric.items()}
    found |= {layout.scores[name]: numbers for name, numbers in one.scores.items()}
    targets = {"prediction": one.predictions, "label": one.labels, "latency_ms": one.latency}
    found |= {name: value for name, value in targets.items() if isinstance(value, NumericProfile)}
    for physical, numbers in found.items():
        yield {
            "indexes": one.window.index,
            "versions": one.version,
            "physicals": physical,
            "n": numbers.n,
            "n_null": numbers.n_null,
            "n_nonfinite": numbers.n_nonfinite,
            "totals": numbers.total,
            "squares": numbers.total_squares,
            "lows": numbers.low,
            "highs": numbers.high,
            "counts": list(numbers.counts),
        }


def _texts(one: Profile, layout: Layout) -> Iterator[Mapping[str, object]]:
    found = {layout.categorical[name]: texts for name, texts in one.categorical.items()}
    targets = {"prediction": one.predictions, "label": one.labels}
    found |= {name: value for name, value in targets.items() if isinstance(value, CategoricalProfile)}
    for physical, texts in found.items():
        yield {
            "indexes": one.window.index,
            "versions": one.version,
            "physicals": physical,
            "n": texts.n,
            "n_null": texts.n_null,
            "n_other": texts.n_other,
            "counts": list(texts.counts),
            "new_categories": list(texts.new),
            "new_counts": list(texts.new.values()),
        }


def _outcomes(one: Profile) -> Iterator[Mapping[str, object]]:
    cells = one.outcomes
    if cells is None:
        return
    for i, groups in enumerate(cells.groups):
        yield {
            "indexes": one.window.index,
            "versions": one.version,
            "groups": list(groups),
            "labels": cells.label[i],
            "predictions": cells.prediction[i],
            "score_bins": cells.score_bin[i],
            **{name: _cell(cells, name, i) for name in _CELLS},
        }


def _cell(cells: OutcomeCells, name: str, i: int) -> float:
    column: Sequence[float] = getattr(cells, name)
    return column[i]


def _name_groups(cursor: Cursor, layout: Layout, counted: Counted) -> None:
    cursor.execute("DELETE FROM profile_groups WHERE model_key = ?", [layout.key])
    named = [(layout.sensitive[name], value) for name, values in counted.groups.items() for value in values]
    if named:
        physicals, values = (list(column) for column in zip(*named, strict=True))
        cursor.execute(
            "INSERT INTO profile_groups SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
            [layout.key, physicals, values],
        )


def _list_unusable(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, unusable: Mapping[str, int], now: datetime
) -> None:
    """List how many rows of the source cannot be used, by column, instead of those of the last look."""
    table = spec.source.table if spec.source else ""
    cursor.execute("DELETE FROM quarantine WHERE model_key = ? AND kind = 'source'", [layout.key])
    for line, (name, n) in enumerate(unusable.items()):
        cursor.execute(
            "INSERT INTO quarantine (id, model_key, kind, batch_id, line, received_at, field, reason, remedy,"
            " content) VALUES ($id, $key, 'source', $batch, $line, $now, $field, $reason, $remedy, '{}')",
            {
                "id": f"{layout.key}.source.{line}",
                "key": layout.key,
                "batch": f"{layout.key}.source",
                "line": line,
                "now": stored(now),
                "field": name,
                "reason": f"is missing or out of range in {n} rows of {table}",
                "remedy": "mend the rows where they lie; they are counted from then on",
            },
        )
