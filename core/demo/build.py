"""Fill a workspace with the demo: train, register, watch, send rows and labels, judge.

The builder is an ordinary user: it writes to MLflow as a training job would and speaks to Trimtab
through the client. It runs in the command's process, never inside the control plane.
"""

import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.adapters.mlflow_publisher import LoggedFile, MlflowPublisher, Training
from core.client import Client
from core.config import PROJECT_ROOT, Workspace, load_settings
from core.demo import papers, warehouse
from core.demo.rows import DAY_S, DAYS, Rows, part_of
from core.demo.stories import STORIES, Story
from core.demo.training import Pipeline, Scored, fitted, qualities, scored
from core.errors import Conflict
from core.receipts import MonitorReceipt
from core.registry_settings import OWN_REGISTRY

SPECS = PROJECT_ROOT / "data" / "demo"
_BATCH_DAYS = 30
_STEPS_A_STORY = 4
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a workspace was filled with; ``as_of`` is the ISO date at whose midnight the rows end."""

    seed: int
    as_of: str
    fleet: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReceipt:
    """What was built; ``fresh`` is False where the workspace held this demo already."""

    fresh: bool
    models: tuple[str, ...]
    n_rows: int
    windows: int
    incidents: int


def build_demo(
    client: Client,
    workspace: Workspace,
    *,
    seed: int,
    as_of: date,
    fleet: int = 0,
    progress: Progress = lambda *_: None,
) -> DemoReceipt:
    """Fill ``workspace`` with the four stories, ending at the midnight (UTC) that begins ``as_of``.

    Parameters
    ----------
    client
        Asks this workspace.
    workspace
        An empty workspace, or one that holds this very demo, wholly or in part: what is there is kept.
    seed
        Decides every value, together with the day's number.
    as_of
        The first day without rows.
    fleet
        How many further models to register, without monitors.
    progress
        Told what happens, and which share of the work is done.

    Raises
    ------
    Conflict
        The workspace holds something else.
    """
    wanted = Marker(seed=seed, as_of=as_of.isoformat(), fleet=fleet)
    held = filled_with(workspace)
    if held is not None and held != wanted:
        raise Conflict(
            f"The workspace {workspace.root} holds a demo of seed {held.seed} that ends on {held.as_of}",
            hint="Choose another --workspace, or remove this one.",
        )
    if held is None and client.models():
        raise Conflict(
            f"The workspace {workspace.root} holds models of its own",
            hint="Choose another --workspace for the demo.",
        )
    if held is not None and _finished(workspace):
        return DemoReceipt(fresh=False, models=_names(), n_rows=0, windows=0, incidents=0)
    _mark(workspace, wanted, finished=False)
    receipt = _build(client, workspace, wanted, progress)
    _mark(workspace, wanted, finished=True)
    return receipt


def filled_with(workspace: Workspace) -> Marker | None:
    """Return what demo a workspace holds, or began to be filled with; None for any other folder."""
    try:
        document = json.loads(marker_of(workspace).read_text(encoding="utf-8"))
        return Marker(seed=document["seed"], as_of=document["as_of"], fleet=document["fleet"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def day_0_of(as_of: date) -> datetime:
    """Return the beginning of the first of the 120 days that end at ``as_of``.

    Examples
    --------
    >>> day_0_of(date(2026, 11, 20)).isoformat()
    '2026-07-23T00:00:00+00:00'
    """
    return datetime.combine(as_of, time(), UTC) - timedelta(days=DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A story with its fitted versions, oldest first, and the rows on which they are evaluated."""

    story: Story
    training: Rows
    reference: Rows
    versions: Sequence[Pipeline]
    evaluations: Sequence[Scored]

    @property
    def champion(self) -> "Answering":
        """The version that answers."""
        number = self.story.champion
        return Answering(story=self.story, pipeline=self.versions[number - 1], version=str(number))


def prepare(story: Story, seed: int) -> Prepared:
    """Fit all versions of a story and score its evaluation data with each.

    Where the evaluation data is part of the training data, each version's answers come from the same
    pipeline fitted on the earlier rows alone, so that they are as good as answers to new rows.
    """
    training = story.training_rows(seed)
    versions = [fitted(kind, story.task, story.features, training) for kind in story.versions]
    if story.out_of_fold:
        split = -story.reference_days
        reference = part_of(training, range(split, 0))
        earlier = part_of(training, range(-story.training_days, split))
        by_kind = {kind: fitted(kind, story.task, story.features, earlier) for kind in ("plain", "full")}
        honest = [by_kind["plain" if kind == "plain" else "full"] for kind in story.versions]
    else:
        reference, honest = story.reference_rows(seed), versions
    answers = [scored(pipeline, reference, threshold=story.threshold) for pipeline in honest]
    return Prepared(
        story=story, training=training, reference=reference, versions=versions, evaluations=answers
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A version that answers a story's requests."""

    story: Story
    pipeline: Pipeline
    version: str


def send(
    client: Client, answering: Answering, *, seed: int, day_0: datetime, days: range, folder: Path
) -> int:
    """Answer the requests of ``days`` and send them, with the labels that became known in that time.

    Sending the same days again changes nothing. Returns how many requests there were.
    """
    story, version = answering.story, answering.version
    rows = story.current_rows(seed, days)
    answers = scored(answering.pipeline, rows, threshold=story.threshold)
    log = folder / f"{story.name}-{days.start:03d}-{days.stop:03d}.parquet"
    made = story.predictions(rows, answers, day_0=day_0, with_labels=story.labels_inline, version=version)
    pq.write_table(made, log)
    client.ingest(story.name, log, batch_key=f"demo-{seed}-{log.stem}")
    if not story.labels_inline:
        asked = story.current_rows(seed, range(max(0, days.start - story.label_days), days.stop))
        labels = story.labels(asked, known_after=days.start * DAY_S, known_by=days.stop * DAY_S)
        if labels.num_rows:
            file = log.with_stem(f"{log.stem}-labels")
            pq.write_table(labels, file)
            client.ingest(story.name, file, kind="labels", batch_key=f"demo-{seed}-{file.stem}")
    return len(rows)


def spec_of(story: Story) -> str:
    """Return the text of a story's spec."""
    return (SPECS / f"{story.name}.yaml").read_text(encoding="utf-8")


def _build(client: Client, workspace: Workspace, wanted: Marker, progress: Progress) -> DemoReceipt:
    day_0 = day_0_of(date.fromisoformat(wanted.as_of))
    steps = _Steps(progress, n=len(STORIES) * _STEPS_A_STORY + 2)
    steps.next("Opening the MLflow registry")
    own = load_settings(workspace).registry(OWN_REGISTRY)
    publisher = MlflowPublisher(own, artifacts=workspace.artifacts)
    publisher.add_models([f"fleet-{i:04d}" for i in range(1, wanted.fleet + 1)])
    with tempfile.TemporaryDirectory(dir=workspace.root) as scratch, ThreadPoolExecutor(1) as beside:
        # Two hands: while one story's rows are taken in and judged, the next one's models are trained.
        told = []
        for story in STORIES:
            steps.next(f"Training {story.name}")
            prepared = prepare(story, wanted.seed)
            steps.next(f"Registering {story.name}")
            publish(publisher, prepared, day_0=day_0, folder=Path(scratch))
            told.append(beside.submit(_tell, client, prepared, wanted.seed, day_0, Path(scratch), steps))
        receipts = [telling.result() for telling in told]
    steps.next("Reading the registry")
    client.refresh_registry()
    warehouse.tell(client, date.fromisoformat(wanted.as_of), models=_names())
    if papers.MODEL.rpartition("/")[2] in _names():
        papers.tell(client)
    progress("The demo is ready", 1.0)
    return DemoReceipt(
        fresh=True,
        models=_names(),
        n_rows=sum(n for n, _ in receipts),
        windows=sum(judged.windows for _, judged in receipts),
        incidents=sum(judged.incidents for _, judged in receipts),
    )


def _tell(
    client: Client, prepared: Prepared, seed: int, day_0: datetime, folder: Path, steps: "_Steps"
) -> tuple[int, MonitorReceipt]:
    """Watch a model, send its 120 days and judge them."""
    name = prepared.story.name
    steps.next(f"Scoring {name}")
    promote(client, prepared, seed=seed)
    client.watch(spec_of(prepared.story))
    batches = [range(first, first + _BATCH_DAYS) for first in range(0, DAYS, _BATCH_DAYS)]
    answering = prepared.champion
    n_rows = sum(
        send(client, answering, seed=seed, day_0=day_0, days=days, folder=folder) for days in batches
    )
    steps.next(f"Judging {name}")
    return n_rows, client.monitor(name)


def promote(client: Client, prepared: Prepared, *, seed: int) -> None:
    """Let a story's champion take the first version's place, for the better quality of its answers."""
    story = prepared.story
    new, old = (qualities(prepared.evaluations[at], prepared.reference) for at in (story.champion - 1, 0))
    metric = "mae" if "mae" in new else "roc_auc"
    client.promote(
        f"{OWN_REGISTRY}/{story.name}",
        str(story.champion),
        reason=f"{metric} {new[metric]:.3f} on the evaluation data, v1 had {old[metric]:.3f}",
        key=f"demo-{seed}-{story.name}",
    )


def publish(publisher: MlflowPublisher, prepared: Prepared, *, day_0: datetime, folder: Path) -> None:
    """Log and register the versions of a story that its registry lacks, and set its aliases."""
    story = prepared.story
    n_registered = publisher.n_versions(story.name)
    training = _written(
        folder / f"{story.name}-training.parquet",
        story.data(prepared.training, day_0=day_0),
        context="training",
    )
    for number, pipeline in enumerate(prepared.versions, start=1):
        if number <= n_registered:
            continue
        answers = prepared.evaluations[number - 1]
        rows = prepared.reference
        evaluation = _written(
            folder / f"{story.name}-evaluation-{number}.parquet",
            story.predictions(rows, answers, day_0=day_0, with_labels=True, version=str(number)),
            context="evaluation",
        )
        publisher.publish(
            Training(
                model=story.name,
                run_name=f"{story.name}-{story.versions[number - 1]}",
                pipeline=pipeline,
                features=story.features,
                params={"inputs": story.versions[number - 1], "threshold": str(story.threshold)},
                metrics=qualities(answers, rows),
                data=[training, evaluation],
                tags={"demo": "true", **_code()},
            )
        )
    # The first champion comes with the registry; what follows it was decided, and is promoted: see _tell.
    if publisher.alias(story.name, "champion") is None:
        publisher.set_alias(story.name, "champion", "1")
    publisher.set_alias(story.name, "challenger", str(len(story.versions)))


@cache
def _code() -> Mapping[str, str]:
    """Return the tags of the code that trains the versions, as MLflow sets them; the commit in a checkout."""
    named = {"mlflow.source.name": "core/demo/training.py"}
    if not (PROJECT_ROOT / ".git").exists():
        return named  # installed, perhaps within somebody else's repository
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git made the checkout
            cwd=PROJECT_ROOT, capture_output=True, check=True, text=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return named
    return {**named, "mlflow.source.git.commit": found.stdout.strip()}


def _written(path: Path, table: pa.Table, *, context: str) -> LoggedFile:
    pq.write_table(table, path)
    return LoggedFile.of(path, context=context, n_rows=table.num_rows)


class _Steps:
    """Counts steps for the progress display; both hands may call it."""

    def __init__(self, progress: Progress, *, n: int) -> None:
        self._progress, self._n, self._done = progress, n, 0
        self._telling = threading.Lock()

    def next(self, sentence: str) -> None:
        with self._telling:
            self._progress(sentence, self._done / self._n)
            self._done += 1


def marker_of(workspace: Workspace) -> Path:
    """Return the file that says what demo a workspace holds."""
    return workspace.root / "demo.json"


def _mark(workspace: Workspace, marker: Marker, *, finished: bool) -> None:
    document: Mapping[str, object] = {**asdict(marker), "finished": finished}
    marker_of(workspace).write_text(json.dumps(document), encoding="utf-8")


def _finished(workspace: Workspace) -> bool:
    return json.loads(marker_of(workspace).read_text(encoding="utf-8")).get("finished") is True


def _names() -> tuple[str, ...]:
    return tuple(story.name for story in STORIES)
