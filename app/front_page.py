"""The HTML in which a browser finds the dashboard: Streamlit's own, told where its server is and what comes.

Streamlit's program looks for its server below the page's address first, where it is not, and waits a tenth of
a second before it looks above. And it fetches the parts that draw a widget when the first of that kind
arrives, one round after the other. Every visitor pays both again, so the page says it beforehand. What a
release of Streamlit no longer reads, it ignores: the page then takes as long as it did.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app import scope as links

# Next to the page, wherever a proxy has it: all pages lie side by side.
_WHERE = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }</script>'
_BEFORE = '<script type="module"'
_IMPORTED = re.compile(r"""(?:from|import)["']\./([\w.-]+\.js)["']""")
EVERYWHERE = ("Html", "Button", "Selectbox", "PageLink")
"""The parts of Streamlit's program that nearly every page draws with; Html brings the palette."""
ALSO: Mapping[str, tuple[str, ...]] = {"/lineage": ("ButtonGroup", "BidiComponent")}
"""Those that one page draws with besides, by its path."""


class FrontPage:
    """ASGI middleware: answers the addresses of pages, leaves the rest to Streamlit.

    Parameters
    ----------
    app
        What answers the rest.
    static
        The folder of Streamlit's page and program.
    """

    def __init__(self, app: ASGIApp, *, static: Path) -> None:
        self._app = app
        html = (static / "index.html").read_text(encoding="utf-8")
        paths = ("/", *(f"/{page.stem}" for page in sorted(links.PAGES.glob("*.py"))))
        self._pages = {
            path: told(html, chunks(static / "static" / "js", (*EVERYWHERE, *ALSO.get(path, ())))).encode()
            for path in paths
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a page's address, 304 where the browser has it."""
        page = self._pages.get(scope["path"]) if scope["type"] == "http" else None
        if page is None or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        tag = f'W/"{sha256(page).hexdigest()[:32]}"'
        headers = {"Cache-Control": "no-cache", "ETag": tag}
        has_it = any(key == b"if-none-match" and tag.encode() in text for key, text in scope["headers"])
        answer = (
            Response(status_code=304, headers=headers)
            if has_it
            else Response(page, headers=headers, media_type="text/html")
        )
        await answer(scope, receive, send)


def told(html: str, names: Iterable[str]) -> str:
    """Return the page with what it says beforehand; parts that it names itself are not named again.

    Examples
    --------
    >>> told('<script type="module" src="a.js"></script>', ["a.js"]).partition("</script>")[0]
    '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }'
    """
    links_to = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in names
        if f"/{name}" not in html
    )
    return html.replace(_BEFORE, f"{_WHERE}{links_to}{_BEFORE}", 1)


def chunks(folder: Path, parts: Iterable[str]) -> list[str]:
    """Return the files of parts of the program with all that these import; a part without a file has none."""
    found: dict[str, None] = {}
    waiting = [file.name for part in parts for file in sorted(folder.glob(f"{part}.*.js"))]
    while waiting:
        name = waiting.pop()
        file = folder / name
        if name not in found and file.is_file():
            found[name] = None
            waiting += _imports(file)
    return list(found)


@cache
def _imports(file: Path) -> list[str]:
    return _IMPORTED.findall(file.read_text(encoding="utf-8"))
