"""What was sent is what arrives: every noun, view scope and error, over JSON text."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wire
from core.domain import (
    Health,
    Incident,
    IncidentStatus,
    Limit,
    Measurement,
    Risk,
    Role,
    Segment,
    Severity,
    Status,
    Verdict,
    Window,
)
from core.errors import Conflict, IntegrityError, InvalidInput, NotFound, Problem, TrimtabError, Unavailable
from core.receipts import (
    Check,
    Comparison,
    IngestReceipt,
    ModelSummary,
    MonitorReceipt,
    Notice,
    QuarantinedRow,
    WatchReceipt,
)
from core.views.drift import DriftScope
from core.views.fleet import FleetScope
from core.views.series import Point

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=12)
COUNTS = st.integers(0, 10**12)
MOMENTS = st.integers(0, 4 * 10**15).map(lambda micros: EPOCH + timedelta(microseconds=micros))
WINDOWS = st.builds(
    lambda index, start, length, closed: Window(
        index=index, start=start, end=None if start is None else start + length, closed=closed
    ),
    st.none() | st.integers(-50, 500),
    st.none() | MOMENTS,
    st.timedeltas(timedelta(0), timedelta(days=90)),
    st.booleans(),
)
SEGMENTS = st.dictionaries(TEXTS, TEXTS, max_size=2).map(Segment.of)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    value = draw(st.none() | NUMBERS)
    return Measurement(
        model=draw(TEXTS),
        version=draw(TEXTS),
        metric=draw(TEXTS),
        role=draw(st.sampled_from(Role)),
        window=draw(WINDOWS),
        n=draw(COUNTS),
        value=value,
        low=draw(st.none() | NUMBERS),
        high=draw(st.none() | NUMBERS),
        method=draw(TEXTS),
        unit=draw(TEXTS),
        feature=draw(st.none() | TEXTS),
        segment=draw(SEGMENTS),
        estimated=draw(st.booleans()),
        n_reference=draw(st.none() | COUNTS),
        p_value=draw(st.none() | st.floats(0, 1)),
        reason=draw(TEXTS) if value is None else None,
    )


VERDICTS = st.builds(
    Verdict,
    id=TEXTS,
    measurement=measurements(),
    status=st.sampled_from(Status),
    rule=TEXTS,
    limit=st.builds(Limit, low=st.none() | NUMBERS, high=st.none() | NUMBERS),
    reason=TEXTS,
    sentence=TEXTS,
    policy_digest=TEXTS,
    judged_at=MOMENTS,
)
INCIDENTS = st.builds(
    Incident,
    id=TEXTS,
    model=TEXTS,
    severity=st.sampled_from(Severity),
    status=st.sampled_from(IncidentStatus),
    opened_at=MOMENTS,
    first_window=WINDOWS,
    last_window=WINDOWS,
    cause=TEXTS,
    rule=TEXTS,
    features=st.lists(TEXTS, max_size=3).map(tuple),
    verdicts=st.lists(TEXTS, max_size=3).map(tuple),
    acknowledged_by=st.none() | TEXTS,
    snoozed_until=st.none() | MOMENTS,
    resolved_at=st.none() | MOMENTS,
    resolution=st.none() | TEXTS,
    resolved_by=st.none() | TEXTS,
)
MODELS = st.builds(
    ModelSummary,
    name=TEXTS,
    registry=TEXTS,
    champion=st.none() | TEXTS,
    challenger=st.none() | TEXTS,
    status=st.sampled_from(Health),
    why=TEXTS,
    owner=st.none() | TEXTS,
    unit=st.none() | TEXTS,
    risk=st.none() | st.sampled_from(Risk),
    monitored=st.booleans(),
)
TALLIES = st.dictionaries(TEXTS, COUNTS, max_size=3)
NOTICES = st.lists(
    st.builds(Notice, field=TEXTS, column=st.none() | TEXTS, message=TEXTS, remedy=TEXTS), max_size=2
).map(tuple)
RECEIPTS = st.builds(
    IngestReceipt,
    accepted=COUNTS,
    quarantined=COUNTS,
    duplicate=COUNTS,
    reasons=TALLIES,
    notices=NOTICES,
)
QUARANTINED = st.builds(
    QuarantinedRow,
    id=TEXTS,
    kind=TEXTS,
    received_at=MOMENTS,
    field=TEXTS,
    reason=TEXTS,
    remedy=TEXTS,
    row=TEXTS,
)
TABLE: list[tuple[str, st.SearchStrategy[Any], Callable[[Any], Any], Callable[[Any], Any]]] = [
    ("measurement", measurements(), wire.measurement_object, wire.measurement_of),
    ("verdict", VERDICTS, wire.verdict_object, wire.verdict_of),
    ("incident", INCIDENTS, wire.incident_object, wire.incident_of),
    ("model", MODELS, wire.model_object, wire.model_of),
    ("ingest", RECEIPTS, wire.ingest_object, wire.ingest_of),
    (
        "watch",
        st.builds(
            WatchReceipt,
            model=TEXTS,
            reference_rows=COUNTS,
            reference_windows=COUNTS,
            notices=NOTICES,
        ),
        wire.watch_object,
        wire.watch_of,
    ),
    (
        "monitor",
        st.builds(MonitorReceipt, windows=COUNTS, verdicts=TALLIES, incidents=COUNTS),
        wire.monitor_object,
        wire.monitor_of,
    ),
    ("quarantine", QUARANTINED, wire.quarantine_object, wire.quarantine_of),
    (
        "check",
        st.builds(Check, name=TEXTS, ok=st.booleans(), message=TEXTS, hint=TEXTS),
        wire.check_object,
        wire.check_of,
    ),
    (
        "comparison",
        st.builds(
            Comparison,
            measurements=st.lists(measurements(), max_size=2).map(tuple),
            verdicts=st.lists(VERDICTS, max_size=2).map(tuple),
        ),
        wire.comparison_object,
        wire.comparison_of,
    ),
]


@pytest.mark.parametrize(
    ("values", "write", "read"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_noun_survives_the_wire(
    values: st.SearchStrategy[Any], write: Callable[[Any], Any], read: Callable[[Any], Any]
) -> None:
    @settings(max_examples=20)
    @given(values)
    def survives(value: Any) -> None:
        assert read(json.loads(wire.dumps(write(value)))) == value

    survives()


@pytest.mark.parametrize(
    "scope",
    [
        FleetScope(),
        FleetScope(search="a b&c", status=Health.WATCH, page=3),
        DriftScope(model="x/ü", window=0),
    ],
)
def test_a_scope_survives_a_link(scope: FleetScope | DriftScope) -> None:
    assert wire.read_value(type(scope), wire.parameters_of(scope)) == scope


def test_a_view_value_survives_the_wire() -> None:
    point = Point(
        index=3, start=datetime(2026, 1, 1, tzinfo=UTC), end=None, n=5, value=0.25, status=Status.FAIL
    )
    assert wire.value_of(Point, wire.value_json(point)) == point


def test_a_scope_tells_all_its_problems() -> None:
    with pytest.raises(InvalidInput) as told:
        wire.read_value(FleetScope, {"page": "two", "status": "fine"})
    assert {problem.field for problem in told.value.problems} == {"page", "status"}
    with pytest.raises(InvalidInput, match="is not a parameter"):
        wire.read_value(FleetScope, {"pages": "2"})


def test_a_view_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Point"):
        wire.value_of(Point, b'{"n": "many"}')


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("The file", [Problem(field="a", message="is bad", remedy="mend it")], hint="h"),
        NotFound("model", "churn", hint="h"),
        Unavailable("The store", "locked", hint="h"),
        Conflict("No.", hint="h"),
        IntegrityError("Torn."),
        TrimtabError("So."),
    ],
)
def test_an_error_keeps_its_sentence_and_exit_code(error: TrimtabError) -> None:
    again = wire.error_of(json.loads(wire.dumps(wire.error_object(error))))
    assert type(again) is type(error)
    assert (again.message, again.hint, again.exit_code) == (error.message, error.hint, error.exit_code)


def test_an_error_of_a_newer_server_is_still_a_sentence() -> None:
    for code in ("brand_new", "not_found"):
        details: Any = {"code": code, "message": "Said.", "hint": "Do.", "problems": []}
        again = wire.error_of({"error": details})
        assert (again.message, again.hint, again.exit_code) == ("Said.", "Do.", 3)


NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30d", NOW - timedelta(days=30)),
        ("90s", NOW - timedelta(seconds=90)),
        ("2 w", NOW - timedelta(weeks=2)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04+01:00", datetime(2026, 1, 2, 2, 4, tzinfo=UTC)),
    ],
)
def test_moments_that_people_type(text: str, at: datetime) -> None:
    assert wire.parse_moment(text, now=NOW) == at


def test_a_span_may_count_ahead() -> None:
    assert wire.parse_moment("12h", now=NOW, ahead=True) == NOW + timedelta(hours=12)


@pytest.mark.parametrize("text", ["", "soon", "3x", "2026-13-01", "999999999d", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a time"):
        wire.parse_moment(text, now=NOW)
