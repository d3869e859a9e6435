"""How models are run, in figures: computed from ledger, incidents and registries, never asked for."""

from core.kpis.desk import KpiDesk

__all__ = ["KpiDesk"]
