"""What a decision about versions can rest on: how they did in production, read from what was judged."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from core.action import shown_version
from core.actions.last_good import JudgedWindow, Spell, sentence, spells
from core.domain import Status
from core.metrics.leading import leading_metric
from core.store import Cursor, StoredMonitor, statement
from core.views.build.traffic import Traffic, traffic


def last_good(cursor: Cursor, monitor: StoredMonitor, versions: Collection[str]) -> Spell | None:
    """Return the longest healthy spell among versions, None where none of them ever had one."""
    asked = {"model_key": monitor.key, "versions": sorted(versions)}
    judged: dict[str, list[JudgedWindow]] = defaultdict(list)
    for version, index, status, n in cursor.execute(statement("actions_spells"), asked).fetchall():
        judged[version].append(JudgedWindow(index=index, status=Status(status), n=n))
    return next(iter(spells(judged)), None)


def of(
    cursor: Cursor, monitor: StoredMonitor, versions: Sequence[str | None], choice: Spell | None
) -> Mapping[str, str]:
    """Return how versions did in their last window with a value, why one was chosen, and what it touches.

    Texts by name, such as ``v7 roc_auc`` → ``0.912 [0.901, 0.923], n 2,000``; a version without rows says so.
    """
    leading = leading_metric(monitor.spec)
    measured = {one.version: one for one in traffic(cursor, monitor.key, leading)}
    told = {
        f"{shown_version(version)} {leading}": _told(measured.get(version))
        for version in versions
        if version is not None
    }
    if choice is not None:
        told[f"{shown_version(choice.version)} was chosen"] = sentence(choice)
    return {**told, "what depends on it": _reach(cursor, monitor)}


def _reach(cursor: Cursor, monitor: StoredMonitor) -> str:
    """Return what a change of the champion touches: traffic, risk, whose it is, and what is told."""
    spec = monitor.spec
    found = cursor.execute("SELECT rows_a_day FROM model_facts WHERE model_key = ?", [monitor.key]).fetchone()
    rows = "no traffic judged yet" if found is None or not found[0] else f"about {found[0]:,.0f} rows a day"
    parts = [rows, f"{spec.risk.value} risk"]
    parts += [f"use case {spec.use_case}"] if spec.use_case else []
    parts += [f"unit {spec.unit}"] if spec.unit else []
    parts.append(f"deployment {spec.deployment} is told" if spec.deployment else "no deployment is told")
    return ", ".join(parts)


def _told(one: Traffic | None) -> str:
    if one is None:
        return "no rows judged"
    if one.value is None:
        return f"no value yet, {one.n_rows:,} rows"
    interval = "" if one.low is None or one.high is None else f" [{one.low:.4g}, {one.high:.4g}]"
    return f"{one.value:.4g}{interval}, n {one.n or 0:,}{', estimated' if one.estimated else ''}"
