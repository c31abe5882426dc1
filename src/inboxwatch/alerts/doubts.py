"""What is not certain of a project, each with the one line that says how to settle it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inboxwatch.alerts.circumstances import unreported_by, unverified_payment
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording

#: Doubts about who has written when: they matter wherever silence is told.
CONTACT_DOUBTS = frozenset({"probable_contact", "thread_contact", "shared_contact"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that is not certain: a code for programs, and a line for her that names one command.

    `event` is what it is about; None where it is about the project as a whole.
    """

    code: str
    line: str
    event: Event | None = None


def doubts(project: Project, wording: Wording) -> tuple[Doubt, ...]:
    """Given a project, what of it rests on a guess that she can settle; holes in the reading are told elsewhere."""
    return tuple(_doubt(code, event, project, wording) for code, event in _found(project))


def _found(project: Project) -> Iterator[tuple[str, Event | None]]:
    if project.over:
        paid = unverified_payment(project) if project.state == "paid" else None
        if paid:
            yield "unverified_payment", paid
        return
    if project.probable_closing:
        yield "probable_closing", project.probable_closing
    if project.assumed and project.platform != "direct":
        yield "assumed", None
    yield from _of_contact(project)
    yield from _of_what_is_pending(project)
    if project.paid_as == "package":
        yield "package", None


def _of_contact(project: Project) -> Iterator[tuple[str, Event | None]]:
    contact = project.last_contact
    if contact and contact.also:
        yield "shared_contact", contact
    elif contact and contact.rule == "direct/thread":
        yield "thread_contact", contact
    elif contact and contact.grade == "probable":
        yield "probable_contact", contact


def _of_what_is_pending(project: Project) -> Iterator[tuple[str, Event | None]]:
    """Mails read by their words alone, on which clocks and the money's fate hang."""
    funded = _last(project, "escrow_funded")
    if project.filed and project.state == "awaiting_escrow":
        yield "filed_before_escrow", project.filed
    pending = {
        "probable_escrow": funded,
        "probable_report": project.probable_report,
        "probable_withdrawal": unreported_by(project),
        "probable_filing": project.filed,
        "probable_reminder": project.received,
        "probable_change": project.change,
    }
    yield from ((code, event) for code, event in pending.items() if event and event.grade == "probable")


def _last(project: Project, kind: str) -> Event | None:
    return next((event for event in reversed(project.events) if event.kind == kind), None)


def _doubt(code: str, event: Event | None, project: Project, wording: Wording) -> Doubt:
    values: dict[str, object] = {"project": project.id}
    if event:
        values |= {"at": event.at, "id": event.key, "kind": event.kind, "also": ", ".join(event.also)}
        values["what"] = wording.say(f"event_kinds.{event.kind}")
    return Doubt(code, wording.say(f"doubts.{code}", **values), event)
