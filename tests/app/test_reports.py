"""The report section of the Model page in every state: none, running, done, stale, failed, refused."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.components.reports import progress
from core.errors import Conflict, TrimtabError, Unavailable
from core.job import JobStatus
from core.views.reports import ReportRow

from .fake_client import FakeClient
from .made_reports import CANCELLED, DONE, FAILED, RUNNING, WINDOWS
from .test_pages import Show, show, text

__all__ = ["show"]


def section(show: Show, *reports: ReportRow, **link: str) -> tuple[AppTest, FakeClient]:
    client = FakeClient(n_models=4, reports=reports)
    test = show("model", client, model="lending", tab="Drift", **link)
    assert not test.exception
    return test, client


def frames(test: AppTest) -> list[str]:
    return [str(frame.proto.src) for frame in test.get("iframe")]


def keys(test: AppTest) -> set[str]:
    return {button.key for button in test.button if button.key}


def test_without_reports_one_can_be_asked_for(show: Show) -> None:
    test, client = section(show)
    assert test.selectbox(key="report_window").value == WINDOWS[1], "the latest that is closed"
    test.button(key="make_report").click().run()
    assert client.asked == [("make", ("lending", 88, None))]
    assert test.query_params["report"] == RUNNING.id
    assert "▶ Running" in text(test)
    assert "may disagree with Trimtab's verdicts" in text(test)


def test_of_one_version_where_the_page_shows_one(show: Show) -> None:
    test, client = section(show, version="7")
    test.button(key="make_report").click().run()
    assert client.asked == [("make", ("lending", 88, "7"))]


def test_what_runs_says_how_far_it_is_and_can_be_cancelled(show: Show) -> None:
    test, client = section(show, RUNNING)
    (bar,) = test.get("progress")
    assert bar.proto.value == 40
    assert bar.proto.text.replace("\\", "") == "Comparing columns · 12 of about 28\u2009s"
    assert "view_runs" not in keys(test)
    test.button(key="cancel_runs").click().run()
    assert client.asked == [("cancel", "runs")]
    assert "▶ Running" not in text(test)


def test_a_report_is_shown_where_the_link_names_it(show: Show) -> None:
    test, _ = section(show, DONE)
    assert frames(test) == []
    assert "5.8\u2009MB" in text(test)
    test.button(key="view_d0ne").click().run()
    assert frames(test) == ["/api/v1/jobs/d0ne/result?show=true"]
    test.button(key="hide_report").click().run()
    assert frames(test) == []
    again, _ = section(show, DONE, report="d0ne")
    assert frames(again) == ["/api/v1/jobs/d0ne/result?show=true"]
    (keep,) = again.get("link_button")
    assert keep.proto.url == "/api/v1/jobs/d0ne/result"


@pytest.mark.parametrize("named", ["nope", "fa1led", "runs"])
def test_a_link_to_what_cannot_be_shown_shows_the_list(show: Show, named: str) -> None:
    test, _ = section(show, DONE, FAILED, RUNNING, report=named)
    assert frames(test) == []


def test_what_failed_says_why_and_what_was_cancelled_by_whom(show: Show) -> None:
    test, _ = section(show, FAILED, CANCELLED, replace(DONE, stale=True))
    said = text(test)
    assert "■ Failed" in said
    assert "It took longer than the 900 s" in said
    assert "cancelled by ann" in said
    assert "▲ Stale" in said
    assert "have changed since" in said


@pytest.mark.parametrize(
    "error", [Conflict("lending has no reference", hint="Judge it first."), Unavailable("Control", "gone")]
)
def test_what_is_refused_is_explained(show: Show, error: TrimtabError) -> None:
    test, client = section(show, RUNNING)
    client.refuses = error
    test.button(key="make_report").click().run()
    (shown,) = test.error
    assert "Could not make the report" in shown.value
    assert "Nothing was changed." in shown.value
    test.button(key="cancel_runs").click().run()
    assert "Could not cancel the report" in test.error[0].value
    test.run()
    assert not test.error, "said once"


def test_without_windows_there_is_nothing_to_report_on(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.app.made_reports.WINDOWS", ())
    test, _ = section(show)
    assert "A report needs a judged window with rows" in text(test)
    assert "make_report" not in keys(test)


def test_progress_in_words() -> None:
    waiting = replace(RUNNING, status=JobStatus.QUEUED, elapsed_s=None, step="")
    assert progress(waiting) == "Waits for its turn"
    assert progress(replace(RUNNING, step="", expected_s=None)) == "Runs · 12\u2009s"
