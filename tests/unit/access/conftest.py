"""A workspace in which people sign in, on a store that several threads may use."""

from dataclasses import replace

import pytest

from core.config import Workspace, create_workspace
from core.identity_settings import IdentityMode, IdentitySettings
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.unit.actions.conftest import deployment, deployments, loans

__all__ = ["deployment", "deployments", "loans"]


@pytest.fixture
def trimtab(tmp_path, registry, clock, deployments):
    settings = create_workspace(Workspace(tmp_path / "workspace"), {})
    opened = Trimtab(
        settings=replace(settings, identity=IdentitySettings(mode=IdentityMode.PROXY)),
        store=AnalyticsStore.open(None),
        state=StateStore.open(tmp_path / "state.db"),
        registries={"local": registry},
        deployments=deployments,
        clock=clock,
    )
    yield opened
    opened.close()
