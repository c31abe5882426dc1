"""Instants, spans, numbers and events of the pack in the words of its language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from inboxwatch.platforms.kinds import OWN_ACTS
from inboxwatch.platforms.recognition import By
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.reading import Fact
from inboxwatch.views.pack.model import Entry
from inboxwatch.wording.say import Wording

#: Facts of which the client is the usual author, and those of which only she is unless she says otherwise.
_OF_THE_CLIENT = OWN_ACTS | frozenset(
    {"contact", "waiting", "cancel_requested", "refund_requested", "dispute_opened", "revision_requested"}
)


def stamp(at: datetime, wording: Wording) -> str:
    """An aware instant in the user's zone, to the second, with its weekday and its offset from UTC."""
    local = at.astimezone(wording.zone)
    return wording.say(
        "exported.instant",
        year=local.year,
        month=local.month,
        day=local.day,
        weekday=wording.say("exported.weekdays").split()[local.weekday()],
        clock=f"{local:%H:%M:%S}",
        offset=local.isoformat(timespec="seconds")[19:],
    )


def exact_span(span: timedelta, wording: Wording) -> str:
    """A span in days and hours, or where it is less than a day as `Wording.span` has it."""
    if span < timedelta(days=1):
        return wording.span(span)
    return wording.say("when.days_hours", n=span.days, m=span.seconds // 3600)


def numbers(entries: Iterable[Entry]) -> str:
    """The numbers of these entries, ascending, neighbours drawn together: "2, 5-9"."""
    spans: list[list[int]] = []
    for number in sorted(entry.number for entry in entries):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def actor(event: Event | Fact) -> By | None:
    """Whose act an event was. Of a recorded fact the client is named only where that is what the fact is about.

    "client" is also what stands there when nothing was said, and would make a claim that she has not made.
    """
    recorded = isinstance(event, Fact) or event.recorded
    return None if recorded and event.by == "client" and event.kind not in _OF_THE_CLIENT else event.by


def what(event: Event | Fact, wording: Wording) -> str:
    """What happened, by whom and where: "連絡（依頼主、サイト上）"."""
    by = actor(event)
    named = [wording.say(f"exported.by.{by}")] if by else []
    named += [wording.say(f"channel.{event.channel}")] if event.channel else []
    kind = wording.say(f"event_kinds.{event.kind}")
    if not named:
        return kind
    return f"{kind}（{'、'.join(named)}）" if wording.language == "ja" else f"{kind} ({', '.join(named)})"


def beside(event: Event | Fact, wording: Wording) -> list[str]:
    """What else an event says: its plan, how much is delivered, the deadline it states, her note."""
    due = stamp(event.due_at, wording) if event.due_at else None
    values = {"plan": event.plan, "part": event.part, "due": due, "note": event.note}
    return [
        wording.say(f"exported.table.{name}", **{"n" if name == "plan" else name: value})
        for name, value in values.items()
        if value is not None
    ]
