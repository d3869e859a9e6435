"""What all OpenLineage events say together, thing by thing: one data set under all its names. Pure."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.lineage.events import ASSERTIONS, BEGAN, CHECK, MLFLOW_RUN, OUTPUT, STATE
from core.store.lineage_events import Link, Said, newest, parts_of, thing_of

_STATEMENTS = ("SQL", "QUERY")
"""Types of jobs that are one statement of another's: so dbt and Airflow call them."""
_TEST = "TEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A run, a job or a data set and its facets; one that was only named by others has none."""

    key: str
    facets: Mapping[str, object] = field(default_factory=dict)

    def facet(self, name: str) -> Mapping[str, object]:
        """Return a facet, empty where there is none."""
        found = self.facets.get(name)
        return found if isinstance(found, dict) else {}

    def text(self, facet: str, key: str) -> str | None:
        """Return a text of a facet, None where there is none."""
        found = self.facet(facet).get(key)
        return found if isinstance(found, str) and found else None

    def listed(self, facet: str, key: str) -> Iterator[Mapping[str, object]]:
        """Yield the objects in a list of a facet."""
        found = self.facet(facet).get(key)
        yield from (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))

    @property
    def owner(self) -> str | None:
        """The owners, as they are named there."""
        names = [str(one["name"]) for one in self.listed("ownership", "owners") if one.get("name")]
        return ", ".join(names) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How a job's last run stands, and since when."""

    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All of it; ``called`` is data set → that which stands for all its names.

    Statements count as the jobs that made them. A table that tests alone write holds their findings, and is
    left out.
    """

    data: Mapping[str, Thing]
    jobs: Mapping[str, Thing]
    links: Sequence[Link]
    part_of: Mapping[str, str]
    called: Mapping[str, str]
    last_runs: Mapping[str, LastRun]
    mlflow_runs: Mapping[str, Mapping[str, object]]
    _names: Mapping[str, list[tuple[str, str]]]

    def names(self, data: str) -> list[tuple[str, str]]:
        """Return all names of a data set: namespace and name each."""
        return self._names.get(data) or [parts_of(data)]

    def lead(self, namespace: str, name: str) -> str:
        """Return what stands for a data set that is called so."""
        thing = thing_of(namespace, name)
        return self.called.get(thing, thing)


def merge(said: Sequence[Said], links: Sequence[Link] = ()) -> Merged:
    """Return what all events say together."""
    by_kind: dict[str, dict[str, list[Said]]] = {
        kind: defaultdict(list) for kind in ("run", "job", "data", CHECK)
    }
    for one in said:
        by_kind[one.kind][one.thing].append(one)
    called = _called(by_kind["data"])
    jobs = {key: _thing(key, facts) for key, facts in by_kind["job"].items()}
    runs = {key: _thing(key, facts) for key, facts in by_kind["run"].items()}
    part_of = _part_of(jobs, links)
    kept, left_out = _kept(links, part_of, jobs, called)
    data = _data(by_kind["data"], by_kind[CHECK], called)
    return Merged(
        _names=_names(called),
        data={key: thing for key, thing in data.items() if key not in left_out},
        jobs={key: job for key, job in jobs.items() if key not in part_of},
        links=kept,
        part_of=part_of,
        called=called,
        last_runs={
            key: LastRun(state=json.loads(one.value), at=datetime.fromisoformat(one.at))
            for key, facts in by_kind["job"].items()
            for one in facts
            if one.name == STATE
        },
        mlflow_runs={key: run.facet(MLFLOW_RUN) for key, run in runs.items() if run.facet(MLFLOW_RUN)},
    )


def _part_of(jobs: Mapping[str, Thing], links: Iterable[Link]) -> dict[str, str]:
    """Return statement → the job that made it; of several the least."""
    found: dict[str, str] = {}
    for link in links:
        job = jobs.get(link.data) if link.way == BEGAN else None
        if job is not None and job.text("jobType", "jobType") in _STATEMENTS and link.job != link.data:
            found[link.data] = min(link.job, found.get(link.data, link.job))
    return found


def _kept(
    links: Iterable[Link], part_of: Mapping[str, str], jobs: Mapping[str, Thing], called: Mapping[str, str]
) -> tuple[list[Link], set[str]]:
    """Return the links of jobs that are no statements, and what tests alone write."""
    kept: list[Link] = []
    read_or_written, by_tests = set[str](), set[str]()
    for link in links:
        job = part_of.get(link.job, link.job)
        if link.way == BEGAN:
            if link.data not in part_of:
                kept.append(replace(link, job=job))
            continue
        lead = called.get(link.data, link.data)
        if link.way == OUTPUT and job in jobs and jobs[job].text("jobType", "jobType") == _TEST:
            by_tests.add(lead)
            continue
        read_or_written.add(lead)
        kept.append(replace(link, job=job))
    return kept, by_tests - read_or_written


def _data(
    data: Mapping[str, Sequence[Said]], checks: Mapping[str, Sequence[Said]], called: Mapping[str, str]
) -> dict[str, Thing]:
    """Return data sets with all their names' facets, and with the newest findings of every job."""
    together: dict[str, list[Said]] = defaultdict(list)
    found: dict[str, list[Said]] = defaultdict(list)
    for thing, facts in data.items():
        together[called[thing]] += [_of(called[thing], one) for one in facts if one.name != ASSERTIONS]
        found[called[thing]] += [one for one in facts if one.name == ASSERTIONS]
    for thing, facts in checks.items():
        named = thing_of(*json.loads(thing)[:2])
        found[called.get(named, named)] += facts
    things = {key: _thing(key, newest(facts)) for key, facts in sorted(together.items())}
    for key, facets in found.items():
        known = things.get(key, Thing(key=key)).facets
        things[key] = Thing(key=key, facets={**known, ASSERTIONS: {"assertions": _assertions(facets)}})
    return things


def _assertions(facets: Iterable[Said]) -> list[object]:
    """Return what was asserted last, newest first.

    Each job's newest facet speaks for that job; where two jobs checked the same, the later one counts.
    """
    found: list[object] = []
    known = set[tuple[str, ...]]()
    for facet in sorted(facets, key=lambda one: (*one.rank, one.thing), reverse=True):
        listed = [*_thing("", [facet]).listed(ASSERTIONS, "assertions")]
        found += [one for one in listed if _which(one) not in known]
        known |= {_which(one) for one in listed}
    return found


def _which(assertion: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(assertion.get(key)) for key in ("name", "assertion", "column"))


def _of(thing: str, said: Said) -> Said:
    return Said(kind=said.kind, thing=thing, name=said.name, at=said.at, digest=said.digest, value=said.value)


def _thing(key: str, said: Iterable[Said]) -> Thing:
    facets = {one.name: json.loads(one.value) for one in said}
    return Thing(key=key, facets={name: facet for name, facet in facets.items() if facet is not None})


def _names(called: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    names: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in sorted(called):
        names[called[one]].append(parts_of(one))
    return {lead: sorted(found) for lead, found in names.items()}


def _called(data: Mapping[str, Sequence[Said]]) -> dict[str, str]:
    """Return for every data set the least of the names that symlinks make one."""
    above: dict[str, str] = {one: one for one in data}

    def top(one: str) -> str:
        above.setdefault(one, one)
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for thing, facts in data.items():
        for fact in facts:
            if fact.name != "symlinks":
                continue
            for link in _thing(thing, [fact]).listed("symlinks", "identifiers"):
                namespace, name = link.get("namespace"), link.get("name")
                if isinstance(namespace, str) and isinstance(name, str) and namespace and name:
                    low, high = sorted((top(thing), top(thing_of(namespace, name))))
                    above[high] = low
    return {one: top(one) for one in list(above)}
