"""Waiting for the server to say that something changed (IDLE, RFC 2177)."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterable
from typing import Any

from inboxwatch.mailbox.client import Client
from inboxwatch.mailbox.connection import Connection

DONE_SECONDS = 15.0

# What tells of mail that came or went. Flag changes (FETCH) and "OK Still here" do not.
_NEWS = frozenset({b"EXISTS", b"RECENT", b"EXPUNGE", b"VANISHED"})

# A readable socket that yields nothing is a TLS record without content, or the end of the connection, which
# `idle_check` does not tell. After this many only the answer to DONE can say which.
_EMPTY_READS = 3


def wait_for_news(connection: Connection, seconds: float, wake_fd: int | None) -> bool:
    """IDLE on the selected folder for at most `seconds`; whether mail came or went there.

    Ends early on news or when `wake_fd` becomes readable (which is then drained: every connection needs a wake pipe
    of its own). Every end is a DONE that the server must answer within 15 s, so returning proves that the
    connection lives. Raises ConnectionLost.
    """
    with connection.command("begin of IDLE", vital=True) as client:
        client.idle()
        lines = client.early_lines()
    if not _news(lines) and not _goodbye(lines):
        lines = _listen(connection, client, seconds, wake_fd)
    if _goodbye(lines):
        # DONE would still be sent into the closing connection and could seem to be answered.
        with connection.command("IDLE", vital=True):
            raise ConnectionResetError("the server said BYE")
    with connection.command("end of IDLE", within=DONE_SECONDS, vital=True) as client:
        last = client.idle_done()[1]  # brings what came since the last look
    return _news(lines) or _news(last)


def _listen(connection: Connection, client: Client, seconds: float, wake_fd: int | None) -> list[tuple[Any, ...]]:
    """The lines of the first arrival that is of interest, or whatever there is when time is up."""
    poll = select.poll()
    poll.register(client.socket().fileno(), select.POLLIN)
    if wake_fd is not None:
        poll.register(wake_fd, select.POLLIN)
    end = time.monotonic() + seconds
    empty = 0
    while empty < _EMPTY_READS and (left := end - time.monotonic()) > 0:
        ready = [descriptor for descriptor, _ in poll.poll(left * 1000)]
        if wake_fd is not None and wake_fd in ready:
            os.read(wake_fd, 4096)
            return []
        if ready:
            with connection.command("IDLE", vital=True):
                lines: list[tuple[Any, ...]] = client.idle_check(timeout=0)
            empty += not lines
            if _news(lines) or _goodbye(lines):
                return lines
    return []


def _news(lines: Iterable[tuple[Any, ...]]) -> bool:
    return any(word in _NEWS for line in lines for word in line[:2] if isinstance(word, bytes))


def _goodbye(lines: Iterable[tuple[Any, ...]]) -> bool:
    return any(line[:1] == (b"BYE",) for line in lines)
