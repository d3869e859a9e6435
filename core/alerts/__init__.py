"""Alerts: incidents are told to people, once each, until somebody looks after them."""

from core.alerts.desk import AlertDesk
from core.alerts.maintenance import MaintenanceDesk

__all__ = ["AlertDesk", "MaintenanceDesk"]
