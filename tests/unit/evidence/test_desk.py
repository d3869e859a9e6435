"""Evidence of a real workspace: gathered, written, accepted, reopened, over API and command line alike."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from core.access.person import Person
from core.access.roles import AccessRole
from core.client import Client
from core.errors import Conflict, InvalidInput, NotFound, Refused
from core.identity_settings import IdentityMode, IdentitySettings
from core.trimtab import Trimtab
from core.views.governance import EvidenceItem, ItemState
from tests.fakes import FakeRegistry, FixedClock
from tests.unit.evidence.test_packs import SMALL

BOB = Person(name="bob", roles=frozenset({AccessRole.APPROVER}))
PURPOSE = "eu-ai-act/intended-purpose"


def one(trimtab: Trimtab, identity: str) -> EvidenceItem:
    view = trimtab.evidence.view("loans", identity.partition("/")[0])
    return next(item for item in view.items if item.id == identity)


def test_evidence_fills_itself_from_what_is_on_record(loans: Trimtab) -> None:
    view = loans.evidence.view("loans")
    assert [pack.name for pack in view.packs] == ["eu-ai-act", "gdpr", "model-risk"]
    states = {item.id: item.state for item in view.items}
    for name in ("identification", "training-data", "changes-on-record", "automatic-logs", "monitoring-done"):
        assert states[f"eu-ai-act/{name}"] is ItemState.ACCEPTED, name
    assert states["eu-ai-act/second-pair"] is ItemState.DRAFT  # decided alone
    assert states["eu-ai-act/tested-against-limits"] is ItemState.MISSING
    assert states["model-risk/fallback"] is ItemState.ACCEPTED
    assert view.version == "2"
    n_done = sum(state is ItemState.ACCEPTED for state in states.values())
    assert view.summary.startswith(f"{n_done} of {len(states)} complete, ")
    assert "Intended purpose" in view.summary.partition("missing: ")[2]
    assert all(item.digest for item in view.items if item.state is ItemState.ACCEPTED)


def test_a_registry_that_does_not_answer_gives_no_training_data(
    loans: Trimtab, registry: FakeRegistry
) -> None:
    registry.down = True
    assert one(loans, "eu-ai-act/training-data").state is ItemState.MISSING
    registry.down = False
    assert one(loans, "eu-ai-act/training-data").state is ItemState.ACCEPTED


def test_a_form_goes_from_missing_to_accepted_and_the_ledger_tells(loans: Trimtab, clock: FixedClock) -> None:
    assert one(loans, PURPOSE).state is ItemState.MISSING
    with pytest.raises(Conflict, match="nobody has written it yet"):
        loans.evidence.accept("loans", PURPOSE, person=BOB)
    until = clock.now() + timedelta(days=30)
    loans.evidence.fill("loans", PURPOSE, text=" For lending. ", owner=None, until=until, actor="ann")
    written = one(loans, PURPOSE)
    assert (written.state, written.text, written.owner) == (ItemState.DRAFT, "For lending.", "credit-risk")
    loans.evidence.accept("loans", PURPOSE, person=BOB)
    assert (one(loans, PURPOSE).state, one(loans, PURPOSE).accepted_by) == (ItemState.ACCEPTED, "bob")
    with pytest.raises(Conflict, match="accepted already"):
        loans.evidence.accept("loans", PURPOSE, person=BOB)
    loans.evidence.accept("loans", "eu-ai-act/test-limits", person=BOB)
    read = one(loans, "eu-ai-act/test-limits")
    assert (read.state, read.owner, read.accepted_by) == (ItemState.ACCEPTED, "risk", "bob")
    kinds = ("evidence.filled", "evidence.accepted")
    filled, accepted, _ = loans.ledger.records(kinds=kinds)
    assert (filled.entry.actor, accepted.entry.actor) == ("ann", "bob")
    assert "lending" not in filled.entry.body
    assert filled.private is not None
    assert set(accepted.entry.facts["rests"]) == {"inventory"}
    clock.at = until + timedelta(hours=1)
    assert one(loans, PURPOSE).state is ItemState.STALE
    # Written anew it is a draft again: what was accepted was something else.
    loans.evidence.fill("loans", PURPOSE, text="For lending, still.", owner="ann", until=None, actor="ann")
    assert one(loans, PURPOSE).state is ItemState.DRAFT
    assert loans.ledger.verify().ok


def test_a_text_that_no_form_can_hold_is_refused_with_all_that_is_wrong(
    loans: Trimtab, clock: FixedClock
) -> None:
    with pytest.raises(InvalidInput) as told:
        loans.evidence.fill(
            "loans", "eu-ai-act/accuracy", text=" ", owner=None, until=clock.now(), actor="ann"
        )
    assert [problem.field for problem in told.value.problems] == ["item", "text", "until"]
    with pytest.raises(InvalidInput, match="20,000 letters"):
        loans.evidence.fill("loans", PURPOSE, text="a" * 20_001, owner=None, until=None, actor="ann")
    with pytest.raises(NotFound, match="item of eu-ai-act"):
        loans.evidence.fill("loans", "eu-ai-act/purpose", text="a", owner=None, until=None, actor="ann")
    with pytest.raises(NotFound, match="rule pack"):
        loans.evidence.view("loans", "eu")
    with pytest.raises(NotFound, match="model 'nobody'"):
        loans.evidence.view("nobody")
    with pytest.raises(Conflict, match="its source alone decides"):
        loans.evidence.accept("loans", "eu-ai-act/accuracy", person=BOB)


def test_where_people_sign_in_nobody_accepts_what_they_wrote(loans: Trimtab) -> None:
    team = replace(loans.settings, identity=IdentitySettings(mode=IdentityMode.PROXY))
    assert team.identity.team
    loans.evidence._settings = team
    loans.evidence.fill(
        "loans", PURPOSE, text="For lending.", owner=None, until=None, actor="Bob@example.com"
    )
    with pytest.raises(Refused, match="bob wrote"):
        loans.evidence.accept("loans", PURPOSE, person=BOB)


def test_a_new_version_of_a_pack_names_the_models_and_items_that_it_opens_again(loans: Trimtab) -> None:
    folder = loans.settings.workspace.root / "packs"
    folder.mkdir()
    file = folder / "house.yaml"
    file.write_text(SMALL)
    loans.evidence.fill("loans", "house/purpose", text="For lending.", owner=None, until=None, actor="ann")
    loans.evidence.accept("loans", "house/purpose", person=BOB)
    assert one(loans, "house/purpose").state is ItemState.ACCEPTED
    more = SMALL.replace('version: "1"', 'version: "2"').replace(
        "What it is for.", "What it is for, and whom."
    )
    added = SMALL[SMALL.index("  purpose:") :].replace("purpose", "contact").replace("Purpose", "Contact")
    file.write_text(more + added)
    assert one(loans, "house/purpose").state is ItemState.STALE
    note = next(pack for pack in loans.evidence.packs() if pack.name == "house")
    assert note.changed == ("Contact: new", "Purpose: changed")
    assert [line.partition(" (")[0] for line in note.reopens] == [
        "local/loans: Purpose",
        "local/loans: Contact",
    ]
    (entry,) = loans.ledger.records(kinds=("pack.changed",))
    assert entry.entry.facts["to"] == "2"
    assert loans.evidence.packs() == loans.evidence.packs()


def test_the_fleet_by_pack_holds_models_of_no_registry_too(
    loans: Trimtab, client: Client, run: Callable[..., Result]
) -> None:
    made = client.add_to_inventory("bureau-score", kind="vendor's score", owner="credit-risk", risk="high")
    assert client.inventory() == (made,)
    fleet = client.fleet_evidence("eu-ai-act")
    assert [one.model for one in fleet.models] == ["bare", "loans"]
    assert "Inventoried without evidence: bureau-score." in fleet.summary
    page = loans.evidence.fleet("eu-ai-act", limit=1)
    assert ([one.model for one in page.models], page.n_models, page.following) == (["bare"], 2, "local/bare")
    rest = loans.evidence.fleet("eu-ai-act", after="local/bare", limit=1)
    assert ([one.model for one in rest.models], rest.following) == (["loans"], None)
    assert (*page.models, *rest.models) == fleet.models
    # Nothing is known of a model that nobody watches: no item is green.
    assert ItemState.ACCEPTED not in {item.state for item in fleet.models[0].items}
    for wrong in ({"risk": "hgih"}, {"owner": " "}):
        with pytest.raises(InvalidInput):
            client.add_to_inventory("x", **{"kind": "k", "owner": "o", **wrong})
    with pytest.raises(Conflict, match="in the fleet already"):
        client.add_to_inventory("loans", kind="k", owner="o")
    assert "bureau-score: vendor's score, high risk" in run("inventory", "list").stdout
    assert run("inventory", "add", "rules", "--kind", "rules", "--owner", "ops").exit_code == 0
    assert run("inventory", "remove", "rules").exit_code == 0
    with pytest.raises(NotFound):
        client.remove_from_inventory("rules")


def test_the_command_prints_the_contract_and_writes_files(
    loans: Trimtab, run: Callable[..., Result], tmp_path: Path
) -> None:
    done = run("evidence", "loans", "--pack", "eu-ai-act", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert {"id", "title", "state", "source", "owner"} <= set(document["items"][0])
    assert {one["state"] for one in document["items"]} <= {"missing", "draft", "stale", "accepted"}
    assert json.loads((tmp_path / "out" / "evidence.json").read_text())["items"] == document["items"]
    assert "not legal advice" in run("evidence", "loans").stdout
    fleet = run("evidence", "--all", "--pack", "model-risk", "--out", tmp_path / "fleet")
    assert fleet.exit_code == 0
    assert (tmp_path / "fleet" / "model-risk.json").is_file()
    assert run("evidence").exit_code == run("evidence", "loans", "--all").exit_code == 2
    (tmp_path / "blocked").write_text("a file")
    assert run("evidence", "loans", "--out", tmp_path / "blocked" / "sub").exit_code == 3


def test_a_form_is_filled_shown_and_accepted_on_the_command_line(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    text = tmp_path / "purpose.md"
    text.write_text("For lending.")
    assert run("form", "fill", "loans", PURPOSE).exit_code == 2
    filled = run("form", "fill", "loans", PURPOSE, "--file", text, "--until", "365d", "--json")
    assert json.loads(filled.stdout)["state"] == "draft"
    assert "For lending." in run("form", "show", "loans", PURPOSE).stdout
    accepted = run("form", "accept", "loans", PURPOSE)
    assert accepted.stdout.startswith("● accepted: Intended purpose")
    assert run("form", "show", "loans", "eu-ai-act/nothing").exit_code == 2
    assert "eu-ai-act 2026.1" in run("packs").stdout
    pack = tmp_path / "house.yaml"
    pack.write_text(SMALL)
    assert "2 items" in run("packs", "--check", pack).stdout
    pack.write_text("pack: house\n")
    assert run("packs", "--check", pack).exit_code == 2
