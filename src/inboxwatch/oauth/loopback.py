"""The one answer that a browser on this computer brings: a port of our own on 127.0.0.1, open until it has come."""

from __future__ import annotations

import html
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock, Thread
from urllib.parse import urlsplit

from inboxwatch.oauth.browser import NotOurs, Request, code_in
from inboxwatch.oauth.errors import PermissionRefused

#: A browser connects ahead and says nothing; others may trickle.
_PATIENCE = 10.0
#: More at a time are turned away: whoever floods the port shall not fill the memory.
_AT_A_TIME = 20


@dataclass(slots=True)
class Listener:
    """The open port, and the first answer that is ours. `thanks` is what the browser then shows."""

    port: int
    thanks: str
    asked: Request | None = field(default=None, repr=False)
    _answers: queue.Queue[str | PermissionRefused] = field(default_factory=queue.Queue, repr=False)
    _first: Lock = field(default_factory=Lock, repr=False)

    def code(self, seconds: float) -> str:
        """Wait for the code. Raises PermissionRefused when she said no, or nothing came within so many seconds."""
        try:
            found = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise PermissionRefused("No answer came through the browser in time.", "expired") from None
        if isinstance(found, PermissionRefused):
            raise found
        return found

    def take(self, path: str) -> bool:
        """Look at one request; was it the answer? Only the first that is ours counts."""
        if self.asked is None or urlsplit(path).path != "/":
            return False
        found: str | PermissionRefused
        try:
            found = code_in(path, self.asked)
        except NotOurs:
            return False
        except PermissionRefused as refused:
            found = refused
        if not self._first.acquire(blocking=False):
            return False
        self._answers.put(found)
        return True


@contextmanager
def listening(thanks: str) -> Iterator[Listener]:
    """A port of 127.0.0.1 that the system chooses, open before anybody is told of it. Raises OSError."""
    server = _Server(("127.0.0.1", 0), _Handler)
    listener = Listener(int(server.server_address[1]), thanks)
    server.listener = listener
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="login", daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_PATIENCE)


class _Server(ThreadingMixIn, TCPServer):  # HTTPServer asks DNS for this computer's name, which may take long
    daemon_threads = True
    request_queue_size = _AT_A_TIME
    block_on_close = False
    listener: Listener
    _busy = 0
    _counting = Lock()

    def verify_request(self, request: object, client_address: object) -> bool:
        return self._busy < _AT_A_TIME

    def process_request_thread(self, request: object, client_address: object) -> None:
        with self._counting:
            self._busy += 1
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            with self._counting:
                self._busy -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a browser that hangs up is no fault, and standard error is hers."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server: _Server
    server_version = "inboxwatch"
    sys_version = ""

    def do_GET(self) -> None:
        """The answer, once; anything else is not here."""
        listener = self.server.listener
        names = {f"{name}:{listener.port}" for name in ("127.0.0.1", "localhost")}
        # A page elsewhere may have its own name point at this computer; its requests carry that name.
        if self.headers.get("Host", "") not in names or not listener.take(self.path):
            self._say(404, "not found")
            return
        self._say(200, listener.thanks)

    def _say(self, status: int, words: str) -> None:
        page = f"<!doctype html><meta charset=utf-8><title>inboxwatch</title><p>{html.escape(words)}</p>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the line would hold the code."""
