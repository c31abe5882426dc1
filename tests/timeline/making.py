"""Events and readings of invented people, for the tests of the timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inboxwatch.platforms.kinds import OWN_ACTS
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.reading import Reading

ZERO = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PROJECT = "lancers/5545030"


def at(hours: float) -> datetime:
    """An instant so many hours after the beginning of the story."""
    return ZERO + timedelta(hours=hours)


def event(kind: str, hours: float, **more: Any) -> Event:
    """A recorded event; `grade="probable"` or `mail=` make it one of a mail."""
    number = f"fact-{int(hours * 3600)}{kind}"
    made = Event(key=number, project=PROJECT, at=at(hours), known_at=at(hours), kind=kind)
    by = "me" if kind in OWN_ACTS else "client"
    channel = "platform" if kind == "contact" else None
    return replace(made, **{"by": by, "channel": channel, **more})


def reading(key: str, hours: float, event: str = "contact", **more: Any) -> Reading:
    """A recognised mail of Lancers."""
    found = Recognition(
        platform="lancers",
        event=event,
        why="a test",
        by="client",
        channel="platform" if event == "contact" else None,
        grade="attested",
    )
    identity = (key * 16)[:16]
    return Reading(identity, at(hours), at(hours), f"<{key}@mail.example.net>", replace(found, **more))
