"""Two files compared: nothing is stored, and a Parquet file is counted where it lies."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core import watch
from core.basis import Basis
from core.domain import Profile, Reference
from core.errors import InvalidInput, Problem
from core.logs import layout as layouts
from core.logs import unstored
from core.logs.columns import columns_of, infer_features
from core.logs.segment_rules import checked
from core.logs.spec_file import parse_spec
from core.logs.upload import Upload
from core.monitor import assess
from core.policy.rules import Policy
from core.profiles.shown import profile_shown
from core.receipts import Comparison
from core.sampled import measure_samples
from core.spec import MonitorSpec, WindowRule
from core.store import AnalyticsStore
from core.store.files import reading_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was said of two files, and what was counted of each; ``profiles`` are the current one's."""

    reference: Reference
    profiles: tuple[Profile, ...]
    comparison: Comparison


def compare(
    document: str,
    reference: Upload,
    current: Upload,
    *,
    registries: Sequence[str],
    policy: str | None,
    now: datetime,
    by_window: bool = False,
) -> Comparison:
    """Measure and judge one file against another in a store of its own, gone afterwards.

    Parameters
    ----------
    by_window
        False: all usable rows of the current file are one closed window, and the reference is cut into
        windows of that size where it holds several. True: both are cut as the spec says.

    Raises
    ------
    InvalidInput
        The spec or a file cannot be used, or no row of the current file can.
    """
    spec = parse_spec(document, registries=registries)
    rules = watch.policy_for(spec, policy)
    return compare_by(spec, rules, reference, current, now=now, by_window=by_window).comparison


def compare_by(
    spec: MonitorSpec,
    rules: Policy,
    reference: Upload,
    current: Upload,
    *,
    now: datetime,
    by_window: bool = False,
) -> Compared:
    """Do what :func:`compare` does by a spec and a policy that were read already, and keep the profiles."""
    with closing(AnalyticsStore.open(None)) as store:
        spec = checked(infer_features(spec, columns_of(store, reference)))
        spec = replace(spec, label_delay=timedelta(0))
        layout = layouts.lay_out(spec)
        with store.writing() as cursor:
            shown = unstored.show_rows(cursor, spec, layout, current, now=now)
            if not shown.n:
                raise InvalidInput(current.name, _unusable(shown))
            if not by_window:
                spec = replace(spec, window=WindowRule(rows=shown.n), seasonality=None)
            end = unstored.show_reference(cursor, spec, layout, reference, now=now)
            with reading_file(reference.name, str(reference.path)):
                pinned = watch.pin_reference(cursor, layout, spec, now=now)
            # The store counts while limits are derived: neither needs the other.
            with ThreadPoolExecutor(1) as beside, reading_file(current.name, str(current.path)):
                deriving = beside.submit(Basis.of, pinned, spec)
                profiles = profile_shown(cursor, layout, spec, pinned, end, now=now)
                everybody = [profile for profile in profiles if not profile.segment.pairs]
                sampled = measure_samples(cursor, layout, spec, pinned, everybody)
    basis = deriving.result()
    measured, reached = assess(profiles, spec, rules, basis, sampled=sampled, clock=now, now=now)
    fixed = [one for one in measured if one.baseline == "fixed"]
    return Compared(
        reference=pinned,
        profiles=tuple(everybody),
        comparison=Comparison(measurements=tuple(fixed), verdicts=tuple(reached)),
    )


def _unusable(shown: unstored.Shown) -> list[Problem]:
    return [
        Problem(field=field, message=f"cannot be used in {n} rows", remedy="see trimtab ingest")
        for field, n in shown.reasons.items()
    ] or [Problem(field="file", message="holds no rows")]
