"""Figures of how models are run."""

import json

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.tables import table
from core.views.kpis import Kpi, KpiView, Maturity

_NONE = "–"


@command
@click.option(
    "--by", type=click.Choice(["unit", "region", "owner"]), help="Figures of each beside those of all."
)
@click.option("--since", metavar="T", help="Count from an ISO date or time, or a span.  [default: 365d]")
def kpis(call: Call, by: str | None, since: str | None) -> None:
    """Say how models are run: lead time, detection, restoration, coverage; and how mature that is."""
    with call.client() as client:
        view = client.kpis(by=by, since=since)
    call.show(json.loads(wire.value_json(view)), lambda: _told(view))


def _told(view: KpiView) -> str:
    parts = []
    for group in view.groups:
        rows = [(one.title, _value(one), _between(one), f"{one.n:,}", one.reason) for one in group.kpis]
        parts.append(f"{group.name} ({group.n_models})")
        parts.append(table(("Figure", "Value", "95 % interval", "n", ""), rows))
    return "\n".join([*parts, *(line for one in view.maturity for line in _level(one))])


def _level(one: Maturity) -> list[str]:
    head = f"Maturity of {one.area}: {one.level} of 5"
    return [head, *(f"  to raise it: {told}" for told in one.lacks)]


def _value(one: Kpi) -> str:
    return _NONE if one.value is None else _shown(one.value, one.unit)


def _between(one: Kpi) -> str:
    if one.low is None or one.high is None:
        return _NONE
    return f"{_shown(one.low, one.unit)} to {_shown(one.high, one.unit)}"


def _shown(value: float, unit: str) -> str:
    return f"{value * 100:.1f} %" if unit == "share" else f"{value:.1f} {unit}"
