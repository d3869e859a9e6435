"""Evidence on the command line: how it stands, as files; forms filled and accepted; packs; the inventory."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core import wire
from core.commands.files import read_text
from core.commands.frame import Call, command
from core.errors import InvalidInput, Problem, Unavailable
from core.job import JobStatus
from core.views.governance import EvidenceItem, EvidenceView, FleetEvidence, ItemState, PackNote

if TYPE_CHECKING:
    from core.client import Client

_PRIVATE = "evidence.zip"
"""It holds the ledger with its private parts: the owner's alone."""
_PAUSE_S = 0.2
_DOCUMENTS = (
    "evidence.html",
    "model-card.md",
    "ml-bom.cdx.json",
    "lineage.json",
    "openlineage.json",
    "lineage.mmd",
)
MARKS = {
    ItemState.ACCEPTED: "●",
    ItemState.DRAFT: "◐",
    ItemState.STALE: "▲",
    ItemState.MISSING: "○",
}


@command
@click.argument("model", required=False)
@click.option("--all", "fleet", is_flag=True, help="Of every model that the pack concerns; needs --pack.")
@click.option("--pack", metavar="NAME", help="One rule pack.  [default: all that concern the model]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write it there: JSON, a page that prints, a model card, ML-BOM, lineage, a signed ZIP.",
)
@click.option("--no-zip", is_flag=True, help="Without the ZIP: the ledger is in it, which takes a right.")
def evidence(
    call: Call, model: str | None, fleet: bool, pack: str | None, out: Path | None, no_zip: bool
) -> None:
    """Say what rules ask of MODEL, and what of it is missing, a draft, stale or accepted.

    With --out it waits for the ZIP, which is made once while nothing changes; Ctrl-C cancels it.
    The ZIP proves itself to whoever has verify_pack.py, which is written beside it, and no Trimtab.
    """
    if fleet == (model is not None) or (fleet and pack is None):
        problem = Problem(field="MODEL", message="one model, or --all with --pack", remedy="name one of them")
        raise InvalidInput("The call", [problem])
    with call.client() as client:
        if fleet:
            whole = _fleet(call, client, str(pack))
            files = _fleet_files(whole)
            document, text = json.loads(wire.value_json(whole)), _fleet_text(whole)
        else:
            view = client.evidence(str(model), pack=pack)
            files = {} if out is None else _files(call, client, view, pack, no_zip=no_zip)
            document, text = json.loads(wire.value_json(view)), _text(view)
    if out is not None:
        _write(out, files)
        document["files"] = sorted(str(out / name) for name in files)
        text = f"{text}\n\nWritten to {out}: {', '.join(sorted(files))}."
    call.show(document, lambda: text)


@command
@click.argument("model")
@click.argument("item", metavar="PACK/ITEM")
@click.option("--text", metavar="TEXT", help="What is asked for.")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="… or a file with it."
)
@click.option("--owner", metavar="NAME", help="Who stands for it; default the model's owner.")
@click.option("--until", metavar="T", help="How long it is good: an ISO date or time, or 365d from now.")
def fill(
    call: Call,
    model: str,
    item: str,
    text: str | None,
    file: Path | None,
    owner: str | None,
    until: str | None,
) -> None:
    """Write down what a human item of MODEL asks for; it is a draft until somebody accepts it."""
    if (text is None) == (file is None):
        problem = Problem(field="--text", message="one of --text and --file", remedy="give exactly one")
        raise InvalidInput("The form", [problem])
    said = text if file is None else read_text(file)
    with call.client() as client:
        view = client.fill_form(model, item, text=str(said), owner=owner, until=until)
    _shown(call, view, item)


@command
@click.argument("model")
@click.argument("item", metavar="PACK/ITEM")
def accept(call: Call, model: str, item: str) -> None:
    """Stand for what an item of MODEL says now."""
    with call.client() as client:
        view = client.accept_evidence(model, item)
    _shown(call, view, item)


@command
@click.argument("model")
@click.argument("item", metavar="PACK/ITEM")
def show(call: Call, model: str, item: str) -> None:
    """Show one item of MODEL: what is asked, what is there, who stands for it."""
    with call.client() as client:
        view = client.evidence(model, pack=item.partition("/")[0])
    _shown(call, view, item)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def form() -> None:
    """Evidence that people give: fill it, show it, accept it."""


form.add_command(fill)
form.add_command(show)
form.add_command(accept)


@command
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Say whether FILE is a rule pack, and what is wrong with it.",
)
def packs(call: Call, check: Path | None) -> None:
    """List the rule packs, and the models and items that their latest version opened again."""
    if check is not None:
        from core.evidence.pack_file import load_pack

        pack = load_pack(read_text(check), check.name)
        document = {"pack": pack.name, "version": pack.version, "items": len(pack.items)}
        call.show(document, lambda: f"● {pack.name} {pack.version}: {len(pack.items)} items.")
        return
    with call.client() as client:
        found = client.packs()
    call.show(json.loads(wire.value_json(found)), lambda: "\n\n".join(_pack_text(one) for one in found))


@command
def listed(call: Call) -> None:
    """List the models that no registry holds."""
    with call.client() as client:
        found = client.inventory()
    lines = "\n".join(f"{one.name}: {one.kind}, {one.risk} risk, owner {one.owner}" for one in found)
    call.show(json.loads(wire.value_json(found)), lambda: lines or "The inventory holds no model.")


@command
@click.argument("name")
@click.option("--kind", required=True, metavar="TEXT", help="What it is: vendor's model, scorecard, rules.")
@click.option("--owner", required=True, metavar="NAME", help="Who answers for it.")
@click.option("--risk", default="medium", show_default=True, metavar="TIER", help="high, medium or low.")
@click.option("--unit", metavar="NAME", help="Which part of the house uses it.")
@click.option("--use-case", metavar="NAME", help="What for.")
@click.option("--vendor", metavar="NAME", help="Whose it is.")
@click.option("--note", default="", metavar="TEXT", help="Where its documents lie, say.")
def add(
    call: Call,
    name: str,
    kind: str,
    owner: str,
    risk: str,
    unit: str | None,
    use_case: str | None,
    vendor: str | None,
    note: str,
) -> None:
    """Put a model that no registry holds into the inventory, or change what is said of it."""
    with call.client() as client:
        made = client.add_to_inventory(
            name, kind=kind, owner=owner, risk=risk, unit=unit, use_case=use_case, vendor=vendor, note=note
        )
    call.show(json.loads(wire.value_json(made)), lambda: f"{made.name} is in the inventory.")


@command
@click.argument("name")
def remove(call: Call, name: str) -> None:
    """Take a model out of the inventory."""
    with call.client() as client:
        left = client.remove_from_inventory(name)
    call.show(json.loads(wire.value_json(left)), lambda: f"{name} is in the inventory no more.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def inventory() -> None:
    """Models that no registry holds, such as a vendor's or a scorecard: list, add, remove."""


inventory.add_command(listed, "list")
inventory.add_command(add)
inventory.add_command(remove)


def _text(view: EvidenceView) -> str:
    lines = [f"{view.model}: {view.summary}"]
    for pack in view.packs:
        lines += ["", f"{pack.title}, pack version {pack.version} (check: {pack.check}; not legal advice)"]
        lines += [_line(one) for one in view.of_pack(pack.name)]
    return "\n".join(lines)


def _line(one: EvidenceItem) -> str:
    return f"  {MARKS[one.state]} {one.state.value:<8} {one.item:<24} {one.title}: {one.why}"


def _fleet_text(whole: FleetEvidence) -> str:
    lines = [f"{whole.pack.title}: {whole.summary}"]
    return "\n".join([*lines, *(f"  {one.model}: {one.summary}" for one in whole.models)])


def _fleet(call: Call, client: "Client", pack: str) -> FleetEvidence:
    """Return the evidence of a fleet, telling how far it is where that takes several answers."""
    from core.commands.serve import Bar

    show = Bar(call.say)

    def said(n: int, n_all: int) -> None:
        if n_all > n or told:
            told.append(n)
            show(f"{n:,} of {n_all:,} models", n / n_all)

    told: list[int] = []
    return client.fleet_evidence(pack, said=said)


def _files(
    call: Call, client: "Client", view: EvidenceView, pack: str | None, *, no_zip: bool
) -> dict[str, bytes]:
    """Return all that is written of one model, asked for before anything is written."""
    from core.ledger import joined

    name = f"{view.registry}/{view.model}"
    files = {
        "evidence.json": wire.value_json(view),
        **{one: client.evidence_file(name, one, pack=pack) for one in _DOCUMENTS},
    }
    if not no_zip:
        files[_PRIVATE] = _archive(call, client, name, pack)
        files[joined.NAME] = joined.joined().encode()
    return files


def _archive(call: Call, client: "Client", model: str, pack: str | None) -> bytes:
    """Ask for the ZIP and wait for it."""
    from core.commands.jobs import finished

    job = client.make_archive(model, pack=pack)
    try:
        job = finished(call, client, job, pause_s=_PAUSE_S)
    except KeyboardInterrupt:
        client.cancel(job.id)
        raise
    if job.status is not JobStatus.DONE:
        raise Unavailable("The ZIP of evidence", job.error or job.step or job.status.value)
    return client.result(job.id)


def _fleet_files(whole: FleetEvidence) -> dict[str, bytes]:
    from core.evidence.exports.page import fleet_page

    return {
        f"{whole.pack.name}.html": fleet_page(whole).encode(),
        f"{whole.pack.name}.json": wire.value_json(whole),
        **{
            f"{one.registry}.{one.model}.json".replace("/", "_"): wire.value_json(one) for one in whole.models
        },
    }


def _pack_text(one: PackNote) -> str:
    use = "looked at by default" if one.by_default else "looked at with --pack"
    lines = [f"{one.name} {one.version} ({one.dated}): {one.title}, {one.n_items} items, {use}"]
    lines += [f"  {day}" for day in one.milestones]
    lines += [f"  changed: {what}" for what in one.changed] + [f"  reopens {what}" for what in one.reopens]
    return "\n".join(lines)


def _shown(call: Call, view: EvidenceView, item: str) -> None:
    found = next((one for one in view.items if one.id == item), None)
    if found is None:
        what = f"{item} is no item of {view.model}"
        raise InvalidInput(
            "The call", [Problem(field="PACK/ITEM", message=what, remedy="see trimtab evidence")]
        )
    state = f"{MARKS[found.state]} {found.state.value}"
    said = [f"{state}: {found.title} ({found.article})", found.asks, found.why]
    said += [found.text] if found.text else []
    call.show(json.loads(wire.value_json(found)), lambda: "\n".join(said))


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder, replacing those of the same name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.touch(mode=0o600 if name == _PRIVATE else 0o644)
            path.write_bytes(content)
    except OSError as error:
        raise Unavailable(
            str(folder), error.strerror or str(error), hint="Name a folder that can be written."
        ) from error
