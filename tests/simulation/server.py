"""A mailbox on a simulated server: folders with UIDs, and the few commands of IMAP that only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import policy
from email.parser import BytesParser
from functools import lru_cache
from pathlib import Path
from typing import Any

from inboxwatch.config import Mailbox
from inboxwatch.mailbox.errors import ConnectionLost, LoginRefused, Unreachable
from inboxwatch.mailbox.folders import Listed
from inboxwatch.mailbox.imap import Account
from inboxwatch.service.examining import Examiner
from inboxwatch.service.readers import ImapReader

#: The folders that are watched in each mailbox, in the order in which they are read: in one those that inboxwatch
#: chooses by itself, in the other an archive that the configuration names, too.
WATCHED = {"main": ("INBOX", "Junk", "Sent"), "side": ("INBOX", "Junk", "Archive", "Sent")}
ARCHIVE = "Archive"
_USES = {"INBOX": "\\hasnochildren", "Junk": "\\junk", "Sent": "\\sent", ARCHIVE: "\\archive"}


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail in a folder; `name` is what the story calls it."""

    name: str
    raw: bytes
    arrived: datetime


@dataclass(slots=True)
class ServerFolder:
    """A folder of the server: UIDs are given once and never again while UIDVALIDITY stands."""

    uidvalidity: int
    uidnext: int = 1
    mails: dict[int, Kept] = field(default_factory=dict)

    def add(self, mail: Kept) -> None:
        self.mails[self.uidnext] = mail
        self.uidnext += 1

    def begin_anew(self) -> None:
        """Another UIDVALIDITY, as after a restore: every mail gets a new UID."""
        # In another order, as a restore may have it: what is new is not what has the highest UID.
        kept = sorted(self.mails.values(), key=lambda mail: mail.name[::-1])
        self.uidvalidity, self.uidnext, self.mails = self.uidvalidity + 1, 1, {}
        for mail in kept:
            self.add(mail)


class Server:
    """One account. `trouble` says why nobody is let in ("unreachable", "refused"); None while all is well.

    `ends_after` is after how many further commands the connection is cut, once.
    """

    def __init__(self, name: str = "main") -> None:
        self.watched = WATCHED[name]
        self.folders = {name: ServerFolder(1000 + number) for number, name in enumerate(_USES)}
        self.trouble: str | None = None
        self.ends_after: int | None = None
        self.generation = 0

    def add(self, folder: str, mail: Kept) -> None:
        self.folders[folder].add(mail)

    def remove(self, name: str) -> list[tuple[str, int, Kept]]:
        """Take every copy of a mail out; return from where, with its UID there."""
        gone = []
        for where, folder in self.folders.items():
            for uid in [uid for uid, mail in folder.mails.items() if mail.name == name]:
                gone.append((where, uid, folder.mails.pop(uid)))
        return gone

    def visible(self) -> list[tuple[str, Kept]]:
        """What can be read in the watched folders, in the order of reading."""
        return [(name, mail) for name in self.watched for _, mail in sorted(self.folders[name].mails.items())]

    def cut(self) -> None:
        """End every connection, as a suspended machine or a restarted server does."""
        self.generation += 1


class SimulatedConnection:
    """What stands in the place of `mailbox.connection.Connection`: the same verb, no socket."""

    capabilities = frozenset({b"IMAP4REV1", b"IDLE", b"SPECIAL-USE"})

    def __init__(self, server: Server) -> None:
        self._server = server
        self._generation = server.generation
        self._client = _Client(server)

    @contextmanager
    def command(self, what: str, **_: object) -> Iterator[_Client]:
        server = self._server
        if server.ends_after is not None:
            server.ends_after -= 1
            if server.ends_after < 0:
                server.ends_after = None
                server.cut()
        if server.trouble or self._generation != server.generation:
            raise ConnectionLost(f"the simulated connection ended during: {what}")
        yield self._client

    def close(self) -> None:
        """Nothing is held."""


class _Client:
    """The commands that only read. There is no other, so a STORE, COPY or EXPUNGE would fail loudly."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._folder: ServerFolder | None = None

    def list_all(self, with_uses: bool) -> list[Listed]:
        return [Listed(name, "/", frozenset({use} if with_uses else ())) for name, use in _USES.items()]

    def examine(self, name: str) -> dict[bytes, Any]:
        self._folder = folder = self._server.folders[name]
        return {b"UIDVALIDITY": folder.uidvalidity, b"UIDNEXT": folder.uidnext, b"EXISTS": len(folder.mails)}

    def noop(self) -> None:
        pass

    def search(self, criteria: Sequence[str | date], charset: str | None = None) -> list[int]:
        assert self._folder is not None
        words = list(criteria)
        low, high = (int(edge) for edge in str(words[1]).split(":"))
        found = [uid for uid in self._folder.mails if low <= uid <= high]
        rest = words[2:]
        while rest:
            key, value, rest = rest[0], rest[1], rest[2:]
            found = [uid for uid in found if _matches(self._folder.mails[uid], str(key), value)]
        return sorted(found)

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        assert self._folder is not None
        assert all(item in ("RFC822.SIZE", "INTERNALDATE") or item.startswith("BODY.PEEK[") for item in items), items
        there = {uid: self._folder.mails[uid] for uid in uids if uid in self._folder.mails}
        return {uid: _answer(mail, items) for uid, mail in there.items()}


def _answer(mail: Kept, items: Sequence[str]) -> dict[bytes, Any]:
    head = mail.raw.partition(b"\n\n")[0] + b"\n\n"
    answer: dict[bytes, Any] = {b"RFC822.SIZE": len(mail.raw), b"INTERNALDATE": mail.arrived}
    if any("HEADER" in item for item in items):
        answer[b"BODY[HEADER.FIELDS (FROM)]"] = head
    if any(item.startswith("BODY.PEEK[]") for item in items):
        answer[b"BODY[]"] = mail.raw
    return answer


@lru_cache(maxsize=2000)
def _headers(raw: bytes) -> dict[str, str]:
    parsed = BytesParser(policy=policy.default).parsebytes(raw, headersonly=True)
    return {name: str(parsed[name] or "").casefold() for name in ("FROM", "SUBJECT", "TO")}


def _matches(mail: Kept, key: str, value: object) -> bool:
    if key == "SINCE":
        assert isinstance(value, date)
        return mail.arrived.astimezone(UTC).date() >= value
    return str(value).casefold() in _headers(mail.raw)[key]


class SimulatedReader(ImapReader):
    """The real reader of an account, on a simulated connection."""

    __slots__ = ("server",)
    server: Server

    def open(self) -> None:
        """As the real one, without password and socket."""
        self.close()
        if self.server.trouble == "refused":
            raise LoginRefused("imap.example.com:993 refused the login. It said: no. Check the password.")
        if self.server.trouble:
            raise Unreachable("imap.example.com:993 cannot be reached (simulated). Check the network.")
        self._account = Account(self.name, SimulatedConnection(self.server))  # type: ignore[arg-type]
        self._folders = self._choose(self.mailbox.folders, self.mailbox.sent)


def simulated_reader(server: Server, mailbox: Mailbox, *rest: Any) -> SimulatedReader:
    """A reader of this server for a mailbox of the configuration."""
    profiles, known, _ = rest
    reader = SimulatedReader(mailbox, *rest, Examiner(profiles, known), Path())
    reader.server = server
    return reader
