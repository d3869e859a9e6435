"""Where the long-running processes write what they do."""

import logging
from logging.handlers import RotatingFileHandler

from core.config import Workspace


def log_to(workspace: Workspace, name: str) -> None:
    """Send this process's logs to ``logs/<name>.log``, which is cut when it grows."""
    workspace.logs.mkdir(parents=True, exist_ok=True)
    path = workspace.logs / f"{name}.log"
    handler = RotatingFileHandler(path, maxBytes=5_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers.clear()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("trimtab").setLevel(logging.INFO)
