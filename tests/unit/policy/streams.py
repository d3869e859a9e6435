"""Streams of windows in which nothing happens, or one known thing: measured as the product measures them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from core.domain import ALL_ROWS, Band, Measurement, Risk, Role, Segment, Status, Verdict
from core.incidents.derive import derive
from core.metrics import drift
from core.policy.evidence import BandKey
from core.policy.judge import judge
from core.policy.policy_file import default_policy
from tests.unit.policy.builders import NOW, context, measurement

Array = NDArray[np.float64]
POLICY = default_policy(Risk.HIGH)
N_BINS = 60
EDGES = norm.ppf(np.arange(1, N_BINS) / N_BINS)
DECILES = np.append(np.arange(N_BINS // 10 - 1, N_BINS - 1, N_BINS // 10), N_BINS - 1)
RATES = (
    ("selection_rate", 0.3, 1.0),
    ("false_negative_rate", 0.3, 0.3),
    ("false_positive_rate", 0.1, 0.7),
)
"""Rate by group, its value, and the share of the group's rows that it is counted on."""
CATEGORIES = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])


@dataclass(frozen=True, kw_only=True)
class Stream:
    """What a run of windows gave: its verdicts, their number of windows, the incidents."""

    verdicts: list[Verdict]
    n_windows: int
    n_incidents: int

    @property
    def failed(self) -> float:
        """Share of windows with any FAIL."""
        bad = {one.measurement.window.index for one in self.verdicts if one.status is Status.FAIL}
        return len(bad) / self.n_windows


def still(rng: np.random.Generator, n_columns: int, n_windows: int) -> Array:
    """No column ever moves."""
    return np.zeros((n_columns, n_windows))


def wandering(rho: float, sd: float) -> Callable[[np.random.Generator, int, int], Array]:
    """Every column's mean wanders around: an autoregression from window to window, in sd of the column."""

    def shifts(rng: np.random.Generator, n_columns: int, n_windows: int) -> Array:
        path = np.zeros((n_columns, n_windows))
        path[:, 0] = rng.normal(0, sd, n_columns)
        for t in range(1, n_windows):
            path[:, t] = rho * path[:, t - 1] + rng.normal(0, sd * np.sqrt(1 - rho**2), n_columns)
        return path

    return shifts


def drift_stream(
    seed: int,
    *,
    n: int,
    n_windows: int,
    n_own: int,
    n_numeric: int = 5,
    n_categorical: int = 3,
    shifts: Callable[[np.random.Generator, int, int], Array] = still,
    event: float = 0.0,
    n_segments: int = 0,
) -> Stream:
    """Judge the drift of a model: ``n_own`` reference windows of n rows, then ``n_windows`` more.

    ``event`` shifts every numeric column by so many sd from the first judged window on. With segments
    each of them has n rows, all rows together so many times that, and the event is the first one's.
    """
    rng = np.random.default_rng(seed)
    path = np.broadcast_to(
        shifts(rng, n_numeric, n_own + n_windows), (max(n_segments, 1), n_numeric, n_own + n_windows)
    ).copy()
    path[0, :, n_own:] += event
    bins = np.diff(norm.cdf(EDGES - path[..., None]), prepend=0.0, append=1.0, axis=-1)
    numbers = rng.multinomial(n, bins).astype(float)
    shape = (max(n_segments, 1), n_categorical, n_own + n_windows)
    texts = rng.multinomial(n, CATEGORIES, size=shape).astype(float)
    bands: dict[BandKey, Band] = {}
    found: list[Measurement] = []
    for kind, parts in (("ks", numbers), ("chi_squared", texts)):
        for number, counts in enumerate(parts.sum(axis=0)):
            _measure(f"{kind}{number}", kind, counts, n_own, bands, found)
        for place, columns in enumerate(parts[:n_segments]):
            segment = Segment.of({"region": str(place)})
            for number, counts in enumerate(columns):
                _measure(f"{kind}{number}", kind, counts, n_own, bands, found, segment)
    verdicts = judge(found, context(bands=bands, n_windows=n_own), POLICY)
    return Stream(verdicts=verdicts, n_windows=n_windows, n_incidents=len(derive(verdicts, POLICY, [], NOW)))


def _measure(
    name: str,
    kind: str,
    counts: Array,
    n_own: int,
    bands: dict[BandKey, Band],
    found: list[Measurement],
    segment: Segment = ALL_ROWS,
) -> None:
    reference = counts[:n_own].sum(axis=0)
    p, q = drift.shares(reference), drift.shares(counts)
    sizes = (reference.sum(), counts.sum(axis=1))
    if kind == "ks":
        distance = drift.ks(p, q)
        test = drift.ks_p_value(distance, np.full(len(counts), sizes[0]), sizes[1])
        psi = drift.psi(_coarse(p), _coarse(q))
    else:
        distance, test = drift.chi_squared(reference, counts)
        psi = drift.psi(p, q)
    for metric, values in ((kind, distance), ("psi", psi)):
        own = values[:n_own]
        key = (metric, Role.FEATURE, name, segment)
        bands[key] = Band(mean=float(own.mean()), sd=float(own.std()), n_windows=n_own)
    for index, place in enumerate(range(n_own, len(counts))):
        given = {
            "feature": name, "n": int(sizes[1][place]), "n_reference": int(sizes[0]), "index": index,
            "segment": segment,
        }  # fmt: skip
        found.append(measurement(kind, float(distance[place]), p_value=float(test[place]), **given))
        found.append(measurement("psi", float(psi[place]), **given))


def _coarse(shares: Array) -> Array:
    return np.diff(np.cumsum(shares, axis=-1)[..., DECILES], prepend=0.0, axis=-1)


def outcome_stream(
    seed: int,
    *,
    n: int,
    n_windows: int,
    n_own: int,
    drop: float = 0.0,
    noise: float = 0.0,
    n_segments: int = 0,
) -> Stream:
    """Judge a binary model's performance and two groups' errors and parity, with nothing wrong.

    ``drop`` lowers accuracy and AUC from the first judged window on; ``noise`` is the sd of what windows
    differ by besides sampling. Each segment has a like share of the rows, and its own performance.
    """
    rng = np.random.default_rng(seed)
    total = n_own + n_windows
    own_noise = rng.normal(0, noise, total) if noise else np.zeros(total)
    later = np.arange(total) >= n_own
    accuracy = rng.binomial(n, np.clip(0.9 + own_noise - drop * later, 0, 1)) / n
    auc_error = 0.25 / np.sqrt(n)
    auc = 0.85 + own_noise - drop * later + rng.normal(0, auc_error, total)
    found: list[Measurement] = []
    bands: dict[BandKey, Band] = {}
    series: list[tuple[str, Array, float, dict[str, object]]] = [
        ("roc_auc", auc, auc_error, {"role": Role.PERFORMANCE, "n": n}),
        ("accuracy", accuracy, float(np.sqrt(0.09 / n)), {"role": Role.PERFORMANCE, "n": n}),
    ]
    for place in range(n_segments):
        segment, part = Segment.of({"region": str(place)}), n // n_segments
        hits = rng.binomial(part, np.clip(0.9 + own_noise, 0, 1)) / part
        error = 0.25 / np.sqrt(part)
        about = {"role": Role.PERFORMANCE, "n": part, "segment": segment}
        series.append(("roc_auc", 0.85 + own_noise + rng.normal(0, error, total), error, about))
        series.append(("accuracy", hits, float(np.sqrt(0.09 / part)), about))
    for group in ("a", "b"):
        segment = Segment.of({"group": group})
        for metric, rate, share in RATES:
            rows = int(n * share / 2)
            values = rng.binomial(rows, rate, total) / rows
            error = float(np.sqrt(rate * (1 - rate) / rows))
            series.append((metric, values, error, {"role": Role.FAIRNESS, "n": rows, "segment": segment}))
    for metric, values, error, given in series:
        own = values[:n_own]
        key = (metric, given["role"], None, given.get("segment", Segment()))
        bands[key] = Band(mean=float(own.mean()), sd=float(own.std()), n_windows=n_own)
        for index, value in enumerate(values[n_own:]):
            interval = {"low": float(value - 1.96 * error), "high": float(value + 1.96 * error)}
            found.append(measurement(metric, float(value), index=index, **interval, **given))
    rates = [values for metric, values, _, _ in series if metric == "selection_rate"]
    for index in range(n_windows):
        pair = sorted(values[n_own + index] for values in rates)
        found.append(
            measurement(
                "demographic_parity_ratio",
                float(pair[0] / pair[1]),
                Role.FAIRNESS,
                feature="group",
                index=index,
                n=n,
            )
        )
    verdicts = judge(found, context(bands=bands, n_windows=n_own), POLICY)
    return Stream(verdicts=verdicts, n_windows=n_windows, n_incidents=len(derive(verdicts, POLICY, [], NOW)))
