"""Every failure leaves as the same JSON object, with a sentence and, where there is one, a hint."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core import wire
from core.errors import InvalidInput, NotFound, Problem, TrimtabError

_log = logging.getLogger("trimtab.server")


def install(app: FastAPI) -> None:
    """Give ``app`` its handlers, the last of which catches what nobody expected."""
    app.add_exception_handler(TrimtabError, _known)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unexpected)


def _answer(error: TrimtabError, status: int) -> Response:
    body = wire.dumps(wire.error_object(error))
    return Response(body, status_code=status, media_type="application/json")


async def _known(request: Request, error: Exception) -> Response:
    if not isinstance(error, TrimtabError):
        raise error
    if error.http_status >= 500:
        _log.warning("request.failed path=%s code=%s cause=%s", request.url.path, error.code, error)
    return _answer(error, error.http_status)


async def _unreadable(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [
        Problem(field=".".join(str(part) for part in each["loc"]), message=str(each["msg"]))
        for each in error.errors()
    ]
    return _answer(InvalidInput("The request", problems), InvalidInput.http_status)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == NotFound.http_status:
        hint = "The API is described at /api/v1/openapi.json."
        return _answer(NotFound("page", request.url.path, hint=hint), error.status_code)
    refused = TrimtabError(f"{request.method} {request.url.path}: {error.detail}")
    answer = _answer(refused, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _unexpected(request: Request, error: Exception) -> Response:
    # The traceback goes to control's log; whoever asked gets a sentence and no inside of ours.
    _log.error("request.crashed path=%s", request.url.path, exc_info=error)
    hint = "The log in the workspace's logs folder says where."
    return _answer(wire.RemoteError("Something unexpected went wrong", hint=hint), 500)
