"""Changes of production: guarded, on record before they begin, finished or undone whatever happens."""

from core.actions.desk import ActionDesk, Asked
from core.actions.mirroring import Mirroring
from core.actions.runner import ActionRunner

__all__ = ["ActionDesk", "ActionRunner", "Asked", "Mirroring"]
