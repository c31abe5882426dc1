"""A fake IMAP server that says exactly the bytes of a script, for what a real server will not do."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable

GREETING = b"* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] ready\r\n"
CAPABILITIES = "IMAP4rev1 IDLE AUTH=PLAIN LITERAL+"


class Talk:
    """One connection, seen from the server. `lines` holds all that the client has said."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._file = end.makefile("rb")
        self.lines: list[bytes] = []

    def line(self) -> bytes:
        """The client's next line, without its end; b"" when the client has gone."""
        if self._file.closed:  # the script has hung up
            return b""
        said = self._file.readline().rstrip(b"\r\n")
        self.lines.append(said)
        return said

    def say(self, text: bytes) -> None:
        """Send these bytes."""
        self._end.sendall(text)

    def answer(self, line: bytes, untagged: bytes = b"", result: bytes = b"OK done") -> None:
        """Answer the command in `line`, in one segment with what comes before the tagged line."""
        self.say(untagged + line.split(b" ", 1)[0] + b" " + result + b"\r\n")

    def close(self) -> None:
        """End the connection."""
        self._file.close()
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()


Handler = Callable[[Talk, bytes], bool]


class ScriptedServer:
    """Logs everybody in and answers ordinary commands; `handler` may take any line first.

    `handler(talk, line)` returns true when it has dealt with the line itself.
    """

    def __init__(
        self, handler: Handler, *, capabilities: str = CAPABILITIES, uidnext: int = 1, exists: int = 0
    ) -> None:
        self._handler = handler
        self._capabilities = capabilities.encode()
        self.uidnext = uidnext
        self.exists = exists
        self.errors: queue.Queue[BaseException] = queue.Queue()
        self.talks: list[Talk] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def lines(self) -> list[bytes]:
        """All that any client has said."""
        return [line for talk in self.talks for line in talk.lines]

    def close(self) -> None:
        """End all; raises what went wrong in the script."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self.talks:
            with contextlib.suppress(OSError):
                talk._end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        if not self.errors.empty():
            raise self.errors.get()

    def _accept(self) -> None:
        while True:
            try:
                end, _ = self._listener.accept()
            except OSError:
                return
            talk = Talk(end)
            self.talks.append(talk)
            thread = threading.Thread(target=self._serve, args=(talk,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, talk: Talk) -> None:
        try:
            talk.say(GREETING)
            while line := talk.line():
                if not self._handler(talk, line):
                    self._ordinary(talk, line)
        except OSError:
            pass  # the client has gone
        except Exception as error:  # noqa: BLE001  kept for the test's own thread
            self.errors.put(error)
        finally:
            talk.close()

    def _ordinary(self, talk: Talk, line: bytes) -> None:
        word = line.split(b" ")[1].upper() if b" " in line else b""
        if word == b"CAPABILITY":
            talk.answer(line, b"* CAPABILITY " + self._capabilities + b"\r\n")
        elif word == b"AUTHENTICATE":
            talk.say(b"+ \r\n")
            talk.line()
            talk.answer(line)
        elif word == b"EXAMINE":
            talk.answer(
                line,
                b"* FLAGS (\\Seen)\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT %d] ok\r\n"
                % (self.exists, self.uidnext),
                b"OK [READ-ONLY] done",
            )
        elif word == b"LOGOUT":
            talk.answer(line, b"* BYE bye\r\n")
        else:
            talk.answer(line)
