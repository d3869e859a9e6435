"""A process to be killed: erases a person.

Prints ``ready``, then ``done``.
"""

import sys
from pathlib import Path

from core.config import Workspace, load_settings
from tests.fakes import FixedClock
from tests.keeping_desk import NOW, open_trimtab

PERSON = "Zacharias-Unverkennbar-4711"


def main(folder: Path) -> None:
    trimtab = open_trimtab(load_settings(Workspace(folder)), FixedClock(NOW))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    trimtab.keeping.erase("loans", [PERSON], actor="ann")
    sys.stdout.write("done\n")
    sys.stdout.flush()
