"""The API over one small workspace that was judged, for clients that are not ours."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from core.server.app import create_app
from tests.judged import judged
from tests.loans import SPEC, rows


@pytest.fixture(scope="module")
def api_headers() -> dict[str, str]:
    return {"Authorization": "Bearer t0ken", "Host": "127.0.0.1"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("api")
    with judged(folder, SPEC, rows(-10, 10, n=60), rows(0, 2, n=60)) as trimtab:
        yield create_app(trimtab, token="t0ken")
