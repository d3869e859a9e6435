"""What a browser is told before Streamlit's program runs: where its server is, and which parts come."""

import asyncio
from pathlib import Path

import pytest
import streamlit as st
from starlette.types import Message, Receive, Scope, Send

from app import front_page, pane

STATIC = Path(st.__file__).parent / "static"
FILES = STATIC / "static" / "js"


@pytest.fixture(scope="module")
def front() -> front_page.FrontPage:
    async def rest(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return front_page.FrontPage(rest, static=STATIC)


def answer(
    front: front_page.FrontPage,
    path: str,
    *,
    method: str = "GET",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[int, dict[bytes, bytes], str]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    asyncio.run(front(scope, receive, send))
    return sent[0]["status"], dict(sent[0].get("headers", [])), sent[-1]["body"].decode()


def test_every_page_says_where_the_server_is_and_nothing_else_is_answered(
    front: front_page.FrontPage,
) -> None:
    for path in ("/", "/model", "/lineage", "/review"):
        status, headers, page = answer(front, path)
        assert status == 200
        assert headers[b"content-type"] == b"text/html; charset=utf-8"
        assert page.index("BACKEND_BASE_URL") < page.index('<script type="module"')
    for path in (
        "/_stcore/health",
        "/static/js/index.js",
        "/static/js/../index.html",
        "/nosuch",
        "/lineage/",
    ):
        assert answer(front, path)[0] == 418
    assert answer(front, "/model", method="POST")[0] == 418


def test_a_page_that_the_browser_has_is_not_sent_again(front: front_page.FrontPage) -> None:
    _, headers, page = answer(front, "/lineage")
    again = answer(front, "/lineage", headers=((b"if-none-match", headers[b"etag"]),))
    assert again[0] == 304
    assert again[2] == ""
    assert answer(front, "/model", headers=((b"if-none-match", headers[b"etag"]),))[0] == 200
    assert page != answer(front, "/model")[2]


def test_parts_come_with_what_they_import_and_none_is_named_twice(front: front_page.FrontPage) -> None:
    page = answer(front, "/lineage")[2]
    named = [part.partition('"')[0] for part in page.split('rel="modulepreload" crossorigin href="./')[1:]]
    assert len(named) == len(set(named))
    assert all((STATIC / name).is_file() for name in named)
    parts = (*front_page.EVERYWHERE, *front_page.ALSO["/lineage"])
    for part in parts:
        assert any(name.startswith(f"static/js/{part}.") for name in named), part


def test_what_the_page_names_is_answered_as_it_is_on_disk_and_kept_by_browsers(
    front: front_page.FrontPage,
) -> None:
    page = answer(front, "/")[2]
    name = page.partition('<script type="module" crossorigin src="./')[2].partition('"')[0]
    status, headers, program = answer(front, f"/{name}")
    assert status == 200
    assert program == (STATIC / name).read_text(encoding="utf-8")
    assert headers[b"content-type"].startswith(b"text/javascript")
    assert b"immutable" in headers[b"cache-control"]


def test_the_font_that_comes_beforehand_is_the_one_that_pages_are_set_in(front: front_page.FrontPage) -> None:
    fonts = [
        part.partition('"')[0] for part in answer(front, "/")[2].split('href="./') if "woff2" in part[:80]
    ]
    assert fonts == ["app/static/inter/inter-latin-wght-normal.woff2"]
    assert (pane.MAIN.parent.parent / fonts[0]).is_file()


def test_a_part_that_streamlit_has_no_file_of_is_left_out() -> None:
    assert front_page.chunks(FILES, ("NoSuchPart",)) == []


def test_the_scripts_of_the_page_are_allowed_by_their_digest(front: front_page.FrontPage) -> None:
    allowed = pane.content_policy(answer(front, "/lineage")[2]).count("'sha256-")
    plain = pane.content_policy((STATIC / "index.html").read_text(encoding="utf-8")).count("'sha256-")
    assert allowed == plain + 1
    assert pane.content_policy(answer(front, "/lineage")[2]) == pane.content_policy(answer(front, "/")[2])
