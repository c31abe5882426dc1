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
    """All watched folders were read; these mails lay in them, in this order, each with its arrival and its folder."""

    now: datetime
    there: tuple[tuple[str, datetime, str], ...]
    steady: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The mailbox could not be read."""

    now: datetime
    error: str
    steady: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """She recorded a fact by a command."""

    now: datetime
    step: Stated
    since: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """She asked for no nudges of a project until then."""

    now: datetime
    project: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """She has seen what was told of a project's open window."""

    now: datetime
    project: str


@dataclass(frozen=True, slots=True)
class Vanished:
    """A mail that had come to a watched folder at `arrived` was gone when the folder was read, at `now`.

    `sure`: the folder's UIDs show it.
    """

    now: datetime
    arrived: datetime
    sure: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """It was decided what is due."""

    now: datetime


Entry = Started | Slept | Read | Failed | Recorded | Snooze | Acknowledged | Vanished | Looked
