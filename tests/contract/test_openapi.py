"""What the API's own description promises, held against what it answers to whatever fits that description."""

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, strategies
from schemathesis import checks

KNOWN = {"model": "loans", "version": "1"}
"""Names that there are: every second request asks for them, so that it comes further than "not found"."""
HELD = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.slow
def test_every_answer_is_as_described(api: FastAPI, api_headers: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", api, headers=api_headers)
    failures: list[str] = []
    asked, done = set(), set()

    def ask(case: schemathesis.Case, known: bool) -> None:
        for given in (case.path_parameters, case.query) if known else ():
            given.update({name: KNOWN[name] for name in set(KNOWN) & set(given or ())})
        answer = case.call(headers=api_headers)
        asked.add(case.operation.label)
        if answer.status_code < 300:
            done.add(case.operation.label)
        case.validate_response(answer, checks=HELD)

    quietly = hypothesis.settings(
        max_examples=6,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    for each in schema.get_all_operations():
        operation = each.ok()
        try:
            quietly(hypothesis.given(operation.as_strategy(), strategies.booleans())(ask))()
        except BaseExceptionGroup as group:
            failures += [f"{operation.label}: {one}" for one in group.exceptions]
    assert not failures, "\n".join(failures)
    assert len(asked) > 90
    # What only takes the names of things that there are is seen to work, not only to refuse.
    assert len(done) > 40
