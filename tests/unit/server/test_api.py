"""The API: routes pass on what was asked, refuse foreigners, and fail in one shape."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from core.client.transports import InProcess
from core.domain import Status
from core.errors import Conflict, InvalidInput, Problem, Unavailable
from core.pooled import Stretch
from core.server.app import create_app
from core.server.heartbeat import Heartbeat
from core.server.identity import operating_user
from core.trimtab import Trimtab
from core.views.fleet import FleetScope
from tests.fake_trimtab import FakeTrimtab, Unexpected

TOKEN = "t0ken"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def trimtab(tmp_path: Path) -> FakeTrimtab:
    return FakeTrimtab.at(tmp_path / "w")


@pytest.fixture
def api(trimtab: FakeTrimtab) -> Iterator[httpx.Client]:
    with serving(trimtab) as client:
        yield client


def serving(trimtab: FakeTrimtab, *beats: Heartbeat) -> httpx.Client:
    app = create_app(cast("Trimtab", trimtab), token=TOKEN, beats=beats)
    transport = InProcess(app, closing=lambda: None)
    return httpx.Client(transport=transport, base_url="http://127.0.0.1", headers=BEARER)


def error(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    return found


# -------------------------------------------------------------------- who may ask


def test_reading_needs_no_token(api: httpx.Client) -> None:
    del api.headers["Authorization"]
    assert api.get("/api/v1/models").json()[0]["name"] == "churn"


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic t0ken", "Bearer", "Bearer tökén".encode()])
def test_writing_needs_the_token(api: httpx.Client, trimtab: FakeTrimtab, given: str | bytes | None) -> None:
    del api.headers["Authorization"]
    answer = api.post("/api/v1/monitor", headers={} if given is None else {"Authorization": given})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert error(answer)["code"] == "unauthorised"
    assert trimtab.asked == []


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "", "[::1", "localhost.:80.evil"])
def test_foreign_names_are_refused(api: httpx.Client, host: str) -> None:
    answer = api.get("/api/v1/models", headers={"Host": host})
    assert answer.status_code == 403
    assert error(answer)["code"] == "forbidden"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "[::1]:80", "127.8.9.1"])
def test_the_loopbacks_names_are_let_in(api: httpx.Client, host: str) -> None:
    assert api.get("/healthz", headers={"Host": host}).status_code == 200


def test_foreign_pages_are_refused_and_cookies_never_read(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    for origin in ("https://example.org", "http://127.0.0.1:9", "null"):
        assert api.get("/api/v1/models", headers={"Origin": origin}).status_code == 403
    assert api.get("/api/v1/models", headers={"Origin": "http://127.0.0.1"}).status_code == 200
    del api.headers["Authorization"]
    api.cookies.set("token", TOKEN)
    assert api.post("/api/v1/monitor").status_code == 401


# -------------------------------------------------------------------- rows


def test_predictions_are_spooled_passed_on_and_removed(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    body = b'{"id": 1}\n{"id": 2}\n'
    answer = api.post(
        "/api/v1/models/churn/predictions",
        content=body,
        headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": "k1"},
    )
    assert answer.status_code == 202
    taken = {"accepted": 3, "quarantined": 0, "duplicate": 1, "reasons": {}, "notices": []}
    assert answer.json() == taken
    assert trimtab.asked == [("ingest", ("churn", body, "jsonl", "The request", "predictions", "k1"))]
    assert list(trimtab.settings.workspace.spool.iterdir()) == []


def test_labels_of_a_model_in_a_named_registry(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    answer = api.post("/api/v1/models/prod%2Fchurn%20ü/labels?name=l.csv", content=b"id,y\n1,0\n")
    assert answer.status_code == 202
    assert trimtab.asked[0][1][0] == "prod/churn ü"
    assert trimtab.asked[0][1][2:5] == ("csv", "l.csv", "labels")


def test_what_cannot_be_read_is_told_and_removed(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    answer = api.post("/api/v1/models/churn/predictions", content=b"")
    assert answer.status_code == 422
    assert error(answer)["problems"][0]["field"] == "file"
    assert list(trimtab.settings.workspace.spool.iterdir()) == []


def test_a_body_too_large_is_refused_while_it_comes(tmp_path: Path) -> None:
    trimtab = FakeTrimtab.at(tmp_path / "w")
    object.__setattr__(trimtab.settings, "max_body_mb", 1.0)
    with serving(trimtab) as api:
        answer = api.post("/api/v1/models/churn/predictions", content=b"x" * 1_000_001)
    assert answer.status_code == 413
    assert error(answer)["problems"][0]["field"] == "body"
    assert list(trimtab.settings.workspace.spool.iterdir()) == []


def test_quarantine_and_retry(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    assert api.get("/api/v1/models/churn/quarantine?limit=5").json()[0]["field"] == "timestamp"
    assert api.post("/api/v1/models/churn/quarantine/retry").json()["accepted"] == 3
    assert trimtab.asked == [("quarantine", ("churn", 5)), ("retry_quarantine", "churn")]


# -------------------------------------------------------------------- judgements


def test_measurements_pass_every_filter_on(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    answer = api.get(
        "/api/v1/models/churn/measurements?metric=ks&feature=age&segment=sex=f&segment=race=A%3DB"
        "&since=2026-11-01&exact=true&include_reference=true"
    )
    assert [each["value"] for each in answer.json()] == [0.96, None]
    assert answer.json()[1]["reason"] == "no labels yet"
    _, (model, asked) = trimtab.asked[0]
    assert model == "churn"
    assert asked.pop("segment").as_dict() == {"sex": "f", "race": "A=B"}
    assert asked == {
        "metric": "ks",
        "feature": "age",
        "since": datetime(2026, 11, 1, tzinfo=UTC),
        "exact": True,
        "include_reference": True,
        "baseline": "fixed",
    }


def test_a_verdict_by_its_id(api: httpx.Client) -> None:
    (listed,) = api.get("/api/v1/models/churn/verdicts").json()
    assert api.get("/api/v1/verdicts/abc123").json() == listed
    assert listed["status"] == "FAIL"
    assert listed["limit"] == {"low": 0.963, "high": None}
    assert api.get("/api/v1/verdicts/nope").status_code == 404


def test_verdicts_are_asked_for_by_status(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    path = "/api/v1/models/churn/verdicts"
    assert len(api.get(f"{path}?status=FAIL&status=WARN").json()) == 1
    assert trimtab.asked[-1][1][2] == [Status.FAIL, Status.WARN]
    assert api.get(f"{path}?status=PASS").json() == []
    assert api.get(f"{path}?status=RED").status_code == 422


def test_spans_count_back_from_now(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    api.get("/api/v1/models/churn/verdicts?since=30d")
    since = trimtab.asked[0][1][1]
    assert abs(datetime.now(UTC) - timedelta(days=30) - since) < timedelta(minutes=1)


def test_fairness_splits_columns(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    assert set(api.get("/api/v1/models/churn/fairness?by=a,b&against=A").json()) == {
        "measurements",
        "verdicts",
    }
    assert trimtab.asked == [("fairness", ("churn", ("a", "b"), None, "A"))]


def test_fairness_of_windows_is_asked_as_written(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    assert api.get("/api/v1/models/churn/fairness?by=a&windows=3..7&version=2&class=gold").status_code == 200
    stretch = Stretch(first=3, last=7, version="2")
    assert trimtab.asked == [("fairness", ("churn", ("a",), None, None, stretch, "gold"))]
    refused = api.get("/api/v1/models/churn/fairness?by=a&windows=7..3")
    assert refused.status_code == 422
    assert "'7..3' names no windows" in refused.text


def test_a_change_is_asked_between_two_windows(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    found = api.get("/api/v1/models/churn/change?from=3&to=7&metric=accuracy&by=a,b").json()
    assert found["sentence"].startswith("ROC AUC fell by 0.021")
    assert found["found"][0]["segment"] == {"region": "north"}
    assert found["after"]["window"] == {
        "index": 7,
        "start": "2026-11-02T00:00:00Z",
        "end": "2026-11-07T00:00:00Z",
        "closed": True,
    }
    api.get("/api/v1/models/churn/change")
    assert trimtab.asked == [
        ("change", ("churn", "3", "7", "accuracy", ("a", "b"))),
        ("change", ("churn", "reference", "latest", None, ())),
    ]


def test_monitor_one_or_all(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    assert api.post("/api/v1/monitor").json() == {
        "windows": 2,
        "verdicts": {"PASS": 3, "FAIL": 1},
        "incidents": 1,
    }
    api.post("/api/v1/monitor?model=churn")
    assert trimtab.asked == [("monitor", None), ("monitor", "churn")]


def test_files_come_as_parts_of_a_form(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    file = ("r.csv", b"id\n1\n")
    watched = api.post("/api/v1/watch", data={"spec": "model: churn"}, files={"reference": file})
    assert watched.json() == {"model": "churn", "reference": {"rows": 2, "windows": 1}, "notices": []}
    compared = api.post("/api/v1/compare", data={"spec": "s"}, files={"reference": file, "current": file})
    assert len(compared.json()["verdicts"]) == 1
    assert trimtab.asked == [
        ("watch", ("model: churn", "id\n1\n", None, False)),
        ("compare", ("s", "r.csv", "r.csv", None, False)),
    ]
    assert list(trimtab.settings.workspace.spool.iterdir()) == []


# -------------------------------------------------------------------- incidents


def test_decisions_are_made_by_the_operating_systems_user(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    assert api.post("/api/v1/incidents/inc1/ack").json()["acknowledged_by"] == operating_user()
    assert api.post("/api/v1/incidents/inc1/resolve", json={"cause": "feed"}).json()["resolution"] == "feed"
    snoozed = api.post("/api/v1/incidents/inc1/snooze", json={"until": "2d"}).json()
    until = datetime.fromisoformat(snoozed["snoozed_until"])
    assert abs(datetime.now(UTC) + timedelta(days=2) - until) < timedelta(minutes=1)
    assert api.get("/api/v1/incidents?open=true").json()[0]["id"] == "inc1"
    assert trimtab.asked[-1] == ("incidents", True)


@pytest.mark.parametrize("body", [{}, {"cause": ""}, {"cause": "x", "actor": "root"}, [], None])
def test_a_resolution_is_checked(api: httpx.Client, body: Any) -> None:
    answer = api.post("/api/v1/incidents/inc1/resolve", json=body)
    assert answer.status_code == 422
    assert error(answer)["problems"]


# -------------------------------------------------------------------- views


def test_a_view_takes_its_scope_from_the_query(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    assert api.get("/api/v1/views/fleet?status=watch&page=2").json()["n_models"] == 0
    (asked,) = trimtab.asked
    assert isinstance(asked[1], FleetScope)
    assert (asked[1].status, asked[1].page) == ("watch", 2)
    assert api.get("/api/v1/views/fleet?page=x").status_code == 422


# -------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("fails", "status", "code"),
    [
        (InvalidInput("It", [Problem(field="f", message="m", remedy="r")], hint="h"), 422, "invalid_input"),
        (Conflict("No", hint="h"), 409, "conflict"),
        (Unavailable("It", "down", hint="h"), 503, "unavailable"),
    ],
)
def test_known_failures(api: httpx.Client, trimtab: FakeTrimtab, fails: Any, status: int, code: str) -> None:
    trimtab.fails = fails
    answer = api.get("/api/v1/models")
    assert (answer.status_code, error(answer)["code"], error(answer)["hint"]) == (status, code, "h")
    assert error(answer)["message"] == fails.message


def test_unexpected_failures_show_nothing_of_the_inside(api: httpx.Client, trimtab: FakeTrimtab) -> None:
    trimtab.fails = Unexpected("secret path")
    answer = api.get("/api/v1/models")
    assert answer.status_code == 500
    assert error(answer)["code"] == "internal"
    assert "secret" not in answer.text


def test_unknown_pages_and_methods_fail_in_the_same_shape(api: httpx.Client) -> None:
    assert error(api.get("/api/v1/nothing"))["code"] == "not_found"
    wrong = api.delete("/api/v1/models")
    assert wrong.status_code == 405
    assert error(wrong)["message"]


@pytest.mark.parametrize("query", ["since=soon", "segment=sex", "exact=perhaps"])
def test_wrong_queries_are_told(api: httpx.Client, query: str) -> None:
    answer = api.get(f"/api/v1/models/churn/measurements?{query}")
    assert answer.status_code == 422
    assert error(answer)["problems"]


# -------------------------------------------------------------------- health


def test_readiness_tells_how_the_tasks_do(trimtab: FakeTrimtab) -> None:
    beat = Heartbeat("monitor", trimtab.monitor, every_s=60)
    beat.start()
    assert beat.stop(timeout_s=5)
    with serving(trimtab, beat) as api:
        found = api.get("/readyz").json()
        figures = api.get("/metrics")
    assert found["status"] == "ok"
    assert found["tasks"]["monitor"]["problem"] is None
    assert figures.headers["content-type"].startswith("text/plain")
    for line in (
        'trimtab_models{status="critical"} 1.0',
        'trimtab_incidents_open{severity="critical"} 1.0',
        'trimtab_task_failing{task="monitor"} 0.0',
        'trimtab_http_requests_total{method="GET",route="/readyz",status="200"} 1.0',
    ):
        assert line in figures.text


def test_rows_are_counted_and_names_make_no_series(api: httpx.Client) -> None:
    api.post("/api/v1/models/churn/predictions", content=b'[{"id": 1}]')
    api.get("/api/v1/made-up")
    text = api.get("/metrics").text
    assert 'trimtab_rows_total{outcome="accepted"} 3.0' in text
    assert "/api/v1/models/{model" in text
    assert "made-up" not in text


def test_the_api_describes_itself(api: httpx.Client) -> None:
    described = api.get("/api/v1/openapi.json").json()
    assert described["info"]["title"] == "Trimtab"
    paths = described["paths"]
    assert "/api/v1/models/{model}/predictions" in paths
    answer = paths["/api/v1/verdicts/{verdict_id}"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = described["components"]["schemas"][schema]["properties"]
    assert {"status", "rule", "limit", "policy_digest", "sentence", "value"} <= set(fields)
    assert json.dumps(paths).count("requestBody") >= 5
