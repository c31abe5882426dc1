"""One IMAP account: connect, choose folders, read what is new, wait for more. It only ever reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from inboxwatch.mailbox.connection import Connection, Login, open_connection
from inboxwatch.mailbox.errors import CommandRefused
from inboxwatch.mailbox.folders import Choice, Folder, Listed, choose, choose_folders, folder_missing
from inboxwatch.mailbox.idle import wait_for_news
from inboxwatch.mailbox.progress import Batch, Progress, Search
from inboxwatch.mailbox.reading import FolderReader, Opened, Secret, Wanted

__all__ = ["Account", "Login"]

#: A NOOP costs the server nothing, so an answer that is later than this will not come.
PROOF_SECONDS = 15.0
#: How far back a mail is looked for that can be fetched; the answer fits into a line.
_NEIGHBOURS = 50_000


class Account:
    """A logged-in account. To be used by one thread at a time; after ConnectionLost only `close` is of use.

    Every verb raises ConnectionLost when the connection ended or an answer was not complete in time (the whole of
    it, not only each piece), and CommandRefused when the server said no.
    """

    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection
        self._read_to: dict[str, tuple[int, int]] = {}  # folder → UIDVALIDITY and UIDNEXT as last read

    @classmethod
    def connect(
        cls, name: str, login: Login, *, connect_timeout: float = 30.0, command_timeout: float = 60.0
    ) -> Account:
        """Connect and log in; `name` is the mailbox's in the configuration. Timeouts in seconds.

        Raises Unreachable, CertificateRefused or LoginRefused.
        """
        return cls(name, open_connection(login, connect_timeout, command_timeout))

    @property
    def supports_idle(self) -> bool:
        """Whether the server can push; if not, only asking again shows new mail."""
        return b"IDLE" in self._connection.capabilities

    def folders(
        self, wanted: Literal["auto"] | Sequence[str], sent: Literal["auto"] | str | None
    ) -> tuple[Folder, ...]:
        """The folders to watch (see `choose_folders`). Raises FolderMissing for a name that is not there."""
        return choose_folders(self._list(), wanted, sent, gmail=self._is_gmail)

    def choice(self, wanted: Literal["auto"] | Sequence[str], sent: Literal["auto"] | str | None) -> Choice:
        """The same, with those that are missing named beside those that are there. Looked at anew each time."""
        return choose(self._list(), wanted, sent, gmail=self._is_gmail)

    @property
    def _is_gmail(self) -> bool:
        return b"X-GM-EXT-1" in self._connection.capabilities

    def read(
        self,
        folder: Folder,
        progress: Progress | None,
        *,
        wanted: Wanted,
        searches: Sequence[Search],
        since: datetime | None,
        now: Callable[[], datetime],
        one_by_one: bool = False,
        given_up: frozenset[int] = frozenset(),
        secret: Secret = lambda headers: None,
    ) -> Iterator[Batch]:
        """What came into `folder` after `progress`, in batches; the last one is `complete`. At least one comes.

        `wanted` is given the raw header lines that decide relevance. Without progress, or when UIDVALIDITY changed
        (then `Batch.progress` shows the new one) or UIDNEXT went back, the server searches for each of `searches`
        since `since` (aware) instead; a search repeated later for new senders also goes so, with `progress` None, and
        the progress in its batches is then to be dropped. `now` gives the present instant in UTC.

        When the connection is lost again and again with the same `ConnectionLost.uids`, read `one_by_one`, and when
        a single UID remains, name it in `given_up`: it becomes Unfetchable and the folder goes on. `secret` tells of
        which mails not even a mark of the headers may be kept.
        Raises FolderMissing too.
        """
        read_at = now()
        opened = self._examine(folder.name)
        reader = FolderReader(
            self._connection, self.name, folder, opened, read_at, wanted, one_by_one, given_up, secret
        )
        for batch in reader.batches(progress, searches, since):
            if batch.complete:
                self._read_to[folder.name] = (opened.uidvalidity, opened.uidnext)
            yield batch

    def idle(self, folder: Folder, seconds: float, wake_fd: int | None) -> bool:
        """Wait until something changes in `folder`, at most `seconds`, or until `wake_fd` is readable; did it change?

        `wake_fd` is drained and so must be this account's own. True at once when mail came since `read`.
        Coming back at all proves that the connection lives. Cycles of 60 to 120 s are right.
        """
        # Looked at anew, for what came while other commands ran is not told again in IDLE.
        opened = self._examine(folder.name)
        if self._read_to.get(folder.name, (opened.uidvalidity, opened.uidnext)) != (opened.uidvalidity, opened.uidnext):
            return True
        return wait_for_news(self._connection, seconds, wake_fd)

    def can_fetch(self, folder: Folder, *, but: Collection[int]) -> bool:
        """Whether any mail of this folder can be fetched at present, other than those UIDs.

        True shows that the line and the server serve mails; false only that this folder could not show it. The
        folder is then the one that is examined.
        """
        top = self._examine(folder.name).uidnext - 1
        low = max(1, top - _NEIGHBOURS)
        if top < 1:
            return False
        try:
            with self._connection.command("SEARCH of a mail to try") as client:
                there = client.search(["UID", f"{low}:{top}"])
            others = sorted(uid for uid in there if uid not in but)[-1:]
            if not others:
                return False
            with self._connection.command("FETCH of a mail to try") as client:
                answer = client.fetch(others, ["BODY.PEEK[]<0.1024>"])
        except CommandRefused:
            return False
        return any(key.startswith(b"BODY[]") and value for key, value in answer.get(others[0], {}).items())

    def latest_headers(self, folder: Folder, name: str, mails: int) -> list[bytes]:
        """The headers of this name in each of the latest mails of a folder, as a block a mail; at most so many."""
        opened = self._examine(folder.name)
        if not opened.exists:
            return []
        with self._connection.command("SEARCH of the latest mails") as client:
            there = client.search(["UID", f"{max(1, opened.uidnext - 4 * mails)}:{opened.uidnext - 1}"])
        if not there:
            return []
        with self._connection.command(f"FETCH of headers {name}") as client:
            answer = client.fetch(sorted(there)[-mails:], [f"BODY.PEEK[HEADER.FIELDS ({name.upper()})]"])
        blocks = ((key, value) for mail in answer.values() for key, value in mail.items())
        return [value for key, value in blocks if key.startswith(b"BODY[HEADER.FIELDS") and isinstance(value, bytes)]

    def noop(self) -> None:
        """One round trip, of at most 15 s: coming back proves that the connection lives."""
        with self._connection.command("NOOP", within=PROOF_SECONDS, vital=True) as client:
            client.noop()

    def close(self) -> None:
        """Log out. Never raises; takes at most 5 s; may be called again."""
        self._connection.close()

    def _list(self) -> list[Listed]:
        if b"SPECIAL-USE" in self._connection.capabilities:
            try:
                with self._connection.command("LIST with special uses") as client:
                    if listed := client.list_all(True):
                        return listed
            except CommandRefused:
                pass
            # Offered, but not understood: the plain LIST tells the names at least.
        with self._connection.command("LIST") as client:
            return client.list_all(False)

    def _examine(self, name: str) -> Opened:
        try:
            with self._connection.command(f"EXAMINE of {name}") as client:
                answer = client.examine(name)
        except CommandRefused:
            there = self._list()
            if name.upper() != "INBOX" and name not in {folder.name for folder in there if folder.selectable}:
                raise folder_missing(name, there) from None
            raise
        exists = _number(answer, b"EXISTS")
        if b"EXISTS" not in answer:  # taken for an empty folder, every mail in it would be passed by
            raise CommandRefused(f"{self._connection.place} does not say how many mails are in {name}.")
        uidnext = _number(answer, b"UIDNEXT") or self._uidnext(name, exists)
        return Opened(_number(answer, b"UIDVALIDITY"), uidnext, exists)

    def _uidnext(self, name: str, exists: int) -> int:
        """For servers that leave UIDNEXT out of EXAMINE's answer."""
        try:
            with self._connection.command(f"STATUS of {name}") as client:
                uidnext = _number(client.status(name, "UIDNEXT"), b"UIDNEXT")
        except CommandRefused:
            uidnext = 0
        if uidnext or not exists:
            return uidnext or 1
        with self._connection.command("FETCH of the last UID") as client:
            uids = client.uids_at([exists])
        if not uids:  # as above
            raise CommandRefused(f"{self._connection.place} does not say up to where {name} goes (UIDNEXT).")
        return max(uids) + 1


def _number(answer: dict[bytes, Any], key: bytes) -> int:
    value = answer.get(key)
    return value if isinstance(value, int) else 0
