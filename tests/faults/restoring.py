"""A process to be killed: restores a backup over a workspace.

Run as ``python -m tests.faults.restoring ARCHIVE FOLDER``; prints ``ready``, then ``done``.
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


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
