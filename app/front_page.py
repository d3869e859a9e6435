"""The HTML in which a browser finds the dashboard: Streamlit's own, told where its server is and what comes.

Streamlit's program looks for its server below the page's address first, where it is not, and waits a tenth of
a second before it looks above. And it fetches the parts that draw a widget when the first of that kind
arrives, one round after the other. Every visitor pays both again, so the page says it beforehand. What a
release of Streamlit no longer reads, it ignores: the page then takes as long as it did.

A browser that comes for the first time fetches a hundred files of that program. They are answered from
memory, which takes a fifth of the time that it takes to open each anew.
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
# The font that Streamlit's page fetches beforehand, in which no page here is set, and the one that they are.
_FONT = re.compile(r"(?<=\./)static/media/SourceSansVF-Upright[\w.-]+\.woff2")
_OURS = "app/static/inter/inter-latin-wght-normal.woff2"
_NAMED = re.compile(r"\./static/js/([\w.-]+\.js)")
_LASTING = "public, immutable, max-age=31536000"
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
        html, program = (static / "index.html").read_text(encoding="utf-8"), static / "static" / "js"
        paths = ("/", *(f"/{page.stem}" for page in sorted(links.PAGES.glob("*.py"))))
        pages = {path: told(html, chunks(program, (*EVERYWHERE, *ALSO.get(path, ())))) for path in paths}
        named = sorted({name for page in pages.values() for name in _NAMED.findall(page)})
        self._pages = {path: page.encode() for path, page in pages.items()}
        self._program = {f"/static/js/{name}": (program / name).read_bytes() for name in named}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a page's address, 304 where the browser has it, and what the page names."""
        answer = None
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            answer = self._answer(scope["path"], scope["headers"])
        await (answer or self._app)(scope, receive, send)

    def _answer(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> Response | None:
        part, page = self._program.get(path), self._pages.get(path)
        if part is not None:
            # Its name has its digest in it.
            return Response(part, headers={"Cache-Control": _LASTING}, media_type="text/javascript")
        if page is None:
            return None
        tag = f'W/"{sha256(page).hexdigest()[:32]}"'
        told_so = {"Cache-Control": "no-cache", "ETag": tag}
        if any(name == b"if-none-match" and tag.encode() in text for name, text in headers):
            return Response(status_code=304, headers=told_so)
        return Response(page, headers=told_so, media_type="text/html")


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
    return _FONT.sub(_OURS, html).replace(_BEFORE, f"{_WHERE}{links_to}{_BEFORE}", 1)


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
