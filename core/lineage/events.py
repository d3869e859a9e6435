"""OpenLineage events read: what one says of runs, jobs and data sets, and of what was read and written. Pure.

Every event becomes facts that merge in any order: of a thing, under a name, the newest counts (by the event's
time, then its digest), and links are only ever added. So the same events give the same graph whatever their
order, and twice is once.

Source: the OpenLineage specification 2-0-2, events and facets.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeAlias

from core.errors import InvalidInput, Problem
from core.store.lineage_events import Event, Link, Said, parts_of, thing_of

STATES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL")
"""States of a run; OTHER says nothing of the state."""
JOB, SEEN, STATE = "$job", "$seen", "$state"
"""Names of what is not a facet: a run's job, that a thing was told of, and the last state: of a run, or of a
job by any of its runs."""
INPUT, OUTPUT, BEGAN = "input", "output", "began"
"""Ways of a link; of the last, both ends are jobs."""
CHECK, ASSERTIONS = "check", "dataQualityAssertions"
"""What one job found of one data set: the kind of such a thing, and the facet that it is known by."""
MLFLOW_RUN, MODEL_VERSION = "trimtab_mlflowRun", "trimtab_modelVersion"
"""Facets of our own: which MLflow run a run is, which model version a data set that was written is."""
FACETS = (
    "schema",
    "columnLineage",
    "dataQualityMetrics",
    ASSERTIONS,
    "outputStatistics",
    "documentation",
    "ownership",
    "dataSource",
    "version",
    "symlinks",
    "sourceCodeLocation",
    "jobType",
    MLFLOW_RUN,
    MODEL_VERSION,
)
"""Facets that the graph is drawn from; all others are kept."""
READ = (SEEN, STATE, *FACETS)
LARGEST = 8 << 20
"""Bytes of one event; Spark's plans are the longest that are sent."""
_Object: TypeAlias = Mapping[str, object]


@dataclass
class _Reading:
    """What was found in one event so far, and what is wrong with it."""

    at: str = ""
    digest: str = ""
    job: str = ""
    """The job that speaks, empty where an event speaks of a data set alone."""
    state: str = "OTHER"
    problems: list[Problem] = field(default_factory=list)
    said: dict[tuple[str, str, str], Said] = field(default_factory=dict)
    links: set[Link] = field(default_factory=set)

    def say(self, kind: str, thing: str, name: str, value: object) -> None:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        # Airflow and dbt tell of a short run's start and end with one time: then the end counts.
        digest = f"{STATES.index(self.state)}{self.digest[1:]}" if name == STATE else self.digest
        self.said[kind, thing, name] = Said(
            kind=kind, thing=thing, name=name, at=self.at, digest=digest, value=text
        )

    def wrong(self, where: str, message: str, remedy: str = "") -> None:
        self.problems.append(Problem(field=where, message=message, remedy=remedy))

    def text(self, holder: _Object, key: str, where: str) -> str:
        found = holder.get(key)
        if isinstance(found, str) and found.strip():
            return found
        self.wrong(f"{where}{key}", "is missing" if found is None else "is not a text")
        return ""

    def object(self, holder: _Object, key: str, where: str) -> _Object:
        found = holder.get(key)
        if found is None or isinstance(found, dict):
            return found or {}
        self.wrong(f"{where}{key}", "is not an object")
        return {}


def read(document: object) -> Event:
    """Return one event as facts that merge.

    Parameters
    ----------
    document
        A run, job or data-set event, as parsed from JSON. Facets that are not known are kept like any other;
        of the base event only the time has to be there.

    Raises
    ------
    InvalidInput
        It is none; every problem names its field.
    """
    reading = _Reading()
    if not isinstance(document, dict):
        raise InvalidInput("The event", [Problem(field="event", message="is not an object")])
    text = _canonical(document)
    reading.digest = sha256(text.encode()).hexdigest()
    reading.at = _moment(reading, document)
    if isinstance(document.get("dataset"), dict):
        _data(reading, document["dataset"], "dataset")
    elif "job" in document or "run" in document:
        _of_job(reading, document)
    else:
        reading.wrong("event", "has neither run, job nor dataset", "send a run, job or data-set event")
    if reading.problems:
        raise InvalidInput("The event", reading.problems)
    return Event(
        digest=reading.digest,
        at=reading.at,
        document=text,
        said=tuple(reading.said.values()),
        links=tuple(sorted(reading.links)),
    )


def _canonical(document: object) -> str:
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise InvalidInput("The event", [Problem(field="event", message="is nested too deeply")]) from None
    if len(text) > LARGEST:
        problem = Problem(
            field="event", message=f"is larger than {LARGEST >> 20} MiB", remedy="leave facets out"
        )
        raise InvalidInput("The event", [problem])
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        problem = Problem(field="event", message="holds half a character, which is no text")
        raise InvalidInput("The event", [problem]) from None
    return text


def _moment(reading: _Reading, document: _Object) -> str:
    """Return the event's time in UTC, as a text that sorts; one without a zone is UTC."""
    text = reading.text(document, "eventTime", "")
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        reading.wrong("eventTime", f"'{text[:40]}' is not a time", "write ISO 8601")
        return ""
    return at.isoformat(timespec="microseconds")


def _of_job(reading: _Reading, document: _Object) -> None:
    job = reading.object(document, "job", "")
    namespace, name = reading.text(job, "namespace", "job."), reading.text(job, "name", "job.")
    reading.job = thing = thing_of(namespace, name)
    _facets(reading, "job", thing, reading.object(job, "facets", "job."))
    run_id = ""
    if document.get("run") is not None:
        run = reading.object(document, "run", "")
        run_id = reading.text(run, "runId", "run.").lower()
        _state(reading, document, run_id, thing)
        reading.say("run", run_id, JOB, [namespace, name])
        facets = reading.object(run, "facets", "run.")
        _facets(reading, "run", run_id, facets)
        _parent(reading, thing, facets.get("parent"))
    for key, way in (("inputs", INPUT), ("outputs", OUTPUT)):
        given = document.get(key) or []
        if not isinstance(given, list):
            reading.wrong(key, "is not a list")
            continue
        for at, one in enumerate(given):
            data = _data(reading, one, f"{key}[{at}]")
            reading.links.add(Link(job=thing, run=run_id, data=data, way=way))
            if way == OUTPUT and data:
                others = set(_made_of(one)) - {data}
                reading.links |= {Link(job=thing, run=run_id, data=other, way=INPUT) for other in others}


def _made_of(output: _Object) -> Iterator[str]:
    """Yield what the columns of an output were made of: a job reads that too, though it may not say so.

    dbt names no seed among its inputs.
    """
    facets = output.get("facets")
    lineage = facets.get("columnLineage") if isinstance(facets, dict) else None
    for one in column_inputs(lineage if isinstance(lineage, dict) else {}):
        namespace, name = one.get("namespace"), one.get("name")
        if isinstance(namespace, str) and isinstance(name, str) and namespace.strip() and name.strip():
            yield thing_of(namespace, name)


def column_inputs(lineage: _Object) -> Iterator[_Object]:
    """Yield the columns that a column-lineage facet names as inputs, of a column or of all rows."""
    fields, of_rows = lineage.get("fields"), lineage.get("dataset")
    for made in fields.values() if isinstance(fields, dict) else ():
        inputs = made.get("inputFields") if isinstance(made, dict) else None
        yield from (one for one in (inputs if isinstance(inputs, list) else ()) if isinstance(one, dict))
    yield from (one for one in (of_rows if isinstance(of_rows, list) else ()) if isinstance(one, dict))


def _parent(reading: _Reading, job: str, facet: object) -> None:
    """Say which job began this one; what names none is not wrong, it is a facet like any other."""
    above = facet.get("job") if isinstance(facet, dict) else None
    if isinstance(above, dict):
        namespace, name = above.get("namespace"), above.get("name")
        if isinstance(namespace, str) and isinstance(name, str):
            reading.links.add(Link(job=thing_of(namespace, name), run="", data=job, way=BEGAN))


def _state(reading: _Reading, document: _Object, run_id: str, job: str) -> None:
    found = document.get("eventType")
    state = found.upper() if isinstance(found, str) else "OTHER"
    if state in STATES:
        reading.state = state
        reading.say("run", run_id, STATE, state)
        reading.say("job", job, STATE, state)
    elif state != "OTHER":
        known = ", ".join((*STATES, "OTHER"))
        reading.wrong("eventType", f"'{state[:40]}' is no state of a run", f"known: {known}")


def _data(reading: _Reading, given: object, where: str) -> str:
    if not isinstance(given, dict):
        reading.wrong(where, "is not an object")
        return ""
    thing = thing_of(reading.text(given, "namespace", f"{where}."), reading.text(given, "name", f"{where}."))
    for key in ("facets", "inputFacets", "outputFacets"):
        _facets(reading, "data", thing, reading.object(given, key, f"{where}."))
    return thing


def _facets(reading: _Reading, kind: str, thing: str, facets: _Object) -> None:
    if kind != "run":
        reading.say(kind, thing, SEEN, True)
    for name, facet in facets.items():
        if not isinstance(facet, dict) or name.startswith("$"):
            continue
        value = None if facet.get("_deleted") is True else facet
        if name != ASSERTIONS or not reading.job:
            reading.say(kind, thing, name, value)
        elif reading.state != "ABORT":
            # dbt calls the checks of a test that was skipped failed; nothing was looked at.
            reading.say(CHECK, json.dumps([*parts_of(thing), *parts_of(reading.job)]), name, value)


def events_in(content: bytes) -> list[object]:
    """Return the events of a request: one, or a list of them; raises ``InvalidInput`` where it is no JSON."""
    try:
        document = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        problem = Problem(field="body", message=f"is not JSON: {str(error)[:120]}")
        raise InvalidInput("The request", [problem]) from None
    return document if isinstance(document, list) else [document]


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
