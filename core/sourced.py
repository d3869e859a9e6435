"""Models whose rows stay where they lie: their reference's rows, their counts, and what cannot be asked."""

from datetime import datetime
from pathlib import Path

from core.basis import Basis
from core.errors import Conflict, NotFound
from core.log_source import LogSource, Question, Sources
from core.logs.upload import Upload
from core.profiles import elsewhere, keep
from core.spec import MonitorSpec, SourceRule
from core.store import AnalyticsStore, StoredMonitor


def reference(spec: MonitorSpec, sources: Sources, folder: Path) -> Upload | None:
    """Copy the reference's rows of a source into ``folder``; None where the spec has no source.

    The reference is pinned from rows, so these come home; the logs themselves never do. With neither
    ``where`` nor ``first`` the table is all logs and holds no reference.
    """
    rule = spec.reference
    if spec.source is None or not (rule.where or rule.first):
        return None
    path = sources(spec.source).rows(Question(spec=spec, origin=None), folder)
    return Upload(path=path, format="parquet", name=f"the table {spec.source.table}")


def count(
    store: AnalyticsStore, monitor: StoredMonitor, basis: Basis | None, sources: Sources, *, now: datetime
) -> elsewhere.Counted | None:
    """Count what is due where it lies; holds no lock meanwhile.

    None for a model whose rows lie here, or one without a pinned reference.
    """
    rule = monitor.spec.source
    if rule is None or basis is None:
        return None
    with store.reading() as cursor:
        known = keep.known(cursor, monitor.layout)
    return elsewhere.count(sources(rule), monitor.spec, basis.reference, known, now=now)


def fits(monitor: StoredMonitor, counted: elsewhere.Counted | None, basis: Basis) -> bool:
    """Say whether what was counted can be judged: another reference may have been pinned meanwhile."""
    if monitor.spec.source is None:
        return True
    return counted is not None and counted.reference_digest == basis.reference.digest


def no_sources(rule: SourceRule) -> LogSource:
    """Stand in for the sources of a workspace that has none."""
    raise NotFound("source", rule.connection, hint="Add it under [sources] in trimtab.toml.")


def refuse(monitor: StoredMonitor, what: str) -> None:
    """Raise ``Conflict`` for what needs rows here where they lie elsewhere."""
    if monitor.spec.source is not None:
        raise Conflict(
            f"{what} needs rows, and those of {monitor.name} stay in {monitor.spec.source.table}",
            hint="Ask their own engine, or watch the model without 'source' and ingest the rows.",
        )
