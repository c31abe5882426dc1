"""What an evidence pack holds, gathered from the store: the plain type between gathering and writing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inboxwatch.mail.model import Trust
from inboxwatch.platforms.prepared import Rule
from inboxwatch.store.model import Withdrawn
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project

#: Why a mail is not among the files: its bytes are not kept; it names another client and may be of his project.
Absent = Literal["not_kept", "withheld"]


@dataclass(frozen=True, slots=True)
class MailProof:
    """One mail that something rests on. All text is on one line and free of what could lead a reader astray.

    `key` is the beginning of its identity. `file` is its name in the pack, None where it is `absent`; then `sha256` and
    `size` (bytes) are None too. `partial`: only the beginning of a very large mail is kept. `sent_from` says whether
    `sent_at` is what the Date header claims or the arrival; `arrived_from` whether `arrived_at` is the topmost Received
    header's or the mailbox's own account, None if that is not known. `results` is the Authentication-Results header of
    her own provider. `own`: found among the mails she sent. Of a withheld mail subject, sender and headers are empty.
    """

    key: str
    message_id: str | None
    sent_at: datetime
    arrived_at: datetime
    trust: Trust | None
    absent: Absent | None
    subject: str = ""
    sender: str = ""
    date_header: str = ""
    sent_from: Literal["date", "arrival"] | None = None
    arrived_from: Literal["received", "mailbox"] | None = None
    results: str | None = None
    own: bool = False
    file: str | None = None
    identity: str | None = None
    sha256: str | None = None
    size: int | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the timeline with what it rests on, counted from 1.

    `mail` is the mail that shows it, or her own mail that states it; None for a fact recorded by a command.
    `shared_with` counts the other projects to which it may belong instead; they are not named. `assigned` and
    `set_aside`: she has said herself that the mail belongs here, that it does not mean what it was taken for.
    """

    number: int
    event: Event
    mail: MailProof | None
    shared_with: int = 0
    assigned: bool = False
    set_aside: bool = False

    @property
    def stated(self) -> bool:
        """True for her own statement; False for what a mail shows."""
        return self.event.recorded


@dataclass(frozen=True, slots=True)
class Retraction:
    """A statement that she has withdrawn. `uncertain`: the name under which she made it is not this project's alone."""

    withdrawn: Withdrawn
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """Mails that vanished before they were read, and when they must have come."""

    from_at: datetime
    to_at: datetime
    mails: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What was read. `folders` is 0 where mails were only imported from files.

    `read_up_to` is None until every folder has been read completely; `blind_since` is set while one cannot be read.
    """

    folders: int
    first_read_at: datetime | None
    read_up_to: datetime | None
    blind_since: datetime | None
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that the pack of one project says, as of `made_at` (aware). `entries` are oldest first."""

    made_at: datetime
    version: str
    project: Project
    platform_name: str
    url: str | None
    deadlines: tuple[Deadline, ...]
    entries: tuple[Entry, ...]
    retractions: tuple[Retraction, ...]
    watch: Watch
    rules: tuple[Rule, ...]

    @property
    def mails(self) -> tuple[MailProof, ...]:
        """Every mail once, in the order in which the timeline comes to it."""
        return tuple({entry.mail.key: entry.mail for entry in self.entries if entry.mail}.values())

    @property
    def silent_until(self) -> datetime | None:
        """Up to when it is known that no mail showed contact; None where that cannot be said."""
        return min(self.watch.read_up_to, self.made_at) if self.watch.read_up_to else None
