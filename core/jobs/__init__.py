"""Long work that survives its process: asked for once, done by a child process, never half done."""

from core.jobs.desk import JobDesk, Wanted

__all__ = ["JobDesk", "Wanted"]
