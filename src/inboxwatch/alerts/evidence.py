"""What an alert rests on: the conditions of a request as far as they are shown, mails, coverage, the rule's source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.alerts.decide import Draft
from inboxwatch.mail.model import Trust
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording


def rests_on(draft: Draft, project: Project) -> list[Event]:
    """The events the alert rests on, the client's last contact among them where silence is told."""
    deadline = draft.deadline
    events = [draft.event, deadline.opened_by if deadline else None, deadline.moved_by if deadline else None]
    if draft.needs_reading:
        events += [project.last_contact, project.outcome_event]
    return [event for event in dict.fromkeys(events) if event]


def since(draft: Draft, project: Project) -> datetime:
    """From when on the silence that is told must have been read."""
    if draft.deadline:
        return draft.deadline.opened_by.at
    return project.last_contact.at if project.last_contact else draft.instant


def lowest(trusts: Iterable[Trust | None]) -> Trust | None:
    """The lowest of several verdicts; None for none."""
    found = {trust for trust in trusts if trust}
    return next((trust for trust in ("forged", "unverified", "verified") if trust in found), None)


def conditions(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    """The five conditions of a Lancers reminder request (A1018/338): shown, as far as mail shows, to check."""
    deadline = draft.deadline
    if draft.kind not in ("reminder_available", "reminder_blocked") or not deadline:
        return
    if deadline.rule.id != "reminder_request":
        return
    shown, seen, check, unmet = (wording.say(f"conditions.marks.{mark}") for mark in ("shown", "seen", "check", "no"))
    funded = [event.grade for event in project.events if event.kind == "escrow_funded"]
    in_progress = check if not funded else seen if set(funded) == {"probable"} else shown
    # That nothing else was recorded proves nothing, and of a package it is not known whether it counts.
    fixed = project.paid_as == "fixed_price" and any(event.kind == "fixed_price" for event in project.events)
    changing = project.change is not None and project.change.grade != "probable"
    yield wording.say("conditions.heading")
    yield wording.say("conditions.fixed_price", mark=shown if fixed else check)
    yield wording.say("conditions.in_progress", mark=in_progress)
    yield wording.say("conditions.silent", mark=seen)
    yield wording.say("conditions.not_filed", mark=check)
    yield wording.say("conditions.no_change", mark=unmet if changing else check)
    yield from _when_possible(deadline, wording, blocked=draft.kind == "reminder_blocked")


def _when_possible(deadline: Deadline, wording: Wording, *, blocked: bool) -> Iterator[str]:
    """From when the request is possible; of one that is blocked only from when it would be, were it not."""
    yield wording.say(
        "conditions.due_blocked" if blocked else "conditions.due",
        due=deadline.due_at,
        opener=wording.say(f"event_kinds.{deadline.opened_by.kind}"),
        opened=deadline.opened_by.at,
    )
    if deadline.certain_at and not blocked:
        yield wording.say("conditions.certain", certain=deadline.certain_at)
    if deadline.platform_due_at != deadline.due_at:
        yield wording.say("conditions.platform_due", platform_due=deadline.platform_due_at)
    if not blocked:
        yield wording.say("conditions.button")


def evidence(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    """The lines of the evidence under their heading; nothing where there is nothing to be said."""
    lines = [*_of_mails(draft, project, coverage, wording), *_of_rules(draft, project, wording)]
    if lines:
        yield wording.say("evidence.heading")
        yield from lines


def _of_mails(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    events = rests_on(draft, project)
    if draft.needs_reading:
        yield from _of_silence(draft, project, coverage, wording)
    if lowest(event.trust for event in events) == "unverified":
        paying = draft.kind in ("payment_confirmed", "payout_fixed", "cancelled")
        yield wording.say("evidence.unverified" if paying else "evidence.unverified_short")
    if any(event.grade == "probable" for event in events):
        yield wording.say("evidence.probable")
    also = sorted({name for event in events for name in event.also})
    if also:
        yield wording.say("evidence.shared", also=", ".join(also))
    closing = project.probable_closing
    # An overdue result names that mail before all else.
    if closing and closing is not draft.event and not project.over and draft.kind != "result_overdue":
        yield wording.say("evidence.probable_closing", event_at=closing.at, project=project.id, kind=closing.kind)


def _of_silence(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    contact = project.last_contact
    if contact:
        channel = wording.say(f"channel.{contact.channel}") if contact.channel else "?"
        yield wording.say("evidence.last_contact", last=contact.at, channel=channel)
    else:
        yield wording.say("evidence.no_contact", opened=since(draft, project))
    if coverage.known_until:
        yield wording.say("evidence.read_up_to", read=coverage.known_until)
    gap = coverage.gap(since(draft, project))
    if gap:
        yield wording.say("evidence.holed", from_at=gap.from_at, to_at=gap.to_at, n=gap.mails)


def _of_rules(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    if draft.kind == "reminder_available":
        if project.filings:
            yield wording.say("evidence.refiled")
        if project.paid_as == "package":
            yield wording.say("evidence.package")
    # A nudge rests on the rule only where the clock it announces is running.
    if draft.deadline and (draft.kind != "silence" or draft.deadline.state == "running"):
        rule = draft.deadline.rule
        yield wording.say("evidence.source", source=rule.source, checked=rule.checked)
