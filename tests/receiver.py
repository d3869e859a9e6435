"""A web server of our own, for what Trimtab sends: it remembers what came, and answers as it is told to."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Answers every request with ``code``; ``taken`` are paths and bodies, oldest first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.code = 200
        self.taken: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[str]:
        return [body for asked, body in self.taken if asked == path]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.taken.append((self.path, body))
        self._answer()

    def do_GET(self) -> None:
        self.server.taken.append((self.path, ""))
        self._answer()

    def _answer(self) -> None:
        self.send_response(self.server.code)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass
