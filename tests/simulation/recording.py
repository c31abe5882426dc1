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


@dataclass(slots=True)
class RecordingTarget:
    """A target that keeps what it gets; `trouble` says how it does not work just now."""

    name: str
    clock: Callable[[], datetime]
    received: list[Received]
    trouble: str | None = None
    kinds: frozenset[str] | None = None

    def deliver(self, alert: Alert, seconds: float = 30.0) -> None:
        """Take the alert, or fail in the way of the hour."""
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
    """What a run has left: for the model what was readable and done when, and what was told."""

    log: list[Entry]
    alerts: list[AlertRow]
    received: list[Received]
    timelines: dict[str, tuple[Any, ...]]
    kills: int
    steps: int
    full: int
