"""A monitored model with three versions, the first its champion, and a way to send rows of any."""

from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
import pytest

from core.domain import ModelVersion
from core.ports import RegisteredModel
from core.trimtab import Trimtab
from tests.fakes import FakeDeployment, FakeRegistry, FixedClock
from tests.loans import SPEC, UNGATED, rows

NAMED = SPEC.replace("label: repaid", "label: repaid, version: served_by") + "deployment: prod\n"


@pytest.fixture
def deployment() -> FakeDeployment:
    return FakeDeployment(name="prod")


@pytest.fixture
def deployments(deployment):
    return {"prod": deployment}


@pytest.fixture
def loans(trimtab: Trimtab, registry: FakeRegistry, file) -> Trimtab:
    registry.registered["loans"] = RegisteredModel(
        registry="local",
        name="loans",
        aliases={"champion": "1"},
        versions=tuple(ModelVersion(registry="local", model="loans", version=str(i)) for i in (1, 2, 3)),
    )
    trimtab.refresh_registry()
    trimtab.watch(NAMED, reference=file(rows(-10, 10)), policy=UNGATED)
    return trimtab


@pytest.fixture
def send(trimtab: Trimtab, file) -> Callable[..., None]:
    def one_day(day: int, version: str, **how: float) -> None:
        table = rows(day, 1, **how)
        named = table.append_column("served_by", pa.array([version] * len(table)))
        trimtab.ingest("loans", file(named), kind="predictions")

    return one_day


def later(clock: FixedClock, **span: float) -> None:
    clock.at += timedelta(**span)
