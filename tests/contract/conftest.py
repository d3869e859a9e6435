"""The API over one small workspace that was judged, for clients that are not ours."""

from collections.abc import Iterator
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI

from core.config import Workspace, create_workspace
from core.logs.upload import sniff
from core.server.app import create_app
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows


@pytest.fixture(scope="module")
def api_headers() -> dict[str, str]:
    return {"Authorization": "Bearer t0ken", "Host": "127.0.0.1"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("api")
    trimtab = Trimtab(
        settings=create_workspace(Workspace(folder / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(folder / "state.db"),
        registries={"local": FakeRegistry()},
        deployments={},
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    for day, name in ((-10, "reference"), (0, "current")):
        pq.write_table(rows(day, 10 if day < 0 else 2, n=60), folder / f"{name}.parquet")
    trimtab.watch(SPEC, reference=sniff(folder / "reference.parquet"), create=True)
    trimtab.ingest("loans", sniff(folder / "current.parquet"), kind="predictions")
    trimtab.monitor()
    yield create_app(trimtab, token="t0ken")
    trimtab.close()
