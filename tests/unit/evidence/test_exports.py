"""Documents for others: a model card, an ML-BOM, a page that prints; each held to a parser or a schema."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from core.evidence.collectors import digest
from core.evidence.desk import Answers
from core.evidence.exports.bom import ml_bom
from core.evidence.exports.card import model_card
from core.evidence.exports.dossier import Dossier, Number
from core.evidence.exports.page import evidence_page, fleet_page
from core.evidence.facts import ModelFacts
from core.evidence.pack_file import own_packs
from core.evidence.shown import evidence_item, evidence_view, pack_note
from core.form import Form, Inventoried
from core.views.governance import FleetEvidence
from tests.house.project import ROOT
from tests.unit.evidence.made import AGO, EMPTY, FULL, NOW, SPEC

VENDOR = ROOT / "tests" / "vendor" / "cyclonedx"
EVIL = '<script>alert(1)</script> **bold** & "quotes" | pipe\n# head'
NUMBERS = tuple(
    Number(
        role=role, metric=metric, feature=feature, value=0.75, low=low, high=0.8, n=4000, unit="",
        status="PASS", window=9, start=AGO, end=NOW, version="2",
    )
    for role, metric, feature, low in (
        ("performance", "roc_auc", None, 0.7),
        ("fairness", "demographic_parity_ratio", "sex", None),
    )
)  # fmt: skip


def dossier(facts: ModelFacts, *, text: str = "", numbers: tuple[Number, ...] = ()) -> Dossier:
    packs = own_packs()
    chosen = [packs["eu-ai-act"], packs["model-risk"]]
    answers, items = Answers(facts), []
    for pack in chosen:
        for item in pack.items_for(facts.spec):
            form = None
            if text and item.id == "intended-purpose":
                form = Form(
                    model=facts.model, pack=pack.name, item=item.id, text=text, owner="risk",
                    valid_until=None, filled_at=AGO, filled_by="ann", item_digest=item.digest,
                    accepted_at=AGO, accepted_by="bob",
                )  # fmt: skip
                form = replace(form, rests={"inventory": digest(answers["inventory"].content)})
            items.append(evidence_item(pack, item, answers, form, facts.now))
    notes = tuple(pack_note(pack, None, (), ()) for pack in chosen)
    return Dossier(facts=facts, evidence=evidence_view(facts, notes, tuple(items)), numbers=numbers)


WHOLE = dossier(FULL, text=EVIL, numbers=NUMBERS)
BARE = dossier(EMPTY)


def validator() -> Draft7Validator:
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(VENDOR.glob("*.json"))]
    resources = [(one["$id"], Resource.from_contents(one, default_specification=DRAFT7)) for one in schemas]
    bom = next(one for one in schemas if one["$id"].endswith("bom-1.6.schema.json"))
    return Draft7Validator(bom, registry=Registry().with_resources(resources))


@pytest.mark.parametrize("made", [WHOLE, BARE], ids=["whole", "bare"])
def test_the_bill_of_materials_is_cyclonedx(made: Dossier) -> None:
    document = json.loads(ml_bom(made, tool_version="0.1.0"))
    problems = [f"{list(one.absolute_path)}: {one.message}" for one in validator().iter_errors(document)]
    assert not problems
    assert ml_bom(made, tool_version="0.1.0") == ml_bom(made, tool_version="0.1.0")
    model = document["components"][0]
    assert model["type"] == "machine-learning-model"
    referred = {one["ref"] for one in document["dependencies"]}
    assert referred == {one["bom-ref"] for one in document["components"]}


def test_a_schema_that_holds_everything_would_hold_nothing() -> None:
    document = json.loads(ml_bom(WHOLE, tool_version="0.1.0"))
    document["components"][0]["modelCard"]["nonsense"] = 1
    assert list(validator().iter_errors(document))


def test_the_bill_tells_data_numbers_and_groups() -> None:
    document = json.loads(ml_bom(WHOLE, tool_version="0.1.0"))
    model, data = document["components"]
    card = model["modelCard"]
    assert data["properties"] == [{"name": "trimtab:digest", "value": "d9"}]
    assert card["modelParameters"]["datasets"] == [{"ref": data["bom-ref"]}]
    metrics = card["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0]["confidenceInterval"] == {"lowerBound": "0.7", "upperBound": "0.8"}
    assert "confidenceInterval" not in metrics[1]
    assert card["considerations"]["fairnessAssessments"][0]["groupAtRisk"] == "groups of sex"


def test_the_model_card_has_metadata_that_hugging_face_reads() -> None:
    text = model_card(WHOLE)
    empty, head, body = text.split("---\n", 2)
    assert not empty
    metadata = yaml.safe_load(head)
    assert metadata["pipeline_tag"] == "tabular-classification"
    assert metadata["license"] == "unknown"
    (result,) = metadata["model-index"][0]["results"]
    assert result["task"]["type"] == metadata["pipeline_tag"]
    assert set(result["dataset"]) == {"name", "type"}
    assert result["metrics"] == [{"type": "roc_auc", "value": 0.75, "name": "roc auc"}]
    assert metadata["metrics"] == ["roc_auc"]
    assert "<script>" not in body
    assert "\n# head" not in body
    assert "\\<script\\>" in body
    assert "Accepted by bob." in body
    assert "| roc auc | 0.750 | 0.700 to 0.800 | 4,000 | PASS |" in body


def test_a_card_of_an_unknown_model_says_what_is_not_known() -> None:
    text = model_card(BARE)
    assert "The model is not monitored" in text
    assert "Nobody has written and accepted this yet." in text
    assert "No data set is logged" in text
    assert "Not known: nothing of it was judged." in text
    assert "model-index" not in yaml.safe_load(text.split("---\n")[1])


class Page(HTMLParser):
    """Collects what a page holds; closing tags must match."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def test_the_page_stands_alone_prints_and_runs_nothing() -> None:
    text = evidence_page(WHOLE.evidence)
    page = parsed(text)
    assert page.tags.isdisjoint({"script", "img", "link", "iframe", "a", "object"})
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href")]
    assert "http" not in text
    assert "@media print" in text
    assert EVIL in page.text
    assert all(item.title in page.text for item in WHOLE.evidence.items)
    assert "Not legal advice" in page.text


def test_the_fleet_page_names_models_of_no_registry() -> None:
    outside = Inventoried(
        name="bureau", kind="score", owner="risk", unit=None, risk="high", use_case=None, vendor=EVIL,
        note=EVIL, added_at=NOW, added_by="ann",
    )  # fmt: skip
    fleet = FleetEvidence(
        as_of=NOW,
        pack=WHOLE.evidence.packs[0],
        models=(WHOLE.evidence,),
        inventory=(outside,),
        summary="One.",
        n_models=1,
    )
    page = parsed(fleet_page(fleet))
    assert "bureau" in page.text
    assert "script" not in page.tags
    assert SPEC.model in page.text
