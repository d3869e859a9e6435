"""Governance: every part in every state, forms written and accepted, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import deps, identity
from app.components import evidence
from core.errors import Refused
from core.job import JobStatus
from core.views.governance import ItemState, Part

from .fake_client import FakeClient
from .made_governance import ITEMS, PACKING
from .test_pages import MAIN, ROOT, text

Show = Callable[..., AppTest]
PAGE = str(Path(ROOT) / "pages" / "governance.py")


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    def opened(client: FakeClient, **link: str) -> AppTest:
        monkeypatch.setattr(deps, "client", lambda: client)
        test = AppTest.from_file(MAIN, default_timeout=30).run()
        test.switch_page(PAGE)
        for key, value in {"model": "lending", **link}.items():
            test.query_params[key] = value
        return test.run()

    return opened


def test_evidence_says_how_much_is_there_and_what_is_not_by_name(show: Show) -> None:
    test = show(FakeClient())
    assert not test.exception
    said = text(test)
    assert "1 of 4 complete" in said
    assert "Stale: Accuracy." in said
    assert "Missing: Intended purpose." in said
    assert "Not legal advice" in said
    assert "2 Dec 2027" in said
    assert "SHA-256 aaaaaaaaaaaa" in said
    assert all(mark.split("[")[1].rstrip("]") in said for mark in evidence.MARKS.values())
    assert test.selectbox(key="picked_pack").value == "eu-ai-act"
    test.segmented_control(key="evidence_state").set_value("stale").run()
    assert "Accuracy" in text(test)
    assert "Limits accepted" not in text(test)


def test_articles_are_folded_and_those_that_need_something_come_first(show: Show) -> None:
    done = [
        replace(ITEMS[0], id=f"eu-ai-act/done{n}", title=f"Done {n}", article=f"Art. {n}") for n in (10, 11)
    ]
    test = show(FakeClient(items=(*done, *ITEMS)))
    folds = [
        (one.label.replace("\\", ""), one.proto.expanded)
        for one in test.expander
        if one.label.startswith("**Art")
    ]
    assert folds == [
        ("**Art. 9** :gray[○ 1 missing · ◐ 1 draft · ● 1 accepted]", True),
        ("**Art. 15** :gray[▲ 1 stale]", True),
        ("**Art. 10** :gray[● 1 accepted]", False),
        ("**Art. 11** :gray[● 1 accepted]", False),
    ]
    rows = text(test)
    assert (
        rows.index("Intended purpose**") < rows.index("Inputs described**") < rows.index("Limits accepted**")
    )
    test.segmented_control(key="evidence_state").set_value("accepted").run()
    assert all(one.proto.expanded for one in test.expander if one.label.startswith("**Art"))


def test_a_form_is_written_and_what_waits_is_accepted(show: Show) -> None:
    client = FakeClient()
    test = show(client)
    assert {one.label for one in test.button} >= {"Write text", "Accept item"}
    test.button(key="fill_eu-ai-act/purpose").click().run()
    assert test.button(key="confirm_form").disabled
    test.text_area(key="form_text_eu-ai-act/purpose").set_value("For lending.").run()
    test.button(key="confirm_form").click().run()
    assert not test.exception
    filled = ("local/lending", "eu-ai-act/purpose", "For lending.", "risk", None)
    assert client.asked == [("fill", filled)]
    test.button(key="accept_eu-ai-act/inputs").click().run()
    test.button(key="confirm_accept").click().run()
    assert client.asked[-1] == ("accept", ("local/lending", "eu-ai-act/inputs"))


def test_what_is_refused_is_said_and_an_item_with_a_text_shows_it(show: Show) -> None:
    written = replace(ITEMS[3], state=ItemState.DRAFT, text="For **lending**.", filled_by="ann", bar="")
    client = FakeClient(items=(written,), refuses=Refused("ann wrote it and may not accept it"))
    test = show(client)
    test.button(key="accept_eu-ai-act/purpose").click().run()
    assert [one.value for one in test.text] == ["For **lending**."]
    test.button(key="confirm_accept").click().run()
    assert "ann wrote it and may not accept it" in text(test)
    assert "Nothing was changed." in text(test)


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (Part.LEDGER, "All 3 entries follow one another"),
        (Part.POLICIES, "Try another policy on the past"),
        (Part.DECISIONS, "Decisions about production of lending"),
        (Part.KPIS, "Governance: level 1 of 5"),
    ],
)
def test_each_part_opens_by_its_link(show: Show, part: Part, says: str) -> None:
    test = show(FakeClient(), tab=part.value)
    assert not test.exception
    assert says in text(test)


@pytest.mark.parametrize("part", Part)
def test_each_part_of_an_empty_workspace_says_so(show: Show, part: Part) -> None:
    test = show(FakeClient(n_models=0), tab=part.value)
    assert not test.exception
    assert " yet" in "".join(one.value for one in (*test.header, *test.subheader))


@pytest.mark.parametrize(("mode", "links"), [("local", False), ("proxy", True)])
def test_what_holds_private_parts_is_a_link_only_where_links_say_who_follows(
    show: Show, monkeypatch: pytest.MonkeyPatch, mode: str, links: bool
) -> None:
    monkeypatch.setattr(identity, "MODE", mode)
    monkeypatch.setattr(identity, "require", lambda client: None)
    test = show(FakeClient(archives=(replace(PACKING, status=JobStatus.DONE),)))
    assert not test.exception
    urls = [one.proto.url for one in test.get("link_button")]
    assert any(url.endswith("files/model-card.md?pack=eu-ai-act") for url in urls)
    assert any(url.endswith("/jobs/e1/result") for url in urls) == links
    commands = [one.value for one in test.code]
    assert any(one.startswith("trimtab evidence lending") for one in commands) != links
    boxes = [one.proto.popover.label for one in test.get("popover")]
    assert ("How to fetch the signed ZIP" in boxes) != links
    assert not any(one.startswith("Download") for one in boxes), "a box with a command is no download"


def test_the_zip_is_asked_for_shows_how_far_it_is_and_can_be_cancelled(show: Show) -> None:
    client = FakeClient()
    test = show(client)
    test.button(key="make_archive").click().run()
    assert not test.exception
    assert client.asked == [("archive", ("local/lending", "eu-ai-act"))]
    assert "Running" in text(test)
    assert "Signed ZIP" in text(test)
    test.button(key="cancel_archive").click().run()
    assert client.asked[-1] == ("cancel", "e1")
    assert "Signed ZIP" not in text(test)
    client.archives = (replace(PACKING, status=JobStatus.FAILED, error="No disk."),)
    assert "No disk." in text(test.run())
    client.refuses = Refused("ann may not export")
    test.button(key="make_archive").click().run()
    assert "ann may not export" in text(test)


def test_figures_say_how_sure_they_are_and_what_would_raise_the_level(show: Show) -> None:
    client = FakeClient()
    test = show(client, tab=Part.KPIS.value)
    said = text(test)
    assert "Watch more models" in said
    (table,) = [one.value for one in test.table]
    assert table["Value"].tolist()[0] == "3\\.2 days"
    assert "a share needs 5" in table["Value"].tolist()[1]
    assert "Median" in said, "how it is counted is told below: a narrow screen has no column for it"
    assert "7 days" in table["95 % interval"].tolist()[0]
    test.segmented_control(key="kpis_by").set_value("unit").run()
    assert client.asked[-1] == ("kpis", ("unit", "365d"))
    beside = [one.value for one in test.table][1]
    assert "a_b*c*" not in "".join(beside.columns), "a name is no Markdown"
