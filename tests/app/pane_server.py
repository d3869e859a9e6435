"""Serve the pane over made views: python -m tests.app.pane_server PORT [MODELS|down [OBJECTS]]."""

import sys

import uvicorn

from app import deps
from app.pane import make
from core.errors import Unavailable

from .fake_client import FakeClient


def main(port: int, fleet: str, n_objects: int) -> None:
    """Serve until killed; ``fleet`` is a number of models, or "down" where control does not answer.

    ``n_objects`` is how many objects the lineage has.
    """
    down = Unavailable("The control process", "nothing listens there", hint="Start it with trimtab up.")
    client = (
        FakeClient(error=down) if fleet == "down" else FakeClient(n_models=int(fleet), n_objects=n_objects)
    )
    deps.client = lambda: client  # type: ignore[assignment]
    uvicorn.run(make("local", None), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(int(given[1]), given.get(2, "4"), int(given.get(3, "30")))
