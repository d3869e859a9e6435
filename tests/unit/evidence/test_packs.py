"""Rule packs: those that come along, and what a file that is none is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.domain import Risk
from core.errors import Conflict, InvalidInput, NotFound
from core.evidence.collectors import COLLECTORS
from core.evidence.pack import Acceptance, Kind
from core.evidence.pack_file import CHECK, every_pack, load_pack, own_packs, pick
from tests.house.project import ROOT
from tests.unit.evidence.made import SPEC

PACKS = own_packs()
SMALL = """
pack: house
title: House rules
version: "1"
dated: 2026-11-01
rules: our own
about: What we ask of every model.
check: official text
by_default: true
items:
  owner:
    title: Has an owner
    asks: Somebody answers for it.
    article: "1"
    kind: automatic
    source: inventory
    owner: risk
  purpose:
    title: Purpose
    asks: What it is for.
    article: "2"
    kind: human
    rests_on: [inventory]
    fresh_for: 365d
    owner: model owner
    applies_when: {risk: [high], use_case: [Credit], has: [sensitive]}
"""


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_a_pack_says_what_it_must_be_checked_against_and_that_it_is_no_advice(pack: object) -> None:
    assert pack.check == CHECK
    assert all(one.check == CHECK for one in pack.milestones)
    text = (ROOT / "core" / "evidence" / "packs" / f"{pack.name}.yaml").read_text(encoding="utf-8")
    assert "not legal advice" in text
    assert len({one.title for one in pack.items}) == len(pack.items)
    # Said in our own words, which are few: no article's text is among them.
    assert all(len(one.asks) < 140 and one.asks.endswith(".") for one in pack.items)


def test_the_two_packs_are_whole_and_the_others_there() -> None:
    assert (len(PACKS["eu-ai-act"].items), len(PACKS["model-risk"].items)) == (40, 30)
    assert set(PACKS) == {
        "eu-ai-act", "model-risk", "gdpr", "iso-23894", "iso-42001", "nist-ai-rmf", "nyc-ll144",
    }  # fmt: skip
    named = {name for pack in PACKS.values() for one in pack.items for name in (one.source, *one.rests_on)}
    assert named - {None} == set(COLLECTORS)
    articles = " ".join(one.article for one in PACKS["eu-ai-act"].items)
    for number in (*range(9, 16), 17, 18, 19, 20, 26, 27, 72, 73):
        assert f"{number}" in articles
    assert "Annex IV" in articles


def test_a_pack_is_read(tmp_path: Path) -> None:
    pack = load_pack(SMALL, "house.yaml")
    owner, purpose = pack.items
    assert (owner.kind, owner.source, owner.accepted_by) == (Kind.AUTOMATIC, "inventory", Acceptance.RULE)
    assert (purpose.kind, purpose.rests_on, purpose.fresh_for) == (
        Kind.HUMAN,
        ("inventory",),
        timedelta(days=365),
    )
    assert pack.items_for(SPEC) == pack.items
    assert pack.items_for(None, risk=Risk.LOW) == (owner,)
    (tmp_path / "house.yaml").write_text(SMALL)
    assert every_pack(tmp_path)["house"] == pack
    (tmp_path / "twin.yaml").write_text(SMALL)
    with pytest.raises(Conflict, match="Two packs are called house"):
        every_pack(tmp_path)
    with pytest.raises(NotFound, match="rule pack"):
        pick(PACKS, "eu-ai-atc")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("source: inventory", "sauce: inventory", "items.owner.sauce: is not a known setting"),
        ("source: inventory", "source: inventry", "did you mean 'inventory'?"),
        ("title: House rules", "titel: House rules", "did you mean 'title'?"),
        ("owner: risk", "owner: the boss", "'the boss' is not known"),
        ("check: official text", "check: none", "must be 'official text'"),
        ("fresh_for: 365d", "fresh_for: soon", "'soon' is not a duration"),
        ("dated: 2026-11-01", "dated: today", "is no date"),
        ("rests_on: [inventory]", "rests_on: [drift]", "'drift' changes with every window"),
        ("rests_on: [inventory]", "source: inventory", "belongs to automatic items"),
        ("source: inventory", "source: inventory\n    rests_on: [policy]", "belongs to human items"),
        ("source: inventory", "source: drift\n    accepted_by: person", "changes with every window"),
        ("pack: house", "pack: House Rules", "is no name"),
        ("by_default: true", "by_default: maybe", "must be true or false"),
        ("risk: [high]", "risk: [hihg]", "did you mean 'high'?"),
        ("items:", "items: []\nother:", "must be a mapping"),
        ("about:", "dates: soon\nabout:", "must be a list"),
        ("title: Purpose", "title: Purpose\n    title: Twice", "given twice"),
    ],
)
def test_what_is_wrong_with_a_pack_is_told(old: str, new: str, problem: str) -> None:
    assert old in SMALL
    with pytest.raises(InvalidInput) as told:
        load_pack(SMALL.replace(old, new, 1), "house.yaml")
    assert problem in str(told.value)
    assert str(told.value).startswith("house.yaml cannot be used")


def test_the_digest_of_an_item_is_of_what_it_asks_not_of_what_it_is_called() -> None:
    one = load_pack(SMALL, "a").items[0]
    assert load_pack(SMALL.replace("Has an owner", "Owner"), "a").items[0].digest == one.digest
    assert load_pack(SMALL.replace("answers for it", "pays for it"), "a").items[0].digest != one.digest
