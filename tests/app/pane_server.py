"""Serve the pane over made views, for browsers: python -m tests.app.pane_server PORT [MODELS|down]."""

import sys

import streamlit as st
import uvicorn

from app import deps
from app.pane import MAIN
from core.errors import Unavailable

from .fake_client import FakeClient


def main(port: int, fleet: str) -> None:
    """Serve until killed; ``fleet`` is a number of models, or "down" where control does not answer."""
    down = Unavailable("The control process", "nothing listens there", hint="Start it with trimtab up.")
    client = FakeClient(error=down) if fleet == "down" else FakeClient(n_models=int(fleet))
    deps.client = lambda: client  # type: ignore[assignment]
    uvicorn.run(st.App(MAIN), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "4")
