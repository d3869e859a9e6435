"""A rule pack's YAML → :class:`core.evidence.pack.Pack`, with every problem told at once."""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core.domain import Risk
from core.errors import Conflict, InvalidInput, NotFound, Problem, suggestion
from core.evidence.collectors import COLLECTORS
from core.evidence.pack import Acceptance, Applies, Has, Item, Kind, Milestone, Pack
from core.logs.durations import parse_duration
from core.logs.yaml_document import load_mapping
from core.policy.reading import Fields

FOLDER = Path(__file__).with_name("packs")
CHECK = "official text"
"""What every article and every date must say that it was not checked against."""
OWNERS = (
    "model owner",
    "data scientist",
    "risk",
    "compliance",
    "validation",
    "operations",
    "data protection",
)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load_pack(text: str, what: str) -> Pack:
    """Read a rule pack.

    Parameters
    ----------
    what
        What the document is called where something is wrong with it.

    Raises
    ------
    InvalidInput
        It is no pack; all problems are listed.
    """
    try:
        document = load_mapping(text)
    except InvalidInput as error:
        raise InvalidInput(what, error.problems) from error
    problems: list[Problem] = []
    fields = Fields(document, "", problems)
    pack = Pack(
        name=_name(fields, "pack", fields.text("pack")),
        title=fields.text("title"),
        version=fields.text("version"),
        dated=_date(fields, "dated"),
        rules=fields.text("rules"),
        about=fields.text("about"),
        check=_check(fields),
        by_default=_flag(fields, "by_default"),
        applies=_applies(fields),
        milestones=_milestones(fields),
        items=_items(fields),
    )
    fields.finish()
    if problems:
        raise InvalidInput(what, problems)
    return pack


@cache
def own_packs() -> Mapping[str, Pack]:
    """Return the packs that come with Trimtab, by name."""
    found = [load_pack(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.yaml"))]
    return MappingProxyType({pack.name: pack for pack in found})


def every_pack(folder: Path) -> Mapping[str, Pack]:
    """Return Trimtab's packs and those of a workspace, by name; one of the workspace's goes before.

    Raises
    ------
    InvalidInput
        One of the workspace's files is no pack.
    Conflict
        Two of them have one name.
    """
    own: dict[str, Pack] = {}
    for path in sorted(folder.glob("*.yaml")):
        pack = load_pack(path.read_text(encoding="utf-8"), path.name)
        if pack.name in own:
            raise Conflict(f"Two packs are called {pack.name}", hint=f"Rename one of those in {folder}.")
        own[pack.name] = pack
    return {**own_packs(), **own}


def pick(packs: Mapping[str, Pack], name: str) -> Pack:
    """Return a pack by name; raises ``NotFound`` with the closest name."""
    if name not in packs:
        raise NotFound("rule pack", name, hint=suggestion(name, packs))
    return packs[name]


def _items(fields: Fields) -> tuple[Item, ...]:
    every = fields.inside("items")
    found = tuple(_item(every, name) for name in every.names())
    if not found:
        fields.report("items", "names nothing")
    return found


def _item(every: Fields, name: str) -> Item:
    fields = every.inside(name)
    kind = fields.one_of("kind", Kind)
    source = _collector(fields, "source", kind)
    fresh = fields.has("fresh_for")
    item = Item(
        id=_name(fields, "", name),
        title=fields.text("title"),
        asks=fields.text("asks"),
        article=fields.text("article"),
        kind=kind,
        source=source,
        accepted_by=fields.one_of("accepted_by", Acceptance)
        if fields.has("accepted_by")
        else Acceptance.RULE,
        rests_on=fields.words("rests_on", tuple(COLLECTORS)) if fields.has("rests_on") else (),
        fresh_for=_duration(fields, "fresh_for") if fresh else None,
        owner=_one_of(fields, "owner", OWNERS),
        applies=_applies(fields),
    )
    fields.finish(also=("source",))
    _sensible(fields, item)
    return item


def _sensible(fields: Fields, item: Item) -> None:
    """Report what can be written but makes no sense."""
    if item.kind is Kind.HUMAN and item.source is not None:
        fields.report("source", "belongs to automatic items", "write rests_on for what a form rests on")
    if item.kind is Kind.HUMAN and item.accepted_by is Acceptance.PERSON:
        fields.report("accepted_by", "belongs to automatic items", "forms are always accepted by a person")
    if item.kind is Kind.AUTOMATIC and item.rests_on:
        fields.report("rests_on", "belongs to human items", "write source")
    read = str(item.source)
    for name in (*item.rests_on, *([read] if item.accepted_by is Acceptance.PERSON else [])):
        if name in COLLECTORS and not COLLECTORS[name].steady:
            fields.report(
                "", f"'{name}' changes with every window", "only what stays can be accepted by a person"
            )


def _collector(fields: Fields, name: str, kind: Kind) -> str | None:
    if kind is Kind.HUMAN:
        return fields.text(name) if fields.has(name) else None
    return _one_of(fields, name, tuple(COLLECTORS))


def _one_of(fields: Fields, name: str, known: Collection[str]) -> str:
    word = fields.text(name)
    if word and word not in known:
        fields.report(name, f"'{word}' is not known", suggestion(word, known))
    return word


def _applies(fields: Fields) -> Applies:
    if not fields.has("applies_when"):
        return Applies()
    inner = fields.inside("applies_when")
    found = Applies(
        risks=inner.many_of("risk", Risk) if inner.has("risk") else (),
        use_cases=tuple(one.casefold() for one in inner.words("use_case")) if inner.has("use_case") else (),
        has=inner.many_of("has", Has) if inner.has("has") else (),
    )
    inner.finish()
    return found


def _milestones(fields: Fields) -> tuple[Milestone, ...]:
    if not fields.has("dates"):
        return ()
    found = fields.take("dates")
    if not isinstance(found, list):
        fields.report("dates", "must be a list", "write - {what: …, day: 2027-12-02, check: official text}")
        return ()
    made = []
    for number, one in enumerate(found):
        inner = Fields(one, f"dates.{number}", fields.problems)
        made.append(Milestone(what=inner.text("what"), on=_date(inner, "day"), check=_check(inner)))
        inner.finish()
    return tuple(made)


def _check(fields: Fields) -> str:
    check = fields.text("check")
    if check and check != CHECK:
        fields.report("check", f"must be '{CHECK}'", "no pack is legal advice")
    return check


def _name(fields: Fields, field: str, name: str) -> str:
    if name and not _NAME.fullmatch(name):
        fields.report(field, f"'{name}' is no name", "write small letters, digits and hyphens")
    return name


def _date(fields: Fields, name: str) -> date:
    value = fields.take(name)
    if isinstance(value, date):
        return value
    if value is not None:
        fields.report(name, f"{value!r} is no date", "write 2026-11-01")
    return date.min


def _flag(fields: Fields, name: str) -> bool:
    value = fields.take(name)
    if value is not None and not isinstance(value, bool):
        fields.report(name, f"must be true or false, not {value!r}")
    return value is True


def _duration(fields: Fields, name: str) -> timedelta | None:
    text = fields.text(name)
    try:
        return parse_duration(text) if text else None
    except ValueError as error:
        fields.report(name, str(error), "write 365d")
        return None
