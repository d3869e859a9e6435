"""The outcomes of all rows that were ever ingested, as one profile without windows."""

from datetime import datetime

from core.domain import OutcomeCells, Profile, Window
from core.profiles.aggregates import finite
from core.profiles.relation import MISSING_GROUP, Relation, all_rows, default_version, labelled, stored, utc
from core.spec import Layout, MonitorSpec
from core.store import Cursor


def outcomes_of_everything(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, *, since: datetime | None = None
) -> Profile:
    """Count what was predicted and what came true over every ingested row, by group.

    Rows before window 0 are included, reference rows are not. All versions are counted together and
    every group has a name of its own, however many there are.

    Parameters
    ----------
    since
        Aware UTC; only rows at or after it. None for all rows, those without a time included.

    Returns
    -------
    Profile
        With ``outcomes`` only, under the spec's default version; its window has no index and runs from
        the first to the last event time.
    """
    rows = all_rows(layout, spec)
    if since is not None:
        rows = rows.only("r.event_at >= $since", since=stored(since))
    if spec.columns.label is not None:
        rows = labelled(layout, rows, narrow=False)
    numeric = layout.numeric_target
    found = cursor.execute(_cells(layout, spec, rows), dict(rows.parameters)).fetchall()
    groups, label, prediction, n, n_labelled, error, absolute, squares, total, size, power, first, last = (
        list(zip(*found, strict=True)) if found else [()] * 13
    )
    nothing = (0.0,) * len(n)
    cells = OutcomeCells(
        groups=tuple(map(tuple, groups)),
        label=(None,) * len(n) if numeric else label,
        prediction=(None,) * len(n) if numeric else prediction,
        score_bin=(-1,) * len(n),
        n=n,
        n_labelled=n_labelled,
        score_total=nothing,
        score_squares=nothing,
        error_total=error,
        error_absolute=absolute,
        error_squares=squares,
        label_total=total,
        label_absolute=size,
        label_squares=power,
    )
    start = min((at for at in first if at is not None), default=None)
    end = max((at for at in last if at is not None), default=None)
    return Profile(
        version=default_version(spec),
        window=Window(index=None, start=utc(start), end=utc(end)),
        n=sum(n),
        n_labelled=sum(n_labelled),
        n_errors=0,
        numeric={},
        categorical={},
        scores={},
        predictions=None,
        labels=None,
        latency=None,
        outcomes=cells,
    )


def _cells(layout: Layout, spec: MonitorSpec, rows: Relation) -> str:
    sensitive = [layout.sensitive[name] for name in spec.sensitive]
    listed = (f"coalesce({name}, '{MISSING_GROUP}')" for name in sensitive)
    groups = f"[{', '.join(listed)}]::VARCHAR[] AS groups"
    if layout.numeric_target:
        known, told = finite("label"), finite("prediction")
        both = f"{told} - {known} AS e, if({told} IS NULL, NULL, {known}) AS t"
        target = f"NULL AS label, NULL AS prediction, {both}"
    else:
        target = "label, prediction, NULL::DOUBLE AS e, NULL::DOUBLE AS t"
    n_labelled = "count(e)" if layout.numeric_target else "count(label)"
    sums = ", ".join(f"coalesce(sum({x}), 0.0)" for x in ("e", "abs(e)", "e * e", "t", "abs(t)", "t * t"))
    source = rows.select(["event_at", "prediction", "label", *sensitive])
    inner = f"SELECT {groups}, event_at, {target} FROM ({source})"
    return (
        f"SELECT groups, label, prediction, count(*), {n_labelled}, {sums}, min(event_at), max(event_at)"
        f" FROM ({inner}) GROUP BY ALL ORDER BY groups, label, prediction"
    )
