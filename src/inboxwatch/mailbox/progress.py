"""How far a mailbox has been read, and what one step of reading brought: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inboxwatch.mail.model import RawMail


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to which UID one folder has been dealt with; to be stored in the transaction that stores the mails.

    `mailbox` is the name of the account in the configuration. `uid` is the highest UID dealt with. While `uid` is
    below `search_to`, the first read is still under way: UIDs up to `search_to` are found by the server's search
    and not by looking at every mail. A store that does not keep `search_to` loses only speed, and counts old
    deletions as holes when a first read was interrupted.

    `read_up_to` (UTC) is when the folder was last completely read: what came since is looked at mail by mail even where
    the UIDs have changed and the server must search.
    """

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    search_to: int = 0
    read_up_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail that was wanted and is here."""

    uid: int
    mail: RawMail


@dataclass(frozen=True, slots=True)
class Unfetchable:
    """One mail that is there but could not be had; `reason` is a sentence for the quarantine.

    `name` tells it from others where there are no lasting UIDs: in a Maildir its folder and unique file name.
    """

    uid: int
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """Mails that were there once and were gone before they could be read.

    They arrived between `since` and `until` (UTC). `since` None means: since the last complete read of the folder.
    """

    mails: int
    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """One new mail that the folder showed, wanted or not. `mark` is made of its headers and tells it from others."""

    mark: str
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """What the server is asked to look for when a folder is read for the first time."""

    field: Literal["FROM", "TO", "SUBJECT"]
    text: str

    def __post_init__(self) -> None:
        """Raise ValueError for a text that cannot be part of an IMAP command."""
        if not self.text or not self.text.isprintable():
            raise ValueError(f"{self.text!r} cannot be searched for: it is empty or holds control characters")


@dataclass(frozen=True, slots=True)
class Batch:
    """One step of reading one folder, small enough for one transaction. Batches come in ascending order of UIDs.

    `passed_over` counts mails whose headers nobody wanted. `read_at` (UTC) is the instant just before the server was
    asked: with `complete` (the last batch of this read) all that had arrived by then has been seen. `holes` are the
    mails that vanished before they were read; `refused_searches` what the server would not search for (in every batch
    of a first read: mails that only such a search would have found are missing from it). `seen` are all the new mails
    whose headers were looked at, but for those of a first read.
    """

    fetched: tuple[Fetched, ...]
    unfetchable: tuple[Unfetchable, ...]
    passed_over: int
    progress: Progress
    read_at: datetime
    complete: bool
    holes: tuple[Hole, ...] = ()
    refused_searches: tuple[Search, ...] = ()
    seen: tuple[Seen, ...] = ()

    @property
    def brought(self) -> bool:
        """Whether it got any further: a mail or the want of one. An empty answer is no progress."""
        return bool(self.fetched or self.unfetchable or self.passed_over or self.holes)

    @property
    def vanished(self) -> int:
        """How many mails were gone before they were read."""
        return sum(hole.mails for hole in self.holes)
