"""What the timeline is made of: a recognised mail, a recorded fact, and the event that each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inboxwatch.platforms.recognition import By, Channel, Recognition
from inboxwatch.timeline.event import RECORDED, Event


@dataclass(frozen=True, slots=True)
class Reading:
    """A recognised mail: its identity, its instants (UTC), and what it was taken for."""

    key: str
    at: datetime
    known_at: datetime
    message_id: str | None
    recognition: Recognition
    history: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """What the user recorded: a fact that no mail shows. `project` is a full name; instants are in UTC."""

    id: int
    project: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: By | None = None
    channel: Channel | None = None
    due_at: datetime | None = None
    plan: int | None = None
    note: str | None = None

    @property
    def key(self) -> str:
        """The stable key of its event."""
        return f"{RECORDED}{self.id}"


def of_reading(reading: Reading) -> Event:
    """The event that a recognised mail is; of no project yet."""
    found = reading.recognition
    assert found.event is not None
    return Event(
        key=reading.key,
        project="",
        at=reading.at,
        known_at=reading.known_at,
        kind=found.event,
        by=found.by,
        channel=found.channel,
        grade=found.grade or "attested",
        trust=found.trust,
        mail=reading.message_id,
        rule=found.rule,
        title=found.title,
        client=found.client,
        url=found.url,
        due_at=found.due_at,
        history=reading.history,
    )


def of_fact(fact: Fact) -> Event:
    """The event that a recorded fact is; of no project yet."""
    return Event(
        key=fact.key,
        project="",
        at=fact.at,
        known_at=fact.recorded_at,
        kind=fact.kind,
        by=fact.by,
        channel=fact.channel,
        note=fact.note,
        due_at=fact.due_at,
        plan=fact.plan,
    )
