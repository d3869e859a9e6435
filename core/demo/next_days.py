"""The days after the demo's 120: production goes on, and whoever is champion now answers.

So a person who promotes a candidate sees what becomes of it. Like the builder this is an ordinary user: it
takes the champion's files out of MLflow, as a service would, and sends its log through the client.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from core.adapters.mlflow_registry import MlflowRegistry
from core.children.model_files import load
from core.client import Client
from core.config import Workspace, load_settings
from core.demo.build import Answering, Progress, day_0_of, filled_with, marker_of, send
from core.demo.rows import DAYS
from core.demo.stories import STORIES
from core.demo.training import Pipeline
from core.errors import Conflict
from core.registry_settings import OWN_REGISTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDays:
    """What was sent: days of the demo (half-open), requests, and the version that answered, by model."""

    first_day: int
    last_day: int
    n_rows: int
    answered_by: dict[str, str]


def send_next_days(
    client: Client, workspace: Workspace, *, n_days: int, progress: Progress = lambda *_: None
) -> NextDays:
    """Answer the next days' requests with today's champions, send them, and judge.

    Where it was cut off, the same days are sent again: what arrived already changes nothing.

    Raises
    ------
    Conflict
        The workspace holds no demo, or a model has no champion that could answer.
    """
    held = filled_with(workspace)
    if held is None:
        raise Conflict(f"The workspace {workspace.root} holds no demo", hint="Fill it first: trimtab demo.")
    days = range(_days_sent(workspace), _days_sent(workspace) + n_days)
    day_0 = day_0_of(date.fromisoformat(held.as_of))
    champions = {one.name: one.champion for one in client.models()}
    settings = load_settings(workspace)
    registry = MlflowRegistry(settings.registry(OWN_REGISTRY), artifacts=workspace.artifacts)
    n_rows, answered = 0, {}
    with tempfile.TemporaryDirectory(dir=workspace.root) as scratch:
        for place, story in enumerate(STORIES):
            version = champions.get(story.name)
            if version is None:
                raise Conflict(f"{story.name} has no champion that could answer", hint="Promote a version.")
            progress(f"{story.name} answers with version {version}", place / len(STORIES))
            registry.download(story.name, version, Path(scratch) / story.name)
            pipeline = cast("Pipeline", load(Path(scratch) / story.name).model)
            answering = Answering(story=story, pipeline=pipeline, version=version)
            n_rows += send(client, answering, seed=held.seed, day_0=day_0, days=days, folder=Path(scratch))
            client.monitor(story.name)
            answered[story.name] = version
    _note_days(workspace, days.stop)
    progress(f"Days {days.start} to {days.stop - 1} are there", 1.0)
    return NextDays(first_day=days.start, last_day=days.stop, n_rows=n_rows, answered_by=answered)


def _days_sent(workspace: Workspace) -> int:
    document = json.loads(marker_of(workspace).read_text(encoding="utf-8"))
    return int(document.get("days", DAYS))


def _note_days(workspace: Workspace, days: int) -> None:
    path = marker_of(workspace)
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "days": days}), encoding="utf-8")
