"""What a run leaves: the alerts as the targets got them, and everything that is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.targets import DeliveryFailed
from inboxwatch.store.model import AlertRow
from tests.simulation.log import Entry


@dataclass(frozen=True, slots=True)
class Received:
    """One alert as a target got it."""

    target: str
    key: str
    at: datetime
    maybe_repeat: bool
    urgent: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, the how-manieth of this alert at this target (from 0), whatever came of it."""

    target: str
    key: str
    at: datetime
    number: int


@dataclass(slots=True)
class RecordingTarget:
    """A target that keeps what it gets; `trouble` says how it does not work just now."""

    name: str
    clock: Callable[[], datetime]
    received: list[Received]
    attempts: list[Attempt]
    trouble: str | None = None
    kinds: frozenset[str] | None = None

    def deliver(self, alert: Alert, seconds: float = 30.0) -> None:
        """Take the alert, or fail in the way of the hour."""
        number = sum(one.key == alert.key and one.target == self.name for one in self.attempts)
        self.attempts.append(Attempt(self.name, alert.key, self.clock(), number))
        if self.trouble == "fails":
            raise DeliveryFailed("no (simulated)")
        if self.trouble == "hangs":
            raise DeliveryFailed(f"stopped after {seconds:g} seconds (simulated)", maybe=True)
        got = Received(self.name, alert.key, self.clock(), alert.maybe_repeat, alert.urgent)
        self.received.append(got)
        if self.trouble == "takes":
            raise DeliveryFailed("the answer was lost (simulated)", maybe=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has left: for the model what was readable and done when, and what was told.

    `secrets` says where something of a secret mail was found that may not be kept.
    """

    log: list[Entry]
    alerts: list[AlertRow]
    received: list[Received]
    timelines: dict[str, tuple[Any, ...]]
    kills: int
    steps: int
    full: int
    attempts: list[Attempt]
    secrets: tuple[str, ...] = ()
    holes: int = 0
    closed_holes: int = 0
