"""A large warehouse as its tools tell of it: feeds become tables, and these the tables that models read.

Of ``n`` loads each has a feed, a job and a table; a third as many jobs make tables for models, each from
three of the loaded ones, column by column. Every training run reads some of those.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from tests.openlineage_events import data, facet, run_event

LAKE, HOUSE = "s3://wide-lake", "postgres://wide-dwh:5432"
A_JOB, A_RUN = 3, 60
Event = dict[str, object]


def events(n: int, runs: Sequence[str], *, at: datetime) -> Iterator[Event]:
    """Yield the events of one night: ``n`` loads, the tables made of them, and what ``runs`` read."""
    for number in range(n):
        yield _event(
            f"load_{number:04d}",
            at,
            inputs=[data(LAKE, f"feeds/{number:04d}")],
            outputs=[data(HOUSE, _loaded(number), schema=facet("S", fields=[{"name": "id"}, {"name": "v"}]))],
        )
    n_made = n // A_JOB
    for number in range(n_made):
        yield _made(number, n, at + timedelta(hours=1))
    for position, run in enumerate(runs):
        first = position * A_RUN
        yield _event(
            f"train_{position}",
            at + timedelta(hours=2),
            inputs=[data(HOUSE, _table((first + step) % n_made)) for step in range(A_RUN)],
            run_facets={"trimtab_mlflowRun": facet("mlflowRun", runId=run)},
        )


def changed(number: int, at: datetime) -> Event:
    """Return one event more, which names a table that was not there: the graph is another then."""
    return _event(
        f"late_{number}", at, inputs=[data(HOUSE, _table(0))], outputs=[data(HOUSE, f"late.t{number}")]
    )


def _made(number: int, n: int, at: datetime) -> Event:
    behind = [(A_JOB * number + step) % n for step in range(A_JOB)]
    fields = {
        f"v{step}": {"inputFields": [{"namespace": HOUSE, "name": _loaded(one), "field": "v"}]}
        for step, one in enumerate(behind)
    }
    made = data(
        HOUSE,
        _table(number),
        schema=facet("S", fields=[{"name": name} for name in fields]),
        columnLineage=facet("C", fields=fields),
        ownership=facet("O", owners=[{"name": f"team:{number % 20}"}]),
    )
    return _event(
        f"make_{number:04d}", at, inputs=[data(HOUSE, _loaded(one)) for one in behind], outputs=[made]
    )


def _event(job: str, at: datetime, **told: object) -> Event:
    run = str(uuid5(NAMESPACE_URL, f"{job}{at:%Y-%m-%d}"))
    return run_event(run, ("wide", job), at=at.isoformat(), **told)  # type: ignore[arg-type]


def _loaded(number: int) -> str:
    return f"loaded.t{number:04d}"


def _table(number: int) -> str:
    return f"made.t{number:04d}"
