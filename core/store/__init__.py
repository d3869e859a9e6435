"""The two stores: rows, profiles and judgements in DuckDB, state in a transactional database.

DuckDB is imported here and nowhere else; the other layers receive a :data:`Cursor`.
"""

from core.store.connection import AnalyticsStore, Cursor, statement
from core.store.monitors import StoredMonitor
from core.store.state import StateStore

__all__ = ["AnalyticsStore", "Cursor", "StateStore", "StoredMonitor", "statement"]
