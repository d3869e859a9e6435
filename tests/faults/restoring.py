"""A process to be killed: restores a backup over a workspace.

Prints ``ready``, then ``done``.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from core.config import Workspace
from core.keeping.restore import restore


def main(file: Path, folder: Path) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    restore(file, Workspace(folder), force=True, now=datetime.now(UTC), actor="ann")
    sys.stdout.write("done\n")
    sys.stdout.flush()
