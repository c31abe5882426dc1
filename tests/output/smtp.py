"""A server on loopback that takes mail and keeps it as it came over the wire."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    """`commands` are the lines outside of mails, `mails` the bytes of each mail, its dots unstuffed."""

    port: int = 0
    commands: list[bytes] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """Serve until the block is left."""
    found = SmtpServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(b"220 mail.example")
            while line := self.rfile.readline():
                found.commands.append(line.strip())
                verb = line[:4].upper()
                if verb == b"DATA":
                    self._say(b"354 go on")
                    found.mails.append(self._data())
                self._say(b"221 bye" if verb == b"QUIT" else b"250 ok")
                if verb == b"QUIT":
                    return

        def _say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

        def _data(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b".") else line)
            return b"".join(lines)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join(5)
