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
class Correction:
    """What the user says of a mail: the full name of its `project` (None: as the mail itself says).

    `set_aside`: it does not mean what it was taken for, and stays in the timeline as a mere notice. `alone`: she
    settled this mail only, and it says nothing of others like it.
    """

    project: str | None
    set_aside: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """What the user recorded: a fact that no mail shows. `project` is a full name; instants are in UTC.

    `part` says how much of the work is delivered ("4/5"). `mail` is the identity of her own mail that stated it, None
    for one recorded by a command.
    """

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
    part: str | None = None
    mail: str | None = None

    @property
    def key(self) -> str:
        """The stable key of its event."""
        return f"{RECORDED}{self.id}"


def of_reading(reading: Reading, *, set_aside: bool = False) -> Event:
    """The event that a recognised mail is; of no project yet. What the user has set aside is a mere notice."""
    found = reading.recognition
    assert found.event is not None
    return Event(
        key=reading.key,
        project="",
        at=reading.at,
        known_at=reading.known_at,
        kind="notice" if set_aside else found.event,
        by=found.by,
        channel=found.channel,
        grade=found.grade or "attested",
        trust=found.trust,
        mail=reading.message_id,
        rule=found.rule,
        title=found.title,
        client=found.client,
        url=found.url,
        due_at=None if set_aside else found.due_at,
        history=reading.history,
        set_aside=found.event if set_aside else None,
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
        part=fact.part,
    )
