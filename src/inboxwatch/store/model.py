"""The plain types in which the store speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.model import Alert, DeliveryState
from inboxwatch.timeline.reading import Fact


class StoreError(Exception):
    """The database cannot be used as it is; the text names it, the cause and the remedy.

    `may_pass`: it may be over by itself, as a full disk or another process's write is. `of_data`: it would not take
    what it was given, such as a text that is too long; the database itself is well.
    """

    def __init__(self, sentence: str, *, may_pass: bool = False, of_data: bool = False) -> None:
        super().__init__(sentence)
        self.may_pass = may_pass
        self.of_data = of_data


@dataclass(frozen=True, slots=True)
class FolderState:
    """How far one folder has been read. `read_up_to` is None until the first complete read, `read_before` (where the
    read before the last had come to) until the second.
    """

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    read_up_to: datetime | None
    passed_over: int = 0
    searched: str = ""
    search_to: int = 0
    read_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """Mails that were assigned a UID and vanished before they were read, and when they must have come."""

    mailbox: str
    folder: str
    from_at: datetime
    to_at: datetime
    mails: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """One new mail as one folder showed it. `mark` tells it from others; `role` is what the folder is for."""

    mailbox: str
    folder: str
    mark: str
    arrived_at: datetime
    role: str


@dataclass(frozen=True, slots=True)
class WatchState:
    """Whether one mailbox can be read. `alive_at` is the last completed round trip."""

    mailbox: str
    alive_at: datetime | None
    blind_since: datetime | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project's derived row: its names and when it must be looked at next."""

    name: str
    platform: str
    aliases: tuple[str, ...]
    digest: str
    next_due: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A recorded fact that the user has withdrawn, and when."""

    fact: Fact
    at: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """The user wants no nudges or repeats for a project (by the name it had then) from `made_at` until `until`."""

    project: str
    made_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that was decided before: when, whether it was sent, and whether the user acknowledged it."""

    at: datetime
    muted: bool
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as `alerts` shows it; `at` is when it was settled or last attempted."""

    target: str
    state: DeliveryState
    attempts: int
    at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert with its deliveries."""

    alert: Alert
    acknowledged_at: datetime | None
    deliveries: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one target has not got: how many deliveries wait, and how many were given up and are not acknowledged.

    `oldest` is when the oldest waiting alert was decided, `attempts` the most that one of them has taken, `error` why
    the latest failed.
    """

    waiting: int
    dead: int
    oldest: datetime | None
    attempts: int
    error: str | None
