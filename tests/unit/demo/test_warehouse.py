"""The demo's warehouse: every feature has its column, and the broken feed leads to its model alone."""

import json
from datetime import date

import pytest

from core.demo.stories import STORIES
from core.demo.warehouse import HOUSES, night
from core.domain import Health
from core.lineage import told
from core.lineage.drawing import Drawing
from core.lineage.events import read
from core.lineage.graph import Graph
from tests.unit.lineage.test_events import known_of


@pytest.fixture(scope="module")
def graph() -> Graph:
    events = [read(one) for one in night(date(2026, 11, 20), {house.model: ["m1"] for house in HOUSES})]
    drawing = Drawing()
    told.draw(drawing, known_of(events))
    return drawing.graph()


def test_every_feature_of_every_story_has_its_column() -> None:
    assert [house.model for house in HOUSES] == [story.name for story in STORIES]
    for house, story in zip(HOUSES, STORIES, strict=True):
        named = [feature for columns in house.tables.values() for feature in columns]
        assert sorted(named) == sorted((*story.features.numeric, *story.features.categorical))


def test_the_broken_feed_is_critical_and_leads_to_its_model_alone(graph: Graph) -> None:
    lab = graph.nodes["source:postgres://hospital-dwh:5432/lab.results"]
    assert lab.health is Health.CRITICAL
    assert [
        node.id for node in graph.nodes.values() if node.health is Health.CRITICAL and "lab" not in node.id
    ] == []
    reached = graph.downstream("source:kafka://lab-gateway:9092/north.results")
    assert "job:airflow/train_readmission" in reached
    assert "job:airflow/train_lending" not in reached
    assert lab.owner == "team:clinical-data"


def test_customers_are_read_for_two_models(graph: Graph) -> None:
    reached = graph.downstream("source:postgres://bank-dwh:5432/core.customers")
    trains = {one.rpartition("train_")[2] for one in reached if "train_" in one}
    assert trains == {"lending", "control"}


def test_a_night_is_the_same_again() -> None:
    first, second = (json.dumps(list(night(date(2026, 11, 20), {"control": ["m1"]}))) for _ in range(2))
    assert first == second
    assert "lending" not in first, "of models that there are, no others"
