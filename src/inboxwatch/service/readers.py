"""One configured mailbox to be read again and again: an IMAP account or a Maildir, behind the same few verbs."""

from __future__ import annotations

import hashlib
import os
import select
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from inboxwatch.config import Mailbox
from inboxwatch.logins import connect
from inboxwatch.mail.model import Proof
from inboxwatch.mail.signatures import AskKey
from inboxwatch.mailbox.errors import CommandRefused, ConnectionLost, FolderMissing, NotNow, PartlyRead
from inboxwatch.mailbox.folders import Folder, Unread
from inboxwatch.mailbox.imap import Account
from inboxwatch.mailbox.maildir import WatchedMaildir
from inboxwatch.mailbox.progress import Batch, Progress, Search
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.relevance import Role
from inboxwatch.service.blame import BeginAgain, Blame
from inboxwatch.service.examining import Examiner
from inboxwatch.service.judging import is_wanted, searched_for, secret_in
from inboxwatch.store.model import FolderState

#: A dead connection is found within the poll and 30 s (CONTRACT, Rulings), whichever command is the one to find it.
COMMAND_MARGIN = 25.0
LONGEST_COMMAND = 60.0

#: How often the server is asked for its folders while all that were named are there.
LOOK_FOR_FOLDERS_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Found:
    """One batch of one folder, on its way into the store. `role` is what the folder is for.

    `searched` names what the server was asked for; `again` marks a repeated first search for new senders, whose
    progress is not the folder's.
    """

    mailbox: str
    folder: str
    batch: Batch
    searched: str = ""
    again: bool = False
    role: str = "other"


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

    def proof(self, raw: bytes) -> Proof | None:
        """What the signatures of a mail prove, asked anew."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""


def reader_for(
    mailbox: Mailbox,
    profiles: Profiles,
    known: Known,
    now: Callable[[], datetime],
    ask: AskKey | None = None,
    *,
    state: Path,
) -> Reader:
    """The reader for one mailbox of the configuration.

    `ask` gets the key of a signature, None: none is looked at. In the folder `state` permissions (OAuth2) are kept.
    """
    examiner = Examiner(profiles, known, ask, mailbox.forwarders)
    if mailbox.maildir is not None:
        return MaildirReader(mailbox, profiles, known, now, examiner)
    return ImapReader(mailbox, profiles, known, now, examiner, state)


@dataclass(slots=True)
class ImapReader:
    """An IMAP account: all its watched folders over one connection."""

    mailbox: Mailbox
    profiles: Profiles
    known: Known
    now: Callable[[], datetime]
    examiner: Examiner
    state: Path
    _account: Account | None = None
    _folders: tuple[Folder, ...] = ()
    _missing: tuple[Unread, ...] = ()
    _looked_at: datetime | None = None
    _blame: Blame = field(init=False)
    _asked_for: dict[Role, tuple[list[Search], str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is suspected yet."""
        self._blame = Blame(self._serves)

    @property
    def name(self) -> str:
        """The mailbox's name in the configuration."""
        return self.mailbox.name

    def open(self) -> None:
        """Connect, log in, choose the folders."""
        self.close()
        self._blame.connected()
        self._account = connect(
            self.mailbox,
            self.state,
            command_timeout=min(LONGEST_COMMAND, self.mailbox.poll.total_seconds() + COMMAND_MARGIN),
        )
        self._look_for_folders()

    def _look_for_folders(self) -> None:
        """A folder may come, go or be renamed while the connection lasts: Sent with the first mail that she sends."""
        self._folders = self._choose(self.mailbox.folders, self.mailbox.sent)
        self._looked_at = self.now()

    def _choose(self, folders: str | tuple[str, ...], sent: str | None) -> tuple[Folder, ...]:
        """The folders that are there; what is missing is told when these have been read."""
        assert self._account is not None
        chosen: Literal["auto"] | tuple[str, ...] = "auto" if isinstance(folders, str) else folders
        choice = self._account.choice(chosen, sent)
        self._missing = choice.missing
        return choice.folders

    def _must_look(self) -> bool:
        ago = None if self._looked_at is None else abs(self.now() - self._looked_at)
        return bool(self._missing) or ago is None or ago > LOOK_FOR_FOLDERS_EVERY

    def read(self, lookup: Lookup, keep: Keep) -> None:
        """Read every folder in turn; one that cannot be read keeps no other waiting.

        Raises at the end: PartlyRead if a folder that was named is not there, or Sent could not be read;
        CommandRefused or NotNow if the server would not open another one, which may pass.
        """
        read_at: list[datetime] = []

        def keep_and_note(found: Found) -> None:
            keep(found)
            if found.batch.complete:
                read_at.append(found.batch.read_at)

        if self._must_look():
            self._look_for_folders()
        refused: list[Unread] = []
        gone = False
        for folder in self._folders:
            try:
                self._read_proving(folder, lookup, keep_and_note)
            except NotNow as refusal:
                self._blame.lost(folder.name, refusal.uids)
                refused.append(Unread(refusal, folder.role != "sent"))
            except ConnectionLost as lost:
                self._blame.lost(folder.name, lost.uids)
                raise
            except FolderMissing:
                gone = True
            except CommandRefused as error:
                refused.append(Unread(error, folder.role != "sent"))
        if gone:  # only one that was named is missed
            self._look_for_folders()
        self._tell_unread(refused, min(read_at, default=None))

    def _tell_unread(self, refused: list[Unread], read_at: datetime | None) -> None:
        unread = [*self._missing, *refused]
        if not unread:
            return
        may_pass = [one.error for one in refused if one.contact]
        if may_pass or read_at is None:
            raise may_pass[0] if may_pass else unread[0].error
        sentence = " ".join(dict.fromkeys(str(one.error) for one in unread))
        raise PartlyRead(sentence, read_at, contact=any(one.contact for one in unread))

    def _read_proving(self, folder: Folder, lookup: Lookup, keep: Keep) -> None:
        self._blame.before(folder.name)
        try:
            self._read_folder(folder, lookup(folder.name), keep)
        except BeginAgain:
            self._read_folder(folder, lookup(folder.name), keep)

    def _read_folder(self, folder: Folder, state: FolderState | None, keep: Keep) -> None:
        role: Role = "inbox" if folder.role == "other" else folder.role
        if role not in self._asked_for:  # profiles and clients stay as they are for as long as there is this reader
            self._asked_for[role] = searched_for(self.profiles, self.known, role)
        terms, asked = self._asked_for[role]
        searched = f"{asked}@{self._account_mark}"
        other_senders = state is not None and state.searched != searched
        if state is None or ("@" in state.searched and not state.searched.endswith(f"@{self._account_mark}")):
            progress = None  # another account under the old name has other mails, even under the same UIDs
        elif other_senders and not state.read_up_to:
            progress = None  # a first read that was interrupted is begun again, for it did not ask for all of them
        else:
            progress = Progress(self.name, folder.name, state.uidvalidity, state.uid, state.search_to, state.read_up_to)
        for batch in self._batches(folder, progress, terms):
            asked_for = state.searched if state and progress else searched
            self._blame.believe(folder.name, batch)
            keep(Found(self.name, folder.name, self._examined(batch), asked_for, role=folder.role))
        if progress and other_senders:
            # A new profile, sender or client: what the first search did not ask for may lie in the folder since long.
            # After the new mails, so that what is new is not taken for history.
            for batch in self._batches(folder, None, terms):
                self._blame.believe(folder.name, batch)
                keep(Found(self.name, folder.name, self._examined(batch), searched, again=True))
        self._blame.read_well(folder.name)

    def _examined(self, batch: Batch) -> Batch:
        return _examined(batch, self.examiner, self.name)

    def proof(self, raw: bytes) -> Proof | None:
        """What the signatures of a mail prove, asked anew."""
        return self.examiner.proof(raw)

    @property
    def _account_mark(self) -> str:
        """Which account this is; the name in the configuration may come to stand for another."""
        return hashlib.sha256(f"{self.mailbox.host}\n{self.mailbox.username}".encode()).hexdigest()[:8]

    def _batches(self, folder: Folder, progress: Progress | None, terms: list[Search]) -> Iterator[Batch]:
        assert self._account is not None
        return self._account.read(
            folder,
            progress,
            wanted=lambda headers, where: is_wanted(headers, where, self.profiles, self.known),
            searches=terms,
            since=self.now() - self.mailbox.since,
            now=self.now,
            one_by_one=folder.name in self._blame.one_by_one,
            given_up=self._blame.given_up(folder.name),
            secret=lambda headers: secret_in(headers, self.profiles),
        )

    def _serves(self, name: str, suspects: Mapping[str, Collection[int]]) -> bool:
        """Whether any mail that is above suspicion can be fetched, of this folder or else of another one."""
        account = self._account
        assert account is not None
        first_this = sorted(self._folders, key=lambda folder: folder.name != name)
        return any(account.can_fetch(folder, but=suspects.get(folder.name, ())) for folder in first_this)

    def wait(self, seconds: float, wake_fd: int) -> None:
        """IDLE in the first folder where the server has it; else wait for the next poll."""
        assert self._account is not None
        if self.mailbox.idle and self._account.supports_idle and self._folders:
            self._account.idle(self._folders[0], seconds, wake_fd)
        else:
            _sleep(seconds, wake_fd)
            self._account.noop()  # the end of an IDLE proves that the connection lives; a sleep proves nothing

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
    examiner: Examiner
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
            found = _examined(batch, self.examiner, self.name)
            keep(Found(self.name, batch.progress.folder, found, searched))

    def proof(self, raw: bytes) -> Proof | None:
        """What the signatures of a mail prove, asked anew."""
        return self.examiner.proof(raw)

    def wait(self, seconds: float, wake_fd: int) -> None:
        """Wait for the next look."""
        _sleep(seconds, wake_fd)

    def close(self) -> None:
        """Nothing is held."""


def _examined(batch: Batch, examiner: Examiner, mailbox: str) -> Batch:
    """The same batch, each mail with where it was found and what its signatures prove."""
    fetched = tuple(replace(one, mail=examiner.examined(one.mail, mailbox)) for one in batch.fetched)
    return replace(batch, fetched=fetched)


def _sleep(seconds: float, wake_fd: int) -> None:
    ready, _, _ = select.select([wake_fd], [], [], max(0.0, seconds))
    if ready:
        os.read(wake_fd, 4096)
