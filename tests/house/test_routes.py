"""Every route says who may use it: a token's scope and a role's right, in one table."""

from pathlib import Path
from typing import cast

import pytest
from fastapi.routing import APIRoute

from core.server.app import ROUTES, create_app
from core.server.scoping import NEEDS, authorise, need_of
from core.trimtab import Trimtab
from tests.fake_trimtab import FakeTrimtab


def routes() -> set[str]:
    found = [one for module in ROUTES for one in module.router.routes]
    return {f"{m} {one.path}" for one in found if isinstance(one, APIRoute) for m in one.methods}


def test_all_that_is_served_asks_whether_one_may(tmp_path: Path) -> None:
    app = create_app(cast("Trimtab", FakeTrimtab.at(tmp_path / "w")), token="t")
    served = [one for one in app.routes if isinstance(one, APIRoute)]
    assert {f"{m} {one.path}" for one in served for m in one.methods} == routes()
    assert len(routes()) > 50
    unguarded = [
        one.path for one in served if authorise not in [part.call for part in one.dependant.dependencies]
    ]
    assert not unguarded, f"declare them on the router of core/server/subject.py: {unguarded}"
    beside = [getattr(one, "path", None) for one in app.routes if one not in served]
    assert beside == ["/api/v1/openapi.json"]


def test_every_route_has_its_scope_and_right() -> None:
    unsaid = sorted(routes() - set(NEEDS))
    assert not unsaid, f"say in core/server/scoping.py who may use: {unsaid}"


def test_the_table_names_no_route_that_is_gone() -> None:
    assert sorted(set(NEEDS) - routes()) == []


@pytest.mark.parametrize("route", sorted(NEEDS))
def test_what_changes_something_takes_more_than_reading(route: str) -> None:
    looks = {"POST /api/v1/compare", "POST /api/v1/ledger/verify", "POST /api/v1/ledger/checkpoint"} | {
        "POST /api/v1/policy/dry-run"
    }
    need = NEEDS[route]
    if need is None or need.scope.value == "read":
        assert route.startswith("GET ") or route in looks


def test_a_route_that_nobody_thought_of_is_the_admins() -> None:
    need = need_of("POST", "/api/v1/new")
    assert need is not None
    assert (need.scope.value, need.right.value if need.right else None) == ("admin", "administer")
    assert need_of("HEAD", "/api/v1/models") == need_of("GET", "/api/v1/models")
