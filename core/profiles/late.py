"""Labels that came late: how profiles follow them without their windows' rows being counted again.

A late label changes no row. All that it does to a profile is to move one row from where it stood, mostly
among those without a label, to where it stands now. So the rows that were labelled since the last run are
counted twice, as they were and as they are, by the statements that count whole windows; what the one holds
is taken out of the profile and what the other holds is put in.

Whole numbers come out as if all rows had been counted again, and sums but for their last digits. Taken out of
a sum is only a row's score, or a loss of such a score: none of these can rule a sum, which stays right to
1e-16 of the rows that were ever in it, run by run. Errors and labels of a regression could; to their sums
there is only added, and where a number was a label already and is corrected the window is left to be counted
again.
"""

from collections.abc import Mapping
from dataclasses import replace

from core.domain import Window
from core.logs.ids import arrivals_of
from core.profiles import columns
from core.profiles.count import Count
from core.profiles.owners import Owners
from core.profiles.relation import Relation, delay_of, newest
from core.profiles.truth import added_up, columns_looked_at, count_classes, count_truth
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement


def carry_on(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, job: Count, *, judged: int
) -> tuple[Window, ...]:
    """Bring the profiles of windows in which nothing but labels is new up to these labels.

    Belongs into the transaction that moves the watermark: a label is carried once.

    Parameters
    ----------
    job
        The windows, their rows (as yet without labels), and on what they were counted.
    judged
        The last arrival number that the profiles hold.

    Returns
    -------
    tuple of Window
        Those whose profiles are up to date; the rest must be counted again.
    """
    _find_relabelled(cursor, layout, spec, job, judged)
    corrected: set[int] = set()
    if layout.numeric_target:
        found = cursor.execute("SELECT DISTINCT w FROM relabelled WHERE label_before IS NOT NULL")
        corrected = {index for (index,) in found.fetchall()}
    carried = tuple(window for window in job.windows if window.index not in corrected)
    if carried:
        _move(cursor, layout, spec, replace(job, windows=carried))
    cursor.execute("DROP TABLE relabelled")
    return carried


def _find_relabelled(cursor: Cursor, layout: Layout, spec: MonitorSpec, job: Count, judged: int) -> None:
    """Put the rows whose label has changed into the table relabelled, with what it was and what it is.

    They are among those that :func:`core.profiles.windows.plan` has found in the same transaction.

    A delay is that of the first label and comes with it: a row that has one keeps it and tells none here.
    """
    rows, is_timed = job.rows, spec.columns.labelled_at is not None
    looked_at = columns_looked_at(layout, job)
    told = dict.fromkeys(("row_id", "event_at", "batch_id", *looked_at))
    came = f"SELECT row_id FROM {layout.labels} WHERE arrival > $judged"
    own = arrivals_of(layout.labels, came)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE own_labels AS {own}", {"judged": judged})
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE relabelled AS"
        f" WITH late AS MATERIALIZED ({_those(layout.labels, '<=')} UNION ALL {_those(layout.labels, '>')}),"
        f" these AS MATERIALIZED (SELECT {rows.w} AS w, {rows.v} AS v,"
        f" {', '.join(f'r.{name}' for name in told)} FROM {rows.tables}"
        f" WHERE {rows.where} AND r.arrival IN (SELECT arrival FROM got_label))"
        " SELECT w, v, b.label AS label_before, a.label AS label_after,"
        f" CASE WHEN {delay_of('b', is_timed=is_timed)} IS NULL"
        f" THEN {delay_of('a', is_timed=is_timed)} END AS new_delay,"
        f" {', '.join(f'r.{name}' for name in looked_at)}"
        f" FROM these r JOIN ({newest('late')}) a ON a.row_id = r.row_id"
        f" LEFT JOIN ({newest('late WHERE arrival <= $judged')}) b ON b.row_id = r.row_id"
        " WHERE label_before IS DISTINCT FROM label_after OR new_delay IS NOT NULL",
        {**rows.parameters, "judged": judged},
    )
    for table in ("got_label", "own_labels"):
        cursor.execute(f"DROP TABLE {table}")


def _those(labels: str, when: str) -> str:
    """Return the FROM of the labels of these rows that came before, or since, the last run.

    Apart from each other, because what lies between the first and the last of them is read.
    """
    return f"FROM {labels} WHERE arrival IN (FROM own_labels WHERE arrival {when} $judged)"


def _move(cursor: Cursor, layout: Layout, spec: MonitorSpec, job: Count) -> None:
    key = {"model_key": layout.key, "is_reference": False}
    before = Relation(
        tables="relabelled r",
        where=f"r.w IN ({', '.join(map(str, job.indexes))})",
        w="r.w",
        v="r.v",
        label="r.label_before",
        delay="NULL::DOUBLE",
        parameters={},
    )
    after = replace(before, label="r.label_after", delay="r.new_delay")
    # What is counted of the rows that move lies beside the profiles until it is added to them.
    sides = {"before": f"{layout.key} before", "after": f"{layout.key} after"}
    for side, rows in zip(sides.values(), (before, after), strict=True):
        for part in replace(job, rows=rows, with_label=rows).parts():
            owners = Owners.of(cursor, part.rows, has_status=False)
            count_truth(cursor, layout, spec, part, owners, {**key, "model_key": side})
    own = {**key, "indexes": job.indexes}
    moved = {**own, **sides}
    for table, sums in added_up(layout, spec).items():
        _add_up(cursor, table, _added(table, sums), moved)
    _add_up(cursor, "profile_numeric", statement("profiles_carry_numbers"), moved)
    cursor.execute(
        f"DELETE FROM profile_categorical WHERE {_OWN} AND list_contains($targets, physical)",
        {**own, "targets": list(columns.targets(spec))},
    )
    count_classes(cursor, layout, spec, job.parts(), key)
    cursor.execute(statement("profiles_carry_heads"), dict(own))


_HERE = "is_reference = $is_reference AND list_contains($indexes, window_index)"
_OWN = f"model_key = $model_key AND {_HERE}"
_ALL_THREE = f"model_key IN ($model_key, $before, $after) AND {_HERE}"


def _added(table: str, sums: tuple[str, ...]) -> str:
    """Return a SELECT of what a table holds once the rows have moved; where none are left is nothing."""
    totals = ", ".join(f"sum(sign * {name}) AS {name}" for name in sums)
    sign = "CASE WHEN model_key = $before THEN -1 ELSE 1 END"
    return (
        f"SELECT * EXCLUDE (model_key, sign, {', '.join(sums)}), {totals}"
        f" FROM (SELECT *, {sign} AS sign FROM {table} WHERE {_ALL_THREE})"
        " GROUP BY ALL HAVING sum(sign * n) <> 0"
    )


def _add_up(cursor: Cursor, table: str, added: str, moved: Mapping[str, object]) -> None:
    """Put what was added up in place of what was stored and of what lay beside it."""
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE carried AS {added}", dict(moved))
    # Of the numeric columns only those that labels decide were added up; all others stay.
    only = "physical IN (SELECT physical FROM carried)" if table == "profile_numeric" else "true"
    cursor.execute(f"DELETE FROM {table} WHERE {_ALL_THREE} AND {only}", dict(moved))
    cursor.execute(
        f"INSERT INTO {table} BY NAME SELECT $model_key AS model_key, * FROM carried",
        {"model_key": moved["model_key"]},
    )
    cursor.execute("DROP TABLE carried")
