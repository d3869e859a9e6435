import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.domain import Incident, IncidentStatus, Severity, Task, Window
from core.errors import Conflict, NotFound, Unavailable
from core.receipts import IngestReceipt
from core.spec import (
    Columns,
    Condition,
    Features,
    Layout,
    MonitorSpec,
    ReferenceRule,
    TrainingRule,
    WindowRule,
)
from core.store import StateStore, state_schema

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
SPEC = MonitorSpec(
    model="m",
    registry="local",
    task=Task.BINARY,
    columns=Columns(id="id", scores={"1": "p"}),
    window=WindowRule(every=timedelta(hours=36)),
    reference=ReferenceRule(
        where=tuple(Condition(column="a", operator="=", value=value) for value in ("3", 3.0, True))
    ),
    features=Features(numeric=("a", "A"), categorical=("é",)),
    training=TrainingRule(entry="train:fit", path="lending", every=timedelta(days=30)),
)
LAYOUT = Layout(
    key="0123456789ab",
    numeric={"a": "n0", "A": "n1"},
    categorical={"é": "c0"},
    sensitive={},
    scores={"p": "p0"},
    numeric_target=False,
)
WINDOW = Window(index=3, start=NOW, end=NOW + timedelta(days=1))
INCIDENT = Incident(
    id="i1",
    model="m",
    severity=Severity.CRITICAL,
    status=IncidentStatus.OPEN,
    opened_at=NOW,
    first_window=WINDOW,
    last_window=Window(index=None, start=None, end=None, closed=False),
    cause="it drifts",
    rule="drift",
    features=("a", "b"),
    verdicts=("v1", "v2"),
)
RECEIPT = IngestReceipt(accepted=3, quarantined=2, duplicate=1, reasons={"p": 2})


@pytest.fixture
def state() -> Iterator[StateStore]:
    opened = StateStore.open(None)
    yield opened
    opened.close()


def test_a_monitor_comes_back_as_it_was(state: StateStore) -> None:
    saved = state.save_monitor(SPEC, LAYOUT, now=NOW)
    assert (saved.spec, saved.layout, saved.watched_at) == (SPEC, LAYOUT, NOW)
    assert state.monitor("m") == state.monitor("local/m") == saved
    assert (saved.key, saved.name) == (LAYOUT.key, "local/m")


def test_watching_again_keeps_since_when(state: StateStore) -> None:
    state.save_monitor(SPEC, LAYOUT, now=NOW)
    later = state.save_monitor(replace(SPEC, owner="me"), LAYOUT, now=NOW + timedelta(days=1))
    assert (later.watched_at, later.changed_at, later.spec.owner) == (NOW, NOW + timedelta(days=1), "me")
    assert len(state.list_monitors()) == 1


def test_a_bare_name_works_while_it_is_unique(state: StateStore) -> None:
    state.save_monitor(SPEC, LAYOUT, now=NOW)
    state.save_monitor(replace(SPEC, registry="prod"), replace(LAYOUT, key="b" * 12), now=NOW)
    with pytest.raises(Conflict, match="local/m, prod/m"):
        state.monitor("m")
    assert state.monitor("prod/m").spec.registry == "prod"


def test_an_unknown_model_says_which_are_known(state: StateStore) -> None:
    with pytest.raises(NotFound) as caught:
        state.monitor("x")
    assert "trimtab watch" in caught.value.hint
    state.save_monitor(SPEC, LAYOUT, now=NOW)
    with pytest.raises(NotFound) as caught:
        state.monitor("x")
    assert caught.value.hint == "Monitored: m."


def test_of_a_large_fleet_the_nearest_names_are_told(state: StateStore) -> None:
    for number in range(30):
        spec = replace(SPEC, model=f"credit-{number:02d}")
        state.save_monitor(spec, replace(LAYOUT, key=f"{number:012d}"), now=NOW)
    with pytest.raises(NotFound) as caught:
        state.monitor("local/kredit-07")
    assert "credit-07" in caught.value.hint
    assert caught.value.hint.endswith("trimtab models lists the 30 models that are monitored.")


def test_a_spec_that_was_changed_within_the_same_moment_is_read_anew(state: StateStore) -> None:
    before = state.save_monitor(SPEC, LAYOUT, now=NOW)
    assert state.list_monitors() == [before]
    after = state.save_monitor(replace(SPEC, owner="me"), LAYOUT, now=NOW)
    assert state.list_monitors() == [state.monitor("m")] == [after] != [before]


def test_a_models_name_may_hold_a_stroke(state: StateStore) -> None:
    saved = state.save_monitor(replace(SPEC, model="team/m"), LAYOUT, now=NOW)
    assert state.monitor("team/m") == state.monitor("local/team/m") == saved


def test_a_batch_is_remembered_once(state: StateStore) -> None:
    assert state.batch("k", "monday", digest="d") is None
    state.record_batch("k", "monday", RECEIPT, kind="predictions", digest="d", now=NOW)
    other = replace(RECEIPT, accepted=9)
    state.record_batch("k", "monday", other, kind="predictions", digest="d", now=NOW)
    assert state.batch("k", "monday", digest="d") == RECEIPT
    assert state.batch("other", "monday", digest="d") is None
    with pytest.raises(Conflict, match="monday"):
        state.batch("k", "monday", digest="e")


def test_incidents_come_back_as_they_were(state: StateStore) -> None:
    resolved = replace(
        INCIDENT,
        id="i2",
        model="n",
        status=IncidentStatus.RESOLVED,
        opened_at=NOW - timedelta(days=1),
        acknowledged_by="me",
        snoozed_until=NOW,
        resolved_at=NOW,
        resolution="fixed",
    )
    state.save_incidents([INCIDENT, resolved])
    assert state.incidents() == [resolved, INCIDENT]
    assert state.incidents("m") == [INCIDENT]
    assert state.incident("i2") == resolved
    state.save_incidents([replace(INCIDENT, status=IncidentStatus.ACKNOWLEDGED)])
    assert state.incident("i1").status is IncidentStatus.ACKNOWLEDGED
    with pytest.raises(NotFound):
        state.incident("i3")


def test_settings(state: StateStore) -> None:
    assert state.setting("a") is None
    state.save_setting("a", "1")
    state.save_setting("a", "2")
    assert state.setting("a") == "2"


def test_the_file_survives_and_is_durable(tmp_path: Path) -> None:
    first = StateStore.open(tmp_path / "state.db")
    first.save_setting("a", "1")
    second = StateStore.open(f"sqlite:///{tmp_path / 'state.db'}")
    assert second.setting("a") == "1"
    with second._writing() as connection:
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
    first.close()
    second.close()


def test_a_locked_database_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.state_engine.BUSY_MS", 50)
    store = StateStore.open(tmp_path / "state.db")
    holder = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.save_setting("a", "1")
    holder.close()
    store.save_setting("a", "1")
    store.close()


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(Unavailable):
        StateStore.open(tmp_path / "state.db")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    StateStore.open(tmp_path / "state.db").close()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Conflict, match="9999"):
        StateStore.open(tmp_path / "state.db")


def test_an_older_schema_migrates_after_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    StateStore.open(tmp_path / "state.db").close()
    monkeypatch.setattr(state_schema, "HEAD", "next")
    with pytest.raises(Exception, match="next"):
        StateStore.open(tmp_path / "state.db")
    assert (
        tmp_path / f"state.db.before-{ScriptDirectory(str(state_schema._FOLDER)).get_current_head()}"
    ).exists()


def test_the_revisions_make_the_tables_that_the_code_knows(state: StateStore) -> None:
    assert ScriptDirectory(str(state_schema._FOLDER)).get_current_head() == state_schema.HEAD
    with state._engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, state_schema.metadata) == []


def test_times_without_a_zone_are_refused(state: StateStore) -> None:
    with pytest.raises(sa.exc.StatementError, match="no time zone"):
        state.save_monitor(SPEC, LAYOUT, now=NOW.replace(tzinfo=None))
