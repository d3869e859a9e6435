"""The mirror equals the registry after a reading, and keeps what it knew when the registry is down."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.domain import ModelVersion
from core.errors import Unavailable
from core.ports import RegisteredModel, SignatureColumn
from core.store import AnalyticsStore, registry_mirror

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


class Shelf:
    """A registry in memory that can be made to fail."""

    address = "https://ml.example"
    writable = False

    def __init__(self, name: str = "local") -> None:
        self.name = name
        self.held: list[RegisteredModel] = []
        self.down = False

    def put(self, model: str, n_versions: int, aliases: dict[str, str], **tags: str) -> None:
        versions = [
            ModelVersion(registry=self.name, model=model, version=str(i + 1), created_at=NOW, run_id=f"r{i}")
            for i in range(n_versions)
        ]
        self.held = [known for known in self.held if known.name != model]
        self.held.append(
            RegisteredModel(registry=self.name, name=model, aliases=aliases, versions=versions, tags=tags)
        )

    def models(self) -> Sequence[RegisteredModel]:
        if self.down:
            raise Unavailable(f"Registry '{self.name}'", "connection refused")
        return self.held

    def ensure_model(self, name: str) -> None: ...

    def signature(self, name: str, version: str) -> Sequence[SignatureColumn] | None: ...

    def evaluation_data(self, name: str, version: str, folder: Path) -> Path | None: ...


@pytest.fixture
def store() -> Iterator[AnalyticsStore]:
    opened = AnalyticsStore.open(None)
    yield opened
    opened.close()


def mirrored(store: AnalyticsStore, **wanted: str) -> list[registry_mirror.MirroredModel]:
    with store.reading() as cursor:
        return registry_mirror.models(cursor, **wanted)


def test_an_empty_mirror_holds_nothing(store):
    assert mirrored(store) == []
    with store.reading() as cursor:
        assert registry_mirror.readings(cursor) == []


def test_an_empty_registry_was_read_all_the_same(store):
    reading = registry_mirror.refresh(store, Shelf(), now=NOW)
    assert reading.refreshed_at == NOW
    assert reading.error is None
    with store.reading() as cursor:
        assert registry_mirror.readings(cursor) == [reading]


def test_models_come_back_with_versions_in_order_and_aliases(store):
    shelf = Shelf()
    shelf.put("b", 11, {"champion": "2", "challenger": "11"}, team="risk")
    shelf.put("a", 0, {})
    registry_mirror.refresh(store, shelf, now=NOW)
    a, b = mirrored(store)
    assert (a.name, a.versions, a.aliases) == ("a", (), {})
    assert [version.version for version in b.versions] == [str(i) for i in range(1, 12)]
    assert b.versions == tuple(shelf.held[0].versions)
    assert b.aliases["champion"] == registry_mirror.AliasStay(version="2", first_seen_at=NOW)
    assert b.tags == {"team": "risk"}
    assert b.address == "https://ml.example"
    assert b.first_seen_at == NOW


def test_an_alias_that_stays_keeps_its_time_and_one_that_moves_gets_a_new_one(store):
    shelf = Shelf()
    shelf.put("m", 3, {"champion": "1", "challenger": "2"})
    registry_mirror.refresh(store, shelf, now=NOW)
    shelf.put("m", 3, {"champion": "1", "challenger": "3"})
    registry_mirror.refresh(store, shelf, now=LATER)
    aliases = mirrored(store)[0].aliases
    assert aliases["champion"].first_seen_at == NOW
    assert aliases["challenger"] == registry_mirror.AliasStay(version="3", first_seen_at=LATER)


def test_every_stay_of_an_alias_is_kept(store):
    shelf = Shelf()
    for i, version in enumerate(["1", "2", "1"]):
        shelf.put("m", 2, {"champion": version})
        registry_mirror.refresh(store, shelf, now=NOW + i * timedelta(minutes=1))
    with store.reading() as cursor:
        stays = cursor.execute("SELECT version, gone_at IS NULL FROM registry_aliases ORDER BY first_seen_at")
        assert stays.fetchall() == [("1", False), ("2", False), ("1", True)]


def test_what_left_the_registry_leaves_the_mirror(store):
    shelf = Shelf()
    shelf.put("gone", 1, {"champion": "1"})
    shelf.put("kept", 2, {})
    registry_mirror.refresh(store, shelf, now=NOW)
    shelf.held = []
    shelf.put("kept", 1, {}, team="x")
    registry_mirror.refresh(store, shelf, now=LATER)
    (kept,) = mirrored(store)
    assert (kept.name, len(kept.versions), kept.tags, kept.first_seen_at) == ("kept", 1, {"team": "x"}, NOW)


def test_a_registry_that_is_down_keeps_what_was_known_and_says_why(store):
    shelf = Shelf()
    shelf.put("m", 1, {"champion": "1"})
    registry_mirror.refresh(store, shelf, now=NOW)
    before = mirrored(store)
    shelf.down = True
    reading = registry_mirror.refresh(store, shelf, now=LATER)
    assert mirrored(store) == before
    assert (reading.tried_at, reading.refreshed_at) == (LATER, NOW)
    assert reading.error is not None
    assert "connection refused" in reading.error


def test_a_registry_that_never_answered_has_no_time(store):
    shelf = Shelf()
    shelf.down = True
    registry_mirror.refresh(store, shelf, now=NOW)
    with store.reading() as cursor:
        (reading,) = registry_mirror.readings(cursor)
    assert reading.refreshed_at is None
    shelf.down = False
    assert registry_mirror.refresh(store, shelf, now=LATER).error is None


def test_registries_do_not_touch_each_other(store):
    one, two = Shelf("one"), Shelf("two")
    one.put("m", 1, {"champion": "1"})
    two.put("m", 2, {"champion": "2"})
    registry_mirror.refresh(store, one, now=NOW)
    registry_mirror.refresh(store, two, now=NOW)
    one.held = []
    registry_mirror.refresh(store, one, now=LATER)
    assert [(model.registry, model.aliases["champion"].version) for model in mirrored(store)] == [
        ("two", "2")
    ]
    assert mirrored(store, registry="one") == []
    assert [model.name for model in mirrored(store, name="m")] == ["m"]


def test_reading_the_same_again_writes_no_model_anew(store):
    shelf = Shelf()
    shelf.put("m", 2, {"champion": "1"})
    registry_mirror.refresh(store, shelf, now=NOW)
    before = mirrored(store)
    registry_mirror.refresh(store, shelf, now=LATER)
    assert mirrored(store) == before
