"""Made figures: one that is known, one that is not, and how mature that is."""

from datetime import timedelta

from core.views.kpis import Kpi, KpiGroup, KpiView, Maturity

from .made_fleet import NOW

KNOWN = Kpi(
    name="lead_time", title="Lead time to production", unit="days", n=9, counted="Median.", value=3.25,
    low=1.0, high=7.0,
)  # fmt: skip
FEW = Kpi(
    name="alarm_precision", title="Alarm precision", unit="share", n=2, counted="By persons.",
    reason="2 incidents that a person closed; a share needs 5",
)  # fmt: skip


def kpi_view(by: str | None, *, n_models: int) -> KpiView:
    """Return the figures; of no models, those of a new workspace."""
    groups = [KpiGroup(name="all models", n_models=n_models, kpis=(KNOWN, FEW))]
    if by is not None:
        groups.append(KpiGroup(name="a_b*c*", n_models=1, kpis=(KNOWN, FEW)))
    levels = (
        Maturity(area="data", level=2, has=("Fleet monitored 60 %.",), lacks=("Watch more models.",)),
        Maturity(area="model", level=5, has=("All.",), lacks=()),
        Maturity(area="governance", level=1, has=(), lacks=("Name owners in the specs.",)),
    )
    return KpiView(as_of=NOW, since=NOW - timedelta(days=365), by=by, groups=tuple(groups), maturity=levels)
