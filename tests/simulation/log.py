"""What a run hands to the model: what was readable when, what she did, and when it was looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.simulation.steps import Stated


@dataclass(frozen=True, slots=True)
class Started:
    """The process began, with this variant of the configuration."""

    now: datetime
    variant: int
    steady: float


@dataclass(frozen=True, slots=True)
class Slept:
    """The machine awoke."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """All watched folders of a mailbox were read; these mails lay there, in order, each with arrival and folder."""

    now: datetime
    there: tuple[tuple[str, datetime, str], ...]
    steady: float
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Failed:
    """A mailbox could not be read."""

    now: datetime
    error: str
    steady: float
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Recorded:
    """She recorded a fact by a command."""

    now: datetime
    step: Stated
    since: datetime
    variant: int = 0


@dataclass(frozen=True, slots=True)
class Snooze:
    """She asked for no nudges of a project until then."""

    now: datetime
    project: str
    until: datetime
    variant: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """She has seen what was told of a project's open window."""

    now: datetime
    project: str


@dataclass(frozen=True, slots=True)
class Vanished:
    """A mail that had come to a watched folder at `arrived` was gone when the folder was read, at `now`.

    `sure`: the folder's UIDs show it. `name` is what the story calls the mail.
    """

    now: datetime
    arrived: datetime
    sure: bool
    name: str
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Looked:
    """It was decided what is due."""

    now: datetime


Entry = Started | Slept | Read | Failed | Recorded | Snooze | Acknowledged | Vanished | Looked
