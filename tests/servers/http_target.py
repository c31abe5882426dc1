"""A real HTTP endpoint on loopback that records what is posted to it and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class HttpTarget:
    """`statuses` are answered in turn, the last one for ever. While `held` is set, no answer is given.

    `received` holds the JSON objects posted so far; `arrived` is set when the first one has come. `asked` holds the
    paths that were asked for by GET.
    """

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [200])
    held: bool = False
    received: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def http_target() -> Iterator[HttpTarget]:
    """Serve until the block is left."""
    target = HttpTarget()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target.received.append(json.loads(body))
            target.arrived.set()
            self._answer()

        def do_GET(self) -> None:
            target.asked.append(self.path)
            self._answer()

        def _answer(self) -> None:
            if target.held:
                target.release.wait(30)
            try:
                self.send_response(target.status())
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                return  # The sender was killed while it waited: that is what the test is about.

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    target.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        target.release.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
