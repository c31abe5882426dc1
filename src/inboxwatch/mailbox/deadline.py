"""A bound on the time that one whole exchange with a server may take."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class Deadline:
    """While entered: after `seconds` the connection behind `rope` is shut down, and `expired` becomes true.

    A socket's own timeout bounds one recv, so an answer that trickles outlives it. Shutting the connection down
    wakes whoever waits on it, in whatever state it is (plain, in a TLS handshake, reading a literal). `rope` is a
    second handle on the same connection (`socket.dup`): pulling it does not race with the object that is being read.
    Entering raises OSError when the machine has no thread to spare: without a bound nothing is asked.
    """

    def __init__(self, rope: socket.socket, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self._rope = rope
        self._timer = threading.Timer(seconds, self._pull)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        try:
            self._timer.start()
        except RuntimeError as error:
            raise OSError(f"no bound on the time could be set: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _pull(self) -> None:
        self.expired = True
        with contextlib.suppress(OSError):  # it may be closed already, which is what we want
            self._rope.shutdown(socket.SHUT_RDWR)
