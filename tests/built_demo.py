"""The demo, built once a test run: whoever looks at it gets a copy, because building it takes a minute."""

import pickle
import shutil
from datetime import date

import pytest
from filelock import FileLock

from core.client import connect
from core.config import Workspace, create_workspace
from core.demo.build import DemoReceipt, build_demo
from core.store.sqlite_files import move_prefixes

AS_OF = date(2026, 11, 1)
"""Far enough back for the days that follow to have been."""
SEED = 2
FLEET = 3


def demo_copy(factory: pytest.TempPathFactory, *, seed: int = SEED) -> tuple[Workspace, DemoReceipt]:
    """Return a demo of three models more, that nobody else works on, and what its building said.

    Where tests run in several processes, they share the original: the first one builds it.
    """
    base = factory.getbasetemp()
    together = base.parent if base.name.startswith("popen-") else base
    original = Workspace.at(together / f"demo-{seed}" / "workspace")
    said = original.root.with_name("receipt.pickle")
    original.root.parent.mkdir(exist_ok=True)
    with FileLock(original.root.with_name("lock")):
        if not said.exists():
            shutil.rmtree(original.root, ignore_errors=True)
            create_workspace(original, {})
            with connect(original, what="test") as client:
                receipt = build_demo(client, original, seed=seed, as_of=AS_OF, fleet=FLEET)
            said.write_bytes(pickle.dumps(receipt))
    copy = Workspace.at(factory.mktemp("demo") / "workspace")
    shutil.copytree(original.root, copy.root)
    # The registry names its artifacts by their place.
    moved = {
        str(original.artifacts): str(copy.artifacts),
        original.artifacts.as_uri(): copy.artifacts.as_uri(),
    }
    move_prefixes(copy.mlflow, moved)
    return copy, pickle.loads(said.read_bytes())
