"""Lineage on the command line: what a model is made of, and which live models an object touches."""

import json
from typing import TypedDict, cast

import click

from core.commands.frame import Call, command

_LAYERS = {
    "Sources": ("source", "column"),
    "Features": ("feature", "feature_view", "job"),
    "Data sets": ("dataset",),
    "Runs": ("run",),
    "Versions": ("version",),
    "Serving": ("alias", "deployment"),
    "Monitors and incidents": ("monitor", "incident", "audit"),
    "Decisions": ("decision", "approval"),
}
_MOST_NAMED = 12


class _Node(TypedDict):
    id: str
    kind: str
    name: str
    detail: str


class _Live(TypedDict):
    model: str
    version: str | None
    owner: str | None
    decisions: list[str]


class _Answer(TypedDict):
    nodes: list[_Node]
    edges: list[dict[str, str]]
    live: list[_Live]


@command
@click.argument("model", required=False)
@click.option("--impact", metavar="OBJECT", help="What came of a data set, a source or a table.column.")
@click.option(
    "--format", "form", type=click.Choice(["json", "openlineage", "mermaid"]), help="Print a document."
)
def lineage(call: Call, model: str | None, impact: str | None, form: str | None) -> None:
    """Say what MODEL is made of and what came of it: sources, data, runs, versions, decisions.

    With --impact, what a source, a data set or a column reaches, and which models in production.
    """
    with call.client() as client:
        if form is not None and form != "json":
            click.echo(client.lineage(model, impact=impact, form=form).rstrip("\n"))
            return
        found = cast("_Answer", json.loads(client.lineage(model, impact=impact)))
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    call.show(found, lambda: _told(found, impact))


def _told(found: _Answer, impact: str | None) -> str:
    lines = []
    for title, kinds in _LAYERS.items():
        inside = [node for node in found["nodes"] if node["kind"] in kinds]
        if not inside:
            continue
        lines.append(f"{title} ({len(inside)})")
        lines += [
            f"  {node['name']}" + (f" ({node['detail']})" if node["detail"] else "")
            for node in inside[:_MOST_NAMED]
        ]
        if len(inside) > _MOST_NAMED:
            lines.append(f"  … and {len(inside) - _MOST_NAMED} more")
    if impact is not None:
        lines += ["", *_touched(found, impact)]
    return "\n".join(lines) or "Nothing is known yet."


def _touched(found: _Answer, impact: str) -> list[str]:
    if not found["live"]:
        return [f"No model in production is known to hang on {impact}."]
    lines = [f"Models in production that hang on {impact}:"]
    for one in found["live"]:
        version = f" version {one['version']}" if one["version"] else ""
        lines.append(f"  {one['model']}{version}, owner {one['owner'] or 'not said'}")
        lines += [f"    {decision}" for decision in one["decisions"]]
    return lines
