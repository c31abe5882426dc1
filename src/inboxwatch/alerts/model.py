"""What one alert is, and its delivery to one target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inboxwatch.mail.model import Trust

ALERT_KINDS = (
    "silence",
    "reminder_available",
    "reminder_blocked",
    "reminder_deadline",
    "result_overdue",
    "reminder_received",
    "client_replied",
    "payment_confirmed",
    "payout_fixed",
    "cancelled",
    "deadline_against",
    "expiry",
    "unrecognised_mail",
    "suspicious_mail",
    "watch_blind",
    "watch_restored",
    "undelivered",
    "no_platform_mail",
    "summary",
)

Proof = Literal["complete", "holed", "blind"]
DeliveryState = Literal["waiting", "sent", "maybe_sent", "dead"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing the user must be told. Instants are aware and in UTC.

    `key` never repeats. `at` is when it was decided. `evidence` holds Message-IDs with their angle brackets.
    `due_at` is the deadline the alert speaks of, if any. `maybe_repeat` is true when the target may already have it.
    `url` leads to the project on its platform.
    """

    key: str
    at: datetime
    kind: str
    project: str | None
    urgent: bool
    title: str
    body: str
    outcome: str | None = None
    proof: Proof | None = None
    trust: Trust | None = None
    evidence: tuple[str, ...] = ()
    due_at: datetime | None = None
    url: str | None = None
    maybe_repeat: bool = False


class Forgotten(Exception):
    """The alert that was about to be sent has been forgotten, and its delivery with it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one target. `target` is the target's name without its secrets.

    `attempted_at` is set before an attempt and `state` is settled after it: a delivery found with an attempt that
    was never settled may have arrived ("maybe_sent").
    """

    alert: Alert
    target: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    attempted_at: datetime | None = None
    error: str | None = None
