"""One configured mailbox to be read again and again: an IMAP account or a Maildir, behind the same few verbs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from inboxwatch.config import Mailbox
from inboxwatch.mail.parse import look
from inboxwatch.mailbox.connection import Login
from inboxwatch.mailbox.errors import ConnectionLost, FolderMissing, PartlyRead
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.imap import Account
from inboxwatch.mailbox.maildir import WatchedMaildir
from inboxwatch.mailbox.progress import Batch, Progress, Search
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.relevance import Headers, Role, searches, wanted
from inboxwatch.store.model import FolderState

#: How often the same UIDs may end the connection before they are read one by one, and then given up.
_LOSSES_BEFORE_ONE_BY_ONE = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One batch of one folder, on its way into the store.

    `searched` names what the server was asked for; `again` marks a repeated first search for new senders, whose
    progress is not the folder's.
    """

    mailbox: str
    folder: str
    batch: Batch
    searched: str = ""
    again: bool = False


Keep = Callable[[Found], None]
Lookup = Callable[[str], FolderState | None]


class Reader(Protocol):
    """One mailbox. Used by one thread; every verb may raise MailboxError or CredentialError."""

    @property
    def name(self) -> str:
        """The mailbox's name in the configuration."""

    def open(self) -> None:
        """Connect and find the folders."""

    def read(self, lookup: Lookup, keep: Keep) -> None:
        """Hand everything new to `keep`, batch by batch; each is in the store when `keep` returns."""

    def wait(self, seconds: float, wake_fd: int) -> None:
        """Wait for news, at most so long, or until `wake_fd` is readable."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""


def reader_for(mailbox: Mailbox, profiles: Profiles, known: Known, now: Callable[[], datetime]) -> Reader:
    """The reader for one mailbox of the configuration."""
    if mailbox.maildir is not None:
        return MaildirReader(mailbox, profiles, known, now)
    return ImapReader(mailbox, profiles, known, now)


@dataclass(slots=True)
class ImapReader:
    """An IMAP account: all its watched folders over one connection."""

    mailbox: Mailbox
    profiles: Profiles
    known: Known
    now: Callable[[], datetime]
    _account: Account | None = None
    _folders: tuple[Folder, ...] = ()
    _missing: FolderMissing | None = None
    _losses: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)
    _given_up: dict[str, frozenset[int]] = field(default_factory=dict)
    _one_by_one: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The mailbox's name in the configuration."""
        return self.mailbox.name

    def open(self) -> None:
        """Connect, log in, choose the folders."""
        self.close()
        settings = self.mailbox
        assert settings.host is not None and settings.username is not None and settings.password is not None
        # Asked here and not by the connection, so that what is wrong with it is told in its own words.
        secret = settings.password.reveal()
        login = Login(
            host=settings.host,
            port=settings.port,
            tls=settings.tls,
            ca_file=settings.ca_file,
            username=settings.username,
            auth=settings.auth,
            secret=lambda: secret,
        )
        self._account = Account.connect(self.name, login)
        self._missing = None
        try:
            self._folders = self._choose(settings.folders, settings.sent)
        except FolderMissing as missing:
            # The others are read all the same; that the mailbox is not read completely is told when they have been.
            self._missing = missing
            self._folders = self._those_there(settings)

    def _choose(self, folders: str | tuple[str, ...], sent: str | None) -> tuple[Folder, ...]:
        assert self._account is not None
        chosen: Literal["auto"] | tuple[str, ...] = "auto" if isinstance(folders, str) else folders
        return self._account.folders(chosen, sent)

    def _those_there(self, settings: Mailbox) -> tuple[Folder, ...]:
        """Of the folders named in the configuration those that exist."""
        wanted: list[tuple[str | tuple[str, ...], str | None]] = (
            [("auto", None)] if isinstance(settings.folders, str) else [((name,), None) for name in settings.folders]
        )
        found: dict[str, Folder] = {}
        for folders, sent in [*wanted, ((), settings.sent)]:
            with contextlib.suppress(FolderMissing):
                found |= {folder.name: folder for folder in self._choose(folders, sent)}
        return tuple(found.values())

    def read(self, lookup: Lookup, keep: Keep) -> None:
        """Read every folder in turn. Raises PartlyRead at the end if one that was named is not there."""
        read_at: list[datetime] = []

        def keep_and_note(found: Found) -> None:
            keep(found)
            if found.batch.complete:
                read_at.append(found.batch.read_at)

        for folder in self._folders:
            try:
                self._read_folder(folder, lookup(folder.name), keep_and_note)
            except ConnectionLost as lost:
                self._remember_loss(folder.name, lost.uids)
                raise
        if self._missing is not None:
            raise PartlyRead(str(self._missing), min(read_at)) if read_at else self._missing

    def _read_folder(self, folder: Folder, state: FolderState | None, keep: Keep) -> None:
        role: Role = "inbox" if folder.role == "other" else folder.role
        terms, searched = searched_for(self.profiles, self.known, role)
        other_senders = state is not None and state.searched != searched
        if state is None or (other_senders and not state.read_up_to):
            progress = None  # a first read that was interrupted is begun again, for it did not ask for all of them
        else:
            progress = Progress(self.name, folder.name, state.uidvalidity, state.uid, state.search_to)
        for batch in self._batches(folder, progress, terms):
            keep(Found(self.name, folder.name, batch, state.searched if state and progress else searched))
        if progress and other_senders:
            # A new profile, sender or client: what the first search did not ask for may lie in the folder since long.
            # After the new mails, so that what is new is not taken for history.
            for batch in self._batches(folder, None, terms):
                keep(Found(self.name, folder.name, batch, searched, again=True))
        self._losses.clear()
        self._one_by_one.discard(folder.name)

    def _batches(self, folder: Folder, progress: Progress | None, terms: list[Search]) -> Iterator[Batch]:
        assert self._account is not None
        return self._account.read(
            folder,
            progress,
            wanted=lambda headers, where: is_wanted(headers, where, self.profiles, self.known),
            searches=terms,
            since=self.now() - self.mailbox.since,
            now=self.now,
            one_by_one=folder.name in self._one_by_one,
            given_up=self._given_up.get(folder.name, frozenset()),
        )

    def _remember_loss(self, folder: str, uids: tuple[int, ...]) -> None:
        """A mail that ends the connection each time must not stop the folder: found one by one, then given up."""
        if not uids:
            return
        self._losses[folder, uids] = self._losses.get((folder, uids), 0) + 1
        if self._losses[folder, uids] < _LOSSES_BEFORE_ONE_BY_ONE:
            return
        if len(uids) > 1:
            self._one_by_one.add(folder)
        else:
            self._given_up[folder] = self._given_up.get(folder, frozenset()) | set(uids)

    def wait(self, seconds: float, wake_fd: int) -> None:
        """IDLE in the first folder where the server has it; else wait for the next poll."""
        assert self._account is not None
        if self.mailbox.idle and self._account.supports_idle and self._folders:
            self._account.idle(self._folders[0], seconds, wake_fd)
        else:
            _sleep(seconds, wake_fd)

    def close(self) -> None:
        """Log out."""
        if self._account is not None:
            self._account.close()
            self._account = None


@dataclass(slots=True)
class MaildirReader:
    """A Maildir on this machine, looked at again and again."""

    mailbox: Mailbox
    profiles: Profiles
    known: Known
    now: Callable[[], datetime]
    _maildir: WatchedMaildir | None = None

    @property
    def name(self) -> str:
        """The mailbox's name in the configuration."""
        return self.mailbox.name

    def open(self) -> None:
        """Find the folders, so that a missing Maildir is told at once."""
        assert self.mailbox.maildir is not None
        self._maildir = self._maildir or WatchedMaildir(self.name, self.mailbox.maildir)
        self._maildir.folders()

    def read(self, lookup: Lookup, keep: Keep) -> None:
        """Everything not handed out yet."""
        assert self._maildir is not None
        searched = searched_for(self.profiles, self.known, "all")[1]
        for batch in self._maildir.read(
            wanted=lambda headers, where: is_wanted(headers, where, self.profiles, self.known),
            since=self.now() - self.mailbox.since,
            now=self.now,
        ):
            keep(Found(self.name, batch.progress.folder, batch, searched))

    def wait(self, seconds: float, wake_fd: int) -> None:
        """Wait for the next look."""
        _sleep(seconds, wake_fd)

    def close(self) -> None:
        """Nothing is held."""


def searched_for(profiles: Profiles, known: Known, role: Role) -> tuple[list[Search], str]:
    """What the server is asked for in a folder of this role, and a mark that changes when that does."""
    terms = [Search(where, text) for where, text in searches(profiles, known, role)]
    return terms, hashlib.sha256(repr(sorted((t.field, t.text) for t in terms)).encode()).hexdigest()[:16]


def is_wanted(headers: bytes, folder: Folder, profiles: Profiles, known: Known) -> bool:
    """Whether the mail with these header lines is worth fetching; in Junk only a platform's own mails are."""
    seen = look(headers)
    if folder.role == "junk":
        return seen.sender is not None and profiles.of_domain(seen.sender.domain) is not None
    in_sent = folder.role == "sent"
    people = (*((seen.sender,) if seen.sender else ()), *(seen.to if in_sent else ()))
    if any(known.client_at(one.address) for one in people):
        # What answers it may come in the same batch, before this one has been read.
        known.threads.see(seen.message_id)
    return wanted(Headers(seen.sender, seen.subject, seen.to, in_sent, seen.answers), profiles, known)


def _sleep(seconds: float, wake_fd: int) -> None:
    ready, _, _ = select.select([wake_fd], [], [], max(0.0, seconds))
    if ready:
        os.read(wake_fd, 4096)
