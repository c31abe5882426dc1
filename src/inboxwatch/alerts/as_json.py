"""An alert as the JSON object that scripts and `command:` targets read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.alerts.model import Alert


def alert_as_json(alert: Alert, zone: ZoneInfo) -> dict[str, Any]:
    """Given an alert and the user's zone, return the object that CONTRACT describes, and `url` beside it.

    Instants become ISO 8601 to the second with the offset that holds in `zone` at that instant; absent values None.
    Raises ValueError for an instant without a zone: guessing one would move a deadline.
    """
    return {
        "key": alert.key,
        "at": _in_zone(alert.at, zone),
        "kind": alert.kind,
        "project": alert.project,
        "urgent": alert.urgent,
        "maybe_repeat": alert.maybe_repeat,
        "title": alert.title,
        "body": alert.body,
        "outcome": alert.outcome,
        "proof": alert.proof,
        "trust": alert.trust,
        "evidence": list(alert.evidence),
        "due_at": None if alert.due_at is None else _in_zone(alert.due_at, zone),
        "url": alert.url,
    }


def _in_zone(instant: datetime, zone: ZoneInfo) -> str:
    if instant.tzinfo is None:
        raise ValueError("an alert's instants must carry their zone")
    return instant.astimezone(zone).isoformat(timespec="seconds")
