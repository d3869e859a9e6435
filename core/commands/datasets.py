"""Data sets and features on the command line: their versions, who uses them, how they drift."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.commands.frame import Call, command
from core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from core.views.datasets import (
        ColumnDrift,
        ColumnProfile,
        Dataset,
        DatasetDrift,
        DatasetSide,
        FeatureRow,
        FeatureUse,
    )


@command
@click.argument("name", required=False)
@click.option("--model", metavar="MODEL", help="Those that this model was made of.")
@click.option(
    "--drift",
    nargs=2,
    metavar="BEFORE AFTER",
    help="How far one version lies from another, column by column: name@digest, or six digits of a digest.",
)
def datasets(call: Call, name: str | None, model: str | None, drift: tuple[str, str] | None) -> None:
    """List data sets by name: versions by digest, rows, models that were made of them."""
    from core import wire
    from core.views.datasets import DatasetScope

    if drift is not None:
        with call.client() as client:
            told = client.dataset_drift(*drift)
        call.show(json.loads(wire.value_json(told)), lambda: "\n".join(_drift(told)))
        return
    with call.client() as client:
        view = client.datasets_view(DatasetScope(search=name, model=model))
    text = "\n".join(line for one in view.datasets for line in _dataset(one))
    found = json.loads(wire.value_json(view))["datasets"]
    call.show(found, lambda: text or "No data set is known: runs name them as their inputs.")


@command
@click.argument("name", required=False)
@click.option("--model", metavar="MODEL", help="Those that go into this model.")
@click.option(
    "--feast",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take in the feature views of a Feast registry first: what feast registry-dump prints.",
)
def features(call: Call, name: str | None, model: str | None, feast: Path | None) -> None:
    """List features by name: the models that they go into, and how far they drifted there."""
    from core import wire
    from core.views.datasets import DatasetScope

    events = None if feast is None else _events(feast)
    with call.client() as client:
        if events:
            receipt = client.send_lineage(events)
            call.say(f"{receipt.accepted} feature views taken in, {receipt.duplicate} known already.")
        view = client.datasets_view(DatasetScope(search=name, model=model))
    text = "\n".join(line for one in view.features for line in _feature(one))
    found = json.loads(wire.value_json(view))["features"]
    call.show(found, lambda: text or "No feature is known: watch a model with a spec.")


def _events(file: Path) -> list[dict[str, object]]:
    from core.lineage.feast import events_of

    try:
        dump = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = Problem(field="--feast", message=str(error), remedy="feast registry-dump > registry.json")
        raise InvalidInput(str(file), [problem]) from error
    return [dict(one) for one in events_of(dump, now=datetime.now(UTC))]


def _dataset(one: "Dataset") -> list[str]:
    lines = [f"{one.name}: {', '.join(one.models) or 'no registered model'}"]
    for version in one.versions:
        rows = "" if version.n_rows is None else f", {version.n_rows:,} rows"
        made = f", read for {', '.join(version.versions)}" if version.versions else ""
        labels = f"; labels: {version.labels}" if version.labels else ""
        lines.append(f"  {version.digest} for {version.used_for}{rows}{made}{labels}")
    return [*lines, *(f"  changed: {change}" for change in one.changes)]


def _drift(told: "DatasetDrift") -> list[str]:
    lines = [f"{_side(told.before)}", f"{_side(told.after)}", f"as {told.model} looks at them:"]
    lines += [line for column in told.columns for line in _column(column)]
    if told.left_out:
        lines.append(f"Not in both files: {', '.join(told.left_out)}.")
    if told.beside:
        lines.append(f"No features of {told.model}: {', '.join(told.beside)}.")
    return lines


def _side(one: "DatasetSide") -> str:
    return f"{one.ref}: {one.n_rows:,} rows{f'; {one.note}' if one.note else ''}"


def _column(one: "ColumnDrift") -> list[str]:
    status = "not judged" if one.status is None else one.status.value
    lines = [f"  {one.name} ({one.kind}): {status}; {_profile(one.before)} before, {_profile(one.after)} now"]
    for each in one.distances:
        if each.value is None or each.status is None:
            continue
        ends = "" if each.low is None or each.high is None else f" ({each.low:.3f} to {each.high:.3f})"
        limit = "" if each.limit_high is None else f", limit {each.limit_high:.3g}"
        lines.append(f"    {each.status.value} {each.metric} {each.value:.3f}{ends}{limit}")
    return lines


def _profile(one: "ColumnProfile") -> str:
    known = f"mean {one.mean:.4g}" if one.mean is not None else f"mostly {one.commonest or 'no one value'}"
    return known if not one.missing else f"{known}, {one.missing:.1%} missing"


def _feature(one: "FeatureRow") -> list[str]:
    behind = f" from {', '.join(one.columns)}" if one.columns else ""
    return [f"{one.name} ({one.kind}){behind}", *(f"  {_use(use)}" for use in one.uses)]


def _use(use: "FeatureUse") -> str:
    if use.status is None or use.value is None:
        return f"{use.model}: no drift judged yet"
    limit = "" if use.limit is None else f", limit {use.limit:.3g}"
    return f"{use.model}: {use.status.value} {use.metric} {use.value:.3f}{limit}"
