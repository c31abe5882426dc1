"""Mails of unknown people that answer others, held until it is known whether a client's mail was among those.

Files are read in any order: what a colleague of a client answers may come before the mail that it answers.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from inboxwatch.mail.model import RawMail
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.recognition import Recognition

#: Of all mails in a large archive most answer another one, and few of them concern a client.
HELD_AT_MOST = 64 * 1024 * 1024

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Held:
    """Such mails, compressed, up to a limit; `known` learns meanwhile which mails went between her and a client."""

    known: Known
    room: int = HELD_AT_MOST
    _mails: list[tuple[RawMail, tuple[str, ...]]] = field(default_factory=list)
    _said: bool = False
    _ended: bool = False

    def hold(self, raw: RawMail, found: Recognition | None) -> None:
        """Hold a mail that nobody claims, if it answers another one."""
        if self._ended or found is None or not found.answers or not self.known.clients:
            return
        deflated = zlib.compress(raw.raw, 6)
        if len(deflated) > self.room:
            if not self._said:
                log.warning("too many mails of unknown people: not all are asked again whether they answer a client's")
            self._said = True
            return
        self.room -= len(deflated)
        self._mails.append((replace(raw, raw=deflated), found.answers))

    def claimed(self) -> Iterator[RawMail]:
        """Each mail that answers one with a client, as is known by now; also those that answer one given out before.

        To be asked once, when all mails have been read.
        """
        self._ended = True
        while True:
            waiting, self._mails = self._mails, []
            for one in waiting:
                if self.known.client_answered(one[1]):
                    yield replace(one[0], raw=zlib.decompress(one[0].raw))
                else:
                    self._mails.append(one)
            if len(self._mails) == len(waiting):
                return
